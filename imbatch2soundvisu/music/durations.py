"""How long each image of a piece lasts, in whole beats: alike, or by weight."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..core.errors import ConfigError

#: Images that share what they have: what one gains, others of its block give. LEAST : fewer cannot differ.
BLOCK, LEAST = 8, 3
#: How far a weight counts: octaves from the mean of its block.
REACH = 2.0
#: Beats an image that leave something to give away where most have one.
LEAST_SHARE = 1.25


def even(n: int, beats: int) -> tuple[int, ...]:
    """`beats` over n images, as evenly as whole numbers allow: a longer one ends its group, a shorter one is within.

    >>> even(8, 18), even(8, 15)
    ((2, 2, 2, 3, 2, 2, 2, 3), (2, 2, 2, 2, 1, 2, 2, 2))
    """
    shift = n // 2 if 2 * (beats % n) > n else 0
    edges = [(i * beats + shift) // n for i in range(n + 1)]
    return tuple(b - a for a, b in zip(edges[:-1], edges[1:], strict=True))


def weighed(beats: int, weights: Sequence[float]) -> tuple[int, ...]:
    """`beats` over as many images as there are weights: the weightier ones last longer, each a whole number of beats.

    Within each block (see `blocks`) some last twice as long as usual, and for each of these two neighbours share the
    time of one: so every block lasts as long as it would without weights, what is not halved keeps its place in the
    bar, and a changed weight changes its own block alone. Which ones is the choice with the least squared error in
    octaves against lengths in proportion to the weights. Beats that are left over go to the weightiest.

    weights : from 0, see `checked`; NaN counts as the mean of its block. Equal weights last equally long, and so do two
    images, neither of which has a pair to take from. Between blocks weights do not count.

    >>> weighed(16, [1, 1, 1, 9, 1, 1, 1, 1])
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
    """(first, end) of each block of eight images; one or two that are left over belong to the block before.

    >>> blocks(18), blocks(19)
    ([(0, 8), (8, 18)], [(0, 8), (8, 16), (16, 19)])
    """
    edges = list(range(0, max(n - LEAST, 0) + 1, BLOCK))
    return list(zip(edges, [*edges[1:], n], strict=True))


def checked(weights: Sequence[float] | None, n: int) -> tuple[float, ...] | None:
    """The weights, or None where they are all alike. Raises ConfigError unless they are n numbers from 0, or NaN."""
    if weights is None:
        return None
    try:
        numbers = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        raise ConfigError(f"weights must be numbers, one for each image, not {weights!r:.60}") from None
    if numbers.shape != (n,):
        raise ConfigError(f"weights of shape {numbers.shape} for {n} images: give one number for each")
    known = numbers[~np.isnan(numbers)]
    if not (np.isfinite(known) & (known >= 0)).all():
        raise ConfigError(
            f"weights must be finite numbers from 0, not {known[~(np.isfinite(known) & (known >= 0))][0]}"
        )
    return None if len(known) == 0 or np.ptp(known) == 0 else tuple(numbers.tolist())


def _octaves(weights: np.ndarray) -> np.ndarray:
    """How many times each image should double its length, [-REACH, REACH]: against the geometric mean."""
    known = ~np.isnan(weights)
    mean = float(weights[known].mean()) if known.any() else 0.0
    if mean == 0:
        return np.zeros(len(weights))
    octaves = np.log2(np.clip(weights / mean, 4.0**-REACH, 4.0**REACH))  # a weight of 0 is a small one
    return np.nan_to_num(np.round(np.clip(octaves - octaves[known].mean(), -REACH, REACH), 9))


def _block(usual: int, extra: int, octaves: np.ndarray) -> list[int]:
    if not octaves.any():
        return list(even(len(octaves), usual * len(octaves) + extra))
    beats = _rhythm(usual, octaves) if usual >= 2 else [usual] * len(octaves)
    for i in np.argsort(-octaves, kind="stable")[:extra]:
        beats[i] += 1
    return beats


def _rhythm(usual: int, octaves: np.ndarray) -> list[int]:
    """The best sequence of usual lengths, doubles and halved pairs, with as many doubles as pairs.

    Dynamic programming: best[i][balance] is the least error of the first i images, and the beats that reach it.
    """
    n, half = len(octaves), usual // 2
    best: list[dict[int, tuple[float, list[int]]]] = [{0: (0.0, [])}, *({} for _ in range(n))]

    def offer(at: int, balance: int, error: float, beats: list[int]) -> None:
        if error < best[at].get(balance, (math.inf, []))[0] - 1e-9:
            best[at][balance] = error, beats

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
