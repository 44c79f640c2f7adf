"""Clusters by the value of a feature."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..core import Clusters, FeatureInfo, FeatureTable, Needs
from ..core.errors import ConfigError, unknown
from ..measurement.spaces import period
from .points import distinct_names
from .registry import CLUSTERINGS
from .values import Values, feature_values, widest_gap


@CLUSTERINGS.register("bins")
@dataclass(frozen=True)
class FeatureBins:
    """Clusters by the value of a feature, from low to high.

    Parameters
    ----------
    feature : str or callable
        The name of a feature, or a function `f(table) -> (n,)`. Rows where it is undefined are in no cluster.
    bins : int or tuple of float
        How many clusters of about equal size; or the ascending values to cut at, in the unit of the feature.

    Examples
    --------
    >>> FeatureBins("luminance", bins=(0.3, 0.6))
    FeatureBins(feature='luminance', bins=(0.3, 0.6))
    """

    feature: Values
    bins: int | tuple[float, ...] = 4

    def __post_init__(self) -> None:
        _cuts(self.bins)

    @property
    def needs(self) -> Needs:
        if isinstance(self.feature, str):
            return Needs(frozenset({self.feature}))
        return Needs(frozenset(getattr(self.feature, "needs", ())))

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise ConfigError if the feature is unknown."""
        if isinstance(self.feature, str) and self.feature not in info:
            raise unknown("feature", self.feature, info)

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the bins of the rows. Raise ConfigError if the table lacks the feature."""
        return by_bins(table, self.feature, self.bins)


def by_bins(table: FeatureTable, feature: Values, bins: int | Sequence[float]) -> Clusters:
    """Return clusters by the value of a feature, see `FeatureBins`.

    Equal values stay together, so there may be fewer than `bins`. A value equal to a cut belongs above it; clusters
    without images are left out. A circular feature is cut at its widest gap, so that no cluster spans it; given cuts
    go round the circle, and the last cluster ends at the first cut.
    """
    values, info = feature_values(table, feature)
    cuts = _cuts(bins)
    defined = np.isfinite(values)
    missing = int((~defined).sum())
    notes = [f"{missing} of {len(values)} images have no {info.name} and are in no cluster"] if missing else []
    labels = np.full(len(values), -1, np.intp)
    if not defined.any():
        return Clusters(labels, (), f"{info.name} in bins", notes=tuple(notes), ordered=True)
    kept, origin = _unrolled(values[defined], info, cuts)
    first, last = (float(kept.min()), float(kept.max())) if cuts is None else (None, None)
    edges = _even(kept, int(bins)) if cuts is None else _kept_cuts(cuts, info, origin)  # type: ignore[arg-type]
    found = np.searchsorted(edges, kept, side="right")
    if cuts is None and len(edges) + 1 < bins:  # type: ignore[operator]
        notes.append(f"{len(edges) + 1} bins instead of {bins}: equal values stay together")
    bounds: list[tuple[float | None, float | None]] = list(zip([first, *edges], [*edges, last], strict=True))
    if info.circular and cuts is not None:  # the first cut is the origin, so that nothing lies below it
        bounds = list(zip([None, *edges], [None, *np.roll(edges, -1)], strict=True))
    used, labels[defined] = np.unique(found, return_inverse=True)
    value_of = _turned_back(info, origin)
    names = [_bin_name(info, *(None if end is None else value_of(float(end)) for end in bounds[each])) for each in used]
    return Clusters(
        labels, distinct_names(names), f"{info.name} in {len(names)} bins", notes=tuple(notes), ordered=True
    )


def _cuts(bins: int | Sequence[float]) -> np.ndarray | None:
    """The values to cut at; None for a number of bins. Raise ConfigError for neither."""
    if isinstance(bins, bool) or np.ndim(bins) == 0:
        if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
            raise ConfigError(f"bins= takes 1 or more bins, or a tuple of values to cut at, not {bins!r}")
        return None
    cuts = np.asarray(bins, np.float64)
    if cuts.ndim != 1 or not len(cuts) or not np.isfinite(cuts).all() or (np.diff(cuts) <= 0).any():
        raise ConfigError(f"bins= takes ascending values to cut at, such as (0.3, 0.6), not {bins!r}")
    return cuts


def _kept_cuts(cuts: np.ndarray, info: FeatureInfo, origin: float) -> np.ndarray:
    """Circular cuts as distances from the origin; else the cuts within the range of the feature."""
    if info.circular:
        return np.unique(np.mod(cuts - origin, period(info)))
    low, high = (-np.inf if info.low is None else info.low), (np.inf if info.high is None else info.high)
    return cuts[(cuts > low) & (cuts < high)]


def _unrolled(values: np.ndarray, info: FeatureInfo, cuts: np.ndarray | None) -> tuple[np.ndarray, float]:
    """The values; circular ones as distances from the first cut, or else from the end of the widest gap."""
    if not info.circular:
        return values, 0.0
    once = period(info)
    origin = widest_gap(values, once)[1] if cuts is None else float(cuts[0])
    return np.mod(values - origin, once), origin


def _turned_back(info: FeatureInfo, origin: float) -> Callable[[float], float]:
    return (lambda value: (value + origin) % period(info)) if info.circular else (lambda value: value)


def _even(values: np.ndarray, bins: int) -> np.ndarray:
    """Ascending cuts for bins of about equal size; fewer where many values are equal."""
    ordered = np.sort(values)
    possible = np.flatnonzero(np.diff(ordered) > 0) + 1  # where a bin may begin: equal values stay together
    if not len(possible):
        return np.empty(0)
    wanted = np.arange(1, bins) * len(ordered) / bins
    nearest = np.abs(possible[:, None] - wanted).argmin(axis=0)
    return ordered[np.unique(possible[nearest])]


def _bin_name(info: FeatureInfo, low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return info.name
    if low is None:
        return f"{info.name} below {info.format(high)}"  # type: ignore[arg-type]
    if high is None:
        return f"{info.name} from {info.format(low)}"
    a, b = info.format(low), info.format(high)
    return f"{info.name} {a}" if a == b else f"{info.name} {a} to {b}"
