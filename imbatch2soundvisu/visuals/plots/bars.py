"""Bars of clusters: the silhouette of every image, and how many images each cluster has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from ...core import Clusters
from .canvas import MARGIN, Box, format_number, grid_lines, heading, mix, new_axes, new_figure, render, rgb, save, write
from .colours import IN_NONE, MUTED, TEXT, palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Of more clusters than this, only the largest are drawn.
MOST_CLUSTERS = 120
_WIDTH, _LEFT, _TOP = 1400, 400, 176
_GAP = 5.0  # between two clusters, px
_NEAR = 240  # reference lines nearer than this have their labels on opposite sides, px


@dataclass(frozen=True)
class _Reference:
    """A line across all bars, and its label."""

    at: float
    label: str
    colour: str
    dashes: tuple[float, tuple[float, float]] = (0, (5, 3))


@dataclass(frozen=True)
class _Profile:
    """The silhouettes of one cluster, highest first, and the position of their bars in px below the top."""

    cluster: int
    values: np.ndarray
    top: float
    height: float


def silhouettes(path: Path, clusters: Clusters) -> None:
    """Write the silhouette of every image, sorted within its cluster, as a PNG 1400 pixels wide.

    Bars to the right are images nearer to their own cluster than to any other. Two lines show the mean of all images,
    and that of randomly shuffled clusters.

    Parameters
    ----------
    path : Path
        The file.
    clusters : Clusters
        With `quality`.

    Raises
    ------
    ValueError
        If the clusters have no quality.

    References
    ----------
    P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis",
    J. Comput. Appl. Math. 20, 1987.
    """
    if clusters.quality is None:
        raise ValueError("silhouettes need the quality of the clusters")
    profiles = _profiles(clusters)
    bottom = _TOP + max(profiles[-1].top + profiles[-1].height if profiles else 0.0, 60.0)
    area: Box = (_LEFT, _TOP, _WIDTH - MARGIN - 8, round(bottom))
    figure = new_figure(_WIDTH, round(area[3]) + 76)
    axes = new_axes(figure, area, "x")
    references = _silhouette_references(clusters)
    _draw_silhouettes(axes, area, clusters, profiles, references)
    canvas = render(figure)
    shown = _only_largest(len(profiles), len(clusters))
    mean = "beside each name, the mean of the cluster"
    heading(canvas, "How well each image fits its cluster", _joined(clusters.by, shown, mean))
    for each in profiles:
        y = area[1] + each.top + each.height / 2 + 5
        _write_name(canvas, y, clusters, each.cluster, format_number(float(each.values.mean()), 2))
    _write_references(canvas, references, area, axes.get_xlim())
    _write_below(canvas, area, "silhouette: −1 nearer to another cluster, 0 between two, 1 far from all others")
    save(path, canvas)


def sizes(path: Path, clusters: Clusters) -> None:
    """Write the number of images in each cluster, largest first, and their mean, as a PNG 1400 pixels wide."""
    counts = clusters.sizes
    order = [int(cluster) for cluster in np.argsort(-counts, kind="stable")[:MOST_CLUSTERS]]
    row = float(np.clip(620 / max(len(order), 1), 24, 64))
    area: Box = (_LEFT, _TOP, _WIDTH - MARGIN - 8, _TOP + max(1, len(order)) * row)
    figure = new_figure(_WIDTH, round(area[3]) + 76)
    axes = new_axes(figure, area, "x")
    mean = float(counts.mean()) if len(counts) else 0.0
    reference = _Reference(mean, f"mean {mean:,.1f}".removesuffix(".0"), TEXT)
    _draw_sizes(axes, clusters, order, reference)
    canvas = render(figure)
    noise = int((clusters.labels < 0).sum())
    unclustered = f"{noise:,} {IN_NONE}" if noise else ""
    heading(
        canvas, "Sizes of the clusters", _joined(clusters.by, _only_largest(len(order), len(clusters)), unclustered)
    )
    for line, cluster in enumerate(order):
        share = counts[cluster] / max(len(clusters.labels), 1)
        y = area[1] + (line + 0.5) * row + 6
        _write_name(canvas, y, clusters, cluster, f"{counts[cluster]:,}  ·  {share:.0%}")
    _write_references(canvas, [reference], area, axes.get_xlim())
    _write_below(canvas, area, "images")
    save(path, canvas)


def _profiles(clusters: Clusters) -> list[_Profile]:
    """The largest clusters, in their order; as many px of bars as they have images, within what can be seen."""
    assert clusters.quality is not None
    values = clusters.quality.silhouettes
    known = [(i, np.sort(values[rows][np.isfinite(values[rows])])[::-1]) for i, (_, rows) in enumerate(clusters)]
    known = [each for each in known if len(each[1])]
    largest = {cluster for cluster, _ in sorted(known, key=lambda each: -len(each[1]))[:MOST_CLUSTERS]}
    known = [each for each in known if each[0] in largest]
    counts = np.array([len(each) for _, each in known], np.float64)
    heights = np.maximum(counts * float(np.clip(760 / max(counts.sum(), 1.0), 0.0, 9.0)), 20.0)
    tops = np.concatenate([[0.0], np.cumsum(heights + _GAP)])
    return [
        _Profile(cluster, each, float(top), float(height))
        for (cluster, each), top, height in zip(known, tops, heights, strict=False)
    ]


def _silhouette_references(clusters: Clusters) -> list[_Reference]:
    quality = clusters.quality
    assert quality is not None
    mean, shuffled = quality.silhouette, quality.silhouette_random
    references = [
        _Reference(mean, f"mean {format_number(mean)}", TEXT),
        _Reference(shuffled, f"random labels {format_number(shuffled)}", mix(MUTED, TEXT, 0.2), (0, (1.5, 2))),
    ]
    return [each for each in references if np.isfinite(each.at)]


def _draw_silhouettes(
    axes: Axes, area: Box, clusters: Clusters, profiles: Sequence[_Profile], references: Sequence[_Reference]
) -> None:
    assert clusters.quality is not None
    lowest = min([-0.1, clusters.quality.silhouette_random, *(each.values[-1] for each in profiles)])
    highest = max([0.3, *(each.values[0] for each in profiles)])
    axes.set_xlim(max(-1.0, lowest - 0.04), min(1.0, highest + 0.04))
    axes.set_ylim(area[3] - area[1], 0)
    grid_lines(axes, "x")
    axes.xaxis.set_major_formatter(lambda value, _: format_number(value, 1))
    colours = palette(len(clusters))
    for each in profiles:
        edges = np.linspace(each.top, each.top + each.height, len(each.values) + 1)
        colour = colours[each.cluster]
        axes.stairs(each.values, edges, orientation="horizontal", fill=True, color=colour, linewidth=0)
    axes.axvline(0, color=MUTED, linewidth=1)
    for reference in references:
        axes.axvline(reference.at, color=reference.colour, linewidth=1.4, linestyle=reference.dashes, zorder=4)


def _draw_sizes(axes: Axes, clusters: Clusters, order: Sequence[int], reference: _Reference) -> None:
    counts, colours = clusters.sizes, palette(len(clusters))
    axes.set_xlim(0, max(1, int(counts.max(initial=0))) * 1.02)
    axes.set_ylim(max(1, len(order)) - 0.5, -0.5)
    axes.locator_params(axis="x", nbins=8, integer=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    grid_lines(axes, "x")
    axes.barh(range(len(order)), counts[list(order)], height=0.72, color=[colours[cluster] for cluster in order])
    axes.axvline(reference.at, color=reference.colour, linewidth=1.4, linestyle=reference.dashes)


def _write_references(
    canvas: Image.Image, references: Sequence[_Reference], area: Box, limits: tuple[float, float]
) -> None:
    """Write the labels of reference lines above the bars; those of two near each other on opposite sides."""
    xs = [area[0] + (area[2] - area[0]) * (each.at - limits[0]) / (limits[1] - limits[0]) for each in references]
    near = len(references) == 2 and abs(xs[0] - xs[1]) < _NEAR
    draw = ImageDraw.Draw(canvas)
    for each, x in zip(references, xs, strict=True):
        draw.line((x, area[1] - 12, x, area[1]), fill=rgb(each.colour), width=2)
        side = 1 if x == max(xs) else -1
        align = ("left" if side > 0 else "right") if near else "centre"
        write(canvas, (x - 4 * side if near else x, area[1] - 20), each.label, 15, each.colour, align=align)


def _write_name(canvas: Image.Image, y: float, clusters: Clusters, cluster: int, value: str) -> None:
    """Write a cluster's name and a value left of its bars, after its colour."""
    right = _LEFT - 20
    used = write(canvas, (right, y), value, 15, MUTED, align="right")
    box = (MARGIN, y - 11, MARGIN + 10, y)
    ImageDraw.Draw(canvas).rectangle(box, fill=rgb(palette(len(clusters))[cluster]))
    write(canvas, (MARGIN + 20, y), clusters.names[cluster], 15, TEXT, max_width=right - used - 14 - MARGIN - 20)


def _write_below(canvas: Image.Image, area: Box, text: str) -> None:
    centre = ((area[0] + area[2]) / 2, area[3] + 50)
    write(canvas, centre, text, 15, MUTED, align="centre", max_width=area[2] - area[0])


def _only_largest(shown: int, total: int) -> str:
    return f"the {shown} largest of {total:,} clusters" if min(shown, MOST_CLUSTERS) < total else ""


def _joined(*texts: str) -> str:
    return "  ·  ".join(text for text in texts if text)
