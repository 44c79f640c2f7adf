"""What holds for the clusters of every clustering."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from imbatch2soundvisu.clustering import (
    ByFolder,
    Density,
    Hierarchical,
    KMeans,
    adjusted_rand,
)
from imbatch2soundvisu.core import Clustering
from imbatch2soundvisu.core.errors import ConfigError
from tests.clustering.samples import EVERY, blobs, rng, table_of, unequal


@pytest.mark.parametrize("clustering", EVERY, ids=repr)
def test_the_same_images_give_the_same_clusters_in_any_order(clustering):
    points, _ = blobs(k=3, each=20)
    points = np.vstack([points, points[:3]])  # and equal ones among them
    names = [f"{'abc'[i % 3]}/{i:03}.jpg" for i in range(len(points))]
    table = table_of(points, names)
    shuffled = np.random.default_rng(1).permutation(len(points))
    a, b = clustering.cluster(table, rng()), clustering.cluster(table.select(shuffled), rng())
    assert a.names == b.names
    assert np.array_equal(a.labels[shuffled], b.labels)
    assert (a.notes, a.by) == (b.notes, b.by)
    if a.points is not None:
        assert np.array_equal(a.points[shuffled], b.points)
        assert a.quality.as_dict() == b.quality.as_dict()
        assert a.quality.silhouettes[shuffled] == pytest.approx(b.quality.silhouettes, nan_ok=True)


@pytest.mark.parametrize("clustering", EVERY, ids=repr)
def test_clusters_are_numbered_by_size_and_hold_every_image_once(clustering):
    points, _ = unequal()
    result = clustering.cluster(table_of(points), rng())
    assert isinstance(clustering, Clustering)
    assert list(result.sizes) == sorted(result.sizes, reverse=True)
    assert result.sizes.sum() + (result.labels < 0).sum() == len(points)
    if not isinstance(clustering, ByFolder):
        assert result.names == tuple(f"cluster {i + 1}" for i in range(len(result)))


def test_clusters_of_equal_size_are_numbered_by_their_first_image():
    points = [[9.0], [0.0], [9.1], [0.1]]
    result = KMeans(2).cluster(table_of(points, ["d", "c", "b", "a"]), rng())
    assert result.labels.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("clustering", EVERY, ids=repr)
@pytest.mark.parametrize("n", [0, 1, 2, 30], ids="{} images".format)
def test_all_black_collections_are_one_cluster_or_none_and_say_so(clustering, n):
    if n < 3 and getattr(clustering, "k", None) == 3:
        with pytest.raises(ConfigError, match=f"needs at least 3 images; there are {n}"):
            clustering.cluster(table_of(np.zeros((n, 4))), rng())
        return
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        result = clustering.cluster(table_of(np.zeros((n, 4))), rng())
    assert len(result) <= 1
    assert len(result.labels) == n
    if n == 30:
        assert result.sizes.tolist() == [30]
        assert result.quality is None or np.isnan(result.quality.silhouette)
        if result.points is not None:
            assert any("all 30 images are the same" in note for note in result.notes)


def test_fewer_different_images_than_clusters_are_noted():
    points = np.repeat([[0.0], [1.0], [5.0]], 4, axis=0)
    for clustering in (KMeans(6), Hierarchical(6)):
        result = clustering.cluster(table_of(points), rng())
        assert len(result) == 3
        assert "3 clusters instead of 6: only 3 of 12 images differ here" in result.notes


def test_two_images_may_be_two_clusters():
    for clustering in (KMeans(2), Hierarchical(2)):
        result = clustering.cluster(table_of([[0.0], [1.0]]), rng())
        assert result.labels.tolist() == [0, 1]
        assert np.isnan(result.quality.silhouette)


def test_images_without_a_vector_are_in_no_cluster():
    points, truth = blobs(k=3, each=15)
    points[[4, 20]] = np.nan
    for clustering in (KMeans(3), Hierarchical(3), Density(min_size=5)):
        result = clustering.cluster(table_of(points), rng())
        assert np.flatnonzero(result.labels < 0).tolist() == [4, 20]
        assert result.notes[0] == "2 of 45 images have no vector and are in no cluster"
        assert np.isnan(result.points[4]).all()
        seen = result.labels >= 0
        assert adjusted_rand(truth[seen], result.labels[seen]) == 1.0
    with pytest.raises(ConfigError, match="needs at least 44 images; only 43 of 45 have a vector"):
        KMeans(44).cluster(table_of(points), rng())


def test_folders_as_labels_are_compared():
    points, truth = blobs(k=3, each=20)
    table = table_of(points, [f"{'xyz'[cluster]}/{i:03}.jpg" for i, cluster in enumerate(truth)])
    agreement = KMeans(3).cluster(table, rng()).quality.agreement
    assert agreement["ari"] == 1.0
    assert agreement["ari_random"] < 0.2
    assert KMeans(3).cluster(table_of(points), rng()).quality.agreement == {}


def test_on_features_and_mixtures():
    source = np.random.default_rng(0)
    hue = np.mod(np.concatenate([source.normal(0, 8, 30), source.normal(180, 8, 30)]), 360)
    table = table_of(source.normal(size=(60, 3)), columns={"hue": hue, "luminance": source.uniform(size=60)})
    result = KMeans(2, on="hue").cluster(table, rng())
    assert adjusted_rand(np.repeat([0, 1], 30), result.labels) == 1.0
    assert KMeans(2, on=("hue", "look")).cluster(table, rng()).points.shape == (60, 5)
    assert KMeans(2, on=("hue", "luminance")).needs.features == {"hue", "luminance"}
    with pytest.raises(ConfigError, match="unknown space 'loook'"):
        KMeans(2, on="loook").cluster(table, rng())
