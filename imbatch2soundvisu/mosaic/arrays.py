"""Images that are given as arrays or as images of Pillow."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..core import ImageRecord
from ..core.errors import ConfigError
from ..datasets.discovery import digest_of
from ..runtime.files import atomic

#: Name of the folder of arrays in the cache.
FOLDER = "arrays"


def is_pixels(value: Any) -> bool:
    """Return whether a value is an array or an image of Pillow."""
    return isinstance(value, np.ndarray | Image.Image)


def pixels_of(value: Any, what: str) -> np.ndarray:
    """Return an array or an image of Pillow as sRGB pixels.

    Parameters
    ----------
    value : ndarray or PIL.Image.Image
        Grey, RGB or RGBA, of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4): uint8, uint16, bool, or float from 0
        to 1.
    what : str
        For messages: "target=".

    Returns
    -------
    ndarray of shape (h, w, 3) or (h, w, 4)
        uint8.

    Raises
    ------
    ConfigError
        If it is something else.

    Examples
    --------
    >>> pixels_of(np.array([[0.0, 0.5]]), "target=").tolist()
    [[[0, 0, 0], [128, 128, 128]]]
    """
    if isinstance(value, Image.Image):
        value = np.asarray(value.convert("RGBA" if value.has_transparency_data else "RGB"))
    if value.ndim not in (2, 3) or (value.ndim == 3 and value.shape[2] not in (1, 3, 4)):
        raise ConfigError(f"{what} has the shape {value.shape}; an image is (h, w), (h, w, 3) or (h, w, 4)")
    if not value.size:
        raise ConfigError(f"{what} has the shape {value.shape}: it has no pixels")
    pixels = _bytes_of(value, what)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return np.ascontiguousarray(pixels if pixels.shape[2] > 1 else pixels.repeat(3, axis=2))


def _bytes_of(values: np.ndarray, what: str) -> np.ndarray:
    kind = values.dtype.kind
    if values.dtype == np.uint8:
        return values
    if kind == "b":
        return values.astype(np.uint8) * 255
    if values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    if kind == "f" and np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1:
        return np.floor(values * 255 + 0.5).astype(np.uint8)
    if kind in "iu" and values.min() >= 0 and values.max() <= 255:
        return values.astype(np.uint8)
    raise ConfigError(f"{what} is {values.dtype}; pixels are uint8, uint16, bool, or float from 0 to 1")


def over_background(pixels: np.ndarray, background: tuple[int, int, int]) -> np.ndarray:
    """Return pixels without alpha, (h, w, 3) uint8, composed over a colour where they have it."""
    if pixels.shape[2] == 3:
        return pixels
    image = Image.fromarray(pixels)
    canvas = Image.new("RGB", image.size, background)
    canvas.paste(image, mask=image.getchannel("A"))
    return np.asarray(canvas)


def kept_record(pixels: np.ndarray, folder: Path, number: int) -> ImageRecord:
    """Return the record of an array, which is written as PNG to a folder unless it is there.

    Parameters
    ----------
    pixels : ndarray of shape (h, w, 3) or (h, w, 4)
        uint8.
    folder : Path
        A folder of the cache.
    number : int
        Of the array, for its name.
    """
    described = repr(pixels.shape).encode()
    path = folder / f"{hashlib.blake2b(described + pixels.tobytes(), digest_size=16).hexdigest()}.png"
    if not path.exists():
        with atomic(path) as partial:
            Image.fromarray(pixels).save(partial, format="PNG", compress_level=1)
    return ImageRecord(path, digest_of(path), pixels.shape[1], pixels.shape[0], name=f"array {number}", format="PNG")
