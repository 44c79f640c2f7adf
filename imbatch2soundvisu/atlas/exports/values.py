"""What other viewers get to know of the images, by the names of columns."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...core import ImageRecord
from ...core.errors import ImageError
from ..data import AtlasData
from ..layouts import Layout


def texts_of(data: AtlasData) -> dict[str, list[str]]:
    """Return the metadata as texts, {column: value of each image}, "" where unknown, without empty columns.

    The roles come first: title, date, category, cluster, text, link; then the other columns, with "original" before the
    name where a role has it.
    """
    metadata = data.metadata
    dates = metadata.shown_dates or tuple(data.keys("day"))
    roles = {
        "title": metadata.title,
        "date": dates,
        "category": metadata.category,
        "cluster": data.keys("cluster") if data.clusters is not None else (),
        "text": metadata.text,
        "link": [link if link.startswith(("http://", "https://")) else "" for link in metadata.link],
    }
    others = {f"original {name}" if name in roles else name: values for name, values in metadata.columns.items()}
    return {name: list(values) for name, values in (roles | others).items() if any(values)}


def features_of(data: AtlasData) -> dict[str, np.ndarray]:
    """Return the features, {name: (n,) float64, NaN where undefined}, without the date."""
    return {name: values for name, values in data.table.columns.items() if name != "date"}


def unused(name: str, used: Iterable[str]) -> str:
    """Return a name that is not in use, with a number where it is."""
    taken, number, free = set(used), 2, name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free


def identifiers(records: Sequence[ImageRecord]) -> list[str]:
    """Return a name of each image that is usual in files and addresses, and stays when images are added."""
    found: dict[str, None] = {}
    for row, record in enumerate(records):
        plain = re.sub(r"[^A-Za-z0-9]", "", record.digest)[:16] or f"image{row}"
        found[plain if plain not in found else f"{plain}x{row}"] = None
    return list(found)


def jpeg_of(record: ImageRecord, long_side: int, quality: int = 85) -> bytes:
    """Return an image as JPEG, at most so large; b"" where it cannot be read."""
    from ...datasets.images import open_image

    try:
        return encoded(open_image(record, long_side), quality)
    except ImageError:
        return b""


def encoded(rgb: np.ndarray, quality: int = 85) -> bytes:
    """Return pixels as JPEG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def place(layout: Layout, row: int) -> tuple[float, float] | None:
    """Return the place of an image, upward, as other viewers have it; None without one."""
    x, y = (float(value) for value in layout.points[row])
    return (x, -y) if np.isfinite(x) and np.isfinite(y) else None


def plain_number(value: Any) -> float | None:
    """Return a finite number, else None."""
    return float(value) if np.isfinite(value) else None
