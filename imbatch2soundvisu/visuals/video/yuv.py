"""Planar images as encoders take them (4:2:0, BT.709, limited range), and zooming on them at sub-pixel precision.

A planar image of w × h pixels, both even, is one uint8 array of shape (3h/2, w): the rows of luma, then the two chroma
planes of a quarter of the size. Chroma samples are sited at the left luma column of their pair, as H.264 decoders
assume ("left" siting, ITU-T H.264 annex E). PyAV's `VideoFrame.reformat` has no parameter for the siting and moves
colours by half a pixel, up to 15 levels at edges, where this conversion is within 2; see `benchmarks/bench_yuv.py`.
"""

from __future__ import annotations

import numpy as np

from ...core.errors import ConfigError

_SMALLEST_PX, _LARGEST_PX = 2, 16_384
# ITU-R BT.709-6, table 3: luma weights; the rows map 8-bit R'G'B' to Y' 16..235 and Cb, Cr 16..240.
_KR, _KB = 0.2126, 0.0722
_LUMA = np.array([_KR, 1 - _KR - _KB, _KB])
_TO_Y = np.append(_LUMA * 219 / 255, 16)[None]
_TO_CHROMA = np.stack(
    [
        np.append((np.array([0, 0, 1]) - _LUMA) * 224 / 255 / (2 * (1 - _KB)), 128),
        np.append((np.array([1, 0, 0]) - _LUMA) * 224 / 255 / (2 * (1 - _KR)), 128),
    ]
)
_TENT = np.array([0.25, 0.5, 0.25], np.float32)
_ONE = np.array([1.0], np.float32)


def even_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return a size with odd sides rounded down.

    Raises
    ------
    ConfigError
        If a side is not from 2 to 16,384 pixels.

    Examples
    --------
    >>> even_size((641, 360))
    (640, 360)
    """
    width, height = (int(side) // 2 * 2 for side in size)
    if not all(_SMALLEST_PX <= side <= _LARGEST_PX for side in (width, height)):
        raise ConfigError(
            f"a video is from {_SMALLEST_PX} to {_LARGEST_PX} pixels wide and high, not {size[0]} × {size[1]}"
        )
    return width, height


def to_planar(rgb: np.ndarray) -> np.ndarray:
    """Return an image as planar Y'CbCr.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB; h and w even.

    Returns
    -------
    ndarray of shape (3h/2, w)
        uint8.

    References
    ----------
    ITU-R BT.709-6, tables 3 and 4.

    Examples
    --------
    >>> [int(plane[0, 0]) for plane in planes(to_planar(np.full((2, 2, 3), (255, 0, 0), np.uint8)))]
    [63, 102, 240]
    """
    import cv2

    height, width = rgb.shape[:2]
    planar = np.empty((height * 3 // 2, width), np.uint8)
    planar[:height] = cv2.transform(rgb, _TO_Y).reshape(height, width)
    chroma = cv2.transform(chroma_sited(rgb), _TO_CHROMA)
    planar[height:].reshape(2, height // 2, width // 2)[:] = chroma.transpose(2, 0, 1)
    return planar


def chroma_sited(rgb: np.ndarray) -> np.ndarray:
    """Return (h/2, w/2, 3) uint8: an image of shape (h, w, 3) at the sites of its chroma samples."""
    import cv2

    height, width = rgb.shape[:2]
    halved = cv2.resize(rgb, (width, height // 2), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cv2.sepFilter2D(halved, -1, _TENT, _ONE, borderType=cv2.BORDER_REPLICATE)[:, ::2])


def planes(planar: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return views of luma (h, w) and of the two chroma planes (h/2, w/2)."""
    width = planar.shape[1]
    height = planar.shape[0] * 2 // 3
    chroma = planar[height:].reshape(2, height // 2, width // 2)
    return planar[:height], chroma[0], chroma[1]


def blend(first: np.ndarray, second: np.ndarray, weight: float) -> np.ndarray:
    """Return the mean of two planar images; `weight`, in [0, 1], is that of the second.

    The result is that of blending their R'G'B' values, since the conversion is linear in them.
    """
    import cv2

    return cv2.addWeighted(first, 1.0 - weight, second, weight, 0.0)


def view(canvas: np.ndarray, size: tuple[int, int], step: float, corner: tuple[float, float]) -> np.ndarray:
    """Return a part of a larger planar image, resampled.

    Parameters
    ----------
    canvas : ndarray of shape (3h/2, w)
        uint8, planar.
    size : (int, int)
        Width and height of the result in pixels, both even.
    step : float
        Pixels of the canvas for each pixel of the result; need not be whole, so that motions do not jitter.
    corner : (float, float)
        Left and top edge of the part, in pixels of the canvas; need not be whole.

    Returns
    -------
    ndarray of shape (3 height / 2, width)
        uint8, planar.
    """
    width, height = size
    left, top = corner[0] + (step - 1) / 2, corner[1] + (step - 1) / 2
    result = np.empty((height * 3 // 2, width), np.uint8)
    luma, blue, red = planes(canvas)
    luma_out, blue_out, red_out = planes(result)
    _warp(luma, luma_out, step, left, top)
    chroma_top = (top + 0.5 * step - 0.5) / 2
    _warp(blue, blue_out, step, left / 2, chroma_top)
    _warp(red, red_out, step, left / 2, chroma_top)
    return result


def _warp(source: np.ndarray, target: np.ndarray, step: float, left: float, top: float) -> None:
    import cv2

    matrix = np.array([[step, 0, left], [0, step, top]], np.float64)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (target.shape[1], target.shape[0])
    target[:] = cv2.warpAffine(source, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
