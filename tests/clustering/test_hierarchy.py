"""Trees of images, and where they are cut."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import dendrogram, fcluster, linkage

from imbatch2soundvisu.clustering import (
    Hierarchical,
    adjusted_rand,
)
from imbatch2soundvisu.clustering.hierarchy import cut
from imbatch2soundvisu.core.errors import ConfigError
from tests.clustering.samples import blobs, rng, table_of


def test_tree_is_a_linkage_of_the_rows_of_the_table():
    points, _ = blobs(k=3, each=6)
    shuffled = np.random.default_rng(5).permutation(18)
    table = table_of(points).select(shuffled)
    result = Hierarchical(3).cluster(table, rng())
    assert result.tree.shape == (17, 4)
    own = linkage(table.vectors["look"].astype(float), "ward")
    assert result.tree[:, 2:] == pytest.approx(own[:, 2:], abs=1e-4)
    assert adjusted_rand(fcluster(result.tree, 3, "maxclust"), result.labels) == 1.0
    leaves = dendrogram(result.tree, no_plot=True)["leaves"]
    assert (np.diff(result.labels[leaves]) != 0).sum() == 2  # each cluster is one branch


@pytest.mark.parametrize("method", ["average", "centroid", "complete", "median", "single", "ward", "weighted"])
@pytest.mark.parametrize("k", [1, 2, 5, 40])
def test_a_tree_is_cut_into_exactly_k_clusters(method, k):
    points = np.random.default_rng(2).normal(size=(40, 2))
    labels = cut(linkage(points, method), k)
    assert len(set(labels.tolist())) == k
    if method in ("average", "complete", "ward"):
        assert adjusted_rand(labels, fcluster(linkage(points, method), k, "maxclust")) == 1.0


def test_too_many_images_for_a_tree_are_refused(monkeypatch):
    monkeypatch.setattr("imbatch2soundvisu.clustering.hierarchy.HIERARCHY_LIMIT", 20)
    with pytest.raises(ConfigError, match="at most 20 images, not 21. Take KMeans"):
        Hierarchical(2).cluster(table_of(np.zeros((21, 2))), rng())
