"""What an atlas would make, for `--dry-run`: no layout is computed and nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..atlas.layout_kinds import GridLayout
from ..atlas.matrix import width_and_height
from ..atlas.shapes import usable_cells
from ..config import Settings
from ..core.errors import ConfigError
from ..core.text import plural, words_of
from . import result_cache
from .atlas_content import AtlasContent
from .atlas_fields import AtlasFields
from .atlas_matrix import GridOutput
from .protocols import Foreseen

Size = tuple[int, int]
_START_S, _LAYOUT_S = 3.0, 0.004  # to begin, and for each image and layout
#: The size of an image in pixels, where it is not known yet.
USUAL_SIZE = (1600, 1200)


def foreseen(plan: AtlasFields, content: AtlasContent | None, found: int, folder: Path, settings: Settings) -> Foreseen:
    """Return what a plan would make.

    Parameters
    ----------
    plan : AtlasPlan
        The plan.
    content : AtlasContent or None
        What the map is made from; None before all images are measured.
    found : int
        Images of the collection.
    folder : Path
        Where it would be written.
    settings : Settings
        Those of the run.

    Raises
    ------
    ConfigError
        When the images are more than the cells of the grid.
    """
    if content is None:
        return _of(plan, [USUAL_SIZE] * found, "about ")
    what = _of(plan, [(record.width, record.height) for record in content.table.records], "")
    kept = result_cache.kept_result(folder, result_cache.state_of(content, plan.written, settings), content)
    return Foreseen(what.text, kept=True) if kept else what


def _of(plan: AtlasFields, images: Sequence[Size], about: str) -> Foreseen:
    cells, exact = _cells(plan, len(images), refuse=not about)
    grids = [_pixels(plan, output, cells) for output in plan.written]
    costs = [_cost(output, images, grid) for output, grid in zip(plan.written, grids, strict=True)]
    seconds = _START_S + len(images) * _LAYOUT_S * len(plan.kinds) + sum(each[1] for each in costs)
    shown = [
        words_of(type(output).__name__) + (_described(output, grid, exact and not about) if _paints(output) else "")
        for output, grid in zip(plan.written, grids, strict=True)
    ]
    what = f"map of {about}{plural(len(images), 'image')}, {plural(len(plan.kinds), 'layout')}"
    return Foreseen(f"{what}; {', '.join(shown)}", sum(each[0] for each in costs), seconds)


def _cells(plan: AtlasFields, count: int, refuse: bool) -> tuple[Size, bool]:
    """Columns and rows of the grid, and whether they are known: of others than a `GridLayout`, a cell an image."""
    first = plan.kinds[0]
    known = isinstance(first, GridLayout)
    try:
        rows, columns = usable_cells(count, first.shape if known else None, aspect=1.5).shape
    except ConfigError:
        if refuse:
            raise
        known, (rows, columns) = False, usable_cells(count, aspect=1.5).shape
    return (columns, rows), known


def _pixels(plan: AtlasFields, output: Any, cells: Size) -> Size:
    """Width and height of the image of a grid that an output paints."""
    width, height = width_and_height(getattr(output, "tile", None) or plan.tile)
    return cells[0] * width, cells[1] * height


def _cost(output: Any, images: Sequence[Size], grid: Size) -> tuple[float, float]:
    """Bytes and seconds; none for an output of the user that does not say."""
    if not callable(getattr(output, "cost", None)):
        return 0.0, 0.0
    found: tuple[float, float] = output.cost(images, grid)
    return found


def _paints(output: Any) -> bool:
    return isinstance(output, GridOutput)


def _described(output: Any, grid: Size, exact: bool) -> str:
    about = "" if exact and output.layout is None else "about "
    return f" of {about}{grid[0]} × {grid[1]} px"
