"""Reductions before clustering."""

from __future__ import annotations

import builtins
import importlib.util
import warnings
from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.clustering import (
    PCA,
    TSNE,
    UMAP,
    KMeans,
    adjusted_rand,
)
from imbatch2soundvisu.core.errors import MissingExtra
from tests.clustering.samples import blobs, noisy, rng, table_of


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


def test_a_reduction_is_part_of_a_clustering():
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
def test_a_missing_extra_is_reported_before_any_work(reduction, module, package, monkeypatch):
    real, imported = importlib.util.find_spec, builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == module:
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == module else real(name, *rest))
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=rf"{package}.*\[maps\]"):
        KMeans(3, reduce=reduction).check({})


def test_clusterings_are_values():
    assert KMeans(3) == KMeans(3)
    assert hash(KMeans(3, reduce=PCA(5))) == hash(KMeans(3, reduce=PCA(5)))
    assert replace(KMeans(3), k=4).k == 4
