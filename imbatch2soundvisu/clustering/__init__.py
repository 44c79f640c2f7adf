"""Clusterings: from a table to clusters of images, with their quality and a profile of each cluster.

A clustering is a frozen dataclass with `cluster(table, rng) -> Clusters`. It works in the order of the names, so that
the same images give the same clusters in whatever order their rows came, and numbers clusters by size.
"""

from __future__ import annotations

from .bins import FeatureBins
from .bursts import bursts, not_sharpest, unique_needs
from .dates import DateGaps
from .density import Density
from .hierarchy import LINKAGES, Hierarchical
from .kmeans import KMeans
from .labels import ByFolder, Labelled
from .medoids import medoid, representatives
from .persons import ByPerson
from .profiles import profiles
from .quality import adjusted_rand, mutual_information, purity, quality, silhouettes
from .reductions import PCA, TSNE, UMAP, Reduction
from .registry import CLUSTERINGS
from .resolving import resolve_clustering
from .results import ClusterResult, cluster
from .shots import Shots
from .values import feature_values, widest_gap

__all__ = [
    "bursts", "not_sharpest", "unique_needs",
    "ClusterResult", "cluster", "CLUSTERINGS", "LINKAGES", "PCA", "TSNE", "UMAP", "ByFolder", "ByPerson",
    "DateGaps", "Density", "FeatureBins", "Hierarchical", "KMeans", "Labelled", "Reduction", "Shots", "adjusted_rand",
    "feature_values", "medoid", "mutual_information", "profiles", "purity", "quality", "representatives",
    "resolve_clustering", "silhouettes", "widest_gap",
]  # fmt: skip
