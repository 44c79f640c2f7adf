"""Durations of images in whole beats: equal, or by weight."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..core.errors import ConfigError

#: Images per block; weights redistribute time only within a block. Fewer than SMALLEST_BLOCK images stay equal.
BLOCK, SMALLEST_BLOCK = 8, 3
#: Weights count up to this many octaves from the geometric mean of their block.
REACH_OCTAVES = 2.0
#: Fewest beats per image, on average, where weights are given: most images last one beat then.
LEAST_SHARE = 1.25


def even(n: int, beats: int) -> tuple[int, ...]:
    """Distribute `beats` over `n` images as evenly as whole numbers allow.

    Parameters
    ----------
    n : int
        Number of images, from 1.
    beats : int
        Beats of the whole, from n.

    Returns
    -------
    tuple of int
        (n,) beats of each image. Where a few images are longer, each ends its group of images; where a few are
        shorter, they lie in the middle of theirs.

    Examples
    --------
    >>> even(8, 18), even(8, 15)
    ((2, 2, 2, 3, 2, 2, 2, 3), (2, 2, 2, 2, 1, 2, 2, 2))
    """
    shift = n // 2 if 2 * (beats % n) > n else 0
    edges = [(i * beats + shift) // n for i in range(n + 1)]
    return tuple(b - a for a, b in zip(edges[:-1], edges[1:], strict=True))


def weighted(beats: int, weights: Sequence[float]) -> tuple[int, ...]:
    """Distribute `beats` over images in proportion to their weights, each a whole number of beats.

    Within each block (see `blocks`) some images last twice the usual duration, and for each of them two neighbours
    share the duration of one. So every block lasts as long as without weights, images that are not halved keep their
    place in the bar, and a changed weight changes only its own block. The images are chosen with the least squared
    error, in octaves, to durations proportional to the weights. Remaining beats go to the highest weights.

    Parameters
    ----------
    beats : int
        Beats of the whole, from the number of weights.
    weights : sequence of float
        (n,) from 0 (see `validated_weights`); NaN counts as the mean of its block. Equal weights give equal
        durations, as do one or two images. Blocks are not weighted against each other.

    Returns
    -------
    tuple of int
        (n,) beats of each image; the sum is `beats`.

    Examples
    --------
    >>> weighted(16, [1, 1, 1, 9, 1, 1, 1, 1])
    (2, 2, 2, 4, 2, 2, 1, 1)
    """
    n = len(weights)
    usual, over = divmod(beats, n)
    found: list[int] = []
    for first, last in blocks(n):
        extra = last * over // n - first * over // n
        found += _block(usual, extra, _octaves(np.asarray(weights[first:last], np.float64)))
    return tuple(found)


def blocks(n: int) -> list[tuple[int, int]]:
    """Return (first, end) of each block of eight images; one or two remaining images belong to the last block.

    >>> blocks(18), blocks(19)
    ([(0, 8), (8, 18)], [(0, 8), (8, 16), (16, 19)])
    """
    edges = list(range(0, max(n - SMALLEST_BLOCK, 0) + 1, BLOCK))
    return list(zip(edges, [*edges[1:], n], strict=True))


def validated_weights(weights: Sequence[float] | None, n: int) -> tuple[float, ...] | None:
    """Return the weights as floats, or None where they are equal.

    Raises
    ------
    ConfigError
        Unless they are `n` finite numbers from 0, or NaN.
    """
    if weights is None:
        return None
    try:
        numbers = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        raise ConfigError(f"weights must be numbers, one for each image, not {weights!r:.60}") from None
    if numbers.shape != (n,):
        raise ConfigError(f"weights of shape {numbers.shape} for {n} images: give one number for each")
    known = numbers[~np.isnan(numbers)]
    invalid = known[~(np.isfinite(known) & (known >= 0))]
    if invalid.size:
        raise ConfigError(f"weights must be finite numbers from 0, not {invalid[0]}")
    return None if len(known) == 0 or np.ptp(known) == 0 else tuple(numbers.tolist())


def _octaves(weights: np.ndarray) -> np.ndarray:
    """log2 of each weight over their geometric mean, limited to [-REACH_OCTAVES, REACH_OCTAVES]; 0 for NaN."""
    known = ~np.isnan(weights)
    mean = float(weights[known].mean()) if known.any() else 0.0
    if mean == 0:
        return np.zeros(len(weights))
    reach = REACH_OCTAVES
    octaves = np.log2(np.clip(weights / mean, 4.0**-reach, 4.0**reach))  # a weight of 0 counts as a small one
    return np.nan_to_num(np.round(np.clip(octaves - octaves[known].mean(), -reach, reach), 9))


def _block(usual: int, extra: int, octaves: np.ndarray) -> list[int]:
    if not octaves.any():
        return list(even(len(octaves), usual * len(octaves) + extra))
    beats = _rhythm(usual, octaves) if usual >= 2 else [usual] * len(octaves)
    for i in np.argsort(-octaves, kind="stable")[:extra]:
        beats[i] += 1
    return beats


def _rhythm(usual: int, octaves: np.ndarray) -> list[int]:
    """The best sequence of usual durations, doubles and halved pairs, with as many doubles as pairs.

    Dynamic programming: best[i][balance] is the least error of the first i images and the beats that reach it;
    balance is the number of doubles minus that of pairs.
    """
    n, half = len(octaves), usual // 2
    best: list[dict[int, tuple[float, list[int]]]] = [{0: (0.0, [])}, *({} for _ in range(n))]

    def offer(end: int, balance: int, error: float, beats: list[int]) -> None:
        if error < best[end].get(balance, (math.inf, []))[0] - 1e-9:
            best[end][balance] = error, beats

    for i in range(n):
        here = float(octaves[i])
        for balance, (error, beats) in best[i].items():
            offer(i + 1, balance, error + here**2, [*beats, usual])
            offer(i + 1, balance + 1, error + (here - 1) ** 2, [*beats, 2 * usual])
            if i + 1 < n:
                after = float(octaves[i + 1])
                pair = [usual - half, half] if here >= after else [half, usual - half]
                offer(i + 2, balance - 1, error + (here + 1) ** 2 + (after + 1) ** 2, beats + pair)
    return best[n][0][1]
