"""Arithmetic on points by cluster, and parallel work whose result does not depend on the number of cores."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

#: Arrays of up to so many numbers are computed in double precision; above, single precision halves the time.
DOUBLE_LIMIT = 2_000_000
#: Work on at least so many numbers is shared among cores.
MANY = 200_000
_STRIP = 2048

A = TypeVar("A")
B = TypeVar("B")


def centred(points: np.ndarray) -> np.ndarray:
    """Return the points minus their mean, (n, d), in double precision up to `DOUBLE_LIMIT` numbers, else in single.

    Distances do not change, and differences of squares of small numbers lose less precision.
    """
    points = np.asarray(points)
    if not len(points):
        return points.astype(np.float64)
    middle = points.mean(axis=0, dtype=np.float64)
    moved: np.ndarray = np.empty(points.shape, precision(points))
    for rows in strips(points):
        moved[rows] = points[rows] - middle
    return moved


def strips(points: np.ndarray) -> Iterator[slice]:
    """Yield some rows at a time, for what would otherwise make copies of all points in double precision."""
    for start in range(0, len(points), _STRIP):
        yield slice(start, start + _STRIP)


def precision(points: np.ndarray) -> type:
    """Return the type in which as many numbers are computed: float64 up to `DOUBLE_LIMIT`, else float32."""
    return np.float64 if points.size <= DOUBLE_LIMIT else np.float32


def indicator(labels: np.ndarray, k: int, dtype: type = np.float64) -> Any:
    """Return an (n, k) matrix, 1 where a row is in a cluster; rows with a negative label are in none."""
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero(labels >= 0)
    return csr_matrix((np.ones(len(rows), dtype), (rows, labels[rows])), shape=(len(labels), k))


def centroids(points: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Return the mean point of each cluster, (k, d); NaN for one without rows."""
    sums = indicator(labels, k, points.dtype.type).T @ points
    counts = np.bincount(labels[labels >= 0], minlength=k)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (sums / counts[:, None]).astype(points.dtype)


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return squared Euclidean distances, (len(a), len(b)), never below 0. Both should be `centred`."""
    products = a @ b.T
    products *= -2.0
    products += np.einsum("ij,ij->i", a, a)[:, None]
    products += np.einsum("ij,ij->i", b, b)
    return np.maximum(products, 0.0, out=products)


def finite_mean(values: np.ndarray) -> float:
    """Return the mean of the finite values; NaN where none is finite."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan


def count_distinct(points: np.ndarray) -> int:
    """Return the number of different points."""
    points = np.asarray(points)
    return len({row.tobytes() for rows in strips(points) for row in np.ascontiguousarray(points[rows]) + 0.0})


def numbered(labels: np.ndarray) -> np.ndarray:
    """Return the labels renumbered by cluster size, the largest first, then by first row; negative ones become -1."""
    labels = np.asarray(labels)
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    kept = found >= 0
    order = np.lexsort((first[kept], -sizes[kept]))
    result = np.full(len(labels), -1, np.intp)
    for number, cluster in enumerate(found[kept][order]):
        result[labels == cluster] = number
    return result


def parallel_map(work: Callable[[A], B], items: Iterable[A], size: int = MANY) -> Iterator[B]:
    """Yield the results in the order of the items, from threads where `size`, the numbers involved, is worth it.

    Each item is computed on one core: libraries that share a sum among cores round it differently from run to run, and
    an image equally near to two centres would change its cluster.
    """
    items = list(items)
    with _libraries().limit(limits=1):
        if size < MANY or len(items) < 2:
            yield from map(work, items)
            return
        with ThreadPoolExecutor(min(len(items), os.cpu_count() or 1)) as pool:
            yield from pool.map(_on_one_core, [work] * len(items), items)


def _on_one_core(work: Callable[[A], B], item: A) -> B:
    with _libraries().limit(limits=1, user_api="openmp"):  # OpenMP keeps this number for every thread anew
        return work(item)


def _libraries() -> Any:
    """The BLAS and OpenMP libraries that are loaded; finding them takes some milliseconds."""
    return _find_libraries("sklearn" in sys.modules)


@functools.lru_cache(maxsize=2)
def _find_libraries(with_sklearn: bool) -> Any:
    import scipy.linalg  # noqa: F401  its BLAS is to be limited, too
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def capture_warnings(notes: list[str]) -> Iterator[None]:
    """Append the warnings that libraries give within the block to the notes instead of printing them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for each in caught:
        line = str(each.message).strip().split("\n")[0].strip()
        if issubclass(each.category, RuntimeWarning | UserWarning) and line and line not in notes:
            notes.append(line)
