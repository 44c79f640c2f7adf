"""Paths are permutations, keep their ends, are as short as exhaustive search can show, and deterministic."""

from __future__ import annotations

import ast
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu import sorting
from imbatch2soundvisu.sorting import path_search
from imbatch2soundvisu.sorting.paths import mean_distance, path_length, shortest_path, steps

CASES = [
    pytest.param(False, None, None, id="open"),
    pytest.param(False, 2, None, id="from"),
    pytest.param(False, None, 2, id="to"),
    pytest.param(False, 2, 0, id="from-to"),
    pytest.param(True, None, None, id="loop"),
    pytest.param(True, 2, None, id="loop-from"),
]

#: Prints the path through 300 points; with "busy", while two other processes compute.
SCRIPT = """
import multiprocessing, sys
import numpy as np
from imbatch2soundvisu.sorting.paths import shortest_path

def compute():
    while True:
        sum(range(10_000))

if __name__ == "__main__":
    processes = [multiprocessing.Process(target=compute, daemon=True) for _ in range(2 * ("busy" in sys.argv))]
    for process in processes:
        process.start()
    points = np.random.default_rng(0).normal(size=(300, 48)).astype(np.float32)
    print(shortest_path(points).tolist())
    for process in processes:
        process.kill()
"""


def is_permutation(rows: np.ndarray, n: int) -> bool:
    return rows.dtype == np.intp and sorted(rows.tolist()) == list(range(n))


def has_ends(rows: np.ndarray, start: int | None, end: int | None) -> bool:
    return (start is None or rows[0] == start) and (end is None or rows[-1] == end)


@pytest.mark.parametrize(("loop", "start", "end"), CASES)
@pytest.mark.parametrize("n", [3, 4, 7])
def test_paths_through_few_points_are_the_shortest_possible(n, loop, start, end):
    for seed in range(6):
        points = np.random.default_rng(seed).normal(size=(n, 2))
        rows = shortest_path(points, loop, start, end)
        assert is_permutation(rows, n)
        allowed = [list(p) for p in permutations(range(n)) if start in (None, p[0]) and (end is None or p[-1] == end)]
        best = min(path_length(points[p], loop) for p in allowed)
        assert rows.tolist() in allowed
        assert path_length(points[rows], loop) == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize(("loop", "start", "end"), CASES)
def test_the_iterated_search_finds_the_exact_path_of_18_points(monkeypatch, loop, start, end):
    points = np.random.default_rng(7).normal(size=(18, 3))
    exact = path_length(points[shortest_path(points, loop, start, end)], loop)
    monkeypatch.setattr(path_search, "EXACT", 4)
    rows = shortest_path(points, loop, start, end)
    assert has_ends(rows, start, end)
    assert path_length(points[rows], loop) == pytest.approx(exact, rel=1e-4)


@pytest.mark.parametrize(("loop", "start", "end"), CASES)
def test_points_on_a_ring_follow_one_another_whatever_the_ends(loop, start, end):
    place = np.random.default_rng(1).permutation(60)
    points = np.column_stack([np.cos(place * np.pi / 30), np.sin(place * np.pi / 30)])
    rows = shortest_path(points, loop, start, end)
    assert is_permutation(rows, 60)
    assert has_ends(rows, start, end)
    turns = np.mod(np.diff(place[rows]), 60)
    assert np.isin(turns, [1, 59]).sum() >= 58


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 999), st.integers(0, 60), st.integers(1, 4), st.booleans(), st.booleans(), st.booleans())
def test_equal_and_undefined_points_are_kept(seed, n, values, loop, from_first, to_last):
    points = np.random.default_rng(seed).integers(0, values, (n, 3)).astype(float)
    points[points == 3] = np.nan
    start = 0 if from_first and n else None
    end = n - 1 if to_last and n > 1 and not loop else None
    rows = shortest_path(points, loop, start, end, effort=0.05)
    assert is_permutation(rows, n)
    assert has_ends(rows, start, end)
    same = np.nan_to_num(points)
    if start is None and end is None and not loop:
        assert np.count_nonzero(steps(same[rows])) == max(len(np.unique(same, axis=0)) - 1, 0)


def test_more_effort_gives_no_longer_paths_and_all_are_far_shorter_than_greedy_ones():
    points = np.random.default_rng(0).normal(size=(300, 3))
    centred = points - points.mean(axis=0)
    greedy = path_length(points[path_search._greedy(centred, path_search._scale(centred), path_search.Ends())])
    little, much = (path_length(points[shortest_path(points, effort=effort)]) for effort in (0.05, 1.0))
    assert much <= little < 0.97 * greedy < path_length(points) / 4


@pytest.mark.parametrize(("loop", "start", "end"), CASES)
def test_windows_of_many_points_lose_little(monkeypatch, loop, start, end):
    points = np.random.default_rng(3).normal(size=(900, 3))
    whole = path_length(points[shortest_path(points, loop, start, end, effort=0.2)], loop)
    monkeypatch.setattr(path_search, "DENSE_LIMIT", 200)
    monkeypatch.setattr(path_search, "WINDOW", 150)
    rows = shortest_path(points, loop, start, end, effort=0.2)
    assert is_permutation(rows, 900)
    assert has_ends(rows, start, end)
    assert path_length(points[rows], loop) < 1.06 * whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"start": 4}, "rows 0 to 3"), ({"end": -1}, "rows 0 to 3"), ({"start": 1, "end": 1}, "same row"),
     ({"loop": True, "end": 1}, "start only")],
)  # fmt: skip
def test_impossible_ends_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        shortest_path(np.eye(4), **arguments)


def test_the_path_is_the_same_in_an_idle_and_in_a_busy_process(tmp_path):
    script = tmp_path / "path.py"
    script.write_text(SCRIPT)
    idle, busy = (
        subprocess.run([sys.executable, str(script), load], capture_output=True, text=True, check=True).stdout
        for load in ("idle", "busy")
    )
    assert idle == busy
    assert sorted(ast.literal_eval(idle)) == list(range(300))


def test_no_order_reads_a_clock():
    for path in Path(sorting.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            assert not {"time", "timeit"} & {*imported, getattr(node, "module", None)}, path


def test_the_mean_distance_is_that_of_all_pairs():
    points = np.random.default_rng(0).normal(size=(700, 5)) + 1000
    pairs = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert mean_distance(points) == pytest.approx(pairs.sum() / (700 * 699), rel=1e-9)
    assert mean_distance(points[:1]) == 0.0


def test_lengths_of_paths_of_no_one_and_two_points():
    for n, open_, closed in ((0, 0, 0), (1, 0, 0), (2, 5, 10)):
        points = np.array([[0, 0], [3, 4]])[:n].reshape(n, 2)
        assert (path_length(points), path_length(points, loop=True)) == (open_, closed)
