"""Tilings besides the grid: bricks and hexagons."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .cells import TILINGS, BasicTiling, Cells, Row, Size, cells_of, spans


@TILINGS.register("brick")
@dataclass(frozen=True)
class Brick(BasicTiling):
    """Rows of which each second is shifted by half a tile.

    Examples
    --------
    >>> cells = Brick().cells(np.zeros((40, 60, 3), np.uint8), (20, 20), "all")
    >>> cells.boxes[:, 0].tolist()
    [0, 20, 40, -10, 10, 30, 50]
    """

    def cells(self, target: np.ndarray, tile: Size, cover: str) -> Cells:
        """Return the cells of a wall of bricks, centred on the target."""
        height, top = spans(target.shape[0], tile[1], cover)
        rows = _alternating(target.shape[1], [top + row * tile[1] for row in range(height)], tile[0], cover)
        return cells_of(rows, target.shape[1::-1], tile, cover)


@TILINGS.register("hexagon")
@dataclass(frozen=True)
class Hexagon(BasicTiling):
    """Hexagons with a corner at the top; regular, unless `tile=` gives another height."""

    def fitted(self, tile: Size, exact: bool) -> Size:
        """Return an even width, and a height that is a multiple of 4, so that rows fit into each other.

        Examples
        --------
        >>> Hexagon().fitted((21, 30), False), Hexagon().fitted((21, 30), True)
        ((22, 24), (22, 32))
        """
        width = max(2, 2 * math.floor(tile[0] / 2 + 0.5))
        height = tile[1] if exact else 2 / math.sqrt(3) * width
        return width, max(4, 4 * math.floor(height / 4 + 0.5))

    def cells(self, target: np.ndarray, tile: Size, cover: str) -> Cells:
        """Return the cells of a honeycomb, centred on the target."""
        width, height = self.fitted(tile, True)
        pitch, length = 3 * height // 4, target.shape[0]
        if cover == "all":  # the slanted sides of the first and the last row are beyond the target
            count = max(1, -(-(length - height // 2) // pitch) + 1)
        else:
            count = max(1, (length - height) // pitch + 1)
        top = (length - (count - 1) * pitch - height) // 2
        rows = _alternating(target.shape[1], [top + row * pitch for row in range(count)], width, cover)
        return cells_of(rows, target.shape[1::-1], (width, height), cover, "hexagon")


def _alternating(length: int, tops: list[int], width: int, cover: str) -> list[Row]:
    """Rows of which each second is shifted by half a tile: to the left and one longer, or within the others."""
    count, left = spans(length, width, cover)
    half = width // 2
    column, longer = -0.5, 1
    if cover == "whole":
        fits = count * width + half <= length
        column, longer = 0.5, 0 if fits else -1
        left = (length - count * width - (half if fits else 0)) // 2
    even = (left, count, 0.0)
    odd = (left + (half if column > 0 else -half), count + longer, column)
    chosen = [(top, *(odd if number % 2 else even), number) for number, top in enumerate(tops)]
    return [Row(start, top, cells, first, number) for top, start, cells, first, number in chosen if cells]
