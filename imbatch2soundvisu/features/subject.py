"""Features of what stands out: skin, saliency, the size of the subject."""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import Pixels
from .registry import feature


@feature(unit="share", low=0, high=1, source="Chai & Ngan 1999, Cb in [77, 127] and Cr in [133, 173]")
def skin_share(pixels: Pixels) -> float:
    """Share of pixels of the colour of skin, by a chrominance rule that wood and sand pass, too."""
    ycrcb = cv2.cvtColor(pixels.sparse_rgb, cv2.COLOR_RGB2YCrCb)
    return float(cv2.countNonZero(cv2.inRange(ycrcb, (40, 133, 77), (255, 173, 127)))) / ycrcb[..., 0].size


@feature(unit="share", low=0, high=1, source="spectral residual: Hou & Zhang 2007")
def saliency_x(pixels: Pixels) -> float:
    """Horizontal centre of the saliency map, left (0) to right (1); undefined for flat images."""
    return float("nan") if pixels.saliency is None else float((pixels.saliency.sum(axis=0) * _CENTRES).sum())


@feature(unit="share", low=0, high=1, source="spectral residual: Hou & Zhang 2007")
def saliency_y(pixels: Pixels) -> float:
    """Vertical centre of the saliency map, top (0) to bottom (1); undefined for flat images."""
    return float("nan") if pixels.saliency is None else float((pixels.saliency.sum(axis=1) * _CENTRES).sum())


_CENTRES = (np.arange(48) + 0.5) / 48


@feature(unit="share", low=0.1, high=1, source="spectral residual: Hou & Zhang 2007; share in the strongest tenth")
def saliency_focus(pixels: Pixels) -> float:
    """Share of the saliency in its strongest tenth: one eye-catcher (high) or many (low); undefined for flat images."""
    if pixels.saliency is None:
        return float("nan")
    strongest = pixels.saliency.size // 10
    return float(np.partition(pixels.saliency.ravel(), -strongest)[-strongest:].sum())


@feature(unit="share", low=0, high=1, source="colour distance from the borders, threshold by Otsu 1979")
def subject_scale(pixels: Pixels) -> float:
    """Wide shot (0) to close-up (1): share of the image whose colour differs from its borders."""
    distance = cv2.GaussianBlur(cv2.resize(_border_distance(pixels.tiny), (48, 48)), (0, 0), 1.0)
    if distance.max() < 1.0:
        return 0.0
    eight_bit = cv2.convertScaleAbs(distance, alpha=255 / distance.max())
    threshold, _ = cv2.threshold(eight_bit, 0, 255, cv2.THRESH_OTSU)
    return int(np.count_nonzero(eight_bit > threshold)) / eight_bit.size


def _border_distance(colours: np.ndarray) -> np.ndarray:
    """Return the Mahalanobis distance of each pixel's colour from the nearest of the four borders, (n, n)."""
    sides = (colours[:2], colours[-2:], colours[:, :2], colours[:, -2:])
    borders = np.stack([side.reshape(-1, 3) for side in sides])
    means = borders.mean(axis=1, keepdims=True)
    spread = borders - means
    covariances = spread.transpose(0, 2, 1) @ spread / borders.shape[1] + _NOISE
    whitening = np.linalg.inv(np.linalg.cholesky(covariances))
    origins = whitening @ means.transpose(0, 2, 1)
    white = whitening @ colours.reshape(-1, 3).T - origins
    return np.sqrt((white * white).sum(axis=1).min(axis=0)).reshape(colours.shape[:2])


_NOISE = np.eye(3, dtype=np.float32) * 9e-4  # plain borders still vary by 0.03 in OKLab
