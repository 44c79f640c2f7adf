"""Where the tiles of a mosaic are: cells of a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..core.registry import Registry
from .options import MosaicOptions

TILINGS: Registry[Any] = Registry("tiling", "cells", "tiling=", modules=("imbatch2soundvisu.mosaic.cells",))


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
        Of each cell within its box.
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

    def scaled(self, factor: float) -> np.ndarray:
        """Return the boxes in pixels of a canvas that is `factor` times as large, without gaps; (n, 4) int64."""
        corners = np.concatenate((self.boxes[:, :2], self.boxes[:, :2] + self.boxes[:, 2:]), axis=1)
        scaled = np.floor(corners * factor + 0.5).astype(np.int64)
        return np.concatenate((scaled[:, :2], scaled[:, 2:] - scaled[:, :2]), axis=1)

    def canvas_size(self, factor: float = 1.0) -> tuple[int, int]:
        """Return width and height of the canvas when it is `factor` times as large."""
        return int(self.canvas[2] * factor + 0.5), int(self.canvas[3] * factor + 0.5)


@runtime_checkable
class Tiling(Protocol):
    """Divides a target into cells."""

    def cells(self, target: np.ndarray, tile: tuple[int, int], cover: str) -> Cells:
        """Return the cells of a target, (h, w, 3) uint8, for tiles of (width, height) pixels."""
        ...


@TILINGS.register("grid")
@dataclass(frozen=True)
class Grid:
    """Rows and columns."""

    def cells(self, target: np.ndarray, tile: tuple[int, int], cover: str) -> Cells:
        """Return the cells of a regular grid, centred on the target."""
        width, left = spans(target.shape[1], tile[0], cover)
        height, top = spans(target.shape[0], tile[1], cover)
        return _placed(target, tile, cover, (width, height), (left, top), lambda row: 0)


def spans(length: int, tile: int, cover: str) -> tuple[int, int]:
    """Return the number of tiles along a side, and where the first begins (0 or less), in pixels of the target.

    Examples
    --------
    >>> spans(100, 30, "all"), spans(100, 30, "whole")
    ((4, -10), (3, 5))
    """
    count = -(-length // tile) if cover == "all" else max(1, length // tile)
    return count, (length - count * tile) // 2


def _placed(
    target: np.ndarray,
    tile: tuple[int, int],
    cover: str,
    counts: tuple[int, int],
    start: tuple[int, int],
    shift: Callable[[int], int],
) -> Cells:
    """Cells in rows; `shift(row)` moves a row to the right, in pixels."""
    rows, columns = np.mgrid[: counts[1], : counts[0]].reshape(2, -1)
    canvas = (0, 0, target.shape[1], target.shape[0])
    if cover == "whole":
        width, height = (min(n * side, whole) for n, side, whole in zip(counts, tile, canvas[2:], strict=True))
        canvas = (max(0, start[0]), max(0, start[1]), width, height)
    left = start[0] + columns * tile[0] + np.array([shift(row) for row in rows.tolist()]) - canvas[0]
    top = start[1] + rows * tile[1] - canvas[1]
    boxes = np.stack((left, top, np.full_like(left, tile[0]), np.full_like(left, tile[1])), axis=1)
    return Cells(boxes.astype(np.int32), np.stack((columns, rows), axis=1).astype(np.float32), canvas)


def lay_out(target: np.ndarray, options: MosaicOptions) -> Cells:
    """Return the cells of a target, as the options say."""
    tile = options.tile_size(target.shape[1], target.shape[0])
    return TILINGS.resolve(options.tiling).cells(target, tile, options.cover)
