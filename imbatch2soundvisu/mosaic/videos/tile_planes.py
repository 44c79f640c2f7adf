"""Painting frames of tiles: planar Y'CbCr, only the tiles that change."""

from __future__ import annotations

import numpy as np

from ...visuals.video import yuv
from .grid import FrameGrid


class Painter:
    """Paints one frame after another, each on top of the one before.

    Tiles of even sizes at even places are kept as planar Y'CbCr, which is what the encoder takes. Others are painted as
    RGB, since their pixels share samples of colour.

    Parameters
    ----------
    tiles : ndarray of shape (m, h, w, 3)
        uint8, sRGB, at the size at which they are painted.
    grid : FrameGrid
        Where they are.
    """

    def __init__(self, tiles: np.ndarray, grid: FrameGrid) -> None:
        self._grid = grid
        self.is_planar = not any(side % 2 for side in (*grid.tile, *grid.corner))
        self.is_blank = True
        self._layers = [_Layer(each, grid) for each in (_planes(tiles) if self.is_planar else [tiles])]

    def painted(self, chosen: np.ndarray, changed: np.ndarray) -> np.ndarray:
        """Return the next frame.

        Parameters
        ----------
        chosen : ndarray of shape (n,)
            The tile of each cell.
        changed : ndarray of shape (n,)
            bool: which cells are painted; all others are as in the frame before.

        Returns
        -------
        ndarray of shape (3 height / 2, width)
            uint8, planar Y'CbCr.
        """
        cells = np.flatnonzero(changed)
        self.is_blank = False
        for layer in self._layers:
            layer.paint(cells, chosen)
        (left, top), (width, height) = self._grid.corner, self._grid.size
        if not self.is_planar:
            pixels = self._layers[0].pixels
            return yuv.to_planar(np.ascontiguousarray(pixels[top : top + height, left : left + width]))
        planar = np.empty((height * 3 // 2, width), np.uint8)
        for part, layer, step in zip(yuv.planes(planar), self._layers, (1, 2, 2), strict=True):
            y, x = top // step, left // step
            part[:] = layer.pixels[y : y + height // step, x : x + width // step]
        return planar


class _Layer:
    """The pixels of all cells of a frame, or one plane of them."""

    def __init__(self, tiles: np.ndarray, grid: FrameGrid) -> None:
        (columns, rows), (height, width) = grid.counts, tiles.shape[1:3]
        self.pixels = np.zeros((rows * height, columns * width, *tiles.shape[3:]), np.uint8)
        self._cells = self.pixels.reshape(rows, height, columns, width, *tiles.shape[3:]).swapaxes(1, 2)
        self._tiles, self._columns = tiles, columns

    def paint(self, cells: np.ndarray, chosen: np.ndarray) -> None:
        """Paint the tiles of some cells."""
        self._cells[cells // self._columns, cells % self._columns] = self._tiles[chosen[cells]]


def _planes(tiles: np.ndarray) -> list[np.ndarray]:
    """Luma and both chroma planes of tiles with even sides."""
    count, height, width = tiles.shape[:3]
    luma = np.empty((count, height, width), np.uint8)
    chroma = np.empty((2, count, height // 2, width // 2), np.uint8)
    for number, tile in enumerate(tiles):
        luma[number], chroma[0][number], chroma[1][number] = yuv.planes(yuv.to_planar(tile))
    return [luma, chroma[0], chroma[1]]
