"""Groupings find what was planted, say why and how well, and are the same whatever order the rows came in."""

from __future__ import annotations

import builtins
import importlib.util
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy.cluster.hierarchy import dendrogram, fcluster, linkage
from sklearn.cluster import KMeans as Peer

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
    adjusted_rand,
    resolve_clustering,
    silhouettes,
)
from imbatch2soundvisu.clustering.hierarchy import cut
from imbatch2soundvisu.clustering.lloyd import runs_of_kmeans
from imbatch2soundvisu.clustering.sweeps import bend, choose, elbow, sweep
from imbatch2soundvisu.core import Clustering, FeatureInfo, FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError, MissingExtra

HUE = FeatureInfo("hue", "degrees", 0.0, 360.0, circular=True)


def table_of(points, names=None, columns=None):
    n = len(points)
    names = names or [f"{i:04}.jpg" for i in range(n)]
    records = tuple(ImageRecord(Path(name), f"{name}-digest", 4, 3, name=name) for name in names)
    return FeatureTable(
        records,
        columns={name: np.asarray(values, float) for name, values in (columns or {}).items()},
        vectors={"look": np.asarray(points, np.float32)},
        info={"hue": HUE},
    )


def rng():
    return np.random.default_rng(7)


def blobs(seed=0, k=5, each=40, d=6):
    """Well separated: centres about 8 standard deviations apart."""
    source = np.random.default_rng(seed)
    centres = source.normal(size=(k, d))
    centres *= 8 / min(np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i])
    truth = np.repeat(np.arange(k), each)
    return centres[truth] + source.normal(size=(k * each, d)), truth


def unequal(seed=0):
    """Four clusters of 200, 80, 40 and 20 images, with spreads from 2 to 0.4."""
    source = np.random.default_rng(seed)
    sizes, spreads = (200, 80, 40, 20), (2.0, 1.0, 0.7, 0.4)
    centres = np.array([[0, 0, 0], [12, 0, 0], [0, 12, 0], [0, 0, 12]], float)
    truth = np.repeat(np.arange(4), sizes)
    return centres[truth] + np.array(spreads)[truth][:, None] * source.normal(size=(len(truth), 3)), truth


def noisy(seed=0):
    """Seven clusters measures apart by 8 of 128 dimensions; the other 120 are noise."""
    source = np.random.default_rng(seed)
    truth = np.repeat(np.arange(7), 50)
    points = source.normal(size=(350, 128))
    points[:, :8] += (12 * np.eye(8)[:7])[truth]
    return points, truth


MIXTURES = [
    pytest.param(blobs, 5, id="blobs"),
    pytest.param(unequal, 4, id="unequal"),
    pytest.param(noisy, 7, id="noisy"),
]
EVERY = [
    KMeans(3, n_init=3),
    KMeans("auto", n_init=2),
    Hierarchical(3),
    Hierarchical("auto"),
    Hierarchical(3, method="centroid"),
    Density(min_size=5),
    Density(method="dbscan", min_size=5),
    ByFolder(),
]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("mixture", "k"), MIXTURES)
def test_auto_finds_how_many_clusters_were_planted(mixture, k, seed):
    points, truth = mixture(seed)
    result = KMeans("auto", n_init=4).cluster(table_of(points), rng())
    assert len(result) == k
    assert adjusted_rand(truth, result.labels) > 0.95
    assert result.notes[0].startswith((f"k = {k}: highest silhouette (", f"k = {k}: silhouette 0."))
    best = max(result.sweep, key=lambda each: each["silhouette"])
    assert result.sweep[k - 2]["silhouette"] >= 0.99 * best["silhouette"]
    assert not any("no clear clusters" in note for note in result.notes)
    assert [each["k"] for each in result.sweep] == list(range(2, 21))


@pytest.mark.parametrize(("mixture", "k"), MIXTURES)
def test_the_tree_finds_them_too(mixture, k):
    points, truth = mixture(0)
    result = Hierarchical("auto").cluster(table_of(points), rng())
    assert len(result) == k
    assert adjusted_rand(truth, result.labels) > 0.95
    assert any("widest gap" in note for note in result.notes)


