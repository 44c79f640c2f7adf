"""The images of a sequence as levels in [0, 1] that music can follow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...core import FeatureTable, ImageSequence
from ...core.errors import ConfigError
from .mapping import Link, Wish

#: Where the wheel of hues is lightest and warmest to the eye (between orange and yellow), in degrees.
WARMEST_HUE = 80.0
#: What is followed, in this order, where what was asked for does not vary; parameters that are not here rest then.
FALLBACKS = {
    "register": ("value", "contrast"),
    "dynamics": ("contrast", "colourfulness", "value"),
    "density": ("texture", "entropy", "value"),
    "tension": ("luminance", "contrast"),
}
SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
#: Values with these SHARES of ordinary images below them (1,169 photographs of six collections, rounded).
ORDINARY: dict[str, tuple[float, ...]] = {
    "luminance": (0.0, 0.35, 0.51, 0.58, 0.65, 0.8, 1.0),
    "saturation": (0.0, 0.01, 0.04, 0.075, 0.12, 0.2, 0.4),
    "edge_density": (0.0, 0.05, 0.14, 0.205, 0.295, 0.455, 1.0),
    "warmth": (-0.3, -0.04, -0.005, 0.006, 0.025, 0.085, 0.3),
    "subject_scale": (0.0, 0.05, 0.19, 0.31, 0.41, 0.53, 1.0),
    "colourfulness": (0.0, 1.0, 10.0, 32.0, 57.0, 90.0, 200.0),
    "contrast": (0.0, 0.08, 0.14, 0.183, 0.224, 0.287, 0.5),
    "jump": (0.0, 0.2, 0.45, 0.55, 0.64, 0.76, 1.2),
}
#: Parameters whose levels are spread over the whole range; the others say how the images are among ordinary ones.
SPREAD = ("register", "dynamics", "density")
#: Shares this near to 0 and 1 count as one, as odds go to infinity there.
LEAST_SHARE = 0.004
#: How steeply levels rise around the middle; how many times narrower than all a sequence may be to share their scale.
STEEPNESS, CORNER = 2.0, 4.0
#: The distance of the quartiles of log odds of shares that are spread evenly over [0, 1]: 2 ln 3.
EVEN = 2 * math.log(3)
#: A feature does not vary where more images than this share have one value.
CROWDED = 0.5


@dataclass(frozen=True)
class FeatureLevels:
    """levels : {parameter: (n,) in [0, 1]}. values : {parameter: (n,) in the feature's unit, NaN where undefined}.

    sources : {parameter: what was followed in the end, "" where nothing varies}. whole : {parameter: the mean of its
    feature against ordinary images, [0, 1]}. hue : the mean hue of all in degrees, or None. notes : what of a
    person's wishes could not be followed, in words.
    """

    levels: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    sources: Mapping[str, str]
    whole: Mapping[str, float]
    hue: float | None
    notes: tuple[str, ...] = ()


def read(sequence: ImageSequence, mapping: Mapping[str, Link]) -> FeatureLevels:
    """The levels of every parameter; undefined values take what their neighbours have.

    Where what a parameter follows is constant or undefined, the first of its FALLBACKS that varies is followed; where
    none does, a gentle arch is. A person's own wish is followed where any two values differ. What is of all images
    together (`whole`, `hue`, the middle and width of a spread) is of the whole collection, unless the sequence is a
    part of a split, which has a character of its own.
    """
    table = sequence.table
    everything = table.everything if sequence.profile is None and table.everything is not None else table
    levels: dict[str, np.ndarray] = {}
    values: dict[str, np.ndarray] = {}
    sources: dict[str, str] = {}
    whole: dict[str, float] = {}
    notes: list[str] = []
    for parameter, link in mapping.items():
        shares, value, source = _follow(sequence, link.feature)
        known = _among(sequence, everything, link.feature, shares)
        whole[parameter] = float(known.mean()) if known.size else 0.5
        heeded = varies(shares) or (link.is_wished and differs(shares))
        if not heeded and link.feature is not None:
            asked = source or link.feature
            others = (_follow(sequence, wish) for wish in FALLBACKS.get(parameter, ()))
            shares, value, source = next((each for each in others if varies(each[0])), (shares, value, ""))
            known = _among(sequence, everything, source, shares)
            heeded = varies(shares)
            if link.is_wished:
                notes.append(f"{asked} does not vary, so {parameter} follows {source or 'nothing'}")
        if link.feature is None or not heeded:
            source = ""
            rests = np.full(len(sequence), whole[parameter])
            levels[parameter] = _arch(len(sequence)) if parameter in ("register", "dynamics") else rests
        else:
            levels[parameter] = _filled(spread(shares, known) if parameter in SPREAD else shares)
        values[parameter], sources[parameter] = value, source
    return FeatureLevels(levels, values, sources, whole, mean_hue(everything), tuple(notes))


def _follow(sequence: ImageSequence, wish: Wish) -> tuple[np.ndarray, np.ndarray, str]:
    """(shares in [0, 1], values, name) of what a parameter is to follow; NaN where undefined."""
    if isinstance(wish, str) and "+" in wish:
        parts = [_follow(sequence, each.strip())[0] for each in wish.split("+")]
        known = [each for each in parts if np.isfinite(each).any()]
        mean = np.mean(known, axis=0) if known else np.full(len(sequence), np.nan)
        return mean, mean, wish
    name, values, circular, low, high = _column(sequence, wish)
    shares = share_of(values, name, circular, low, high)
    if isinstance(wish, str) and wish.startswith("-"):
        return 1 - shares, values, f"-{name}"
    return shares, values, name


def _among(sequence: ImageSequence, everything: FeatureTable, wish: Wish, shares: np.ndarray) -> np.ndarray:
    """(m,) the shares of all images where `wish` is of features, else those of the sequence; defined ones only."""
    if isinstance(wish, str) and wish not in ("value", "jump"):
        names = [each.strip().removeprefix("-") for each in wish.split("+")]
        if all(name in everything.columns for name in names):
            shares = _follow(replace(sequence, table=everything), wish)[0]
    return shares[np.isfinite(shares)]


def _filled(levels: np.ndarray) -> np.ndarray:
    """Undefined levels between those of their neighbours."""
    known, place = np.isfinite(levels), np.arange(levels.size)
    return np.interp(place, place[known], levels[known])


def _column(
    sequence: ImageSequence, wish: Wish
) -> tuple[str, np.ndarray, bool, float | None, float | None]:  # fmt: skip
    """(name, values, circular, lowest, highest) of what is to be followed; NaN where there is no such feature."""
    table, n = sequence.table, len(sequence)
    if callable(wish):
        return getattr(wish, "__name__", "a callable"), _called(wish, table), False, None, None
    name = "" if wish is None else wish.removeprefix("-")
    if name == "value":
        info, values = sequence.driver, sequence.values
        name = info.name if info.name in table.columns else info.name or "the value"
        return name, values, info.circular, info.low, info.high
    if name == "jump":
        return name, jumps(sequence), False, 0.0, None
    if name in table.columns:
        info = table.info.get(name)  # type: ignore[assignment]
        span = (info.circular, info.low, info.high) if info else (name == "hue", None, None)
        return name, table.columns[name], *span
    return name, np.full(n, np.nan), False, None, None


def _called(wish: Callable[[FeatureTable], Any], table: FeatureTable) -> np.ndarray:
    try:
        found = np.asarray(wish(table), np.float64)
    except Exception as error:
        raise ConfigError(f"mapping= failed: {type(error).__name__}: {error}") from error
    if found.shape != (len(table),):
        raise ConfigError(f"mapping= must give {len(table)} values, one an image, not an array of {found.shape}")
    return found


def share_of(
    values: np.ndarray, name: str, circular: bool = False, low: float | None = None, high: float | None = None
) -> np.ndarray:
    """(n,) values -> (n,) in [0, 1]: the share of ordinary images with less, where that is known (ORDINARY).

    Else the place in the declared range, or in that of the values themselves. Degrees become closeness to the warmest
    hue, so that 359 and 1 are neighbours.
    """
    values = np.asarray(values, np.float64)
    if circular:
        return (1 + np.cos(np.radians(values - WARMEST_HUE))) / 2
    if name in ORDINARY:
        return np.interp(values, ORDINARY[name], SHARES)
    known = values[np.isfinite(values)]
    if not known.size:
        return values
    low, high = float(known.min()) if low is None else low, float(known.max()) if high is None else high
    return np.clip((values - low) / (high - low), 0, 1) if high > low else np.where(np.isfinite(values), 0.5, np.nan)


def spread(shares: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """(n,) shares, NaN where undefined -> (n,) levels in (0, 1) that use the range, by median and quartiles.

    The log odds of the shares are moved and stretched so that the middle half of `among` (by default the shares
    themselves) lies in the middle of the range; where the shares crowd in a corner of it, by their own. Both the move
    and the stretch are taken from a coarse grid, so that one other image hardly ever changes the levels of the rest.
    """
    odds = _odds(shares)
    centre, scale = _frame(odds)
    if among is not None and among.size > len(shares):
        middle, width = _frame(_odds(among))
        if scale > width / CORNER and abs(centre - middle) < width:
            centre, scale = middle, width
    return 1 / (1 + np.exp(-STEEPNESS * (odds - centre) / scale))


def _frame(odds: np.ndarray) -> tuple[float, float]:
    """The median and the distance of the quartiles of log odds, on a grid in the middle of which ordinary ones lie."""
    low, middle, high = np.percentile(odds[np.isfinite(odds)], (25, 50, 75))
    scale = EVEN * 2.0 ** round(math.log2(max(high - low, 0.02) / EVEN))
    return round(middle / (1.5 * scale)) * 1.5 * scale, scale


def differs(shares: np.ndarray) -> bool:
    """Whether any two shares differ."""
    there = shares[np.isfinite(shares)]
    return there.size > 1 and float(np.ptp(there)) > 1e-9


def varies(shares: np.ndarray) -> bool:
    """Whether two shares differ, and no more than half of them are one."""
    return differs(shares) and _crowd(shares[np.isfinite(shares)]) <= CROWDED


def _odds(shares: np.ndarray) -> np.ndarray:
    inside = np.clip(shares, LEAST_SHARE, 1 - LEAST_SHARE)
    return np.log(inside / (1 - inside))


def _crowd(there: np.ndarray) -> float:
    """The share of values that are the same as most are, to three digits."""
    return float(np.unique(there.round(3), return_counts=True)[1].max() / there.size) if there.size > 2 else 0.0


def jumps(sequence: ImageSequence) -> np.ndarray:
    """(n,) how unlike each image is to the one before, 0 for the first: distance of the look, else of the values."""
    vectors = sequence.table.vectors.get("look")
    if vectors is not None and len(vectors) == len(sequence):
        steps = np.linalg.norm(np.diff(vectors.astype(np.float64), axis=0), axis=1)
        return np.concatenate(([0.0], np.nan_to_num(steps)))
    shares = _follow(sequence, "value")[0]
    return np.concatenate(([0.0], np.nan_to_num(np.abs(np.diff(shares)))))


def smooth(values: np.ndarray, width: int) -> np.ndarray:
    """(n,) -> (n,): a moving average over `width` neighbours, shorter at the ends."""
    if width <= 1 or values.size < 3:
        return values
    kernel = np.ones(width)
    return np.convolve(values, kernel, "same")[: values.size] / np.convolve(np.ones_like(values), kernel, "same")


def mean(table: FeatureTable, name: str) -> float:
    """The mean of a feature where it is defined; NaN without it."""
    values = table.columns.get(name, np.zeros(0))
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def mean_hue(table: FeatureTable) -> float | None:
    """Circular mean of the hues, weighted by saturation where it is known; None without hues."""
    if "hue" not in table.columns:
        return None
    hue = np.radians(table.columns["hue"])
    weight = np.nan_to_num(table.columns.get("saturation", np.ones(hue.size)), nan=0.0)
    known = np.isfinite(hue) & (weight > 0)
    total = (weight[known] * np.exp(1j * hue[known])).sum() if known.any() else 0
    return float(np.degrees(np.angle(total)) % 360) if abs(total) > 1e-6 else None


def _arch(n: int) -> np.ndarray:
    return 0.45 + 0.25 * np.sin(np.pi * (np.arange(n) + 0.5) / n)
