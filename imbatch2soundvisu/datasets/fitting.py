"""Images on a canvas of another aspect, without distortion."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..core.errors import ConfigError
from .colours import Colour, Size
from .cropping import Focus, crop_window, focus_of
from .decoders import Decoding

#: How an image fits a canvas.
FITS = {
    "fit": "the whole image on the background colour",
    "fill": "its middle, cropped to fill the frame",
    "smart": "a crop as tight, around faces and what draws the eye",
    "blur": "the whole image on a blurred copy of itself",
}
#: Those that fill the canvas and crop the image.
CROPPED = ("fill", "smart")


def fit_to(
    rgb: np.ndarray,
    size: Size,
    fit: str = "fit",
    background: Colour | None = None,
    decoding: Decoding | None = None,
    focus: Focus | None = None,
) -> np.ndarray:
    """Place an image on a canvas without distorting it.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.
    size : tuple of int
        (width, height) of the canvas in pixels.
    fit : {"fit", "fill", "smart", "blur"}
        "fit" shows the whole image on `background`, "fill" crops its centre, "smart" crops as much around faces and
        what draws the eye, "blur" shows the whole image over an enlarged, blurred and darkened copy.
    background : tuple of int, optional
        sRGB colour beside a letterboxed image; that of `decoding` when None.
    decoding : Decoding, optional
        Where the background comes from; `config.resolve()` when None.
    focus : Focus, optional
        What matters in the image, for "smart"; `focus_of(rgb)` when None.

    Returns
    -------
    ndarray of shape (height, width, 3)
        uint8, sRGB.

    Raises
    ------
    ConfigError
        If `fit` is unknown.

    Examples
    --------
    >>> white = np.full((10, 10, 3), 255, np.uint8)
    >>> fit_to(white, (30, 10), background=(0, 0, 0))[0, :, 0].tolist()[8:12]
    [0, 0, 255, 255]
    """
    width, height = size
    placed_width, placed_height = placed_size((rgb.shape[1], rgb.shape[0]), size, fit)
    placed = _resize(rgb, (placed_width, placed_height))
    if fit in CROPPED:
        left, top = (placed_width - width) // 2, (placed_height - height) // 2
        if fit == "smart" and (placed_width, placed_height) != size:
            window = crop_window(focus or focus_of(rgb), placed_width / placed_height, width / height)
            left = min(round(window.x * placed_width), placed_width - width)
            top = min(round(window.y * placed_height), placed_height - height)
        return np.ascontiguousarray(placed[top : top + height, left : left + width])
    if (placed_width, placed_height) == size:
        return placed
    canvas = _blurred(rgb, size) if fit == "blur" else _filled(size, background, decoding)
    left, top = (width - placed_width) // 2, (height - placed_height) // 2
    canvas[top : top + placed_height, left : left + placed_width] = placed
    return canvas


def placed_size(image: Size, canvas: Size, fit: str) -> Size:
    """Return the size of an image on a canvas, as (width, height) in pixels. Raises ConfigError for an unknown fit."""
    if fit not in FITS:
        raise ConfigError(f"unknown fit {fit!r}; choose one of {', '.join(FITS)}")
    ratios = canvas[0] / image[0], canvas[1] / image[1]
    scale = max(ratios) if fit in CROPPED else min(ratios)
    width, height = max(1, round(image[0] * scale)), max(1, round(image[1] * scale))
    if fit in CROPPED:
        return max(width, canvas[0]), max(height, canvas[1])
    return min(width, canvas[0]), min(height, canvas[1])


def _resize(rgb: np.ndarray, size: Size) -> np.ndarray:
    if (rgb.shape[1], rgb.shape[0]) == size:
        return rgb
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def _filled(size: Size, background: Colour | None, decoding: Decoding | None) -> np.ndarray:
    colour = background or (decoding or Decoding.of()).background or (0, 0, 0)
    return np.full((size[1], size[0], 3), colour, np.uint8)


def _blurred(rgb: np.ndarray, size: Size) -> np.ndarray:
    import cv2

    small = (max(8, size[0] // 8), max(8, size[1] // 8))
    cover = fit_to(_resize(rgb, placed_size((rgb.shape[1], rgb.shape[0]), small, "fill")), small, "fill")
    soft = cv2.GaussianBlur(cover, (0, 0), max(small) / 22)
    large = cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC)
    return (large.astype(np.float32) * 0.45).astype(np.uint8)
