"""Frames with the same colour and brightness of the face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..mosaic.colours.light import codes_of, linear
from .alignment import EYES_AT

#: Middle and half axes of a face from the middle of its eyes, in distances of the eyes: cheeks, nose and forehead.
_DOWN, _WIDE, _HIGH = 0.35, 0.85, 1.15
_LEAST, _MOST = 0.4, 2.5  # factors of light
_STEPS = np.arange(256, dtype=np.uint8)


def face_colour(frame: np.ndarray, closeness: float) -> np.ndarray:
    """Return the mean light of a face in each channel, (3,) float64, from 0 to 1.

    Parameters
    ----------
    frame : ndarray of shape (h, w, 3)
        uint8, an aligned frame.
    closeness : float
        Distance of its eyes, as a share of the shorter side.
    """
    height, width = frame.shape[:2]
    unit = closeness * min(width, height)
    rows, columns = np.mgrid[:height, :width] + 0.5
    across = (columns - EYES_AT[0] * width) / (_WIDE * unit)
    down = (rows - EYES_AT[1] * height - _DOWN * unit) / (_HIGH * unit)
    face = frame[across**2 + down**2 <= 1]
    return np.asarray(linear(face).mean(axis=0, dtype=np.float64)) if len(face) else np.full(3, 0.5)


def common_colour(colours: Sequence[np.ndarray]) -> np.ndarray:
    """Return the colour that all faces get: the median of each channel."""
    return np.asarray(np.median(np.asarray(colours), axis=0), np.float64)


def equalised(frame: np.ndarray, colour: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Return a frame whose face has another colour, as if its exposure and white balance had been others.

    Parameters
    ----------
    frame : ndarray of shape (h, w, 3)
        uint8.
    colour, common : ndarray of shape (3,)
        The `face_colour` that it has, and the one that it gets. Light is multiplied where it becomes less; where it
        becomes more, white stays white.

    Examples
    --------
    >>> dark = np.full((9, 9, 3), 64, np.uint8)
    >>> bright = np.full((9, 9, 3), 90, np.uint8)
    >>> equalised(dark, face_colour(dark, 0.5), face_colour(bright, 0.5))[4, 4].tolist()
    [90, 90, 90]
    """
    has, gets = (np.clip(each, 0.005, 0.98) for each in (colour, common))
    less = np.clip(gets / has, _LEAST, 1)
    more = np.clip(np.log(1 - gets) / np.log(1 - has), 1, _MOST)
    light = linear(_STEPS).astype(np.float64)[:, None]
    tables = codes_of(np.where(gets < has, light * less, 1 - (1 - light) ** more).astype(np.float32))
    return np.stack([tables[frame[..., channel], channel] for channel in range(3)], axis=-1)
