"""Plots into a Matplotlib axis, for notebooks: tables, clusters, sequences, search results, timelines, near-duplicates.

They keep the style of the axis they draw into. Importing this package registers them as the `plot` methods of these
objects.
"""

from .clusters import plot_clusters
from .sequences import plot_groups, plot_sequence, plot_timeline
from .tables import plot_table

__all__ = ["plot_clusters", "plot_groups", "plot_sequence", "plot_table", "plot_timeline"]
