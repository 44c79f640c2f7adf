"""Short paths through points: what is near stays near.

An open path is a round trip through one more city at distance 0 from all others; a fixed end is a city that only a few
others can reach. `fast_tsp` searches, for a given time; what it finds is then improved here until no exchange of two
steps and no move of up to three points helps, which is deterministic and never makes a path longer.

A search that stops by the clock need not come out the same twice: with a memory (`remembering`) its result is kept by
the content of the points, so that a second run is instant and identical.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Protocol

import fast_tsp
import numpy as np

from .local_search import distance_blocks, improve, mean_distance, path_length, steps

__all__ = ["Memo", "improve", "mean_distance", "path_length", "remembering", "shortest_path", "steps"]

#: More distinct points than this are cut into regions: the distance matrix would grow too large.
DENSE_LIMIT = 8000
#: Points in one region of a large problem.
REGION = 1500
#: Up to so many cities, stand-ins included, `fast_tsp` is exact.
EXACT = 20
#: Distinct points that get the whole time; fewer get their share of it.
FULL_TIME = 200

_FAR = 60_000


class Memo(Protocol):
    """Keeps results of searches that stop by the clock."""

    def get(self, key: str) -> list[int] | None: ...

    def put(self, key: str, value: list[int]) -> None: ...


_memory: ContextVar[Memo | None] = ContextVar("path_memory", default=None)


@contextlib.contextmanager
def remembering(memo: Memo | None) -> Iterator[None]:
    """Within the block, searches in this thread of control that are given no memo of their own use this one."""
    token = _memory.set(memo)
    try:
        yield
    finally:
        _memory.reset(token)


def shortest_path(
    points: np.ndarray,
    loop: bool = False,
    start: int | None = None,
    end: int | None = None,
    seconds: float = 2.0,
    memo: Memo | None = None,
) -> np.ndarray:
    """The shortest way found through all points, [shape=(n,), intp], a permutation of range(n).

    Parameters: points [shape=(n, d)], NaN counts as 0. loop: the way back to the first point counts too. start, end:
    rows the path begins and ends with (a loop has no end of its own). seconds: time to search, at most; fewer than 200
    distinct points get a proportional share, up to 18 are solved exactly.

    Equal points follow one another in row order. An open path without fixed ends begins at the lower of its two end
    rows, a loop at `start` (or row 0) and goes on to the lower of its two neighbours. Raises ValueError for a row that
    is not there, for start = end, and for a loop with an end.
    """
    points = np.nan_to_num(np.asarray(points, np.float64)) + 0.0
    n = len(points)
    _check_ends(n, loop, start, end)
    if n == 0:
        return np.empty(0, np.intp)
    firsts, group = _distinct(points, start, end)
    a, b = (None if row is None else int(group[row]) for row in (start, end))
    memo = _memory.get() if memo is None else memo
    tour = _remembered(np.ascontiguousarray(points[firsts]), loop, a, b, seconds, memo)
    rows = _expand(tour, group, start, end)
    return _canonical(rows, loop, start, end)


def _check_ends(n: int, loop: bool, start: int | None, end: int | None) -> None:
    for name, row in (("start", start), ("end", end)):
        if row is not None and not 0 <= row < n:
            raise ValueError(f"{name} is row {row}, but there are rows 0 to {n - 1}")
    if loop and end is not None:
        raise ValueError("a loop ends where it starts: give it a start only")
    if start is not None and start == end and n > 1:
        raise ValueError("a path cannot start and end with the same row")


def _distinct(points: np.ndarray, start: int | None, end: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the distinct points in row order, and for each row the distinct point it is.

    When both fixed ends are equal points, the end counts as one of its own.
    """
    _, first, group = np.unique(points, axis=0, return_index=True, return_inverse=True)
    by_row = np.argsort(first)
    rank = np.empty_like(by_row)
    rank[by_row] = np.arange(len(by_row))
    firsts, group = first[by_row], rank[group.reshape(-1)]
    if start is not None and end is not None and start != end and group[start] == group[end]:
        group[end] = len(firsts)
        firsts = np.append(firsts, end)
        firsts[group[start]] = start
    return firsts, group