def test_a_long_range_is_swept_coarse_to_fine():
    points, _ = blobs(k=33, each=12, d=10)
    result = KMeans("auto", n_init=4, k_range=(2, 80)).cluster(table_of(points), rng())
    tried = [int(each["k"]) for each in result.sweep]
    assert len(result) == 33
    assert tried[0] == 2
    assert tried[-1] == 80
    assert len(tried) < 35


def test_a_choice_at_the_end_of_the_range_is_told():
    result = KMeans("auto", n_init=3, k_range=(2, 4)).cluster(table_of(blobs(k=8)[0]), rng())
    assert len(result) == 4
    assert any("the end of the range" in note for note in result.notes)


@pytest.mark.parametrize("d", [2, 10, 64])
@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_where_there_are_no_clusters_the_notes_say_so(kind, d):
    source = np.random.default_rng(d)
    points = source.uniform(size=(300, d)) if kind == "uniform" else source.normal(size=(300, d))
    result = KMeans("auto", n_init=2, k_range=(2, 8)).cluster(table_of(points), rng())
    assert any("no clear clusters" in note for note in result.notes), result.notes


@pytest.mark.parametrize("clustering", [KMeans(6), Hierarchical(6)], ids=repr)
@pytest.mark.parametrize("d", [2, 16])
def test_clusters_of_an_even_cloud_are_doubted_though_a_person_asked_for_so_many(clustering, d):
    result = clustering.cluster(table_of(np.random.default_rng(d).uniform(size=(300, d))), rng())
    assert result.quality.silhouette > result.quality.silhouette_random + 0.02  # which shuffled labels do not show
    doubts = [note for note in result.notes if note.startswith("no clear clusters: at k = 6, ")]
    assert len(doubts) == 1
    assert 'try k="auto"' in doubts[0]


@pytest.mark.parametrize(("mixture", "k"), MIXTURES)
@pytest.mark.parametrize("clustering", [KMeans, Hierarchical])
def test_clusters_that_are_there_are_not_doubted(mixture, k, clustering):
    result = clustering(k).cluster(table_of(mixture(0)[0]), rng())
    assert not any("no clear clusters" in note for note in result.notes)


def test_clusters_of_hardly_more_than_one_image_are_not_measured_against_a_cloud():
    result = KMeans(40).cluster(table_of(np.random.default_rng(0).uniform(size=(60, 2))), rng())
    assert not any("no clear clusters" in note for note in result.notes)


@dataclass(frozen=True)
class Clumps:
    """A map that makes four clumps of anything."""

    is_map: ClassVar[bool] = True

    def reduce(self, points, seed):
        corner = (np.asarray(points)[:, :2] > 0.5).astype(np.float32)
        return corner + 0.01 * np.random.default_rng(seed).normal(size=corner.shape).astype(np.float32), ()


def test_silhouettes_of_a_map_come_with_those_of_the_space_before_it():
    points = np.random.default_rng(0).uniform(size=(200, 12))
    result = KMeans(4, reduce=Clumps()).cluster(table_of(points), rng())
    plain = silhouettes(points, [result.labels])[0].mean()
    assert result.quality.silhouette > 0.9
    assert plain < 0.2
    assert any("even where the space does not" in note and f"look these clusters have {plain:.2f}" in note
               for note in result.notes)  # fmt: skip
    flat = KMeans(4, reduce=PCA(2)).cluster(table_of(points), rng())
    assert not any("of the map" in note or "on the map" in note for note in flat.notes)
    assert UMAP.is_map
    assert TSNE.is_map


