"""Images that are added to a map: others keep their places, on each layout as far as its values allow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.atlas.kept_places import plane_again
from imbatch2soundvisu.atlas.layout_kinds import LAYOUTS, GridLayout
from imbatch2soundvisu.atlas.layouts import PlacesBefore
from imbatch2soundvisu.atlas.placing import nearest_cells, placed_again
from imbatch2soundvisu.atlas.value_layouts import CategoryByDate, Islands, Plane, TimelineLayout
from imbatch2soundvisu.core import Clusters
from tests.atlas.test_layouts import apart, data


def grown(kind, whole, old):
    """The layout of some images, and the one of all after it."""
    first = kind.layout(_only(whole, old), 0)
    points = np.full((len(whole), 2), np.nan)
    points[old] = first.points
    seen = np.isin(np.arange(len(whole)), old)
    return points, placed_again(kind, whole, 0, PlacesBefore(points, first.frame, seen))


def _only(whole, rows):
    metadata = whole.metadata
    few = replace(
        metadata, dates=metadata.dates[rows],
        **{name: tuple(getattr(metadata, name)[i] for i in rows) for name in ("precision", "category")},
        columns={name: tuple(values[i] for i in rows) for name, values in metadata.columns.items()},
    )  # fmt: skip
    clusters = whole.clusters and replace(whole.clusters, labels=whole.clusters.labels[rows])
    table = whole.table.select(np.asarray(rows))
    return replace(whole, table=table, vectors=whole.vectors[rows], metadata=few, clusters=clusters, projected={})


def moved(before, after):
    """How many images moved, those aside that all move together."""
    shift = (after - before)[np.isfinite(before).all(axis=1)]
    return int((np.abs(shift - np.median(shift, axis=0)) > 1e-6).any(axis=1).sum())


OLD = [i for i in range(60) if i % 10 != 3]  # six new images, in the middle of the others


@pytest.mark.parametrize("name", ["grid", "pca", "plane", "islands"])
def test_no_image_moves_when_others_are_added(name):
    before, layout = grown(LAYOUTS.resolve(name), data(60), OLD)
    assert np.isfinite(layout.points).all()
    assert np.array_equal(layout.points[OLD], before[OLD])
    assert layout.notes[-1] == "6 new images placed, 54 kept"
    if layout.spaced:
        assert apart(layout.points) >= 1 - 1e-9


def test_an_island_grows_beside_its_images_and_keeps_its_distance():
    whole = data(200)
    _, layout = grown(Islands(), whole, list(range(160)))
    labels = whole.clusters.labels
    for number in range(4):
        own, others = layout.points[labels == number], layout.points[labels != number]
        assert np.linalg.norm(own[:, None] - others, axis=2).min() >= 2, "an empty cell between clusters"
        assert np.linalg.norm(own - own.mean(axis=0), axis=1).max() < 2.2 * np.sqrt(len(own) / np.pi)
    assert {label.text: label.count for label in layout.labels} == dict.fromkeys(("one", "two", "three", "four"), 50)


def test_a_cluster_of_another_number_is_the_same_island():
    whole = data(80)
    before, frame = Islands().layout(whole, 0).points, Islands().layout(whole, 0).frame
    other = Clusters((whole.clusters.labels + 1) % 4, ("four", "one", "two", "three"), "test")
    again = placed_again(Islands(), replace(whole, clusters=other), 0, PlacesBefore(before, frame))
    assert np.array_equal(again.points, before)


def test_a_new_cluster_gets_a_free_place_and_no_other_moves():
    whole = data(80)
    first = Islands().layout(whole, 0)
    labels = whole.clusters.labels.copy()
    labels[:16:4] = 4
    five = Clusters(labels, ("one", "two", "three", "four", "five"), "test")
    again = placed_again(Islands(), replace(whole, clusters=five), 0, PlacesBefore(first.points, first.frame))
    stay = labels != 4
    assert np.array_equal(again.points[stay], first.points[stay])
    assert np.linalg.norm(again.points[stay][:, None] - again.points[~stay], axis=2).min() >= 2
    assert "five" in [label.text for label in again.labels]


def test_islands_of_other_clusters_are_new_ones():
    whole = data(80)
    first = Islands().layout(whole, 0)
    other = replace(whole, clusters=Clusters(np.arange(80) // 20, ("a", "b", "c", "d"), "test"))
    again = placed_again(Islands(), other, 0, PlacesBefore(first.points, first.frame))
    assert np.array_equal(again.points, Islands().layout(other, 0).points)
    assert "all are placed anew" in again.notes[-1]


@pytest.mark.parametrize("ranks", [True, False])
def test_new_values_are_between_others_and_beyond_the_ends(ranks):
    values = np.array([[1.0, 1], [2, 2], [3, 3], [2.5, 2.5], [9, 1], [np.nan, 2]])
    before = np.array([[0, 0], [0.5, 0.5], [1, 1], *[[np.nan, np.nan]] * 3])
    points = plane_again(values, before, ranks)
    assert np.array_equal(points[:3], before[:3])
    assert points[3].tolist() == [0.75, 0.75]
    assert points[4].tolist() == [1.5 if ranks else 4.0, 0.0]
    assert np.isnan(points[5]).all()


def test_places_that_contradict_the_values_are_not_kept():
    before = np.array([[0.0, 0], [0.5, 0], [1, 0]])
    assert plane_again(np.array([[3.0, 1], [2, 1], [1, 1]]), before, True) is None
    assert plane_again(np.array([[1.0, 1], [2, 1], [9, 1]]), before, False) is None
    whole = data(60)
    first = Plane("saturation", "luminance").layout(whole, 0)
    again = placed_again(Plane(), whole, 0, PlacesBefore(first.points))
    assert np.array_equal(again.points, Plane().layout(whole, 0).points)


@pytest.mark.parametrize("rows", [False, True])
def test_columns_of_a_timeline_stay_and_new_images_are_last_among_equals(rows):
    whole = data(60, years=[1900 + i % 5 for i in range(60)])
    before, layout = grown(TimelineLayout(rows=rows), whole, [i for i in range(60) if i not in (0, 11)])
    assert moved(before, layout.points) == 0
    assert apart(layout.points) >= 1 - 1e-9


def test_the_axis_of_a_timeline_grows_only_where_it_must():
    years = [1900 + i % 5 for i in range(60)]
    years[59] = 1906
    whole = data(60, years=years)
    before, layout = grown(TimelineLayout(), whole, list(range(59)))
    assert moved(before, layout.points) == 0
    assert [label.text for label in layout.labels] == [str(year) for year in range(1900, 1907)]
    years[59] = 1898
    before, layout = grown(TimelineLayout(), data(60, years=years), list(range(59)))
    assert moved(before, layout.points) == 0, "all move together"


def test_columns_that_became_much_higher_get_another_width():
    whole = data(300, years=[1900 + i % 25 for i in range(160)] + [1910] * 140)
    before, layout = grown(TimelineLayout(), whole, list(range(160)))
    assert np.array_equal(layout.points, TimelineLayout().layout(whole, 0).points)
    assert moved(before, layout.points) > 0
    assert f"0 kept, {moved(before, layout.points)} moved" in layout.notes[-1]


def test_sorted_columns_stay_sorted():
    whole = data(60, years=[1900] * 60)
    _, layout = grown(TimelineLayout(sort="luminance"), whole, OLD)
    along = np.lexsort((layout.points[:, 0], -layout.points[:, 1]))
    assert np.array_equal(along, np.argsort(whole.table["luminance"]))


def test_blocks_of_a_category_and_a_date_stay():
    whole = data(60, years=[1900 + i % 25 for i in range(60)])
    before, layout = grown(CategoryByDate(), whole, [i for i in range(60) if i not in (0, 11)])
    assert moved(before, layout.points) == 0
    assert apart(layout.points) >= 1 - 1e-9


def test_undated_images_are_not_new_in_each_run():
    whole = data(60, years=[0] * 50 + [1900] * 10)
    first = TimelineLayout().layout(whole, 0)
    again = placed_again(TimelineLayout(), whole, 0, PlacesBefore(first.points, first.frame, np.ones(60, bool)))
    assert np.array_equal(again.points, first.points, equal_nan=True)
    assert all("new" not in note for note in again.notes)


def test_more_new_images_than_old_ones_make_a_new_map():
    whole = data(60)
    _, layout = grown(LAYOUTS.resolve("pca"), whole, list(range(20)))
    assert np.array_equal(layout.points, LAYOUTS.resolve("pca").layout(whole, 0).points)
    assert "more than half of the images are new" in layout.notes[-1]


@pytest.mark.parametrize("left", [40, 10, 2])
def test_images_of_a_grid_stay_where_most_others_are_gone(left):
    rows = np.random.default_rng(1).permutation(100)[:left].tolist()
    whole = data(100)
    points = GridLayout(method="sorted").layout(whole, 0).points[rows]
    again = placed_again(GridLayout(method="sorted"), _only(whole, rows), 0, PlacesBefore(points))
    assert np.array_equal(again.points, points)


def test_a_grid_with_opposite_edges_as_neighbours_is_measured_as_such():
    kind = GridLayout("10x10", method="sorted", wrap=True)
    whole = data(100)
    first = kind.layout(whole, 0)
    again = placed_again(kind, whole, 0, PlacesBefore(first.points))
    assert again.quality["grid"] == pytest.approx(first.quality["grid"])


def test_many_new_images_get_near_cells_in_bounded_memory():
    free = np.stack(np.meshgrid(np.arange(20), np.arange(15)), axis=-1).reshape(-1, 2)
    points = np.random.default_rng(0).uniform(0, 15, (120, 2))
    whole, parts = nearest_cells(points, free), nearest_cells(points, free, most=3000)
    assert len(np.unique(parts, axis=0)) == 120
    away = [np.linalg.norm(points - each, axis=1).mean() for each in (whole, parts)]
    assert away[0] <= away[1] < 1.5 * away[0]
