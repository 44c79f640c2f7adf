"""Tint of tiles that are painted large, at the cost of small ones."""

from __future__ import annotations

import cv2
import numpy as np

from .tint import tinted

#: Tiles whose longer side has more pixels are tinted at this size; the change is interpolated.
LARGEST_PX = 128
#: Of tiles at that size, differences from the mean of so many pixels are details.
_DETAIL_PX = 5


def tinted_at_any_size(
    tiles: np.ndarray, colours: np.ndarray, amount: float, alpha: np.ndarray | None = None
) -> np.ndarray:
    """Return tiles whose colours are moved towards those of their cells; see `tint.tinted`.

    A tint moves the samples of a tile, and reduces the contrast of its texture as a whole. For large tiles both are
    found at `LARGEST_PX` and applied to the pixels, in a tenth of the time.

    Parameters
    ----------
    tiles : ndarray of shape (n, h, w, 3)
        uint8, sRGB.
    colours : ndarray of shape (n, y, x, 3)
        uint8, sRGB: mean colours of samples of each cell.
    amount : float
        From 0 to 1.
    alpha : ndarray of shape (n, h, w), optional
        uint8.
    """
    height, width = tiles.shape[1:3]
    if amount == 0 or max(height, width) <= LARGEST_PX:
        return tinted(tiles, colours, amount, alpha)
    scale = LARGEST_PX / max(height, width)
    size = max(colours.shape[2], round(width * scale)), max(colours.shape[1], round(height * scale))
    small = _reduced(tiles, size)
    moved = tinted(small, colours, amount, None if alpha is None else _reduced(alpha, size))
    result = np.empty(tiles.shape, np.uint8)
    for tile, before, after, to in zip(tiles, small, moved, result, strict=True):
        contrast = _contrast(before, after)
        change = np.round(after - contrast * before).astype(np.int16)
        whole = cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR)
        to[...] = cv2.addWeighted(tile, contrast, whole, 1, 0, dtype=cv2.CV_8U)
    return result


def _contrast(before: np.ndarray, after: np.ndarray) -> float:
    """How much of the details of a tile its tint keeps."""
    first, second = (each - cv2.blur(each.astype(np.float32), (_DETAIL_PX, _DETAIL_PX)) for each in (before, after))
    return float(np.clip((first * second).sum() / max(1.0, float((first * first).sum())), 0, 1.5))


def _reduced(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.stack([cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in images])
