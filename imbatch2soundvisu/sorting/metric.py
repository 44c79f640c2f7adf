"""Orders by a feature, a mix of features, a date or a name, and a random order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from ..clustering.values import Values, feature_values, widest_gap
from ..core import FeatureInfo, FeatureTable, Needs, seconds_of
from ..core.errors import ConfigError, unknown
from ..core.text import plural
from ..measurement.spaces import by_name, natural_key, period
from .common import Undriven, brightness, sorted_rows
from .registry import ORDERS

_UNDATED = ("file", "last")


@ORDERS.register("feature")
@dataclass(frozen=True)
class ByFeature:
    """By the value of one feature, from low to high; a circular one from its widest gap.

    Parameters
    ----------
    feature : str or callable
        A name, or a function `f(table) -> (n,)`.
    descending : bool
        From high to low, or the other way round the circle. Undefined values come last in both cases, in the order of
        names; those of a circular feature (grey images, for hue) from dark to bright.

    Examples
    --------
    >>> ByFeature("luminance", descending=True)
    ByFeature(feature='luminance', descending=True)
    """

    feature: Values
    descending: bool = False
    drives: ClassVar[bool] = True

    @property
    def needs(self) -> Needs:
        if isinstance(self.feature, str):
            return Needs(frozenset({self.feature, "luminance"}))
        needs = getattr(self.feature, "needs", ())
        return needs if isinstance(needs, Needs) else Needs(frozenset(needs))

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise ConfigError if the feature is unknown."""
        if isinstance(self.feature, str) and self.feature not in info:
            raise unknown("feature", self.feature, info)

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return the values of the feature, (n,) float64 in its unit, and its description."""
        return feature_values(table, self.feature)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp. Raise ConfigError if the table lacks the feature."""
        values, info = self.driver(table)
        rows = by_name(table)
        values = values[rows]
        defined = np.isfinite(values)
        if info.circular:
            values = _unrolled(values, defined, period(info), self.descending)
        elif self.descending:
            values = -values
        second = np.zeros(len(rows))
        if info.circular:
            second[~defined] = brightness(table)[rows][~defined]
        return rows[np.lexsort((second, np.where(defined, values, np.inf)))]


