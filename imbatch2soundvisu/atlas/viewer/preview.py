"""A map as one small image, painted from its sheets of thumbnails."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from .thumbnails import SHEET, SIDES, Thumbnails

#: The long side of a preview, in pixels; the share of the space of an image that it fills; the colour behind.
LONG_SIDE, _FILLED, _PAPER = 1200, 0.92, 20
_SMALL = 1.5  # thumbnails may be enlarged so many times before the larger ones are used


def paint_preview(folder: Path, points: np.ndarray, thumbnails: Thumbnails, long_side: int = LONG_SIDE) -> np.ndarray:
    """Return a preview of a map, (h, w, 3) uint8.

    Parameters
    ----------
    folder : Path
        With the sheets that `write_thumbnails` wrote.
    points : ndarray of shape (n, 2)
        The middle of each image in units of one image; NaN for those without a place, which are left out.
    thumbnails : Thumbnails
        What was written of the images.
    long_side : int
        Of the preview, in pixels.
    """
    placed = np.isfinite(points).all(axis=1)
    low = points[placed].min(axis=0, initial=0.0) - 0.5 if placed.any() else np.zeros(2)
    span = points[placed].max(axis=0, initial=0.0) + 0.5 - low if placed.any() else np.ones(2)
    scale = min(long_side / float(span.max()), 4.0 * max(SIDES))
    width, height = (max(1, round(float(length) * scale)) for length in span)
    canvas = np.full((height, width, 3), _PAPER, np.uint8)
    side = next((each for each in sorted(SIDES) if each * _SMALL >= scale), max(SIDES))
    sheet = lru_cache(maxsize=4)(lambda number: _sheet(folder, side, number))
    columns = SHEET // side
    for position, image in enumerate(thumbnails.order.tolist()):
        if not placed[image]:
            continue
        number, within = divmod(position, columns * columns)
        row, column = divmod(within, columns)
        square = sheet(number)[row * side : (row + 1) * side, column * side : (column + 1) * side]
        _paint(canvas, square, (points[image] - low) * scale, scale, float(thumbnails.aspects[image]))
    return canvas


def _paint(canvas: np.ndarray, square: np.ndarray, middle: np.ndarray, scale: float, aspect: float) -> None:
    """Paint a thumbnail, which is stretched to a square, in its own aspect."""
    most = scale * _FILLED
    width, height = (max(1, round(most * min(1.0, share))) for share in (aspect, 1 / aspect))
    left, top = (round(float(value) - length / 2) for value, length in zip(middle, (width, height), strict=True))
    shrink = cv2.INTER_AREA if width * height < square.shape[0] ** 2 else cv2.INTER_LINEAR
    pixels = cv2.resize(square, (width, height), interpolation=shrink)
    x, y = max(left, 0), max(top, 0)
    box = canvas[y : top + height, x : left + width]
    box[:] = pixels[y - top : y - top + box.shape[0], x - left : x - left + box.shape[1]]


def _sheet(folder: Path, side: int, number: int) -> np.ndarray:
    """A sheet, from the script that the page loads it from."""
    text = (folder / f"sheet-{side}-{number}.js").read_text(encoding="ascii")
    data = base64.b64decode(text.split("base64,", 1)[1].split('"', 1)[0])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
