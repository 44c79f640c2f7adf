"""Many images on one: the contact sheet, to see an order at a glance, and the storyboard, to follow it in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from ..core import ImageRecord, ImageSequence
from ..core.errors import ImageError
from ..datasets import images
from ..runtime.files import atomic
from .text_drawing import Colour, draw_text, shorten, text_width

#: More images than this are thinned out evenly.
MOST_ON_CONTACT_SHEET, MOST_ON_STORYBOARD = 400, 120
GROUND: Colour = (17, 18, 21)
CELL: Colour = (27, 29, 33)
INK: Colour = (236, 236, 232)
QUIET: Colour = (150, 153, 160)
ACCENT: Colour = (240, 176, 92)
_MARGIN = 64
_STORYBOARD_WIDTH = 1800
_STORYBOARD_COLUMNS = 5
_FINE = 4  # curves are drawn this much larger, for smooth edges


@dataclass(frozen=True)
class _Grid:
    """Cells of `width` × `height` px in `columns`, `gap` px apart, each with `caption` px of text below."""

    columns: int
    width: int
    height: int
    gap: int
    caption: int
    top: int

    def corner(self, index: int) -> tuple[int, int]:
        """The left and top of a cell."""
        row, column = divmod(index, self.columns)
        return _MARGIN + column * (self.width + self.gap), self.top + row * (self.height + self.caption)

    def bottom(self, count: int) -> int:
        return self.top + ceil(count / self.columns) * (self.height + self.caption)


def contact_sheet(path: Path, sequence: ImageSequence, *, columns: int | None = None, width: int = 1800) -> None:
    """Write all images of a sequence, in order and uncropped, as one JPEG `width` px wide.

    Each has its number, name and value, and a bar as long as its value lies between the lowest and the highest.
    columns : cells in a row; None: as suits their number. Of more than 400 images, 400 evenly chosen ones are
    shown, and the sheet says so. One image is decoded at a time; one that cannot be read leaves an empty cell.
    """
    chosen = evenly(len(sequence), MOST_ON_CONTACT_SHEET)
    columns = max(1, columns or _columns(len(chosen)))
    gap = max(6, 30 - columns)
    cell = max(8, (width - 2 * _MARGIN - (columns - 1) * gap) // columns)
    text = int(np.clip(cell // 13, 9, 15))
    height = max(8, round(cell / _aspect(sequence.records)))
    grid = _Grid(columns, cell, height, gap, caption=round(text * 3.1) + gap, top=_head_height(width))
    sheet, draw = _sheet(width, grid.bottom(len(chosen)) + _MARGIN // 2)
    _head(draw, sequence, len(chosen), width)
    levels = _levels(sequence.values)
    for place, index in enumerate(chosen):
        x, y = grid.corner(place)
        _paste(sheet, sequence.records[index], (x, y, cell, height))
        _level(draw, (x, y + height, cell), levels[index])
        _name(draw, (x, y + height + round(text * 1.5)), cell, index + 1, sequence.records[index].label, text)
        value = shorten(sequence.driver.format(float(sequence.values[index])), cell, text)
        draw_text(draw, (x, y + height + round(text * 2.8)), value, text, QUIET)
    _save(path, sheet)


def storyboard(
    path: Path,
    sequence: ImageSequence,
    starts_s: Sequence[float],
    decisions: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write the images of a sequence with the time each appears, as one JPEG of rows joined by the value's curve.

    starts_s : when each image starts, seconds (a further entry, the end, is ignored). decisions : for each
    image, of which `bar`, `beat` and `chord` are shown. Of more than 120 images, 120 evenly chosen ones are shown.
    """
    if len(starts_s) < len(sequence):
        raise ValueError(f"{len(starts_s)} start times for {len(sequence)} images")
    chosen = evenly(len(sequence), MOST_ON_STORYBOARD)
    columns, gap, width = _STORYBOARD_COLUMNS, 22, _STORYBOARD_WIDTH
    cell = (width - 2 * _MARGIN - (columns - 1) * gap) // columns
    grid = _Grid(columns, cell, round(cell * 9 / 16), gap, caption=148, top=_head_height(width))
    sheet, draw = _sheet(width, grid.bottom(len(chosen)) + _MARGIN // 2)
    _head(draw, sequence, len(chosen), width)
    levels = _levels(sequence.values)
    for first in range(0, len(chosen), columns):
        _curve(sheet, grid, first, levels[chosen], height=52)
    for place, index in enumerate(chosen):
        x, y = grid.corner(place)
        _paste(sheet, sequence.records[index], (x, y, cell, grid.height))
        base = y + grid.height + 24
        draw_text(draw, (x, base), clock(starts_s[index]), 17, ACCENT, bold=True)
        _right(draw, x + cell, base, _music(decisions[index]) if index < len(decisions) else "", 15, QUIET)
        value = sequence.driver.format(float(sequence.values[index]))
        room = cell - text_width(value, 15) - 14
        _name(draw, (x, base + 23), round(max(room, cell / 3)), index + 1, sequence.records[index].label, 15)
        _right(draw, x + cell, base + 23, shorten(value, cell * 0.6, 15), 15, QUIET)
    _save(path, sheet)


def evenly(count: int, most: int) -> list[int]:
    """At most `most` of range(count), the first and the last among them.

    >>> evenly(9, 3)
    [0, 4, 8]
    """
    return np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist() if count else []


def clock(seconds: float) -> str:
    """Minutes, seconds and tenths.

    >>> clock(83.25)
    '01:23.2'
    """
    tenths = int(seconds * 10 + 1e-6)
    return f"{tenths // 600:02}:{tenths // 10 % 60:02}.{tenths % 10}"


def placeholder(size: tuple[int, int]) -> np.ndarray:
    """What stands for an image that cannot be read: a quiet crossed box, (h, w, 3) uint8."""
    width, height = size
    box = Image.new("RGB", size, CELL)
    draw = ImageDraw.Draw(box)
    arm, line = min(size) / 8, max(1, min(size) // 60)
    middle_x, middle_y = width / 2, height / 2
    for turn in (1, -1):
        ends = (middle_x - arm, middle_y - turn * arm, middle_x + arm, middle_y + turn * arm)
        draw.line(ends, fill=(84, 87, 94), width=line)
    return np.array(box)


def _columns(count: int) -> int:
    """Enough columns that a sheet is about as high as wide, and images no larger than needed."""
    return int(np.clip(round(1.15 * count**0.5), min(4, max(1, count)), 14))


def _aspect(records: Sequence[ImageRecord]) -> float:
    """The middle shape of the images, width / height, within what cells can be."""
    shapes = [r.width / r.height for r in records if r.width > 0 and r.height > 0]
    return float(np.clip(np.median(shapes), 0.75, 16 / 9)) if shapes else 4 / 3


def _levels(values: np.ndarray) -> np.ndarray:
    """Values as shares of their range, (n,); NaN stays."""
    finite = values[np.isfinite(values)]
    if not finite.size or finite.max() == finite.min():
        return np.where(np.isfinite(values), 0.5, np.nan)
    return (np.where(np.isfinite(values), values, np.nan) - finite.min()) / (finite.max() - finite.min())


def _sheet(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    sheet = Image.new("RGB", (width, height), GROUND)
    return sheet, ImageDraw.Draw(sheet)


def _head_height(width: int) -> int:
    return _MARGIN + round(_title_size(width) * 2.6) + 26


def _title_size(width: int) -> int:
    return int(np.clip(width // 50, 16, 40))


def _head(draw: ImageDraw.ImageDraw, sequence: ImageSequence, shown: int, width: int) -> None:
    size, room = _title_size(width), width - 2 * _MARGIN
    draw_text(draw, (_MARGIN, _MARGIN + size * 0.7), shorten(sequence.title, room, size, True), size, INK, bold=True)
    count = f"{len(sequence)} images" if shown == len(sequence) else f"{shown} of {len(sequence)} images, evenly"
    unit = sequence.driver.unit if sequence.driver.unit not in ("", "date", "rank") else ""
    driver = _by(sequence) + (f" ({unit})" if unit else "")
    line = "  ·  ".join(part for part in (count, driver, str(sequence.criterion)) if part)
    small = max(11, size // 2)
    draw_text(draw, (_MARGIN, _MARGIN + size * 1.75), shorten(line, room, small), small, QUIET)
    rule = _MARGIN + round(size * 2.3)
    draw.line((_MARGIN, rule, width - _MARGIN, rule), fill=(52, 55, 62), width=1)


def _by(sequence: ImageSequence) -> str:
    """ "by luminance", or "smooth path on look · luminance shown"."""
    driver = sequence.driver.name.replace("_", " ")
    return f"by {driver}" if sequence.by in ("", sequence.driver.name) else f"{sequence.by} · {driver} shown"


def _paste(sheet: Image.Image, record: ImageRecord, box: tuple[int, int, int, int]) -> None:
    x, y, width, height = box
    try:
        cell = images.open_to_fit(record, (width, height), "fit", CELL)
    except ImageError:
        cell = placeholder((width, height))
    sheet.paste(Image.fromarray(cell), (x, y))


def _level(draw: ImageDraw.ImageDraw, line: tuple[int, int, int], level: float) -> None:
    x, y, width = line
    draw.rectangle((x, y, x + width - 1, y + 2), fill=(44, 47, 53))
    if np.isfinite(level):
        draw.rectangle((x, y, x + max(1, round(level * (width - 1))), y + 2), fill=ACCENT)


def _name(draw: ImageDraw.ImageDraw, xy: tuple[int, int], room: int, number: int, label: str, size: int) -> None:
    used = draw_text(draw, xy, f"{number}  ", size, ACCENT, bold=True)
    draw_text(draw, (xy[0] + used, xy[1]), shorten(label, room - used, size), size, INK)


def _right(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int, fill: Colour) -> None:
    draw_text(draw, (x - text_width(text, size), y), text, size, fill)


def _music(decision: Mapping[str, Any]) -> str:
    place = ".".join(str(decision[key]) for key in ("bar", "beat") if decision.get(key) is not None)
    chord = decision.get("chord")
    return "   ".join(part for part in (f"bar {place}" if place else "", str(chord) if chord else "") if part)


def _curve(sheet: Image.Image, grid: _Grid, first: int, levels: np.ndarray, height: int) -> None:
    """The value through one row of cells, as a line over a soft area; it runs on into the neighbouring rows."""
    known = np.flatnonzero(np.isfinite(levels))
    last = min(first + grid.columns, len(levels)) - 1
    if not known.size:
        return
    step = grid.width + grid.gap
    width = (last - first) * step + grid.width
    at = np.clip(np.linspace(first - 0.5, last + 0.5, 10 * (last - first + 1) + 1), 0, len(levels) - 1)
    ends = np.interp(at, known, levels[known])
    across = np.linspace(0, width - 1, len(at))
    strip = Image.new("RGB", (width * _FINE, height * _FINE), GROUND)
    draw = ImageDraw.Draw(strip)

    def point(x: float, level: float) -> tuple[float, float]:
        return x * _FINE, (height - 5 - level * (height - 11)) * _FINE

    line = [point(x, level) for x, level in zip(across, ends, strict=True)]
    floor = height * _FINE
    draw.polygon([(line[0][0], floor), *line, (line[-1][0], floor)], fill=(46, 41, 36))
    draw.line(line, fill=ACCENT, width=2 * _FINE, joint="curve")
    for i in known[(known >= first) & (known <= last)]:
        x, y = point((i - first) * step + grid.width / 2, levels[i])
        draw.ellipse((x - 4 * _FINE, y - 4 * _FINE, x + 4 * _FINE, y + 4 * _FINE), fill=ACCENT)
    left, top = grid.corner(first)
    place = (left, top + grid.height + grid.caption - height - 36)
    sheet.paste(strip.resize((width, height), Image.Resampling.BOX), place)


def _save(path: Path, sheet: Image.Image) -> None:
    with atomic(path) as partial:
        sheet.save(partial, "JPEG", quality=88, subsampling=0, optimize=True)
