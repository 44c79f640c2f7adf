"""Scalar features and passes: the `@feature` and `PASSES` registries, and the built-in descriptors by subject.

`tone`, `colour`, `structure`, `subject` and `geometry` are measured in every run from one small decode of each image;
those of `hsv`, and everything a `Pass` gives, only when a plan needs them. The descriptors are imported at the first
look-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .passes import COLUMNS, PASSES, Measurement, Pass
from .registry import FEATURES, Feature, add_feature, default_features, feature, features_named

if TYPE_CHECKING:
    from .pixels import GREY_CHROMA, Pixels, to_oklab

__all__ = [
    "COLUMNS", "FEATURES", "GREY_CHROMA", "PASSES", "Feature", "Measurement", "Pass", "Pixels", "add_feature",
    "default_features",
    "feature", "features_named", "to_oklab",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("GREY_CHROMA", "Pixels", "to_oklab"):
        from . import pixels  # it needs OpenCV, which the registries do not

        return getattr(pixels, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
