"""A frame of a video as it is shown: square pixels, upright, in sRGB, without the comb of two fields."""

from __future__ import annotations

import functools
import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .colour_spaces import ColourSpace, of_code_points

if TYPE_CHECKING:
    import av

_UNSPECIFIED, _RESERVED = 2, 0
_BT2020 = 9
_HD_ROWS = 720  # without a tag, videos of this height are in BT.709, smaller ones in BT.601
_WIDEST = 16  # aspect ratios of pixels beyond it are damage


def picture(frame: av.VideoFrame, pixel_aspect: Fraction | None = None) -> np.ndarray:
    """Return the pixels of a decoded frame.

    Parameters
    ----------
    frame : av.VideoFrame
        Its display matrix turns and mirrors it; its code points give the matrix, the primaries and the curve. High
        dynamic range (PQ, HLG) is tone-mapped.
    pixel_aspect : Fraction, optional
        Width over height of a pixel (sample aspect ratio).

    Returns
    -------
    ndarray of shape (h, w, 3)
        uint8, sRGB. The frame is enlarged along one side where pixels are not square.
    """
    space = colour_space(frame)
    pixels: np.ndarray = frame.reformat(format=_format(space), **_options(frame)).to_ndarray()
    if frame.interlaced_frame and _is_combed(pixels):
        pixels = _one_field(pixels)
    pixels = np.ascontiguousarray(pixels) if space is None else space.to_srgb(pixels)
    pixels = _with_square_pixels(pixels, pixel_aspect)
    return np.ascontiguousarray(upright(pixels, _display_matrix(frame)))


def colour_space(frame: av.VideoFrame) -> ColourSpace | None:
    """Return the colour space of a frame, None for that of ordinary videos, which is shown as sRGB."""
    return of_code_points(int(getattr(frame, "color_primaries", 0)), int(getattr(frame, "color_trc", 0)))


def upright(pixels: np.ndarray, matrix: tuple[int, ...] | None) -> np.ndarray:
    """Turn and mirror pixels as a display matrix says.

    Parameters
    ----------
    pixels : ndarray of shape (h, w, 3)
        Any type.
    matrix : tuple of int, optional
        Nine values (ISO/IEC 14496-12): a point (x, y) is shown at (a x + c y, b x + d y), where a, b, c, d are the
        values 0, 1, 3 and 4. Angles between multiples of 90° are rounded.

    Examples
    --------
    >>> upright(np.arange(6).reshape(1, 2, 3), (-1, 0, 0, 0, 1, 0, 0, 0, 1)).tolist()
    [[[3, 4, 5], [0, 1, 2]]]
    """
    if matrix is None:
        return pixels
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    if abs(b) + abs(c) > abs(a) + abs(d):
        pixels, a, d = pixels.transpose(1, 0, 2), c, b
    return pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


def _format(space: ColourSpace | None) -> str:
    return "rgb48le" if space is not None and space.is_hdr else "rgb24"


def _options(frame: av.VideoFrame) -> dict[str, Any]:
    """Exact conversion, and the matrix that players take where the video does not say it."""
    options: dict[str, Any] = {"interpolation": _exact()} if _exact() is not None else {}
    if frame.colorspace in (_UNSPECIFIED, _RESERVED) and not frame.format.is_rgb:
        if getattr(frame, "color_primaries", 0) == _BT2020:
            options["src_colorspace"] = _BT2020
        elif frame.height >= _HD_ROWS:
            options["src_colorspace"] = "ITU709"
    return options


@functools.cache
def _exact() -> Any:
    """The flags of an exact conversion, which differs by up to 4 levels from the fast one; None in an old PyAV."""
    from av.video.reformatter import Interpolation

    try:
        return Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    except (AttributeError, TypeError):
        return None


def _display_matrix(frame: av.VideoFrame) -> tuple[int, ...] | None:
    data: Any
    for data in frame.side_data:
        if data.type.name == "DISPLAYMATRIX":
            content = bytes(data)
            return struct.unpack("=9i", content[:36]) if len(content) >= 36 else None
    return None


def _is_combed(pixels: np.ndarray) -> bool:
    """Whether neighbouring rows, which are of two moments, differ more than the rows of one field."""
    green = pixels[..., 1].astype(np.int32)
    return bool(np.abs(green[1:-1] - green[:-2]).mean() > np.abs(green[2:] - green[:-2]).mean())


def _one_field(pixels: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.resize(pixels[::2], (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_LINEAR)


def _with_square_pixels(pixels: np.ndarray, aspect: Fraction | None) -> np.ndarray:
    import cv2

    if not aspect or aspect == 1 or not 1 / _WIDEST <= aspect <= _WIDEST:
        return pixels
    height, width = pixels.shape[:2]
    size = (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
