"""Uses of an image that are not too near each other."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from .auction import Problem, candidates_of
from .spacing_kernels import Board, conflicts, improve_all, insert, place, remove, thin_out

#: Candidates of a cell beyond one for each of its neighbours, and the most there are.
_CANDIDATES, _MOST_CANDIDATES = 48, 320
#: Cells without an allowed image for which one is searched for in all other cells.
_SWAPS = 400


def neighbours(places: np.ndarray, distance: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells that are nearer than `distance`, in Euclidean distance of their places.

    Parameters
    ----------
    places : ndarray of shape (n, 2)
        In tiles.
    distance : float
        Cells at exactly this distance are not neighbours.

    Returns
    -------
    starts : ndarray of shape (n + 1,)
        int64: where the neighbours of each cell begin.
    near : ndarray
        int32.

    Examples
    --------
    >>> neighbours(np.array([[0, 0], [1, 0], [2, 0], [3, 0]]), 2)[1].tolist()
    [1, 0, 2, 1, 3, 2]
    """
    pairs = cKDTree(places).query_pairs(distance * (1 - 1e-6), output_type="ndarray").astype(np.int32)
    both = np.concatenate((pairs, pairs[:, ::-1]))
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    return np.searchsorted(both[:, 0], np.arange(len(places) + 1)), np.ascontiguousarray(both[:, 1])


def least_cost(problem: Problem, places: np.ndarray, distance: float) -> float:
    """Return a sum of squared distances below which no choice can be whose uses of an image are so far apart.

    Cells are divided into blocks so small that all cells of one need different images; each block is then assigned on
    its own, exactly.

    Parameters
    ----------
    problem : Problem
        Cells, tiles and images.
    places : ndarray of shape (n, 2)
        Of the cells, in tiles.
    distance : float
        The least distance of two uses.
    """
    blocks = _blocks(places, distance)
    size = int(np.bincount(blocks).max())
    if size > len(problem.upper):
        return 0.0
    tiles, costs = candidates_of(problem, np.zeros(len(problem.upper)), size)
    images, total = problem.images[tiles], 0.0
    order = np.argsort(blocks, kind="stable")
    for cells in np.split(order, np.flatnonzero(np.diff(blocks[order])) + 1):
        own, columns = np.unique(images[cells], return_inverse=True)
        matrix = np.full((len(cells), len(own)), 1e6)
        np.put_along_axis(matrix, columns.reshape(images[cells].shape), costs[cells], axis=1)
        rows, found = linear_sum_assignment(matrix)
        total += float(matrix[rows, found].sum())
    return total


def _blocks(places: np.ndarray, distance: float) -> np.ndarray:
    """The number of the block of each cell; cells of a block are nearer to each other than `distance`."""
    for side in range(int(distance / np.sqrt(2)) + 1, 0, -1):
        _, blocks = np.unique(np.floor(places / side), axis=0, return_inverse=True)
        blocks = blocks.reshape(-1)
        corners = []
        for coordinate in places.T:
            low, high = (np.full(blocks.max() + 1, start) for start in (np.inf, -np.inf))
            np.minimum.at(low, blocks, coordinate)
            np.maximum.at(high, blocks, coordinate)
            corners.append(high - low)
        if np.hypot(*corners).max() < distance * (1 - 1e-6):
            return blocks
    return np.arange(len(places))


