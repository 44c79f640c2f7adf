"""What pages are made with: templates, links to what lies beside them, and values as people read them.

A page asks nothing of any server. What names and metadata contain is text, wherever it is shown.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from ..runtime.files import plain

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The templates, with everything escaped, and the functions below as filters."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"clock": clock, "cell": cell, "plural": plural, "number": number_text, "path": breakable}
    return made


@cache
def asset(name: str) -> str:
    """The text of a style or script that goes into a page."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def whole(page: str) -> str:
    """A page that UTF-8 can hold: halves of characters, of names that are no text, become U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", page)


def embedded(value: Any) -> Markup:
    """JSON that is safe inside a script element: ASCII, no '<', no '&', and no NaN."""
    text = json.dumps(plain(value), ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def link(folder: Path, relative: str | None) -> str | None:
    """A percent-encoded link to a file under a page's folder, or None when there is no such file.

    Absolute paths and paths that climb out are no files of this page.
    """
    if not relative:
        return None
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts or "\0" in relative or not (folder / path).is_file():
        return None
    return quote(str(path), safe="/", errors="surrogateescape")


def breakable(name: str) -> Markup:
    """A path as text that may be broken after its separators."""
    return Markup(re.sub(r"([/_.-])", r"\1<wbr>", str(escape(name))))


def number_or_none(value: Any) -> float | None:
    """A finite number as float, or None."""
    if value is None or isinstance(value, (str, bool)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def clamp(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def number_text(value: float | None) -> str:
    """A number as a person reads it: four figures at most, a true minus."""
    if value is None:
        return "–"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return text.replace("-", "−")


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds; tenths where they are not whole.

    >>> clock(75.5)
    '1:15.5'
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes}:{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")


def plural(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def size_text(count: int) -> str:
    """A number of bytes as a person reads it."""
    if count >= 1_000_000:
        return f"{count / 1e6:,.1f} MB"
    return f"{count / 1e3:.0f} kB" if count >= 1000 else plural(count, "byte")


def cell(value: Any) -> str:
    """A value of any kind as text; "–" for none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number_text(round(value, 3)) if math.isfinite(value) else "–"
    if isinstance(value, (list, tuple)):
        return " ".join(cell(item) for item in value) or "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {cell(item)}" for key, item in value.items()) or "–"
    return str(value)
