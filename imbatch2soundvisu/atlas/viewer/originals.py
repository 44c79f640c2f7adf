"""Links from a page to the images where they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from ...core import ImageRecord

#: Formats, as Pillow names them, that all present browsers show, upright, and as a still image.
SHOWN = frozenset({"JPEG", "MPO", "PNG", "WEBP", "AVIF", "BMP"})


def links_of(records: Sequence[ImageRecord], folder: Path) -> list[str]:
    """Return the address of each image relative to a folder; "" for those that a browser does not show as they are.

    Parameters
    ----------
    records : sequence of ImageRecord
    folder : Path
        Where the page will be.

    Examples
    --------
    >>> links_of([ImageRecord(Path("/photos/a #1.jpg"), "", 3, 2, format="JPEG")], Path("/outputs/map"))
    ['../../photos/a%20%231.jpg']
    """
    return [_link(record, folder) for record in records]


def _link(record: ImageRecord, folder: Path) -> str:
    if record.format not in SHOWN or not record.width or not record.height:
        return ""
    path = record.path.absolute()
    try:
        return quote(Path(os.path.relpath(path, folder.absolute())).as_posix(), safe="/")
    except ValueError:  # on another drive
        return path.as_uri()
