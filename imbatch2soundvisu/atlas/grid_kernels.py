"""Compiled loops of grid sorting: small assignments of images to cells, many times.

All numbers are integers held as float64, so that sums are exact and results do not depend on the processor. Only
`grid_sorting` imports this module.
"""

from __future__ import annotations

import numpy as np

from ..runtime.compiling import compiled

#: Cells of one small assignment.
SET = 16


def generator(seed: int) -> np.ndarray:
    """Return the state of a generator of random numbers, (1,) uint64."""
    return np.array([((seed * 2 + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) | 1], np.uint64)


@compiled
def next_random(state):  # type: ignore[no-untyped-def]
    """Advance a xorshift generator, (1,) uint64, and return its next number, 31 bits."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x >> np.uint64(33))


@compiled
def assign(cost, size, found):  # type: ignore[no-untyped-def]
    """Write the columns of the cheapest assignment of the first `size` rows of a square matrix into `found`.

    Shortest augmenting paths with potentials (Jonker & Volgenant 1987).
    """
    u, v = np.zeros(size + 1), np.zeros(size + 1)
    row_of, way = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
    for i in range(1, size + 1):
        row_of[0] = i
        j0 = 0
        least = np.full(size + 1, np.inf)
        used = np.zeros(size + 1, np.bool_)
        while row_of[j0] != 0:
            used[j0] = True
            i0, delta, j1 = row_of[j0], np.inf, 0
            for j in range(1, size + 1):
                if not used[j]:
                    current = cost[i0 - 1, j - 1] - u[i0] - v[j]
                    if current < least[j]:
                        least[j] = current
                        way[j] = j0
                    if least[j] < delta:
                        delta, j1 = least[j], j
            for j in range(size + 1):
                if used[j]:
                    u[row_of[j]] += delta
                    v[j] -= delta
                else:
                    least[j] -= delta
            j0 = j1
        while j0 != 0:
            row_of[j0] = row_of[way[j0]]
            j0 = way[j0]
    for j in range(1, size + 1):
        found[row_of[j] - 1] = j - 1


@compiled
def drawn_cells(state, movable, centre, reach, wrap, cells):  # type: ignore[no-untyped-def]
    """Write distinct movable cells in a window around a cell into `cells`; return their number."""
    height, width = movable.shape
    row, column = centre // width, centre % width
    if wrap:
        top, left = row - reach, column - reach
        rows, columns = min(2 * reach + 1, height), min(2 * reach + 1, width)
    else:
        rows, columns = min(2 * reach + 1, height), min(2 * reach + 1, width)
        top, left = min(max(0, row - reach), height - rows), min(max(0, column - reach), width - columns)
    size = 0
    if movable[row, column]:
        cells[0] = centre
        size = 1
    for _ in range(3 * len(cells)):
        if size == len(cells):
            break
        y = (top + next_random(state) % rows) % height
        x = (left + next_random(state) % columns) % width
        cell = y * width + x
        taken = not movable[y, x]
        for i in range(size):
            taken = taken or cells[i] == cell
        if not taken:
            cells[size] = cell
            size += 1
    return size


@compiled
def improve(state, items, movable, vectors, wanted, wrap, search):  # type: ignore[no-untyped-def]
    """Reassign the images of random sets of cells, so that each is nearest to what its cell asks for.

    Parameters
    ----------
    state : (1,) uint64
        Of the generator.
    items : (h * w,) int64
        Image of each cell, -1 for an empty one; changed in place.
    movable : (h, w) bool
        Cells that may be changed.
    vectors : (n, d) float64
        Of the images.
    wanted : (h * w, d) float64
        What each cell asks for.
    wrap : bool
        Whether opposite edges are neighbours.
    search : (int, int)
        Half the side of the window that a set is drawn from, and how many sets.
    """
    cells, found, moved = np.empty(SET, np.int64), np.empty(SET, np.int64), np.empty(SET, np.int64)
    own, asked = np.zeros((SET, vectors.shape[1])), np.zeros((vectors.shape[1], SET))
    cost = np.empty((SET, SET))
    reach, sets = search
    for _ in range(sets):
        size = drawn_cells(state, movable, next_random(state) % items.size, reach, wrap, cells)
        if size < 2:
            continue
        for i in range(size):
            moved[i] = items[cells[i]]
            own[i] = vectors[max(0, moved[i])]
            asked[:, i] = wanted[cells[i]]
        np.dot(own, asked, cost)
        for j in range(size):
            norm = 0.0
            for c in range(asked.shape[0]):
                norm += asked[c, j] * asked[c, j]
            for i in range(size):  # |x - w|^2 without |x|^2, which is the same in all cells; nothing for an empty one
                cost[i, j] = norm - 2 * cost[i, j] if moved[i] >= 0 else 0.0
        assign(cost, size, found)
        for i in range(size):
            items[cells[found[i]]] = moved[i]


@compiled
def distance(table, vectors, a, b):  # type: ignore[no-untyped-def]
    """Return the distance of two images, rounded: from a table where there is one, else from their vectors."""
    if table.size:
        return table[a, b]
    total = 0.0
    for c in range(vectors.shape[1]):
        total += (vectors[a, c] - vectors[b, c]) ** 2
    return np.rint(np.sqrt(total))


@compiled
def gain(table, vectors, items, weights, cell, other):  # type: ignore[no-untyped-def]
    """Return how much nearer the neighbours of `cell` are to the image of `other` than to its own, weighted."""
    height, width = items.shape
    reach = weights.shape[0] // 2
    row, column = cell // width, cell % width
    mine, theirs = items[row, column], items[other // width, other % width]
    total = 0.0
    for y in range(-reach, reach + 1):
        for x in range(-reach, reach + 1):
            inside = 0 <= row + y < height and 0 <= column + x < width
            if inside and weights[y + reach, x + reach] > 0:
                near = items[row + y, column + x]
                if near >= 0 and near != mine and near != theirs:
                    change = distance(table, vectors, mine, near) - distance(table, vectors, theirs, near)
                    total += weights[y + reach, x + reach] * change
    return total


@compiled
def exchange(state, items, movable, table, vectors, weights, search):  # type: ignore[no-untyped-def]
    """Exchange two near images where that brings both nearer to their neighbours; `items`, (h, w), is changed in place.

    `search` is how many cells they may be apart, and how many pairs are tried. Returns the number of exchanges.
    """
    height, width = items.shape
    reach, trials = search
    done = 0
    for _ in range(trials):
        cell = next_random(state) % items.size
        row = cell // width + next_random(state) % (2 * reach + 1) - reach
        column = cell % width + next_random(state) % (2 * reach + 1) - reach
        if not (0 <= row < height and 0 <= column < width):
            continue
        other = row * width + column
        if other == cell or items[row, column] < 0 or items[cell // width, cell % width] < 0:
            continue
        if not (movable[row, column] and movable[cell // width, cell % width]):
            continue
        both = gain(table, vectors, items, weights, cell, other) + gain(table, vectors, items, weights, other, cell)
        if both > 0:
            items[cell // width, cell % width], items[row, column] = (
                items[row, column],
                items[cell // width, cell % width],
            )
            done += 1
    return done