def test_the_reason_tells_who_agrees():
    measures = [
        (2, 0.2, 1.5, 10.0, 100.0),
        (3, 0.41, 0.8, 30.0, 40.0),
        (4, 0.3, 0.9, 50.0, 30.0),
        (5, 0.2, 1.1, 20.0, 25.0),
    ]
    names = ("k", "silhouette", "davies_bouldin", "calinski_harabasz", "inertia")
    k, reason = choose([dict(zip(names, map(float, each), strict=True)) for each in measures])
    assert k == 3
    assert reason == (
        "k = 3: highest silhouette (0.41) of k = 2 to 5; Davies-Bouldin agrees; Calinski-Harabasz would take 4; "
        "the elbow is there too"
    )


def test_of_equal_silhouettes_the_other_measures_choose():
    names = ("k", "silhouette", "davies_bouldin", "calinski_harabasz", "inertia")
    measures = [(2, 0.400, 1.0, 10, 90), (3, 0.2, 1.1, 5, 50), (4, 0.399, 0.6, 40, 10), (5, 0.1, 2, 8, 9)]
    k, reason = choose([dict(zip(names, map(float, each), strict=True)) for each in measures])
    assert k == 4
    assert reason.startswith(
        "k = 4: silhouette 0.399, within 1 % of the highest of k = 2 to 5 (0.400 at 2), and more of the other measures "
        "favour it; Davies-Bouldin and Calinski-Harabasz agree"
    )


def test_the_elbow_is_farthest_from_the_chord():
    assert elbow([2, 3, 4, 5, 6], [100, 40, 30, 25, 20]) == 3
    assert elbow([2, 3], [5, 4]) is None
    assert bend([0, 1, 2], [0, 1, 2]) is None


def test_sweep_measures_are_those_of_the_labels():
    points, truth = blobs(k=3)
    found = sweep(points, 2, 4, lambda points, k, seed: runs_of_kmeans(points, k, [1, 2, 3], 100, False)[0].labels, 0)
    assert [each["k"] for each in found] == [2, 3, 4]
    assert found[0]["inertia"] > found[1]["inertia"] > found[2]["inertia"]
    centres = np.array([points[truth == cluster].mean(axis=0) for cluster in range(3)])
    assert found[1]["inertia"] == pytest.approx(((points - centres[truth]) ** 2).sum(), rel=1e-4)


@pytest.mark.parametrize("size", ["double", "single"])
def test_kmeans_is_as_good_as_that_of_scikit_learn(size, monkeypatch):
    if size == "single":
        monkeypatch.setattr("imbatch2soundvisu.clustering.arrays.DOUBLE_LIMIT", 0)
    points, _ = blobs(k=12, each=30, d=16)
    points += 5.0
    ours = runs_of_kmeans(points, 12, range(10), 300, False)[0]
    peer = Peer(12, n_init=10, random_state=0).fit(points)
    assert adjusted_rand(ours.labels, peer.labels_) == 1.0
    assert ours.inertia == pytest.approx(peer.inertia_, rel=1e-4)


def test_on_structureless_points_the_best_run_is_as_low_as_that_of_scikit_learn():
    points = np.random.default_rng(3).normal(size=(800, 8))
    runs = runs_of_kmeans(points, 15, range(10), 300, False)
    peer = Peer(15, n_init=4, random_state=0).fit(points)
    assert runs[0].inertia <= 1.01 * peer.inertia_
    assert all(runs[0].inertia <= run.inertia * (1 + 1e-5) for run in runs)
    assert all(run.converged for run in runs)


def test_stability_is_high_for_crowds_and_low_for_none():
    crowds = KMeans(5).cluster(table_of(blobs()[0]), rng())
    nothing = KMeans(9).cluster(table_of(np.random.default_rng(0).normal(size=(200, 10))), rng())
    assert crowds.quality.stability > 0.95
    assert nothing.quality.stability < 0.7
    assert crowds.notes == ()
    assert nothing.notes[-1].startswith("the clusters depend on the random seed")
    assert f"agree with them to {nothing.quality.stability:.2f}" in nothing.notes[-1]


