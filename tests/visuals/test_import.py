"""What importing `visuals` loads and registers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from imbatch2soundvisu import visuals

DRAWING_LIBRARIES = {"PIL", "av", "cv2", "matplotlib", "moviepy", "scipy", "skimage", "sklearn"}


def printed(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(("module", "needed"), [("visuals", set()), ("visuals.video", {"PIL"})])
def test_no_drawing_library_is_loaded_before_something_is_drawn(module: str, needed: set[str]) -> None:
    script = f"import imbatch2soundvisu.{module}, sys\nprint(*(name.partition('.')[0] for name in sys.modules))"
    loaded = printed(script)
    assert "numpy" in loaded
    assert not (DRAWING_LIBRARIES - needed) & set(loaded)


@pytest.mark.parametrize("module", ["visuals", "plans", "core.notebooks"])
def test_sequences_have_thumbnails_whatever_was_imported(module: str) -> None:
    script = (
        f"import imbatch2soundvisu.{module}\n"
        "from imbatch2soundvisu.core.notebooks import thumbnail_renderer\n"
        "print(thumbnail_renderer().__name__)"
    )
    assert printed(script) == ["thumbnail_uri"]


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
