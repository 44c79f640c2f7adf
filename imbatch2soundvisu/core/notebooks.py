"""HTML that notebooks show: tables, and thumbnails where a renderer is registered."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

#: Returns a thumbnail of an image record as a URI, its longer side at most so many pixels.
ThumbnailRenderer = Callable[[Any, int], str]

_renderers: list[ThumbnailRenderer] = []


def register_thumbnails(renderer: ThumbnailRenderer) -> None:
    """Register the function that renders thumbnails of images in notebooks; it replaces an earlier one.

    Parameters
    ----------
    renderer : callable
        Takes an `ImageRecord` and the longer side in pixels, and returns a URI for `<img src>`.
    """
    _renderers[:] = [renderer]


def thumbnail_renderer() -> ThumbnailRenderer | None:
    """Return the registered renderer, or None; then sequences are shown as tables."""
    return _renderers[0] if _renderers else None


def html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], total: int) -> str:
    """Return an escaped HTML table; `total` is the number of rows of which `rows` are the first.

    Examples
    --------
    >>> html_table("a & b", ["x"], [["1"]], 3)
    '<table><caption>a &amp; b</caption><tr><th>x</th></tr><tr><td>1</td></tr></table><p>… and 2 more</p>'
    """

    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><caption>{html.escape(caption)}</caption>{row(head, 'th')}{body}</table>{more(total - len(rows))}"


def more(count: int) -> str:
    """Return a paragraph that says how many entries are not shown; "" for none."""
    return f"<p>… and {count} more</p>" if count > 0 else ""
