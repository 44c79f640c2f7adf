"""Landmarks of a face with a precision below a pixel: the mean of predictions from slightly different boxes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

#: Width of the box of a face, and of the square around it, in pixels, in which landmarks are predicted.
BOX_PX, CHIP_PX = 300, 600
#: Displacements of the boxes, and their sizes, as shares of the box.
_MOVED, _SCALED = (-0.03, 0.03), (0.95, 1.05)

#: The landmarks of the face in a box (left, top, right, bottom) of an image, (m, 2).
Predictor = Callable[[np.ndarray, tuple[int, int, int, int]], np.ndarray]


def precise_landmarks(rgb: np.ndarray, box: tuple[float, float, float, float], predict: Predictor) -> np.ndarray:
    """Return the landmarks of a face.

    A predictor gives whole pixels, and others when its box is moved a little. Predicted in an enlarged face, from
    several boxes, their mean differs half as much from that of another photo of the same face.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, the image.
    box : (float, float, float, float)
        Left, top, width and height of the face in pixels.
    predict : callable
        `predict(rgb, (left, top, right, bottom)) -> (m, 2)`, in pixels.

    Returns
    -------
    ndarray of shape (m, 2)
        float64, in pixels of the image; whole numbers are the middles of pixels.

    Examples
    --------
    >>> middle = lambda rgb, box: np.array([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]])
    >>> precise_landmarks(np.zeros((50, 50, 3), np.uint8), (10, 20, 20, 20), middle).round().tolist()
    [[20.0, 30.0]]
    """
    left, top, width, height = box
    scale = BOX_PX / max(1.0, width)
    centre = np.array([left + width / 2, top + height / 2])
    start = CHIP_PX / 2 - scale * centre + (scale - 1) / 2
    matrix = np.array([[scale, 0, start[0]], [0, scale, start[1]]])
    kind = cv2.INTER_CUBIC if scale >= 1 else cv2.INTER_AREA
    chip = _chip(rgb, matrix, scale, kind)
    found = [predict(chip, _box(*moved)) for moved in itertools.product(_MOVED, _MOVED, _SCALED)]
    return (np.mean(found, axis=0) - matrix[:, 2]) / scale


def _chip(rgb: np.ndarray, matrix: np.ndarray, scale: float, kind: int) -> np.ndarray:
    """The square around the face; of a large image, made smaller first, so that no detail is skipped."""
    if scale < 1:
        size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
        rgb = cv2.resize(rgb, size, interpolation=kind)
        start = matrix[:, 2] + (1 - scale) / 2
        matrix = np.array([[1.0, 0, start[0]], [0, 1.0, start[1]]])
    return cv2.warpAffine(rgb, matrix, (CHIP_PX, CHIP_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _box(right: float, down: float, size: float) -> tuple[int, int, int, int]:
    half, x, y = BOX_PX * size / 2, CHIP_PX / 2 + right * BOX_PX, CHIP_PX / 2 + down * BOX_PX
    return round(x - half), round(y - half), round(x + half), round(y + half)


def predictor(model: Any, order: Any = slice(None)) -> Predictor:
    """Return a shape predictor of dlib as a `Predictor`; `order` picks and orders its points."""

    def predict(rgb: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
        import dlib

        shape = model(rgb, dlib.rectangle(*box))
        return np.array([(each.x, each.y) for each in shape.parts()], np.float64)[order]

    return predict
