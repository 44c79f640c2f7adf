"""The legend of a piano roll: the parts that play, on as many lines as they need."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from ...core import Score
from ..plots.canvas import write
from ..text_drawing import text_width
from .part_colours import part_colours
from .style import TEXT

LINE_PX = 20
_SIZE, _BOX, _APART = 13, 11, 22


@dataclass(frozen=True)
class LegendEntry:
    """A part of the score; `x` is in pixels from the left of the legend, `line` from its top line."""

    part: int
    x: float
    line: int


def legend_entries(score: Score, width: int) -> list[LegendEntry]:
    """Return the parts that play, wrapped to `width` pixels."""
    playing = {note.part for note in score.notes}
    entries: list[LegendEntry] = []
    x, line = 0.0, 0
    for i, part in enumerate(score.parts):
        needed = _BOX + 7 + text_width(part.name, _SIZE)
        if i in playing:
            if x and x + needed > width:
                x, line = 0.0, line + 1
            entries.append(LegendEntry(i, x, line))
            x += needed + _APART
    return entries


def draw_legend(canvas: Image.Image, score: Score, left: int, top: int, width: int) -> None:
    """Write the parts that play, each after its colour, with the first line at `top`."""
    draw, colours = ImageDraw.Draw(canvas), part_colours(score.parts)
    for entry in legend_entries(score, width):
        x, y = left + entry.x, top + LINE_PX * entry.line
        draw.rectangle((x, y, x + _BOX, y + _BOX), fill=colours[entry.part])
        write(canvas, (x + _BOX + 7, y + _BOX), score.parts[entry.part].name, _SIZE, TEXT, max_width=width)
