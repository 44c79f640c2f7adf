"""Distance preservation quality (DPQ) of grids."""

from __future__ import annotations

import numpy as np

_ROWS = 256  # images whose distances are sorted together
_NUMBERS = 1_000_000  # distances in memory at a time
_SAMPLE = 4000  # of more images, as many are drawn


def dpq(vectors: np.ndarray, cells: np.ndarray, p: float = 16, wrap: tuple[int, int] | None = None) -> float:
    """Return the distance preservation quality of images on a grid.

    For each k, the mean distance of an image to its k nearest on the grid is compared with the mean of all distances;
    what it is less by is the gain at k. The quality is the p-norm of the gains over all k, divided by that of the k
    nearest in the space of the vectors. Cells at equal distance on the grid count in the order of their vectors.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        The images as points; distances are Euclidean.
    cells : ndarray of shape (n, 2)
        Column and row of each image.
    p : float
        Of the norm; 16 gives near neighbours the greatest weight.
    wrap : (int, int), optional
        Columns and rows of a grid whose opposite edges are neighbours.

    Returns
    -------
    float
        From 0 to 1 (as good as neighbours can be); NaN for fewer than 3 images and for equal vectors.

    References
    ----------
    K. U. Barthel, N. Hezel, K. Jung and K. Schall (2022), "Improved Evaluation and Generation of Grid Layouts using
    Distance Preservation Quality and Linear Assignment Sorting", Computer Graphics Forum 42(1).

    Examples
    --------
    >>> line = np.arange(9.0)[:, None]
    >>> cells = np.stack((np.arange(9), np.zeros(9, int)), axis=1)
    >>> round(dpq(line, cells), 6), dpq(line, cells[[4, 0, 7, 2, 8, 1, 5, 3, 6]]) < 0.7
    (1.0, True)
    """
    count = len(vectors)
    if count < 3:
        return float("nan")
    points = np.asarray(vectors, np.float64)
    points = points - points.mean(axis=0)
    rows = _sampled(count)
    on_grid, nearest = np.zeros(count - 1), np.zeros(count - 1)
    step = max(16, min(_ROWS, _NUMBERS // count))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        far = _distances(points, some)
        place = _grid_distances(cells, some, wrap)
        far[np.arange(len(some)), some] = place[np.arange(len(some)), some] = -1  # an image is the first of its own row
        on_grid += _in_grid_order(far, place)[:, 1:].sum(axis=0)
        nearest += np.sort(far, axis=1)[:, 1:].sum(axis=0)
    mean = nearest.sum() / (len(rows) * (count - 1))
    if mean <= 0:
        return float("nan")
    gained, possible = (_gains(total / len(rows), mean) for total in (on_grid, nearest))
    return float(np.linalg.norm(gained, p) / np.linalg.norm(possible, p)) if possible.any() else float("nan")


def _sampled(count: int) -> np.ndarray:
    if count <= _SAMPLE:
        return np.arange(count)
    return np.sort(np.random.default_rng(count).choice(count, _SAMPLE, replace=False))


def _distances(points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    squares = np.einsum("ij,ij->i", points, points)
    return np.sqrt(np.maximum(squares[rows, None] + squares - 2 * points[rows] @ points.T, 0))


def _grid_distances(cells: np.ndarray, rows: np.ndarray, wrap: tuple[int, int] | None) -> np.ndarray:
    """Squared distances on the grid, as whole numbers."""
    apart = np.abs(cells[rows, None].astype(np.int64) - cells)
    if wrap is not None:
        apart = np.minimum(apart, np.array(wrap) - apart)
    return (apart**2).sum(axis=2).astype(np.float64)


def _in_grid_order(far: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The distances of the vectors, each row in the order of the distances on the grid, equal ones ascending."""
    scale = max(far.max(), 1e-12) * (1 + 1e-9)
    both = np.sort(place + np.maximum(far, 0) / scale, axis=1)
    return (both - np.floor(both)) * scale


def _gains(sorted_means: np.ndarray, mean: float) -> np.ndarray:
    """How much less than `mean` the mean distance to the k nearest is, as a share, for each k; at least 0."""
    so_far = np.cumsum(sorted_means) / np.arange(1, len(sorted_means) + 1)
    return np.maximum(0, (mean - so_far) / mean)