def test_mini_batches_find_the_same_crowds():
    points, truth = blobs(k=4, each=100)
    result = KMeans(4, mini_batch_above=100).cluster(table_of(points), rng())
    assert adjusted_rand(truth, result.labels) == 1.0
    assert any("mini-batches" in note for note in result.notes)


def test_rounds_that_run_out_become_a_note():
    points = np.random.default_rng(0).normal(size=(400, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = KMeans(12, max_iter=1).cluster(table_of(points), rng())
    assert any("did not converge within 1 iterations" in note for note in result.notes)


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


def test_fewer_different_images_than_clusters_are_told():
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


@pytest.mark.parametrize("method", ["hdbscan", "dbscan"])
def test_density_finds_crowds_and_leaves_noise(method):
    source = np.random.default_rng(0)
    crowds = np.concatenate([source.normal(centre, 0.15, (50, 2)) for centre in ((0, 0), (4, 0), (0, 4))])
    noise = source.uniform(-3, 8, (25, 2))
    noise = noise[np.linalg.norm(noise[:, None] - [(0, 0), (4, 0), (0, 4)], axis=2).min(axis=1) > 1]
    result = Density(method=method, min_size=10).cluster(table_of(np.concatenate([crowds, noise])), rng())
    assert len(result) == 3
    # the hierarchy of HDBSCAN lets crowds keep what lies round them
    assert (result.labels[150:] < 0).mean() > (0.8 if method == "dbscan" else 0.4)
    inside = result.labels[:150] >= 0
    assert inside.mean() > 0.9
    assert adjusted_rand(np.repeat(range(3), 50)[inside], result.labels[:150][inside]) == 1.0
    assert any("are noise" in note for note in result.notes)
    assert np.isnan(result.quality.silhouettes[result.labels < 0]).all()


def crowds_and_loners(seed=0, d=6, each=40, loners=24):
    """Three crowds far apart, then images that are like nothing else, (n, d), and the truth, -1 for loners."""
    source = np.random.default_rng(seed)
    centres = 10 * np.eye(d)[:3]
    crowds = centres.repeat(each, axis=0) + 0.3 * source.normal(size=(3 * each, d))
    apart = source.normal(size=(loners, d))
    apart *= np.linspace(25, 90, loners)[:, None] / np.linalg.norm(apart, axis=1, keepdims=True)
    return np.vstack([crowds, apart]), np.repeat([0, 1, 2, -1], [each, each, each, loners])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("method", ["hdbscan", "dbscan"])
def test_loners_are_noise_and_crowds_are_clusters_with_names(method, seed):
    points, truth = crowds_and_loners(seed)
    result = Density(method=method, min_size=10).cluster(table_of(points), rng())
    assert result.names == ("cluster 1", "cluster 2", "cluster 3")
    noise = result.labels < 0
    assert noise.sum() > 1
    assert noise[truth < 0].mean() > 0.8
    assert adjusted_rand(truth[~noise & (truth >= 0)], result.labels[~noise & (truth >= 0)]) == 1.0
    assert noise[truth >= 0].mean() < 0.1
    assert f"{noise.sum()} of {len(points)} images are noise: in no cluster" in result.notes


def test_the_automatic_eps_is_the_one_that_is_told():
    points, _ = blobs(k=3, each=30, d=2)
    auto = Density(method="dbscan", min_size=5).cluster(table_of(points), rng())
    measures = next(note for note in auto.notes if note.startswith("eps = "))
    eps = float(measures.split()[2].rstrip(":"))
    given = Density(method="dbscan", min_size=5, eps=eps).cluster(table_of(points), rng())
    assert np.array_equal(auto.labels, given.labels)
    assert "4th nearest image" in measures
    assert len(auto) == 3


def test_all_noise_says_what_to_try():
    points = np.random.default_rng(0).uniform(size=(40, 8))
    result = Density(method="dbscan", eps=1e-3).cluster(table_of(points), rng())
    assert (result.names, set(result.labels.tolist())) == ((), {-1})
    assert any("everything is noise: try" in note and "larger eps" in note for note in result.notes)
    few = Density(min_size=50).cluster(table_of(points), rng())
    assert any("40 images are fewer than the 50" in note for note in few.notes)


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


@pytest.mark.parametrize(("wish", "message"), BAD)
def test_wishes_that_cannot_be_granted_are_refused(wish, message):
    with pytest.raises(ConfigError, match=message):
        wish()


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


def test_pca_keeps_distances_and_tells_the_variance():
    source = np.random.default_rng(0)
    points = source.normal(size=(80, 3)) @ source.normal(size=(3, 20))  # three dimensions in twenty
    reduced, notes = PCA(3).reduce(points, 0)
    assert notes == ("PCA: 3 of 20 dimensions keep 100% of the variance",)
    before = np.linalg.norm(points[:, None] - points, axis=2)
    assert np.linalg.norm(reduced[:, None] - reduced, axis=2) == pytest.approx(before, abs=1e-4)
    one, notes = PCA(1).reduce(points, 0)
    share = one.var() / points.var(axis=0).sum()
    assert notes[0] == f"PCA: 1 of 20 dimensions keep {share:.0%} of the variance"
    white, _ = PCA(3, whiten=True).reduce(points, 0)
    assert white.var(axis=0) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("shape", [(5, 40), (40, 5), (1, 4), (2, 3)])
def test_pca_of_fewer_says_so(shape):
    points = np.random.default_rng(0).normal(size=shape)
    reduced, notes = PCA(64).reduce(points, 0)
    assert reduced.shape == (shape[0], min(shape[1], max(shape[0] - 1, 1)))
    assert reduced.dtype == np.float32
    assert "64 dimensions were asked for" in notes[1]


def test_a_reduction_is_cluster_of_a_grouping():
    points, truth = noisy()
    result = KMeans(7, reduce=PCA(10)).cluster(table_of(points), rng())
    assert result.points.shape == (350, 10)
    assert result.by == "k-means, k = 7, on look by PCA"
    assert result.notes[0].startswith("PCA: 10 of 128 dimensions keep")
    assert adjusted_rand(truth, result.labels) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("reduction", [UMAP(neighbours=10), TSNE(perplexity=10)], ids=repr)
def test_maps_keep_crowds_together_and_are_the_same_again(reduction):
    points, truth = blobs(k=3, each=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reduced, notes = reduction.reduce(points, 3)
    assert (reduced.shape, reduced.dtype, notes) == ((60, 2), np.float32, ())
    assert np.array_equal(reduced, reduction.reduce(points, 3)[0])
    nearest = np.linalg.norm(reduced[:, None] - reduced, axis=2)
    np.fill_diagonal(nearest, np.inf)
    assert (truth[nearest.argmin(axis=1)] == truth).mean() > 0.95
    few, notes = reduction.reduce(points[:8], 3)
    assert few.shape == (8, 2)
    assert "there are 8 images" in notes[0]
    for n in (1, 2, 4):
        tiny, notes = reduction.reduce(points[:n], 3)
        assert tiny.shape == (n, 2)
        assert "too few different images" in notes[0]
    assert np.isfinite(reduction.reduce(np.zeros((30, 4)), 3)[0]).all()


@pytest.mark.parametrize(
    ("reduction", "module", "package"), [(UMAP(), "umap", "umap-learn"), (TSNE(), "openTSNE", "openTSNE")]
)
def test_a_missing_extra_is_told_before_any_work(reduction, module, package, monkeypatch):
    real, imported = importlib.util.find_spec, builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == module:
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == module else real(name, *rest))
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=rf"{package}.*imbatch2soundvisu\[maps\]"):
        KMeans(3, reduce=reduction).check({})


def test_groupings_are_values():
    assert KMeans(3) == KMeans(3)
    assert hash(KMeans(3, reduce=PCA(5))) == hash(KMeans(3, reduce=PCA(5)))
    assert replace(KMeans(3), k=4).k == 4
