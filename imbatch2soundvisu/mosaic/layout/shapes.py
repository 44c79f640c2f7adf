"""The shapes of cells within their boxes."""

from __future__ import annotations

import functools

import numpy as np

_STEPS = 8  # samples along each side of a pixel
_BLOCK = 32  # rows that are sampled together


@functools.lru_cache(maxsize=64)
def hexagon(size: tuple[int, int], spread_px: float = 0.0) -> np.ndarray:
    """Return how much of each pixel is inside a hexagon with a corner at the top.

    Parameters
    ----------
    size : (int, int)
        Width and height of its box in pixels.
    spread_px : float
        How far its slanted sides are moved outwards.

    Returns
    -------
    ndarray of shape (height, width)
        uint8, 0 to 255; read-only.

    Examples
    --------
    >>> hexagon((4, 8))[:4].tolist()
    [[0, 128, 128, 0], [128, 255, 255, 128], [255, 255, 255, 255], [255, 255, 255, 255]]
    """
    width, height = size
    x = np.abs((np.arange(width * _STEPS) + 0.5) / _STEPS - width / 2)
    y = np.abs((np.arange(height * _STEPS) + 0.5) / _STEPS - height / 2)
    slope = height / (2 * width)
    limit = height / 2 - x * slope + spread_px * np.hypot(1, slope)
    mask = np.empty((height, width), np.uint8)
    for top in range(0, height, _BLOCK):
        some = y[top * _STEPS : (top + _BLOCK) * _STEPS, None]
        # a sample on a side is shared by two hexagons
        inside = (some <= limit[None]) * 0.5 + (some < limit[None]) * 0.5
        share = inside.reshape(-1, _STEPS, width, _STEPS).mean(axis=(1, 3))
        mask[top : top + _BLOCK] = np.floor(share * 255 + 0.5)
    mask.flags.writeable = False
    return mask
