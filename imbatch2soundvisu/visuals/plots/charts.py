"""Bars and lines: how well each image sits in its part, how large the parts are, which k was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ...core import Clusters
from .board import MARGIN, Box, colour, head, mixed, new_axes, new_figure, number, pixels, rules, save, write
from .colours import ACCENT, INK, QUIET, palette

#: More parts than this are not told one by one.
MOST_PARTS = 120
_WIDTH = 1400
_TOP = 124
_GAP = 5.0  # between two parts, px


def silhouettes(path: Path, groups: Clusters) -> None:
    """Write the silhouette of every image, sorted within its part, as a PNG 1400 px wide. (Rousseeuw, 1987.)

    Bars to the right: nearer to its own part than to any other. Two lines show the mean of all, and that of the same
    labels shuffled among the images. Needs `groups.quality`; raises ValueError without it.
    """
    if groups.quality is None:
        raise ValueError("silhouettes need the quality of the groups")
    values = groups.quality.silhouettes
    known = [(part, np.sort(values[rows][np.isfinite(values[rows])])[::-1]) for part, (_, rows) in enumerate(groups)]
    known = _largest([(part, each) for part, each in known if len(each)])
    heights = _heights([len(each) for _, each in known])
    bottom = _TOP + max(float(np.sum(heights + _GAP)) - _GAP, 60.0)
    area: Box = (400, _TOP + 52, _WIDTH - MARGIN - 8, round(bottom) + 52)
    figure = new_figure(_WIDTH, round(area[3]) + 76)
    axes = new_axes(figure, area, "x")
    lowest = min([-0.1, groups.quality.silhouette_random, *(each[-1] for _, each in known)])
    highest = max([0.3, *(each[0] for _, each in known)])
    axes.set_xlim(max(-1.0, lowest - 0.04), min(1.0, highest + 0.04))
    axes.set_ylim(area[3] - area[1], 0)
    rules(axes, "x")
    axes.xaxis.set_major_formatter(lambda value, _: number(value, 1))
    colours = palette(len(groups))
    tops = np.concatenate([[0.0], np.cumsum(heights + _GAP)])
    for (part, each), top, height in zip(known, tops, heights, strict=False):
        edges = np.linspace(top, top + height, len(each) + 1)
        axes.stairs(each, edges, orientation="horizontal", fill=True, color=colours[part], linewidth=0)
    axes.axvline(0, color=QUIET, linewidth=1)
    marks = _mean_lines(axes, groups)
    board = pixels(figure)
    head(board, "How well each image sits in its part", _line("silhouette", groups))
    for (part, each), top, height in zip(known, tops, heights, strict=False):
        y = area[1] + top + height / 2 + 5
        _part(board, y, groups.names[part], colours[part], area[0] - 20, number(float(each.mean()), 2))
    _mark(board, marks, area, axes.get_xlim())
    _under(board, area, "silhouette: −1 nearer to another part, 0 between two, 1 far from all others")
    save(path, board)


def sizes(path: Path, groups: Clusters) -> None:
    """Write the number of images in each part, largest first, and their mean, as a PNG 1400 px wide."""
    counts = groups.sizes
    order = [int(part) for part in np.argsort(-counts, kind="stable")[:MOST_PARTS]]
    step = float(np.clip(620 / max(len(order), 1), 24, 64))
    area: Box = (400, _TOP + 52, _WIDTH - MARGIN - 8, _TOP + 52 + max(1, len(order)) * step)
    figure = new_figure(_WIDTH, round(area[3]) + 76)
    axes = new_axes(figure, area, "x")
    most = max(1, int(counts.max(initial=0)))
    axes.set_xlim(0, most * 1.02)
    axes.set_ylim(max(1, len(order)) - 0.5, -0.5)
    axes.locator_params(axis="x", nbins=8, integer=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    rules(axes, "x")
    colours = palette(len(groups))
    axes.barh(range(len(order)), counts[order], height=0.72, color=[colours[part] for part in order])
    mean = float(counts.mean()) if len(counts) else 0.0
    axes.axvline(mean, color=INK, linewidth=1.4, linestyle=(0, (5, 3)))
    board = pixels(figure)
    noise = int((groups.labels < 0).sum())
    left = f"{noise:,} in no part" if noise else ""
    hidden = f"the {len(order)} largest of {len(groups):,} parts" if len(order) < len(groups) else ""
    head(board, "How large the parts are", "  ·  ".join(text for text in (groups.by, hidden, left) if text))
    for line, part in enumerate(order):
        y = area[1] + (line + 0.5) * step + 6
        share = counts[part] / max(len(groups.labels), 1)
        _part(board, y, groups.names[part], colours[part], area[0] - 20, f"{counts[part]:,}  ·  {share:.0%}")
    _mark(board, [_Mark(mean, f"mean {mean:,.1f}".removesuffix(".0"), INK)], area, axes.get_xlim())
    _under(board, area, "images")
    save(path, board)


@dataclass(frozen=True)
class _Measure:
    key: str
    title: str
    advice: str
    better: int  # 1: higher, -1: lower, 0: neither, the bend counts


_MEASURES = (
    _Measure("silhouette", "Silhouette", "higher is better", 1),
    _Measure("inertia", "Inertia", "falls with every k: the bend counts", 0),
    _Measure("davies_bouldin", "Davies–Bouldin", "lower is better", -1),
    _Measure("calinski_harabasz", "Calinski–Harabasz", "higher is better", 1),
)


def sweep(path: Path, groups: Clusters) -> None:
    """Write the measures of every k that was tried, the chosen one marked, as a PNG of 1400 × 940 px.

    The best value of each is ringed. Needs `groups.sweep`; raises ValueError without it.
    """
    if not groups.sweep:
        raise ValueError("a sweep needs the measures of more than one k")
    entries = sorted(groups.sweep, key=lambda entry: entry["k"])
    ks = np.array([float(entry["k"]) for entry in entries])
    chosen = float(len(groups))
    width, height, between = 608.0, 290.0, (88.0, 112.0)
    figure = new_figure(_WIDTH, 940)
    boxes: list[Box] = []
    for place, measure in enumerate(_MEASURES):
        left = MARGIN + 52 + place % 2 * (width + between[0])
        top = _TOP + 52 + place // 2 * (height + between[1])
        boxes.append((left, top, left + width - 52, top + height))
        values = np.array([_value(entry, measure.key) for entry in entries])
        _panel(new_axes(figure, boxes[-1]), ks, values, chosen, measure.better)
    board = pixels(figure)
    head(board, f"Which k: {len(groups)} was taken", f"{groups.by}  ·  the best value of each measure is ringed")
    for box, measure in zip(boxes, _MEASURES, strict=True):
        used = write(board, (box[0], box[1] - 16), measure.title, 18, INK, bold=True)
        write(board, (box[0] + used + 14, box[1] - 16), measure.advice, 15, QUIET)
    for box in boxes[2:]:
        write(board, ((box[0] + box[2]) / 2, box[3] + 52), "k, the number of parts", 15, QUIET, align="centre")
    save(path, board)


def _panel(axes, ks: np.ndarray, values: np.ndarray, chosen: float, better: int) -> None:  # type: ignore[no-untyped-def]
    """One measure over k."""
    rules(axes, "y")
    axes.locator_params(axis="y", nbins=5)
    axes.yaxis.set_major_formatter(lambda value, _: _tick(value))
    axes.xaxis.get_major_locator().set_params(integer=True, nbins=11)
    span = max(float(np.ptp(ks)), 1.0)
    axes.set_xlim(ks.min() - 0.04 * span, ks.max() + 0.04 * span)
    axes.axvline(chosen, color=ACCENT, linewidth=9, alpha=0.25, zorder=1)
    known = np.isfinite(values)
    if not known.any():
        axes.text(0.5, 0.5, "not defined", color=QUIET, ha="center", va="center", transform=axes.transAxes)
        return
    axes.plot(ks[known], values[known], color=INK, linewidth=1.6, zorder=2)
    axes.scatter(ks[known], values[known], s=22, color=INK, zorder=3, linewidths=0)
    at = known & (ks == chosen)
    axes.scatter(ks[at], values[at], s=80, color=ACCENT, zorder=4, linewidths=0)
    if better:
        best = int(np.nanargmax(better * values))
        axes.scatter(ks[best], values[best], s=190, facecolors="none", edgecolors=INK, linewidths=1.4, zorder=5)
    low, high = float(values[known].min()), float(values[known].max())
    room = 0.12 * (high - low) or 0.1 * abs(high) or 1.0
    axes.set_ylim(low - room, high + room)


def _tick(value: float) -> str:
    """A number on an axis: short, with thousands as k."""
    if abs(value) >= 10_000:
        return f"{value / 1000:,.0f}k".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def _value(entry: object, key: str) -> float:
    value = entry.get(key) if hasattr(entry, "get") else None
    return float("nan") if value is None else float(value)


@dataclass(frozen=True)
class _Mark:
    """A line across all bars and what it is called."""

    at: float
    text: str
    colour: str


def _mean_lines(axes, groups: Clusters) -> list[_Mark]:  # type: ignore[no-untyped-def]
    quality = groups.quality
    assert quality is not None
    marks = []
    for value, name, tint, style in (
        (quality.silhouette, "mean", INK, (0, (5, 3))),
        (quality.silhouette_random, "shuffled labels", mixed(QUIET, INK, 0.2), (0, (1.5, 2))),
    ):
        if np.isfinite(value):
            axes.axvline(value, color=tint, linewidth=1.4, linestyle=style, zorder=4)
            marks.append(_Mark(value, f"{name} {number(value)}", tint))
    return marks


def _mark(board: Image.Image, marks: Sequence[_Mark], area: Box, limits: tuple[float, float]) -> None:
    """What lines across a plot are called, above it; two that would meet stand back to back."""
    places = [area[0] + (area[2] - area[0]) * (m.at - limits[0]) / (limits[1] - limits[0]) for m in marks]
    close = len(marks) == 2 and abs(places[0] - places[1]) < 240
    draw = ImageDraw.Draw(board)
    for mark, x in zip(marks, places, strict=True):
        draw.line((x, area[1] - 12, x, area[1]), fill=colour(mark.colour), width=2)
        away = 1 if x == max(places) else -1
        align = ("left" if away > 0 else "right") if close else "centre"
        write(board, (x - 4 * away if close else x, area[1] - 20), mark.text, 15, mark.colour, align=align)


def _part(board: Image.Image, y: float, name: str, tint: str, right: float, figure: str = "") -> None:
    """A part's name at the left of its bars, with its colour and a figure."""
    draw = ImageDraw.Draw(board)
    used = write(board, (right, y), figure, 15, QUIET, align="right") if figure else 0.0
    draw.rectangle((MARGIN, y - 11, MARGIN + 10, y), fill=colour(tint))
    write(board, (MARGIN + 20, y), name, 15, INK, room=right - used - 14 - MARGIN - 20)


def _under(board: Image.Image, area: Box, text: str) -> None:
    write(board, ((area[0] + area[2]) / 2, area[3] + 50), text, 15, QUIET, align="centre", room=area[2] - area[0])


def _heights(counts: Sequence[int]) -> np.ndarray:
    """Px for the bars of each part: as many as it has images, within what can be seen and shown."""
    shares = np.asarray(counts, np.float64)
    scale = float(np.clip(760 / max(shares.sum(), 1.0), 0.0, 9.0))
    return np.asarray(np.maximum(shares * scale, 20.0))


def _largest(parts: list[tuple[int, np.ndarray]]) -> list[tuple[int, np.ndarray]]:
    kept = {part for part, _ in sorted(parts, key=lambda each: -len(each[1]))[:MOST_PARTS]}
    return [each for each in parts if each[0] in kept]


def _line(measure: str, groups: Clusters) -> str:
    shown = min(len(groups), MOST_PARTS)
    hidden = f"the {shown} largest of {len(groups):,} parts" if shown < len(groups) else ""
    return "  ·  ".join(text for text in (groups.by, hidden, f"mean {measure} of each part beside its name") if text)
