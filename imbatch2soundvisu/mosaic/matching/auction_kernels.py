"""Compiled loops of the auction: bids of cells, and the price of spare uses.

Numba compiles them on first use, which takes some seconds; the machine code is then kept on disk. Only `auction`
imports this module.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...runtime.compiling import compiled

#: Slots of `Market.numbers`: uses that are granted beyond the number of cells, first and length of the queue, number
#: of waiting cells.
SURPLUS, FIRST, LENGTH, WAITING = range(4)
#: Slots of `Market.levels`: the price of spare uses; epsilon; what a cell may lose by an image that it does not know.
SPARE, EPSILON, PATIENCE = range(3)


class Market(NamedTuple):
    """The state of an auction of n cells for m images, changed in place.

    An image has `upper` uses, of which `granted` are given to cells; the others are spare. A spare use beyond `lower`
    costs at least the price of spare uses. Cells that use an image form a heap, the lowest bid on top.

    Parameters
    ----------
    image, cost : ndarray of shape (n, k)
        int32 and float32: the candidates of each cell, and their costs.
    limit : ndarray of shape (n,)
        float64: no other image has a lower cost plus price.
    chosen : ndarray of shape (n,)
        int32: the candidate of each cell, -1 for none.
    price : ndarray of shape (m,)
        float64: of one more use of each image.
    lower, upper, granted, held : ndarray of shape (m,)
        int64: least and greatest number of uses, those granted, those taken.
    root : ndarray of shape (m,)
        int32: the cell with the lowest bid for each image, -1 for none.
    bid : ndarray of shape (n,)
        float64: the price at which a cell leaves its image.
    heap : ndarray of shape (2, n)
        int32: the heap below each cell, left and right.
    queue : ndarray of shape (2, n)
        int32: a ring of cells that are to bid; those that wait for other candidates.
    levels : ndarray of shape (3,)
        float64, see `SPARE`.
    numbers : ndarray of shape (4,)
        int64, see `SURPLUS`.
    """

    image: np.ndarray
    cost: np.ndarray
    limit: np.ndarray
    chosen: np.ndarray
    price: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    granted: np.ndarray
    held: np.ndarray
    root: np.ndarray
    bid: np.ndarray
    heap: np.ndarray
    queue: np.ndarray
    levels: np.ndarray
    numbers: np.ndarray


@compiled
def merged(market, a, b):  # type: ignore[no-untyped-def]
    """Return the top of two skew heaps that are joined; of equal bids, the lower cell."""
    if a < 0 or b < 0:
        return max(a, b)
    bid, heap = market.bid, market.heap
    if bid[b] < bid[a] or (bid[b] == bid[a] and b < a):
        a, b = b, a
    top = a
    while True:
        right = heap[1, a]
        heap[1, a] = heap[0, a]
        if right < 0:
            heap[0, a] = b
            return top
        if bid[b] < bid[right] or (bid[b] == bid[right] and b < right):
            right, b = b, right
        heap[0, a] = right
        a = right


@compiled
def enqueue(market, cell):  # type: ignore[no-untyped-def]
    """Put a cell at the end of the queue."""
    numbers, n = market.numbers, market.queue.shape[1]
    slot = numbers[FIRST] + numbers[LENGTH]
    market.queue[0, slot - n if slot >= n else slot] = cell
    numbers[LENGTH] += 1


@compiled
def evict(market, j):  # type: ignore[no-untyped-def]
    """Take image `j` from the cell with the lowest bid, which is to bid again."""
    cell = market.root[j]
    market.root[j] = merged(market, market.heap[0, cell], market.heap[1, cell])
    market.held[j] -= 1
    market.chosen[cell] = -1
    enqueue(market, cell)


@compiled
def entry_price(market, j):  # type: ignore[no-untyped-def]
    """Return the price of one more use of image `j`: of one granted, of a spare one, or of that of the lowest bid."""
    if market.held[j] < market.granted[j]:
        return market.price[j]
    price = np.inf
    if market.granted[j] < market.upper[j]:
        price = max(market.price[j], market.levels[SPARE])
    if market.root[j] >= 0:
        price = min(price, max(market.price[j], market.bid[market.root[j]]))
    return price


@compiled
def give(market, cell, k, bid):  # type: ignore[no-untyped-def]
    """Give a cell its candidate `k`: a granted use, else a spare one, else that of the cell with the lowest bid."""
    j = market.image[cell, k]
    if market.held[j] == market.granted[j]:
        top = market.root[j]
        spare = market.granted[j] < market.upper[j]
        if spare and (top < 0 or max(market.price[j], market.levels[SPARE]) <= market.bid[top]):
            market.granted[j] += 1
            market.numbers[SURPLUS] += 1
        else:
            evict(market, j)
    market.bid[cell] = bid
    market.heap[0, cell] = market.heap[1, cell] = -1
    market.chosen[cell] = k
    market.root[j] = merged(market, market.root[j], cell)
    market.held[j] += 1
    market.price[j] = entry_price(market, j)


@compiled
def bid(market, cell):  # type: ignore[no-untyped-def]
    """Let a cell bid for its cheapest candidate as much as makes the second cheapest image better by epsilon."""
    image, cost, price = market.image[cell], market.cost[cell], market.price
    best, first, second = -1, np.inf, np.inf
    for k in range(len(image)):
        value = cost[k] + price[image[k]]
        if value < first:
            best, first, second = k, value, first
        elif value < second:
            second = value
    if first > market.limit[cell] + market.levels[PATIENCE] or best < 0:
        market.queue[1, market.numbers[WAITING]] = cell
        market.numbers[WAITING] += 1
        return
    second = min(second, max(market.limit[cell], first))
    if second == np.inf:  # there is one image only
        second = first
    give(market, cell, best, second - cost[best] + market.levels[EPSILON])


@compiled
def spare_price(market, j):  # type: ignore[no-untyped-def]
    """Return the price at which a granted use of image `j` is spare again."""
    if market.granted[j] <= market.lower[j]:
        return np.inf
    return market.price[j] if market.held[j] < market.granted[j] else market.bid[market.root[j]]


@compiled
def take_back(market, prices):  # type: ignore[no-untyped-def]
    """Take back the cheapest of the granted uses that are too many, and raise the price of spare uses to the next.

    prices : (m,), overwritten.
    """
    numbers = market.numbers
    first, second = np.inf, np.inf
    for j in range(len(prices)):
        prices[j] = spare_price(market, j)
        if prices[j] < first:
            first, second = prices[j], first
        elif prices[j] < second:
            second = prices[j]
    if numbers[SURPLUS] > 1:
        count = min(numbers[SURPLUS], len(prices) - 1)
        second = np.partition(prices.copy(), count)[count]
    if second == np.inf:
        second = first
    level = max(market.levels[SPARE], second + market.levels[EPSILON])
    market.levels[SPARE] = level
    for j in range(len(prices)):
        while numbers[SURPLUS] > 0 and prices[j] < level and spare_price(market, j) < level:
            market.granted[j] -= 1
            numbers[SURPLUS] -= 1
            if market.held[j] > market.granted[j]:
                evict(market, j)
        if market.price[j] < level:
            market.price[j] = entry_price(market, j)


@compiled
def trade(market):  # type: ignore[no-untyped-def]
    """Let cells bid until each has an image or waits for other candidates."""
    numbers, prices = market.numbers, np.empty(len(market.price))
    while numbers[LENGTH] > 0 or numbers[SURPLUS] > 0:
        while numbers[LENGTH] > 0:
            cell = market.queue[0, numbers[FIRST]]
            numbers[FIRST] = 0 if numbers[FIRST] + 1 == market.queue.shape[1] else numbers[FIRST] + 1
            numbers[LENGTH] -= 1
            bid(market, cell)
        if numbers[SURPLUS] > 0:
            take_back(market, prices)
