"""What `import imbatch2soundvisu` loads, and that every public name exists."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s

HEAVY = (
    "av", "cv2", "jinja2", "librosa", "matplotlib", "numba", "pandas", "PIL", "pyloudnorm", "rich", "scipy", "skimage",
    "sklearn", "soundfile", "torch",
)  # fmt: skip
STUB = Path(i2s.__file__).with_suffix(".pyi")


def modules_after(statement: str) -> set[str]:
    """Top-level modules that a new interpreter has loaded after a statement."""
    script = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def public_names() -> list[str]:
    """The names in `__init__.pyi`."""
    nodes = [node for node in ast.parse(STUB.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    return [alias.asname or alias.name for node in nodes for alias in node.names]


def test_importing_the_package_loads_no_heavy_library():
    assert not modules_after("import imbatch2soundvisu") & set(HEAVY)


def test_a_star_import_gives_every_public_name():
    script = "from imbatch2soundvisu import *\nprint(*dir())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(public_names()) <= set(done.stdout.split())


@pytest.mark.parametrize("name", public_names())
def test_every_name_of_the_stub_exists(name):
    assert getattr(i2s, name) is not None
    assert name in dir(i2s)


def test_the_version_is_a_text():
    assert isinstance(i2s.__version__, str)
    assert i2s.__version__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = i2s.nothing_of_this_name
