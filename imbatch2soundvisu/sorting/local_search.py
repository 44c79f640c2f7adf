"""Lengths of paths, and a path made shorter without ever being made longer. Deterministic."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Rounds of the improvement, and moves in a round, at most.
TURNS, MOVES = 30, 5000


def path_length(points: np.ndarray, loop: bool = False) -> float:
    """Sum of the Euclidean distances between neighbouring rows, in the order given; of a loop also last to first."""
    return float(steps(points, loop).sum())


def steps(points: np.ndarray, loop: bool = False) -> np.ndarray:
    """Euclidean distance of each row to the next, [shape=(n - 1,) or, of a loop, (n,)]."""
    points = np.asarray(points, np.float64)
    if loop and len(points):
        points = np.vstack([points, points[:1]])
    return np.sqrt(np.square(np.diff(points, axis=0)).sum(axis=1))


def mean_distance(points: np.ndarray) -> float:
    """Mean Euclidean distance of two different rows; 0 for fewer than two rows. O(n²) time, O(n) memory."""
    points = np.asarray(points, np.float64)
    n = len(points)
    if n < 2:
        return 0.0
    total = sum(float(block.sum()) for _, block in distance_blocks(points))
    return total / (n * (n - 1))


def distance_blocks(points: np.ndarray, block: int = 512) -> Iterator[tuple[slice, np.ndarray]]:
    """Euclidean distances of a block of rows to all rows, block by block; a row's distance to itself is exactly 0."""
    centred = points - points.mean(axis=0)
    squares = np.square(centred).sum(axis=1)
    for first in range(0, len(points), block):
        rows = slice(first, min(first + block, len(points)))
        distances = centred[rows] @ centred.T
        distances *= -2.0
        distances += squares
        distances += squares[rows, None]
        np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)
        distances[np.arange(rows.stop - first), np.arange(first, rows.stop)] = 0.0
        yield rows, distances


def improve(
    points: np.ndarray,
    rows: np.ndarray,
    loop: bool = False,
    keep_start: bool = False,
    keep_end: bool = False,
    neighbours: int = 8,
) -> np.ndarray:
    """A path no longer than `rows`: exchanges of two steps (2-opt) and moves of up to three points (Or-opt).

    Only moves that bring a point beside one of its nearest neighbours are tried (Bentley 1992), all of them at once;
    of those that help, the best that do not overlap are made, until none is left. Deterministic.
    """
    points, rows = np.asarray(points, np.float64), np.asarray(rows, np.intp)
    n = len(points)
    if n < 4:
        return rows
    near, reach = _nearest(points, min(neighbours, n - 1))
    # A row of NaN stands for "outside the path", where free ends lead; every distance to it counts as 0.
    ground = np.vstack([points, np.full((1, points.shape[1]), np.nan)])
    head = [] if keep_start or loop else [n]
    tail = [rows[0]] if loop else [] if keep_end else [n]
    sequence = np.array([*head, *rows, *tail], np.intp)
    least = 1e-9 * path_length(points[rows], loop)
    idle = turns = 0
    while idle < 2 and turns < TURNS:
        arranged = _better_arrangement(ground, sequence, near, reach, least)
        idle = idle + 1 if arranged is None else 0
        sequence = sequence if arranged is None else sequence[arranged]
        # Each kind of move is looked for in one direction only; the next turn looks at the mirrored path.
        sequence, turns = sequence[::-1].copy(), turns + 1
    sequence = sequence[::-1] if turns % 2 else sequence
    result = sequence[sequence < n][: n if loop else None]
    return result if path_length(points[result], loop) <= path_length(points[rows], loop) else rows


