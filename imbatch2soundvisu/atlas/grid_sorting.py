"""Images on a grid, similar ones next to each other: sorting by small assignments to a smoothed grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..clustering import PCA

_LEVELS = 32767  # integers in which vectors are computed with
_EMPTY, _IMAGE, _PINNED = 1, 100, 1000  # weights in the smoothed grid

_TABLE = 5000  # images whose distances are kept in a table
_WHOLE, _DIMENSIONS = 1500, 48  # images that are sorted by all dimensions; of more, by so many principal components
_REACH = 3  # cells between images that are exchanged
_ROWS, _COLUMNS = np.mgrid[-2:3, -2:3]
#: Weights of the neighbours in an exchange, (5, 5), whole numbers: the distance on the grid to the power of -4.
_NEAR = np.rint(64 / np.maximum(_ROWS**2 + _COLUMNS**2, 1) ** 2)


@dataclass(frozen=True)
class SortingOptions:
    """How a grid is sorted.

    Parameters
    ----------
    start : float
        First radius of the smoothing, as a share of the longer side of the grid.
    decay : float
        What the radius is multiplied by after each step.
    rounds : float
        How often an image takes part in an assignment in each step, on average.
    last : float
        The radius at which the assignments end.
    exchanges : int
        Afterwards, pairs of near images that are tried for an exchange, for each image.
    """

    start: float = 0.5
    decay: float = 0.98
    rounds: float = 16.0
    last: float = 1.0
    exchanges: int = 200

    @classmethod
    def for_count(cls, count: int, start: float = 0.5) -> SortingOptions:
        """Return the options for so many images: larger grids are smoothed in fewer steps, at hardly any loss.

        Examples
        --------
        >>> SortingOptions.for_count(1000).decay, SortingOptions.for_count(20_000).decay
        (0.98, 0.95)
        """
        return cls(start) if count <= _TABLE else cls(start, decay=0.95, exchanges=100)


def sort_grid(
    vectors: np.ndarray,
    items: np.ndarray,
    *,
    movable: np.ndarray | None = None,
    wrap: bool = False,
    seed: int = 0,
    options: SortingOptions | None = None,
) -> np.ndarray:
    """Return images on a grid so that similar ones are near each other.

    Each step smooths the grid with a box filter whose radius becomes smaller, and assigns the images of random sets of
    near cells to those of these cells whose smoothed vectors are nearest (fast linear assignment sorting). More than
    1,500 images are compared by their first 48 principal components.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        The images as points; distances are Euclidean.
    items : ndarray of shape (h, w)
        int: the image of each cell at the start, -1 for empty cells.
    movable : ndarray of shape (h, w), optional
        bool: cells that may be changed; False for cells outside of a shape and images that are pinned.
    wrap : bool
        Whether opposite edges are neighbours.
    seed : int
        Of the random sets.
    options : SortingOptions, optional
        How long it searches; None for those of `SortingOptions.for_count`.

    Returns
    -------
    ndarray of shape (h, w)
        int64.

    References
    ----------
    K. U. Barthel, N. Hezel, K. Jung and K. Schall (2022), "Improved Evaluation and Generation of Grid Layouts using
    Distance Preservation Quality and Linear Assignment Sorting", Computer Graphics Forum 42(1).
    """
    from . import grid_kernels

    options = options or SortingOptions.for_count(len(vectors))
    items = np.array(items, np.int64)
    movable = np.ones(items.shape, np.bool_) if movable is None else np.array(movable, np.bool_)
    points, state = _integers(_shortened(vectors)), grid_kernels.generator(seed)
    sets = max(1, round(options.rounds * movable.sum() / grid_kernels.SET))
    radius = max(items.shape) * options.start
    flat = items.reshape(-1)
    while True:
        size = max(1, round(radius))
        wanted = smoothed(points, items, movable, size, wrap)
        reach = max(size, 2)
        grid_kernels.improve(state, flat, movable, points, wanted, wrap, (reach, sets))
        if radius <= options.last:
            break
        radius *= options.decay
    if not wrap:
        table = _distances(points) if len(points) <= _TABLE else np.empty((0, 0))
        trials = round(options.exchanges * movable.sum())
        grid_kernels.exchange(state, items, movable, table, points, _NEAR, (_REACH, trials))
    return items


def smoothed(points: np.ndarray, items: np.ndarray, movable: np.ndarray, radius: int, wrap: bool) -> np.ndarray:
    """Return the weighted mean of the vectors around each cell, rounded; (h * w, d) float64."""
    held = items >= 0
    weights = np.where(held, np.where(movable, _IMAGE, _PINNED), np.where(movable, _EMPTY, 0)).astype(np.float64)
    layers = np.where(held[..., None], points[np.maximum(items, 0)], 0.0) * weights[..., None]
    layers = np.concatenate((layers, weights[..., None]), axis=2)
    sums = _box(layers, radius, wrap)
    return np.ascontiguousarray(np.rint(sums[..., :-1] / np.maximum(sums[..., -1:], 1)).reshape(items.size, -1))


def _box(layers: np.ndarray, radius: int, wrap: bool) -> np.ndarray:
    size = 2 * radius + 1
    if wrap:
        layers = np.pad(layers, ((radius, radius), (radius, radius), (0, 0)), mode="wrap")
    out = _sums(_sums(layers, size, 0), size, 1)
    return out[radius:-radius, radius:-radius] if wrap else out


def _sums(values: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Sums over a window of `size` along an axis; what is beyond the ends counts nothing."""
    total = np.cumsum(values, axis=axis)
    total = np.concatenate((np.zeros_like(total.take([0], axis)), total), axis=axis)
    length, centre = values.shape[axis], np.arange(values.shape[axis])
    ends, starts = np.minimum(length, centre + size // 2 + 1), np.maximum(0, centre - size // 2)
    return np.asarray(total.take(ends, axis) - total.take(starts, axis))


def _shortened(vectors: np.ndarray) -> np.ndarray:
    if len(vectors) <= _WHOLE or vectors.shape[1] <= _DIMENSIONS:
        return vectors
    return PCA(_DIMENSIONS).reduce(vectors)[0]


def _distances(points: np.ndarray) -> np.ndarray:
    squares = np.einsum("ij,ij->i", points, points)
    return np.rint(np.sqrt(np.maximum(squares[:, None] + squares - 2 * points @ points.T, 0)))


def _integers(vectors: np.ndarray) -> np.ndarray:
    points = np.asarray(vectors, np.float64)
    points = points - points.mean(axis=0)
    return np.ascontiguousarray(np.rint(points * (_LEVELS / max(np.abs(points).max(), 1e-12))))
