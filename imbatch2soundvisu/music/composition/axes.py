"""The values of a feature as positions on an axis from 0 to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core import FeatureInfo

BY = ("value", "rank")
SPANS = ("data", "declared")


@dataclass(frozen=True)
class Axis:
    """A feature on an axis.

    Parameters
    ----------
    info : FeatureInfo
    values : (n,) array
        In the feature's unit, NaN where undefined.
    positions : (n,) array
        In [0, 1], NaN where undefined.
    ends : (float, float)
        The values at the positions 0 and 1.
    ordered : array
        The defined values, ascending.
    out_of_range : (n,) bool array
        Values outside the ends; their positions are clipped.
    by : str
        "value" or "rank".
    """

    info: FeatureInfo
    values: np.ndarray
    positions: np.ndarray
    ends: tuple[float, float]
    ordered: np.ndarray
    out_of_range: np.ndarray
    by: str

    @property
    def circular(self) -> bool:
        """Whether the ends meet."""
        return self.info.circular

    def value_at(self, position: float) -> float:
        """Return the value at a position; NaN where no value is defined."""
        if self.by == "rank":
            return float(np.quantile(self.ordered, position)) if self.ordered.size else math.nan
        return self.ends[0] + position * (self.ends[1] - self.ends[0])


def feature_axis(
    values: np.ndarray, info: FeatureInfo, by: str = "value", span: str | tuple[float, float] = "data"
) -> Axis:
    """Return the positions of values on an axis.

    Parameters
    ----------
    values : (n,) array
        NaN where undefined.
    info : FeatureInfo
        A circular feature goes round the axis once, whatever the span.
    by : {"value", "rank"}
        By rank, a position is the share of the values below; ties share their mean.
    span : {"data", "declared"} or (float, float)
        The ends: of the values, of the feature's declared range, or given. Where all values are equal, positions are
        0.5.

    Examples
    --------
    >>> feature_axis(np.array([2.0, 3.0, 6.0]), FeatureInfo("x")).positions.tolist()
    [0.0, 0.25, 1.0]
    """
    values = np.asarray(values, np.float64)
    known = np.isfinite(values)
    ordered = np.sort(values[known])
    low, high = _ends(ordered, info, span)
    positions = np.full(values.size, np.nan)
    if by == "rank" and ordered.size:
        positions[known] = _rank_positions(values[known], info.circular) if ordered[0] < ordered[-1] else 0.5
    else:
        positions[known] = (values[known] - low) / (high - low) if high > low else 0.5
    outside = known & (by == "value") & ~info.circular & ((positions < -1e-9) | (positions > 1 + 1e-9))
    positions = np.mod(positions, 1.0) if info.circular else np.clip(positions, 0.0, 1.0)
    return Axis(info, values, positions, (low, high), ordered, outside, by)


def _rank_positions(values: np.ndarray, circular: bool) -> np.ndarray:
    from scipy.stats import rankdata

    return (rankdata(values) - 1) / max(values.size - (0 if circular else 1), 1)


def _ends(ordered: np.ndarray, info: FeatureInfo, span: str | tuple[float, float]) -> tuple[float, float]:
    if info.circular:
        return info.low or 0.0, 360.0 if info.high is None else info.high
    if not isinstance(span, str):
        return float(span[0]), float(span[1])
    low, high = (float(ordered[0]), float(ordered[-1])) if ordered.size else (math.nan, math.nan)
    if span == "declared":
        low, high = low if info.low is None else info.low, high if info.high is None else info.high
    return low, high


def is_span(span: Any) -> bool:
    """Return whether `span` is two finite numbers, the lower first."""
    try:
        low, high = (float(end) for end in span)
    except (TypeError, ValueError):
        return False
    return math.isfinite(low) and math.isfinite(high) and low < high
