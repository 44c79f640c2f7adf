"""Brightness and saturation by HSV, as many programs define them; measured only when a plan needs them.

They disagree with perception (pure blue is as "bright" as white), which is why the default features use OKLab. They
serve comparison with other programs, and the style `ClusterProfile`.
"""

from __future__ import annotations

import numpy as np

from .pixels import Pixels
from .registry import feature


@feature(unit="share", low=0, high=1, source="Smith 1978, Color gamut transform pairs", default=False)
def hsv_value(pixels: Pixels) -> float:
    """Mean of the largest of red, green and blue: V of HSV."""
    return float(pixels.rgb.max(axis=2).mean()) / 255


@feature(unit="share", low=0, high=1, source="Smith 1978, Color gamut transform pairs", default=False)
def hsv_saturation(pixels: Pixels) -> float:
    """Mean of one minus the smallest by the largest of red, green and blue: S of HSV; 0 for black."""
    largest = pixels.rgb.max(axis=2).astype(np.float32)
    spread = largest - pixels.rgb.min(axis=2)
    return float((spread / largest.clip(min=1)).mean())
