"""Paths are searched once for the same points, parameters and code."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.runtime.cache import Cache
from imbatch2soundvisu.sorting import path_cache, path_caching, paths
from imbatch2soundvisu.sorting.paths import shortest_path


@pytest.fixture
def searches(monkeypatch):
    """One entry for each search."""
    found, search = [], paths.find_path
    monkeypatch.setattr(paths, "find_path", lambda *each: found.append(len(each[0])) or search(*each))
    return found


def test_a_path_is_searched_once_and_is_the_same_from_the_cache(tmp_path, searches):
    points = np.random.default_rng(0).normal(size=(40, 3))
    expected = shortest_path(points)
    for _ in range(2):  # another run with the same cache
        with Cache(tmp_path) as cache, path_caching(cache):
            assert (shortest_path(points) == expected).all()
    assert searches == [40, 40]
    shortest_path(points)
    assert len(searches) == 3, "without a cache"


def test_other_points_ends_efforts_and_code_are_searched(tmp_path, searches, monkeypatch):
    points = np.random.default_rng(0).normal(size=(40, 3))
    with Cache(tmp_path) as cache, path_caching(cache):
        shortest_path(points)
        moved = points.copy()
        moved[0] += 1e-9
        shortest_path(moved)
        assert shortest_path(points, start=3)[0] == 3
        shortest_path(points, loop=True)
        shortest_path(points, effort=2.0)
        monkeypatch.setattr(path_cache, "_version", lambda: "other")
        shortest_path(points)
    assert len(searches) == 6


def test_an_invalid_path_in_the_cache_is_searched_again(searches):
    class Damaged:
        def get(self, key):
            return [0, 0, 1]

        def put(self, key, value):
            self.value = value

    damaged = Damaged()
    with path_caching(damaged):
        path = shortest_path(np.random.default_rng(0).normal(size=(30, 2)))
    assert sorted(damaged.value) == sorted(path.tolist()) == list(range(30))
    assert searches == [30]
