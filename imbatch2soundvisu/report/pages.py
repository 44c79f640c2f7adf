"""Templates of the pages, and links to the files beside them.

A page needs no server and no network: style, script and data are inside it. Names and metadata are escaped wherever
they appear.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from ..runtime.files import plain
from .formatting import cell, clock, number_text, plural, title_text

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """Return the templates, with autoescape on and the functions of `formatting` as filters."""
    from jinja2 import Environment, FileSystemLoader

    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {
        "clock": clock, "cell": cell, "plural": plural, "number": number_text, "path": breakable, "label": title_text,
    }  # fmt: skip
    return made


@cache
def asset(name: str) -> str:
    """Return the text of a style sheet or script in the template folder."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def encodable(page: str) -> str:
    """Return a page that UTF-8 can encode: lone surrogates, from file names that are no text, become U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", page)


def embedded_json(value: Any) -> Markup:
    """Return JSON that is safe inside a script element: ASCII, without "<", ">", "&" and NaN."""
    text = json.dumps(plain(value), ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def link(folder: Path, relative: str | None) -> str | None:
    """Return a percent-encoded link to a file under a page's folder, or None when there is no such file.

    Parameters
    ----------
    folder : Path
        Of the page.
    relative : str or None
        The file, relative to `folder`. Absolute paths and paths with ".." are refused.
    """
    if not relative:
        return None
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts or "\0" in relative or not (folder / path).is_file():
        return None
    return quote(str(path), safe="/", errors="surrogateescape")


def breakable(name: str) -> Markup:
    """Return a path as text that may wrap after its separators."""
    return Markup(re.sub(r"([/_.-])", r"\1<wbr>", str(escape(name))))
