"""What a mosaic plan would make, for `--dry-run`: nothing is matched or written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from ..config import Settings
from ..core import FeatureTable, ImageRecord
from ..core.text import plural, words_of
from ..mosaic.options import MosaicOptions
from . import result_cache
from .mosaic_content import MosaicContent, contents_of
from .mosaic_fields import MosaicFields
from .protocols import Foreseen, RunContext

#: Seconds that two cores take to read an image as a tile, and to match and paint a cell.
TILE_S, CELL_S = 0.012, 0.0004


def foreseen(plan: MosaicFields, table: FeatureTable | None, found: int, folder: Path, settings: Settings) -> Foreseen:
    """Return what a plan would make of a collection of `found` images; the table is None before it is measured."""
    if table is None:
        return _of(plan, [(found, _size_before(plan))], "about ")
    placed = contents_of(plan, table, folder, RunContext(settings))
    kept = all(_is_kept(content, plan, place, settings) for content, place in placed)
    what = _of(plan, [(len(content.tiles), _size(content)) for content, _ in placed])
    return Foreseen(what.text, kept=True) if kept else what


def _is_kept(content: MosaicContent, plan: MosaicFields, folder: Path, settings: Settings) -> bool:
    state = result_cache.state_of(content, plan.written, settings)
    return result_cache.kept_result(folder, state, content) is not None


def _of(plan: MosaicFields, mosaics: Sequence[tuple[int, tuple[int, int] | None]], about: str = "") -> Foreseen:
    """The cost of mosaics, each of so many images and of a target of the given size."""
    images, size, seconds, text = 0, 0.0, 0.0, ""
    for count, target in mosaics:
        cells, (width, height) = _cells(plan, target or (1200, 900))
        costs = [_output_cost(each, width, height) for each in plan.written]
        images += count
        size += sum(each[0] for each in costs)
        seconds += count * TILE_S + cells * CELL_S + sum(each[1] for each in costs)
        text = f"mosaic of {'about ' if target is None else ''}{cells} tiles, {width} × {height} px"
    if len(mosaics) > 1:
        text = f"{len(mosaics)} mosaics"
    written = ", ".join(words_of(type(each).__name__) for each in plan.written)
    return Foreseen(f"{text} from {about}{plural(images, 'image')}; {written}", size, seconds)


def _cells(plan: MosaicFields, target: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    """The number of cells of a regular grid, and the size of the mosaic."""
    options: MosaicOptions = plan.options(*target)
    width, height = options.tile_size(*target)
    factor = options.factor(width)
    return -(-target[0] // width) * -(-target[1] // height), (round(target[0] * factor), round(target[1] * factor))


def _output_cost(output: Any, width: int, height: int) -> tuple[float, float]:
    if callable(getattr(output, "cost", None)):
        found: tuple[float, float] = output.cost(width, height)
        return found
    return 20_000, 0.1


def _size(content: MosaicContent) -> tuple[int, int]:
    height, width = content.target.pixels.shape[:2]
    return width, height


def _size_before(plan: MosaicFields) -> tuple[int, int] | None:
    """The size of the target, as far as it is known before the images are measured."""
    if isinstance(plan.target, ImageRecord):
        return plan.target.width, plan.target.height
    if (path := plan.target_path) is None:
        return None
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError):
        return None
