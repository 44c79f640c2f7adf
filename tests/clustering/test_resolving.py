"""Clusterings by name, class, function and mapping; what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.clustering import (
    CLUSTERINGS,
    PCA,
    TSNE,
    UMAP,
    ByFolder,
    DateGaps,
    Density,
    FeatureBins,
    Hierarchical,
    KMeans,
    Labelled,
    resolve_clustering,
)
from imbatch2soundvisu.core.errors import ConfigError
from tests.clustering.samples import rng, table_of

BAD = [
    pytest.param(lambda: KMeans(0), "k of 1 or more, not 0", id="k = 0"),
    pytest.param(lambda: KMeans(True), "k of 1 or more, not True", id="k = True"),
    pytest.param(lambda: KMeans(2.5), "k of 1 or more, not 2.5", id="k = 2.5"),
    pytest.param(lambda: KMeans("many"), "'many'", id="k = many"),
    pytest.param(lambda: KMeans("auto", k_range=(9, 3)), "k_range of two numbers", id="range"),
    pytest.param(lambda: KMeans(n_init=0), "n_init of 1 or more", id="n_init"),
    pytest.param(lambda: KMeans(on=3), "on= takes a space", id="on"),
    pytest.param(lambda: KMeans(reduce="pca"), "reduce= takes PCA", id="reduce"),
    pytest.param(lambda: KMeans(reduce=PCA), "reduce= takes PCA", id="reduce class"),
    pytest.param(lambda: Hierarchical(method="wards"), "Did you mean 'ward'", id="method"),
    pytest.param(lambda: Hierarchical(0), "k of 1 or more", id="tree"),
    pytest.param(lambda: Density(method="optics"), "unknown density method", id="density"),
    pytest.param(lambda: Density(min_size=1), "min_size of 2 or more", id="min_size"),
    pytest.param(lambda: Density(eps=0.3), "is for method", id="eps of hdbscan"),
    pytest.param(lambda: Density(method="dbscan", eps=-1), "eps above 0", id="eps"),
    pytest.param(lambda: PCA(0), "dimensions of 1 or more", id="PCA"),
    pytest.param(lambda: UMAP(neighbours=1), "2 or more neighbours", id="UMAP"),
    pytest.param(lambda: TSNE(perplexity=0), "perplexity of 1 or more", id="TSNE"),
    pytest.param(lambda: resolve_clustering("k-means"), "Did you mean 'kmeans'", id="name"),
    pytest.param(lambda: resolve_clustering(3), "3 is no clustering", id="number"),
    pytest.param(lambda: resolve_clustering(dict), "dict is no clustering", id="class"),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_invalid_clusterings_are_refused(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_more_clusters_than_images_are_refused_with_how_many_there_are():
    for clustering in (KMeans(8), Hierarchical(8)):
        with pytest.raises(ConfigError, match="needs at least 8 images; there are 5: ask for k=5 or fewer"):
            clustering.cluster(table_of(np.eye(5)), rng())


def test_resolve_takes_names_classes_instances_functions_and_mappings():
    names = CLUSTERINGS.without_parameters()
    assert resolve_clustering("date") == DateGaps()
    assert resolve_clustering("hue", ["hue"]) == FeatureBins("hue")
    assert [type(resolve_clustering(name)) for name in names] == [CLUSTERINGS[name] for name in names]
    assert resolve_clustering(KMeans) == KMeans()
    assert resolve_clustering(KMeans(3)) == KMeans(3)
    by_function = resolve_clustering(lambda table: [i % 2 for i in range(len(table))])
    assert by_function.cluster(table_of(np.eye(4)), rng()).labels.tolist() == [0, 1, 0, 1]
    by_mapping = resolve_clustering({"0000.jpg": "sea", "0003.jpg": "land"})
    result = by_mapping.cluster(table_of(np.eye(4)), rng())
    assert result.names == ("land", "sea")
    assert result.labels.tolist() == [1, -1, -1, 0]
    assert result.notes == ("2 of 4 images have no label and are in no cluster",)


def test_labels_of_ones_own_may_be_numbers_or_words():
    table = table_of(np.eye(5))
    numbers = Labelled(lambda table: np.array([10.0, 2.0, np.nan, -1.0, 2.0])).cluster(table, rng())
    assert (numbers.names, numbers.labels.tolist()) == (("2", "10"), [1, 0, -1, -1, 0])
    words = Labelled(lambda table: ["b", "a", None, "", "b"]).cluster(table, rng())
    assert (words.names, words.labels.tolist()) == (("a", "b"), [1, 0, -1, -1, 1])
    with pytest.raises(ConfigError, match="one label for each of 5 rows, not 2"):
        Labelled(lambda table: [1, 2]).cluster(table, rng())
    with pytest.raises(ConfigError, match="one label a row"):
        Labelled(lambda table: 3).cluster(table, rng())
    with pytest.raises(ConfigError, match="none of the 1 names"):
        Labelled({"other.jpg": 1}).cluster(table, rng())


def test_folders_are_clusters_by_name_to_the_depth_that_is_asked():
    names = ["sea/calm/a.jpg", "sea/storm/b.jpg", "land10/c.jpg", "land2/d.jpg", "e.jpg"]
    table = table_of(np.eye(5), names)
    result = ByFolder().cluster(table, rng())
    assert result.names == ("(top)", "land2", "land10", "sea")
    assert result.labels.tolist() == [3, 3, 2, 1, 0]
    assert ByFolder(2).cluster(table, rng()).names == ("(top)", "land2", "land10", "sea/calm", "sea/storm")
    assert ByFolder().cluster(table_of(np.eye(3)), rng()).notes == ("all images lie in one folder",)
    with pytest.raises(ConfigError, match="depth of 1 or more"):
        ByFolder(0)
