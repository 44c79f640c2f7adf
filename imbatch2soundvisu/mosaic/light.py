"""sRGB and linear light."""

from __future__ import annotations

import cv2
import numpy as np

_CODES = np.arange(256, dtype=np.float64) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear(rgb: np.ndarray) -> np.ndarray:
    """Return sRGB pixels, uint8, as linear light from 0 to 1; float32, of the same shape."""
    return _LINEAR[rgb] if rgb.ndim != 3 else np.asarray(cv2.LUT(rgb, _LINEAR))


def encoded(light: np.ndarray) -> np.ndarray:
    """Return linear light as sRGB from 0 to 1; float32, of the same shape. What is out of range is cut off."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4, dtype=np.float32) - 0.055)
