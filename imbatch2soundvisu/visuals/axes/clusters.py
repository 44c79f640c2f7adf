"""Plots of clusters: a map in their colours, silhouettes, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import Clusters
from ...core.errors import ConfigError
from ...core.methods import METHODS
from ...core.text import plural
from ..plots.colours import IN_NONE, NOISE, palette
from .common import (
    LINE,
    apart,
    axes_or_new,
    check_kind,
    draw_at,
    fonts,
    map_points,
    pad_limits,
    set_title,
    short,
    whole_numbers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("map", "silhouettes", "sizes")
_LEGEND = 24  # clusters in a legend, at most


@METHODS.register("plot clusters")
def plot_clusters(result: Any, kind: str = "map", ax: Axes | None = None) -> Axes:
    """Draw clusters into an axis; see `ClusterResult.plot`."""
    check_kind(kind, KINDS)
    clusters: Clusters = result.clusters
    if kind == "sizes":
        return _sizes(clusters, axes_or_new(ax, (6.4, 1.2 + 0.3 * len(clusters))))
    if kind == "silhouettes":
        if clusters.quality is None:
            raise ConfigError(f"{clusters.by} has no silhouettes: it has no points. Draw kind='map' or 'sizes'")
        return _silhouettes(clusters, axes_or_new(ax, (6.4, 5.0)))
    return _map(result, axes_or_new(ax, (9.0, 6.2)))


def _map(result: Any, ax: Axes) -> Axes:
    table, clusters = result.table, result.clusters
    points = map_points(table, clusters.points)
    colours = np.array([*palette(len(clusters)), NOISE])
    ax.set_aspect("equal", adjustable="datalim")
    pad_limits(ax, points)
    for number in (*range(len(clusters)), -1):
        rows = clusters.rows(number)
        if len(rows):
            name = clusters.names[number] if number >= 0 else IN_NONE
            label = f"{short(name, 28)} ({len(rows)})"
            ax.scatter(
                points[rows, 0], points[rows, 1], s=16, color=colours[number], label=label, zorder=1, linewidths=0
            )
    for row in apart(points, table.records, ax):
        draw_at(ax, table.records[row], tuple(points[row]), str(colours[clusters.labels[row]]))
    if len(clusters) <= _LEGEND:
        legend = ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")
        for text in legend.get_texts():
            text.update({"parse_math": False, **fonts(text.get_text())})
    ax.set_axis_off()
    set_title(ax, f"{plural(len(table), 'image')}, {clusters.by}")
    return ax


def _silhouettes(clusters: Clusters, ax: Axes) -> Axes:
    assert clusters.quality is not None
    values, colours, top = clusters.quality.silhouettes, palette(len(clusters)), 0.0
    gap = max(1.0, 0.015 * len(values))
    centres = []
    for number in range(len(clusters)):
        own = np.sort(values[clusters.rows(number)])[::-1]
        own = own[np.isfinite(own)]
        edges = top + np.arange(len(own) + 1)
        ax.stairs(own, edges, orientation="horizontal", fill=True, color=colours[number], linewidth=0)
        centres.append(top + len(own) / 2)
        top += len(own) + gap
    ax.axvline(clusters.quality.silhouette, color=LINE, linestyle="--", linewidth=1.2)
    ax.set_ylim(top, -gap)
    _name_rows(ax, clusters, centres)
    ax.set_xlabel("silhouette: below 0 nearer to another cluster, 1 far from all others")
    set_title(ax, f"{clusters.by}: mean {clusters.quality.silhouette:.2f}")
    return ax


def _sizes(clusters: Clusters, ax: Axes) -> Axes:
    ax.barh(range(len(clusters)), clusters.sizes, color=palette(len(clusters)), height=0.72)
    ax.set_ylim(len(clusters) - 0.4, -0.6)
    _name_rows(ax, clusters, list(range(len(clusters))))
    whole_numbers(ax.xaxis)
    ax.set_xlabel("images")
    set_title(ax, f"{plural(len(clusters.labels), 'image')} in {plural(len(clusters), 'cluster')}, {clusters.by}")
    return ax


def _name_rows(ax: Axes, clusters: Clusters, centres: list[Any]) -> None:
    names = [short(name, 28) for name in clusters.names]
    ax.set_yticks(centres, names, fontsize="small", parse_math=False, **fonts(*names))
    ax.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
