"""Placeholder for an image that cannot be read."""

from __future__ import annotations

import numpy as np

_BOX, _STROKE = (27, 29, 33), (84, 87, 94)


def placeholder(size: tuple[int, int]) -> np.ndarray:
    """Return a dark box of (width, height) pixels with a small cross, as (height, width, 3) uint8.

    Examples
    --------
    >>> placeholder((30, 20)).shape
    (20, 30, 3)
    """
    from PIL import Image, ImageDraw

    width, height = size
    box = Image.new("RGB", size, _BOX)
    draw = ImageDraw.Draw(box)
    arm, line = min(size) / 8, max(1, min(size) // 60)
    x, y = width / 2, height / 2
    for sign in (1, -1):
        draw.line((x - arm, y - sign * arm, x + arm, y + sign * arm), fill=_STROKE, width=line)
    return np.array(box)
