"""Random numbers that belong to cells: a hash of seed, place and purpose, not the next of a sequence.

So another cell elsewhere changes no draw of this one, and the same seed gives the same numbers on any machine.
"""

from __future__ import annotations

import numpy as np

from ..layout.cells import Cells

#: What a draw is for; draws for different purposes are independent.
BEST_K, IS_RANDOM, RANDOM_TILE = range(3)

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1


def keys_of(cells: Cells) -> np.ndarray:
    """Return a number for each cell, (n,) uint64, that depends on its left and top edge alone."""
    corners = cells.boxes[:, :2].astype(np.int64).view(np.uint64)
    return _mixed(_mixed(corners[:, 0]) + corners[:, 1])


def uniform(keys: np.ndarray, seed: int, purpose: int, number: np.ndarray | int = 0) -> np.ndarray:
    """Return a number in [0, 1) for each key.

    Parameters
    ----------
    keys : ndarray of uint64
        See `keys_of`.
    seed : int
        Of the mosaic.
    purpose : int
        What it is for.
    number : int or ndarray of int
        Of the draw, where a key has several; broadcast against `keys`.

    References
    ----------
    Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: the mixing of SplitMix64.

    Examples
    --------
    >>> uniform(np.array([3, 4], np.uint64), seed=0, purpose=BEST_K).round(3).tolist()
    [0.455, 0.656]
    """
    seeded = _mixed(np.array([seed & _MASK, purpose], np.uint64))
    mixed = _mixed(_mixed(keys ^ seeded[0]) + seeded[1] + _STEP * np.asarray(number, np.uint64))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(values: np.ndarray) -> np.ndarray:
    values = values + _STEP
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))
