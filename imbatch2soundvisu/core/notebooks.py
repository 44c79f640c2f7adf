"""HTML that notebooks show: tables, and thumbnails where a renderer is registered."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

from .errors import MissingExtra
from .methods import METHODS

#: Returns a thumbnail of an image record as a URI, its longer side at most so many pixels.
ThumbnailRenderer = Callable[[Any, int], str]

_FIGURE = (
    '<figure style="display:inline-block;margin:2px;width:96px;font-size:10px;line-height:1.3;vertical-align:top;'
    'overflow-wrap:anywhere">'
    '<img src="{uri}" alt="" style="max-width:96px;max-height:96px"><figcaption>{caption}</figcaption></figure>'
)
_TABLE = '<table style="white-space:nowrap;font-size:12px;border-spacing:8px 2px">'
_CAPTION = 'style="text-align:left;font-weight:bold"'
_ROW_SIDE = 48
_CELL = '<td><img src="{uri}" alt="" style="max-width:48px;max-height:32px"></td>'
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


def import_pandas() -> Any:
    """Return the module pandas. Raises MissingExtra, with the command that installs it."""
    try:
        import pandas
    except ImportError:
        raise MissingExtra("pandas", "notebook", "to_pandas()") from None
    return pandas


def html_table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], total: int, records: Sequence[Any] = ()
) -> str:
    """Return an escaped HTML table that scrolls sideways where it is too wide.

    Parameters
    ----------
    caption : str
    head : sequence of str
    rows : sequence of sequence of str
    total : int
        Number of rows of which `rows` are the first.
    records : sequence of ImageRecord, optional
        The image of each row; its thumbnail is shown where a renderer is registered.

    Examples
    --------
    >>> html_table("a & b", ["x"], [["1"]], 3).partition("</div>")[2]
    '<p>… and 2 more</p>'
    """
    render = thumbnail_renderer() if records else None
    first = [""] * len(rows) if render is None else [_CELL.format(uri=render(each, _ROW_SIDE)) for each in records]

    def row(cells: Sequence[str], tag: str, image: str = "") -> str:
        return f"<tr>{image}" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(row(cells, "td", image) for cells, image in zip(rows, first, strict=True))
    heading = row(head, "th", "" if render is None else "<th></th>")
    table = f"{_TABLE}<caption {_CAPTION}>{html.escape(caption)}</caption>{heading}{body}</table>"
    return f'<div style="overflow-x:auto">{table}</div>{more(total - len(rows))}'


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
