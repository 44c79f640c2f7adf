"""Scaling of feature values: to shares in [0, 1], and to levels that use the whole range."""

from __future__ import annotations

import math

import numpy as np

#: The hue that looks lightest and warmest (between orange and yellow), in degrees.
WARMEST_HUE = 80.0
SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
#: Quantiles at SHARES of each feature over 1,169 photographs of six collections, rounded.
QUANTILES: dict[str, tuple[float, ...]] = {
    "luminance": (0.0, 0.35, 0.51, 0.58, 0.65, 0.8, 1.0),
    "saturation": (0.0, 0.01, 0.04, 0.075, 0.12, 0.2, 0.4),
    "edge_density": (0.0, 0.05, 0.14, 0.205, 0.295, 0.455, 1.0),
    "warmth": (-0.3, -0.04, -0.005, 0.006, 0.025, 0.085, 0.3),
    "subject_scale": (0.0, 0.05, 0.19, 0.31, 0.41, 0.53, 1.0),
    "colourfulness": (0.0, 1.0, 10.0, 32.0, 57.0, 90.0, 200.0),
    "contrast": (0.0, 0.08, 0.14, 0.183, 0.224, 0.287, 0.5),
    "jump": (0.0, 0.2, 0.45, 0.55, 0.64, 0.76, 1.2),
}
#: Shares are clipped this near to 0 and 1, where log odds are infinite.
LEAST_SHARE = 0.004
#: Slope of the levels at the middle, and how many times narrower a sequence may be and still share the collection's
#: scale.
STEEPNESS, CORNER = 2.0, 4.0
#: Grid of the shift, in scales: towards the middle of all photographs, so that dark ones stay below it.
GRID = 0.75
#: Interquartile range of the log odds of shares that are uniform in [0, 1]: 2 ln 3.
UNIFORM_IQR = 2 * math.log(3)
#: How much farther apart the means of phrases are made, and how far from the middle they may then lie.
WIDER, REACH = 2.0, 0.65
#: A feature does not vary if more images than this share have the same value.
MOST_EQUAL = 0.5


def with_wide_groups(levels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return levels whose groups lie farther apart: a mean near the middle has a slope of WIDER, others less.

    The mean of several images is nearer to 0.5 than single images are. Differences within a group stay, and a group
    does not depend on others. Means are at most REACH from the middle.

    Parameters
    ----------
    levels : (n,) array
        In [0, 1].
    groups : (n,) int array
        The group of each value, from 0.

    Examples
    --------
    >>> with_wide_groups(np.array([0.4, 0.6, 0.6, 0.6]), np.array([0, 0, 1, 1])).round(2).tolist()
    [0.4, 0.6, 0.69, 0.69]
    """
    means = np.bincount(groups, levels) / np.bincount(groups)
    wide = 0.5 + REACH * np.tanh(WIDER / REACH * (means - 0.5))
    return np.asarray(levels + (wide - means)[groups])


def share_of(
    values: np.ndarray, name: str, circular: bool = False, low: float | None = None, high: float | None = None
) -> np.ndarray:
    """Return values of a feature as shares in [0, 1].

    The share of photographs with less where QUANTILES has the feature, else the position between `low` and `high`, each
    by default that of the values themselves. Degrees become the closeness to WARMEST_HUE, so that 359 and 1 are near.

    Parameters
    ----------
    values : (n,) array
        NaN where undefined; stays NaN.
    name : str
        Of the feature.
    circular : bool
        Whether the values are degrees.
    low, high : float, optional
        Declared range.

    Examples
    --------
    >>> share_of(np.array([2.0, 3.0, 4.0]), "x", low=0, high=8).tolist()
    [0.25, 0.375, 0.5]
    """
    values = np.asarray(values, np.float64)
    if circular:
        return (1 + np.cos(np.radians(values - WARMEST_HUE))) / 2
    if name in QUANTILES:
        return np.interp(values, QUANTILES[name], SHARES)
    known = values[np.isfinite(values)]
    if not known.size:
        return values
    low, high = float(known.min()) if low is None else low, float(known.max()) if high is None else high
    return np.clip((values - low) / (high - low), 0, 1) if high > low else np.where(np.isfinite(values), 0.5, np.nan)


def spread(shares: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """Return levels in (0, 1) that use the whole range, by the median and the quartiles of the log odds.

    The middle half of `among` (by default of the shares) is moved to the middle of the range. If the shares cover only
    a corner of it, their own quartiles are used. Shift and scale are on a coarse grid, so that exchanging one image
    rarely changes the levels of the others; the shift is the less for it, so that what is darker than most photographs
    has levels below the middle, and what is brighter above.

    Parameters
    ----------
    shares : (n,) array
        NaN where undefined; stays NaN.
    among : (m,) array, optional
        Shares of the whole collection, used if it has more images.
    """
    odds = _log_odds(shares)
    centre, scale = _centre_and_scale(odds)
    if among is not None and among.size > len(shares):
        middle, width = _centre_and_scale(_log_odds(among))
        if scale > width / CORNER and abs(centre - middle) < width:
            centre, scale = middle, width
    return 1 / (1 + np.exp(-STEEPNESS * (odds - centre) / scale))


def _centre_and_scale(odds: np.ndarray) -> tuple[float, float]:
    """The median of log odds, towards 0, and their interquartile range, on a grid."""
    low, middle, high = np.percentile(odds[np.isfinite(odds)], (25, 50, 75))
    scale = UNIFORM_IQR * 2.0 ** round(math.log2(max(high - low, 0.02) / UNIFORM_IQR))
    return math.trunc(middle / (GRID * scale)) * GRID * scale, scale


def differs(shares: np.ndarray) -> bool:
    """Return whether any two defined shares differ."""
    known = shares[np.isfinite(shares)]
    return known.size > 1 and float(np.ptp(known)) > 1e-9


def varies(shares: np.ndarray) -> bool:
    """Return whether two defined shares differ and at most half of them are equal, to three digits."""
    known = shares[np.isfinite(shares)]
    if not differs(shares):
        return False
    return known.size <= 2 or float(np.unique(known.round(3), return_counts=True)[1].max() / known.size) <= MOST_EQUAL


def _log_odds(shares: np.ndarray) -> np.ndarray:
    inside = np.clip(shares, LEAST_SHARE, 1 - LEAST_SHARE)
    return np.log(inside / (1 - inside))


def smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Return the (n,) moving average over `width` values, over fewer at the ends."""
    if width <= 1 or values.size < 3:
        return values
    kernel = np.ones(width)
    return np.convolve(values, kernel, "same")[: values.size] / np.convolve(np.ones_like(values), kernel, "same")
