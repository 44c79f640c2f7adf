"""One image as a tile: photos cropped to its aspect, transparent images whole."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ...core.errors import ImageError
from ...datasets.decoders import Decoding
from ...datasets.fitting import fit_to, placed_size
from ...datasets.images import Focus, focus_of, open_layers

Size = tuple[int, int]

_SMART_PX = 256  # the long side at which faces are looked for, at least
_LAYERS = 3  # images that may be transparent are decoded so many times larger: their borders are cut off
_VISIBLE, _OPAQUE = 8, 250  # alpha
_MARGIN = 0.04  # beside a transparent image, as a share of the tile


def read_tile(path: Path, size: Size, crop: str, decoding: Decoding) -> np.ndarray:
    """Return an image as a tile.

    Parameters
    ----------
    path : Path
        The file.
    size : (int, int)
        Width and height of the tile in pixels.
    crop : {"centre", "smart", "none"}
        Whether a photo is cropped to its middle, or around faces and what draws the eye, or shown whole on a
        transparent ground.
    decoding : Decoding
        Formats and limits.

    Returns
    -------
    ndarray of shape (h, w, 3) or (h, w, 4)
        uint8, sRGB. Of a transparent image, the visible part is shown whole, with alpha; where nothing is visible, the
        colour is the mean of what is.

    Raises
    ------
    ImageError
        If the file cannot be used, or nothing in it is visible.
    """

    def enough(width: int, height: int) -> Size:
        placed = placed_size((width, height), size, "fit" if crop == "none" else "fill")
        scale = placed[0] / width * (_LAYERS if path.suffix.lower() not in _NEVER_TRANSPARENT else 1)
        if crop == "smart":
            scale = max(scale, _SMART_PX / max(width, height))
        return (width, height) if scale >= 1 else (max(1, round(width * scale)), max(1, round(height * scale)))

    pixels = open_layers(path, enough, decoding)
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3]
        if int(alpha.min()) < _OPAQUE:
            return whole_object(pixels, size)
    rgb = np.ascontiguousarray(pixels[..., :3])
    if crop == "none":
        return _whole_photo(rgb, size)
    if crop == "smart":
        return fit_to(rgb, size, "smart", focus=_focus(rgb))
    return fit_to(rgb, size, "fill")


def _whole_photo(rgb: np.ndarray, size: Size) -> np.ndarray:
    """A photo, as large as possible in the middle of a tile that is transparent beside it."""
    width, height = placed_size((rgb.shape[1], rgb.shape[0]), size, "fit")
    small = np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    tile = np.zeros((size[1], size[0], 4), np.uint8)
    tile[top : top + height, left : left + width] = np.dstack((small, np.full(small.shape[:2], 255, np.uint8)))
    return _with_mean_behind(tile)


def _focus(rgb: np.ndarray) -> Focus:
    """What matters in an image, found at one size whatever the size of the tile, so that all crops are the same."""
    scale = _SMART_PX / max(rgb.shape[:2])
    if scale >= 1:
        return focus_of(rgb)
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    return focus_of(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))


#: Endings of names of files that are hardly ever transparent; one that is, is decoded no larger than its tile.
_NEVER_TRANSPARENT = frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".bmp", ".heic", ".heif", ".dng", ".nef"))


def whole_object(rgba: np.ndarray, size: Size) -> np.ndarray:
    """Return the visible part of a transparent image, whole and as large as possible, in the middle of a tile.

    Parameters
    ----------
    rgba : ndarray of shape (h, w, 4)
        uint8, not premultiplied.
    size : (int, int)
        Width and height of the tile in pixels.

    Raises
    ------
    ImageError
        If nothing in it is visible.

    Examples
    --------
    >>> image = np.zeros((40, 40, 4), np.uint8)
    >>> image[10:20, 10:20] = (200, 30, 30, 255)
    >>> tile = whole_object(image, (20, 30))
    >>> tile[15, 10].tolist(), tile[0, 0].tolist()
    ([200, 30, 30, 255], [200, 30, 30, 0])
    """
    visible = rgba[..., 3] > _VISIBLE
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    if not rows.size:
        raise ImageError("is transparent throughout")
    part = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inner = tuple(max(1, round(side * (1 - 2 * _MARGIN))) for side in size)
    width, height = placed_size((part.shape[1], part.shape[0]), (inner[0], inner[1]), "fit")
    small = np.asarray(Image.fromarray(part).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    tile = np.zeros((size[1], size[0], 4), np.uint8)
    tile[top : top + height, left : left + width] = small
    return _with_mean_behind(tile)


def _with_mean_behind(tile: np.ndarray) -> np.ndarray:
    """Give invisible pixels the mean colour of the visible ones, so that filters and comparisons find no other."""
    weights = tile[..., 3:].astype(np.float32)
    mean = (tile[..., :3] * weights).sum(axis=(0, 1)) / max(1.0, float(weights.sum()))
    tile[..., :3][tile[..., 3] <= _VISIBLE] = np.round(mean).astype(np.uint8)
    return tile
