"""Text on images: any Unicode, with the fonts there are.

DejaVu Sans comes with matplotlib; what it cannot show is looked for in the fonts of the system, and spelled out when
no font has it.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageDraw, ImageFont, features

Colour = tuple[int, int, int]

_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/System/Library/Fonts",
    "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
#: Beginnings of the file names of fonts with wide coverage, the preferred first.
_WIDE = (
    "notosanscjk", "sourcehansans", "notosanshans", "droidsansfallback", "wqy", "pingfang", "hiragino", "msyh",
    "yugoth", "malgun", "arialunicode", "notosans-regular", "notosansdevanagari-r", "notosansthai-r",
    "notosansarabic-r", "notosanshebrew-r", "notoemoji", "symbola", "seguiemj", "seguisym", "freesans.", "unifont",
)  # fmt: skip
_NOTHING = "\U0010ffff"
_DIRECTION = "ltr" if features.check("raqm") else None  # keeps the ending of a file name at its end


def draw_text(
    draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, size: int, fill: Colour, bold: bool = False
) -> float:
    """Write one line with its baseline at xy, starting from the left. Returns the width in px."""
    x, y = xy
    for font, part in _runs(readable(text), size, bold):
        draw.text((x, y), part, fill=fill, font=font, anchor="ls", direction=_DIRECTION)
        x += font.getlength(part)
    return x - xy[0]


def text_width(text: str, size: int, bold: bool = False) -> float:
    """The width of one line, in px."""
    return sum(font.getlength(part) for font, part in _runs(readable(text), size, bold))


def shorten(text: str, width: float, size: int, bold: bool = False) -> str:
    """The text, with its middle replaced by an ellipsis until it is at most `width` px wide."""
    text = readable(text)
    if text_width(text, size, bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        kept = (low + high + 1) // 2
        low, high = (kept, high) if text_width(_shortened(text, kept), size, bold) <= width else (low, kept - 1)
    return _shortened(text, low)


def _shortened(text: str, kept: int) -> str:
    head = (kept + 1) // 2
    return f"{text[:head].rstrip()}…{text[len(text) - (kept - head) :].lstrip()}"


def readable(text: str) -> str:
    """The text without what cannot be drawn: control characters, lone surrogates, glyphs that no font here has.

    Signs without a glyph become their Unicode name (an emoji "grinning face"), letters their sound, other
    characters a middle dot.
    """
    plain = unicodedata.normalize("NFC", "".join(" " if c in "\t\n\r" else c for c in text))
    return "".join(map(_drawable, plain))


@lru_cache(maxsize=4096)
def _drawable(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cn", "Co") or "\ufe00" <= character <= "\ufe0f":
        return ""
    if category == "Cs":
        return "·"
    if character.isspace() or any(_has(file, character) for file in font_files()):
        return character
    name = unicodedata.name(character, "")
    if category == "So" and name:
        return f"({name.lower()})"
    if category[0] == "L" and ("LETTER" in name or "SYLLABLE" in name):
        return name.rsplit(" ", 1)[-1].lower()
    return "·"


def _runs(text: str, size: int, bold: bool) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
    """Parts of a text that one font can show."""
    files = font_files(bold)
    for file, characters in groupby(text, lambda c: next((f for f in files if c.isspace() or _has(f, c)), files[0])):
        yield _font(file, size), "".join(characters)


@lru_cache(maxsize=2)
def font_files(bold: bool = False) -> tuple[Path, ...]:
    """The font files to draw with, in order of preference; the first is always DejaVu Sans."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("matplotlib, which carries the font DejaVu Sans, is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
    own = [folder / "DejaVuSans-Bold.ttf"] if bold else []
    return (*own, folder / "DejaVuSans.ttf", *_system_fonts())


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[Path, ...]:
    found: dict[str, Path] = {}
    for root in _FOLDERS:
        for path in sorted(Path(root).expanduser().rglob("*.[to]t[fc]")):
            start = next((s for s in _WIDE if path.name.lower().startswith(s)), None)
            if start and start not in found and _loads(path):
                found[start] = path
    return tuple(found[start] for start in _WIDE if start in found)


def _loads(path: Path) -> bool:
    try:
        _font(path, 16)
    except OSError:
        return False
    return True


@lru_cache(maxsize=256)
def _font(file: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), size)


@lru_cache(maxsize=16_384)
def _has(file: Path, character: str) -> bool:
    """Whether a font has a glyph of its own for a character: one that is not the sign for a missing glyph."""
    font = _font(file, 24)
    return bytes(font.getmask(character)) != _missing(file)


@lru_cache(maxsize=64)
def _missing(file: Path) -> bytes:
    return bytes(_font(file, 24).getmask(_NOTHING))
