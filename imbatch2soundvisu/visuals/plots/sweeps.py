"""The measures of every number of clusters that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ...core import Clusters
from .canvas import MARGIN, Box, grid_lines, heading, new_axes, new_figure, render, save, write, write_bold
from .colours import ACCENT, MUTED, TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT, _TOP = 1400, 940, 176
_PANEL, _APART = (556.0, 290.0), (140.0, 112.0)


@dataclass(frozen=True)
class _Measure:
    """A measure of clusterings; `better` is 1 where higher values are better, -1 where lower, 0 where neither."""

    key: str
    title: str
    advice: str
    better: int


_MEASURES = (
    _Measure("silhouette", "Silhouette", "higher is better", 1),
    _Measure("inertia", "Inertia", "falls with every k: look for the bend", 0),
    _Measure("davies_bouldin", "Davies–Bouldin", "lower is better", -1),
    _Measure("calinski_harabasz", "Calinski–Harabasz", "higher is better", 1),
)


def sweep(path: Path, clusters: Clusters) -> None:
    """Write the measures of every number of clusters that was tried, as a PNG of 1400 × 940 pixels.

    The chosen number is marked, and the best value of each measure circled.

    Parameters
    ----------
    path : Path
        The file.
    clusters : Clusters
        With `sweep`.

    Raises
    ------
    ValueError
        If the clusters have no sweep.
    """
    if not clusters.sweep:
        raise ValueError("a sweep needs the measures of more than one number of clusters")
    entries = sorted(clusters.sweep, key=lambda entry: entry["k"])
    ks = np.array([float(entry["k"]) for entry in entries])
    figure = new_figure(_WIDTH, _HEIGHT)
    panels = [_panel(place) for place in range(len(_MEASURES))]
    for box, measure in zip(panels, _MEASURES, strict=True):
        values = np.array([_value(entry, measure.key) for entry in entries])
        _draw_measure(new_axes(figure, box), ks, values, float(len(clusters)), measure.better)
    canvas = render(figure)
    heading(
        canvas, f"{len(clusters)} clusters were chosen", f"{clusters.by}  ·  the best value of each measure is circled"
    )
    for box, measure in zip(panels, _MEASURES, strict=True):
        _write_labels(canvas, box, measure)
    save(path, canvas)


def _panel(place: int) -> Box:
    left = MARGIN + 52 + place % 2 * (_PANEL[0] + _APART[0])
    top = _TOP + place // 2 * (_PANEL[1] + _APART[1])
    return left, top, left + _PANEL[0], top + _PANEL[1]


def _write_labels(canvas: Image.Image, box: Box, measure: _Measure) -> None:
    used = write_bold(canvas, (box[0], box[1] - 16), measure.title, 18)
    write(canvas, (box[0] + used + 14, box[1] - 16), measure.advice, 15, MUTED)
    if box[1] > _TOP:
        write(canvas, ((box[0] + box[2]) / 2, box[3] + 52), "k, the number of clusters", 15, MUTED, align="centre")


def _draw_measure(axes: Axes, ks: np.ndarray, values: np.ndarray, chosen: float, better: int) -> None:
    grid_lines(axes, "y")
    axes.locator_params(axis="y", nbins=5)
    axes.yaxis.set_major_formatter(lambda value, _: _tick_label(value))
    axes.locator_params(axis="x", integer=True, nbins=11)
    span = max(float(np.ptp(ks)), 1.0)
    axes.set_xlim(ks.min() - 0.04 * span, ks.max() + 0.04 * span)
    axes.axvline(chosen, color=ACCENT, linewidth=9, alpha=0.25, zorder=1)
    known = np.isfinite(values)
    if not known.any():
        axes.text(0.5, 0.5, "not defined", color=MUTED, ha="center", va="center", transform=axes.transAxes)
        return
    axes.plot(ks[known], values[known], color=TEXT, linewidth=1.6, zorder=2)
    axes.scatter(ks[known], values[known], s=22, color=TEXT, zorder=3, linewidths=0)
    at = known & (ks == chosen)
    axes.scatter(ks[at], values[at], s=80, color=ACCENT, zorder=4, linewidths=0)
    if better:
        best = int(np.nanargmax(better * values))
        axes.scatter(ks[best], values[best], s=190, facecolors="none", edgecolors=TEXT, linewidths=1.4, zorder=5)
    low, high = float(values[known].min()), float(values[known].max())
    margin = 0.12 * (high - low) or 0.1 * abs(high) or 1.0
    axes.set_ylim(low - margin, high + margin)


def _tick_label(value: float) -> str:
    """A short number, with thousands as k."""
    if abs(value) >= 10_000:
        return f"{value / 1000:,.0f}k".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def _value(entry: Mapping[str, float | None], key: str) -> float:
    value = entry.get(key)
    return float("nan") if value is None else float(value)