def _expand(tour: np.ndarray, group: np.ndarray, start: int | None, end: int | None) -> np.ndarray:
    """From distinct points back to rows: equal ones in row order, but the start first and the end last."""
    position = np.empty(len(tour), np.intp)
    position[tour] = np.arange(len(tour))
    rows = np.arange(len(group))
    rank = (rows != start).astype(np.int8) if start is not None else np.zeros(len(rows), np.int8)
    if end is not None:
        rank[end] = 2
    return np.lexsort((rows, rank, position[group])).astype(np.intp)


def _canonical(rows: np.ndarray, loop: bool, start: int | None, end: int | None) -> np.ndarray:
    if loop:
        rows = np.roll(rows, -int(np.flatnonzero(rows == (start or 0))[0]))
        return np.concatenate([rows[:1], rows[:0:-1]]) if len(rows) > 2 and rows[1] > rows[-1] else rows
    return rows[::-1].copy() if start is None and end is None and rows[0] > rows[-1] else rows


def _remembered(
    points: np.ndarray, loop: bool, start: int | None, end: int | None, seconds: float, memo: Memo | None
) -> np.ndarray:
    if memo is None or len(points) <= EXACT - 2:
        return _find(points, loop, start, end, seconds)
    what = f"path-1 {fast_tsp.__version__} {points.shape} {loop} {start} {end} {seconds}".encode()
    key = "path:" + hashlib.sha256(what + points.tobytes()).hexdigest()
    kept = memo.get(key)
    if kept is not None and sorted(kept) == list(range(len(points))):
        return np.asarray(kept, np.intp)
    found = _find(points, loop, start, end, seconds)
    memo.put(key, [int(i) for i in found])
    return found


def _find(points: np.ndarray, loop: bool, start: int | None, end: int | None, seconds: float) -> np.ndarray:
    n = len(points)
    budget = seconds * min(1.0, n / FULL_TIME)
    if n <= DENSE_LIMIT:
        rows = _solve(points, loop, start, end, budget)
    else:
        rows = _by_regions(points, loop, start, end, budget)
    if n < 4:
        return rows
    return improve(points, rows, loop, keep_start=start is not None, keep_end=end is not None)


def _solve(points: np.ndarray, loop: bool, start: int | None, end: int | None, seconds: float) -> np.ndarray:
    n = len(points)
    if n <= 3 and loop or n == 1:
        return np.roll(np.arange(n), -(start or 0))
    cities = _cities(points, loop, start, end)
    tour = np.asarray(fast_tsp.find_tour(cities, max(seconds, 0.01)), np.intp)
    if loop:
        return np.roll(tour, -int(np.flatnonzero(tour == (start or 0))[0]))
    at = int(np.flatnonzero(tour == n)[0])
    tour = np.roll(tour, -at)
    path = tour[tour < n]
    if start is None and end is None:
        return path
    return _with_ends(path, start, end)


def _with_ends(path: np.ndarray, start: int | None, end: int | None) -> np.ndarray:
    """The path turned so that its fixed ends are where they belong; moved there if the search left them elsewhere."""
    if (start is not None and path[-1] == start) or (end is not None and path[0] == end):
        path = path[::-1]
    middle = path[(path != (-1 if start is None else start)) & (path != (-1 if end is None else end))]
    return np.array([*([] if start is None else [start]), *middle, *([] if end is None else [end])], np.intp)


