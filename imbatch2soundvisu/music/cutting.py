"""How long each image of a sequence lasts relative to the others: `cutting=` of a plan, as weights."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .. import config
from ..core import FeatureTable, ImageSequence
from ..core.errors import ConfigError, unknown, user_error
from .composition.form import phrase_sizes

#: A name, or a callable of the sequence that gives (n,) weights from 0.
Cutting = str | Callable[[ImageSequence], Any]

#: Features that make an image stand out, the more the longer it lasts.
SALIENT_FEATURES = ("colourfulness", "contrast", "edge_strength", "saliency_focus")
#: Weights are from 1 / WEIGHT_RANGE, for the least of a sequence, to WEIGHT_RANGE.
WEIGHT_RANGE = 4.0
#: Weight of the first and the last image of a section; the others have 1.
EDGE_WEIGHT = 4.0


def check(cutting: Cutting, features: Iterable[str]) -> None:
    """Raise ConfigError, with the choices, unless `cutting` is a cutting, one of the features, or a callable."""
    if callable(cutting) and not isinstance(cutting, type):
        return
    if not isinstance(cutting, str):
        raise ConfigError(f"cutting={cutting!r} must be a name, such as 'weight', or a callable of the sequence")
    names = set(features)
    if cutting not in CUTTINGS and cutting.removeprefix("-") not in names:
        raise unknown("cutting", cutting, {*CUTTINGS, *names})


def features(cutting: Cutting) -> frozenset[str]:
    """Return the features that a cutting needs.

    Examples
    --------
    >>> features("-luminance"), features("even")
    (frozenset({'luminance'}), frozenset())
    """
    if cutting == "weight":
        return frozenset(SALIENT_FEATURES)
    if not isinstance(cutting, str) or cutting in CUTTINGS:
        return frozenset()
    return frozenset({cutting.removeprefix("-")})


def weights(cutting: Cutting, sequence: ImageSequence) -> tuple[float, ...] | None:
    """Return the weights of a cutting.

    Parameters
    ----------
    cutting : str or callable
        A name in CUTTINGS, a feature, "-feature" for the reverse, or a callable of the sequence.
    sequence : ImageSequence

    Returns
    -------
    tuple of float or None
        (n,) from 0, NaN where undefined; None if all images last equally long.

    Raises
    ------
    ConfigError
        If a callable fails or gives something else, or the table does not have a feature.
    """
    if callable(cutting):
        return tuple(_call(cutting, sequence).tolist())
    if cutting in CUTTINGS:
        found = CUTTINGS[cutting](sequence)
        return None if found is None else tuple(found.tolist())
    name = cutting.removeprefix("-")
    if name not in sequence.table.columns:
        raise unknown("cutting", cutting, {*CUTTINGS, *sequence.table.columns})
    ranks = _ranks(sequence.table.columns[name])
    return tuple(_weights_of(1 - ranks if cutting.startswith("-") else ranks).tolist())


def salience(sequence: ImageSequence) -> np.ndarray:
    """Return weights for images that stand out, (n,) from 1/4 to 4.

    The rank of the mean of two ranks: of SALIENT_FEATURES together, and of the Euclidean distance of the vectors "look"
    to the nearer of the previous and the next image.

    Raises
    ------
    ConfigError
        If the table has neither the features nor the vectors.
    """
    table = sequence.table
    ranked = [_ranks(table.columns[name]) for name in SALIENT_FEATURES if name in table.columns]
    terms = [_nan_mean(ranked)] if ranked else []
    if "look" in table.vectors and len(sequence) > 1:
        terms.append(_ranks(_distance_to_neighbours(table)))
    if not terms:
        raise ConfigError(
            f"cutting='weight' needs vectors 'look', or one of the features {', '.join(SALIENT_FEATURES)}"
        )
    return _weights_of(_ranks(_nan_mean(terms)))


def section_edges(sequence: ImageSequence) -> np.ndarray:
    """Return weights for the edges of sections, (n,): EDGE_WEIGHT for the first and the last image, 1 for the others.

    The sections are those of a tour, otherwise the phrases of the music.
    """
    n = len(sequence)
    firsts = sorted({0, *sequence.sections}) if len(sequence.sections) > 1 else _phrase_starts(n)
    lasts = [first - 1 for first in firsts[1:]] + [n - 1]
    found = np.ones(n)
    found[[i for i in (*firsts, *lasts) if i < n]] = EDGE_WEIGHT
    return found


def _phrase_starts(n: int) -> list[int]:
    """The first image of each phrase if images last as long as the settings say."""
    return [0, *itertools.accumulate(phrase_sizes(n, config.resolve().seconds_per_image))][:-1]


#: The cuttings by name.
CUTTINGS: dict[str, Callable[[ImageSequence], np.ndarray | None]] = {
    "even": lambda _: None,
    "weight": salience,
    "section": section_edges,
}


def _call(function: Callable[[ImageSequence], Any], sequence: ImageSequence) -> np.ndarray:
    try:
        found = np.asarray(function(sequence), np.float64)
    except Exception as error:
        raise user_error("cutting= failed", error) from error
    if found.shape != (len(sequence),):
        raise ConfigError(f"cutting= must give {len(sequence)} weights, one an image, not an array of {found.shape}")
    if not (np.isnan(found) | (np.isfinite(found) & (found >= 0))).all():
        raise ConfigError("cutting= must give finite weights from 0, or NaN where undefined")
    return found


def _distance_to_neighbours(table: FeatureTable) -> np.ndarray:
    points = np.asarray(table.vectors["look"], np.float64)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.array([steps[max(0, i - 1) : i + 1].min() for i in range(len(points))])


def _ranks(values: np.ndarray) -> np.ndarray:
    """(n,) from 0 (the least) to 1 (the most), ties sharing their mean; NaN where undefined, 0.5 if all are equal."""
    known = np.isfinite(values)
    ordered = np.sort(values[known])
    if len(ordered) < 2:
        return np.where(known, 0.5, np.nan)
    below, upto = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return np.where(known, (below + upto - 1) / 2 / (len(ordered) - 1), np.nan)


def _nan_mean(rows: list[np.ndarray]) -> np.ndarray:
    """The mean of the defined values of each column; NaN where none is."""
    known = np.isfinite(rows)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.where(known, rows, 0).sum(axis=0) / np.maximum(counts, 1), np.nan)


def _weights_of(ranks: np.ndarray) -> np.ndarray:
    return WEIGHT_RANGE ** (2 * ranks - 1)
