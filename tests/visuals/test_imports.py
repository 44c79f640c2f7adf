"""Importing what draws and encodes is cheap: heavy libraries are imported when they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import imbatch2soundvisu

HEAVY = {"av", "cv2", "librosa", "matplotlib", "pillow_heif", "scipy", "skimage", "sklearn", "PIL.JpegImagePlugin"}
# The package itself is replaced by an empty one, so that only this part and what it imports are loaded.
CODE = """
import importlib, sys, types
package = types.ModuleType("imbatch2soundvisu")
package.__path__ = [sys.argv[1]]
sys.modules["imbatch2soundvisu"] = package
importlib.import_module("imbatch2soundvisu." + sys.argv[2])
print(*sys.modules)
"""


@pytest.mark.parametrize("name", ["visuals", "visuals.video", "visuals.plots"])
def test_heavy_libraries_are_not_imported_with_the_package(name: str) -> None:
    folder = Path(imbatch2soundvisu.__file__).parent
    command = [sys.executable, "-c", CODE, str(folder), name]
    modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in modules
    assert not HEAVY & set(modules)
