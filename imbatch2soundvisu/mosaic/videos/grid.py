"""The grid of a video mosaic: from a frame to the samples of its cells, and the size of the film."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from ...visuals.video import yuv
from ..colours.light import codes_of, linear
from ..layout.cells import Cells
from ..matching.vectors import samples_of, vectors_of
from ..options import MosaicOptions


@dataclass(frozen=True)
class FrameGrid:
    """Where the tiles are in all frames.

    Parameters
    ----------
    counts : (int, int)
        Columns and rows.
    start : (int, int)
        Left and top of the grid in pixels of the source; below 0 where tiles reach beyond it.
    extent : (int, int)
        Width and height of the grid in pixels of the source.
    cell : (int, int)
        Width and height of a cell in pixels of the source, rounded.
    tile : (int, int)
        Width and height of a tile in pixels of the film.
    samples : (int, int)
        Samples across and down a cell.
    corner : (int, int)
        Left and top of the film in pixels of the painted grid.
    size : (int, int)
        Width and height of the film in pixels, both even.
    uncut : (int, int)
        The same before odd sides were made even.
    shown : (int, int)
        Width and height of the frames of the source, upright and with square pixels.
    options : MosaicOptions
        How cells are compared.
    """

    counts: tuple[int, int]
    start: tuple[int, int]
    extent: tuple[int, int]
    cell: tuple[int, int]
    tile: tuple[int, int]
    samples: tuple[int, int]
    corner: tuple[int, int]
    size: tuple[int, int]
    uncut: tuple[int, int]
    shown: tuple[int, int]
    options: MosaicOptions

    def __len__(self) -> int:
        return self.counts[0] * self.counts[1]

    @property
    def covered(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the part of a frame of the source that the film shows, in its pixels."""
        sides = zip(self.start, self.extent, self.shown, strict=True)
        edges = [(max(0, start), min(whole, start + extent)) for start, extent, whole in sides]
        (left, right), (top, bottom) = edges
        return left, top, right - left, bottom - top

    def sampled(self, pixels: np.ndarray, step: int = 1) -> np.ndarray:
        """Return the samples of a frame, (rows x sy, columns x sx, ...) uint8.

        Parameters
        ----------
        pixels : ndarray of shape (h, w, ...)
            uint8. Its size may differ from `shown`, as in streams that change their size.
        step : int
            Pixels of the frame for each of these, along both sides: 2 for planes of chroma.
        """
        shown = self.shown[0] // step, self.shown[1] // step
        if pixels.shape[1::-1] != shown:
            pixels = cv2.resize(pixels, shown, interpolation=cv2.INTER_AREA)
        left, top, width, height = (side // step for side in (*self.start, *self.extent))
        right, bottom = left + width - shown[0], top + height - shown[1]
        if max(-left, -top, right, bottom) > 0:
            above, below, before, after = (max(0, side) for side in (-top, bottom, -left, right))
            pixels = cv2.copyMakeBorder(pixels, above, below, before, after, cv2.BORDER_REPLICATE)
        part = pixels[max(0, top) :, max(0, left) :][:height, :width]
        size = self.counts[0] * self.samples[0], self.counts[1] * self.samples[1]
        return cv2.resize(part, size, interpolation=cv2.INTER_AREA)

    @property
    def cells(self) -> Cells:
        """The cells of a frame, as a still mosaic has them."""
        rows, columns = np.mgrid[: self.counts[1], : self.counts[0]].reshape(2, -1)
        left, top = (
            np.rint(min(0, start) + number * (extent / count)).astype(np.int32)
            for start, number, extent, count in zip(self.start, (columns, rows), self.extent, self.counts, strict=True)
        )
        boxes = np.stack((left, top, np.full_like(left, self.cell[0]), np.full_like(left, self.cell[1])), axis=1)
        return Cells(boxes, np.stack((columns, rows), axis=1).astype(np.float32), self.covered)

    def film_part(self, rgb: np.ndarray) -> np.ndarray:
        """Return what the film shows of a frame of the source, in its size, (height, width, 3) uint8."""
        if rgb.shape[1::-1] != self.shown:
            rgb = cv2.resize(rgb, self.shown, interpolation=cv2.INTER_AREA)
        left, top, width, height = self.covered
        part = rgb[top : top + height, left : left + width]
        if self.uncut != (width, height):
            smaller = self.uncut[0] * self.uncut[1] < width * height
            part = cv2.resize(part, self.uncut, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        return part[: self.size[1], : self.size[0]]

    def by_cell(self, samples: np.ndarray) -> np.ndarray:
        """Return samples, (rows x sy, columns x sx, c), as (n, sy, sx, c)."""
        (columns, rows), (across, down) = self.counts, self.samples
        split = samples.reshape(rows, down, columns, across, -1).transpose(0, 2, 1, 3, 4)
        return np.ascontiguousarray(split).reshape(rows * columns, down, across, -1)

    def vectors(self, samples: np.ndarray) -> np.ndarray:
        """Return (n, d) float32: the cells of a sampled frame, as `vectors.cell_vectors` has them."""
        return vectors_of(self.by_cell(samples), self.options)

    def colours(self, samples: np.ndarray) -> np.ndarray:
        """Return (n, 3) uint8: the mean colour of each cell of a sampled frame, sRGB."""
        return np.rint(self.by_cell(samples).mean(axis=(1, 2), dtype=np.float32)).astype(np.uint8)

    def light_colours(self, samples: np.ndarray) -> np.ndarray:
        """Return (n, y, x, 3) uint8: the colours of the mean light of parts of each cell, for the tint."""
        parts = samples_of(self.cell, self.options.tint_detail)
        across, down = (min(part, count) for part, count in zip(parts, self.samples, strict=True))
        size = self.counts[0] * across, self.counts[1] * down
        light = codes_of(cv2.resize(linear(samples), size, interpolation=cv2.INTER_AREA))
        split = light.reshape(self.counts[1], down, self.counts[0], across, 3).transpose(0, 2, 1, 3, 4)
        return np.ascontiguousarray(split).reshape(len(self), down, across, 3)


def grid_of(shown: tuple[int, int], options: MosaicOptions) -> FrameGrid:
    """Return the grid of a video.

    Parameters
    ----------
    shown : (int, int)
        Width and height of its frames, upright and with square pixels.
    options : MosaicOptions
        Size and detail of the tiles.

    Raises
    ------
    ConfigError
        If the film would be too small or too large.
    """
    cell, tile = options.tile_size(*shown), options.painted_tile_size(*shown)
    factor = Fraction(tile[0], cell[0])
    axes = [_axis(whole, painted, factor, options.cover) for whole, painted in zip(shown, tile, strict=True)]
    counts, start, extent, corner, uncut = ((x, y) for x, y in zip(*axes, strict=True))
    size, samples = yuv.even_size(uncut), samples_of(cell, options.detail)
    return FrameGrid(counts, start, extent, cell, tile, samples, corner, size, uncut, shown, options)


def _axis(whole: int, painted: int, factor: Fraction, cover: str) -> tuple[int, int, int, int, int]:
    """Along one side: number of tiles, start and extent of the grid in the source, and corner and length of the film.

    Tiles have whole pixels, and the film has the aspect of its source: where a cell is not a whole number of pixels of
    the source, the grid as a whole is.
    """
    cell = painted / factor
    count = math.ceil(whole / cell) if cover == "all" else max(1, math.floor(whole / cell))
    extent = max(1, round(count * cell))
    start = (whole - extent) // 2
    side = min(count * painted, max(1, round(min(whole, extent) * factor)))
    return count, start, extent, min(round(max(0, -start) * factor), count * painted - side), side