def _nearest(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` nearest other rows of each row, and how far they are: two (n, count) arrays."""
    indices = np.empty((len(points), count), np.intp)
    distances = np.empty((len(points), count))
    for rows, block in distance_blocks(points):
        block[np.arange(len(block)), np.arange(rows.start, rows.stop)] = np.inf
        chosen = np.sort(np.argpartition(block, count - 1, axis=1)[:, :count], axis=1)
        indices[rows], distances[rows] = chosen, np.take_along_axis(block, chosen, axis=1)
    return indices, distances


def _apart(ground: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.sqrt(np.square(ground[a] - ground[b]).sum(axis=-1)))


def _better_arrangement(
    ground: np.ndarray, sequence: np.ndarray, near: np.ndarray, reach: np.ndarray, least: float
) -> np.ndarray | None:
    """Positions of `sequence` in a better order (first and last stay), or None where no move saves more than `least`.

    All moves are valued at once and made best first; one is passed over when an earlier one took up a step it uses.
    """
    position = np.empty(len(ground), np.intp)
    position[sequence] = np.arange(len(sequence))
    position[sequence[0]] = 0
    step = _apart(ground, sequence[:-1], sequence[1:])
    found = [_exchanges(ground, sequence, near, reach, position, step)]
    found += [
        _shifts(ground, sequence, near, reach, position, step, length, turned)
        for length in (1, 2, 3)
        for turned in (False, True)
    ]
    gain, first, last, into, kind = (np.concatenate(column) for column in zip(*found, strict=True))
    good = np.flatnonzero(gain > least)
    if not len(good):
        return None
    good = good[np.lexsort((into[good], first[good], -gain[good]))][:MOVES]
    slots = np.arange(len(sequence))
    where = slots.copy()
    for k in good:
        change = _change(slots, where, int(first[k]), int(last[k]), int(into[k]), int(kind[k]))
        if change is not None:
            lo, part = change
            slots[lo : lo + len(part)] = part
            where[part] = np.arange(lo, lo + len(part))
    return slots


_Moves = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _exchanges(
    ground: np.ndarray,
    sequence: np.ndarray,
    near: np.ndarray,
    reach: np.ndarray,
    position: np.ndarray,
    step: np.ndarray,
) -> _Moves:
    """2-opt: steps p < q become p to q and p+1 to q+1. Columns: gain, p, p, q, and -1 for this kind of move."""
    p = np.flatnonzero(sequence[:-1] < len(near))
    a = sequence[p]
    row, k = np.nonzero(reach[a] < step[p, None])
    q = position[near[a[row], k]]
    row, k, q = (column[q < len(step)] for column in (row, k, q))
    p, closer = p[row], reach[a[row], k]
    gain = step[p] + step[q] - closer - _apart(ground, sequence[p + 1], sequence[q + 1])
    return gain, p, p, q, np.full_like(p, -1)


def _shifts(
    ground: np.ndarray,
    sequence: np.ndarray,
    near: np.ndarray,
    reach: np.ndarray,
    position: np.ndarray,
    step: np.ndarray,
    length: int,
    turned: bool,
) -> _Moves:
    """Or-opt: `length` points move into step t, forward or turned. Columns: gain, first, last, t, whether turned."""
    i = np.arange(1, len(sequence) - length)
    first, last = sequence[i], sequence[i + length - 1]
    saved = step[i - 1] + step[i + length - 1] - _apart(ground, sequence[i - 1], sequence[i + length])
    row, k = np.nonzero(reach[first] < saved[:, None])
    t = position[near[first[row], k]] - turned
    possible = (t >= 0) & (t < len(step)) & ((t < i[row] - 1) | (t >= i[row] + length))
    row, k, t = row[possible], k[possible], t[possible]
    cost = reach[first[row], k] + _apart(ground, last[row], sequence[t + (not turned)]) - step[t]
    return saved[row] - cost, i[row], i[row] + length - 1, t, np.full_like(t, turned)


def _change(
    slots: np.ndarray, where: np.ndarray, first: int, last: int, into: int, kind: int
) -> tuple[int, np.ndarray] | None:
    """What to write, and from which position on, to make a move whose slots are numbered as before all moves.

    None when a step that the move takes up is no longer there.
    """
    u, v = where[into], where[into + 1]
    if abs(u - v) != 1:
        return None
    if kind < 0:
        x, y = where[first], where[first + 1]
        if y - x != v - u:
            return None
        lo, hi = min(x, y, u, v) + 1, max(x, y, u, v)
        return lo, slots[lo:hi][::-1].copy()
    way = where[first] - where[first - 1]
    if abs(way) != 1 or (np.diff(where[first - 1 : last + 2]) != way).any():
        return None
    lo, hi, into_position = min(where[first], where[last]), max(where[first], where[last]), min(u, v)
    part = slots[lo : hi + 1]
    first_leads = (u < v) != bool(kind)
    if (part[0] == first) != first_leads:
        part = part[::-1]
    if into_position < lo:
        return into_position + 1, np.concatenate([part, slots[into_position + 1 : lo]])
    return lo, np.concatenate([slots[hi + 1 : into_position + 1], part])
