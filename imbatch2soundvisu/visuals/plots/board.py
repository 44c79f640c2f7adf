"""A plot as pixels: matplotlib draws what is measured, the house's lettering writes every word.

So names of any script need no font of matplotlib's, and "$" in a name is no formula.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from ...runtime.files import atomic
from ..text_drawing import draw_text, shorten, text_width
from .colours import GROUND, INK, LINE, PANEL, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: (left, top, right, bottom) in px.
Box = tuple[float, float, float, float]
MARGIN = 48
_DPI = 100


def new_figure(width: int, height: int) -> Figure:
    """An empty figure of that many px."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=GROUND)


def new_axes(figure: Figure, box: Box, numbers: str = "xy") -> Axes:
    """Axes that fill a box, with quiet numbers along x, y, both or none."""
    width, height = figure.get_size_inches() * _DPI
    left, top, right, bottom = box
    axes = figure.add_axes((left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height))
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=QUIET, labelsize=9.5, length=0, pad=6)
    axes.tick_params(labelleft="y" in numbers, labelbottom="x" in numbers)
    if "y" not in numbers:
        axes.set_yticks([])
    if "x" not in numbers:
        axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_axisbelow(True)
    return axes


def rules(axes: Axes, which: str) -> None:
    """Thin lines at the numbers of "x" or "y"."""
    axes.grid(visible=True, axis="x" if which == "x" else "y", color=LINE, linewidth=0.8)


def pixels(figure: Figure) -> Image.Image:
    """The figure, drawn."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def save(path: Path, board: Image.Image) -> None:
    """Write a PNG, whole or not at all."""
    with atomic(path) as partial:
        board.save(partial, "PNG", optimize=False, compress_level=6)


def head(board: Image.Image, title: str, line: str = "") -> None:
    """The title of a plot and the line under it."""
    room = board.width - 2 * MARGIN
    write(board, (MARGIN, 60), title, 27, bold=True, room=room)
    write(board, (MARGIN, 91), line, 16, QUIET, room=room)


def write(
    board: Image.Image,
    xy: tuple[float, float],
    text: str,
    size: int,
    fill: str = INK,
    *,
    align: str = "left",
    bold: bool = False,
    room: float | None = None,
    halo: bool = False,
) -> float:
    """One line with its baseline at xy, which is its left end, its centre or its right end. Returns its width in px.

    room : px it may take; a longer text is shortened. halo : a dark rim, for text that stands on images.
    """
    text = text if room is None else shorten(text, room, size, bold)
    width = text_width(text, size, bold)
    x = xy[0] - {"left": 0.0, "centre": width / 2, "right": width}[align]
    if halo and width:
        _rim(board, (x, xy[1]), text, size, bold, width)
    draw_text(ImageDraw.Draw(board), (x, xy[1]), text, size, colour(fill), bold)
    return width


def write_up(board: Image.Image, xy: tuple[float, float], text: str, size: int, fill: str, room: float) -> None:
    """One line that reads upwards, centred at xy."""
    text = shorten(text, room, size)
    width = max(1, round(text_width(text, size)))
    mask = Image.new("RGB", (width, 2 * size))
    draw_text(ImageDraw.Draw(mask), (0, round(1.4 * size)), text, size, (255, 255, 255))
    turned = mask.convert("L").transpose(Image.Transpose.ROTATE_90)
    board.paste(colour(fill), (round(xy[0] - size), round(xy[1] - width / 2)), turned)


def colour(text: str) -> tuple[int, int, int]:
    """ "#rrggbb" as numbers."""
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def mixed(one: str, other: str, share: float) -> str:
    """A colour with a share of another."""
    mix = [round(a + (b - a) * share) for a, b in zip(colour(one), colour(other), strict=True)]
    return "#" + "".join(f"{c:02x}" for c in mix)


def number(value: float, digits: int = 3) -> str:
    """A number as a person reads it: a true minus, "–" where undefined.

    >>> number(-0.0312)
    '−0.031'
    """
    if not np.isfinite(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.{digits}f}".replace("-", "−")


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share any area."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _rim(board: Image.Image, xy: tuple[float, float], text: str, size: int, bold: bool, width: float) -> None:
    edge = 6
    mask = Image.new("RGB", (round(width) + 2 * edge, round(1.6 * size) + 2 * edge))
    draw_text(ImageDraw.Draw(mask), (edge, edge + round(1.2 * size)), text, size, (255, 255, 255), bold)
    rim = mask.convert("L").filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.GaussianBlur(1.2))
    strong = rim.point([min(255, round(1.25 * level)) for level in range(256)])
    board.paste(colour(GROUND), (round(xy[0]) - edge, round(xy[1] - 1.2 * size) - edge), strong)
