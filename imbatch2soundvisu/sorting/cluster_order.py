"""Clusters in an order in which neighbouring clusters are alike."""

from __future__ import annotations

import numpy as np

from ..clustering.arrays import centroids, finite_mean
from ..clustering.medoids import centred_where_finite, points_of
from ..core import Clusters, FeatureTable
from .paths import shortest_path


def cluster_order(clusters: Clusters, table: FeatureTable | None = None) -> np.ndarray:
    """Return the clusters in the order of the shortest path through their centroids, (k,) intp.

    Parameters
    ----------
    clusters : Clusters
        Bins and dates keep the order they have. The centroids are those of the clusters' own points; of clusters
        without points (folders) those of `first_space`, or of the features.
    table : FeatureTable, optional
        Where it has luminance, the path begins at its darker end; else at the larger cluster.
    """
    k = len(clusters)
    points = points_of(clusters, table)
    if clusters.ordered or k < 2 or points is None:
        return np.arange(k)
    path = shortest_path(centroids(centred_where_finite(points), clusters.labels, k))
    return path[::-1].copy() if _begins_at_the_wrong_end(path, clusters, table) else path


def _begins_at_the_wrong_end(path: np.ndarray, clusters: Clusters, table: FeatureTable | None) -> bool:
    ends = (path[0], path[-1])
    if table is not None and "luminance" in table.columns:
        first, last = (finite_mean(table["luminance"][clusters.rows(cluster)]) for cluster in ends)
        if np.isfinite([first, last]).all() and first != last:
            return bool(last < first)
    first, last = (int(clusters.sizes[cluster]) for cluster in ends)
    return bool((last, -ends[1]) > (first, -ends[0]))
