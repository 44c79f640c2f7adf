"""Large tiles where a target is plain, small ones where it has detail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.errors import ConfigError
from ...datasets.cropping import head_of
from ...datasets.faces import find_faces
from ...features.pixels import to_oklab
from .cells import TILINGS, BasicTiling, Cells, Size, spans

_MOST_LEVELS = 8
_FACES = 3.0  # times the contrast


@TILINGS.register("quadtree")
@dataclass(frozen=True)
class Quadtree(BasicTiling):
    """Large tiles where the target is plain: a tile, or squares of 2 x 2, 4 x 4 ... tiles.

    The target is divided into the largest cells. A cell is divided into four while its contrast, the standard deviation
    of its colours in Oklab (lightness from 0 to 1), is above the threshold. The contrast of faces counts three times.

    Parameters
    ----------
    levels : int
        Sizes of tiles, from 1 to 8; each is twice as large as the one before. `tile=` and `columns=` say the smallest.
    threshold : float, optional
        Contrast above which a cell is divided, from 0.
    count : int, optional
        Instead, about how many cells there are: the threshold is searched for. If neither is given, a third of the
        cells of the grid.
    faces : bool
        Whether the contrast of faces counts three times, so that they consist of small tiles.

    Examples
    --------
    >>> target = np.zeros((40, 80, 3), np.uint8)
    >>> target[:20, :20] = np.arange(20)[:, None, None] * 12
    >>> Quadtree(levels=2, threshold=0.05).cells(target, (20, 20), "all").boxes.tolist()
    [[0, 0, 20, 20], [20, 0, 20, 20], [40, 0, 40, 40], [0, 20, 20, 20], [20, 20, 20, 20]]
    """

    levels: int = 3
    threshold: float | None = None
    count: int | None = None
    faces: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.levels, bool) or not isinstance(self.levels, int) or not 1 <= self.levels <= _MOST_LEVELS:
            raise ConfigError(f"Quadtree(levels={self.levels!r}) must be a whole number from 1 to {_MOST_LEVELS}")
        if self.threshold is not None and self.count is not None:
            raise ConfigError("Quadtree: give threshold= or count=, not both")
        if self.threshold is not None and not (isinstance(self.threshold, int | float) and 0 <= self.threshold < 1e9):
            raise ConfigError(f"Quadtree(threshold={self.threshold!r}) must be a number from 0")
        if self.count is not None and not (isinstance(self.count, int) and self.count >= 1):
            raise ConfigError(f"Quadtree(count={self.count!r}) must be a whole number from 1")

    def largest(self, tile: Size) -> Size:
        """Return the size of the largest cells."""
        return tile[0] << self.levels - 1, tile[1] << self.levels - 1

    def cells(self, target: np.ndarray, tile: Size, cover: str) -> Cells:
        """Return the cells of a target, centred on it."""
        columns, left = spans(target.shape[1], tile[0], cover)
        rows, top = spans(target.shape[0], tile[1], cover)
        contrasts = _contrasts(target, tile, (left, top), (columns, rows), self.levels)
        if self.faces:
            _add_faces(contrasts, target, tile, (left, top))
        threshold = self.threshold
        if threshold is None:
            threshold = _threshold_for(contrasts, self.count or max(1, columns * rows // 3))
        squares = _divided(contrasts, threshold)
        squares = squares[np.lexsort((squares[:, 0], squares[:, 1]))]
        return _cells(squares, tile, (left, top), target.shape[1::-1], cover)


def _contrasts(target: np.ndarray, tile: Size, start: Size, counts: Size, levels: int) -> list[np.ndarray]:
    """The contrast of each square, one array of (rows, columns) for each level, the smallest squares first.

    Infinity for squares that are partly outside the grid of the smallest ones.
    """
    sums, found = _sums(target, tile, start, counts), []
    for level in range(levels):
        if level:
            rows, columns = sums.shape[:2]
            even = np.pad(sums, ((0, rows % 2), (0, columns % 2), (0, 0)))
            sums = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
        area = np.maximum(1, sums[..., 4])
        variance = sums[..., 3] / area - ((sums[..., :3] / area[..., None]) ** 2).sum(axis=2)
        contrast = np.round(np.sqrt(np.maximum(0, variance)), 9)
        contrast[:, (np.arange(sums.shape[1]) + 1) << level > counts[0]] = np.inf
        contrast[(np.arange(sums.shape[0]) + 1) << level > counts[1]] = np.inf
        found.append(contrast)
    return found


def _add_faces(contrasts: list[np.ndarray], target: np.ndarray, tile: Size, start: Size) -> None:
    """Multiply the contrast of each square by up to `_FACES`, by its share of faces."""
    height, width = target.shape[:2]
    shares: np.ndarray = np.zeros(contrasts[0].shape)
    for face in map(head_of, find_faces(target)):
        across = _overlaps(shares.shape[1], face.x * width - start[0], face.width * width, tile[0])
        down = _overlaps(shares.shape[0], face.y * height - start[1], face.height * height, tile[1])
        shares = np.maximum(shares, down[:, None] * across[None])
    for contrast in contrasts:
        contrast *= 1 + (_FACES - 1) * shares
        rows, columns = shares.shape
        even = np.pad(shares, ((0, rows % 2), (0, columns % 2)))
        shares = even.reshape(-1, 2, even.shape[1] // 2, 2).mean(axis=(1, 3))


def _overlaps(count: int, start: float, length: float, side: int) -> np.ndarray:
    """The share of each of a row of squares that a span covers; (count,)."""
    at = np.arange(count)
    return np.clip(np.minimum(at + 1, (start + length) / side) - np.maximum(at, start / side), 0, 1)


def _sums(target: np.ndarray, tile: Size, start: Size, counts: Size) -> np.ndarray:
    """(rows, columns, 5) float64: of each smallest square the sums of three Oklab planes and of their squares, and its
    area within the target."""
    height, width = target.shape[:2]
    x = np.clip(start[0] + tile[0] * np.arange(counts[0] + 1), 0, width)
    y = np.clip(start[1] + tile[1] * np.arange(counts[1] + 1), 0, height)
    sums = np.zeros((counts[1], counts[0], 5))
    for row, (first, last) in enumerate(zip(y[:-1].tolist(), y[1:].tolist(), strict=True)):
        lab = np.asarray(to_oklab(np.ascontiguousarray(target[first:last])), np.float64)
        planes = np.concatenate((lab.sum(axis=0), (lab**2).sum(axis=(0, 2))[:, None]), axis=1)
        sums[row, :, :4] = np.add.reduceat(planes[: x[-1]], x[:-1], axis=0)
        sums[row, :, 4] = np.diff(x) * (last - first)
    return sums


def _divided(contrasts: list[np.ndarray], threshold: float) -> np.ndarray:
    """(n, 3) int: column and row of each square that is not divided, in the smallest ones, and its side."""
    counts = contrasts[0].shape
    y, x = np.indices(contrasts[-1].shape).reshape(2, -1)
    found = []
    for level in range(len(contrasts) - 1, -1, -1):
        side = 1 << level
        divided = (contrasts[level][y, x] > threshold) & (level > 0)
        kept = np.stack((x * side, y * side, np.full(len(x), side)), axis=1)
        found.append(kept[~divided])
        x = (2 * x[divided][:, None] + np.array([0, 1, 0, 1])).ravel()
        y = (2 * y[divided][:, None] + np.array([0, 0, 1, 1])).ravel()
        if level:
            rows, columns = contrasts[level - 1].shape
            inside = (x < columns) & (y < rows)
            x, y = x[inside], y[inside]
    squares = np.concatenate(found)
    return squares[(squares[:, 0] < counts[1]) & (squares[:, 1] < counts[0])]


def _threshold_for(contrasts: list[np.ndarray], count: int) -> float:
    """The lowest threshold with at most so many cells, where that is possible."""
    finite = [each[np.isfinite(each)] for each in contrasts]
    values = np.unique(np.concatenate([np.zeros(1), *finite]))
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        if len(_divided(contrasts, float(values[middle]))) <= count:
            high = middle
        else:
            low = middle + 1
    return float(values[low])


def _cells(squares: np.ndarray, tile: Size, start: Size, target: Size, cover: str) -> Cells:
    x, y, side = squares.T
    left, top = start[0] + x * tile[0], start[1] + y * tile[1]
    x0, y0, x1, y1 = 0, 0, *target
    if cover == "whole":
        x0, y0 = max(0, start[0]), max(0, start[1])
        x1, y1 = min(x1, int((left + side * tile[0]).max())), min(y1, int((top + side * tile[1]).max()))
    boxes = np.stack((left - x0, top - y0, side * tile[0], side * tile[1]), axis=1).astype(np.int32)
    places = np.stack((x + (side - 1) / 2, y + (side - 1) / 2), axis=1).astype(np.float32)
    return Cells(boxes, places, (x0, y0, x1 - x0, y1 - y0))
