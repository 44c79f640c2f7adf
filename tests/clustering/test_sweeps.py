"""How many clusters there are, and whether there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from imbatch2soundvisu.clustering import (
    PCA,
    TSNE,
    UMAP,
    Hierarchical,
    KMeans,
    adjusted_rand,
    silhouettes,
)
from imbatch2soundvisu.clustering.lloyd import runs_of_kmeans
from imbatch2soundvisu.clustering.sweeps import bend, choose, elbow, sweep
from tests.clustering.samples import MIXTURES, blobs, rng, table_of


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


def test_a_choice_at_the_end_of_the_range_is_noted():
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
def test_clusters_of_unstructured_points_are_noted_for_a_given_k(clustering, d):
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
