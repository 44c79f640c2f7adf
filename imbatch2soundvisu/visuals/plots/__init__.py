"""Plots of groups: the map, how well each image sits in its part, sizes, the sweep of k, the tree."""

from .charts import silhouettes, sizes, sweep
from .colours import IN_NONE, NOISE, palette
from .maps import scatter
from .trees import dendrogram

__all__ = ["IN_NONE", "NOISE", "dendrogram", "palette", "scatter", "silhouettes", "sizes", "sweep"]
