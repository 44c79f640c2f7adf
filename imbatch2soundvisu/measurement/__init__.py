"""Passes over the images: features and embeddings, each image decoded once per size, as a `FeatureTable`."""

from .measuring import embed, measure, prepare, probe, with_measurements

__all__ = ["embed", "measure", "prepare", "probe", "with_measurements"]
