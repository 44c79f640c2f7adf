"""Elements of a sheet: grid, heading, cells, captions and the curve of the driving value."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ..core import ImageRecord, ImageSequence
from ..core.errors import ImageError
from ..runtime.files import atomic
from .placeholders import placeholder
from .text_drawing import Colour, draw_text, shorten, text_width

BACKGROUND: Colour = (17, 18, 21)
CELL: Colour = (27, 29, 33)
TEXT: Colour = (236, 236, 232)
MUTED: Colour = (150, 153, 160)
ACCENT: Colour = (240, 176, 92)
MARGIN = 64
_RULE, _TRACK, _AREA = (52, 55, 62), (44, 47, 53), (46, 41, 36)
_FINE = 4  # curves are drawn this much larger, for smooth edges
_CURVE_PX = 52


@dataclass(frozen=True)
class Grid:
    """Cells of `width` × `height` px in `columns`, `gap` px apart, each with `caption` px of text below."""

    columns: int
    width: int
    height: int
    gap: int
    caption: int
    top: int

    def corner(self, index: int) -> tuple[int, int]:
        """Return left and top of a cell."""
        row, column = divmod(index, self.columns)
        return MARGIN + column * (self.width + self.gap), self.top + row * (self.height + self.caption)

    def bottom(self, count: int) -> int:
        """Return where the rows of `count` cells end."""
        return self.top + ceil(count / self.columns) * (self.height + self.caption)


def relative_levels(values: np.ndarray) -> np.ndarray:
    """Return (n,) values as positions in their range, [0, 1]; NaN where undefined."""
    finite = values[np.isfinite(values)]
    if not finite.size or finite.max() == finite.min():
        return np.where(np.isfinite(values), 0.5, np.nan)
    return (np.where(np.isfinite(values), values, np.nan) - finite.min()) / (finite.max() - finite.min())


def new_sheet(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty sheet and its `ImageDraw`."""
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    return sheet, ImageDraw.Draw(sheet)


def heading_height(width: int) -> int:
    """Return the height of the heading on a sheet of that width."""
    return MARGIN + round(_title_size(width) * 2.6) + 26


def _title_size(width: int) -> int:
    return int(np.clip(width // 50, 16, 40))


def draw_heading(draw: ImageDraw.ImageDraw, sequence: ImageSequence, shown: int, width: int) -> None:
    """Draw the title, and under it the number of images, the order, and how well it is kept."""
    count = f"{len(sequence)} images" if shown == len(sequence) else f"{shown} of {len(sequence)} images, evenly"
    unit = sequence.driver.unit if sequence.driver.unit not in ("", "date", "rank") else ""
    driver = _by(sequence) + (f" ({unit})" if unit else "")
    line = "  ·  ".join(part for part in (count, driver, sequence.note, sequence.summary) if part)
    draw_title(draw, sequence.title, line, width)


def draw_title(draw: ImageDraw.ImageDraw, title: str, line: str, width: int) -> None:
    """Draw a title with a line below it, above a rule."""
    size, available = _title_size(width), width - 2 * MARGIN
    draw_text(draw, (MARGIN, MARGIN + size * 0.7), shorten(title, available, size, True), size, TEXT, bold=True)
    small = max(11, size // 2)
    draw_text(draw, (MARGIN, MARGIN + size * 1.75), shorten(line, available, small), small, MUTED)
    rule = MARGIN + round(size * 2.3)
    draw.line((MARGIN, rule, width - MARGIN, rule), fill=_RULE, width=1)


def _by(sequence: ImageSequence) -> str:
    """Return the order in words: "by luminance", or "smooth path on look · luminance shown"."""
    driver = sequence.driver.name.replace("_", " ")
    return f"by {driver}" if sequence.by in ("", sequence.driver.name) else f"{sequence.by} · {driver} shown"


def draw_image(sheet: Image.Image, record: ImageRecord, box: tuple[int, int, int, int]) -> None:
    """Draw an image whole in a box (left, top, width, height); a placeholder if it cannot be read."""
    from ..datasets import images

    x, y, width, height = box
    try:
        cell = images.open_to_fit(record, (width, height), "fit", CELL)
    except ImageError:
        cell = placeholder((width, height))
    sheet.paste(Image.fromarray(cell), (x, y))


def draw_level(draw: ImageDraw.ImageDraw, line: tuple[int, int, int], level: float) -> None:
    """Draw a bar for a level in [0, 1] along a line (left, top, width); an empty one for NaN."""
    x, y, width = line
    draw.rectangle((x, y, x + width - 1, y + 2), fill=_TRACK)
    if np.isfinite(level):
        draw.rectangle((x, y, x + max(1, round(level * (width - 1))), y + 2), fill=ACCENT)


def draw_name(draw: ImageDraw.ImageDraw, xy: tuple[int, int], width: int, number: int, label: str, size: int) -> None:
    """Draw the number and the name of an image with their baseline at xy, at most `width` px wide."""
    used = draw_text(draw, xy, f"{number}  ", size, ACCENT, bold=True)
    draw_text(draw, (xy[0] + used, xy[1]), shorten(label, width - used, size), size, TEXT)


def draw_right(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int, fill: Colour) -> None:
    """Draw text that ends at x, with its baseline at y."""
    draw_text(draw, (x - text_width(text, size), y), text, size, fill)


def draw_curve(sheet: Image.Image, grid: Grid, first: int, levels: np.ndarray) -> None:
    """Draw the values of one row of cells as a curve; at both ends it continues that of the neighbouring rows."""
    height = _CURVE_PX
    known = np.flatnonzero(np.isfinite(levels))
    last = min(first + grid.columns, len(levels)) - 1
    if not known.size:
        return
    step = grid.width + grid.gap
    width = (last - first) * step + grid.width
    at = np.clip(np.linspace(first - 0.5, last + 0.5, 10 * (last - first + 1) + 1), 0, len(levels) - 1)
    ends = np.interp(at, known, levels[known])
    across = np.linspace(0, width - 1, len(at))
    strip = Image.new("RGB", (width * _FINE, height * _FINE), BACKGROUND)
    draw = ImageDraw.Draw(strip)

    def point(x: float, level: float) -> tuple[float, float]:
        return x * _FINE, (height - 5 - level * (height - 11)) * _FINE

    line = [point(x, level) for x, level in zip(across, ends, strict=True)]
    floor = height * _FINE
    draw.polygon([(line[0][0], floor), *line, (line[-1][0], floor)], fill=_AREA)
    draw.line(line, fill=ACCENT, width=2 * _FINE, joint="curve")
    for i in known[(known >= first) & (known <= last)]:
        x, y = point((i - first) * step + grid.width / 2, levels[i])
        draw.ellipse((x - 4 * _FINE, y - 4 * _FINE, x + 4 * _FINE, y + 4 * _FINE), fill=ACCENT)
    left, top = grid.corner(first)
    place = (left, top + grid.height + grid.caption - height - 36)
    sheet.paste(strip.resize((width, height), Image.Resampling.BOX), place)


def save(path: Path, sheet: Image.Image) -> None:
    """Write a JPEG, complete or not at all."""
    with atomic(path) as partial:
        sheet.save(partial, "JPEG", quality=88, subsampling=0, optimize=True)
