"""Compiled loops that keep uses of an image apart: insertion, and exchange of images. Only `spacing` imports this."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...runtime.compiling import compiled

#: Cells with an image that are considered for an exchange, and passes over all cells.
_HOLDERS, _PASSES = 32, 30


class Board(NamedTuple):
    """Which image each of n cells has, changed in place.

    Parameters
    ----------
    image, cost : ndarray of shape (n, k)
        int32 and float32: candidates of each cell and their costs, the best first. An image may be listed twice.
    starts : ndarray of shape (n + 1,)
        int64: where the neighbours of each cell begin in `near`.
    near : ndarray
        int32: cells that must not have the image of the cell.
    chosen : ndarray of shape (n,)
        int32: the candidate of each cell, -1 for none.
    pinned : ndarray of shape (n,)
        bool: cells that keep their image.
    lower, upper, used : ndarray of shape (m,)
        int64: least and greatest number of uses of each image, and how many there are.
    head : ndarray of shape (m,)
        int32: the first cell of each image, -1 for none.
    links : ndarray of shape (2, n)
        int32: the cells before and after each one with the same image, -1 for none.
    penalty : float
        What two cells cost that are too near; more than any image.
    """

    image: np.ndarray
    cost: np.ndarray
    starts: np.ndarray
    near: np.ndarray
    chosen: np.ndarray
    pinned: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    used: np.ndarray
    head: np.ndarray
    links: np.ndarray
    penalty: float


@compiled
def place(board, cell, k):  # type: ignore[no-untyped-def]
    """Give a cell without an image its candidate `k`."""
    j = board.image[cell, k]
    board.chosen[cell] = k
    board.used[j] += 1
    board.links[0, cell], board.links[1, cell] = -1, board.head[j]
    if board.head[j] >= 0:
        board.links[0, board.head[j]] = cell
    board.head[j] = cell


@compiled
def remove(board, cell):  # type: ignore[no-untyped-def]
    """Take the image from a cell and return which candidate it was."""
    k = board.chosen[cell]
    j = board.image[cell, k]
    before, after = board.links[0, cell], board.links[1, cell]
    if before >= 0:
        board.links[1, before] = after
    else:
        board.head[j] = after
    if after >= 0:
        board.links[0, after] = before
    board.chosen[cell] = -1
    board.used[j] -= 1
    return k


@compiled
def blockers(board, cell, j):  # type: ignore[no-untyped-def]
    """Return how many neighbours of a cell have image `j`, and the last of them."""
    count, last = 0, -1
    for at in range(board.starts[cell], board.starts[cell + 1]):
        other = board.near[at]
        if board.chosen[other] >= 0 and board.image[other, board.chosen[other]] == j:
            count, last = count + 1, other
    return count, last


@compiled
def value(board, cell):  # type: ignore[no-untyped-def]
    """Return what the image of a cell costs, with the penalty for each neighbour that has it."""
    k = board.chosen[cell]
    count, _ = blockers(board, cell, board.image[cell, k])
    return board.cost[cell, k] + board.penalty * count


@compiled
def cheapest(board, cell, below):  # type: ignore[no-untyped-def]
    """Return the candidate of a cell that costs least and is allowed, -1 when none costs less than `below`."""
    best = -1
    for k in range(board.image.shape[1]):
        j = board.image[cell, k]
        if board.cost[cell, k] < below and board.used[j] < board.upper[j] and blockers(board, cell, j)[0] == 0:
            best, below = k, board.cost[cell, k]
    return best


@compiled
def insert(board, order):  # type: ignore[no-untyped-def]
    """Give each cell of `order` the first of its candidates that is allowed, or none."""
    for cell in order:
        for k in range(board.image.shape[1]):
            j = board.image[cell, k]
            free = board.used[j] < board.upper[j] and np.isfinite(board.cost[cell, k])
            if free and blockers(board, cell, j)[0] == 0:
                place(board, cell, k)
                break


@compiled
def thin_out(board, order):  # type: ignore[no-untyped-def]
    """Take the image from each cell that has a neighbour with the same one, those last in `order` first."""
    for at in range(len(order) - 1, -1, -1):
        cell = order[at]
        if board.chosen[cell] >= 0 and blockers(board, cell, board.image[cell, board.chosen[cell]])[0]:
            remove(board, cell)


@compiled
def exchange(board, cell, k, other):  # type: ignore[no-untyped-def]
    """Give a cell the image of another one, and that one the best that is left, where this costs less together."""
    if board.pinned[other]:
        return False
    old = value(board, cell) + value(board, other)
    released = remove(board, other)
    given = remove(board, cell)
    j = board.image[cell, given]
    place(board, cell, k)
    new = board.cost[cell, k] + board.penalty * blockers(board, cell, board.image[cell, k])[0]
    slot = cheapest(board, other, old - new - 1e-6 * old)
    if slot >= 0:
        place(board, other, slot)
        if board.used[j] >= board.lower[j]:
            return True
        remove(board, other)
    remove(board, cell)
    place(board, cell, given)
    place(board, other, released)
    return False


@compiled
def improve(board, cell):  # type: ignore[no-untyped-def]
    """Give a cell a better image, where that is allowed or can be made so. Return whether it was done."""
    old, own = value(board, cell), board.image[cell, board.chosen[cell]]
    for k in range(board.image.shape[1]):
        j = board.image[cell, k]
        if j == own or board.cost[cell, k] >= old - 1e-6 * old:
            continue
        count, other = blockers(board, cell, j)
        free = board.used[j] < board.upper[j] and board.used[own] > board.lower[own]
        if free and board.cost[cell, k] + board.penalty * count < old - 1e-6 * old:
            remove(board, cell)
            place(board, cell, k)
            return True
        if count == 1:
            if exchange(board, cell, k, other):
                return True
        elif count == 0 and board.used[j] == board.upper[j]:
            other, tries = board.head[j], 0
            while other >= 0 and tries < _HOLDERS:
                following = board.links[1, other]
                if exchange(board, cell, k, other):
                    return True
                other, tries = following, tries + 1
    return False


@compiled
def improve_all(board):  # type: ignore[no-untyped-def]
    """Improve cell after cell, until nothing changes or the passes are used up."""
    for _ in range(_PASSES):
        changed = False
        for cell in range(len(board.chosen)):
            if board.chosen[cell] >= 0 and not board.pinned[cell] and improve(board, cell):
                changed = True
        if not changed:
            break


@compiled
def conflicts(board):  # type: ignore[no-untyped-def]
    """Return the number of pairs of neighbours with the same image."""
    total = 0
    for cell in range(len(board.chosen)):
        total += blockers(board, cell, board.image[cell, board.chosen[cell]])[0]
    return total // 2
