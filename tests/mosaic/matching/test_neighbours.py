"""The most similar tiles of each cell: exact, whatever their number, size and likeness."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from imbatch2soundvisu.mosaic.matching import neighbours
from imbatch2soundvisu.mosaic.matching.neighbours import Neighbours, nearest


def images(count, dimensions, seed=0):
    """Vectors as images have them: neighbouring numbers are alike, most lie near a few directions."""
    rng = np.random.default_rng(seed)
    smooth = np.cumsum(rng.normal(size=(count, dimensions)), axis=1) / dimensions**0.5
    return (0.5 + 0.2 * smooth + 0.02 * rng.normal(size=(count, dimensions))).astype(np.float32)


def exactly(queries, base, k):
    """All distances in double precision; of equal ones, the lower."""
    squared = cdist(queries.astype(np.float64), base.astype(np.float64), "sqeuclidean").astype(np.float32)
    order = np.argsort(squared, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(squared, order, axis=1)


@pytest.mark.parametrize("dimensions", [1, 3, 24, 25, 120, 400])
@pytest.mark.parametrize("k", [1, 2, 30])
def test_neighbours_are_those_of_all_distances(dimensions, k):
    queries, base = images(150, dimensions, 1), images(700, dimensions, 2)
    indices, squared = nearest(queries, base, k)
    expected, distances = exactly(queries, base, k)
    assert np.allclose(squared, distances, rtol=1e-6, atol=0)
    wrong = indices != expected
    assert np.allclose(squared[wrong], distances[wrong], rtol=1e-6, atol=0)
    assert wrong.mean() < 0.001


def test_few_distances_are_computed(monkeypatch):
    computed = []
    squared = Neighbours._squared

    def counted(self, queries, query, found):
        computed.append(len(found))
        return squared(self, queries, query, found)

    monkeypatch.setattr(Neighbours, "_squared", counted)
    nearest(images(200, 200, 1), images(2000, 200, 2))
    assert sum(computed) < 200 * 2000 / 50


def test_a_tile_equal_to_the_cell_is_at_distance_zero_far_from_the_origin():
    base = images(300, 60) + 1000
    indices, squared = nearest(base, base)
    assert indices[:, 0].tolist() == list(range(300))
    assert not squared.any()


def test_of_equal_tiles_the_first_is_taken():
    base = np.repeat(images(50, 40), 6, axis=0)
    indices, _ = nearest(images(80, 40, 5), base, 3)
    assert (indices[:, 0] % 6 == 0).all()
    assert np.array_equal(indices - indices[:, :1], np.tile([0, 1, 2], (80, 1)))


def test_tiles_that_are_all_equal(monkeypatch):
    monkeypatch.setattr(neighbours, "_BATCH_NUMBERS", 1000)
    base = np.full((40, 30), 0.5, np.float32)
    indices, squared = nearest(images(20, 30), base, 2)
    assert indices.tolist() == [[0, 1]] * 20
    assert np.array_equal(squared[:, 0], squared[:, 1])


def test_more_neighbours_than_tiles_are_all_tiles():
    indices, squared = nearest(images(5, 30), images(4, 30, 1), 9)
    assert np.sort(indices, axis=1).tolist() == [[0, 1, 2, 3]] * 5
    assert (np.diff(squared, axis=1) >= 0).all()


def test_batches_and_threads_change_nothing(monkeypatch):
    queries, base = images(500, 90, 1), images(900, 90, 2)
    whole = nearest(queries, base, 4)
    monkeypatch.setattr(neighbours, "_BATCH_SCORES", 9000)
    monkeypatch.setattr(neighbours, "cores", lambda: 1)
    for one, other in zip(whole, nearest(queries, base, 4), strict=True):
        assert np.array_equal(one, other)
