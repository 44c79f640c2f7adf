"""Pages as elements, links and text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))


def links(html: str) -> list[str]:
    """Every address the page refers to, as written."""
    return [attrs[key] for _, attrs in Page(html).elements for key in ("href", "src", "data-src") if key in attrs]


def files_of(html: str) -> set[str]:
    """The files beside the page that it refers to, decoded."""
    return {unquote(link) for link in links(html) if not link.startswith(("#", "data:"))}


def text_of(html: str) -> str:
    """What is read on the page: no style, no script, no tags."""
    html = re.sub(r"(?s)<(style|script)\b.*?</\1>|<wbr>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
