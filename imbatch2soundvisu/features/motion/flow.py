"""Dense optical flow between two images, and how well they correspond."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

_FORWARD_BACKWARD = 1.0, 0.1  # px, and share of the length of the flow, by which both directions may differ
_NOISE = 4.0  # grey levels: a contrast far below it is no content
_FLAT = 1.5  # grey levels: images of less contrast have nothing whose motion could be found
_SMOOTH = 7  # px: differences of smaller extent are noise
_BINS = 8  # of each channel of the colour histograms
_BLUR = 0.5  # bins
_LEAST_PX, _LEAST_SHARE = 16, 1 / 16  # of the shorter side: OpenCV crashes with narrower images


@dataclass(frozen=True)
class Flow:
    """How the pixels of one image moved to those of the next.

    Parameters
    ----------
    vectors : ndarray of shape (h, w, 2)
        float32: to the right and downwards, in pixels.
    valid : ndarray of shape (h, w)
        bool: where the flow back from the second image leads to the same pixel.
    unlike : float
        How unlike the second image is to the first one after motion, in [0, 1]: 0 for the same content, elsewhere.
    residual : float
        Mean difference of the grey levels that motion does not explain, in [0, 1].
    """

    vectors: np.ndarray
    valid: np.ndarray
    unlike: float
    residual: float

    @property
    def diagonal(self) -> float:
        """The diagonal of the images, in pixels."""
        return float(np.hypot(*self.valid.shape))


def dense_flow(first: np.ndarray, second: np.ndarray) -> Flow:
    """Return the optical flow from one image to another of the same size.

    `unlike` is the geometric mean of two shares: of the pixels whose flow forwards and backwards disagrees, and the
    complement of the correlation of the first image with the second one warped back onto it. Neither motion nor a
    change of brightness makes it large, a cut does. Where one of the images has no content, as black ones, it is the
    `colour_distance`.

    Parameters
    ----------
    first, second : ndarray of shape (h, w, 3)
        uint8, sRGB.

    Raises
    ------
    ValueError
        When the shorter side is less than the `least_side` of the longer one.

    References
    ----------
    Kroeger, Timofte, Dai & Van Gool 2016, "Fast optical flow using dense inverse search".
    """
    import cv2

    if min(first.shape[:2]) < (fewest := least_side(max(first.shape[:2]))):
        raise ValueError(f"optical flow needs at least {fewest} px on the shorter side, not {min(first.shape[:2])}")
    grey, other = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (first, second))
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forward, backward = search.calc(grey, other, None), search.calc(other, grey, None)
    height, width = grey.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    x, y = columns + forward[..., 0], rows + forward[..., 1]
    returned = cv2.remap(backward, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    least, share = _FORWARD_BACKWARD
    length = np.linalg.norm(forward, axis=2)
    valid = inside & (np.linalg.norm(forward + returned, axis=2) < least + share * length)
    warped = cv2.remap(other, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lost = 1 - float(valid.mean())
    different = 1 - _correlation(grey[inside], warped[inside])
    unlike = float(np.sqrt(lost * different)) if _have_content(grey, other) else colour_distance(first, second)
    left = cv2.blur(warped.astype(np.float32) - grey, (_SMOOTH, _SMOOTH))[inside]
    return Flow(forward, valid, min(1.0, unlike), float(np.abs(left).mean()) / 255 if left.size else 1.0)


def least_side(longer: int) -> int:
    """Return the least shorter side, in pixels, of images whose flow can be found."""
    return max(_LEAST_PX, math.ceil(longer * _LEAST_SHARE))


def colour_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the squared Hellinger distance of the colour histograms of two images, (h, w, 3) uint8 sRGB, in [0, 1].

    The histograms are of 8 x 8 x 8 bins of CIELAB, blurred so that a slight change of colour counts little.
    """
    overlap = float(np.sqrt(_histogram(first) * _histogram(second)).sum())
    return max(0.0, 1.0 - overlap)


def _have_content(grey: np.ndarray, other: np.ndarray) -> bool:
    return min(float(grey.std()), float(other.std())) > _FLAT


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Of two samples of grey levels, at least 0; contrast of the strength of noise counts as equal."""
    if a.size < 2:
        return 0.0
    a, b = a.astype(np.float64), b.astype(np.float64)
    covariance = float(((a - a.mean()) * (b - b.mean())).mean())
    noise = _NOISE**2
    return max(0.0, (covariance + noise) / (float(np.sqrt(a.var() * b.var())) + noise))


def _histogram(rgb: np.ndarray) -> np.ndarray:
    import cv2
    from scipy.ndimage import gaussian_filter

    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    counts = cv2.calcHist([lab], [0, 1, 2], None, [_BINS] * 3, [0, 256] * 3)
    blurred = gaussian_filter(counts, _BLUR, mode="nearest")
    return np.asarray(blurred / blurred.sum())
