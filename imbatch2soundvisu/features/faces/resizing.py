"""The size at which faces are looked for."""

from __future__ import annotations

import cv2
import numpy as np


def resized(rgb: np.ndarray, long_side: int, enlarged: float = 1.0) -> tuple[np.ndarray, float]:
    """Return an image with a long side of at most `long_side` px, enlarged at most so many times, and its scale."""
    scale = min(enlarged, long_side / max(rgb.shape[:2]))
    if scale == 1.0:
        return rgb, 1.0
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(rgb, size, interpolation=method), scale
