"""Which images of a sequence stay longer than others: what a plan's `cutting=` says, as weights."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .. import config
from ..core import FeatureTable, ImageSequence
from ..core.errors import ConfigError, unknown
from .composition.form import phrase_sizes

#: A name, or a callable of the sequence that gives (n,) weights from 0.
Cutting = str | Callable[[ImageSequence], Any]

#: What makes an image striking by itself: features, the more the longer.
STRIKING = ("colourfulness", "contrast", "edge_strength", "saliency_focus")
#: Weights run from one over this, for the least of a sequence, to this, for the most.
SPAN = 4.0
#: How much the first and last image of a section weigh, against 1 for those between.
EDGE = 4.0


def check(wish: Cutting, features: Iterable[str]) -> None:
    """Raise ConfigError, with the choices, for what is neither a cutting, nor one of the features, nor a callable."""
    if callable(wish) and not isinstance(wish, type):
        return
    if not isinstance(wish, str):
        raise ConfigError(f"cutting={wish!r} must be a name, such as 'weight', or a callable of the sequence")
    names = set(features)
    if wish not in CUTTINGS and wish.removeprefix("-") not in names:
        raise unknown("cutting", wish, {*CUTTINGS, *names})


def features(wish: Cutting) -> frozenset[str]:
    """The features that a cutting needs."""
    if wish == "weight":
        return frozenset(STRIKING)
    if not isinstance(wish, str) or wish in CUTTINGS:
        return frozenset()
    return frozenset({wish.removeprefix("-")})


def weights(wish: Cutting, sequence: ImageSequence) -> tuple[float, ...] | None:
    """(n,) weights from 0, NaN where unknown; None where all images last alike.

    Raises ConfigError when a callable fails or gives something else, and for a feature that the table has not.
    """
    if callable(wish):
        return tuple(_called(wish, sequence).tolist())
    if wish in CUTTINGS:
        found = CUTTINGS[wish](sequence)
        return None if found is None else tuple(found.tolist())
    name = wish.removeprefix("-")
    if name not in sequence.table.columns:
        raise unknown("cutting", wish, {*CUTTINGS, *sequence.table.columns})
    ranks = _ranks(sequence.table.columns[name])
    return tuple(_spread(1 - ranks if wish.startswith("-") else ranks).tolist())


def striking(sequence: ImageSequence) -> np.ndarray:
    """(n,) weights: the mean rank in the sequence of STRIKING features, and of the unlikeness to the neighbours.

    Unlikeness is the Euclidean distance to the more alike of the images before and after in the vectors "look", and
    weighs as much as the features together. From 1/4 (plain, and like its neighbours) to 4.
    """
    table = sequence.table
    own = [_ranks(table.columns[name]) for name in STRIKING if name in table.columns]
    parts = [_mean(own)] if own else []
    if "look" in table.vectors and len(sequence) > 1:
        parts.append(_ranks(_unlikeness(table)))
    if not parts:
        raise ConfigError(f"cutting='weight' needs vectors 'look', or one of the features {', '.join(STRIKING)}")
    return _spread(_ranks(_mean(parts)))


def edges(sequence: ImageSequence) -> np.ndarray:
    """(n,) weights: the first and the last image of each section weigh 4, the others 1.

    A section is a part of a tour, or else a phrase of the music, of eight images or six.
    """
    n = len(sequence)
    firsts = sorted({0, *sequence.sections}) if len(sequence.sections) > 1 else _phrases(n)
    lasts = [first - 1 for first in firsts[1:]] + [n - 1]
    found = np.ones(n)
    found[[i for i in (*firsts, *lasts) if i < n]] = EDGE
    return found


def _phrases(n: int) -> list[int]:
    """The images with which phrases begin, where images last as long as usual."""
    return [0, *itertools.accumulate(phrase_sizes(n, config.SECONDS_PER_IMAGE))][:-1]


#: Every cutting by name.
CUTTINGS: dict[str, Callable[[ImageSequence], np.ndarray | None]] = {
    "even": lambda _: None,
    "weight": striking,
    "section": edges,
}


def _called(wish: Callable[[ImageSequence], Any], sequence: ImageSequence) -> np.ndarray:
    try:
        found = np.asarray(wish(sequence), np.float64)
    except Exception as error:
        raise ConfigError(f"cutting= failed: {type(error).__name__}: {error}") from error
    if found.shape != (len(sequence),):
        raise ConfigError(f"cutting= must give {len(sequence)} weights, one an image, not an array of {found.shape}")
    if not (np.isnan(found) | (np.isfinite(found) & (found >= 0))).all():
        raise ConfigError("cutting= must give finite weights from 0, or NaN where there is none")
    return found


def _unlikeness(table: FeatureTable) -> np.ndarray:
    points = np.asarray(table.vectors["look"], np.float64)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.array([steps[max(0, i - 1) : i + 1].min() for i in range(len(points))])


def _ranks(values: np.ndarray) -> np.ndarray:
    """(n,) from 0 (the least) to 1 (the most), ties in their middle; NaN where undefined, 0.5 where all are alike."""
    known = np.isfinite(values)
    ordered = np.sort(values[known])
    if len(ordered) < 2:
        return np.where(known, 0.5, np.nan)
    below, upto = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return np.where(known, (below + upto - 1) / 2 / (len(ordered) - 1), np.nan)


def _mean(rows: list[np.ndarray]) -> np.ndarray:
    """The mean of the rows without undefined values; NaN where all are."""
    known = np.isfinite(rows)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.where(known, rows, 0).sum(axis=0) / np.maximum(counts, 1), np.nan)


def _spread(shares: np.ndarray) -> np.ndarray:
    return SPAN ** (2 * shares - 1)
