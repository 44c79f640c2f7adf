"""Search for short round trips and paths: exact for few points, else iterated 2-opt and Or-opt. Deterministic.

The search starts from greedy edges and ends after a fixed number of iterations, never by the clock. Distances are
rounded to integers and random numbers come from a generator with a fixed seed, so that the same points give the same
path on every machine, idle or busy.

References
----------
Bentley 1992, "Fast algorithms for geometric traveling salesman problems" (neighbour lists, queue); Martin, Otto &
Felten 1991, "Large-step Markov chains for the traveling salesman problem" (acceptance by temperature); Held & Karp
1962, "A dynamic programming approach to sequencing problems" (exact).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..clustering.arrays import parallel_map

#: More points than this get no distance matrix (100 MB): they are improved as a whole, then window by window.
DENSE_LIMIT = 5000
#: Points of a window.
WINDOW = 2000
#: Up to so many points the path is exact.
EXACT = 18
#: Iterations for each point, for at most so many points; multiplied by `effort`.
ITERATIONS, ITERATED_POINTS = 400, 500
#: Nearest points that new edges lead to.
NEIGHBOURS = 16
#: The longest segment that an iteration moves.
SEGMENT = 30
#: Accepted lengthening at the start, as a share of the mean step; it falls linearly to 0.
TEMPERATURE = 0.05

_BLOCK = 512
_CHUNK = 20_000
#: The largest distance, in integer units.
_TOP = 1_000_000


class Ends(NamedTuple):
    """What a path begins and ends with: rows, or None for any; `loop` for a round trip, which has no ends."""

    loop: bool = False
    start: int | None = None
    end: int | None = None

    @property
    def fixed(self) -> list[int]:
        return [row for row in (self.start, self.end) if row is not None]


def find_path(points: np.ndarray, ends: Ends, effort: float) -> np.ndarray:
    """Return a short path through distinct points, (n,) intp.

    Parameters
    ----------
    points : (n, d) float64 array
    ends : Ends
        Rows the path begins and ends with. A round trip begins anywhere.
    effort : float
        Multiplies the number of iterations.
    """
    n = len(points)
    if n <= 1 or (ends.loop and n <= 3):
        return np.arange(n)
    points = np.ascontiguousarray(points - points.mean(axis=0))
    scale = _scale(points)
    if n <= EXACT:
        from .path_kernels import held_karp

        return _path(held_karp(_matrix(points, scale, ends)), n, ends)
    start = _greedy(points, scale, ends)
    iterations = round(effort * ITERATIONS * min(n, ITERATED_POINTS))
    if n <= DENSE_LIMIT:
        return _iterated(points, start, ends, iterations)
    order = _local_optimum(points, scale, start, ends)
    return _by_windows(points, order, ends, iterations)


def distance_blocks(points: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the Euclidean distances of a block of rows to all rows, (b, n); a row's distance to itself is exactly 0.

    Matrix products run on one core each, since libraries that share one product among cores round it differently.
    """
    centred = points - points.mean(axis=0)
    squares = np.square(centred).sum(axis=1)

    def block(first: int) -> tuple[slice, np.ndarray]:
        rows = slice(first, min(first + _BLOCK, len(points)))
        distances = centred[rows] @ centred.T
        distances *= -2.0
        distances += squares
        distances += squares[rows, None]
        np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)
        distances[np.arange(rows.stop - first), np.arange(first, rows.stop)] = 0.0
        return rows, distances

    firsts = range(0, len(points), _BLOCK)
    for at in range(0, len(firsts), 8):  # a few blocks at a time, so that memory stays small
        yield from parallel_map(block, firsts[at : at + 8], points.size)


def _scale(points: np.ndarray) -> float:
    """What multiplies distances so that the largest is at most `_TOP`."""
    radius = float(np.sqrt(np.square(points).sum(axis=1).max()))
    return _TOP / (2.0 * radius) if radius > 0 else 1.0


