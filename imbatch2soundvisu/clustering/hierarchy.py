"""Agglomerative clustering: a tree of the images, cut into clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core import Clusters, FeatureTable
from ..core.errors import ConfigError, unknown
from ..measurement.spaces import Space
from .arrays import centred
from .kmeans import OTHER_K, check_k, choose_k, doubts
from .points import OnSpace, measured_clusters, possible_clusters
from .reductions import Reduction
from .registry import CLUSTERINGS

#: SciPy's linkage methods.
LINKAGES = ("average", "centroid", "complete", "median", "single", "ward", "weighted")
#: All pairwise distances are in memory: 0.6 GB for so many images.
HIERARCHY_LIMIT = 12_000


@CLUSTERINGS.register("hierarchical")
@dataclass(frozen=True)
class Hierarchical(OnSpace):
    """Agglomerative clusters: the two most similar clusters are joined until k are left.

    The tree is kept for a dendrogram.

    Parameters
    ----------
    k : int or "auto"
        Number of clusters; "auto" cuts the tree at each k of `k_range` and chooses by silhouette.
    on, reduce
        As for KMeans.
    method : str
        Linkage: "ward", "average", "complete", "single", "weighted", "centroid" or "median".
    k_range : tuple of int
        The smallest and the largest k that "auto" tries.

    References
    ----------
    Ward 1963, "Hierarchical grouping to optimize an objective function"; Müllner 2011, "Modern hierarchical,
    agglomerative clustering algorithms".
    """

    k: int | str = 8
    on: Space = "auto"
    method: str = "ward"
    reduce: Reduction | None = None
    k_range: tuple[int, int] = (2, 20)

    def __post_init__(self) -> None:
        self._check_settings()
        check_k("Hierarchical", self.k, self.k_range)
        if self.method not in LINKAGES:
            raise unknown("linkage method", self.method, LINKAGES)

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the clusters of the rows. Raise ConfigError for over 12,000 images, and for fewer than k."""
        if len(table) > HIERARCHY_LIMIT:
            raise ConfigError(
                f"Hierarchical holds the distances of all pairs: at most {HIERARCHY_LIMIT:,} images, not "
                f"{len(table):,}. Take KMeans, or fewer images"
            )
        from scipy.cluster.hierarchy import linkage

        data = self._input(table, rng)
        tree = linkage(centred(data.points), self.method) if len(data) > 1 else np.zeros((0, 4))

        def assign(points: np.ndarray, k: int, seed: int) -> np.ndarray:
            # the tree is that of all images; samples and reference points need another one
            return cut(tree if points is data.points else linkage(centred(points), self.method), k)

        if isinstance(self.k, int | np.integer):
            k, notes = possible_clusters(f"Hierarchical(k={self.k})", int(self.k), data)
            notes += doubts(data, k, assign, OTHER_K)
            tried: list[dict[str, float]] = []
        else:
            k, notes, tried = choose_k(data, self.k_range, assign)
            notes += _widest_gap(tree, *self.k_range) if tried else ()
        labels = cut(tree, k) if len(data) else np.empty(0, np.intp)
        by = f"{self.method} tree, k = {k}, {self._title(data)}"
        return measured_clusters(data, labels, by, notes, sweep=tried, tree=tree)


def cut(tree: np.ndarray, k: int) -> np.ndarray:
    """Return the k clusters before the last k - 1 joins of an (n - 1, 4) linkage matrix, (n,) intp.

    By the order of the joins, not by height, so that trees with inversions (centroid, median) give k clusters as well.
    """
    n = len(tree) + 1
    labels = np.arange(2 * n - 1)
    for join in range(n - k - 1, -1, -1):
        labels[tree[join, :2].astype(np.intp)] = labels[n + join]
    return np.unique(labels[:n], return_inverse=True)[1].astype(np.intp)


def _widest_gap(tree: np.ndarray, low: int, high: int) -> tuple[str, ...]:
    """A note with the k at which the height of the joins rises most."""
    heights = tree[::-1, 2]
    high = min(high, len(heights) - 1)
    if high < low:
        return ()
    gaps = heights[low - 2 : high - 1] - heights[low - 1 : high]
    k = low + int(np.argmax(np.round(gaps, 9)))
    return (f"the widest gap between the joins of the tree is at k = {k}",)
