"""Plans: wishes from an order to files, of a whole collection or of each of its parts."""

from .albums import PHRASES, Album
from .checks import CHOICES, UNIQUE
from .result_cache import ACCOUNT, code_version
from .sequence import SequencePlan

__all__ = ["ACCOUNT", "CHOICES", "PHRASES", "UNIQUE", "Album", "SequencePlan", "code_version"]
