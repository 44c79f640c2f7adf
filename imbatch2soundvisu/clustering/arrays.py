"""What the rest of this room computes with: points by part, and work whose result does not hang on cores."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import ThreadpoolController

#: Up to so many numbers, points are computed with in double precision; above, single halves the time.
DOUBLE_LIMIT = 2_000_000
#: From so many numbers on, work is shared among cores.
MANY = 200_000

A = TypeVar("A")
B = TypeVar("B")


def centred(points: np.ndarray) -> np.ndarray:
    """The points about their mean, (n, d), in double precision where that costs nothing, else in single.

    Distances do not change, and squares of small numbers lose less when they are subtracted.
    """
    points = np.asarray(points)
    moved = points - points.mean(axis=0, dtype=np.float64) if len(points) else points.astype(np.float64)
    return np.ascontiguousarray(moved, np.float64 if points.size <= DOUBLE_LIMIT else np.float32)


def indicator(labels: np.ndarray, parts: int, dtype: type = np.float64) -> csr_matrix:
    """(n, parts), 1 where a row is in a part; rows with a negative label are in none."""
    rows = np.flatnonzero(labels >= 0)
    return csr_matrix((np.ones(len(rows), dtype), (rows, labels[rows])), shape=(len(labels), parts))


def centroids(points: np.ndarray, labels: np.ndarray, parts: int) -> np.ndarray:
    """Mean point of each part, (parts, d); NaN for one without rows."""
    sums = indicator(labels, parts, points.dtype.type).T @ points
    counts = np.bincount(labels[labels >= 0], minlength=parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (sums / counts[:, None]).astype(points.dtype)


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances, (len(a), len(b)), never below 0. Both should lie about the origin (`centred`)."""
    products = a @ b.T
    products *= -2.0
    products += np.einsum("ij,ij->i", a, a)[:, None]
    products += np.einsum("ij,ij->i", b, b)
    return np.maximum(products, 0.0, out=products)


def finite_mean(values: np.ndarray) -> float:
    """Mean of the values that are finite; NaN where none is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan


def count_distinct(points: np.ndarray) -> int:
    """How many different points there are."""
    return len({row.tobytes() for row in np.ascontiguousarray(points) + 0.0})


def numbered(labels: np.ndarray) -> np.ndarray:
    """The same parts numbered by size, largest first, equal ones by their first row; negative labels become -1."""
    labels = np.asarray(labels)
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    kept = found >= 0
    order = np.lexsort((first[kept], -sizes[kept]))
    result = np.full(len(labels), -1, np.intp)
    for number, part in enumerate(found[kept][order]):
        result[labels == part] = number
    return result


def parallel_map(work: Callable[[A], B], things: Iterable[A], size: int = MANY) -> Iterator[B]:
    """Results in the order of the things, made by all cores where `size`, how many numbers it is about, is worth it.

    Each piece of work computes on one core: a library that shares a sum among cores rounds it otherwise each time, and
    where two centres are equally near that would put an image here today and there tomorrow.
    """
    things = list(things)
    with _libraries().limit(limits=1):
        if size < MANY or len(things) < 2:
            yield from map(work, things)
            return
        with ThreadPoolExecutor(min(len(things), os.cpu_count() or 1)) as pool:
            yield from pool.map(_on_one_core, [work] * len(things), things)


def _on_one_core(work: Callable[[A], B], thing: A) -> B:
    with _libraries().limit(limits=1, user_api="openmp"):  # OpenMP keeps this number for every thread anew
        return work(thing)


@functools.cache
def _libraries() -> ThreadpoolController:
    """Those that NumPy, SciPy and scikit-learn compute with: all are loaded by now, and finding them takes a while."""
    return ThreadpoolController()


@contextmanager
def capture_warnings(notes: list[str]) -> Iterator[None]:
    """Within the block, warnings of libraries become notes instead of lines on somebody's screen."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for each in caught:
        line = str(each.message).strip().split("\n")[0].strip()
        if issubclass(each.category, RuntimeWarning | UserWarning) and line and line not in notes:
            notes.append(line)
