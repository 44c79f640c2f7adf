"""Features of colour."""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import Pixels, magnitude
from .registry import feature


@feature(unit="degrees", low=0, high=360, circular=True, source="peak of the chroma-weighted OKLab hue histogram")
def hue(pixels: Pixels) -> float:
    """Dominant hue in degrees of the OKLab wheel (red 29, yellow 110, green 142, blue 264); undefined for greys."""
    weights = pixels.hue_weights
    if pixels.is_grey:
        return float("nan")
    around = np.concatenate((weights[-20:], weights, weights[:20]))
    peak = int(np.argmax(np.convolve(around, _WINDOW, mode="valid")))
    pull = around[peak : peak + 41] * _WINDOW
    return float((peak + 0.5 + (pull * np.arange(-20, 21)).sum() / pull.sum()) % 360)


_WINDOW = np.hanning(43)[1:-1]  # ±20° around the peak


@feature(unit="", low=0, high=1, source="Mardia & Jupp 2000 (circular variance)")
def hue_spread(pixels: Pixels) -> float:
    """One hue (0) or all hues (1): circular variance of hue, weighted by chroma; undefined for greys."""
    if pixels.is_grey:
        return float("nan")
    weights = pixels.hue_weights
    return float(1 - np.hypot((weights * _COSINES).sum(), (weights * _SINES).sum()) / weights.sum())


_ANGLES = np.deg2rad(np.arange(360) + 0.5)
_COSINES, _SINES = np.cos(_ANGLES), np.sin(_ANGLES)


@feature(unit="", low=0, high=1, source="Lübbe 2008, s = C / sqrt(C² + L²), in OKLab")
def saturation(pixels: Pixels) -> float:
    """How pure the colours are for their lightness: mean of chroma by the root of chroma² plus lightness²."""
    both = magnitude(pixels.chroma, pixels.sparse_lightness)
    return float(np.divide(pixels.chroma, np.maximum(both, 1e-3)).mean())


@feature(unit="", low=0, high=200, source="Hasler & Süsstrunk 2003")
def colourfulness(pixels: Pixels) -> float:
    """How colourful it looks: spread and mean strength of the red-green and yellow-blue opponent channels."""
    mean, deviation = cv2.meanStdDev(cv2.transform(pixels.sparse_rgb.astype(np.float32), _OPPONENTS))
    return float(np.hypot(*deviation[:, 0]) + 0.3 * np.hypot(*mean[:, 0]))


_OPPONENTS = np.array([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0]], np.float32)  # red-green, yellow-blue


@feature(unit="", low=-0.3, high=0.3, source="warm-cool axis at a hue of 50°: Ou, Luo, Woodcock & Wright 2004")
def warmth(pixels: Pixels) -> float:
    """Cool blues (negative) to warm oranges (positive): mean OKLab colour along the warm axis."""
    _, a, b, _ = cv2.mean(pixels.oklab)
    return float(a * np.cos(np.deg2rad(50)) + b * np.sin(np.deg2rad(50)))
