"""HTML that notebooks show: tables, and thumbnails where a renderer is registered."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

from .methods import METHODS

#: Returns a thumbnail of an image record as a URI, its longer side at most so many pixels.
ThumbnailRenderer = Callable[[Any, int], str]

_FIGURE = (
    '<figure style="display:inline-block;margin:2px;width:96px;font-size:10px;line-height:1.3;vertical-align:top;'
    'overflow-wrap:anywhere">'
    '<img src="{uri}" alt="" style="max-width:96px;max-height:96px"><figcaption>{caption}</figcaption></figure>'
)
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
    len(METHODS)  # imports the modules that draw; one of them registers the renderer
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


def figures(records: Sequence[Any], captions: Sequence[str]) -> str:
    """Return thumbnails with captions as HTML; the captions alone where nothing renders thumbnails."""
    render = thumbnail_renderer()
    if render is None:
        return html.escape(", ".join(captions))
    return "".join(
        _FIGURE.format(uri=render(record, 96), caption=html.escape(caption))
        for record, caption in zip(records, captions, strict=True)
    )


def more(count: int) -> str:
    """Return a paragraph that says how many entries are not shown; "" for none."""
    return f"<p>… and {count} more</p>" if count > 0 else ""
