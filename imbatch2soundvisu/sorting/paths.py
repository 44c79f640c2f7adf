"""Short paths through points: points that are near each other stay near each other.

`shortest_path` merges equal points, searches (see `path_search`) and puts the path into one canonical direction.
"""

from __future__ import annotations

import numpy as np

from .path_cache import cached_path
from .path_search import Ends, distance_blocks, find_path

__all__ = ["mean_distance", "path_length", "shortest_path", "steps"]


def path_length(points: np.ndarray, loop: bool = False) -> float:
    """Return the sum of the Euclidean distances between neighbouring rows; of a loop also from last to first.

    Examples
    --------
    >>> path_length(np.array([[0.0, 0.0], [3.0, 4.0]]), loop=True)
    10.0
    """
    return float(steps(points, loop).sum())


def steps(points: np.ndarray, loop: bool = False) -> np.ndarray:
    """Return the Euclidean distance of each row to the next, (n - 1,); of a loop also from last to first, (n,)."""
    points = np.asarray(points, np.float64)
    if loop and len(points):
        points = np.vstack([points, points[:1]])
    return np.sqrt(np.square(np.diff(points, axis=0)).sum(axis=1))


def mean_distance(points: np.ndarray) -> float:
    """Return the mean Euclidean distance of two different rows; 0 for fewer than two. O(n^2) time, O(n) memory."""
    points = np.asarray(points, np.float64)
    n = len(points)
    if n < 2:
        return 0.0
    return sum(float(block.sum()) for _, block in distance_blocks(points)) / (n * (n - 1))


def shortest_path(
    points: np.ndarray, loop: bool = False, start: int | None = None, end: int | None = None, effort: float = 1.0
) -> np.ndarray:
    """Return the shortest path found through all points, (n,) intp, a permutation of range(n).

    Exact for up to 18 distinct points; else found by a fixed number of iterations, the same on every machine.

    Parameters
    ----------
    points : (n, d) array
        NaN counts as 0. Equal points follow one another in row order.
    loop : bool
        The way from the last point back to the first counts too.
    start, end : int, optional
        Rows the path begins and ends with. An open path without them begins at the lower of its two end rows; a loop
        begins at `start`, or row 0, and goes on to the lower of its two neighbours.
    effort : float
        Multiplies the number of iterations, and so the time.

    Raises
    ------
    ValueError
        For a row that does not exist, for start = end, and for a loop with an end.

    Examples
    --------
    >>> shortest_path(np.array([[0.0], [2.0], [1.0], [3.0]])).tolist()
    [0, 2, 1, 3]
    """
    points = np.nan_to_num(np.asarray(points, np.float64)) + 0.0
    n = len(points)
    _check_ends(n, loop, start, end)
    if n == 0:
        return np.empty(0, np.intp)
    firsts, distinct = _distinct(points, start, end)
    a, b = (None if loop or row is None else int(distinct[row]) for row in (start, end))
    if a is not None and a == b:  # one point alone is both ends
        b = None
    ends, single = Ends(loop, a, b), points[firsts]
    tour = cached_path(single, lambda: find_path(single, ends, effort), ends, effort)
    return _canonical(_expand(tour, distinct, start, end), loop, start, end)


def _check_ends(n: int, loop: bool, start: int | None, end: int | None) -> None:
    for name, row in (("start", start), ("end", end)):
        if row is not None and not 0 <= row < n:
            raise ValueError(f"{name} is row {row}, but there are rows 0 to {n - 1}")
    if loop and end is not None:
        raise ValueError("a loop ends where it starts: give it a start only")
    if start is not None and start == end and n > 1:
        raise ValueError("a path cannot start and end with the same row")


def _distinct(points: np.ndarray, start: int | None, end: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the distinct points in row order, and for each row the index of its distinct point.

    Where both fixed ends are equal points, the end is a distinct point by itself.
    """
    _, first, index = np.unique(points, axis=0, return_index=True, return_inverse=True)
    by_row = np.argsort(first)
    rank = np.empty_like(by_row)
    rank[by_row] = np.arange(len(by_row))
    firsts, index = first[by_row], rank[index.reshape(-1)]
    if start is not None and end is not None and start != end and index[start] == index[end]:
        index[end] = len(firsts)
        firsts = np.append(firsts, end)
        firsts[index[start]] = start
    return firsts, index


def _expand(tour: np.ndarray, index: np.ndarray, start: int | None, end: int | None) -> np.ndarray:
    """From distinct points back to rows: equal ones in row order, but the start first and the end last."""
    position = np.empty(len(tour), np.intp)
    position[tour] = np.arange(len(tour))
    rows = np.arange(len(index))
    rank = (rows != start).astype(np.int8) if start is not None else np.zeros(len(rows), np.int8)
    if end is not None:
        rank[end] = 2
    return np.lexsort((rows, rank, position[index])).astype(np.intp)


def _canonical(rows: np.ndarray, loop: bool, start: int | None, end: int | None) -> np.ndarray:
    if loop:
        rows = np.roll(rows, -int(np.flatnonzero(rows == (start or 0))[0]))
        return np.concatenate([rows[:1], rows[:0:-1]]) if len(rows) > 2 and rows[1] > rows[-1] else rows
    return rows[::-1].copy() if start is None and end is None and rows[0] > rows[-1] else rows
