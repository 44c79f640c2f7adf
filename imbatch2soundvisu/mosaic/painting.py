"""A mosaic as pixels, strip by strip."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from .placed_tiles import PlacedTiles

_STRIP_BYTES = 64 << 20


def strips(mosaic: PlacedTiles, factor: float) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (top, rows) of a mosaic from top to bottom; rows are (h, width, 3) uint8, sRGB.

    Parameters
    ----------
    mosaic : PlacedTiles
        What is painted.
    factor : float
        How many times larger than the target.
    """
    width, height = mosaic.cells.canvas_size(factor)
    boxes, rows = mosaic.cells.scaled(factor), max(1, _STRIP_BYTES // (3 * width))
    for top in range(0, height, rows):
        yield top, _strip(mosaic, boxes, top, width, min(rows, height - top))


def _strip(mosaic: PlacedTiles, boxes: np.ndarray, top: int, width: int, height: int) -> np.ndarray:
    rows = np.zeros((height, width, 3), np.uint8)
    for number in np.flatnonzero((boxes[:, 1] < top + height) & (boxes[:, 1] + boxes[:, 3] > top)).tolist():
        left, cell_top, cell_width, cell_height = boxes[number].tolist()
        tile = mosaic.codebook.tile(mosaic.chosen[number])
        if (tile.shape[1], tile.shape[0]) != (cell_width, cell_height):
            tile = cv2.resize(np.ascontiguousarray(tile), (cell_width, cell_height), interpolation=cv2.INTER_AREA)
        x0, y0 = max(0, left), max(top, cell_top)
        x1, y1 = min(width, left + cell_width), min(top + height, cell_top + cell_height)
        rows[y0 - top : y1 - top, x0:x1] = tile[y0 - cell_top : y1 - cell_top, x0 - left : x1 - left]
    return rows


def painted(mosaic: PlacedTiles, factor: float) -> np.ndarray:
    """Return a mosaic as one array, (height, width, 3) uint8, sRGB."""
    return np.concatenate([rows for _, rows in strips(mosaic, factor)])
