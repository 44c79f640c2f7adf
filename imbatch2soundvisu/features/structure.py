"""Features of edges, detail and texture."""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import Pixels
from .registry import feature

#: Sobel magnitude of OKLab lightness, per pixel, above which a pixel counts as an edge.
EDGE_THRESHOLD = 0.05


@feature(unit="share", low=0, high=1, source="Sobel magnitude of OKLab lightness above 0.05 per pixel")
def edge_density(pixels: Pixels) -> float:
    """Share of pixels with a steep change of lightness."""
    return int(np.count_nonzero(pixels.gradient > EDGE_THRESHOLD)) / pixels.gradient.size


@feature(unit="", low=0, high=0.7, source="mean Sobel magnitude above its 75th percentile")
def edge_strength(pixels: Pixels) -> float:
    """How steep the strongest quarter of its edges is: mean Sobel magnitude above the 75th percentile."""
    magnitude = pixels.gradient[::2, ::2].ravel()
    strongest = np.partition(magnitude, int(0.75 * (magnitude.size - 1)))[int(0.75 * (magnitude.size - 1)) :]
    return float(strongest.mean())


@feature(unit="", low=0, high=2, source="Laplacian energy: Pech-Pacheco et al. 2000; its square root, of lightness")
def sharpness(pixels: Pixels) -> float:
    """Blurred (low) to crisp (high): standard deviation of the Laplacian of lightness."""
    return float(cv2.meanStdDev(cv2.Laplacian(pixels.lightness, cv2.CV_32F))[1][0, 0])


@feature(unit="bits", low=0, high=8, source="Shannon 1948, 256 bins of lightness")
def entropy(pixels: Pixels) -> float:
    """How varied its tones are: entropy of the histogram of lightness."""
    tones = cv2.convertScaleAbs(pixels.lightness, alpha=255)
    counts = cv2.calcHist([tones], [0], None, [256], [0, 256]).ravel().astype(np.float64)
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum() + 0.0)


@feature(
    unit="",
    low=0,
    high=0.5,
    source="median of the standard deviation of lightness in windows of 9 px, every second pixel",
)
def texture(pixels: Pixels) -> float:
    """Flat surfaces (0) to textured ones: the median local variation of lightness."""
    half = pixels.sparse_lightness
    mean = cv2.blur(half, (5, 5))
    variance = cv2.sqrBoxFilter(half, cv2.CV_32F, (5, 5)) - mean * mean
    middle = variance.size // 2
    return float(np.sqrt(max(0.0, float(np.partition(variance.ravel(), middle)[middle]))))


@feature(unit="", low=-1, high=1, source="correlation with the mirrored image, at 24 × 24 px, in OKLab")
def symmetry(pixels: Pixels) -> float:
    """Correlation with its mirror image: 1 symmetric, 0 unrelated, -1 inverted."""
    centred = pixels.tiny - np.array(cv2.mean(pixels.tiny)[:3], np.float32)
    energy = float(np.vdot(centred, centred))
    return 1.0 if energy < 1e-3 else float(np.vdot(centred, centred[:, ::-1])) / energy
