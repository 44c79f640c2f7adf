"""Which tile each cell gets."""

from __future__ import annotations

import numpy as np

from ..layout.cells import Cells
from ..options import MosaicOptions
from .draws import BEST_K, IS_RANDOM, RANDOM_TILE, keys_of, uniform
from .neighbours import nearest

#: Draws of a random cell that are looked up together in the search for a tile that is not used yet.
_TRIES = 64


def choose(cell_rows: np.ndarray, tile_rows: np.ndarray, cells: Cells, options: MosaicOptions) -> np.ndarray:
    """Return the tile of each cell.

    Parameters
    ----------
    cell_rows : ndarray of shape (n, d)
        The cells as vectors.
    tile_rows : ndarray of shape (m, d)
        The tiles as vectors.
    cells : Cells
        The places of the cells.
    options : MosaicOptions
        How tiles are chosen.

    Returns
    -------
    ndarray of shape (n,)
        int32 rows of `tile_rows`.
    """
    indices, squared = nearest(cell_rows, tile_rows, min(options.best_k, len(tile_rows)))
    keys = keys_of(cells)
    chosen = drawn(indices, squared, keys, options.seed)
    return scattered(chosen, len(tile_rows), keys, options) if options.randomness else chosen


def drawn(indices: np.ndarray, squared: np.ndarray, keys: np.ndarray, seed: int) -> np.ndarray:
    """Return one of the nearest tiles of each cell, drawn by the inverse of their distances.

    A tile at Euclidean distance d_i is drawn with probability (1 / d_i) / (1 / d_1 + ... + 1 / d_k). Where tiles are at
    distance 0, one of those is drawn, each with the same probability: the limit of the formula.

    Parameters
    ----------
    indices : ndarray of shape (n, k)
        The k nearest tiles of each cell.
    squared : ndarray of shape (n, k)
        Their squared Euclidean distances, as `nearest` returns them.
    keys : ndarray of shape (n,)
        Of the cells, see `keys_of`.
    seed : int
        Of the draws.

    Returns
    -------
    ndarray of shape (n,)
        int32, one of each row of `indices`.
    """
    if indices.shape[1] == 1:
        return indices[:, 0]
    with np.errstate(divide="ignore"):
        weights = 1 / np.sqrt(squared.astype(np.float64))
    exact = squared == 0
    weights = np.where(exact.any(axis=1, keepdims=True), exact, weights)
    bounds = np.cumsum(weights, axis=1)
    reached = uniform(keys, seed, BEST_K)[:, None] * bounds[:, -1:] >= bounds
    return indices[np.arange(len(indices)), reached.sum(axis=1)]


def scattered(chosen: np.ndarray, count: int, keys: np.ndarray, options: MosaicOptions) -> np.ndarray:
    """Return the choice with random tiles in some of the cells.

    Each cell is random with probability `randomness`, independently of all others. Random cells take the tiles that no
    other cell has, in reading order, each with the same probability; then any tile.

    Parameters
    ----------
    chosen : ndarray of shape (n,)
        The tile of each cell.
    count : int
        Number of tiles.
    keys : ndarray of shape (n,)
        Of the cells, see `keys_of`.
    options : MosaicOptions
        With `randomness` and `seed`.

    Returns
    -------
    ndarray of shape (n,)
        int32.
    """
    random = uniform(keys, options.seed, IS_RANDOM) < options.randomness
    unused = np.ones(count, bool)
    unused[chosen[~random]] = False
    scattered, left = chosen.copy(), int(unused.sum())
    scattered[random] = (uniform(keys[random], options.seed, RANDOM_TILE) * count).astype(np.int32)
    for cell in np.flatnonzero(random)[:left].tolist():
        scattered[cell] = _unused_tile(unused, keys[cell : cell + 1], options.seed)
        unused[scattered[cell]] = False
    return scattered


def _unused_tile(unused: np.ndarray, key: np.ndarray, seed: int) -> int:
    """The first of the draws of a cell that is a tile not used yet."""
    start = 0
    while True:
        tiles = (uniform(key, seed, RANDOM_TILE, np.arange(start, start + _TRIES)) * len(unused)).astype(np.int64)
        found = np.flatnonzero(unused[tiles])
        if len(found):
            return int(tiles[found[0]])
        start += _TRIES
