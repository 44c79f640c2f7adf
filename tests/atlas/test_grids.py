"""Images on grids."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from imbatch2soundvisu.atlas.grid_quality import dpq
from imbatch2soundvisu.atlas.grid_sorting import sort_grid
from imbatch2soundvisu.atlas.grid_tables import write_places
from imbatch2soundvisu.atlas.grids import METHODS, cells_of, make_grid
from imbatch2soundvisu.atlas.point_assignment import assign_points
from imbatch2soundvisu.atlas.shapes import usable_cells
from imbatch2soundvisu.core.errors import ConfigError


def colours(count, seed=0):
    """Random RGB colours."""
    return np.random.default_rng(seed).integers(0, 256, (count, 3)).astype(float)


def images_on(grid):
    return sorted(grid.items[grid.items >= 0].tolist())


def quality_by_definition(vectors, cells, p):
    """DPQ with one loop for each sum, as the paper defines it."""
    count = len(vectors)
    far = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    mean = far.sum() / (count * (count - 1))
    gains = []
    for order_by in (lambda i, j: (((cells[i] - cells[j]) ** 2).sum(), far[i, j]), lambda i, j: far[i, j]):
        sorted_rows = [
            [far[i, j] for j in sorted((j for j in range(count) if j != i), key=lambda j: order_by(i, j))]
            for i in range(count)
        ]
        means = [np.mean([np.mean(row[:k]) for row in sorted_rows]) for k in range(1, count)]
        gains.append([max(0, (mean - each) / mean) for each in means])
    return np.linalg.norm(gains[0], p) / np.linalg.norm(gains[1], p)


@pytest.mark.parametrize("p", [2, 16])
def test_quality_is_that_of_its_definition(p):
    vectors, cells = colours(20), cells_of(np.random.default_rng(1).permutation(20).reshape(4, 5))
    assert dpq(vectors, cells, p) == pytest.approx(quality_by_definition(vectors, cells, p), rel=1e-9)


def test_quality_of_random_colours_at_random_is_that_of_the_literature():
    cells = cells_of(np.random.default_rng(1).permutation(1024).reshape(32, 32))
    assert dpq(colours(1024), cells) == pytest.approx(0.342, abs=0.01)


def test_quality_on_a_grid_that_wraps_counts_across_the_edge():
    ring = np.stack([np.cos(np.arange(12) / 12 * 2 * np.pi), np.sin(np.arange(12) / 12 * 2 * np.pi)], axis=1)
    cells = np.stack((np.arange(12), np.zeros(12, int)), axis=1)
    assert dpq(ring, cells, wrap=(12, 1)) == pytest.approx(1)
    assert dpq(ring, cells) < 0.999


@pytest.mark.parametrize("count", [1, 2, 3, 13, 65])
@pytest.mark.parametrize("method", METHODS)
def test_each_image_is_on_the_grid_once(count, method):
    grid = make_grid(colours(count), method=method)
    assert images_on(grid) == list(range(count))
    last = np.flatnonzero(grid.items.reshape(-1) >= 0).max()
    assert last == count - 1, "empty cells are at the end"


def test_sorting_is_far_better_than_random_and_than_two_dimensions():
    grid = make_grid(colours(256), usable_cells(256, (16, 16)))
    assert grid.quality["grid"] > 0.9
    assert grid.quality["random"] < 0.45
    assert grid.quality["assigned"] < grid.quality["grid"] == max(grid.quality.values())


def test_equal_seeds_give_equal_grids_and_others_do_not():
    first, again, other = (make_grid(colours(100), seed=seed).items for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_pinned_images_stay():
    grid = make_grid(colours(30), usable_cells(30, (6, 5)), pinned={4: (0, 0), 9: (5, 4)})
    assert grid.cells[[4, 9]].tolist() == [[0, 0], [5, 4]]
    assert images_on(grid) == list(range(30))


@pytest.mark.parametrize("pinned", [{0: (9, 0)}, {99: (0, 0)}, {0: (1, 1), 1: (1, 1)}])
def test_impossible_pins_are_refused(pinned):
    with pytest.raises(ConfigError, match="cannot be pinned"):
        make_grid(colours(9), usable_cells(9, (3, 3)), pinned=pinned)


def test_opposite_edges_meet_on_a_grid_that_wraps():
    vectors = colours(144)
    grid = make_grid(vectors, usable_cells(144, (12, 12)), wrap=True, method="sorted")
    points = vectors[grid.items]
    across = np.linalg.norm(points[:, 0] - points[:, -1], axis=1).mean()
    within = np.linalg.norm(points[:, 1:] - points[:, :-1], axis=2).mean()
    assert across < 1.3 * within


@pytest.mark.parametrize("shape", ["circle", "AB"])
def test_shapes_hold_all_images_and_nothing_is_outside(shape):
    usable = usable_cells(150, shape)
    grid = make_grid(colours(150), usable)
    assert images_on(grid) == list(range(150))
    assert not (grid.items[~usable] >= 0).any()
    assert 0.3 < usable.mean() < 0.95


@pytest.mark.parametrize("count", [1, 2, 65, 150])
def test_a_circle_has_no_empty_cell_among_the_images(count):
    usable = usable_cells(count, "circle")
    assert usable.sum() == count
    for line in (*usable, *usable.T):
        placed = np.flatnonzero(line)
        assert len(placed) == 0 or len(placed) == placed[-1] - placed[0] + 1


def test_the_shape_of_an_image(tmp_path):
    from PIL import Image

    drawn = np.full((60, 60, 3), 255, np.uint8)
    drawn[:, :30] = 0
    Image.fromarray(drawn).save(tmp_path / "half.png")
    usable = usable_cells(50, tmp_path / "half.png")
    assert usable.sum() >= 50
    assert not usable[:, usable.shape[1] // 2 + 1 :].any()


@pytest.mark.parametrize(("shape", "size"), [("3x2", (2, 3)), ((3, 2), (2, 3)), (None, (2, 2))])
def test_sizes(shape, size):
    assert usable_cells(4, shape).shape == size


def test_too_few_cells_are_refused_with_their_number():
    with pytest.raises(ConfigError, match="has 6 cells for 7 images"):
        usable_cells(7, "3x2")


def test_points_go_to_the_nearest_cells():
    rows, columns = np.mgrid[:4, :6]
    points = np.stack((columns.ravel(), rows.ravel()), axis=1) + np.random.default_rng(0).uniform(-0.2, 0.2, (24, 2))
    assert assign_points(points, np.ones((4, 6), bool)).reshape(-1).tolist() == list(range(24))


def test_large_assignments_are_near_the_exact_one(monkeypatch):
    from imbatch2soundvisu.atlas import point_assignment

    points, usable = np.random.default_rng(0).normal(size=(380, 2)), np.ones((20, 20), bool)
    exact = assign_points(points, usable)
    monkeypatch.setattr(point_assignment, "_EXACT", 0)
    near = assign_points(points, usable)
    assert sorted(near[near >= 0].tolist()) == list(range(380))
    scaled = point_assignment._scaled(points, cells_of(np.arange(400).reshape(20, 20)).astype(float))
    cost = [((scaled - cells_of(items)) ** 2).sum() for items in (exact, near)]
    assert cost[0] <= cost[1] < 1.1 * cost[0]


def test_sorting_keeps_what_may_not_move():
    items = np.arange(36).reshape(6, 6)
    movable = np.ones((6, 6), bool)
    movable[2] = False
    assert np.array_equal(sort_grid(colours(36), items, movable=movable)[2], items[2])


def test_the_table_of_a_grid(tmp_path):
    grid = make_grid(colours(4), usable_cells(4, (2, 2)))
    values = [*np.zeros((2, 4)), *grid.cells.T]
    write_places(tmp_path / "grid.csv", ["x", "y", "col", "row"], values, ["a", "b", "c", "d"])
    rows = list(csv.DictReader((tmp_path / "grid.csv").open(encoding="utf-8")))
    assert [row["name"] for row in rows] == ["a", "b", "c", "d"]
    assert [[int(row["col"]), int(row["row"])] for row in rows] == grid.cells.tolist()
    assert set(rows[0]) == {"name", "x", "y", "col", "row"}


def test_many_images_of_many_numbers_are_sorted_by_their_main_directions():
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(1600, 3)) @ rng.normal(size=(3, 80)) + rng.normal(size=(1600, 80)) * 0.1
    grid = make_grid(vectors, usable_cells(1600, (40, 40)), method="sorted")
    assert images_on(grid) == list(range(1600))
    assert grid.quality["grid"] > 0.9 > 0.5 > grid.quality["random"]


def test_vectors_that_are_not_finite_are_refused():
    vectors = colours(9)
    vectors[3] = np.nan
    with pytest.raises(ConfigError, match="finite"):
        make_grid(vectors)
