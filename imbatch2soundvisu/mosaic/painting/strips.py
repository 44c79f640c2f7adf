"""A mosaic as pixels, strip by strip: memory does not grow with the height of the mosaic."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...config import Settings
from ..colours.colouring import coloured
from ..colours.mixing import mixed, weighted_sum
from ..layout.masks import mask_of
from ..layout.shapes import hexagon
from ..placed_tiles import PlacedTiles
from ..tiles.pixels import Size, TilePixels
from .target_rows import TargetRows

#: Strips of about so many bytes; of so many, where a row of tiles is as large.
_STRIP_BYTES, _MOST_STRIP_BYTES = 48 << 20, 192 << 20
#: Cells of about so many bytes are painted together.
_CHUNK_BYTES = 8 << 20
#: By so many pixels hexagons, and those that others are painted over, are larger than their cells: no gaps.
_UPPER_PX, _LOWER_PX = 0.5, 1.5


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
        self.rows = rows or rows_of_strip(self.size[0], int(self.boxes[:, 3].max()))
        self._shown = [self._cells_in(top) for top in range(0, self.size[1], self.rows)]
        uses = [(mosaic.chosen[numbers], self.boxes[numbers, 2:]) for numbers in self._shown]
        self._layers = mosaic.cells.layers
        mask = mask_of(mosaic.options.mask, mosaic.target.shape[1::-1])
        self._mask = None if mask is None else TargetRows(mosaic.cells.part_of(mask), self.size)
        shows_through = mask is not None or mosaic.options.opacity > 0 or not mosaic.cells.is_complete
        self._target = TargetRows(mosaic.cells.part_of(mosaic.target), self.size) if shows_through else None
        self.tiles = TilePixels(mosaic.codebook, uses, mosaic.options.crop, settings)

    @property
    def problems(self) -> list[str]:
        """Images that could not be decoded again, one line each."""
        return self.tiles.problems

    def strips(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (top, rows) from top to bottom; rows are (h, width, 3) uint8, sRGB."""
        for strip, top in enumerate(range(0, self.size[1], self.rows)):
            height = min(self.rows, self.size[1] - top)
            rows = np.zeros((height, self.size[0], 3), np.uint8)
            if self._target is not None:
                for some in self._blocks(height):
                    rows[some] = self._target.at(top + some.start, some.stop - some.start)
            self.tiles.begin(strip)
            for numbers, window in self._groups(self._shown[strip], top, height):
                self._paint(rows, top, numbers, window)
            self.tiles.end(strip)
            if self._target is not None and (self._mask is not None or self.mosaic.options.opacity > 0):
                for some in self._blocks(height):
                    rows[some] = self._with_target(rows[some], top + some.start)
            yield top, rows

    def _blocks(self, height: int) -> Iterator[slice]:
        """Some rows of a strip at a time: mixing needs several times their memory."""
        step = max(1, _CHUNK_BYTES // (3 * self.size[0]))
        for start in range(0, height, step):
            yield slice(start, min(start + step, height))

    def _with_target(self, rows: np.ndarray, top: int) -> np.ndarray:
        """Rows with the target mixed into them, and alone where the mask says so."""
        assert self._target is not None
        opacity, target = self.mosaic.options.opacity, self._target.at(top, len(rows))
        if opacity > 0:
            rows = weighted_sum(rows, target, opacity)
        return rows if self._mask is None else mixed(rows, target, self._mask.at(top, len(rows))[..., None])

    def _cells_in(self, top: int) -> np.ndarray:
        first, last = self.boxes[:, 1], self.boxes[:, 1] + self.boxes[:, 3]
        return np.flatnonzero((first < top + self.rows) & (last > top))

    def _groups(self, numbers: np.ndarray, top: int, height: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield cells of which the same part is visible: their numbers, and (left, right, top, bottom) within each.

        Those of the lower layer come first.
        """
        left, upper, width, tall = self.boxes[numbers].T
        right, lower = np.minimum(width, self.size[0] - left), np.minimum(tall, top + height - upper)
        hidden = np.maximum(0, -left), np.maximum(0, top - upper)
        keys = np.stack((width, tall, hidden[0], right, hidden[1], lower, self._layers[numbers]), axis=1)
        visible = (keys[:, 3] > keys[:, 2]) & (keys[:, 5] > keys[:, 4])
        numbers, keys = numbers[visible], keys[visible]
        order = np.lexsort(keys.T)
        changes = np.flatnonzero((np.diff(keys[order], axis=0) != 0).any(axis=1)) + 1
        for group in np.split(order, changes):
            if len(group):
                yield numbers[np.sort(group)], keys[group[0], 2:6]

    def _paint(self, rows: np.ndarray, top: int, numbers: np.ndarray, window: np.ndarray) -> None:
        """Paint cells of one size, of which the same part is visible."""
        left, right, upper, lower = window.tolist()
        width, height = self.boxes[numbers[0], 2:].tolist()
        places = sliding_window_view(rows, (lower - upper, right - left, 3), writeable=True)[:, :, 0]  # type: ignore[call-overload]
        step = max(1, _CHUNK_BYTES // (3 * width * height))
        for start in range(0, len(numbers), step):
            some = numbers[start : start + step]
            pixels = self.cell_pixels(some, (width, height))[:, upper:lower, left:right]
            at = self.boxes[some, 1] + upper - top, self.boxes[some, 0] + left
            if self.mosaic.cells.shape == "hexagon":
                spread = _UPPER_PX if self._layers[some[0]] else max(_LOWER_PX, 6 - height / 2)
                shape = hexagon((width, height), spread)
                pixels = mixed(pixels, places[at], shape[upper:lower, left:right, None])
            places[at] = pixels

    def cell_pixels(self, numbers: np.ndarray, size: Size) -> np.ndarray:
        """Return the pixels of whole cells of one size (width, height), as (n, height, width, 3) uint8."""
        pixels, options = self.tiles.at(self.mosaic.chosen[numbers], size), self.mosaic.options
        recolour = self.mosaic.recolour
        if pixels.shape[-1] == 3 and options.tint == 0:
            return pixels if recolour is None else recolour(pixels)
        return coloured(pixels, self.mosaic.colours[numbers], options, recolour)


def rows_of_strip(width: int, cell_height: int) -> int:
    """Return the rows of a strip: whole rows of cells, where these are small enough.

    Examples
    --------
    >>> rows_of_strip(1000, 24), rows_of_strip(60_000, 1_600)
    (16776, 279)
    """
    rows, cell_height = max(1, _STRIP_BYTES // (3 * width)), max(1, cell_height)
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
