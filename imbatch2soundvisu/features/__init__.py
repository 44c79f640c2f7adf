"""Scalar features: the `@feature` registry and the built-in descriptors."""

from .scalars import EDGE_THRESHOLD, FEATURES, GREY_CHROMA, Feature, Pixels, feature, resolve, to_oklab

__all__ = ["EDGE_THRESHOLD", "FEATURES", "GREY_CHROMA", "Feature", "Pixels", "feature", "resolve", "to_oklab"]