def _matrix(points: np.ndarray, scale: float, ends: Ends) -> np.ndarray:
    """Integer distances, (m, m) int32; m is n for a loop; else n + 1, with a city that stands between the ends."""
    from .path_kernels import TIE

    n = len(points)
    matrix = np.zeros((n if ends.loop else n + 1,) * 2, np.int32)
    for rows, block in distance_blocks(points):
        matrix[rows, :n] = np.rint(block * scale)
    matrix[:n, :n] = np.minimum(matrix[:n, :n], matrix[:n, :n].T)
    if not ends.loop:
        matrix[n, ends.fixed] = matrix[ends.fixed, n] = -TIE
    return matrix


def _path(order: np.ndarray, n: int, ends: Ends) -> np.ndarray:
    """The path of a round trip: cut at the extra city, and turned so that its fixed ends are where they belong."""
    order = order.astype(np.intp)
    if ends.loop:
        return order
    path = np.roll(order, -int(np.flatnonzero(order == n)[0]))[1:]
    turned = path[-1] == ends.start if ends.start is not None else ends.end is not None and path[0] == ends.end
    return path[::-1].copy() if turned else path


def _nearest(points: np.ndarray, scale: float, count: int, fragments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest rows of each row that lie in another fragment, and how far they are: (n, count) int32, int64.

    Ascending by distance, then row; -1 where there are fewer.
    """
    n = len(points)
    count = min(count, n - 1)
    indices, distances = np.empty((n, count), np.int32), np.empty((n, count), np.int64)
    far = np.iinfo(np.int64).max // 2**20  # leaves bits for the row, which decides between equal distances
    for rows, block in distance_blocks(points):
        keys = np.rint(block * scale).astype(np.int64)
        keys[fragments[rows, None] == fragments] = far
        keys = (keys << 20) + np.arange(n)
        chosen = np.sort(np.partition(keys, count - 1, axis=1)[:, :count], axis=1)
        indices[rows], distances[rows] = chosen & (2**20 - 1), chosen >> 20
    indices[distances >= far] = -1
    return indices, distances


def _greedy(points: np.ndarray, scale: float, ends: Ends) -> np.ndarray:
    """A path of greedy edges: the shortest that still fits is taken next, among near points, until all are joined."""
    from .path_kernels import join, root, traverse

    n = len(points)
    parents, links, degrees = np.arange(n), np.full((n, 2), -1), np.zeros(n, np.int64)
    degrees[ends.fixed] = 1
    if len(ends.fixed) == 2:  # the ends are tied to each other: the last edge, not one before, joins their fragment
        parents[ends.fixed[1]] = ends.fixed[0]
    while True:
        free = np.flatnonzero(degrees < 2)
        fragments = np.array([root(parents, row) for row in free])
        if (fragments == fragments[0]).all():
            break
        near, distances = _nearest(points[free], scale, NEIGHBOURS // 2, fragments)
        rows, k = np.nonzero(near >= 0)
        pairs = np.sort(np.column_stack([free[rows], free[near[rows, k]]]), axis=1)
        join(pairs[np.lexsort((pairs[:, 1], pairs[:, 0], distances[rows, k]))], parents, links, degrees)
    if len(ends.fixed) == 2:
        a, b = free
        links[a, int(links[a, 0] >= 0)], links[b, int(links[b, 0] >= 0)] = b, a
    first = ends.fixed[0] if ends.fixed else int(free[0])
    path = traverse(links, first)
    return path[::-1].copy() if ends.start is None and ends.end is not None else path


def _neighbours(points: np.ndarray, scale: float, ends: Ends) -> np.ndarray:
    """Cities that new edges of each city may lead to, nearest first, (m, k) int32; the extra city is near to all."""
    n = len(points)
    near, _ = _nearest(points, scale, NEIGHBOURS, np.arange(n))
    if ends.loop:
        return near
    near = np.column_stack([np.full(n, n, np.int32), near])
    return np.vstack([near, np.resize(np.arange(n, dtype=np.int32), near.shape[1])])


class _Search(NamedTuple):
    """A round trip that is being improved; see `path_kernels` for the layout of its arrays."""

    space: np.ndarray
    near: np.ndarray
    tour: np.ndarray
    log: np.ndarray

    def improve(self) -> None:
        """Improve the tour until no move helps."""
        from .path_kernels import BEST, ORDER, local_search

        while self.log[1, 1]:
            self.log[0, 0] = 0
            local_search(*self)
        self.tour[BEST] = self.tour[ORDER]


def _search(space: np.ndarray, near: np.ndarray, path: np.ndarray) -> _Search:
    """The search that begins with a path, all its cities queued."""
    from .path_kernels import ORDER, QUEUE, SLOT

    m = len(space)
    tour, log = np.ones((5, m), np.int32), np.zeros((100_000, 2), np.int64)
    tour[ORDER] = tour[QUEUE] = path if len(path) == m else np.append(path, len(path))
    tour[SLOT, tour[ORDER]] = np.arange(m)
    log[1, 1] = m
    return _Search(space, near, tour, log)


def _local_optimum(points: np.ndarray, scale: float, path: np.ndarray, ends: Ends) -> np.ndarray:
    """The path improved until no 2-opt or Or-opt move helps; distances are computed one by one."""
    from .path_kernels import BEST

    n = len(points)
    space = np.zeros((n if ends.loop else n + 1, 1 + points.shape[1]))
    space[:n, 1:] = points * scale
    space[ends.fixed, 0] = 1.0
    space[n:, 0] = np.nan
    search = _search(space, _neighbours(points, scale, ends), path)
    search.improve()
    return _path(search.tour[BEST], n, ends)


def _iterated(points: np.ndarray, path: np.ndarray, ends: Ends, iterations: int) -> np.ndarray:
    """The path after so many iterations of local search; never longer than at the start."""
    from .path_kernels import BEST, iterate

    scale = _scale(points)
    search = _search(_matrix(points, scale, ends), _neighbours(points, scale, ends), path)
    search.improve()
    m, excess = len(search.space), 0
    order = search.tour[BEST]
    steps = search.space[order, np.roll(order, -1)]
    mean_step = float(steps[steps > 0].sum(dtype=np.int64)) / m
    rng = np.random.default_rng(0)
    longest = min(SEGMENT, (m - 2) // 3)
    for done in range(0, iterations, _CHUNK):  # in chunks, so that a key press can interrupt
        at = np.arange(done, min(done + _CHUNK, iterations))
        draws = np.empty((len(at), 4), np.int64)
        draws[:, :3] = rng.integers([0, 1, 1], [m, longest + 1, longest + 1], (len(at), 3))
        draws[:, 3] = rng.exponential(size=len(at)) * TEMPERATURE * mean_step * (1 - at / iterations)
        excess = iterate(*search, draws, excess)
    return _path(search.tour[BEST], len(points), ends)


def _by_windows(points: np.ndarray, order: np.ndarray, ends: Ends, iterations: int) -> np.ndarray:
    """The path improved within windows of neighbouring places, then within those halfway between them."""
    n = len(points)
    for offset in (0, WINDOW // 2):
        if ends.loop:
            order = np.roll(order, -offset)
        cuts = [*range(0 if ends.loop else offset, n - WINDOW // 2, WINDOW), n]
        cuts = sorted({0, *cuts})
        for low, high in zip(cuts[:-1], cuts[1:], strict=True):
            rows = order[low:high]
            first = 0 if low > 0 or ends.loop or ends.start is not None else None
            last = len(rows) - 1 if high < n or ends.loop or ends.end is not None else None
            local = points[rows] - points[rows].mean(axis=0)
            share = iterations * len(rows) // (2 * n)
            better = _iterated(local, np.arange(len(rows)), Ends(False, first, last), share)
            order[low:high] = rows[better]
    return order
