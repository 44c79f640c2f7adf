"""The best assignment of images to cells when each image has a least and a greatest number of uses.

An auction with epsilon scaling [1]_ that needs little memory: a cell bids among a few candidates, and gets others when
any image it does not know could be better at the prices of that time. Prices only rise, so that this is never missed.

References
----------
.. [1] D. P. Bertsekas and D. A. Castañon, "The auction algorithm for the transportation problem", Annals of Operations
   Research 20 (1989), 67-96.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from ...runtime.executors import cores
from .auction_kernels import (
    EPSILON,
    FIRST,
    LENGTH,
    PATIENCE,
    SPARE,
    SURPLUS,
    WAITING,
    Market,
    trade,
)
from .candidate_kernels import exact_costs, select
from .neighbours import one_thread

#: Candidates of a cell, and bytes of the scores of a batch of cells.
_CANDIDATES, _BATCH_BYTES = 64, 16 << 20
#: The search ends when the cost is proven to be at most so much above the optimum, relatively ...
TOLERANCE = 0.005
#: ... or when epsilon is this part of the mean cost of a tile.
_SMALLEST = 1e-7
#: Epsilon of the first phase, as a part of that mean, and how much smaller it is in each phase after.
_FIRST, _STEP = 0.05, 5.0
#: How many times epsilon a cell may lose by an image that it does not know: in the first phase, in those after.
_PATIENCE = 3.0, 1.0


@dataclass(frozen=True)
class Problem:
    """Cells and tiles as vectors, and how often each image may be used.

    Parameters
    ----------
    cells : ndarray of shape (n, d)
        float32.
    tiles : ndarray of shape (r, d)
        float32; the tiles of one image are side by side.
    images : ndarray of shape (r,)
        int32: the image of each tile, ascending from 0 to m - 1.
    lower, upper : ndarray of shape (m,)
        int64: least and greatest number of uses of each image.
    """

    cells: np.ndarray
    tiles: np.ndarray
    images: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class Solution:
    """The tile of each cell, and between which bounds the least cost is.

    Parameters
    ----------
    chosen : ndarray of shape (n,)
        int32 rows of the tiles.
    cost : float
        Sum of squared distances.
    bound : float
        No assignment has a lower sum.
    prices : ndarray of shape (m,)
        float64: what one more use of each image would save, at most.
    """

    chosen: np.ndarray
    cost: float
    bound: float
    prices: np.ndarray


class _Auction:
    """A market, with the candidates of its cells."""

    def __init__(self, problem: Problem, candidates: int = _CANDIDATES) -> None:
        self.problem, centre = problem, problem.tiles.mean(axis=0)
        self.cells, self.tiles = problem.cells - centre, problem.tiles - centre
        self.norms = np.einsum("ij,ij->i", self.tiles, self.tiles)
        self.cell_norms = np.einsum("ij,ij->i", self.cells, self.cells)
        self.rounding = 4e-6 * float(self.norms.max() + self.cell_norms.max())
        n, m = len(problem.cells), len(problem.upper)
        self.starts = np.searchsorted(problem.images, np.arange(m + 1)).astype(np.int32)
        k = min(m, candidates)
        self.tile = np.zeros((n, k), np.int32)
        spare = np.where(problem.upper > 0, 0.0, np.inf)
        self.market = Market(
            np.zeros((n, k), np.int32), np.zeros((n, k), np.float32), np.full(n, -np.inf), np.full(n, -1, np.int32),
            spare, problem.lower, problem.upper, np.zeros(m, np.int64), np.zeros(m, np.int64), np.full(m, -1, np.int32),
            np.zeros(n), np.full((2, n), -1, np.int32), np.zeros((2, n), np.int32), np.zeros(3), np.zeros(4, np.int64),
        )  # fmt: skip

    def scores(self, cells: np.ndarray) -> np.ndarray:
        """Return the squared distance plus price of each tile, less the squared norm of the cell; (b, r) float32."""
        scores = self.cells[cells] @ self.tiles.T
        scores *= -2
        scores += (self.norms + self.market.price[self.problem.images]).astype(np.float32)
        return scores

    def look_up(self, cells: np.ndarray) -> None:
        """Find the best candidates of some cells at the present prices."""
        size = max(1, _BATCH_BYTES // (4 * len(self.tiles)))
        batches = [cells[start : start + size] for start in range(0, len(cells), size)]
        if len(batches) == 1:
            self.look_up_batch(cells)
            return
        with ThreadPoolExecutor(cores(), thread_name_prefix="auction") as pool:
            list(pool.map(self.look_up_batch, batches))

    def look_up_batch(self, cells: np.ndarray) -> None:
        """Find the candidates of a few cells."""
        market, amplitude = self.market, self.market.levels[EPSILON] / 2
        found, limits = np.empty((len(cells), self.tile.shape[1]), np.int32), np.empty(len(cells), np.float32)
        select(self.scores(cells), cells, self.starts, np.float32(amplitude), found, limits)
        costs = np.empty(found.shape, np.float32)
        exact_costs(self.problem.cells, self.problem.tiles, cells, found, costs)
        self.tile[cells], market.cost[cells] = found, costs
        market.image[cells] = self.problem.images[found]
        market.limit[cells] = limits.astype(np.float64) + self.cell_norms[cells] - self.rounding

    def phase(self, epsilon: float, patience: float) -> None:
        """Assign all cells anew, at the prices of the phase before."""
        market, n = self.market, len(self.cells)
        market.levels[EPSILON], market.levels[PATIENCE] = epsilon, patience * epsilon
        market.granted[:] = np.where(market.price > market.levels[SPARE], market.upper, market.lower)
        market.held[:], market.root[:], market.chosen[:] = 0, -1, -1
        spare = (market.granted == 0) & (market.upper > 0)
        market.price[spare] = np.maximum(market.price[spare], market.levels[SPARE])
        market.queue[0], market.numbers[:] = np.arange(n), 0
        market.numbers[LENGTH], market.numbers[SURPLUS] = n, market.granted.sum() - n
        while market.numbers[LENGTH]:
            trade(market)
            waiting = np.sort(market.queue[1, : market.numbers[WAITING]])
            if len(waiting):
                self.look_up(waiting)
                market.queue[0, : len(waiting)] = waiting
                market.numbers[FIRST], market.numbers[LENGTH], market.numbers[WAITING] = 0, len(waiting), 0

    def solved(self, epsilon: float, patience: float) -> Solution:
        """Run a phase and return what is assigned, with the bound that the prices prove."""
        self.phase(epsilon, patience)
        market, cells = self.market, np.arange(len(self.cells))
        chosen = market.chosen
        cost = float(market.cost[cells, chosen].sum(dtype=np.float64))
        prices, level = self.relative_prices()
        least = np.minimum((market.cost + market.price[market.image]).min(axis=1), market.limit)
        uses = np.where(prices > 0, market.upper, market.lower)
        bound = float((least - level).sum()) - float((prices[uses > 0] * uses[uses > 0]).sum())
        return Solution(self.tile[cells, chosen], cost, max(0.0, min(bound, cost)), prices)

    def relative_prices(self) -> tuple[np.ndarray, float]:
        """Return prices above a level, and the level that makes the bound the highest."""
        market = self.market
        usable = np.flatnonzero(market.upper > 0)
        order = usable[np.argsort(market.price[usable], kind="stable")]
        below = np.cumsum(market.lower[order])
        above = market.upper[order].sum() - np.cumsum(market.upper[order])
        slot = int(np.searchsorted(-(below + above), -len(self.cells)))
        level = float(market.price[order[min(slot, len(order) - 1)]])
        return market.price - level, level


def solve(problem: Problem, tolerance: float = TOLERANCE) -> Solution:
    """Return an assignment of least cost, and how low the cost can be at most.

    Parameters
    ----------
    problem : Problem
        With at least as many uses as cells, and at least as many cells as uses that must be.
    tolerance : float
        The search ends when the cost is proven to be at most so much above the optimum, relatively.

    Examples
    --------
    >>> cells = np.array([[0.0], [0.1], [0.2]], np.float32)
    >>> tiles = np.array([[0.0], [1.0]], np.float32)
    >>> images, none, two = np.arange(2, dtype=np.int32), np.zeros(2, np.int64), np.full(2, 2)
    >>> solve(Problem(cells, tiles, images, none, two)).chosen.tolist()
    [0, 0, 1]
    """
    auction = _Auction(problem)
    some = np.arange(0, len(problem.cells), max(1, len(problem.cells) // 64))
    with one_thread():
        scores = auction.scores(some) + auction.cell_norms[some, None]
        typical = float(scores[np.isfinite(scores)].clip(0).mean()) or 1.0
        epsilon, best = typical * _FIRST, auction.solved(typical * _FIRST, _PATIENCE[0])
        while best.cost - best.bound > tolerance * best.cost and epsilon > typical * _SMALLEST:
            epsilon /= _STEP
            found = auction.solved(epsilon, _PATIENCE[1])
            bound = max(best.bound, found.bound)
            best = replace(found if found.cost < best.cost else best, bound=bound, prices=found.prices)
    return best


def candidates_of(problem: Problem, prices: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the best tiles of each cell, one of each image, by cost plus price.

    Returns
    -------
    tiles : ndarray of shape (n, count)
        int32 rows of the tiles, best first.
    costs : ndarray of shape (n, count)
        float32, squared distances.
    """
    auction = _Auction(problem, count)
    auction.market.price[:] = np.where(np.isfinite(prices), prices, 0)
    with one_thread():
        auction.look_up(np.arange(len(problem.cells)))
    costs = auction.market.cost
    order = np.argsort(costs + auction.market.price[auction.market.image], axis=1, kind="stable")
    return np.take_along_axis(auction.tile, order, axis=1), np.take_along_axis(costs, order, axis=1)
