"""Where the tiles of a mosaic are: cells of a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import cv2
import numpy as np

from ...core.errors import ConfigError
from ...core.registry import Registry
from .masks import mask_of

Size = tuple[int, int]

TILINGS: Registry[Any] = Registry(
    "tiling",
    "cells",
    "tiling=",
    modules=tuple(f"imbatch2soundvisu.mosaic.layout.{name}" for name in ("cells", "tilings", "quadtree")),
)


@dataclass(frozen=True)
class Cells:
    """The cells of a mosaic, in reading order.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        int32: left, top, width and height of each cell in pixels of the canvas. Cells at the edges may reach beyond it.
    places : ndarray of shape (n, 2)
        float32: column and row of each cell, in tiles, for distances between tiles.
    canvas : (int, int, int, int)
        Left, top, width and height of the part of the target that is covered, in pixels of the target.
    shape : {"rectangle", "hexagon"}
        Of each cell within its box. Boxes of hexagons overlap.
    """

    boxes: np.ndarray
    places: np.ndarray
    canvas: tuple[int, int, int, int]
    shape: str = "rectangle"

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def tile_size(self) -> tuple[int, int]:
        """Width and height of the largest cell."""
        width, height = self.boxes[:, 2:].max(axis=0)
        return int(width), int(height)

    @property
    def layers(self) -> np.ndarray:
        """(n,) int: cells of layer 1 are painted over those of layer 0, with whose boxes theirs overlap."""
        if self.shape == "rectangle":
            return np.zeros(len(self), int)
        return self.places[:, 1].astype(int) % 2

    @property
    def is_complete(self) -> bool:
        """Whether rectangular cells cover the whole canvas."""
        left, top, width, height = self.boxes.T.astype(np.int64)
        across = np.minimum(left + width, self.canvas[2]) - np.maximum(left, 0)
        down = np.minimum(top + height, self.canvas[3]) - np.maximum(top, 0)
        covered = int((np.maximum(across, 0) * np.maximum(down, 0)).sum())
        return self.shape == "rectangle" and covered == self.canvas[2] * self.canvas[3]

    def part_of(self, target: np.ndarray) -> np.ndarray:
        """Return the part of a target, (h, w, ...), that the cells cover."""
        left, top, width, height = self.canvas
        return target[top : top + height, left : left + width]

    def some(self, kept: np.ndarray) -> Cells:
        """Return some of the cells; kept : (n,) bool."""
        return self if kept.all() else replace(self, boxes=self.boxes[kept], places=self.places[kept])

    def scaled(self, factor: float) -> np.ndarray:
        """Return the boxes in pixels of a canvas that is `factor` times as large, without gaps; (n, 4) int64."""
        corners = np.concatenate((self.boxes[:, :2], self.boxes[:, :2] + self.boxes[:, 2:]), axis=1)
        scaled = np.floor(corners * factor + 0.5).astype(np.int64)
        return np.concatenate((scaled[:, :2], scaled[:, 2:] - scaled[:, :2]), axis=1)

    def canvas_size(self, factor: float = 1.0) -> tuple[int, int]:
        """Return width and height of the canvas when it is `factor` times as large."""
        return max(1, int(self.canvas[2] * factor + 0.5)), max(1, int(self.canvas[3] * factor + 0.5))


@runtime_checkable
class Tiling(Protocol):
    """Divides a target into cells. A frozen dataclass.

    It may also have the methods of `BasicTiling`.
    """

    def cells(self, target: np.ndarray, tile: Size, cover: str) -> Cells:
        """Return the cells of a target, (h, w, 3) uint8, for tiles of (width, height) pixels."""
        ...


class BasicTiling:
    """What tilings have in common."""

    def fitted(self, tile: Size, exact: bool) -> Size:
        """Return a size near (width, height) that the cells can have.

        Parameters
        ----------
        tile : (int, int)
            Width and height in pixels of the target.
        exact : bool
            Whether the user gave both.
        """
        return tile

    def largest(self, tile: Size) -> Size:
        """Return the size of the largest cells, for tiles of a size."""
        return tile


@TILINGS.register("grid")
@dataclass(frozen=True)
class Grid(BasicTiling):
    """Rows and columns."""

    def cells(self, target: np.ndarray, tile: Size, cover: str) -> Cells:
        """Return the cells of a regular grid, centred on the target."""
        width, left = spans(target.shape[1], tile[0], cover)
        height, top = spans(target.shape[0], tile[1], cover)
        rows = [Row(left, top + row * tile[1], width, 0, row) for row in range(height)]
        return cells_of(rows, target.shape[1::-1], tile, cover)


@dataclass(frozen=True)
class Row:
    """A row of cells: where it begins, in pixels of the target; their number; column of the first, and row."""

    left: int
    top: int
    count: int
    column: float
    row: float


def spans(length: int, tile: int, cover: str) -> tuple[int, int]:
    """Return the number of tiles along a side, and where the first begins (0 or less), in pixels of the target.

    Examples
    --------
    >>> spans(100, 30, "all"), spans(100, 30, "whole")
    ((4, -10), (3, 5))
    """
    count = -(-length // tile) if cover == "all" else max(1, length // tile)
    return count, (length - count * tile) // 2


def cells_of(rows: list[Row], target: Size, tile: Size, cover: str, shape: str = "rectangle") -> Cells:
    """Return rows of cells of one size, without those that are outside the target.

    Parameters
    ----------
    rows : list of Row
        From top to bottom.
    target, tile : (int, int)
        Width and height.
    cover : {"all", "whole"}
        Whether the canvas is the whole target or only what the cells reach to.
    shape : {"rectangle", "hexagon"}
        Of the cells.
    """
    lefts = np.concatenate([row.left + tile[0] * np.arange(row.count) for row in rows])
    tops = np.concatenate([np.full(row.count, row.top) for row in rows])
    columns = np.concatenate([row.column + np.arange(row.count) for row in rows])
    numbers = np.concatenate([np.full(row.count, row.row) for row in rows])
    x0, y0, x1, y1 = 0, 0, *target
    if cover == "whole":
        x0, y0 = max(0, int(lefts.min())), max(0, int(tops.min()))
        x1, y1 = min(x1, int(lefts.max()) + tile[0]), min(y1, int(tops.max()) + tile[1])
    seen = (lefts < x1) & (lefts + tile[0] > x0) & (tops < y1) & (tops + tile[1] > y0)
    boxes = np.stack((lefts - x0, tops - y0, np.full_like(lefts, tile[0]), np.full_like(tops, tile[1])), axis=1)
    places = np.stack((columns, numbers), axis=1).astype(np.float32)
    return Cells(boxes[seen].astype(np.int32), places[seen], (x0, y0, x1 - x0, y1 - y0), shape)


class _Options(Protocol):
    """What `lay_out` reads of `MosaicOptions`."""

    @property
    def tiling(self) -> Any: ...
    @property
    def cover(self) -> str: ...
    @property
    def mask(self) -> Any: ...
    @property
    def tile_size(self) -> Callable[[int, int], Size]: ...


def lay_out(target: np.ndarray, options: _Options) -> Cells:
    """Return the cells of a target, as the options say; without those that the mask leaves out.

    Raises
    ------
    ConfigError
        If a tile is larger than the target, or the mask leaves no cell.
    ImageError
        If the file of the mask cannot be read.
    """
    height, width = target.shape[:2]
    tile = options.tile_size(width, height)
    if tile[0] > width and tile[1] > height:
        raise ConfigError(f"a tile of {tile[0]} × {tile[1]} px is larger than the target of {width} × {height} px")
    cells: Cells = TILINGS.resolve(options.tiling).cells(target, tile, options.cover)
    mask = mask_of(options.mask, (width, height))
    if mask is None:
        return cells
    kept = _shown(mask, cells)
    if not kept.any():
        raise ConfigError("mask= is black wherever cells are: white is where tiles are to be")
    return cells.some(kept)


def _shown(mask: np.ndarray, cells: Cells) -> np.ndarray:
    """Whether any of the mask, (h, w) uint8 for the target, is above 0 in the box of a cell; (n,) bool."""
    width, height = cells.canvas[2:]
    shown = cells.part_of(mask) > 0
    counts = cv2.integral(shown.astype(np.uint8), sdepth=cv2.CV_32S)
    corners = np.concatenate((cells.boxes[:, :2], cells.boxes[:, :2] + cells.boxes[:, 2:]), axis=1)
    x0, y0, x1, y1 = np.clip(corners, 0, (width, height, width, height)).T
    return counts[y1, x1] - counts[y0, x1] - counts[y1, x0] + counts[y0, x0] > 0
