"""Many images on one sheet: the contact sheet shows an order, the storyboard follows it in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core import ImageRecord, ImageSequence
from .sheet_drawing import (
    ACCENT,
    MARGIN,
    MUTED,
    Grid,
    draw_curve,
    draw_heading,
    draw_image,
    draw_level,
    draw_name,
    draw_right,
    heading_height,
    new_sheet,
    relative_levels,
    save,
)
from .text_drawing import draw_text, shorten, text_width

#: Of more images than this, so many evenly spaced ones are shown.
MOST_ON_CONTACT_SHEET, MOST_ON_STORYBOARD = 400, 120
_STORYBOARD_WIDTH = 1800
_STORYBOARD_COLUMNS = 5


def contact_sheet(path: Path, sequence: ImageSequence, *, columns: int | None = None, width: int = 1800) -> None:
    """Write all images of a sequence, in order and uncropped, on one JPEG.

    Each image has its number, name and value, and a bar that shows where the value lies between the lowest and the
    highest. One image is decoded at a time; one that cannot be read is a placeholder.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    sequence : ImageSequence
        The images. Of more than `MOST_ON_CONTACT_SHEET`, so many evenly spaced ones are shown, as the heading says.
    columns : int, optional
        Images in a row; chosen by their number when None.
    width : int
        Width of the sheet in pixels.
    """
    chosen = evenly(len(sequence), MOST_ON_CONTACT_SHEET)
    columns = max(1, columns or _columns(len(chosen)))
    gap = max(6, 30 - columns)
    cell = max(8, (width - 2 * MARGIN - (columns - 1) * gap) // columns)
    text = int(np.clip(cell // 13, 9, 15))
    height = max(8, round(cell / _aspect(sequence.records)))
    grid = Grid(columns, cell, height, gap, caption=round(text * 3.1) + gap, top=heading_height(width))
    sheet, draw = new_sheet(width, grid.bottom(len(chosen)) + MARGIN // 2)
    draw_heading(draw, sequence, len(chosen), width)
    levels = relative_levels(sequence.values)
    for place, index in enumerate(chosen):
        x, y = grid.corner(place)
        draw_image(sheet, sequence.records[index], (x, y, cell, height))
        draw_level(draw, (x, y + height, cell), levels[index])
        draw_name(draw, (x, y + height + round(text * 1.5)), cell, index + 1, sequence.records[index].label, text)
        value = shorten(sequence.driver.format(float(sequence.values[index])), cell, text)
        draw_text(draw, (x, y + height + round(text * 2.8)), value, text, MUTED)
    save(path, sheet)


def storyboard(
    path: Path,
    sequence: ImageSequence,
    starts_s: Sequence[float],
    decisions: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write the images of a sequence with the times at which they appear, on one JPEG.

    Below each row, a curve shows the driving value.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    sequence : ImageSequence
        The images. Of more than `MOST_ON_STORYBOARD`, so many evenly spaced ones are shown, as the heading says.
    starts_s : sequence of float
        When each image starts, in seconds; a further entry, the end, is ignored.
    decisions : sequence of mapping
        For each image, its "bar", "beat" and "chord" where there is music.

    Raises
    ------
    ValueError
        If there are fewer start times than images.
    """
    if len(starts_s) < len(sequence):
        raise ValueError(f"{len(starts_s)} start times for {len(sequence)} images")
    chosen = evenly(len(sequence), MOST_ON_STORYBOARD)
    columns, gap, width = _STORYBOARD_COLUMNS, 22, _STORYBOARD_WIDTH
    cell = (width - 2 * MARGIN - (columns - 1) * gap) // columns
    grid = Grid(columns, cell, round(cell * 9 / 16), gap, caption=148, top=heading_height(width))
    sheet, draw = new_sheet(width, grid.bottom(len(chosen)) + MARGIN // 2)
    draw_heading(draw, sequence, len(chosen), width)
    levels = relative_levels(sequence.values)
    for first in range(0, len(chosen), columns):
        draw_curve(sheet, grid, first, levels[chosen])
    for place, index in enumerate(chosen):
        x, y = grid.corner(place)
        draw_image(sheet, sequence.records[index], (x, y, cell, grid.height))
        base = y + grid.height + 24
        draw_text(draw, (x, base), format_time(starts_s[index]), 17, ACCENT, bold=True)
        draw_right(draw, x + cell, base, _music(decisions[index]) if index < len(decisions) else "", 15, MUTED)
        value = sequence.driver.format(float(sequence.values[index]))
        available = cell - text_width(value, 15) - 14
        draw_name(draw, (x, base + 23), round(max(available, cell / 3)), index + 1, sequence.records[index].label, 15)
        draw_right(draw, x + cell, base + 23, shorten(value, cell * 0.6, 15), 15, MUTED)
    save(path, sheet)


def evenly(count: int, most: int) -> list[int]:
    """Return at most `most` of range(count), evenly spaced, with the first and the last.

    Examples
    --------
    >>> evenly(9, 3)
    [0, 4, 8]
    """
    return np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist() if count else []


def format_time(seconds: float) -> str:
    """Return minutes, seconds and tenths.

    Examples
    --------
    >>> format_time(83.25)
    '01:23.2'
    """
    tenths = int(seconds * 10 + 1e-6)
    return f"{tenths // 600:02}:{tenths // 10 % 60:02}.{tenths % 10}"


def _columns(count: int) -> int:
    """Columns of a sheet about as high as it is wide."""
    return int(np.clip(round(1.15 * count**0.5), min(4, max(1, count)), 14))


def _aspect(records: Sequence[ImageRecord]) -> float:
    """Median of width / height of the images, from 3:4 to 16:9."""
    shapes = [r.width / r.height for r in records if r.width > 0 and r.height > 0]
    return float(np.clip(np.median(shapes), 0.75, 16 / 9)) if shapes else 4 / 3


def _music(decision: Mapping[str, Any]) -> str:
    place = ".".join(str(decision[key]) for key in ("bar", "beat") if decision.get(key) is not None)
    chord = decision.get("chord")
    return "   ".join(part for part in (f"bar {place}" if place else "", str(chord) if chord else "") if part)
