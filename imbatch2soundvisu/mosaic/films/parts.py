"""A part of a mosaic as a mosaic, to be painted by itself at any size."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from ..layout.cells import Cells
from ..placed_tiles import PlacedTiles

P = TypeVar("P", bound=PlacedTiles)


def part_of(mosaic: P, left: int, top: int, width: int, height: int) -> P:
    """Return the cells within a rectangle of the canvas of a mosaic, as a mosaic of that rectangle.

    Parameters
    ----------
    mosaic : PlacedTiles
        The whole.
    left, top, width, height : int
        The rectangle in pixels of the target, from the corner of the canvas; what is beyond the canvas is left out.

    Examples
    --------
    >>> from imbatch2soundvisu.mosaic.layout.cells import Grid
    >>> target = np.zeros((40, 60, 3), np.uint8)
    >>> whole = PlacedTiles(target, Grid().cells(target, (10, 10), "all"), None, np.arange(24), None)
    >>> part_of(whole, 20, 10, 20, 10).chosen.tolist()
    [8, 9]
    """
    starts, ends = mosaic.cells.boxes[:, :2], mosaic.cells.boxes[:, :2] + mosaic.cells.boxes[:, 2:]
    within = (starts < (left + width, top + height)).all(axis=1) & (ends > (left, top)).all(axis=1)
    return _of_cells(mosaic, np.flatnonzero(within), (left, top, width, height))


def one_cell(mosaic: P, number: int) -> P:
    """Return one cell of a mosaic as a mosaic, as far as the cell is on the canvas."""
    left, top, width, height = mosaic.cells.boxes[number].tolist()
    return _of_cells(mosaic, np.array([number]), (left, top, width, height))


def _of_cells(mosaic: P, numbers: np.ndarray, box: tuple[int, int, int, int]) -> P:
    """Some cells of a mosaic on the part of its canvas that is in a box (left, top, width, height)."""
    cells = mosaic.cells
    x, y, width, height = cells.canvas
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(box[0] + box[2], width), min(box[1] + box[3], height)
    boxes = cells.boxes[numbers] - np.array([left, top, 0, 0], cells.boxes.dtype)
    canvas = (x + left, y + top, right - left, bottom - top)
    placed = replace(cells, boxes=boxes, places=cells.places[numbers], canvas=canvas)
    made = replace(mosaic, cells=placed, chosen=mosaic.chosen[numbers])
    if mosaic.options is not None:
        made.__dict__["colours"] = mosaic.colours[numbers]  # a cached property: those of whole cells
    return made


def centres(cells: Cells) -> np.ndarray:
    """Return the middle of each cell in pixels of the canvas, (n, 2) float64."""
    return cells.boxes[:, :2] + cells.boxes[:, 2:] / 2
