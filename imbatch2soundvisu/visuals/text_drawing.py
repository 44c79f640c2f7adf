"""Text on images: any Unicode, with the fonts that are installed.

DejaVu Sans comes with matplotlib; characters that it lacks are drawn with fonts of the system, and spelled out where no
font has them. Lines of mixed direction are ordered by `bidi`; letters are shaped by libraqm where Pillow has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw

from . import bidi, fonts
from .fonts import font_files

__all__ = ["Colour", "Piece", "draw_text", "font_files", "line_pieces", "readable", "shorten", "text_width"]

Colour = tuple[int, int, int]

#: One character as it is seen: with its marks, an emoji with what is joined to it, or the two letters of a flag.
_CHARACTER = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}|.)[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
    "(?:\u200d.[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]*)*",
    re.DOTALL,
)


@dataclass(frozen=True)
class Piece:
    """A part of a line that one font draws.

    Parameters
    ----------
    font : FreeTypeFont
        The font.
    text : str
        In logical order where libraqm draws it, else in the order that is seen.
    direction : str or None
        "ltr" or "rtl"; None without libraqm.
    scale : float
        1; for a font of pictures, by how much they are scaled.
    coloured : bool
        Whether the font has its own colours, as those of emoji have.
    """

    font: fonts.Font
    text: str
    direction: str | None
    scale: float = 1.0
    coloured: bool = False

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.scale * float(self.font.getlength(self.text, direction=self.direction))

    def picture(self) -> tuple[Image.Image, int]:
        """Return a piece of emoji as RGBA at its size, and the height of its top above the baseline in pixels."""
        left, top, right, bottom = self.font.getbbox(self.text, anchor="ls", direction=self.direction)
        canvas = Image.new("RGBA", (max(1, int(right - min(left, 0))), max(1, int(bottom - top))))
        ImageDraw.Draw(canvas).text(
            (-min(left, 0), -top), self.text, font=self.font, anchor="ls", embedded_color=True, direction=self.direction
        )
        size = max(1, round(canvas.width * self.scale)), max(1, round(canvas.height * self.scale))
        return canvas.resize(size, Image.Resampling.LANCZOS), round(-top * self.scale)


def draw_text(
    draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, size: int, fill: Colour, bold: bool = False
) -> float:
    """Draw one line of text.

    Parameters
    ----------
    draw : ImageDraw
        Of the image to draw on.
    xy : (float, float)
        Left end of the baseline, in pixels.
    text : str
        Any Unicode; characters that cannot be drawn are replaced, see `readable`.
    size : int
        Size of the font in pixels.
    fill : (int, int, int)
        sRGB colour.
    bold : bool
        Use a bold font where one has the characters.

    Returns
    -------
    float
        Width of the line in pixels.
    """
    x, y = xy
    for piece in line_pieces(text, size, bold):
        if not piece.coloured:
            draw.text((x, y), piece.text, fill=fill, font=piece.font, anchor="ls", direction=piece.direction)
        else:
            picture, height = piece.picture()
            draw._image.paste(picture, (round(x), round(y) - height), picture)
        x += piece.width
    return x - xy[0]


def text_width(text: str, size: int, bold: bool = False, font: Path | None = None) -> float:
    """Return the width of one line of text in pixels."""
    return sum(piece.width for piece in line_pieces(text, size, bold, font))


def shorten(text: str, width: float, size: int, bold: bool = False) -> str:
    """Return a text with its middle replaced by an ellipsis until it is at most `width` pixels wide."""
    text = readable(text)
    if text_width(text, size, bold) <= width:
        return text
    whole = characters(text)
    low, high = 0, len(whole)
    while low < high:
        kept = (low + high + 1) // 2
        low, high = (kept, high) if text_width(_shortened(whole, kept), size, bold) <= width else (low, kept - 1)
    return _shortened(whole, low)


def _shortened(whole: Sequence[str], kept: int) -> str:
    head = (kept + 1) // 2
    return f"{''.join(whole[:head]).rstrip()}…{''.join(whole[len(whole) - (kept - head) :]).lstrip()}"


def characters(text: str) -> list[str]:
    """Return a text as the characters that are seen: marks and joined emoji stay with what they belong to.

    Examples
    --------
    >>> len(characters("a\\u0308\\U0001f1e9\\U0001f1ea"))
    2
    """
    return _CHARACTER.findall(text)


def readable(text: str) -> str:
    """Return a text without what cannot be drawn: control characters, surrogates, glyphs that no installed font has.

    Symbols without a glyph are replaced by their Unicode name, letters by their sound, others by a middle dot.

    Examples
    --------
    >>> readable("a\\tb\\x00")
    'a b'
    """
    plain = unicodedata.normalize("NFC", "".join(" " if c in "\t\n\r" else c for c in text))
    return "".join(map(_drawable, characters(plain)))


@lru_cache(maxsize=4096)
def _drawable(character: str) -> str:
    """A character as seen, when one font has all of it; else what is left of each of its code points."""
    if len(character) > 1 and any(fonts.has(file, character) for file in (*fonts.emoji_files(), *font_files())):
        return character
    return "".join(map(_drawable_point, character))


@lru_cache(maxsize=4096)
def _drawable_point(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cn", "Co") or "\ufe00" <= character <= "\ufe0f":
        return ""
    if category == "Cs":
        return "·"
    if character.isspace() or any(fonts.has(file, character) for file in (*font_files(), *fonts.emoji_files())):
        return character
    name = unicodedata.name(character, "")
    if category == "So" and name:
        return f"({name.lower()})"
    if category[0] == "L" and ("LETTER" in name or "SYLLABLE" in name):
        return name.rsplit(" ", 1)[-1].lower()
    return "·"


def line_pieces(text: str, size: int, bold: bool = False, font: Path | None = None, rtl: bool = False) -> list[Piece]:
    """Return the parts of one line from left to right as they are drawn.

    Parameters
    ----------
    text : str
        Any Unicode; characters that cannot be drawn are replaced, see `readable`.
    size : int
        Size of the font in pixels.
    bold : bool
        Use a bold font where one has the characters.
    font : Path, optional
        A font to prefer to all others.
    rtl : bool
        Whether the line as a whole is written from right to left. Not for file names: their ending stays at the end.
    """
    text = readable(text)
    plain = text.isascii()
    runs = [(text, False)] if plain else bidi.visual_runs(text, rtl)
    return [piece for part, backwards in runs for piece in _pieces(part, backwards, size, bold, font)]


def _pieces(text: str, backwards: bool, size: int, bold: bool, font: Path | None) -> list[Piece]:
    own = () if font is None else (font,)
    files = (*own, *font_files(bold))
    last = files[0]
    parts: list[tuple[Path, str]] = []
    for character in characters(text):
        if not character.isspace():
            last = _file_for(character, files)
        elif last in fonts.emoji_files():
            last = files[0]
        parts.append((last, character))
    found = [
        _piece(file, [c for _, c in part], backwards, size)
        for file, part in ((file, list(part)) for file, part in groupby(parts, lambda pair: pair[0]))
    ]
    return found[::-1] if backwards else found


def _file_for(character: str, files: tuple[Path, ...]) -> Path:
    pictures = fonts.emoji_files()
    is_emoji = "\ufe0f" in character or ord(character[0]) >= 0x1F000
    ranked = (*pictures, *files) if is_emoji else (*files, *pictures)
    return next((file for file in ranked if fonts.has(file, character)), files[0])


def _piece(file: Path, seen: list[str], backwards: bool, size: int) -> Piece:
    text = "".join(seen)
    font, scale = fonts.load(file, size, text)
    coloured = file in fonts.emoji_files()
    if _has_raqm():
        return Piece(font, text, "rtl" if backwards else "ltr", scale, coloured)
    if backwards:
        text = bidi.mirrored("".join(reversed(characters(bidi.joined(text)))))
    return Piece(font, text, None, scale, coloured)


@lru_cache(maxsize=1)
def _has_raqm() -> bool:
    """Whether Pillow shapes letters; its wheels do where the system has FriBiDi."""
    from PIL import features

    return bool(features.check("raqm"))
