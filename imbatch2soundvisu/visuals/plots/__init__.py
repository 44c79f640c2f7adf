"""Plots of clusters and collections: scatter, silhouettes, sizes, sweep of k, dendrogram, distributions of features."""

from .bars import silhouettes, sizes
from .colours import IN_NONE, NOISE, palette
from .dendrograms import dendrogram
from .distribution import distribution_plot
from .scatters import scatter
from .sweeps import sweep

__all__ = [
    "IN_NONE",
    "NOISE",
    "dendrogram",
    "distribution_plot",
    "palette",
    "scatter",
    "silhouettes",
    "sizes",
    "sweep",
]
