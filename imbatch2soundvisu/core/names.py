"""What nearly every session imports besides this package; `from imbatch2soundvisu import *` gives it, too."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["Path", "dataclass", "np"]
