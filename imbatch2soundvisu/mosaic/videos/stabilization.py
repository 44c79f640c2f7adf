"""Tiles that stay from frame to frame as long as they fit; scene cuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...features.pixels import to_oklab
from ..matching.choosing import drawn, scattered
from ..matching.draws import IS_RANDOM, uniform
from ..matching.neighbours import Neighbours
from ..options import MosaicOptions

#: A cell belongs to another scene when its mean colour differs by so many times the change of the frames before, within
#: these limits: in OKLab, and small enough for two dark scenes.
_LEAST_CHANGE, _TIMES_BEFORE, _MOST_CHANGE = 0.06, 6.0, 0.12
#: A cut is where so large a share of the cells does, and so many times that of the frames before.
_SHARE_AT_CUT, _TIMES_SHARE = 0.6, 2.0
#: Frames before a frame with which its change is compared.
_FRAMES_BEFORE = 8
#: Largest errors of squared distances, for each dimension, and of distances, relative, for bounds that must hold.
_ERROR, _SLACK = 1e-6, 1e-4


@dataclass
class TileState:
    """What a frame takes over from the frames before it.

    Parameters
    ----------
    chosen : ndarray of shape (n,)
        int32: the tile of each cell.
    colours : ndarray of shape (n, 3)
        uint8: mean colours of the cells of the frame before, sRGB.
    searched : ndarray of shape (n, d)
        float32: each cell as it was when its tile was last searched for.
    others : ndarray of shape (n,)
        float32: how far from `searched` every tile is, at least, that is not the tile of the cell.
    changes : ndarray of shape (f, 2)
        float64: mean change of the cells, and share of those that belong to another scene, in the frames before.
    """

    chosen: np.ndarray
    colours: np.ndarray
    searched: np.ndarray
    others: np.ndarray
    changes: np.ndarray


@dataclass(frozen=True)
class Step:
    """The tiles of a frame.

    Parameters
    ----------
    chosen : ndarray of shape (n,)
        int32: the tile of each cell.
    changed : ndarray of shape (n,)
        bool: where it is another one than in the frame before.
    cut : bool
        Whether the frame begins another scene.
    searched : int
        For how many cells the most similar tile was searched for.
    """

    chosen: np.ndarray
    changed: np.ndarray
    cut: bool
    searched: int


class StableChoice:
    """Chooses the tiles of one frame after another.

    A tile is replaced when the squared distance of the most similar tile to the cell is below `stabilization` times
    that of the tile that is there, both in the current frame, and after `unseen` is added to both: where tiles match
    almost exactly, the noise of a sensor is a large share of their distances. No search is needed where no tile can be
    so near: by the triangle inequality none is nearer than it was at the last search less what the cell has changed.

    Parameters
    ----------
    tiles : ndarray of shape (m, d)
        The tiles as vectors.
    keys : ndarray of shape (n,)
        Of the cells, see `draws.keys_of`. Draws are those of a still mosaic and the same in all frames.
    options : MosaicOptions
        With `best_k`, `randomness` and `seed`.
    stabilization : float
        From 0 to 1.
    unseen : float
        A squared distance that cannot be seen.
    state : TileState, optional
        Of the frame before; None before the first one.
    """

    def __init__(
        self,
        tiles: np.ndarray,
        keys: np.ndarray,
        options: MosaicOptions,
        stabilization: float,
        unseen: float = 0.0,
        state: TileState | None = None,
    ) -> None:
        self.tiles, self.state = np.ascontiguousarray(tiles, np.float32), state
        self._keys, self._options = keys, options
        self._threshold, self._unseen = stabilization, unseen
        self._best = min(max(1, options.best_k), len(tiles))
        random = uniform(keys, options.seed, IS_RANDOM) < options.randomness
        self._searchable = ~random
        self._neighbours = Neighbours(self.tiles)

    def next(self, cells: np.ndarray, colours: np.ndarray) -> Step:
        """Return the tiles of the next frame.

        Parameters
        ----------
        cells : ndarray of shape (n, d)
            float32: its cells as vectors.
        colours : ndarray of shape (n, 3)
            uint8: their mean colours, sRGB.
        """
        state = self.state
        if state is None:
            self.state = self._begun(cells, colours)
            return Step(self.state.chosen, np.ones(len(cells), bool), False, len(cells))
        change = changes_of(colours, state.colours)
        cut, share = is_cut(change, state.changes)
        before, state.colours = state.chosen, colours
        if cut:
            searched = np.flatnonzero(self._searchable)
            state.chosen = before.copy()
            state.chosen[searched], _ = self._search(cells, searched)
        else:
            state.changes = np.concatenate((state.changes, [(change.mean(), share)]))[-_FRAMES_BEFORE:]
            searched = self._replace(cells, state)
        return Step(state.chosen, state.chosen != before, cut, len(searched))

    def _begun(self, cells: np.ndarray, colours: np.ndarray) -> TileState:
        count = len(cells)
        self.state = TileState(
            np.zeros(count, np.int32), colours, cells.copy(), np.zeros(count, np.float32), np.empty((0, 2))
        )
        self.state.chosen, _ = self._search(cells, np.arange(count))
        if not self._searchable.all():
            self.state.chosen = scattered(self.state.chosen, len(self.tiles), self._keys, self._options)
        return self.state

    def _replace(self, cells: np.ndarray, state: TileState) -> np.ndarray:
        """Replace tiles by the rule; return the cells for which a tile was searched for."""
        kept = self._distances(cells, state.chosen)
        moved = np.sqrt(np.einsum("ij,ij->i", *(2 * [cells - state.searched])))
        nearest_possible = np.maximum(0, state.others * (1 - _SLACK) - moved * (1 + _SLACK))
        floor = (1 - self._threshold) * self._unseen
        possible = nearest_possible**2 < self._threshold * kept - floor
        searched = np.flatnonzero(possible & self._searchable)
        if len(searched):
            found, distances = self._search(cells, searched)
            better = distances < self._threshold * kept[searched] - floor
            self._remember_kept(searched, found, better)
            chosen = state.chosen.copy()
            chosen[searched[better]] = found[better]
            state.chosen = chosen
        return searched

    def _search(self, cells: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The tile of some cells, and its squared distance; remembers how near all other tiles are."""
        assert self.state is not None
        queries = cells[which]
        indices, squared = self._neighbours.search(queries, max(self._best, min(2, len(self.tiles))))
        found = drawn(indices[:, : self._best], squared[:, : self._best], self._keys[which], self._options.seed)
        bounds = np.sqrt(np.maximum(0, squared - _ERROR * self.tiles.shape[1]))
        self._nearest = others = bounds[:, 0]
        if self._best == 1:
            others = bounds[:, 1] if len(self.tiles) > 1 else np.full(len(which), np.inf, np.float32)
        self.state.searched[which] = queries
        self.state.others[which] = others
        return found, np.einsum("ij,ij->i", *(2 * [queries - self.tiles[found]]))

    def _remember_kept(self, searched: np.ndarray, found: np.ndarray, better: np.ndarray) -> None:
        """Where a tile stays that is not the most similar one, the most similar one is among the others."""
        assert self.state is not None
        stays = ~better & (found != self.state.chosen[searched])
        self.state.others[searched[stays]] = self._nearest[stays]

    def _distances(self, cells: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Squared distances of cells to their tiles."""
        return np.einsum("ij,ij->i", *(2 * [cells - self.tiles[chosen]]))


def changes_of(colours: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return the distances of colours in OKLab, (n,), for two arrays of shape (n, 3), uint8, sRGB."""
    first, second = (to_oklab(np.ascontiguousarray(each[:, None])) for each in (colours, before))
    return np.asarray(np.sqrt(((first - second) ** 2).sum(axis=-1)).ravel())


def is_cut(change: np.ndarray, before: np.ndarray) -> tuple[bool, float]:
    """Return whether a frame begins another scene, and the share of its cells that belong to another one.

    Parameters
    ----------
    change : ndarray of shape (n,)
        How much each cell has changed.
    before : ndarray of shape (f, 2)
        Mean change and share in the frames before.
    """
    usual, share_before = np.median(before, axis=0) if len(before) else (_MOST_CHANGE, 0.0)
    limit = min(max(_LEAST_CHANGE, _TIMES_BEFORE * usual), _MOST_CHANGE)
    share = float((change > limit).mean())
    return share > _SHARE_AT_CUT and share > _TIMES_SHARE * share_before, share
