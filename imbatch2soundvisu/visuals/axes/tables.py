"""Plots of a table: the distribution of a feature, two features, or a map of the images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...core import FeatureInfo, FeatureTable
from ...core.errors import unknown
from ...core.images import format_date, moment_of
from ...core.methods import METHODS
from ...core.text import plural
from .common import DOT, SOFT, apart, axes_or_new, draw_at, label_of, map_points, pad_limits, set_title, values_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@METHODS.register("plot table")
def plot_table(table: FeatureTable, x: str | None = None, y: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw a table into an axis; see `FeatureTable.plot`."""
    for name in (x, y):
        if name is not None and name not in table.columns:
            raise unknown("feature", name, table.columns)
    names = [name for name in (x, y) if name is not None]
    if len(names) == 1:
        return _distribution(table, names[0], axes_or_new(ax, (6.4, 3.4)))
    ax = axes_or_new(ax, (7.6, 6.0))
    if not names:
        return draw_map(table, map_points(table, None), ax)
    infos = [table.info.get(name, FeatureInfo(name)) for name in names]
    points = np.column_stack([table[name] for name in names])
    _draw_points(table, points, ax)
    for info, axis in zip(infos, (ax.xaxis, ax.yaxis), strict=True):
        axis.set_label_text(label_of(info), parse_math=False)
        if info.unit == "date":
            axis.set_major_formatter(_day)
    shown = int(np.isfinite(points).all(axis=1).sum())
    set_title(ax, plural(shown, "image") + ("" if shown == len(table) else f" of {len(table)}"))
    return ax


def _day(value: float, place: object) -> str:
    return format_date(moment_of(value))[:10]


def draw_map(table: FeatureTable, points: np.ndarray, ax: Axes) -> Axes:
    """Draw images at points of a space whose axes mean nothing by themselves."""
    ax.set_aspect("equal", adjustable="datalim")
    _draw_points(table, points, ax)
    ax.set_axis_off()
    set_title(ax, f"{plural(len(table), 'image')}: images near each other are alike")
    return ax


def _draw_points(table: FeatureTable, points: np.ndarray, ax: Axes) -> None:
    pad_limits(ax, points)
    ax.scatter(points[:, 0], points[:, 1], s=9, color=SOFT, zorder=1, linewidths=0)
    for row in apart(points, table.records, ax):
        draw_at(ax, table.records[row], tuple(points[row]))


def _distribution(table: FeatureTable, name: str, ax: Axes) -> Axes:
    info = table.info.get(name, FeatureInfo(name))
    values = table[name][np.isfinite(table[name])]
    bins = int(np.clip(np.sqrt(len(values)) * 1.6, 8, 40))
    ax.hist(values_of(values, info), bins=bins, color=DOT, edgecolor="none", rwidth=0.92)
    ax.set_xlabel(label_of(info), parse_math=False)
    ax.set_ylabel("images")
    undefined = len(table) - len(values)
    note = f"; undefined for {undefined}" if undefined else ""
    middle = info.format(float(np.median(values))) if len(values) else "–"
    set_title(ax, f"{name}: {plural(len(values), 'image')}, median {middle}{note}")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if info.unit == "date":
        ax.tick_params(axis="x", labelrotation=30)
    return ax
