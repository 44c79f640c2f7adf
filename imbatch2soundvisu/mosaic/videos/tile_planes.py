"""Painting frames of tiles: only what changes is painted on top of the frame before."""

from __future__ import annotations

import cv2
import numpy as np

from ...visuals.video import yuv
from ..colours.colouring import coloured
from ..tiles.codebook import Codebook
from .grid import FrameGrid

#: A tinted tile is painted again when a part of its cell has changed by more than so many codes of 255, so that the
#: noise of a sensor does not make still shots flicker.
_COLOUR_TOLERANCE = 3


def painter_of(codebook: Codebook, grid: FrameGrid) -> Painter | TintedPainter:
    """Return the painter of a film: tinted and transparent tiles depend on their cells, all others are copied."""
    numbers = range(len(codebook))
    tiles = np.stack([_resized(codebook.tile(number), grid) for number in numbers])
    if codebook.alpha is not None:
        alpha = np.stack([_resized(np.asarray(codebook.tile_alpha(number)), grid) for number in numbers])
        tiles = np.concatenate((tiles, alpha[..., None]), axis=3)
    elif grid.options.tint == 0:
        return Painter(tiles, grid)
    return TintedPainter(tiles, grid)


def _resized(tile: np.ndarray, grid: FrameGrid) -> np.ndarray:
    if tile.shape[1::-1] == grid.tile:
        return tile
    return np.asarray(cv2.resize(np.ascontiguousarray(tile), grid.tile, interpolation=cv2.INTER_AREA))


class Painter:
    """Paints one frame after another.

    Tiles of even sizes at even places are kept as planar Y'CbCr, which is what the encoder takes. Others are painted as
    RGB, since their pixels share samples of colour.

    Parameters
    ----------
    tiles : ndarray of shape (m, h, w, 3)
        uint8, sRGB, at the size at which they are painted.
    grid : FrameGrid
        Where they are.
    """

    #: What a later run needs to go on.
    colours: np.ndarray | None = None

    def __init__(self, tiles: np.ndarray, grid: FrameGrid) -> None:
        self._grid = grid
        self.is_planar = not any(side % 2 for side in (*grid.tile, *grid.corner))
        self._sources = _planes(tiles) if self.is_planar else [tiles]
        self._layers = [_Layer(each.shape[1:], grid) for each in self._sources]

    def restore(self, chosen: np.ndarray, colours: np.ndarray | None) -> None:
        """Paint the frame that was painted last."""
        self._paint(np.arange(len(chosen)), chosen)

    def painted(self, chosen: np.ndarray, changed: np.ndarray, samples: np.ndarray) -> np.ndarray:
        """Return the next frame.

        Parameters
        ----------
        chosen : ndarray of shape (n,)
            The tile of each cell.
        changed : ndarray of shape (n,)
            bool: which of them are others than in the frame before; all in the first one.
        samples : ndarray of shape (rows x sy, columns x sx, 3)
            uint8, sRGB: the samples of the frame.

        Returns
        -------
        ndarray of shape (3 height / 2, width)
            uint8, planar Y'CbCr.
        """
        self._paint(np.flatnonzero(changed), chosen)
        if not self.is_planar:
            return planar_of(self._layers[0].pixels, self._grid)
        (left, top), (width, height) = self._grid.corner, self._grid.size
        planar = np.empty((height * 3 // 2, width), np.uint8)
        for part, layer, step in zip(yuv.planes(planar), self._layers, (1, 2, 2), strict=True):
            y, x = top // step, left // step
            part[:] = layer.pixels[y : y + height // step, x : x + width // step]
        return planar

    def _paint(self, cells: np.ndarray, chosen: np.ndarray) -> None:
        for layer, tiles in zip(self._layers, self._sources, strict=True):
            layer.paint(cells, tiles[chosen[cells]])


class TintedPainter:
    """Paints tiles whose pixels depend on the colours of their cells; as `Painter`.

    Parameters
    ----------
    tiles : ndarray of shape (m, h, w, 3 or 4)
        uint8: sRGB, and alpha.
    grid : FrameGrid
        Where they are, and with which options they are coloured.
    """

    is_planar = False

    def __init__(self, tiles: np.ndarray, grid: FrameGrid) -> None:
        self._tiles, self._grid = tiles, grid
        self._layer = _Layer((*tiles.shape[1:3], 3), grid)
        self.colours: np.ndarray | None = None

    def restore(self, chosen: np.ndarray, colours: np.ndarray | None) -> None:
        """Paint the frame that was painted last, in the colours that the cells had when they were painted."""
        self.colours = colours
        self._paint(np.arange(len(chosen)), chosen)

    def painted(self, chosen: np.ndarray, changed: np.ndarray, samples: np.ndarray) -> np.ndarray:
        """Return the next frame; see `Painter.painted`."""
        colours = self._grid.light_colours(samples)
        if self.colours is None:
            self.colours, fresh = colours, changed
        else:
            moved = np.abs(colours.astype(np.int16) - self.colours).reshape(len(colours), -1).max(axis=1)
            fresh = changed | (moved > _COLOUR_TOLERANCE)
            self.colours = np.where(fresh[:, None, None, None], colours, self.colours)
        self._paint(np.flatnonzero(fresh), chosen)
        return planar_of(self._layer.pixels, self._grid)

    def _paint(self, cells: np.ndarray, chosen: np.ndarray) -> None:
        if len(cells):
            assert self.colours is not None
            self._layer.paint(cells, coloured(self._tiles[chosen[cells]], self.colours[cells], self._grid.options))


def planar_of(pixels: np.ndarray, grid: FrameGrid) -> np.ndarray:
    """Return a painted grid, sRGB, as a frame of the film."""
    (left, top), (width, height) = grid.corner, grid.size
    return yuv.to_planar(np.ascontiguousarray(pixels[top : top + height, left : left + width]))


class _Layer:
    """The pixels of all cells of a frame, or one plane of them."""

    def __init__(self, tile: tuple[int, ...], grid: FrameGrid) -> None:
        (columns, rows), (height, width, *channels) = grid.counts, tile
        self.pixels = np.zeros((rows * height, columns * width, *channels), np.uint8)
        self._cells = self.pixels.reshape(rows, height, columns, width, *channels).swapaxes(1, 2)
        self._columns = columns

    def paint(self, cells: np.ndarray, tiles: np.ndarray) -> None:
        """Paint a tile in each of some cells."""
        self._cells[cells // self._columns, cells % self._columns] = tiles


def _planes(tiles: np.ndarray) -> list[np.ndarray]:
    """Luma and both chroma planes of tiles with even sides."""
    count, height, width = tiles.shape[:3]
    luma = np.empty((count, height, width), np.uint8)
    chroma = np.empty((2, count, height // 2, width // 2), np.uint8)
    for number, tile in enumerate(tiles):
        luma[number], chroma[0][number], chroma[1][number] = yuv.planes(yuv.to_planar(np.ascontiguousarray(tile)))
    return [luma, chroma[0], chroma[1]]
