"""The nearest other points."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from imbatch2soundvisu.clustering import neighbours


def test_the_nearest_others_are_those_of_all_distances_in_blocks_too(monkeypatch):
    points = np.random.default_rng(0).normal(size=(70, 9)) + 100
    far = cdist(points, points)
    np.fill_diagonal(far, np.inf)
    monkeypatch.setattr(neighbours, "_NUMBERS", 700)
    found, distances = neighbours.nearest_others(points, 6)
    assert np.array_equal(found, np.argsort(far, axis=1, kind="stable")[:, :6])
    assert np.allclose(distances, np.sort(far, axis=1)[:, :6], atol=1e-4)


def test_equal_points_are_at_0_in_their_order():
    found, distances = neighbours.nearest_others(np.ones((4, 3)), 3)
    assert found.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
    assert not distances.any()
