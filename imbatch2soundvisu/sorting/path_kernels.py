"""Compiled loops of the path search: exact search, greedy edges, 2-opt and Or-opt with a queue, and their iteration.

Numba compiles them on first use, which takes some seconds; the machine code is then kept on disk. All arithmetic is
on integers, so that results do not depend on the processor. Only `path_search` imports this module.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import overload

from ..runtime.compiling import compiled

#: Rows of a tour, (5, m) int32, a round trip of m cities that is changed in place: the cities in order; the slot of
#: each city; a ring of cities to look at; 1 for each city in that ring; the shortest order so far.
ORDER, SLOT, QUEUE, QUEUED, BEST = range(5)
#: Beside the tour stands its log, (c, 2) int64. Row 0: how many reversals are logged; row 1: first slot and length of
#: the ring; from row 2 on: the first and last slot of each reversal.
LOGGED = 2
#: What ties the fixed ends of a path to the city between them: less than any distance.
TIE = 2**30


def distance(space: np.ndarray, a: int, b: int) -> int:
    """Return the distance of two cities as an integer, for compiled code only.

    space : (m, m) int32 distances; or (m, 1 + d) float64 points, computed from in the same unit. Their column 0 is 1
    for fixed ends, else 0, and NaN for the city that stands between the ends: it is at distance 0, or -TIE from these.
    """
    raise TypeError("distance() has an implementation in compiled code only")


@overload(distance)
def _distance(space, a, b):  # type: ignore[no-untyped-def]
    if isinstance(space.dtype, types.Integer):
        return lambda space, a, b: np.int64(space[a, b])

    def from_points(space, a, b):  # type: ignore[no-untyped-def]
        if np.isnan(space[a, 0]):
            return np.int64(-TIE * space[b, 0])
        if np.isnan(space[b, 0]):
            return np.int64(-TIE * space[a, 0])
        total = 0.0
        for i in range(1, space.shape[1]):
            difference = space[a, i] - space[b, i]
            total += difference * difference
        return np.int64(np.rint(np.sqrt(total)))

    return from_points


@compiled
def after(tour, a):  # type: ignore[no-untyped-def]
    """Return the city after `a`."""
    slot = tour[SLOT, a] + 1
    return tour[ORDER, 0] if slot == tour.shape[1] else tour[ORDER, slot]


@compiled
def before(tour, a):  # type: ignore[no-untyped-def]
    """Return the city before `a`."""
    return tour[ORDER, tour[SLOT, a] - 1]


@compiled
def enqueue(tour, log, city):  # type: ignore[no-untyped-def]
    """Put a city at the end of the ring, once."""
    if tour[QUEUED, city]:
        return
    m = tour.shape[1]
    slot = log[1, 0] + log[1, 1]
    tour[QUEUE, slot - m if slot >= m else slot] = city
    tour[QUEUED, city] = 1
    log[1, 1] += 1


@compiled
def dequeue(tour, log):  # type: ignore[no-untyped-def]
    """Return the first city of the ring and take it out."""
    city = tour[QUEUE, log[1, 0]]
    log[1, 0] = 0 if log[1, 0] + 1 == tour.shape[1] else log[1, 0] + 1
    log[1, 1] -= 1
    tour[QUEUED, city] = 0
    return city


@compiled
def reverse(tour, first, last):  # type: ignore[no-untyped-def]
    """Reverse the slots from `first` to `last`, or all others where these are fewer: the same round trip."""
    m = tour.shape[1]
    count = last - first + 1
    if count <= 0:
        count += m
    if 2 * count > m:
        first, last, count = last + 1, first - 1, m - count
        first = 0 if first == m else first
        last = m - 1 if last < 0 else last
    for _ in range(count // 2):
        a, b = tour[ORDER, first], tour[ORDER, last]
        tour[ORDER, first], tour[ORDER, last] = b, a
        tour[SLOT, b], tour[SLOT, a] = first, last
        first = 0 if first + 1 == m else first + 1
        last = m - 1 if last == 0 else last - 1


@compiled
def exchange(tour, log, a, b, c, d):  # type: ignore[no-untyped-def]
    """Replace the edges (a, b) and (c, d) by (a, c) and (b, d); b follows a in the direction in which d follows c."""
    if after(tour, a) == b:
        first, last = tour[SLOT, b], tour[SLOT, c]
    else:
        first, last = tour[SLOT, c], tour[SLOT, b]
    reverse(tour, first, last)
    row = LOGGED + log[0, 0]
    log[row, 0], log[row, 1] = first, last
    log[0, 0] += 1


@compiled
def undo(tour, log):  # type: ignore[no-untyped-def]
    """Take back all logged reversals."""
    for row in range(LOGGED + log[0, 0] - 1, LOGGED - 1, -1):
        reverse(tour, log[row, 0], log[row, 1])
    log[0, 0] = 0


@compiled
def two_opt(space, near, tour, log, a, forward):  # type: ignore[no-untyped-def]
    """Exchange the edge from `a` and another one where that makes the tour shorter. Return by how much, or 0."""
    b = after(tour, a) if forward else before(tour, a)
    ab = distance(space, a, b)
    for k in range(near.shape[1]):
        c = near[a, k]
        ac = distance(space, a, c)
        if ac >= ab:
            return 0
        d = after(tour, c) if forward else before(tour, c)
        gain = ab + distance(space, c, d) - ac - distance(space, b, d)
        if gain > 0:
            exchange(tour, log, a, b, c, d)
            for city in (a, b, c, d):
                enqueue(tour, log, city)
            return gain
    return 0


@compiled
def or_opt(space, near, tour, log, a, forward):  # type: ignore[no-untyped-def]
    """Move up to three cities, `a` and those behind it, beside a near city where that saves. Return how much, or 0."""
    p, e = after(tour, a) if forward else before(tour, a), a
    for length in range(1, 4):
        if length > 1:
            e = before(tour, e) if forward else after(tour, e)
        q = before(tour, e) if forward else after(tour, e)
        if p in (e, q):
            return 0
        saved = distance(space, p, a) + distance(space, e, q) - distance(space, p, q)
        for k in range(near.shape[1]):
            c = near[a, k]
            ac = distance(space, a, c)
            if ac >= saved:
                break
            behind = tour[SLOT, a] - tour[SLOT, c] if forward else tour[SLOT, c] - tour[SLOT, a]
            if behind < 0:
                behind += tour.shape[1]
            if behind < length:
                continue  # c is one of those that move
            for f in (after(tour, c), before(tour, c)):
                gain = saved - ac - distance(space, e, f) + distance(space, c, f)
                if gain > 0 and not (c == p and f == a) and not (c == q and f == e):
                    move(tour, log, (p, a, e, q, c, f), forward)
                    return gain
    return 0


@compiled
def move(tour, log, ends, forward):  # type: ignore[no-untyped-def]
    """Move the cities from `a` to `e`, between p and q, into the edge (c, f), `a` beside c; queue all six."""
    p, a, e, q, c, f = ends
    f_follows = f == (before(tour, c) if forward else after(tour, c))
    x, y = (c, f) if f_follows else (f, c)
    exchange(tour, log, p, a, x, y)
    exchange(tour, log, p, x, q, e)
    if c == x:
        exchange(tour, log, x, e, a, y)
    for city in ends:
        enqueue(tour, log, city)


@compiled
def local_search(space, near, tour, log):  # type: ignore[no-untyped-def]
    """Improve the tour around the queued cities until the queue is empty or the log full. Return by how much."""
    total = 0
    while log[1, 1] and log[0, 0] < len(log) - 16:
        city = dequeue(tour, log)
        gain = 0
        for forward in (True, False):
            gain = two_opt(space, near, tour, log, city, forward)
            if gain == 0:
                gain = or_opt(space, near, tour, log, city, forward)
            if gain > 0:
                enqueue(tour, log, city)
                break
        total += gain
    return total


@compiled
def swap_segments(space, tour, log, draw):  # type: ignore[no-untyped-def]
    """Swap two neighbouring segments, queue their six ends, and return by how much the tour is longer.

    draw : the slot before them, and both lengths.
    """
    m = tour.shape[1]
    slot = draw[0]
    first = (slot + 1) % m
    second = (first + draw[1]) % m
    end = (second + draw[2]) % m
    p, a, a_end = tour[ORDER, slot], tour[ORDER, first], tour[ORDER, second - 1]
    b, b_end, q = tour[ORDER, second], tour[ORDER, end - 1], tour[ORDER, end]
    loss = distance(space, p, b) + distance(space, b_end, a) + distance(space, a_end, q)
    loss -= distance(space, p, a) + distance(space, a_end, b) + distance(space, b_end, q)
    exchange(tour, log, p, a, b_end, q)
    exchange(tour, log, p, b_end, b, a_end)
    exchange(tour, log, b_end, a_end, a, q)
    for city in (p, a, a_end, b, b_end, q):
        enqueue(tour, log, city)
    return loss


@compiled
def iterate(space, near, tour, log, draws, excess):  # type: ignore[no-untyped-def]
    """Swap two short segments, improve, and keep the result unless it is longer by more than the slack, repeatedly.

    draws : (iterations, 4) int64, slot, both lengths and slack. excess : by how much the tour is longer than the
    shortest so far, whose order is updated. Return the new excess.
    """
    for i in range(len(draws)):
        log[0, 0] = 0
        loss = swap_segments(space, tour, log, draws[i])
        change = loss - local_search(space, near, tour, log)
        if change > draws[i, 3]:
            undo(tour, log)
            continue
        excess += change
        if excess < 0:
            tour[BEST] = tour[ORDER]
            excess = 0
    return excess


@compiled
def held_karp(matrix):  # type: ignore[no-untyped-def]
    """Return the shortest round trip of m cities, (m,) int32, by dynamic programming over subsets: 2^m m^2 steps."""
    n = len(matrix) - 1
    costs = np.full((1 << n, n), np.int64(2) ** 60)
    for j in range(n):
        costs[1 << j, j] = matrix[n, j]
    for subset in range(1, 1 << n):
        for j in range(n):
            if subset >> j & 1 == 0:
                continue
            for k in range(n):
                if subset >> k & 1 == 0:
                    cost = costs[subset, j] + matrix[j, k]
                    if cost < costs[subset | 1 << k, k]:
                        costs[subset | 1 << k, k] = cost
    order = np.empty(n + 1, np.int32)
    order[n] = n
    subset, city = (1 << n) - 1, n
    for slot in range(n - 1, -1, -1):
        pick, lowest = -1, np.int64(2) ** 61
        for j in range(n):
            if subset >> j & 1 and costs[subset, j] + matrix[j, city] < lowest:
                pick, lowest = j, costs[subset, j] + matrix[j, city]
        order[slot], city = pick, pick
        subset ^= 1 << pick
    return order


@compiled
def root(parents, a):  # type: ignore[no-untyped-def]
    """Return the first city of the fragment of `a`, halving the way to it."""
    while parents[a] != a:
        parents[a] = parents[parents[a]]
        a = parents[a]
    return a


@compiled
def join(pairs, parents, links, degrees):  # type: ignore[no-untyped-def]
    """Join fragments of a path by edges, first come first served: at most two at a city, and no circle.

    pairs : (e, 2). parents : of the union-find forest. links : (n, 2) neighbours, -1 for none yet.
    degrees : (n,), 2 for a city that takes no more. All but `pairs` are updated.
    """
    for k in range(len(pairs)):
        a, b = pairs[k]
        if degrees[a] > 1 or degrees[b] > 1:
            continue
        root_a, root_b = root(parents, a), root(parents, b)
        if root_a != root_b:
            parents[root_b] = root_a
            for one, other in ((a, b), (b, a)):
                links[one, 1 if links[one, 0] >= 0 else 0] = other
                degrees[one] += 1


@compiled
def traverse(links, start):  # type: ignore[no-untyped-def]
    """Return the cities of a path from one of its ends, (n,) int32."""
    order = np.empty(len(links), np.int32)
    previous, city = -1, start
    for slot in range(len(links)):
        order[slot] = city
        following = links[city, 0] if links[city, 0] != previous else links[city, 1]
        previous, city = city, following
    return order
