"""Clusters by density, and images in none."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.clustering import (
    Density,
    adjusted_rand,
)
from tests.clustering.samples import blobs, rng, table_of


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


def test_the_automatic_eps_is_in_the_notes():
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
