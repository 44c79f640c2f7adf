"""The distribution of brightness, hue and colourfulness over a collection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core import FeatureTable
from ...runtime.files import atomic
from .colours import BACKGROUND, MUTED, PANEL, TEXT, hue_rgb

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RGB = tuple[float, float, float]
_HUES = 36


def distribution_plot(path: Path, table: FeatureTable) -> None:
    """Write how brightness, hue and colourfulness are distributed over a collection, as a PNG of 1200 × 360 pixels.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    table : FeatureTable
        With the columns "luminance" in [0, 1], "hue" in degrees and "colourfulness"; the panel of one that is missing
        or has no values says "not measured".
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), dpi=100, facecolor=BACKGROUND)
    canvas = FigureCanvasAgg(figure)
    _bars(figure.add_axes((0.045, 0.17, 0.33, 0.66)), "Brightness", _finite(table, "luminance"), (0.0, 1.0), _grey)
    _hue_rose(figure.add_axes((0.395, 0.08, 0.21, 0.78), polar=True), _finite(table, "hue") % 360)
    vivid = _finite(table, "colourfulness")
    top = max(100.0, float(vivid.max())) if vivid.size else 100.0
    _bars(figure.add_axes((0.64, 0.17, 0.33, 0.66)), "Colourfulness", vivid, (0.0, top), _vivid)
    with atomic(path) as partial:
        canvas.print_figure(partial, format="png", facecolor=BACKGROUND, metadata={"Software": None})


def _finite(table: FeatureTable, name: str) -> np.ndarray:
    column = np.asarray(table.columns.get(name, ()), dtype=np.float64)
    return column[np.isfinite(column)]


def _title(axes: Axes, text: str, count: int) -> None:
    box = axes.get_position()
    axes.figure.text((box.x0 + box.x1) / 2, 0.92, text, color=TEXT, fontsize=12, ha="center", va="center")
    if not count:
        axes.text(0.5, 0.5, "not measured", color=MUTED, ha="center", va="center", transform=axes.transAxes)


def _bars(axes: Axes, text: str, values: np.ndarray, span: tuple[float, float], colour: Callable[[float], RGB]) -> None:
    """Draw a histogram whose bars have the colour of what they count."""
    _title(axes, text, values.size)
    counts, edges = np.histogram(values, bins=24, range=span)
    middles = (edges[:-1] + edges[1:]) / 2
    axes.bar(middles, counts, width=(edges[1] - edges[0]) * 0.86, color=[colour(m / span[1]) for m in middles])
    axes.set_facecolor(PANEL)
    axes.set_xlim(*span)
    axes.set_ylim(0, max(1, counts.max()) * 1.08)
    axes.tick_params(colors=MUTED, labelsize=9, length=0)
    axes.locator_params(axis="y", nbins=4, integer=True)
    for side in axes.spines.values():
        side.set_visible(False)


def _hue_rose(axes: Axes, degrees: np.ndarray) -> None:
    """Draw a circular histogram of hues; radii grow with the root of the count, so that areas compare."""
    _title(axes, "Hue", degrees.size)
    axes.axis("off")
    if not degrees.size:
        return
    counts, edges = np.histogram(degrees, bins=_HUES, range=(0, 360))
    middles = np.radians((edges[:-1] + edges[1:]) / 2)
    inner = 0.35
    radii = np.sqrt(counts / counts.max()) * (1 - inner)
    width = 2 * np.pi / _HUES
    axes.bar(middles, radii, width=width * 0.86, bottom=inner, color=[hue_rgb(a) for a in middles])
    axes.bar(middles, 0.05, width=width, bottom=inner - 0.07, color=[hue_rgb(a) for a in middles])
    axes.set_ylim(0, 1)


def _grey(share: float) -> RGB:
    level = 0.14 + 0.8 * share
    return level, level, level * 0.98


def _vivid(share: float) -> RGB:
    red, green, blue = hue_rgb(np.radians(60.0))
    grey, strength = 0.45, min(1.0, 0.15 + 1.1 * share)
    return tuple(float(grey + (c - grey) * strength) for c in (red, green, blue))  # type: ignore[return-value]