@ORDERS.register("weighted")
@dataclass(frozen=True)
class Weighted:
    """By a weighted mix of features: {"luminance": 1, "saturation": -0.5}.

    Each feature counts by its rank among the images, from 0 to 1, so that units and outliers do not matter. Undefined
    values count as 0.5; images without any value come last.

    Parameters
    ----------
    weights : mapping of str to float
        Finite weights other than 0; negative ones reverse a feature.
    descending : bool

    Examples
    --------
    >>> Weighted({"luminance": 1, "saturation": -0.5}).weights["saturation"]
    -0.5
    """

    weights: Mapping[str, float] = field(hash=False)
    descending: bool = False
    drives: ClassVar[bool] = True

    def __post_init__(self) -> None:
        weights = {str(name): float(weight) for name, weight in dict(self.weights).items()}
        if not weights or not all(np.isfinite(w) and w for w in weights.values()):
            raise ConfigError(f"Weighted needs features with finite weights other than 0, not {dict(self.weights)!r}")
        object.__setattr__(self, "weights", weights)

    @property
    def needs(self) -> Needs:
        return Needs(frozenset(self.weights))

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise ConfigError for unknown and for circular features, which have no high and low."""
        for name in self.weights:
            if name not in info:
                raise unknown("feature", name, info)
            if info[name].circular:
                raise ConfigError(
                    f"Weighted cannot mix {name!r}: it is circular, so it has no high and low. "
                    f"Use ByFeature({name!r}) alone, or SmoothPath(on=(...)) for several features"
                )

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return the mix, (n,) float64 in [0, 1], relative to the rows of this table, and its description."""
        self.check({name: table.info.get(name, FeatureInfo(name)) for name in table.columns})
        total, defined = np.zeros(len(table)), np.zeros(len(table), bool)
        for name, weight in self.weights.items():
            share = _rank_share(table[name])
            defined |= np.isfinite(share)
            share = np.nan_to_num(share, nan=0.5)
            total += abs(weight) * (share if weight > 0 else 1.0 - share)
        mix = np.round(total / sum(map(abs, self.weights.values())), 12)
        title = _mix(self.weights)
        return np.where(defined, mix, np.nan), FeatureInfo(
            title, "share", 0.0, 1.0, description="weighted mix of ranks"
        )

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp. Raise ConfigError as `check` does."""
        values, _ = self.driver(table)
        return sorted_rows(table, -values if self.descending else values)


def _mix(weights: Mapping[str, float]) -> str:
    """Weights as a sum, in words: "edge_density + 0.5 saturation"."""
    terms = [f"{'-' if w < 0 else '+'} {'' if abs(w) == 1 else f'{abs(w):g} '}{name}" for name, w in weights.items()]
    return " ".join(terms).removeprefix("+ ")


#: How a note on dates ends where they are no more.
ONLY_FILE_TIMES = "only the time of the file"


@ORDERS.register("date")
@dataclass(frozen=True)
class ByDate:
    """By the moment an image was taken, from old to new; images without a date last.

    Parameters
    ----------
    descending : bool
        From new to old.
    undated : {"file", "last"}
        Where neither the image nor its name has a date: use the time of its file, which changes when it is copied or
        edited, or put it last, in the order of names.

    Examples
    --------
    >>> ByDate(undated="last").undated
    'last'
    """

    descending: bool = False
    undated: Literal["file", "last"] = "file"
    drives: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.undated not in _UNDATED:
            raise unknown("undated", self.undated, _UNDATED)

    @property
    def needs(self) -> Needs:
        return Needs()

    def note(self, table: FeatureTable) -> str:
        """Return how many dates are only times of files, for the user; "" if none is."""
        count = sum(record.taken is not None and record.taken_from == "file" for record in table.records)
        if not count:
            return ""
        which = (
            f"all {count} dates are"
            if count == len(table)
            else f"{count} date is"
            if count == 1
            else f"{count} dates are"
        )
        if self.undated == "last":
            return f"{plural(count, 'image')} without a date last"
        return f"{which} {ONLY_FILE_TIMES}"

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return the seconds since 1970, (n,) float64, NaN without a date, and their description."""
        used = [self.undated == "file" or record.taken_from != "file" for record in table.records]
        dates = [seconds_of(record.taken) for record in table.records]
        values = np.where(used, np.array(dates, np.float64), np.nan)
        return values, FeatureInfo("date", "date", description="when the image was taken")

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        values, _ = self.driver(table)
        return sorted_rows(table, -values if self.descending else values)


@ORDERS.register("name")
@dataclass(frozen=True)
class ByName(Undriven):
    """By file name; "img2" before "img10" when natural."""

    natural: bool = True
    descending: bool = False
    title: ClassVar[str] = "name"

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        rows = by_name(table)
        if self.natural:
            keys = [natural_key(record.name or str(record.path)) for record in table.records]
            rows = np.array(sorted(rows, key=lambda row: keys[row]), np.intp)
        return rows[::-1].copy() if self.descending else rows


@ORDERS.register("shuffled")
@dataclass(frozen=True)
class Shuffled(Undriven):
    """In a random order that is the same for the same images and seed."""

    seed: int = 0
    title: ClassVar[str] = "random order"

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp. Only `seed` is used, not `rng`, so that all plans shuffle alike."""
        rows = by_name(table)
        return rows[np.random.default_rng(self.seed).permutation(len(rows))]


def _unrolled(values: np.ndarray, defined: np.ndarray, period: float, backwards: bool) -> np.ndarray:
    """Distances round the circle from the end of the widest gap (of equal ones, the first from 0 on)."""
    angles = np.mod(np.where(defined, values, 0.0), period)
    if not defined.any():
        return angles
    before, after = widest_gap(angles[defined], period)
    return np.mod(before - angles if backwards else angles - after, period)


def _rank_share(values: np.ndarray) -> np.ndarray:
    """Ranks from 0 to 1, equal for ties; NaN stays NaN."""
    from scipy.stats import rankdata

    share = np.full(len(values), np.nan)
    defined = np.isfinite(values)
    count = int(defined.sum())
    if count:
        share[defined] = (rankdata(values[defined]) - 1) / (count - 1) if count > 1 else 0.5
    return share
