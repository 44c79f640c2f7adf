"""The nearest other points of each point."""

from __future__ import annotations

import numpy as np

_NUMBERS = 2 << 20  # distances that are held in memory


def nearest_others(points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest other points of each point.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    k : int
        At most n - 1.

    Returns
    -------
    indices : ndarray of shape (n, k)
        int32, nearest first; of equal ones, the lower.
    distances : ndarray of shape (n, k)
        float64, Euclidean.

    Examples
    --------
    >>> nearest_others(np.array([[0.0], [1.0], [5.0]]), 1)[0].tolist()
    [[1], [0], [1]]
    """
    count = len(points)
    flat = np.ascontiguousarray(points - np.mean(points, axis=0, dtype=np.float64), np.float32)
    squares = np.einsum("ij,ij->i", flat, flat)
    indices, distances = np.empty((count, k), np.int32), np.empty((count, k))
    step = max(1, _NUMBERS // max(count, 1))
    for start in range(0, count if k else 0, step):
        some = np.arange(start, min(count, start + step))
        far = squares - 2 * (flat[some] @ flat.T)
        far[np.arange(len(some)), some] = np.inf
        found = np.sort(np.argpartition(far, k - 1, axis=1)[:, :k], axis=1)
        exact = _distances(flat, some, found)
        order = np.argsort(exact, axis=1, kind="stable")
        indices[some] = np.take_along_axis(found, order, axis=1)
        distances[some] = np.take_along_axis(exact, order, axis=1)
    return indices, distances


def _distances(points: np.ndarray, rows: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Distances of rows to those that were found, without the rounding of a difference of squares."""
    exact = np.empty(found.shape)
    for column in range(found.shape[1]):
        apart = (points[rows] - points[found[:, column]]).astype(np.float64)
        exact[:, column] = np.sqrt(np.einsum("ij,ij->i", apart, apart))
    return exact
