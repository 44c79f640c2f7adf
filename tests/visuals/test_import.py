"""What importing `visuals` loads and registers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from imbatch2soundvisu import visuals
from imbatch2soundvisu.core.notebooks import thumbnail_renderer

DRAWING_LIBRARIES = {"PIL", "av", "cv2", "matplotlib", "moviepy", "scipy", "skimage", "sklearn"}


def printed(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("module", ["visuals", "visuals.video"])
def test_no_drawing_library_is_loaded_before_something_is_drawn(module: str) -> None:
    script = f"import imbatch2soundvisu.{module}, sys\nprint(*(name.partition('.')[0] for name in sys.modules))"
    loaded = printed(script)
    assert "numpy" in loaded
    assert not DRAWING_LIBRARIES & set(loaded)


def test_importing_visuals_registers_the_thumbnails_of_sequences() -> None:
    script = (
        "from imbatch2soundvisu.core.notebooks import thumbnail_renderer\n"
        "before = thumbnail_renderer()\n"
        "import imbatch2soundvisu.{0}\n"
        "print(before is None, thumbnail_renderer().__name__)"
    )
    for module in ("visuals", "plans"):
        assert printed(script.format(module)) == ["True", "thumbnail_uri"]
    assert thumbnail_renderer() is not None


def test_every_name_of_the_stub_exists() -> None:
    stub = Path(visuals.__file__).with_suffix(".pyi")
    nodes = [node for node in ast.parse(stub.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    names = {alias.asname or alias.name for node in nodes for alias in node.names}
    assert names == set(visuals.__all__)
    assert all(getattr(visuals, name) is not None for name in names)


def test_plots_and_piano_rolls_do_not_load_matplotlib_before_they_are_drawn() -> None:
    loaded = printed(
        "import imbatch2soundvisu.visuals.plots, imbatch2soundvisu.visuals.pianoroll, sys\nprint(*sys.modules)"
    )
    assert not {"matplotlib", "scipy", "cv2", "sklearn"} & set(loaded)