class _Spacing:
    """A board, the tiles of its candidates, and the problem."""

    def __init__(
        self, problem: Problem, prices: np.ndarray, near: tuple[np.ndarray, np.ndarray], pinned: np.ndarray
    ) -> None:
        self.problem, m = problem, len(problem.upper)
        self.image_starts = np.searchsorted(problem.images, np.arange(m))
        most = int(np.diff(near[0]).max(initial=0))
        tile, cost = candidates_of(problem, prices, min(m, _MOST_CANDIDATES, most + _CANDIDATES))
        n = len(cost)  # one more candidate, for what is found elsewhere
        self.tile = np.concatenate((tile, np.zeros((n, 1), np.int32)), axis=1)
        cost = np.concatenate((cost, np.full((n, 1), np.inf, np.float32)), axis=1)
        penalty = 10.0 * float(cost[np.isfinite(cost)].max()) + 1.0
        self.board = Board(
            problem.images[self.tile].astype(np.int32), cost, near[0], near[1], np.full(n, -1, np.int32), pinned,
            problem.lower, problem.upper, np.zeros(m, np.int64), np.full(m, -1, np.int32),
            np.full((2, n), -1, np.int32), penalty,
        )  # fmt: skip

    def costs(self, cell: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the least cost of each image in a cell, and the tile that has it."""
        squared = ((self.problem.tiles.astype(np.float64) - self.problem.cells[cell]) ** 2).sum(axis=1)
        least = np.minimum.reduceat(squared, self.image_starts)
        hits = np.flatnonzero(squared == least[self.problem.images])
        tiles = hits[np.searchsorted(self.problem.images[hits], np.arange(len(least)))]
        return least, tiles

    def put(self, cell: int, tile: int) -> None:
        """Give a cell any tile."""
        board = self.board
        if board.chosen[cell] >= 0:
            remove(board, cell)
        self.tile[cell, -1], board.image[cell, -1] = tile, self.problem.images[tile]
        difference = self.problem.tiles[tile].astype(np.float64) - self.problem.cells[cell]
        board.cost[cell, -1] = (difference**2).sum()
        place(board, cell, board.image.shape[1] - 1)

    def start(self, chosen: np.ndarray) -> None:
        """Give cells the tiles that were chosen without regard to distances, and take back those too near."""
        board = self.board
        for cell, tile in enumerate(chosen.tolist()):
            self.put(cell, tile)
        own = board.cost[:, -1].astype(np.float64)
        others = np.where(board.image[:, :-1] == board.image[:, -1:], np.inf, board.cost[:, :-1]).min(axis=1)
        others[~np.isfinite(others)] = 0  # there is no other image
        regret = np.where(board.pinned, np.inf, others - own)
        self.order = np.argsort(-regret, kind="stable")
        thin_out(board, self.order)
        board.pinned[board.chosen < 0] = False
        insert(board, self.order[board.chosen[self.order] < 0])

    def rescue(self) -> None:
        """Give each cell without an image the one that has the fewest neighbours, of those the most similar."""
        board = self.board
        for cell in self.order[board.chosen[self.order] < 0].tolist():
            near = self.images_near(cell)
            counts = np.bincount(near, minlength=len(board.upper)).astype(np.float64)
            counts[board.used >= board.upper] = np.inf
            costs, tiles = self.costs(cell)
            self.put(cell, int(tiles[np.lexsort((costs, counts))[0]]))

    def images_near(self, cell: int) -> np.ndarray:
        """Return the images of the neighbours of a cell."""
        board = self.board
        others = board.near[board.starts[cell] : board.starts[cell + 1]]
        others = others[board.chosen[others] >= 0]
        return board.image[others, board.chosen[others]]

    def swap(self, cell: int) -> None:
        """Exchange the images of a cell in conflict and another cell, where that ends the conflict."""
        board, n = self.board, len(self.board.chosen)
        images = board.image[np.arange(n), board.chosen]
        own, near = images[cell], self.images_near(cell)
        if own not in near:
            return
        possible = ~np.isin(images, near) & ~board.pinned
        for other in np.flatnonzero(images == own).tolist():
            if other != cell:
                possible[board.near[board.starts[other] : board.starts[other + 1]]] = False
        others = np.flatnonzero(possible)
        if not len(others):
            return
        tiles = self.tile[np.arange(n), board.chosen]
        best = self.cheapest_swap(cell, others, tiles)
        self.put(cell, int(tiles[best]))
        self.put(best, int(tiles[cell]))

    def cheapest_swap(self, cell: int, others: np.ndarray, tiles: np.ndarray) -> int:
        """Return the one of other cells with which an exchange of tiles costs least."""
        problem = self.problem
        gained = ((problem.tiles[tiles[others]] - problem.cells[cell]) ** 2).sum(axis=1)
        lost = ((problem.cells[others] - problem.tiles[tiles[cell]]) ** 2).sum(axis=1)
        present = self.board.cost[others, self.board.chosen[others]]
        return int(others[np.argmin(gained + lost - present)])

    def in_conflict(self) -> np.ndarray:
        """Return the cells that have a neighbour with the same image."""
        board = self.board
        images = board.image[np.arange(len(board.chosen)), board.chosen]
        cells = np.repeat(np.arange(len(images)), np.diff(board.starts))
        return np.unique(cells[images[cells] == images[board.near]])


def spaced(
    problem: Problem,
    chosen: np.ndarray,
    prices: np.ndarray,
    near: tuple[np.ndarray, np.ndarray],
    pinned: np.ndarray,
    search: bool = True,
) -> tuple[np.ndarray, float, int]:
    """Return a choice of tiles in which no image is used by neighbours, as far as that is possible.

    Cells whose image is too near get the most similar that is allowed; then images are exchanged while the sum of
    squared distances falls.

    Parameters
    ----------
    problem : Problem
        Cells, tiles, and how often each image may be used.
    chosen : ndarray of shape (n,)
        Tiles that were chosen without regard to distances, within the limits of uses.
    prices : ndarray of shape (m,)
        Of the images: what the search for them found, or zero.
    near : tuple of ndarray
        See `neighbours`.
    pinned : ndarray of shape (n,)
        bool: cells that keep their tile, where this is possible; changed in place.
    search : bool
        Whether images are exchanged.

    Returns
    -------
    chosen : ndarray of shape (n,)
        int32 rows of the tiles.
    cost : float
        Sum of squared distances.
    conflicts : int
        Pairs of neighbours that have the same image.
    """
    spacing = _Spacing(problem, prices, near, pinned)
    spacing.start(chosen)
    board = spacing.board
    if search:
        improve_all(board)
    spacing.rescue()
    for cell in spacing.in_conflict()[:_SWAPS].tolist():
        spacing.swap(cell)
    if search:
        improve_all(board)
    cells = np.arange(len(board.chosen))
    cost = float(board.cost[cells, board.chosen].sum(dtype=np.float64))
    return spacing.tile[cells, board.chosen], cost, int(conflicts(board))
