"""The values of a feature as positions in [0, 1], for what is heard or seen on an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from ...core import FeatureInfo

BY = ("value", "rank")
SPANS = ("data", "declared")


@dataclass(frozen=True)
class Axis:
    """A feature as positions in [0, 1], NaN where it is not defined. ends : the values at 0 and at 1.

    ordered : its defined values, ascending. beyond : (n,) bool, values that lie outside the ends.
    """

    info: FeatureInfo
    values: np.ndarray
    shares: np.ndarray
    ends: tuple[float, float]
    ordered: np.ndarray
    beyond: np.ndarray
    by: str

    @property
    def circular(self) -> bool:
        return self.info.circular

    def value_at(self, share: float) -> float:
        """The value that is heard at a position; NaN where nothing is defined."""
        if self.by == "rank":
            return float(np.quantile(self.ordered, share)) if self.ordered.size else math.nan
        return self.ends[0] + share * (self.ends[1] - self.ends[0])


def axis(values: np.ndarray, info: FeatureInfo, by: str = "value", span: str | tuple[float, float] = "data") -> Axis:
    """The positions of (n,) values between the ends of their own range, of the declared one, or of one that is given.

    By rank: share of the values below, equal ones sharing the mean. Circular features go once round, whatever the span.
    Where all are equal they lie in the middle.
    """
    values = np.asarray(values, np.float64)
    known = np.isfinite(values)
    ordered = np.sort(values[known])
    low, high = _ends(ordered, info, span)
    shares = np.full(values.size, np.nan)
    if by == "rank" and ordered.size:
        shares[known] = (rankdata(values[known]) - 1) / max(ordered.size - (0 if info.circular else 1), 1)
        shares[known] = shares[known] if ordered[0] < ordered[-1] else 0.5
    elif high > low:
        shares[known] = (values[known] - low) / (high - low)
    else:
        shares[known] = 0.5
    beyond = known & (by == "value") & ~info.circular & ((shares < -1e-9) | (shares > 1 + 1e-9))
    shares = np.mod(shares, 1.0) if info.circular else np.clip(shares, 0.0, 1.0)
    return Axis(info, values, shares, (low, high), ordered, beyond, by)


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
    """Whether it is two finite numbers, the lower first."""
    try:
        low, high = (float(end) for end in span)
    except (TypeError, ValueError):
        return False
    return math.isfinite(low) and math.isfinite(high) and low < high
