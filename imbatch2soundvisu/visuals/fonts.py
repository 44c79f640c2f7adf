"""The fonts that text is drawn with: DejaVu Sans, which comes with matplotlib, then fonts of the system."""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from ..core.errors import ConfigError
from ..runtime.homes import expanded

Font = ImageFont.FreeTypeFont

_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts",
    "/run/current-system/sw/share/X11", "/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts",
    "C:/Windows/Fonts", "~/AppData/Local/Microsoft/Windows/Fonts",
)  # fmt: skip
#: Beginnings of the file names of fonts with wide coverage, in order of preference.
_WIDE = (
    "notosanscjk", "sourcehansans", "notosanshans", "notosanssc", "droidsansfallback", "wqy", "pingfang", "hiragino",
    "msyh", "yugoth", "malgun", "arialunicode", "notosans-regular", "notosansdevanagari", "notosansthai-",
    "notosansarabic-", "notonaskharabic-", "notosanshebrew-", "notosansbengali-", "notosanstamil-", "notosanstelugu-",
    "geeza", "nirmala", "leelawui", "segoeui.", "notoemoji", "symbola", "seguisym", "freesans.", "unifont",
)  # fmt: skip
#: The same for fonts of coloured emoji.
_EMOJI = ("notocoloremoji", "applecoloremoji", "seguiemj", "twemoji", "twittercoloremoji")
#: Sizes in pixels of the pictures in fonts that have no outlines.
_STRIKES = (109, 160, 136, 128, 96, 64)
_EMPHASIS = re.compile(r"bold|black|heavy|semi|light|thin|medium|italic|oblique|mono", re.IGNORECASE)
_UNASSIGNED = "\U0010ffff"
#: What is part of a character and has no glyph: joiners, selectors of variants, tags of flags.
_WITHOUT_GLYPH = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f]")


@lru_cache(maxsize=2)
def font_files(bold: bool = False) -> tuple[Path, ...]:
    """Return the font files to draw with, in order of preference; the first is always DejaVu Sans."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("matplotlib, which carries the font DejaVu Sans, is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
    own = [folder / "DejaVuSans-Bold.ttf"] if bold else []
    return (*own, folder / "DejaVuSans.ttf", *_chosen(_WIDE, bold))


@lru_cache(maxsize=1)
def emoji_files() -> tuple[Path, ...]:
    """Return the fonts of coloured emoji that are installed."""
    return _chosen(_EMOJI, False)


def find_font(name: str | Path) -> Path:
    """Return the file of a font.

    Parameters
    ----------
    name : str or Path
        A file, or the name of an installed font such as "Georgia" or "NotoSerif-Bold".

    Raises
    ------
    ConfigError
        If there is no such font, with similar names that are installed.
    """
    path = Path(name).expanduser()
    if path.suffix.lower() in (".ttf", ".otf", ".ttc") and path.is_file():
        if _strike(path) is None:
            raise ConfigError(f"font={str(name)!r} cannot be read as a font")
        return path
    wanted, names = _plain(path.stem), {_plain(each.stem): each for each in reversed(_installed())}
    for candidate in (wanted, f"{wanted}regular"):
        if candidate in names:
            return names[candidate]
    first = wanted[:4]
    similar = sorted(each.stem for key, each in names.items() if first and key.startswith(first))[:8]
    hint = f"; installed are: {', '.join(similar)}" if similar else ""
    raise ConfigError(f"font={str(name)!r}: no such font is installed{hint}. Give the path of a .ttf or .otf file")


def load(file: Path, size: int, text: str = "") -> tuple[Font, float]:
    """Return a font, and by how much what it draws must be scaled: 1, or less for a font of pictures."""
    strike = _strike(file) or 0
    return (_font(file, strike, 0), size / strike) if strike else (_font(file, size, _face(file, text)), 1.0)


def has(file: Path, characters: str) -> bool:
    """Whether a font has glyphs for all characters, other than that for missing glyphs."""
    return all(_has(file, c) for c in _WITHOUT_GLYPH.sub("", characters) if not c.isspace())


def missing_characters(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the characters that no installed font has, each once."""
    files = (*font_files(), *emoji_files())
    letters = {c for text in texts for c in unicodedata.normalize("NFC", text)}
    invisible = {c for c in letters if unicodedata.category(c) in ("Cc", "Cf") or c.isspace()}
    return tuple(sorted(c for c in letters - invisible if not any(has(file, c) for file in files)))


def advice(characters: Iterable[str]) -> str:
    """Return which fonts to install for characters.

    Examples
    --------
    >>> advice("\\u5317")
    'Install Noto Sans CJK (Debian, Ubuntu: fonts-noto-cjk)'
    """
    fonts = dict.fromkeys(_font_for(character) for character in characters)
    return "Install " + " and ".join(fonts)


def _font_for(character: str) -> str:
    name = unicodedata.name(character, "")
    if not name:
        return "a font that has them, and name it with font="
    if ord(character) >= 0x1F000 and not name.startswith("CJK"):
        return "Noto Color Emoji (Debian, Ubuntu: fonts-noto-color-emoji)"
    if name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "FULLWIDTH", "BOPOMOFO")):
        return "Noto Sans CJK (Debian, Ubuntu: fonts-noto-cjk)"
    return "the Noto fonts (Debian, Ubuntu: fonts-noto-core)"


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


@lru_cache(maxsize=1)
def _installed() -> tuple[Path, ...]:
    return tuple(path for root in _FOLDERS for path in sorted(expanded(root).rglob("*.[OoTt][Tt][CcFf]")))


def _chosen(beginnings: tuple[str, ...], bold: bool) -> tuple[Path, ...]:
    """The first readable font of each kind: a plain one, or a bold one where `bold`."""
    return tuple(path for start in beginnings for path in _first(start, bold))


def _first(start: str, bold: bool) -> Iterator[Path]:
    def rank(path: Path) -> tuple[bool, int]:
        style = path.stem[len(start) :].lower()
        return ("bold" in style) is not bold, len(_EMPHASIS.findall(style))

    named = [path for path in _installed() if _plain_start(path.name).startswith(start)]
    yield from [path for path in sorted(named, key=rank) if _strike(path) is not None][:1]


def _plain_start(name: str) -> str:
    return name.replace(" ", "").lower()


@lru_cache(maxsize=256)
def _strike(file: Path) -> int | None:
    """0 for a font of outlines, the size of its pictures for one without; None for what cannot be read."""
    for size in (16, *_STRIKES):
        try:
            ImageFont.truetype(str(file), size)
        except OSError:
            continue
        return 0 if size == 16 else size
    return None


def _face(file: Path, text: str) -> int:
    """Index of the face of Noto Sans CJK for a text: Japanese, Korean, or simplified Chinese."""
    if not (file.suffix.lower() == ".ttc" and _plain_start(file.name).startswith("notosanscjk")):
        return 0
    scripts = {unicodedata.name(c, "").split(" ")[0] for c in text}
    return 0 if scripts & {"HIRAGANA", "KATAKANA"} else 1 if "HANGUL" in scripts else 2


@lru_cache(maxsize=256)
def _font(file: Path, size: int, face: int) -> Font:
    return ImageFont.truetype(str(file), size, index=face)


@lru_cache(maxsize=16_384)
def _has(file: Path, character: str) -> bool:
    font, _ = load(file, 24)
    return bytes(font.getmask(character)) != _missing(file)


@lru_cache(maxsize=64)
def _missing(file: Path) -> bytes:
    return bytes(load(file, 24)[0].getmask(_UNASSIGNED))
