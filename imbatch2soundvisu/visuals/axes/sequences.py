"""Plots of a sequence, a search result, groups of near-duplicates and a timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import ImageSequence, Timeline, tempo_text
from ...core.methods import METHODS
from ...core.text import duration, plural
from .common import (
    DOT,
    LINE,
    SIDE_PT,
    axes_or_new,
    check_kind,
    draw_at,
    label_of,
    rows_of_images,
    set_title,
    short,
    size_pt,
    values_of,
    whole_numbers,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("curve", "images")
_SHOWN, _COLUMNS, _GROUPS = 60, 10, 12


@METHODS.register("plot sequence")
def plot_sequence(sequence: ImageSequence, kind: str = "curve", ax: Axes | None = None) -> Axes:
    """Draw a sequence into an axis; see `ImageSequence.plot`."""
    check_kind(kind, KINDS)
    if kind == "curve":
        return _curve(sequence, axes_or_new(ax, (9.0, 3.8)))
    shown = min(len(sequence), _SHOWN)
    columns = min(_COLUMNS, max(shown, 1)) if shown > 6 else max(shown, 1)
    texts = [sequence.driver.format(float(value)) for value in sequence.values[:shown]]
    captions = [f"{position}. {text}" for position, text in enumerate(texts, 1)]
    cells = list(zip(sequence.records[:shown], captions, strict=True))
    rows = [cells[start : start + columns] for start in range(0, shown, columns)]
    ax = axes_or_new(ax, (1.05 * columns, 0.5 + 1.35 * len(rows)))
    rows_of_images(ax, rows, columns)
    rest = f", the first {shown} of {len(sequence)}" if shown < len(sequence) else ""
    set_title(ax, f"{sequence.title}{rest}")
    return ax


def _curve(sequence: ImageSequence, ax: Axes) -> Axes:
    """The driving value over the positions; thumbnails above, joined to their points."""
    positions = np.arange(1, len(sequence) + 1)
    values = values_of(sequence.values, sequence.driver)
    ax.plot(positions, values, color=LINE, linewidth=1.0, zorder=1)
    ax.scatter(positions, values, s=14, color=DOT, zorder=2, linewidths=0)
    margin = 0.55 * (len(sequence) - 1) / max(_fitting(ax) - 1, 1)
    ax.set_xlim(1 - margin, len(sequence) + margin)
    low, high = ax.get_ylim()
    lift = 1.25 * SIDE_PT / max(size_pt(ax)[1] - 1.25 * SIDE_PT, SIDE_PT)  # the share of the plot that thumbnails need
    ticks = [tick for tick in ax.get_yticks() if low <= tick <= high]
    ax.set_ylim(low, high + lift * (high - low))
    ax.set_yticks(ticks)
    ax.spines["left"].set_bounds(low, high)
    numbers = np.asarray(ax.convert_yunits(values), np.float64)
    for place in _evenly(len(sequence), _fitting(ax)):
        if np.isfinite(numbers[place]):
            ax.vlines(positions[place], numbers[place], high, color=LINE, linewidth=0.6, zorder=0)
        draw_at(ax, sequence.records[place], (float(positions[place]), high), box_alignment=(0.5, 0.0))
    for start in sequence.sections[1:]:
        ax.axvline(start + 0.5, color=LINE, linewidth=0.8, linestyle=":")
    ax.set_xlabel("position")
    whole_numbers(ax.xaxis)
    ax.set_ylabel(label_of(sequence.driver), parse_math=False)
    set_title(ax, _heading(sequence))
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def _heading(sequence: ImageSequence) -> str:
    rated = "" if sequence.criterion.space == "nothing" else f": {sequence.summary}"
    return f"{sequence.title}{rated}"


def _fitting(ax: Axes) -> int:
    """How many thumbnails have space side by side."""
    return max(2, int(size_pt(ax)[0] // 38))


def _evenly(count: int, most: int) -> Iterator[int]:
    return iter(np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)).tolist())


@METHODS.register("plot groups")
def plot_groups(found: Any, ax: Axes | None = None) -> Axes:
    """Draw a row of thumbnails for each group of near-duplicates; see `NearDuplicates.plot`."""
    groups: Sequence[Any] = [group[:_COLUMNS] for group in found.groups[:_GROUPS]]
    columns = max((len(group) for group in groups), default=1)
    ax = axes_or_new(ax, (1.3 * max(columns, 3), 0.5 + 1.7 * max(len(groups), 1)))
    rows = [[(record, short(record.label)) for record in group] for group in groups]
    rows_of_images(ax, rows, max(columns, 3))
    rest = f", the first {len(groups)}" if len(groups) < len(found) else ""
    set_title(ax, f"{plural(len(found), 'group')} of near-duplicates{rest}")
    return ax


@METHODS.register("plot timeline")
def plot_timeline(timeline: Timeline, ax: Axes | None = None) -> Axes:
    """Draw when each image is shown, in seconds, with the bars of the music; see `Timeline.plot`."""
    ax = axes_or_new(ax, (9.0, 1.7))
    starts, total = timeline.start_seconds, float(timeline.seconds)
    spans = list(zip(starts[:-1], np.diff(starts), strict=True))
    cards = [(0.0, starts[0]), (starts[-1], total - starts[-1])]
    ax.broken_barh([card for card in cards if card[1] > 0], (0.0, 1.0), facecolor="none", edgecolor=LINE, hatch="//")
    for parity, colour in enumerate((DOT, LINE)):
        ax.broken_barh(spans[parity::2], (0.0, 1.0), color=colour, linewidth=0)
    if len(spans) <= _SHOWN:
        for number, (start, length) in enumerate(spans, 1):
            write(
                ax,
                (start + length / 2, 0.5),
                str(number),
                ha="center",
                va="center",
                fontsize="x-small",
                color="#111215",
            )
    beats = np.arange(0, timeline.total_beats + 1, timeline.beats_per_bar)
    ax.vlines(
        [float(timeline.frame_at(beat) / Fraction(timeline.fps)) for beat in beats.tolist()],
        1.06,
        1.24,
        color=LINE,
        linewidth=0.8,
    )
    ax.set_xlim(0, total)
    ax.set_ylim(-0.05, 1.3)
    ax.set_yticks([])
    ax.set_xlabel("seconds")
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    length, count = duration(total), plural(len(spans), "image")
    set_title(ax, f"{count}, {length}, {tempo_text(timeline.pulse_bpm)} bpm; lines above are bars")
    return ax
