"""Samples of the cells of a frame, from its planes where that gives the same colours in a fraction of the time.

Averaging and the conversion from Y'CbCr to R'G'B' are linear: a frame is averaged first, and the few samples converted.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ...datasets.video_pictures import colour_space, picture
from .grid import FrameGrid

if TYPE_CHECKING:
    import av

_FULL_RANGE, _BT709, _BT601, _UNKNOWN = 2, (1,), (5, 6), (0, 2)
_BT2020_PRIMARIES, _HD_ROWS = 9, 720
#: Red and blue weights of luma (ITU-R BT.709, BT.601).
_WEIGHTS = {709: (0.2126, 0.0722), 601: (0.299, 0.114)}


def frame_samples(frame: av.VideoFrame, grid: FrameGrid, aspect: Fraction | None) -> np.ndarray:
    """Return the samples of a decoded frame, (rows x sy, columns x sx, 3) uint8, sRGB.

    Parameters
    ----------
    frame : av.VideoFrame
        As it was decoded.
    grid : FrameGrid
        Where the cells are.
    aspect : Fraction or None
        Width over height of a pixel.
    """
    if not is_plain(frame, grid, aspect):
        return grid.sampled(picture(frame, aspect))
    height, width = frame.height, frame.width
    planes = frame.to_ndarray(format="yuv420p") if frame.format.name == "nv12" else frame.to_ndarray()
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    means = [grid.sampled(planes[:height]), *(grid.sampled(each, 2) for each in chroma)]
    matrix = rgb_matrix(matrix_of(frame), is_full_range(frame))
    rgb = cv2.transform(cv2.merge([each.astype(np.float32) for each in means]), matrix)
    return np.clip(rgb + 0.5, 0, 255).astype(np.uint8)


def is_plain(frame: av.VideoFrame, grid: FrameGrid, aspect: Fraction | None) -> bool:
    """Return whether a frame is progressive 4:2:0 of 8 bits, upright, with square pixels, in a usual colour space."""
    sides = (frame.width, frame.height, *grid.start, *grid.extent)
    side_data: Any = frame.side_data
    return (
        frame.format.name in ("yuv420p", "yuvj420p", "nv12")
        and (frame.width, frame.height) == grid.shown
        and not any(side % 2 for side in sides)
        and not frame.interlaced_frame
        and (not aspect or aspect == 1)
        and not any(each.type.name == "DISPLAYMATRIX" for each in side_data)
        and int(frame.colorspace) in (*_BT709, *_BT601, *_UNKNOWN)
        and int(getattr(frame, "color_primaries", 0)) != _BT2020_PRIMARIES
        and colour_space(frame) is None
    )


def is_full_range(frame: av.VideoFrame) -> bool:
    """Return whether luma is from 0 to 255, not from 16 to 235."""
    return int(frame.color_range) == _FULL_RANGE or frame.format.name == "yuvj420p"


def matrix_of(frame: av.VideoFrame) -> int:
    """Return 709 or 601: the matrix that a frame states, or that players take for its height."""
    stated = int(frame.colorspace)
    if stated in _UNKNOWN:
        return 709 if frame.height >= _HD_ROWS else 601
    return 709 if stated in _BT709 else 601


def rgb_matrix(matrix: int, full: bool) -> np.ndarray:
    """Return the (3, 4) matrix from 8-bit Y'CbCr to R'G'B' from 0 to 255 (ITU-T H.273, 8.3).

    Examples
    --------
    >>> (rgb_matrix(709, False) @ [235, 128, 128, 1]).round().tolist()
    [255.0, 255.0, 255.0]
    """
    red, blue = _WEIGHTS[matrix]
    green = 1 - red - blue
    luma, chroma, black = (1.0, 1.0, 0) if full else (255 / 219, 255 / 224, 16)
    linear = np.array(
        [
            [luma, 0, 2 * (1 - red) * chroma],
            [luma, -2 * blue * (1 - blue) / green * chroma, -2 * red * (1 - red) / green * chroma],
            [luma, 2 * (1 - blue) * chroma, 0],
        ]
    )
    return np.column_stack((linear, -linear @ [black, 128, 128]))
