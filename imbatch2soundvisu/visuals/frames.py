"""Images as frames of a given size, and as thumbnails."""

from __future__ import annotations

import base64
import functools
import io
from typing import TYPE_CHECKING

import numpy as np

from ..config import resolve
from ..core import ImageRecord, Region
from ..core.errors import ImageError
from .placeholders import placeholder

if TYPE_CHECKING:
    from ..datasets.cropping import Focus

_FOCUS_PX = 256  # the long side at which what matters is looked for


def frame(
    record: ImageRecord,
    size: tuple[int, int],
    fit: str = "fit",
    background: tuple[int, int, int] | None = None,
    faces: tuple[Region, ...] | None = None,
) -> np.ndarray:
    """Return an image on a canvas, never stretched.

    Parameters
    ----------
    record : ImageRecord
        The image.
    size : (int, int)
        Width and height of the canvas in pixels.
    fit : {"fit", "fill", "smart", "blur"}
        Letterboxed, the middle or what matters cropped to fill the canvas, or letterboxed over a blurred copy.
    background : (int, int, int), optional
        sRGB colour beside a letterboxed image; that of the settings when None.
    faces : tuple of Region, optional
        Faces that were measured in the image, for "smart"; they are looked for when None.

    Returns
    -------
    ndarray of shape (height, width, 3)
        uint8, sRGB.

    Raises
    ------
    ImageError
        With the image's name, if it cannot be read.
    """
    from ..datasets import images

    background = resolve().background if background is None else background
    try:
        focus = focus_of(record, faces) if fit == "smart" else None
        return images.open_to_fit(record, size, fit, background, focus=focus)
    except ImageError as error:
        raise ImageError(f"{record.name or record.path}: {error}") from error


def focus_of(record: ImageRecord, faces: tuple[Region, ...] | None = None) -> Focus:
    """Return what matters in an image, the same for every size it is shown at.

    Raises
    ------
    ImageError
        If the image cannot be read.
    """
    return _known_focus(record, faces) if record.digest else _focus(record, faces)


def _focus(record: ImageRecord, faces: tuple[Region, ...] | None) -> Focus:
    from ..datasets import images

    return images.focus_of(images.open_image(record, _FOCUS_PX), faces)


_known_focus = functools.lru_cache(maxsize=2048)(_focus)


def thumbnail(record: ImageRecord, side: int) -> np.ndarray:
    """Return a whole image, its longer side at most `side` pixels, as (h, w, 3) uint8.

    Raises
    ------
    ImageError
        If the image cannot be read.
    """
    from ..datasets import images

    return images.open_image(record, side)


def thumbnail_uri(record: ImageRecord, side: int, part: Region | None = None) -> str:
    """Return a thumbnail as a data: URI (JPEG), for HTML; a placeholder for an image that cannot be read.

    With `part` it is a square around that region of the image.
    """
    from PIL import Image

    from .face_sheets import face_crop

    try:
        pixels = thumbnail(record, side) if part is None else face_crop(record, part, side)
    except ImageError:
        pixels = placeholder((side, side))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
