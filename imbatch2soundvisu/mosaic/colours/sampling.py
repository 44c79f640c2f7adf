"""Area averages of cells and tiles: a few samples of each, many together."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided

#: Pixels that are averaged together.
_BATCH_PIXELS = 1 << 20


def averages(pixels: np.ndarray, samples: tuple[int, int]) -> np.ndarray:
    """Return images of one size as samples, each the mean of the pixels in its share of the area.

    Parameters
    ----------
    pixels : ndarray of shape (n, h, w, c)
        uint8 or float32.
    samples : (int, int)
        Samples across and down an image.

    Returns
    -------
    ndarray of shape (n, down, across, c)
        Of the same type; uint8 is rounded.
    """
    across, down = samples
    found = np.empty((len(pixels), down, across, pixels.shape[3]), pixels.dtype)
    step = max(1, _BATCH_PIXELS // (pixels.shape[1] * pixels.shape[2]))
    for start in range(0, len(pixels), step):
        found[start : start + step] = _averaged(pixels[start : start + step], samples)
    return found


def box_averages(
    canvas: np.ndarray,
    boxes: np.ndarray,
    samples: tuple[int, int],
    of: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Return boxes of an image as samples; what is beyond the image repeats its edge.

    Parameters
    ----------
    canvas : ndarray of shape (h, w, c)
        uint8.
    boxes : ndarray of shape (n, 4)
        Left, top, width and height of each in pixels.
    samples : (int, int)
        Samples across and down a box, for boxes of any size.
    of : callable, optional
        What is averaged: a function of pixels, (n, h, w, c) uint8, that returns float32 of the same shape.

    Returns
    -------
    ndarray of shape (n, down, across, c)
        uint8; float32 with `of`.
    """
    kind = np.uint8 if of is None else np.float32
    found = np.empty((len(boxes), samples[1], samples[0], canvas.shape[2]), kind)
    sizes, group = np.unique(boxes[:, 2:], axis=0, return_inverse=True)
    for number, (width, height) in enumerate(sizes.tolist()):
        same = np.flatnonzero(group.reshape(-1) == number)
        same = same[np.argsort(boxes[same, 1], kind="stable")]
        step = max(1, _BATCH_PIXELS // (width * height))
        for start in range(0, len(same), step):
            some = same[start : start + step]
            pixels = _cut(canvas, boxes[some])
            found[some] = _averaged(pixels if of is None else of(pixels), samples)
    return found


def _cut(canvas: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The pixels of boxes of one size, (n, h, w, c)."""
    (width, height), (left, top) = boxes[0, 2:].tolist(), boxes[:, :2].min(axis=0).tolist()
    right, bottom = (boxes[:, :2].max(axis=0) + (width, height)).tolist()
    part = _padded(canvas, (left, top, right, bottom))
    (rows, columns, channels), stride = part.shape, part.strides[0]
    windows = as_strided(  # a pixel and its channels are one axis, so that rows of a box are copied whole
        part,
        (rows - height + 1, columns - width + 1, height, width * channels),
        (stride, channels, stride, 1),
        writeable=False,
    )
    found = windows[boxes[:, 1] - top, boxes[:, 0] - left]
    return found.reshape(len(boxes), height, width, channels)


def _padded(canvas: np.ndarray, edges: tuple[int, int, int, int]) -> np.ndarray:
    """Part of an image from (left, top) to (right, bottom), contiguous; what is beyond the image repeats its edge."""
    (left, top, right, bottom), (height, width) = edges, canvas.shape[:2]
    (x0, x1), (y0, y1) = _within(left, right, width), _within(top, bottom, height)
    part, beyond = canvas[y0:y1, x0:x1], (y0 - top, bottom - y1, x0 - left, right - x1)
    if any(beyond):
        return cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REPLICATE).reshape(bottom - top, right - left, -1)
    return np.ascontiguousarray(part)


def _within(first: int, last: int, length: int) -> tuple[int, int]:
    """The part of a range that is within 0 to `length`; at least one pixel, the nearest."""
    start = min(max(first, 0), length - 1)
    return start, max(start + 1, min(last, length))


def _averaged(pixels: np.ndarray, samples: tuple[int, int]) -> np.ndarray:
    """As `averages`. Images one below the other are resized as one: each begins with a whole sample."""
    across, down = samples
    for axis, count in ((1, down), (2, across)):
        if pixels.shape[axis] < count:  # repeated, so that a sample is a mean of pixels of its own image alone
            pixels = np.repeat(pixels, -(-count // pixels.shape[axis]), axis=axis)
    number, height, width, channels = pixels.shape
    if (width, height) == samples:
        return pixels
    column = np.ascontiguousarray(pixels).reshape(number * height, width, channels)
    small = cv2.resize(column, (across, number * down), interpolation=cv2.INTER_AREA)
    return small.reshape(number, down, across, channels)