def _cities(points: np.ndarray, loop: bool, start: int | None, end: int | None) -> np.ndarray:
    """Distances as uint16, with the stand-in cities that open the tour and hold its fixed ends.

    One city at distance 0 from all: a path with free ends. One that only the two fixed ends can reach cheaply: a path
    between them. One fixed end: that city, and a second one beside it that every point can reach.
    """
    fixed = [row for row in (start, end) if row is not None] if not loop else []
    distances = _scaled(points, _FAR // 3 if fixed else _FAR)
    if loop:
        return distances
    n = len(points)
    cities = np.pad(distances, ((0, 1 + (len(fixed) == 1)),) * 2)
    if fixed:
        cities[n, :n] = cities[:n, n] = _FAR
        cities[n, fixed] = cities[fixed, n] = 0
    if len(fixed) == 1:
        cities[n + 1, fixed] = cities[fixed, n + 1] = _FAR
    return cities


def _scaled(points: np.ndarray, top: int) -> np.ndarray:
    """Distances as integers, the largest of them at most `top`: (n, n) uint16, symmetric."""
    n = len(points)
    result = np.zeros((n, n), np.uint16)
    centred = points - points.mean(axis=0)
    widest = 2.0 * float(np.sqrt(np.square(centred).sum(axis=1).max()))
    if widest > 0:
        widest = max(float(block.max()) for _, block in distance_blocks(points))
    if widest > 0:
        for rows, block in distance_blocks(points):
            result[rows] = np.rint(block * (top / widest))
    return np.minimum(result, result.T)


def _by_regions(points: np.ndarray, loop: bool, start: int | None, end: int | None, seconds: float) -> np.ndarray:
    """A path through more points than one distance matrix holds.

    The points are halved along their first axis of variance until the regions are small. The regions are put in order
    by their centres, joined where they come closest, walked one by one, and the walk is searched again round each join.
    """
    ends = [row for row in (start, end) if row is not None]
    others = np.setdiff1d(np.arange(len(points)), ends)
    regions = [np.array([row]) for row in ends] + list(_halve(points, others))
    centres = np.array([points[region].mean(axis=0) for region in regions])
    where = {row: i for i, row in enumerate(ends)}
    walk = _solve(
        centres, loop, None if start is None else where[start], None if end is None else where[end], 0.1 * seconds
    )
    ordered = [regions[i] for i in walk]
    gates = _gates(points, ordered, loop)
    walked = []
    for region, (way_in, way_out) in zip(ordered, gates, strict=True):
        local = {int(row): i for i, row in enumerate(region)}
        first, last = (None if row is None else local[row] for row in (way_in, way_out))
        last = None if first == last else last
        share = 0.6 * seconds * len(region) / len(points)
        walked.append(region[_solve(points[region], False, first, last, share)])
    rows = np.concatenate(walked)
    joins = np.cumsum([len(part) for part in walked])[:-1]
    for join in joins:
        window = slice(max(0, join - REGION // 3), min(len(rows), join + REGION // 3))
        part = rows[window]
        better = part[_solve(points[part], False, 0, len(part) - 1, 0.3 * seconds / len(joins))]
        if path_length(points[better]) < path_length(points[part]):
            rows[window] = better
    return rows


def _halve(points: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    if len(rows) <= REGION:
        yield rows
        return
    here = points[rows] - points[rows].mean(axis=0)
    axis = np.linalg.eigh(here.T @ here)[1][:, -1]
    order = np.argsort(here @ axis, kind="stable")
    for half in (order[: len(order) // 2], order[len(order) // 2 :]):
        yield from _halve(points, np.sort(rows[half]))


def _gates(points: np.ndarray, regions: list[np.ndarray], loop: bool) -> list[tuple[int | None, int | None]]:
    """For each region the row to enter by and the row to leave by: where neighbours in the walk come closest."""
    count = len(regions)
    ways: list[list[int | None]] = [[None, None] for _ in range(count)]
    for i in range(count if loop else count - 1):
        j = (i + 1) % count
        here = regions[i][regions[i] != ways[i][0]] if len(regions[i]) > 1 and ways[i][0] is not None else regions[i]
        there = regions[j][regions[j] != ways[j][1]] if len(regions[j]) > 1 and ways[j][1] is not None else regions[j]
        apart = _between(points[here], points[there])
        a, b = np.unravel_index(int(np.argmin(apart)), apart.shape)
        ways[i][1], ways[j][0] = int(here[a]), int(there[b])
    return [(way[0], way[1]) for way in ways]


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances, [shape=(len(a), len(b))]."""
    centre = a.mean(axis=0)
    a, b = a - centre, b - centre
    return np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2.0 * (a @ b.T)
