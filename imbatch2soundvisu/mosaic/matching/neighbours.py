"""The most similar tiles of each cell: exact nearest neighbours at any number of cells and tiles.

The distances of all pairs are not computed. A vector is split into its coordinates along the directions in which tiles
differ most, and the length of the rest. The distance of two such short vectors is never larger than that of the whole
ones (the triangle inequality for the rest), and about two tiles in ten thousand cannot be excluded by it: only their
distances are computed, in double precision, so that rounding decides nothing and a tile equal to the cell is at 0.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from ...runtime.executors import cores

#: Directions of the short vectors; vectors that have no more dimensions are compared whole.
_DIRECTIONS = 12
_ROUNDS, _SAMPLE = 4, 4096
#: Largest error of a bound, as a share of the squared lengths: some hundred times what rounding adds.
_SLACK = 1e-5
#: Scores of a batch of queries, which fit into the caches of a core; numbers of a batch of exact distances.
_BATCH_SCORES, _MOST_QUERIES, _BATCH_NUMBERS = 640 << 10, 1024, 4 << 20


class Neighbours:
    """Finds the nearest of a set of vectors; for several searches in one set.

    Parameters
    ----------
    base : ndarray of shape (m, d)
        float32.
    """

    def __init__(self, base: np.ndarray) -> None:
        self.base = np.ascontiguousarray(base, np.float32)
        self._mean = self.base.mean(axis=0, dtype=np.float64).astype(np.float32)
        with one_thread():
            self._directions = _main_directions(self.base[:: -(-len(base) // _SAMPLE)] - self._mean)
            short = np.concatenate([self._shortened(rows) for rows in np.array_split(self.base, -(-len(base) // 8192))])
        norms = np.einsum("ij,ij->i", short, short)
        self._columns = np.ascontiguousarray(np.column_stack((-2 * short, norms)).T)
        self._largest = float(norms.max())

    def search(self, queries: np.ndarray, k: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Return the k nearest vectors of each query; see `nearest`."""
        k = min(k, len(self.base))
        indices = np.empty((len(queries), k), np.int32)
        distances = np.empty((len(queries), k), np.float32)
        step = min(_MOST_QUERIES, max(8, _BATCH_SCORES // len(self.base)))

        def work(start: int) -> None:
            batch = slice(start, start + step)
            indices[batch], distances[batch] = self._batch(np.asarray(queries[batch], np.float32), k)

        starts, workers = range(0, len(queries), step), cores()
        with one_thread():
            if workers == 1 or len(starts) == 1:
                _exhaust(map(work, starts))
            else:
                with ThreadPoolExecutor(workers, thread_name_prefix="matching") as pool:
                    _exhaust(pool.map(work, starts))
        return indices, distances

    def _batch(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        short = self._shortened(queries)
        scores = np.column_stack((short, np.ones(len(short), np.float32))) @ self._columns
        norms = np.einsum("ij,ij->i", short, short)
        limits = self._kth(queries, scores, k) - norms + _SLACK * (norms + self._largest)
        query, found = self._up_to(scores, limits)
        squared = self._squared(queries, query, found)
        order = np.lexsort((found, squared, query))
        first = np.searchsorted(query, np.arange(len(queries)))
        nearest = order[first[:, None] + np.arange(k)]
        return found[nearest], squared[nearest]

    def _kth(self, queries: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
        """What the k-th least squared distance of each query is at most: that of k vectors whose scores are low."""
        rows = np.arange(len(queries))
        if k == 1:
            return self._squared(queries, rows, scores.argmin(axis=1))
        query, found = self._up_to(scores, np.partition(scores, k - 1, axis=1)[:, k - 1])
        return np.maximum.reduceat(self._squared(queries, query, found), np.searchsorted(query, rows))

    def _up_to(self, scores: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Queries, and vectors whose score is not above the limit of the query; in order."""
        return np.divmod(np.flatnonzero(scores <= limits[:, None]), len(self.base))

    def _shortened(self, rows: np.ndarray) -> np.ndarray:
        """Coordinates along the directions, and the length of the rest."""
        centred = rows - self._mean
        if self._directions is None:
            return centred
        coordinates = centred @ self._directions
        rest = centred - coordinates @ self._directions.T
        return np.column_stack((coordinates, np.sqrt(np.einsum("ij,ij->i", rest, rest))))

    def _squared(self, queries: np.ndarray, query: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Squared distances of pairs, float32, computed in float64."""
        squared, step = np.empty(len(found), np.float32), max(1, _BATCH_NUMBERS // queries.shape[1])
        for start in range(0, len(found), step):
            pairs = slice(start, start + step)
            difference = (queries[query[pairs]] - self.base[found[pairs]]).astype(np.float64)
            squared[pairs] = np.einsum("ij,ij->i", difference, difference)
        return squared


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
    return Neighbours(base).search(queries, k)


def _main_directions(rows: np.ndarray) -> np.ndarray | None:
    """Orthonormal directions, (d, r), in which centred rows differ most; None where all dimensions are as short.

    Any directions give bounds that hold: these come from a few rounds of subspace iteration.
    """
    dimensions = rows.shape[1]
    if dimensions <= _DIRECTIONS + 4:
        return None
    found = np.random.default_rng(0).standard_normal((dimensions, _DIRECTIONS + 8))
    for _ in range(_ROUNDS):
        found, _ = np.linalg.qr(rows.T @ (rows @ found.astype(np.float32)).astype(np.float64))
    _, turned = np.linalg.eigh((projected := (rows @ found.astype(np.float32)).astype(np.float64)).T @ projected)
    return (found @ turned[:, ::-1][:, :_DIRECTIONS]).astype(np.float32)


def _exhaust(results: Any) -> None:
    for _ in results:
        pass


def one_thread() -> Any:
    """Within this context each product of matrices takes one thread: batches are what runs side by side."""
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
