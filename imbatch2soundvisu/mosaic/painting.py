"""A mosaic as pixels, strip by strip: memory does not grow with the height of the mosaic."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..config import Settings
from .cell_colours import cell_colours
from .placed_tiles import PlacedTiles
from .tile_pixels import Size, TilePixels

#: Strips of about so many bytes; of so many, where a row of tiles is as large.
_STRIP_BYTES, _MOST_STRIP_BYTES = 48 << 20, 192 << 20
#: Cells of about so many bytes are painted together.
_CHUNK_BYTES = 8 << 20


class Painting:
    """A mosaic at one size, to be painted once, from top to bottom.

    Parameters
    ----------
    mosaic : PlacedTiles
        What is painted.
    factor : float, optional
        How many times larger than the target; None: as the options of the mosaic say.
    rows : int, optional
        Rows of a strip, for tests; the pixels do not depend on it.
    settings : Settings, optional
        Formats and limits, for tiles that are decoded again; `config.resolve()` when None.
    """

    def __init__(
        self,
        mosaic: PlacedTiles,
        factor: float | None = None,
        *,
        rows: int | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.mosaic, self.factor = mosaic, mosaic.factor if factor is None else factor
        self.size = mosaic.cells.canvas_size(self.factor)
        self.boxes = mosaic.cells.scaled(self.factor)
        largest = int(self.boxes[:, 2].max()), int(self.boxes[:, 3].max())
        self.rows = rows or rows_of_strip(self.size[0], largest[1])
        self._shown = [self._cells_in(top) for top in range(0, self.size[1], self.rows)]
        uses = [np.unique(mosaic.chosen[numbers]) for numbers in self._shown]
        self._grounds = cell_colours(mosaic.target, mosaic.cells)
        self.tiles = TilePixels(mosaic.codebook, largest, uses, mosaic.options.crop, settings)

    @property
    def problems(self) -> list[str]:
        """Images that could not be decoded again, one line each."""
        return self.tiles.problems

    def strips(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (top, rows) from top to bottom; rows are (h, width, 3) uint8, sRGB."""
        for strip, top in enumerate(range(0, self.size[1], self.rows)):
            rows = np.zeros((min(self.rows, self.size[1] - top), self.size[0], 3), np.uint8)
            self.tiles.begin(strip)
            for numbers, window in self._groups(self._shown[strip], top, len(rows)):
                self._paint(rows, top, numbers, window)
            self.tiles.end(strip)
            yield top, rows

    def _cells_in(self, top: int) -> np.ndarray:
        first, last = self.boxes[:, 1], self.boxes[:, 1] + self.boxes[:, 3]
        return np.flatnonzero((first < top + self.rows) & (last > top))

    def _groups(self, numbers: np.ndarray, top: int, height: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield cells of which the same part is visible: their numbers, and (left, right, top, bottom) within each."""
        left, upper, width, tall = self.boxes[numbers].T
        right, lower = np.minimum(width, self.size[0] - left), np.minimum(tall, top + height - upper)
        keys = np.stack((width, tall, np.maximum(0, -left), right, np.maximum(0, top - upper), lower), axis=1)
        visible = (keys[:, 3] > keys[:, 2]) & (keys[:, 5] > keys[:, 4])
        numbers, keys = numbers[visible], keys[visible]
        order = np.lexsort(keys.T)
        changes = np.flatnonzero((np.diff(keys[order], axis=0) != 0).any(axis=1)) + 1
        for group in np.split(order, changes):
            if len(group):
                yield numbers[np.sort(group)], keys[group[0], 2:]

    def _paint(self, rows: np.ndarray, top: int, numbers: np.ndarray, window: np.ndarray) -> None:
        """Paint cells of one size, of which the same part is visible."""
        left, right, upper, lower = window.tolist()
        width, height = self.boxes[numbers[0], 2:].tolist()
        places = sliding_window_view(rows, (lower - upper, right - left, 3), writeable=True)[:, :, 0]  # type: ignore[call-overload]
        step = max(1, _CHUNK_BYTES // (3 * width * height))
        for start in range(0, len(numbers), step):
            some = numbers[start : start + step]
            pixels = self.cell_pixels(some, (width, height))[:, upper:lower, left:right]
            places[self.boxes[some, 1] + upper - top, self.boxes[some, 0] + left] = pixels

    def cell_pixels(self, numbers: np.ndarray, size: Size) -> np.ndarray:
        """Return the pixels of whole cells of one size (width, height), as (n, height, width, 3) uint8."""
        pixels = self.tiles.at(self.mosaic.chosen[numbers], size)
        return pixels if pixels.shape[-1] == 3 else over(pixels, self._grounds[numbers][:, None, None])


def over(pixels: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Return pixels with alpha, (..., 4) uint8, over a ground, (..., 3) uint8; as (..., 3) uint8."""
    alpha = pixels[..., 3:].astype(np.uint16)
    return ((pixels[..., :3] * alpha + ground * (255 - alpha) + 127) // 255).astype(np.uint8)


def rows_of_strip(width: int, cell_height: int) -> int:
    """Return the rows of a strip: whole rows of cells, where these are small enough.

    Examples
    --------
    >>> rows_of_strip(1000, 24), rows_of_strip(60_000, 1_600)
    (16776, 279)
    """
    rows = max(1, _STRIP_BYTES // (3 * width))
    if rows >= cell_height:
        return rows // cell_height * cell_height
    return cell_height if 3 * width * cell_height <= _MOST_STRIP_BYTES else rows


def strips(
    mosaic: PlacedTiles, factor: float | None = None, *, rows: int | None = None, settings: Settings | None = None
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (top, rows) of a mosaic from top to bottom; rows are (h, width, 3) uint8, sRGB. See `Painting`."""
    yield from Painting(mosaic, factor, rows=rows, settings=settings).strips()


def painted(mosaic: PlacedTiles, factor: float | None = None, *, settings: Settings | None = None) -> np.ndarray:
    """Return a mosaic as one array, (height, width, 3) uint8, sRGB."""
    painting = Painting(mosaic, factor, settings=settings)
    whole = np.empty((painting.size[1], painting.size[0], 3), np.uint8)
    for top, rows in painting.strips():
        whole[top : top + len(rows)] = rows
    return whole
