"""Limits on the uses of images: the assignment is the best one, and no limit is exceeded."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.optimize import linear_sum_assignment

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic import Grid, MosaicOptions
from imbatch2soundvisu.mosaic.matching.assignment import assign
from imbatch2soundvisu.mosaic.matching.auction import Problem, solve
from imbatch2soundvisu.mosaic.matching.spacing import least_cost, neighbours, spaced

from ..test_mosaics import plain_tiles


def problem(seed, cells, images, least, most, variants=1):
    draws = np.random.default_rng(seed)
    rows = draws.random((cells, 6)) * draws.random((cells, 1))
    tiles = draws.random((images * variants, 6))
    numbers = np.repeat(np.arange(images, dtype=np.int32), variants)
    limits = (np.full(images, each, np.int64) for each in (least, most))
    return Problem(rows.astype(np.float32), tiles.astype(np.float32), numbers, *limits)


def distances(given):
    squared = ((given.cells[:, None].astype(np.float64) - given.tiles[None]) ** 2).sum(axis=2)
    return np.minimum.reduceat(squared, np.searchsorted(given.images, np.arange(len(given.upper))), axis=1)


def optimum(given):
    """The least cost, by SciPy: a column for each use, those that must be at a discount."""
    columns = np.repeat(np.arange(len(given.upper)), given.upper)
    number = np.arange(len(columns)) - np.repeat(np.cumsum(given.upper) - given.upper, given.upper)
    costs, discount = distances(given)[:, columns], 1e4
    rows, found = linear_sum_assignment(costs - discount * (number < given.lower[columns]))
    return costs[rows, found].sum()


def uses(given, found):
    return np.bincount(given.images[found.chosen], minlength=len(given.upper))


CASES = {
    "spare uses": (300, 100, 0, 4),
    "no use is spare": (300, 100, 0, 3),
    "each once": (120, 120, 0, 1),
    "all images, any number": (200, 120, 1, 200),
    "all images, few uses": (200, 120, 1, 2),
    "one image": (20, 1, 0, 30),
    "more images than candidates": (60, 300, 0, 1),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("case", CASES)
def test_the_cost_is_that_of_the_exact_solution(case, seed):
    given = problem(seed, *CASES[case])
    found, least = solve(given), optimum(given)
    assert (uses(given, found) <= given.upper).all()
    assert (uses(given, found) >= given.lower).all()
    assert found.bound <= least * (1 + 1e-6)
    assert least * (1 - 1e-6) <= found.cost <= least * 1.005


def test_costs_are_those_of_the_tiles_that_are_chosen():
    given = problem(3, 100, 60, 0, 2, variants=4)
    found = solve(given)
    squared = ((given.cells.astype(np.float64) - given.tiles[found.chosen]) ** 2).sum()
    assert found.cost == pytest.approx(squared, rel=1e-6)
    assert found.cost <= optimum(given) * 1.005


def test_brute_force_on_a_few_cells():
    given = problem(5, 6, 3, 1, 3)
    costs = distances(given)
    every = [
        sum(costs[cell, image] for cell, image in enumerate(images))
        for images in itertools.product(range(3), repeat=6)
        if all(1 <= images.count(image) <= 3 for image in range(3))
    ]
    assert solve(given, tolerance=1e-6).cost == pytest.approx(min(every), rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), images=st.integers(1, 90), most=st.integers(1, 5), share=st.floats(0.01, 1),
    least=st.booleans(), levels=st.integers(1, 4),
)  # fmt: skip
def test_limits_are_never_exceeded(seed, images, most, share, least, levels):
    cells = max(1, round(images * most * share))
    draws = np.random.default_rng(seed)  # few different colours: many cells and tiles are equal
    rows, tiles = (draws.integers(0, levels, (n, 2)).astype(np.float32) for n in (cells, images))
    lower = np.full(images, int(least and cells >= images), np.int64)
    given = Problem(rows, tiles, np.arange(images, dtype=np.int32), lower, np.full(images, most, np.int64))
    found = solve(given)
    assert (uses(given, found) <= given.upper).all()
    assert (uses(given, found) >= given.lower).all()
    assert found.cost == pytest.approx(((rows - tiles[found.chosen]) ** 2).sum(), rel=1e-6)
    assert found.bound <= found.cost


def test_equal_cells_share_the_tiles_that_are_alike():
    given = problem(1, 500, 200, 0, 3)
    given.cells[:] = given.cells[0]
    assert solve(given).cost <= optimum(given) * 1.005


def test_the_same_on_any_number_of_cores(monkeypatch):
    given = problem(2, 400, 150, 0, 3)
    first = solve(given)
    monkeypatch.setattr("imbatch2soundvisu.mosaic.matching.auction._BATCH_BYTES", 150 * 4 * 400)
    monkeypatch.setattr("imbatch2soundvisu.mosaic.matching.auction.cores", lambda: 3)
    assert np.array_equal(solve(given).chosen, first.chosen)


def assigned(cells, images, **options):
    options = MosaicOptions(**options)
    target = np.zeros((4 * cells[0], 3 * cells[1], 3), np.uint8)
    places = Grid().cells(target, (3, 4), "all")
    given = problem(7, len(places), images, 0, 1)
    found = assign(given.cells, given.tiles, given.images, places, options)
    return found, np.bincount(found.chosen, minlength=images)


def test_max_uses_and_use_all_with_random_tiles():
    found, counts = assigned((10, 12), 50, max_uses=3, use_all=True, randomness=0.5)
    assert counts.min() == 1
    assert counts.max() <= 3
    assert 0 <= found.gap < 0.01


def test_use_all_with_fewer_cells_than_images_uses_each_once():
    _, counts = assigned((5, 6), 50, use_all=True)
    assert counts.max() == 1


def test_too_few_uses_are_refused_with_the_number_that_would_do():
    with pytest.raises(ConfigError, match=r"120 cells but 11 images x 5 uses = 55: set max_uses to at least 11"):
        assigned((10, 12), 11, max_uses=5)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("max_uses", 0, "at least 1"), ("min_distance", -1, "from 0"), ("best_k", 3, "give one of them")],
)
def test_options_that_are_not_possible(option, value, said):
    with pytest.raises(ConfigError, match=said):
        MosaicOptions(**{"use_all": True, option: value}).check_options()


def test_a_mosaic_counts_images_not_their_variants(tmp_path):
    folder, draws = tmp_path / "tiles", np.random.default_rng(0)
    folder.mkdir()
    for number in range(12):
        Image.fromarray(draws.integers(0, 256, (16, 12, 3), np.uint8)).save(folder / f"{number:02}.png")
    target = draws.integers(0, 256, (64, 72, 3), np.uint8)
    made = i2s.mosaic(target, folder, tile=(12, 16), max_uses=2, flip=True, rotate=True)
    assert np.bincount(made.codebook.rows[made.chosen]).tolist() == [2] * 12
    assert len(set(made.codebook.variants[made.chosen].tolist())) > 1
    assert made.assignment.gap < 0.01


def test_copies_of_a_file_are_one_image(tmp_path):
    folder = plain_tiles(tmp_path / "tiles", [(0, 0, 0), (0, 0, 0), (255, 255, 255)])
    target = np.zeros((16, 48, 3), np.uint8)
    made = i2s.mosaic(target, folder, tile=(12, 16), max_uses=2)
    assert sorted(np.bincount(made.codebook.rows[made.chosen]).tolist()) == [2, 2]


def nearest_repeat(found, images, shape):
    """The least Euclidean distance of two cells with the same image, in a grid of (rows, columns)."""
    rows, columns = np.divmod(np.arange(len(found.chosen)), shape[1])
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    same = (found.chosen[:, None] == found.chosen) & ~np.eye(len(rows), dtype=bool)
    return apart[same].min(initial=np.inf)


@pytest.mark.parametrize("options", [{}, {"max_uses": 3}, {"use_all": True}, {"best_k": 4}, {"randomness": 0.3}])
@pytest.mark.parametrize("distance", [2, 3, 4.5])
def test_uses_of_an_image_are_apart(distance, options):
    found, counts = assigned((12, 14), 90, min_distance=distance, **options)
    assert nearest_repeat(found, 90, (12, 14)) >= distance
    assert found.conflicts == 0
    assert counts.max() <= options.get("max_uses", 168)
    assert counts.min() >= options.get("use_all", 0)


def test_distances_cost_little_where_there_are_many_images():
    free, _ = assigned((12, 14), 90, max_uses=3)
    apart, _ = assigned((12, 14), 90, max_uses=3, min_distance=3)
    assert free.cost <= apart.cost * 1.005 <= free.cost * 1.1
    assert free.bound <= apart.bound <= apart.cost


def test_the_bound_of_distances_holds():
    given = problem(11, 9, 4, 0, 9)
    rows, columns = np.divmod(np.arange(9), 3)
    places, costs = np.stack((columns, rows), axis=1).astype(np.float32), distances(given)
    every = np.indices((4,) * 9).reshape(9, -1)
    near = np.argwhere(np.hypot(rows[:, None] - rows, columns[:, None] - columns) < 2)
    apart = np.all([every[one] != every[other] for one, other in near if one < other], axis=0)
    least = costs[np.arange(9)[:, None], every[:, apart]].sum(axis=0).min()
    assert costs.min(axis=1).sum() < least_cost(given, places, 2) <= least
    found, cost, conflicts = spaced(
        given, solve(given).chosen, np.zeros(4), neighbours(places, 2), np.zeros(9, dtype=bool)
    )
    assert conflicts == 0
    assert least - 1e-6 <= cost <= least * 1.1


def test_too_few_images_for_a_distance_are_spread_as_well_as_they_can_be():
    found, _ = assigned((6, 6), 3, min_distance=2)
    pairs = sum(
        np.count_nonzero(one == other)
        for grid in [found.chosen.reshape(6, 6)]
        for one, other in ((grid[1:], grid[:-1]), (grid[:, 1:], grid[:, :-1]),
                           (grid[1:, 1:], grid[:-1, :-1]), (grid[1:, :-1], grid[:-1, 1:]))
    )  # fmt: skip
    assert 0 < pairs == found.conflicts < 30  # of 110; four images would do


def test_one_image_has_conflicts_only():
    found, _ = assigned((2, 2), 1, min_distance=2)
    assert found.chosen.tolist() == [0] * 4
    assert found.conflicts == 6


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), images=st.integers(2, 40), distance=st.sampled_from([1.5, 2, 3]), spare=st.booleans()
)
def test_distances_keep_the_limits_of_uses(seed, images, distance, spare):
    most = -(-49 // images) + spare
    found, counts = assigned((7, 7), images, max_uses=most, min_distance=distance, use_all=images <= 20, seed=seed)
    assert counts.max() <= most
    assert counts.min() >= (images <= 20)
    assert (found.conflicts == 0) == (nearest_repeat(found, images, (7, 7)) >= distance)
