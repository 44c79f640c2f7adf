"""Points of a map to cells of a grid, each as near to its place as possible."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

_EXACT = 1500  # cells up to which the assignment is exact
_ROUNDS = 60  # of small assignments, for larger grids
_LEVELS = 32767


def assign_points(points: np.ndarray, usable: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return a grid of images whose places on a map are given.

    Both coordinates are scaled to the grid; the sum of squared distances is the least possible up to 1,500 cells, and
    nearly so above.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        x to the right, y down.
    usable : ndarray of shape (h, w)
        bool: cells that may hold an image, at least n.
    seed : int
        Of the search on larger grids.

    Returns
    -------
    ndarray of shape (h, w)
        int64: the image of each cell, -1 for empty ones.

    Examples
    --------
    >>> assign_points(np.array([[0.0, 0], [5, 0], [0, 9], [5, 9]]), np.ones((2, 2), bool)).tolist()
    [[0, 1], [2, 3]]
    """
    rows, columns = np.nonzero(usable)
    places = np.stack((columns, rows), axis=1).astype(np.float64)
    scaled = _scaled(np.asarray(points, np.float64), places)
    items = np.full(usable.shape, -1, np.int64)
    if len(places) <= _EXACT:
        apart = ((scaled[:, None] - places) ** 2).sum(axis=2)
        images, cells = linear_sum_assignment(apart)
        items[rows[cells], columns[cells]] = images
        return items
    items[rows, columns] = _split(scaled, places)
    return _improved(items, usable, scaled, seed)


def _scaled(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Points in the rectangle that the places fill."""
    low, high = points.min(axis=0), points.max(axis=0)
    least, most = places.min(axis=0), places.max(axis=0)
    return np.asarray(least + (points - low) / np.maximum(high - low, 1e-12) * (most - least))


def _split(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The image of each place, -1 for none: places and points are halved along the longer side, again and again."""
    found = np.full(len(places), -1, np.int64)
    waiting = [(np.arange(len(places)), np.arange(len(points)))]
    while waiting:
        cells, images = waiting.pop()
        if len(cells) == 1 or not len(images):
            found[cells[: len(images)]] = images
            continue
        axis = int(np.argmax(np.ptp(places[cells], axis=0)))
        cells = cells[np.argsort(places[cells, axis], kind="stable")]
        images = images[np.argsort(points[images, axis], kind="stable")]
        middle = len(cells) // 2
        share = min(middle, max(len(images) - (len(cells) - middle), round(len(images) * middle / len(cells))))
        waiting += [(cells[:middle], images[:share]), (cells[middle:], images[share:])]
    return found


def _improved(items: np.ndarray, usable: np.ndarray, points: np.ndarray, seed: int) -> np.ndarray:
    from . import grid_kernels

    step = _LEVELS // max(items.shape)
    rows, columns = np.mgrid[: items.shape[0], : items.shape[1]]
    wanted = np.stack((columns, rows), axis=2).reshape(-1, 2).astype(np.float64) * step
    state, flat = grid_kernels.generator(seed), items.reshape(-1)
    sets = max(1, usable.sum() // grid_kernels.SET)
    for number in range(_ROUNDS):
        reach = max(2, round(max(items.shape) / 8 * 0.9**number))
        grid_kernels.improve(state, flat, usable, np.rint(points * step), wanted, False, (reach, sets))
    return items
