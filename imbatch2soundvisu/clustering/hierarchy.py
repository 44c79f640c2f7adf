"""A family tree of the images, cut into parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import linkage

from ..core import Clusters, FeatureTable
from ..core.errors import ConfigError, unknown
from ..measurement.spaces import Space
from .arrays import centred
from .base import OnSpace, grouped, parts_possible
from .kmeans import OTHER_K, check_k, choose_k, doubts
from .reductions import Reduction

#: How a tree may be grown: scipy's linkage methods.
LINKAGES = ("average", "centroid", "complete", "median", "single", "ward", "weighted")
#: All distances between images are held at once: 0.6 GB for so many of them.
HIERARCHY_LIMIT = 12_000


@dataclass(frozen=True)
class Hierarchical(OnSpace):
    """The two most alike become one, again and again, until k parts are left. Ward 1963; Müllner 2011 for the others.

    k : how many parts, or "auto" to cut the tree at each k of `k_range` and choose by silhouette. on, reduce : as for
    KMeans. method : how alike two parts are, one of scipy's: "ward", "average", "complete", "single", "weighted",
    "centroid", "median". The tree is kept, for a dendrogram.
    """

    k: int | str = 8
    on: Space = "look"
    method: str = "ward"
    reduce: Reduction | None = None
    k_range: tuple[int, int] = (2, 20)

    def __post_init__(self) -> None:
        self._check_settings()
        check_k("Hierarchical", self.k, self.k_range)
        if self.method not in LINKAGES:
            raise unknown("linkage method", self.method, LINKAGES)

    def group(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Parts of all rows. Raises ConfigError above 12,000 images, below k of them, and for no such space."""
        if len(table) > HIERARCHY_LIMIT:
            raise ConfigError(
                f"Hierarchical holds the distances of all pairs: at most {HIERARCHY_LIMIT:,} images, not "
                f"{len(table):,}. Take KMeans, or fewer images"
            )
        seen = self._see(table, rng)
        tree = linkage(centred(seen.points), self.method) if len(seen) > 1 else np.zeros((0, 4))

        def cluster(points: np.ndarray, k: int, seed: int) -> np.ndarray:
            # the tree at hand is that of all images; samples and references get one of their own
            return cut(tree if points is seen.points else linkage(centred(points), self.method), k)

        if isinstance(self.k, int | np.integer):
            k, notes = parts_possible(f"Hierarchical(k={self.k})", int(self.k), seen)
            notes += doubts(seen, k, cluster, OTHER_K)
            tried: list[dict[str, float]] = []
        else:
            k, notes, tried = choose_k(seen, self.k_range, cluster)
            notes += _widest_gap(tree, *self.k_range) if tried else ()
        labels = cut(tree, k) if len(seen) else np.empty(0, np.intp)
        by = f"{self.method} tree, k = {k}, {self._title()}"
        return grouped(seen, labels, by, notes, sweep=tried, tree=tree)


def cut(tree: np.ndarray, k: int) -> np.ndarray:
    """(n,) intp: the k parts that are left before the last k - 1 joins of an (n - 1, 4) linkage matrix.

    By the order of the joins, not by height, so that trees with inversions (centroid, median) give k parts as well.
    """
    n = len(tree) + 1
    labels = np.arange(2 * n - 1)
    for join in range(n - k - 1, -1, -1):
        labels[tree[join, :2].astype(np.intp)] = labels[n + join]
    return np.unique(labels[:n], return_inverse=True)[1].astype(np.intp)


def _widest_gap(tree: np.ndarray, low: int, high: int) -> tuple[str, ...]:
    """Where the next join costs most more than the one before it: (k parts are left) in a sentence."""
    heights = tree[::-1, 2]
    high = min(high, len(heights) - 1)
    if high < low:
        return ()
    gaps = heights[low - 2 : high - 1] - heights[low - 1 : high]
    k = low + int(np.argmax(np.round(gaps, 9)))
    return (f"the widest gap between the joins of the tree is at k = {k}",)
