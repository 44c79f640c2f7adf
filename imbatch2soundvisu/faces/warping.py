"""A photo turned, scaled and moved into a frame: sub-pixel, without aliasing, its borders filled."""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np

from ..core.errors import ConfigError
from ..datasets.images import decode
from .alignment import scale_of

#: How what a photo does not cover is filled, besides a colour.
BORDERS = {
    "blur": "the edges of the photo continued, the more blurred the farther out",
    "reflect": "the mirrored photo",
    "cover": "frames come closer until photos cover them, as far as that is possible; else as blur",
}
_FINER = 2  # frames that show a photo smaller than it is are drawn so many times larger, then averaged
_MOST_PIXELS = 48_000_000  # that are decoded; decoders that make an image smaller move it by up to a pixel
#: Beyond the edge of a photo its continued edge is blurred in steps: how much, the distance where that begins, and the
#: one within which it does so fully; all as shares of the frame.
_BLURS = ((0.01, 0.0, 0.02), (0.03, 0.01, 0.02), (0.1, 0.03, 0.06), (0.25, 0.09, 0.2))


class _HasSize(Protocol):
    @property
    def path(self) -> Any: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


def check_border(border: Any) -> None:
    """Raise ConfigError unless a border is a name in BORDERS or a colour."""
    if isinstance(border, str) and border in BORDERS:
        return
    channels = border if isinstance(border, tuple | list) and len(border) == 3 else [None]
    if all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each <= 255 for each in channels):
        return
    raise ConfigError(f"border={border!r} must be one of {', '.join(BORDERS)}, or a colour such as (0, 0, 0)")


def aligned_frame(photo: _HasSize, matrix: np.ndarray, size: tuple[int, int], border: Any = "blur") -> np.ndarray:
    """Return a photo in a frame, drawn from the photo at full size (up to 48 megapixels).

    Parameters
    ----------
    photo : ImageRecord
        Its file and its size.
    matrix : ndarray of shape (2, 3)
        From pixels of the photo at full size to pixels of the frame.
    size : (int, int)
        Width and height of the frame.
    border : str or (int, int, int)
        See `warped`.

    Returns
    -------
    ndarray of shape (height, width, 3)
        uint8, sRGB.

    Raises
    ------
    ImageError
        If the photo cannot be read.
    """
    side, pixels = max(photo.width, photo.height), photo.width * photo.height
    found = decode(photo, None if pixels <= _MOST_PIXELS else int(side * (_MOST_PIXELS / pixels) ** 0.5))
    shrunk = np.array([found.rgb.shape[1] / found.width, found.rgb.shape[0] / found.height])
    return warped(found.rgb, np.column_stack([matrix[:, :2] / shrunk, matrix[:, 2]]), size, border)


def warped(rgb: np.ndarray, matrix: np.ndarray, size: tuple[int, int], border: Any = "blur") -> np.ndarray:
    """Return an image after a transform.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.
    matrix : ndarray of shape (2, 3)
        From pixels of the image to pixels of the frame, both continuous: the middle of the first pixel is at 0.5.
    size : (int, int)
        Width and height of the frame.
    border : str or (int, int, int)
        What is where the image is not: "blur", "reflect" ("cover" is "blur" here), or a colour.

    Returns
    -------
    ndarray of shape (height, width, 3)
        uint8. Cubic interpolation where it is enlarged; averaged where it is made smaller.
    """
    rgb, matrix = _reduced(rgb, matrix)
    finer = _FINER if scale_of(matrix) < 1 else 1
    large = size[0] * finer, size[1] * finer
    indexed = _for_indices(matrix * finer)
    calm = border in ("blur", "cover")  # a mirrored portrait has a second face below the first
    beyond = cv2.BORDER_REPLICATE if calm else cv2.BORDER_REFLECT
    frame = cv2.warpAffine(rgb, indexed, large, flags=cv2.INTER_CUBIC, borderMode=beyond)
    if not isinstance(border, str):
        frame = _coloured_outside(frame, rgb, indexed, border)
    frame = frame if finer == 1 else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return _blurred_outside(frame, rgb, matrix) if calm else frame


def _reduced(rgb: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An image that is much larger than it is shown, averaged to twice that size, and its transform."""
    scale = scale_of(matrix) * _FINER
    if scale >= 0.9:
        return rgb, matrix
    height, width = rgb.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    shrunk = np.array([size[0] / width, size[1] / height])
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return small, np.column_stack([matrix[:, :2] / shrunk, matrix[:, 2]])


def _for_indices(matrix: np.ndarray) -> np.ndarray:
    """A transform of continuous coordinates as one of the indices of pixels."""
    return np.column_stack([matrix[:, :2], matrix[:, :2] @ (0.5, 0.5) + matrix[:, 2] - 0.5])


def _inside(rgb: np.ndarray, indexed: np.ndarray, size: tuple[int, int], flags: int) -> np.ndarray:
    """Where the image is, (h, w) uint8, from 0 to 255."""
    whole = np.full(rgb.shape[:2], 255, np.uint8)
    return cv2.warpAffine(whole, indexed, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)


def _coloured_outside(frame: np.ndarray, rgb: np.ndarray, indexed: np.ndarray, colour: Any) -> np.ndarray:
    """A frame with a colour where the image is not; the edge is smooth."""
    share = _inside(rgb, indexed, (frame.shape[1], frame.shape[0]), cv2.INTER_LINEAR)[..., None] / np.float32(255)
    return np.asarray(np.rint(frame * share + np.array(colour, np.float32) * (1 - share)), np.uint8)


def _blurred_outside(frame: np.ndarray, rgb: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A frame of which what is outside the image is blurred, the more the farther from its edge."""
    height, width = frame.shape[:2]
    outside = 255 - _inside(rgb, _for_indices(matrix), (width, height), cv2.INTER_NEAREST)
    if not outside.any():
        return frame
    side = min(width, height)
    far = cv2.distanceTransform(outside, cv2.DIST_L2, 5)[..., None] / side
    small = cv2.resize(frame, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    found = frame.astype(np.float32)
    for blur, begins, within in _BLURS:
        soft = cv2.GaussianBlur(small, (0, 0), blur * side / 4, borderType=cv2.BORDER_REPLICATE)
        soft = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
        found += np.clip((far - begins) / within, 0, 1) * (soft - found)
    return np.asarray(np.rint(found), np.uint8)
