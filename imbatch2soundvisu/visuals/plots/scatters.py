"""A scatter plot of images in the colours of their clusters, with thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ...core import Clusters, ImageRecord
from .canvas import (
    MARGIN,
    Box,
    cropped,
    draw_halo,
    heading,
    mix,
    new_axes,
    new_figure,
    render,
    rgb,
    save,
    write,
    write_bold,
    write_upwards,
)
from .colours import BACKGROUND, GRID, IN_NONE, MUTED, NOISE, TEXT, palette
from .placement import Name, Points, name_size, place_names, place_thumbnails

_WIDTH, _LEFT, _TOP, _RIGHT, _LEGEND = 1800, MARGIN + 26, 124, 1436, 1472
_LOWEST, _HIGHEST = 640, 1080  # height of the plot, px
_BELOW = 66
_INSET = 52.0
_LEGEND_ROW = 16.5, 34.0
_FRAME = 3


@dataclass(frozen=True)
class _LegendEntry:
    name: str
    colour: str
    count: int


def scatter(
    path: Path,
    points: np.ndarray,
    clusters: Clusters,
    records: Sequence[ImageRecord],
    title: str,
    axes: tuple[str, str] = ("", ""),
) -> None:
    """Write a map of the images in the colours of their clusters, as a PNG 1800 pixels wide.

    Thumbnails are at their points, framed in the colours of their clusters, without overlaps;
    images without enough space are dots. Names are at the medians of the clusters.

    Parameters
    ----------
    path : Path
        The file.
    points : ndarray of shape (n, 2)
        Coordinates; images with NaN are left out. Both axes have one scale, so that distances compare.
    clusters : Clusters
        Of the n images.
    records : sequence of ImageRecord
        The n images.
    title : str
        Title of the plot.
    axes : (str, str)
        Labels of the horizontal and the vertical axis.
    """
    shown = np.isfinite(points).all(axis=1)
    legend = _legend_entries(clusters)
    area = _plot_area(points[shown], len(legend))
    xy = np.full(points.shape, np.nan)
    xy[shown] = _to_pixels(points[shown], area)
    placed = Points(xy, clusters, area)
    colours = np.array([*palette(len(clusters)), NOISE])
    canvas = _draw_dots(xy[shown], colours[clusters.labels[shown]], area)
    names = place_names(placed)
    thumbnails = place_thumbnails(placed, records, [name.box for name in names])
    for row, box in thumbnails:
        _draw_thumbnail(canvas, records[row], box, str(colours[clusters.labels[row]]))
    _write_names(canvas, names, colours, name_size(len(clusters)))
    count = f"{int(shown.sum()):,} images, {len(thumbnails):,} of them as thumbnails"
    heading(canvas, title, "  ·  ".join(text for text in (count, clusters.by) if text))
    _write_axes(canvas, area, axes)
    _write_legend(canvas, legend, area)
    save(path, canvas)


def _plot_area(points: np.ndarray, legend_rows: int) -> Box:
    """The plot, as high as its points and its legend need, within limits."""
    spans = np.ptp(points, axis=0).astype(np.float64) if len(points) else np.ones(2)
    height = (_RIGHT - _LEFT - 2 * _INSET) * spans[1] / max(spans[0], 1e-12) + 2 * _INSET
    height = float(np.clip(max(height, legend_rows * _LEGEND_ROW[0]), _LOWEST, _HIGHEST))
    return _LEFT, _TOP, _RIGHT, _TOP + round(height)


def _to_pixels(points: np.ndarray, area: Box) -> np.ndarray:
    """Coordinates (n, 2) as pixels in the plot, at one scale, larger ones further up."""
    left, top, right, bottom = area
    if not len(points):
        return points
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    spans = np.maximum(high - low, 1e-12)
    scale = min((right - left - 2 * _INSET) / spans[0], (bottom - top - 2 * _INSET) / spans[1])
    if (high - low).max() <= 1e-12:
        scale = 0.0
    middle = (low + high) / 2
    return np.array([(left + right) / 2, (top + bottom) / 2]) + (points - middle) * scale * np.array([1.0, -1.0])


def _draw_dots(xy: np.ndarray, colours: np.ndarray, area: Box) -> Image.Image:
    left, top, right, bottom = area
    figure = new_figure(_WIDTH, round(bottom) + _BELOW)
    axes = new_axes(figure, area, "")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    for at in (0.25, 0.5, 0.75):
        axes.axvline(left + at * (right - left), color=GRID, linewidth=0.7, alpha=0.6)
        axes.axhline(top + at * (bottom - top), color=GRID, linewidth=0.7, alpha=0.6)
    width = float(np.clip(140 / max(len(xy), 1) ** 0.5, 3.2, 9.0)) * 0.72  # px to points
    shuffled = np.random.default_rng(0).permutation(len(xy))  # so that no cluster covers all others
    x, y = xy[shuffled].T
    axes.scatter(x, y, s=width**2, c=list(colours[shuffled]), edgecolors=BACKGROUND, linewidths=0.25, zorder=3)
    return render(figure)


def _draw_thumbnail(canvas: Image.Image, record: ImageRecord, box: Box, frame: str) -> None:
    left, top, right, bottom = (round(each) for each in box)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=rgb(BACKGROUND))
    draw.rectangle((left + 1, top + 1, right - 2, bottom - 2), fill=rgb(frame))
    size = (right - left - 2 * _FRAME - 2, bottom - top - 2 * _FRAME - 2)
    canvas.paste(cropped(record, size), (left + 1 + _FRAME, top + 1 + _FRAME))


def _write_names(canvas: Image.Image, names: Sequence[Name], colours: np.ndarray, size: int) -> None:
    for name in names:
        left, _, right, bottom = name.box
        xy = ((left + right) / 2, bottom - 0.36 * size)
        fill = mix(str(colours[name.cluster]), "#ffffff", 0.35)
        draw_halo(canvas, xy, name.text, size, "centre", bold=True)
        write_bold(canvas, xy, name.text, size, fill, "centre")


def _write_axes(canvas: Image.Image, area: Box, labels: tuple[str, str]) -> None:
    left, top, right, bottom = area
    write(canvas, ((left + right) / 2, bottom + 34), labels[0], 16, MUTED, align="centre", max_width=right - left)
    write_upwards(canvas, (left - 20, (top + bottom) / 2), labels[1], 16, MUTED, bottom - top)


def _legend_entries(clusters: Clusters) -> list[_LegendEntry]:
    """All clusters by their numbers, and the images in none."""
    colours = palette(len(clusters))
    entries = [_LegendEntry(*each) for each in zip(clusters.names, colours, clusters.sizes.tolist(), strict=True)]
    noise = int((clusters.labels < 0).sum())
    return [*entries, _LegendEntry(IN_NONE, NOISE, noise)] if noise else entries


def _write_legend(canvas: Image.Image, entries: Sequence[_LegendEntry], area: Box) -> None:
    """Write colour, name and size of as many clusters as fit, and how many more there are."""
    height = area[3] - area[1]
    row = float(np.clip(height / max(len(entries), 1), *_LEGEND_ROW))
    most = int(height / row + 1e-6)
    shown, rest = (entries, entries[:0]) if len(entries) <= most else (entries[: most - 1], entries[most - 1 :])
    size = int(np.clip(row * 0.68, 12, 17))
    draw, right, start, side = ImageDraw.Draw(canvas), _WIDTH - MARGIN, _LEGEND + 1.5 * size, 0.4 * size
    for line, entry in enumerate(shown):
        y = area[1] + (line + 0.5) * row
        draw.rectangle((_LEGEND, y - side, _LEGEND + 2 * side, y + side), fill=rgb(entry.colour))
        used = write(canvas, (right, y + 0.36 * size), f"{entry.count:,}", size, MUTED, align="right")
        write(canvas, (start, y + 0.36 * size), entry.name, size, TEXT, max_width=right - used - 12 - start)
    if rest:
        more = f"and {len(rest):,} more, {sum(entry.count for entry in rest):,} images"
        write(canvas, (_LEGEND, area[1] + (most - 0.5) * row + 0.36 * size), more, size, MUTED)
