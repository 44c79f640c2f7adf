"""Rows of a target at the size of its mosaic, for what shows through."""

from __future__ import annotations

import cv2
import numpy as np


class TargetRows:
    """The rows of an image that is enlarged or reduced. Each row is the same, whatever rows are asked for with it.

    Parameters
    ----------
    image : ndarray of shape (h, w) or (h, w, c)
        uint8.
    size : (int, int)
        Width and height that it is resized to.

    Examples
    --------
    >>> rows = TargetRows(np.array([[0], [100]], np.uint8), (1, 4))
    >>> rows.at(0, 4)[:, 0].tolist(), rows.at(2, 1)[:, 0].tolist()
    ([0, 25, 75, 100], [75])
    """

    def __init__(self, image: np.ndarray, size: tuple[int, int]) -> None:
        height, width = image.shape[:2]
        if size[0] < width and size[1] < height:
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        self._image, self._size = np.ascontiguousarray(image), size

    def at(self, top: int, count: int) -> np.ndarray:
        """Return rows from `top` on, (count, width) or (count, width, c) uint8."""
        height, width = self._image.shape[:2]
        if (width, height) == self._size:
            return self._image[top : top + count]
        at = (np.arange(top, top + count) + 0.5) * height / self._size[1] - 0.5
        first = np.clip(np.floor(at).astype(int), 0, height - 1)
        second = np.minimum(first + 1, height - 1)
        share = np.clip(at - first, 0, 1).astype(np.float32)
        low, high = int(first.min()), int(second.max()) + 1
        wide = self._image[low:high]
        if width != self._size[0]:
            wide = cv2.resize(wide, (self._size[0], high - low), interpolation=cv2.INTER_LINEAR)
        share = share.reshape(-1, *[1] * (wide.ndim - 1))
        mixed = wide[first - low] * (1 - share) + wide[second - low] * share
        return (mixed + 0.5).astype(np.uint8)
