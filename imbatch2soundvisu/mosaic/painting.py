"""A mosaic as pixels, strip by strip: memory does not grow with the height of the mosaic."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..config import Settings
from .cell_colours import cell_colours
from .masks import canvas_mask
from .placed_tiles import PlacedTiles
from .shapes import hexagon
from .target_rows import TargetRows
from .tile_pixels import Size, TilePixels
from .vectors import canvas_of

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
        largest = int(self.boxes[:, 2].max()), int(self.boxes[:, 3].max())
        self.rows = rows or rows_of_strip(self.size[0], largest[1])
        self._shown = [self._cells_in(top) for top in range(0, self.size[1], self.rows)]
        uses = [np.unique(mosaic.chosen[numbers]) for numbers in self._shown]
        self._grounds = cell_colours(mosaic.target, mosaic.cells)
        self._layers = mosaic.cells.layers
        mask = canvas_mask(mosaic.options.mask, mosaic.target, mosaic.cells.canvas)
        self._mask = None if mask is None else TargetRows(mask, self.size)
        shows_through = mask is not None or not mosaic.cells.is_complete
        self._target = TargetRows(canvas_of(mosaic.target, mosaic.cells), self.size) if shows_through else None
        self.tiles = TilePixels(mosaic.codebook, largest, uses, mosaic.options.crop, settings)

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
                rows[:] = self._target.at(top, height)
            self.tiles.begin(strip)
            for numbers, window in self._groups(self._shown[strip], top, height):
                self._paint(rows, top, numbers, window)
            self.tiles.end(strip)
            yield top, self._masked(rows, top)

    def _masked(self, rows: np.ndarray, top: int) -> np.ndarray:
        """Rows with the target where the mask says so."""
        if self._mask is None or self._target is None:
            return rows
        mask = self._mask.at(top, len(rows))
        return mixed(rows, self._target.at(top, len(rows)), mask[..., None])

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
        pixels = self.tiles.at(self.mosaic.chosen[numbers], size)
        return pixels if pixels.shape[-1] == 3 else over(pixels, self._grounds[numbers][:, None, None])


def over(pixels: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Return pixels with alpha, (..., 4) uint8, over a ground, (..., 3) uint8; as (..., 3) uint8."""
    return mixed(pixels[..., :3], ground, pixels[..., 3:])


def mixed(pixels: np.ndarray, others: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return pixels mixed with others; share : uint8, 255 for the first ones only.

    Examples
    --------
    >>> mixed(np.array([200, 200], np.uint8), np.array([0, 100], np.uint8), np.array([51, 0], np.uint8)).tolist()
    [40, 100]
    """
    weights = share.astype(np.uint16)
    return ((pixels * weights + others * (255 - weights) + 127) // 255).astype(np.uint8)


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
