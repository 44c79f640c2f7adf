"""The most similar tiles of each cell: exact nearest neighbours in batches."""

from __future__ import annotations

import numpy as np

_BATCH_BYTES = 64 << 20


def nearest(queries: np.ndarray, base: np.ndarray, k: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest vectors of each query.

    Parameters
    ----------
    queries : ndarray of shape (n, d)
        float32.
    base : ndarray of shape (m, d)
        float32.
    k : int
        At most m.

    Returns
    -------
    indices : ndarray of shape (n, k)
        int32 rows of `base`, nearest first; of equal ones, the lower.
    distances : ndarray of shape (n, k)
        float32, squared Euclidean.
    """
    k = min(k, len(base))
    norms, rows = np.einsum("ij,ij->i", base, base), max(1, _BATCH_BYTES // (4 * len(base)))
    indices = np.empty((len(queries), k), np.int32)
    distances = np.empty((len(queries), k), np.float32)
    for start in range(0, len(queries), rows):
        batch = queries[start : start + rows]
        scores = norms - 2 * (batch @ base.T)
        found = _smallest(scores, k)
        indices[start : start + rows] = found
        least = np.take_along_axis(scores, found, axis=1) + np.einsum("ij,ij->i", batch, batch)[:, None]
        distances[start : start + rows] = np.maximum(least, 0)
    return indices, distances


def _smallest(scores: np.ndarray, k: int) -> np.ndarray:
    if k == 1:
        return scores.argmin(axis=1)[:, None]
    some = np.argpartition(scores, k - 1, axis=1)[:, :k] if k < scores.shape[1] else np.argsort(scores, axis=1)
    some = np.sort(some, axis=1)
    order = np.argsort(np.take_along_axis(scores, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)
