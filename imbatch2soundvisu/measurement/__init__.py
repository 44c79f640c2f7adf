"""Passes over the images: features and embeddings, each image decoded once per size, as a `FeatureTable`."""

from .measuring import embed, measure, prepare, probe, with_measurements
from .search import query_vector, search

__all__ = ["embed", "measure", "prepare", "probe", "query_vector", "search", "with_measurements"]
