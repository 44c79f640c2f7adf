"""Paths are permutations, keep their ends, are as short as exhaustive search where that can be done, and are kept."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.sorting import paths
from imbatch2soundvisu.sorting.paths import improve, mean_distance, path_length, remembering, shortest_path, steps

CASES = [
    pytest.param(False, None, None, id="open"),
    pytest.param(False, 2, None, id="from"),
    pytest.param(False, None, 2, id="to"),
    pytest.param(False, 2, 0, id="from-to"),
    pytest.param(True, None, None, id="loop"),
    pytest.param(True, 2, None, id="loop-from"),
]


class Notes(dict):
    """A memory that counts what is asked."""

    hits = 0

    def get(self, key):
        self.hits += key in self
        return super().get(key)

    def put(self, key, value):
        assert all(type(i) is int for i in value)
        self[key] = value


def is_permutation(rows: np.ndarray, n: int) -> bool:
    return rows.dtype == np.intp and sorted(rows.tolist()) == list(range(n))


@pytest.mark.parametrize(("loop", "start", "end"), CASES)
@pytest.mark.parametrize("n", [3, 4, 7])
def test_few_points_are_walked_the_shortest_way_there_is(n, loop, start, end):
    for seed in range(6):
        points = np.random.default_rng(seed).normal(size=(n, 2))
        rows = shortest_path(points, loop, start, end)
        assert is_permutation(rows, n)
        allowed = [list(p) for p in permutations(range(n)) if start in (None, p[0]) and (end is None or p[-1] == end)]
        best = min(path_length(points[p], loop) for p in allowed)
        assert rows.tolist() in allowed
        assert path_length(points[rows], loop) == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize(("loop", "start", "end"), CASES)
def test_points_on_a_line_or_a_ring_are_walked_in_turn_whatever_is_asked_of_the_ends(loop, start, end):
    place = np.random.default_rng(1).permutation(60)
    points = np.column_stack([np.cos(place * np.pi / 30), np.sin(place * np.pi / 30)])
    rows = shortest_path(points, loop, start, end, seconds=0.5)
    assert is_permutation(rows, 60)
    assert start is None or rows[0] == start
    assert end is None or rows[-1] == end
    turns = np.mod(np.diff(place[rows]), 60)
    assert np.isin(turns, [1, 59]).sum() >= 58


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 999), st.integers(0, 26), st.integers(1, 4), st.booleans(), st.booleans(), st.booleans())
def test_equal_and_undefined_points_never_get_lost(seed, n, values, loop, from_first, to_last):
    points = np.random.default_rng(seed).integers(0, values, (n, 2)).astype(float)
    points[points == 3] = np.nan
    start = 0 if from_first and n else None
    end = n - 1 if to_last and n > 1 and not loop else None
    rows = shortest_path(points, loop, start, end, seconds=0.02)
    assert is_permutation(rows, n)
    assert start is None or rows[0] == start
    assert end is None or rows[-1] == end
    same = np.nan_to_num(points)
    if start is None and end is None and not loop:
        assert np.count_nonzero(steps(same[rows])) == max(len(np.unique(same, axis=0)) - 1, 0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 999), st.integers(0, 60), st.booleans(), st.booleans(), st.booleans())
def test_improving_keeps_every_point_and_its_ends_and_is_never_longer(seed, n, loop, keep_start, keep_end):
    points = np.random.default_rng(seed).normal(size=(n, 3))
    rows = np.random.default_rng(seed + 1).permutation(n).astype(np.intp)
    better = improve(points, rows, loop, keep_start, keep_end)
    assert is_permutation(better, n)
    assert path_length(points[better], loop) <= path_length(points[rows], loop)
    if n and not loop:
        assert not keep_start or better[0] == rows[0]
        assert not keep_end or better[-1] == rows[-1]
    assert improve(points, rows, loop, keep_start, keep_end).tolist() == better.tolist()


def test_improving_a_random_path_gets_near_the_best():
    points = np.random.default_rng(0).normal(size=(300, 3))
    best = path_length(points[shortest_path(points, seconds=0.5)])
    assert path_length(points[improve(points, np.arange(300))]) < 1.12 * best
    assert path_length(points) > 4 * best


@pytest.mark.parametrize(("loop", "start", "end"), CASES)
def test_many_points_are_walked_region_by_region_at_little_loss(monkeypatch, loop, start, end):
    points = np.random.default_rng(3).normal(size=(900, 3))
    whole = path_length(points[shortest_path(points, loop, start, end, seconds=0.5)], loop)
    monkeypatch.setattr(paths, "DENSE_LIMIT", 200)
    monkeypatch.setattr(paths, "REGION", 150)
    rows = shortest_path(points, loop, start, end, seconds=0.5)
    assert is_permutation(rows, 900)
    assert start is None or rows[0] == start
    assert end is None or rows[-1] == end
    assert path_length(points[rows], loop) < 1.06 * whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"start": 4}, "rows 0 to 3"), ({"end": -1}, "rows 0 to 3"), ({"start": 1, "end": 1}, "same row"),
     ({"loop": True, "end": 1}, "start only")],
)  # fmt: skip
def test_ends_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        shortest_path(np.eye(4), **arguments)


def test_a_remembered_path_comes_back_the_same_and_depends_on_all_that_matters():
    points, notes = np.random.default_rng(5).normal(size=(80, 4)), Notes()
    first = shortest_path(points, seconds=0.05, memo=notes)
    with remembering(notes):
        assert shortest_path(points, seconds=0.05).tolist() == first.tolist()
        assert notes.hits == 1
        for other in (
            {"points": points + 1e-9}, {"loop": True}, {"start": 3}, {"end": 3}, {"seconds": 0.04}
        ):  # fmt: skip
            shortest_path(**({"points": points, "seconds": 0.05} | other))
    assert notes.hits == 1
    assert len(notes) == 6
    shortest_path(points, seconds=0.05)
    assert notes.hits == 1


def test_a_remembered_answer_that_is_no_permutation_is_searched_again():
    points, notes = np.random.default_rng(5).normal(size=(40, 4)), Notes()
    shortest_path(points, seconds=0.05, memo=notes)
    (key,) = notes
    notes[key] = [0] * 40
    assert is_permutation(shortest_path(points, seconds=0.05, memo=notes), 40)
    assert sorted(notes[key]) == list(range(40))


def test_a_memory_decides_what_the_clock_would():
    points, notes = np.random.default_rng(6).normal(size=(50, 2)), Notes()
    shortest_path(points, seconds=0.05, memo=notes)
    (key,) = notes
    notes[key] = list(range(50))
    assert shortest_path(points, seconds=0.05, memo=notes).tolist() == list(range(50))


def test_the_mean_distance_is_that_of_all_pairs():
    points = np.random.default_rng(0).normal(size=(700, 5)) + 1000
    pairs = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert mean_distance(points) == pytest.approx(pairs.sum() / (700 * 699), rel=1e-9)
    assert mean_distance(points[:1]) == 0.0


def test_lengths_of_little():
    for n, open_, closed in ((0, 0, 0), (1, 0, 0), (2, 5, 10)):
        points = np.array([[0, 0], [3, 4]])[:n].reshape(n, 2)
        assert (path_length(points), path_length(points, loop=True)) == (open_, closed)
