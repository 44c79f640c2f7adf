"""Blocks of text for films: wrapped, within a width, on a backing, as an RGBA picture."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from . import bidi
from .text_drawing import Colour, Piece, characters, line_pieces, readable, text_width

#: Height of a line, and of the letters above the baseline, as shares of the size of the font.
LINE_HEIGHT, ASCENT = 1.3, 0.93
#: Padding and radius of the corners of a backing, as shares of the size of the font.
PADDING, RADIUS = 0.42, 0.3
#: Width of an outline as a share of the size of the font.
OUTLINE = 0.07
_BACKING_ALPHA = 0.6
_SMOOTH = 4
#: Widths that are tried for lines of similar length, as shares of the width there is.
_NARROWER = (0.92, 0.84, 0.76, 0.68, 0.6, 0.54)
#: What is behind the letters.
BACKINGS = ("box", "outline", "none")


@dataclass(frozen=True)
class TextStyle:
    """How a block is drawn.

    Parameters
    ----------
    size : int
        Size of the font in pixels.
    colour : (int, int, int)
        sRGB colour of the letters.
    backing : {"box", "outline", "none"}
        A dark or light translucent box, an outline, or nothing, in contrast to the letters.
    align : {"left", "center", "right"}
        Of the lines in the block.
    font : Path, optional
        A font to prefer.
    bold : bool
        Use a bold font where one has the characters.
    """

    size: int
    colour: Colour = (255, 255, 255)
    backing: str = "box"
    align: str = "center"
    font: Path | None = None
    bold: bool = False

    @property
    def contrast(self) -> Colour:
        """Black behind light letters, white behind dark ones."""
        return (0, 0, 0) if luma(self.colour) > 110 else (255, 255, 255)

    @property
    def padding(self) -> int:
        """Pixels around the lines."""
        return {"box": round(PADDING * self.size), "outline": self.outline + 1, "none": 0}[self.backing]

    @property
    def outline(self) -> int:
        """Width of the outline in pixels."""
        return max(1, round(OUTLINE * self.size))


def luma(colour: Colour) -> float:
    """Return the luma of a colour, from 0 to 255."""
    return float(np.dot(colour, (0.2126, 0.7152, 0.0722)))


def wrapped(text: str, width: float, style: TextStyle, max_lines: int) -> list[str]:
    """Return a text as lines of similar length, no wider than `width` pixels.

    Lines break at spaces, behind hyphens, underscores and slashes, between Chinese, Japanese and Thai characters, and
    within words that are longer than a line. Where they are more than `max_lines`, the longest paragraphs end in an
    ellipsis; each keeps a line.

    Examples
    --------
    >>> wrapped("one two three", 64, TextStyle(12), 2)
    ['one two', 'three']
    """
    paragraphs = [_wrapped_paragraph(readable(each).strip(), width, style) for each in text.split("\n")]
    kept = [len(lines) for lines in paragraphs]
    while sum(kept) > max(max_lines, len(kept)):
        kept[max(range(len(kept)), key=kept.__getitem__)] -= 1
    for lines, count in zip(paragraphs, kept, strict=True):
        if len(lines) > count:
            lines[count - 1 :] = [_with_ellipsis("".join(lines[count - 1 :]), width, style)]
    return [line.strip() for lines in paragraphs for line in lines]


def _wrapped_paragraph(text: str, width: float, style: TextStyle) -> list[str]:
    """The lines of a paragraph, as narrow as their number allows."""
    lines = _filled(text, width, style)
    for share in _NARROWER if len(lines) > 1 else ():
        narrower = _filled(text, share * width, style)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _filled(text: str, width: float, style: TextStyle) -> list[str]:
    """The lines of a paragraph, each as full as possible, with the spaces at their ends."""
    lines, line = [], ""
    for part in _breakable(text, width, style):
        if line and _width(line + part.rstrip(), style) > width:
            lines.append(line)
            line = part.lstrip()
        else:
            line += part
    return [*lines, line]


def _breakable(text: str, width: float, style: TextStyle) -> Iterator[str]:
    """The parts of a text between which a line may break; a part wider than a line is divided."""
    inner = "" if bidi.is_rtl(text) else r"\S+?[-_/](?=\w)|"  # a name within a line of the other direction stays whole
    for part in re.findall(inner + r"\S+\s*|\s+", text):
        yield from _divided(part, width, style) if _is_free(part) or _width(part.rstrip(), style) > width else (part,)


def _is_free(part: str) -> bool:
    """Whether lines may break between any two characters: in scripts without spaces."""
    return any(
        unicodedata.name(c, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER")) for c in part
    )


def _divided(part: str, width: float, style: TextStyle) -> Iterator[str]:
    if _is_free(part):
        closing = re.compile(r"[^\w\s]*\s*")  # punctuation stays with the character before it
        found: list[str] = []
        for character in characters(part):
            if found and (closing.fullmatch(character) or found[-1][-1:] in "（「『《〈([{"):
                found[-1] += character
            else:
                found.append(character)
        yield from found
        return
    rest = ""
    for character in characters(part):
        if rest and _width(rest + character, style) > width:
            yield rest
            rest = ""
        rest += character
    yield rest


def _with_ellipsis(text: str, width: float, style: TextStyle) -> str:
    whole = characters(text)
    while whole and _width("".join(whole).rstrip() + "…", style) > width:
        whole.pop()
    return "".join(whole).rstrip() + "…"


def _width(text: str, style: TextStyle) -> float:
    return text_width(text, style.size, style.bold, style.font)


def fitted(text: str, size: tuple[int, int], style: TextStyle, smallest: int, max_lines: int) -> TextStyle:
    """Return the style with the largest font, from `style.size` down to `smallest`, in which a text fits into a size.

    Words are not divided as long as a smaller font avoids it.
    """
    for candidate in range(style.size, smallest, -max(1, style.size // 24)):
        tried = replace(style, size=candidate)
        width = size[0] - 2 * tried.padding
        words = re.split(r"\s+", text)
        whole = all(_is_free(word) or _width(word, tried) <= width for word in words)
        lines = wrapped(text, width, tried, 99)
        if whole and len(lines) <= max_lines and block_height(len(lines), tried) <= size[1]:
            return tried
    return replace(style, size=smallest)


def block_height(lines: int, style: TextStyle) -> int:
    """Return the height of a block in pixels."""
    return round(lines * LINE_HEIGHT * style.size) + 2 * style.padding


def block(lines: list[str], style: TextStyle) -> np.ndarray:
    """Return lines as a picture.

    Returns
    -------
    ndarray of shape (h, w, 4)
        uint8, RGBA, not premultiplied.
    """
    rtl = bidi.is_rtl(" ".join(lines))
    rows = [line_pieces(line, style.size, style.bold, style.font, rtl) for line in lines]
    widths = [sum(piece.width for piece in row) for row in rows]
    pad = style.padding
    canvas = _backed((int(np.ceil(max(widths, default=0))) + 2 * pad, block_height(len(lines), style)), style)
    letters, edges = (Image.new("L", canvas.size) for _ in range(2))
    pictures: list[tuple[Image.Image, tuple[int, int]]] = []
    for i, (row, width) in enumerate(zip(rows, widths, strict=True)):
        x = pad + {"left": 0.0, "center": 0.5, "right": 1.0}[style.align] * (canvas.width - 2 * pad - width)
        y = pad + round((i * LINE_HEIGHT + (LINE_HEIGHT - 1) / 2 + ASCENT) * style.size)
        pictures += _draw_row(row, (x, y), letters, edges, style.outline)
    if style.backing == "outline":
        canvas.paste(Image.new("RGBA", canvas.size, (*style.contrast, 255)), (0, 0), edges)
    canvas = Image.alpha_composite(canvas, _coloured(letters, style.colour))
    for picture, xy in pictures:
        canvas.alpha_composite(picture, (max(0, xy[0]), max(0, xy[1])))
    return np.asarray(canvas)


def _draw_row(
    row: list[Piece], xy: tuple[float, float], letters: Image.Image, edges: Image.Image, outline: int
) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    """Draw letters and their edges into masks; yield the emoji with their places."""
    x, y = xy
    for piece in row:
        if not piece.coloured:
            for mask, stroke in ((letters, 0), (edges, outline)):
                ImageDraw.Draw(mask).text(
                    (x, y), piece.text, 255, piece.font, "ls", direction=piece.direction, stroke_width=stroke
                )
        else:
            picture, height = piece.picture()
            yield picture, (round(x), round(y) - height)
        x += piece.width


def _coloured(mask: Image.Image, colour: Colour) -> Image.Image:
    picture = Image.new("RGBA", mask.size, (*colour, 0))
    picture.putalpha(mask)
    return picture


def _backed(size: tuple[int, int], style: TextStyle) -> Image.Image:
    """A transparent picture, with a box of rounded corners where the style has one."""
    if style.backing != "box":
        return Image.new("RGBA", size, (*style.contrast, 0))
    width, height = size
    large = Image.new("L", (width * _SMOOTH, height * _SMOOTH))
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), RADIUS * style.size * _SMOOTH, fill=round(255 * _BACKING_ALPHA)
    )
    return _coloured(large.resize(size, Image.Resampling.BOX), style.contrast)
