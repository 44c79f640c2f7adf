"""Brightness and saturation as most programs have them, from HSV: `from imbatch2soundvisu import classic` adds both.

They disagree with the eye (pure blue is as "bright" as white), which is why the features proper are measured in OKLab;
they are here for comparison with what other programs report. Edges above the 75th percentile of the gradient are
`edge_strength`, and colourfulness by Hasler and Süsstrunk is `colourfulness`.
"""

from __future__ import annotations

from .scalars import FEATURES, Pixels, feature


@feature(unit="share", low=0, high=1, source="Smith 1978, Color gamut transform pairs")
def hsv_value(pixels: Pixels) -> float:
    """Mean of the largest of red, green and blue: V of HSV."""
    return float(pixels.rgb.max(axis=2).mean()) / 255


@feature(unit="share", low=0, high=1, source="Smith 1978, Color gamut transform pairs")
def hsv_saturation(pixels: Pixels) -> float:
    """Mean of one minus the smallest by the largest of red, green and blue: S of HSV; 0 for black."""
    largest = pixels.rgb.max(axis=2).astype("float32")
    spread = largest - pixels.rgb.min(axis=2)
    return float((spread / largest.clip(min=1)).mean())


_OURS = {name: FEATURES[name] for name in ("hsv_value", "hsv_saturation")}


def register() -> None:
    """Add both where they are not there already, as importing this module does the first time."""
    for name, each in _OURS.items():
        FEATURES.setdefault(name, each)
