"""A plot as an image: matplotlib draws the data, `text_drawing` the words.

So names in any script need no font of matplotlib's, and "$" in a name is no formula.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from ...core import ImageRecord
from ...core.errors import ImageError
from ...runtime.files import atomic
from ..text_drawing import draw_text, shorten, text_width
from .colours import BACKGROUND, GRID, MUTED, PANEL, TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: (left, top, right, bottom) in px.
Box = tuple[float, float, float, float]
MARGIN = 48
_DPI = 100


def new_figure(width: int, height: int) -> Figure:
    """Return an empty figure of that many pixels."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=BACKGROUND)


def new_axes(figure: Figure, box: Box, tick_labels: str = "xy") -> Axes:
    """Return axes that fill a box, with tick labels along "x", "y", both or neither ("")."""
    width, height = figure.get_size_inches() * _DPI
    left, top, right, bottom = box
    axes = figure.add_axes((left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height))
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=MUTED, labelsize=9.5, length=0, pad=6)
    axes.tick_params(labelleft="y" in tick_labels, labelbottom="x" in tick_labels)
    if "y" not in tick_labels:
        axes.set_yticks([])
    if "x" not in tick_labels:
        axes.set_xticks([])
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_axisbelow(True)
    return axes


def grid_lines(axes: Axes, axis: str) -> None:
    """Draw thin lines at the ticks of "x" or "y"."""
    axes.grid(visible=True, axis="x" if axis == "x" else "y", color=GRID, linewidth=0.8)


def render(figure: Figure) -> Image.Image:
    """Return a figure as an image."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def save(path: Path, canvas: Image.Image) -> None:
    """Write a PNG, complete or not at all."""
    with atomic(path) as partial:
        canvas.save(partial, "PNG", optimize=False, compress_level=6)


def heading(canvas: Image.Image, title: str, subtitle: str = "") -> None:
    """Write the title of a plot and the line under it."""
    width = canvas.width - 2 * MARGIN
    write_bold(canvas, (MARGIN, 60), title, 27, max_width=width)
    write(canvas, (MARGIN, 91), subtitle, 16, MUTED, max_width=width)


def write(
    canvas: Image.Image,
    xy: tuple[float, float],
    text: str,
    size: int,
    fill: str = TEXT,
    align: str = "left",
    max_width: float | None = None,
) -> float:
    """Write one line of text.

    Parameters
    ----------
    canvas : Image
        The image to write on.
    xy : (float, float)
        Left end, centre or right end of the baseline, depending on `align`.
    text : str
        Any Unicode.
    size : int
        Size of the font in pixels.
    fill : str
        Colour, "#rrggbb".
    align : {"left", "centre", "right"}
        Which point of the baseline is at `xy`.
    max_width : float, optional
        Width in pixels to which a longer text is shortened.

    Returns
    -------
    float
        Width of the text in pixels.
    """
    return _write(canvas, xy, text, (size, False), fill, align, max_width)


def write_bold(
    canvas: Image.Image,
    xy: tuple[float, float],
    text: str,
    size: int,
    fill: str = TEXT,
    align: str = "left",
    max_width: float | None = None,
) -> float:
    """Write one line of text in bold; see `write`."""
    return _write(canvas, xy, text, (size, True), fill, align, max_width)


def _write(
    canvas: Image.Image,
    xy: tuple[float, float],
    text: str,
    font: tuple[int, bool],
    fill: str,
    align: str,
    max_width: float | None,
) -> float:
    text = text if max_width is None else shorten(text, max_width, *font)
    width = text_width(text, *font)
    draw_text(ImageDraw.Draw(canvas), (_left(xy[0], width, align), xy[1]), text, font[0], rgb(fill), font[1])
    return width


def _left(x: float, width: float, align: str) -> float:
    return x - {"left": 0.0, "centre": width / 2, "right": width}[align]


def draw_halo(
    canvas: Image.Image, xy: tuple[float, float], text: str, size: int, align: str = "left", bold: bool = False
) -> None:
    """Draw a dark outline for a text that is then written on images; parameters as in `write`."""
    width, edge = text_width(text, size, bold), 6
    if not width:
        return
    mask = Image.new("RGB", (round(width) + 2 * edge, round(1.6 * size) + 2 * edge))
    draw_text(ImageDraw.Draw(mask), (edge, edge + round(1.2 * size)), text, size, (255, 255, 255), bold)
    outline = mask.convert("L").filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.GaussianBlur(1.2))
    strong = outline.point([min(255, round(1.25 * level)) for level in range(256)])
    left, top = round(_left(xy[0], width, align)) - edge, round(xy[1] - 1.2 * size) - edge
    canvas.paste(rgb(BACKGROUND), (left, top), strong)


def write_upwards(
    canvas: Image.Image, xy: tuple[float, float], text: str, size: int, fill: str, max_width: float
) -> None:
    """Write one line that reads upwards, centred at xy."""
    text = shorten(text, max_width, size)
    width = max(1, round(text_width(text, size)))
    mask = Image.new("RGB", (width, 2 * size))
    draw_text(ImageDraw.Draw(mask), (0, round(1.4 * size)), text, size, (255, 255, 255))
    rotated = mask.convert("L").transpose(Image.Transpose.ROTATE_90)
    canvas.paste(rgb(fill), (round(xy[0] - size), round(xy[1] - width / 2)), rotated)


def cropped(record: ImageRecord, size: tuple[int, int], empty: str = PANEL) -> Image.Image:
    """Return an image cropped to (width, height) pixels; a box of the colour `empty` if it cannot be read."""
    from ...datasets import images

    try:
        return Image.fromarray(images.open_to_fit(record, size, "fill"))
    except ImageError:
        return Image.new("RGB", size, rgb(empty))


def rgb(colour: str) -> tuple[int, int, int]:
    """Return "#rrggbb" as numbers.

    Examples
    --------
    >>> rgb("#ff8000")
    (255, 128, 0)
    """
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def mix(one: str, other: str, share: float) -> str:
    """Return the colour between two, `share` of the way from one to the other.

    Examples
    --------
    >>> mix("#000000", "#ffffff", 0.2)
    '#333333'
    """
    mixed = [round(a + (b - a) * share) for a, b in zip(rgb(one), rgb(other), strict=True)]
    return "#" + "".join(f"{c:02x}" for c in mixed)


def format_number(value: float, digits: int = 3) -> str:
    """Return a number for display: with a true minus, thousands separated, "–" where undefined.

    Examples
    --------
    >>> format_number(-0.0312)
    '−0.031'
    """
    if not np.isfinite(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.{digits}f}".replace("-", "−")


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes share any area."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
