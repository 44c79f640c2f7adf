"""Features of lightness."""

from __future__ import annotations

from .pixels import Pixels
from .registry import feature


@feature(unit="", low=0, high=1, source="Ottosson 2020 (OKLab)")
def luminance(pixels: Pixels) -> float:
    """How light the image is: mean OKLab lightness."""
    return pixels.tone[0]


@feature(unit="", low=0, high=0.5, source="Peli 1990 (RMS contrast)")
def contrast(pixels: Pixels) -> float:
    """Difference of light and dark: standard deviation of lightness."""
    return pixels.tone[1]
