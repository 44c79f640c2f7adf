"""What a mask says of an image: area, place and shape of what it covers, and how blurred the rest is. Arrays only."""

from __future__ import annotations

import cv2
import numpy as np

from ...core.regions import Region

#: A mask that covers less than this share of an image covers nothing.
SMALLEST = 0.002
_FINEST = 0.1  # the share of pixels whose detail counts
_BLUR_PX = 512  # long side at which detail is compared


def mask_values(rgb: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Return area, centroid, aspect and background blur.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.
    mask : ndarray of shape (h', w')
        In [0, 1], of any size.

    Returns
    -------
    dict
        "area", a share of the image; "x" and "y", the centroid in shares of width and height; "aspect", width by height
        of the box around it, in pixels; "background_blur", see `background_blur`. Only the area, 0, for an empty mask.

    Examples
    --------
    >>> mask = np.zeros((100, 200))
    >>> mask[20:60, 40:120] = 1
    >>> {name: round(value, 3) for name, value in mask_values(np.zeros((100, 200, 3), np.uint8), mask).items()}
    {'area': 0.16, 'x': 0.4, 'y': 0.4, 'aspect': 2.0}
    """
    area = float(mask.mean())
    if area < SMALLEST:
        return {"area": 0.0}
    height, width = mask.shape
    total = float(mask.sum())
    left, top, right, bottom = _bounds(mask)
    ratio = (rgb.shape[1] / width) / (rgb.shape[0] / height)
    found = {
        "area": area,
        "x": float(mask.sum(axis=0) @ (np.arange(width) + 0.5)) / total / width,
        "y": float(mask.sum(axis=1) @ (np.arange(height) + 0.5)) / total / height,
        "aspect": (right - left) / (bottom - top) * ratio,
    }
    blur = background_blur(rgb, mask)
    return found if np.isnan(blur) else found | {"background_blur": blur}


def mask_region(mask: np.ndarray, label: str) -> Region | None:
    """Return the box around a mask as a region; None for an empty one."""
    if mask.mean() < SMALLEST:
        return None
    left, top, right, bottom = _bounds(mask)
    height, width = mask.shape
    inside = mask[top:bottom, left:right]
    return Region(
        left / width, top / height, (right - left) / width, (bottom - top) / height,
        float(inside[inside >= 0.5].mean()) if (inside >= 0.5).any() else float(inside.max()), label,
        values={"area": float(mask.mean())},
    )  # fmt: skip


def background_blur(rgb: np.ndarray, mask: np.ndarray) -> float:
    """Return how much less detail the sharpest tenth of the background has than that of the subject, from 0 to 1.

    0: at least as much; 1: none. NaN where either is too small or the subject has no detail. A band along the outline
    does not count.
    """
    scale = min(1.0, _BLUR_PX / max(rgb.shape[:2]))
    size = max(8, round(rgb.shape[1] * scale)), max(8, round(rgb.shape[0] * scale))
    grey = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 0.8), cv2.CV_32F))
    whole = (cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) >= 0.5).astype(np.uint8)
    kernel = np.ones((2 * max(2, round(max(size) / 60)) + 1,) * 2, np.uint8)
    inside, outside = cv2.erode(whole, kernel) > 0, cv2.dilate(whole, kernel) == 0
    least = 0.01 * whole.size
    if inside.sum() < least or outside.sum() < least:
        return float("nan")
    subject, background = (float(np.quantile(detail[each], 1 - _FINEST)) for each in (inside, outside))
    return max(0.0, 1.0 - background / subject) if subject > 0.5 else float("nan")


def _bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is covered, in pixels of the mask."""
    covered = mask >= min(0.5, float(mask.max()))
    columns, rows = np.flatnonzero(covered.any(axis=0)), np.flatnonzero(covered.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
