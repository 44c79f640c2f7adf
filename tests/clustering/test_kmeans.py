"""k-means against scikit-learn, its stability and its mini-batches."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.cluster import KMeans as Peer

from imbatch2soundvisu.clustering import (
    KMeans,
    adjusted_rand,
)
from imbatch2soundvisu.clustering.lloyd import runs_of_kmeans
from tests.clustering.samples import blobs, rng, table_of


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
