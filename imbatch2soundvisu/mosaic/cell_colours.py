"""The mean colour of each cell of a target."""

from __future__ import annotations

import cv2
import numpy as np

from .cells import Cells


def cell_colours(target: np.ndarray, cells: Cells) -> np.ndarray:
    """Return the mean colour of the part of each cell that is within the canvas.

    Parameters
    ----------
    target : ndarray of shape (h, w, 3)
        uint8, sRGB.
    cells : Cells
        Where the tiles are.

    Returns
    -------
    ndarray of shape (n, 3)
        uint8, sRGB.
    """
    left, top, width, height = cells.canvas
    sums = cv2.integral(target[top : top + height, left : left + width], sdepth=cv2.CV_64F)
    corners = np.concatenate((cells.boxes[:, :2], cells.boxes[:, :2] + cells.boxes[:, 2:]), axis=1)
    x0, y0, x1, y1 = np.clip(corners, 0, (width, height, width, height)).T
    total = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    area = np.maximum(1, (x1 - x0) * (y1 - y0))[:, None]
    return (total / area + 0.5).astype(np.uint8)
