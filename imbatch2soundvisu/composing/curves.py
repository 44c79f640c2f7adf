"""The pictures of a sequence as curves in [0, 1] that music can follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from ..records import FeatureTable, ImageSequence

#: Where the wheel of hues is lightest and warmest to the eye (between orange and yellow), in degrees.
WARMEST_HUE = 80.0
#: What is followed, in this order, when the sequence's own values do not vary.
FALLBACKS = ("luminance", "warmth", "colourfulness", "saturation", "edge_density", "hue")


@dataclass(frozen=True)
class Curves:
    """level : (n,) in [0, 1], what register, mode and loudness follow. source : the name of what it was read from.

    density : (n,) in [0, 1], how much goes on in each picture. jump : (n,) in [0, 1], the change of level at each
    cut, 0 at the first. warmth, light : of all pictures together, in [0, 1]. hue : their mean hue in degrees, or None.
    """

    level: np.ndarray
    source: str
    density: np.ndarray
    jump: np.ndarray
    warmth: float
    light: float
    hue: float | None


def read(sequence: ImageSequence) -> Curves:
    """The curves of a sequence; undefined values take what their neighbours have.

    Where the driving value is constant or undefined, the first of FALLBACKS that varies is followed; where none does,
    a gentle arch is.
    """
    n, table = len(sequence), sequence.table
    level, source = unit(sequence.values, sequence.driver.circular), sequence.driver.name or "the value"
    for name in FALLBACKS:
        if level is None and name in table.columns:
            level, source = unit(table.columns[name], name == "hue"), name
    if level is None:
        level, source = 0.45 + 0.25 * np.sin(np.pi * (np.arange(n) + 0.5) / n), ""
    edges = unit(table.columns["edge_density"]) if "edge_density" in table.columns else None
    density = level if edges is None else 0.6 * edges + 0.4 * level
    jump = np.concatenate(([0.0], np.abs(np.diff(level))))
    warmth, light = _share(table, "warmth"), _share(table, "luminance")
    return Curves(level, source, np.clip(density, 0, 1), jump, warmth, light, _mean_hue(table))


def unit(values: np.ndarray, circular: bool = False) -> np.ndarray | None:
    """(n,) values -> (n,) in [0, 1], or None where fewer than two differ.

    Half by rank, so that crowded values are still told apart, half by range between the 5th and 95th percentile, so
    that a leap still sounds like one. Degrees are read as closeness to the warmest hue, so 359 and 1 are neighbours.
    """
    values = np.asarray(values, dtype=np.float64)
    if circular:
        values = np.cos(np.radians(values - WARMEST_HUE))
    known = np.isfinite(values)
    there = values[known]
    if there.size < 2 or np.ptp(there) <= 1e-9 * max(1.0, float(np.abs(there).max())):
        return None
    low, high = np.percentile(there, (5, 95))
    if high - low <= 1e-9 * max(1.0, float(np.abs(there).max())):
        low, high = there.min(), there.max()
    by_range = np.clip((there - low) / (high - low), 0, 1)
    by_rank = (rankdata(there) - 1) / (there.size - 1)
    position = np.arange(values.size)
    return np.interp(position, position[known], 0.5 * by_range + 0.5 * by_rank)


def smooth(values: np.ndarray, width: int) -> np.ndarray:
    """(n,) -> (n,): a moving average over `width` neighbours, shorter at the ends."""
    if width <= 1 or values.size < 3:
        return values
    kernel = np.ones(width)
    return np.convolve(values, kernel, "same")[: values.size] / np.convolve(np.ones_like(values), kernel, "same")


def _share(table: FeatureTable, name: str) -> float:
    """Where the mean of a column lies in its declared range; 0.5 where column or range are unknown."""
    column, info = table.columns.get(name), table.info.get(name)
    if column is None or not np.isfinite(column).any():
        return 0.5
    mean = float(np.nanmean(column))
    low, high = (info.low, info.high) if info else (None, None)
    if low is None or high is None:
        low, high = (-1.0, 1.0) if name == "warmth" else (0.0, 1.0)
    return float(np.clip((mean - low) / (high - low), 0, 1))


def _mean_hue(table: FeatureTable) -> float | None:
    """Circular mean of the hues, weighted by saturation where it is known."""
    if "hue" not in table.columns:
        return None
    hue = np.radians(table.columns["hue"])
    weight = np.nan_to_num(table.columns.get("saturation", np.ones(hue.size)), nan=0.0)
    known = np.isfinite(hue) & (weight > 0)
    total = (weight[known] * np.exp(1j * hue[known])).sum() if known.any() else 0
    return float(np.degrees(np.angle(total)) % 360) if abs(total) > 1e-6 else None
