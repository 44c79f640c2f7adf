"""Levels in [0, 1] for each musical parameter, from the features of a sequence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...core import FeatureTable, ImageSequence
from ...core.errors import ConfigError, user_error
from .mapping import FeatureExpression, MappingRow, feature_names
from .scaling import differs, share_of, spread, varies

#: What a parameter follows instead, in this order, if its own feature does not vary; other parameters stay constant.
FALLBACKS = {
    "register": ("value", "contrast"),
    "dynamics": ("contrast", "colourfulness", "value"),
    "density": ("texture", "entropy", "value"),
    "tension": ("luminance", "contrast"),
}
#: Parameters that rise and fall in an arch if nothing varies.
ARCHED = ("register", "dynamics")
#: Parameters whose levels are spread over the whole range; the others keep the share of photographs with less.
SPREAD = ("register", "dynamics", "density")


@dataclass(frozen=True)
class FeatureLevels:
    """What a composition follows.

    Parameters
    ----------
    levels : {parameter: (n,) array}
        In [0, 1], defined for every image.
    values : {parameter: (n,) array}
        In the feature's unit, NaN where undefined.
    sources : {parameter: str}
        What is followed in the end; "" where nothing varies.
    whole : {parameter: float}
        Mean of the feature over the whole collection, as a share of photographs with less, [0, 1].
    hue : float or None
        Mean hue of the collection in degrees.
    notes : tuple of str
        What the plan asked to follow and does not vary, one sentence each.
    """

    levels: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    sources: Mapping[str, str]
    whole: Mapping[str, float]
    hue: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Followed:
    """What an expression gives: shares in [0, 1] and values, (n,) with NaN where undefined, and its name."""

    shares: np.ndarray
    values: np.ndarray
    source: str


@dataclass(frozen=True)
class _Level:
    """The level of one parameter; see `FeatureLevels`."""

    levels: np.ndarray
    values: np.ndarray
    source: str
    whole: float
    note: str = ""


def feature_levels(sequence: ImageSequence, mapping: Mapping[str, MappingRow]) -> FeatureLevels:
    """Return the level of every parameter of a mapping.

    A feature that is constant or undefined is replaced by the first of its FALLBACKS that varies, or else by an arch or
    a constant. A feature that the plan set is followed if any two values differ. Undefined values are interpolated.

    Statistics of all images (`whole`, `hue`, centre and width of the spread) are those of the whole collection, except
    for a cluster, which counts alone.

    Parameters
    ----------
    sequence : ImageSequence
    mapping : {parameter: MappingRow}
        See `mapping.resolve_mapping`.

    Raises
    ------
    ConfigError
        If a callable of the mapping fails or returns the wrong shape.
    """
    table = sequence.table
    collection = table.unfiltered if sequence.profile is None and table.unfiltered is not None else table
    found = {parameter: _level(sequence, collection, parameter, row) for parameter, row in mapping.items()}
    return FeatureLevels(
        levels={parameter: each.levels for parameter, each in found.items()},
        values={parameter: each.values for parameter, each in found.items()},
        sources={parameter: each.source for parameter, each in found.items()},
        whole={parameter: each.whole for parameter, each in found.items()},
        hue=mean_hue(collection),
        notes=tuple(each.note for each in found.values() if each.note),
    )


def _level(sequence: ImageSequence, collection: FeatureTable, parameter: str, row: MappingRow) -> _Level:
    found = _evaluate(sequence, row.feature)
    known = _collection_shares(sequence, collection, row.feature, found.shares)
    whole = float(known.mean()) if known.size else 0.5
    if row.feature is None:
        return _Level(_constant(sequence, parameter, whole), found.values, "", whole)
    if varies(found.shares) or (row.is_set_by_user and differs(found.shares)):
        return _Level(_scaled(parameter, found.shares, known), found.values, found.source, whole)
    asked = found.source or row.feature
    others = (_evaluate(sequence, expression) for expression in FALLBACKS.get(parameter, ()))
    found = next((each for each in others if varies(each.shares)), _Followed(found.shares, found.values, ""))
    note = f"{asked} does not vary, so {parameter} follows {found.source or 'nothing'}" if row.is_set_by_user else ""
    if not varies(found.shares):
        return _Level(_constant(sequence, parameter, whole), found.values, "", whole, note)
    known = _collection_shares(sequence, collection, found.source, found.shares)
    return _Level(_scaled(parameter, found.shares, known), found.values, found.source, whole, note)


def _constant(sequence: ImageSequence, parameter: str, whole: float) -> np.ndarray:
    return _arch(len(sequence)) if parameter in ARCHED else np.full(len(sequence), whole)


def _scaled(parameter: str, shares: np.ndarray, known: np.ndarray) -> np.ndarray:
    return _interpolated(spread(shares, known) if parameter in SPREAD else shares)


def _evaluate(sequence: ImageSequence, expression: FeatureExpression) -> _Followed:
    if isinstance(expression, str) and "+" in expression:
        terms = [_evaluate(sequence, each.strip()).shares for each in expression.split("+")]
        known = [each for each in terms if np.isfinite(each).any()]
        mean = np.mean(known, axis=0) if known else np.full(len(sequence), np.nan)
        return _Followed(mean, mean, expression)
    name, values, circular, low, high = _column(sequence, expression)
    shares = share_of(values, name, circular, low, high)
    if isinstance(expression, str) and expression.startswith("-"):
        return _Followed(1 - shares, values, f"-{name}")
    return _Followed(shares, values, name)


def _collection_shares(
    sequence: ImageSequence, collection: FeatureTable, expression: FeatureExpression, shares: np.ndarray
) -> np.ndarray:
    """The defined shares of all images where the expression is of features, else those of the sequence."""
    is_of_features = isinstance(expression, str) and expression not in ("value", "jump")
    if is_of_features and all(name in collection.columns for name in feature_names(expression)):
        shares = _evaluate(replace(sequence, table=collection), expression).shares
    return shares[np.isfinite(shares)]


def _interpolated(levels: np.ndarray) -> np.ndarray:
    """Levels with undefined ones interpolated between their neighbours."""
    known, index = np.isfinite(levels), np.arange(levels.size)
    return np.interp(index, index[known], levels[known])


def _column(
    sequence: ImageSequence, expression: FeatureExpression
) -> tuple[str, np.ndarray, bool, float | None, float | None]:
    """(name, values, circular, lowest, highest) of one term of an expression; NaN if there is no such feature."""
    table = sequence.table
    if callable(expression):
        name = getattr(expression, "__name__", "a callable")
        return name, _call(expression, table), False, None, None
    name = "" if expression is None else expression.removeprefix("-")
    if name == "value":
        info = sequence.driver
        return info.name or "the value", sequence.values, info.circular, info.low, info.high
    if name == "jump":
        return name, jumps(sequence), False, 0.0, None
    if name not in table.columns:
        return name, np.full(len(sequence), np.nan), False, None, None
    known = table.info.get(name)
    limits = (known.circular, known.low, known.high) if known else (name == "hue", None, None)
    return name, table.columns[name], *limits


def _call(function: Callable[[FeatureTable], Any], table: FeatureTable) -> np.ndarray:
    try:
        found = np.asarray(function(table), np.float64)
    except Exception as error:
        raise user_error("mapping= failed", error) from error
    if found.shape != (len(table),):
        raise ConfigError(f"mapping= must give {len(table)} values, one an image, not an array of {found.shape}")
    return found


def jumps(sequence: ImageSequence) -> np.ndarray:
    """Return the distance of each image from the previous one, (n,) from 0; 0 for the first and for undefined ones.

    The Euclidean distance of the vectors "look", else the difference of the values that drive the order.
    """
    vectors = sequence.table.vectors.get("look")
    if vectors is not None and len(vectors) == len(sequence):
        steps = np.linalg.norm(np.diff(vectors.astype(np.float64), axis=0), axis=1)
        return np.concatenate(([0.0], np.nan_to_num(steps)))
    shares = _evaluate(sequence, "value").shares
    return np.concatenate(([0.0], np.nan_to_num(np.abs(np.diff(shares)))))


def mean_of(table: FeatureTable, name: str) -> float:
    """Return the mean of a feature where it is defined; NaN if it is missing."""
    values = table.columns.get(name, np.zeros(0))
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def mean_hue(table: FeatureTable) -> float | None:
    """Return the circular mean of the hues in degrees, weighted by saturation; None if it is undefined."""
    if "hue" not in table.columns:
        return None
    hue = np.radians(table.columns["hue"])
    weight = np.nan_to_num(table.columns.get("saturation", np.ones(hue.size)), nan=0.0)
    known = np.isfinite(hue) & (weight > 0)
    total = (weight[known] * np.exp(1j * hue[known])).sum() if known.any() else 0
    return float(np.degrees(np.angle(total)) % 360) if abs(total) > 1e-6 else None


def _arch(n: int) -> np.ndarray:
    return 0.45 + 0.25 * np.sin(np.pi * (np.arange(n) + 0.5) / n)
