"""Places of images on maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from imbatch2soundvisu.atlas.data import AtlasData, Metadata
from imbatch2soundvisu.atlas.layout_kinds import LAYOUTS, GridLayout, Projection
from imbatch2soundvisu.atlas.layouts import ColumnSizes, columns_of, islands, sorted_keys
from imbatch2soundvisu.atlas.map_quality import map_quality
from imbatch2soundvisu.atlas.value_layouts import CategoryByDate, Islands, Plane, TimelineLayout
from imbatch2soundvisu.core import Clusters, FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError


def table_of(count, **columns):
    """A table of images that are nowhere."""
    records = (ImageRecord(Path(f"{i:03}.jpg"), f"{i:032x}", 4, 3, name=f"{i:03}.jpg") for i in range(count))
    return FeatureTable(tuple(records), columns)


def data(count=40, years=None, seed=0):
    """Images with vectors, luminance and saturation, dates and four clusters."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 12)).astype(np.float32)
    table = table_of(count, luminance=rng.uniform(size=count), saturation=rng.uniform(size=count))
    years = years if years is not None else (1900 + rng.integers(0, 25, count)).tolist()
    dates = np.array([f"{year}-01-01" if year else "NaT" for year in years], "datetime64[s]")
    metadata = Metadata(
        dates=dates, precision=tuple("year" if year else "" for year in years),
        category=tuple("ab"[i % 2] for i in range(count)), columns={"place": ("x",) * count},
    )  # fmt: skip
    clusters = Clusters(np.arange(count) % 4, ("one", "two", "three", "four"), "test")
    return AtlasData(table, vectors, "test", metadata, clusters)


def apart(points):
    """The least distance of two images."""
    placed = points[np.isfinite(points).all(axis=1)]
    far = np.linalg.norm(placed[:, None] - placed, axis=2)
    return far[np.triu_indices(len(placed), 1)].min()


@pytest.mark.parametrize("name", ["pca", "plane", "timeline", "category-by-date", "islands", "grid"])
def test_each_layout_places_each_image_and_spaced_ones_do_not_overlap(name):
    layout = LAYOUTS.resolve(name).layout(data(), 0)
    assert layout.points.shape == (40, 2)
    assert np.isfinite(layout.points).all()
    if layout.spaced:
        assert apart(layout.points) >= 1 - 1e-9


@pytest.mark.parametrize("name", ["pca", "islands", "grid"])
def test_equal_seeds_give_equal_layouts(name):
    first, again = (LAYOUTS.resolve(name).layout(data(), 5).points for _ in range(2))
    assert np.array_equal(first, again)


def test_quality_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(120, 6))
    found = map_quality(vectors, vectors[:, :2], k=7)
    assert found["trustworthiness"] == pytest.approx(trustworthiness(vectors, vectors[:, :2], n_neighbors=7))
    assert found["continuity"] == pytest.approx(trustworthiness(vectors[:, :2], vectors, n_neighbors=7))


def test_quality_of_images_without_a_place_is_not_counted():
    points = np.random.default_rng(0).normal(size=(50, 2))
    missing = points.copy()
    missing[3] = np.nan
    assert map_quality(points, missing)["kNN recall"] == 1
    assert np.isnan(map_quality(points[:3], points[:3])["continuity"])


def test_a_timeline_is_in_the_order_of_the_years_with_gaps_for_empty_ones():
    layout = TimelineLayout().layout(data(4, [1910, 1912, 1910, None]), 0)
    x = layout.points[:, 0]
    assert x[0] == x[2] < x[1]
    assert [label.text for label in layout.labels] == ["1910", "1911", "1912", "no date"]
    assert x[3] > x[1]
    assert layout.notes == ("column “no date”: 1 of 4 images",)


def test_a_note_says_where_images_are_that_lack_the_value():
    dated = data(4, [1910, 1912, 1910, None])
    inexact = replace(dated, metadata=replace(dated.metadata, precision=("year", "year", "decade", "")))
    both = ("column “year not known”: 1 of 4 images", "column “no date”: 1 of 4 images")
    assert TimelineLayout().layout(inexact, 0).notes == both
    assert TimelineLayout("decade").layout(inexact, 0).notes == ("column “no date”: 1 of 4 images",)
    assert CategoryByDate().layout(dated, 0).notes == ("column “no date”: 1 of 4 images",)


def test_rows_are_columns_on_their_side():
    columns, rows = (TimelineLayout(rows=turned).layout(data(), 0).points for turned in (False, True))
    assert np.array_equal(rows, np.stack((-columns[:, 1], columns[:, 0]), axis=1))


def test_a_date_that_is_not_known_so_exactly_has_no_month():
    layout = TimelineLayout("month").layout(data(3, [1910, 1911, 1912]), 0)
    assert np.isnan(layout.points).all()
    assert layout.notes == ("no image has a month",)


@pytest.mark.parametrize("kind", [TimelineLayout("decade"), TimelineLayout("decade", rows=True), CategoryByDate()])
def test_images_whose_date_is_a_long_period_are_in_a_column_of_their_own(kind):
    whole = data(6, [1901, 1911, 1900, None, 1913, None])
    precision = ("year", "year", "century", "", "year", "")
    category = ("a", "b", "a", "b", "", "")
    layout = kind.layout(replace(whole, metadata=replace(whole.metadata, precision=precision, category=category)), 0)
    assert np.isfinite(layout.points).all()
    assert apart(layout.points) >= 1
    assert [label.text for label in layout.labels[:4]] == ["1900s", "1910s", "decade not known", "no date"]
    assert [label.count for label in layout.labels[:4]] == [1, 2, 1, 2]
    along = layout.points[:, 1 if getattr(kind, "rows", False) else 0]
    assert along[0] < along[1] < along[2] < along[3]
    if isinstance(kind, CategoryByDate):
        assert [label.text for label in layout.labels[4:]] == ["a", "b", "no category"]


def test_decades_of_categories():
    layout = CategoryByDate().layout(data(6, [1901, 1911, 1901, 1911, 1901, 1911]), 0)
    assert layout.points[0, 0] < layout.points[1, 0]
    assert layout.points[0, 1] < layout.points[1, 1]
    assert [label.text for label in layout.labels] == ["1900s", "1910s", "a", "b"]


def test_a_plane_follows_two_features():
    given = data()
    points = Plane("luminance", "saturation").layout(given, 0).points
    assert np.array_equal(np.argsort(points[:, 0]), np.argsort(given.table["luminance"]))
    assert np.array_equal(np.argsort(-points[:, 1]), np.argsort(given.table["saturation"]))


def test_clusters_are_apart_from_each_other():
    given = data(80)
    layout = Islands().layout(given, 0)
    assert [label.text for label in layout.labels] == ["one", "two", "three", "four"]
    centres = np.array([layout.points[given.clusters.rows(number)].mean(axis=0) for number in range(4)])
    own = np.linalg.norm(layout.points - centres[given.clusters.labels], axis=1)
    others = np.linalg.norm(layout.points[:, None] - centres, axis=2)
    assert (others.argmin(axis=1) == given.clusters.labels).all()
    assert own.max() < 4


def test_images_in_no_cluster_are_an_island_too():
    points, labels = islands(np.array([0, -1, 0, -1]), ("a",))
    assert [label.text for label in labels] == ["a", "in no cluster"]
    assert apart(points) >= 1


def test_the_grid_is_better_than_a_random_one_and_says_so():
    layout = GridLayout("8x5").layout(data(), 0)
    assert layout.quality["grid"] > layout.quality["random"]


def test_pinned_images_by_name():
    given = data(9)
    name = given.table.records[4].name
    layout = GridLayout("3x3", pinned={name: (2, 0)}).layout(given, 0)
    assert layout.points[4].tolist() == [2, 0]
    with pytest.raises(ConfigError, match="unknown image"):
        GridLayout("3x3", pinned={"none.jpg": (0, 0)}).layout(given, 0)


def test_columns_fill_from_the_base():
    points, _ = columns_of(["a"] * 5, ["a"], within=np.array([5, 4, 3, 2, np.nan]), sizes=ColumnSizes(2))
    assert points[[3, 2, 1, 0, 4]].tolist() == [[0, 0], [1, 0], [0, -1], [1, -1], [0, -2]]


def test_keys_are_in_natural_order():
    assert sorted_keys(["b10", "b9", "", "a"]) == ["a", "b9", "b10"]


def test_unknown_columns_are_refused_with_the_choices():
    with pytest.raises(ConfigError, match="place"):
        TimelineLayout("nothing").layout(data(), 0)


def test_a_map_that_a_grid_begins_with_is_computed_once():
    images, computed = data(), []

    class Counted:
        def reduce(self, points, seed=0):
            computed.append(seed)
            return points[:, :2], ()

        def __repr__(self):
            return "Counted()"

    kind = Projection(Counted())
    GridLayout(method="assigned", map=kind).layout(images, 3)
    assert np.array_equal(kind.layout(images, 3).points, images.vectors[:, :2].astype(np.float64))
    assert computed == [3]
    kind.layout(images, 4)
    assert computed == [3, 4]


@pytest.mark.parametrize("rows", [False, True])
def test_a_thousand_different_days_are_bands_not_a_thin_line(rows):
    keys = [f"{1000 + number}" for number in range(1000)]
    points, labels = columns_of(keys, keys, rows=rows)
    wide, high = np.ptp(points, axis=0)
    assert 0.5 < wide / high < 4
    assert apart(points) >= 1
    below = points[-1] - points[0]
    assert below.min() > 0, "from the first to the last, down and to the right"
    assert len({(label.x, label.y) for label in labels}) == 1000


def test_a_few_years_stay_in_one_band():
    keys = [str(1900 + number) for number in range(40)]
    assert len(set(columns_of(keys, keys)[0][:, 1])) == 1


@pytest.mark.parametrize(
    ("by", "labels"), [("century", ["800s", "900s"]), ("decade", ["890s", "900s", "910s"]), ("year", ["0895", "0915"])]
)
def test_dates_before_the_year_1000_have_their_columns(by, labels):
    layout = TimelineLayout(by).layout(data(4, years=["0895", "0915", "0895", "0915"]), 0)
    assert [label.text for label in layout.labels] == labels
    assert np.isfinite(layout.points).all()


def test_a_year_without_images_before_the_year_1000_leaves_a_gap():
    layout = TimelineLayout("year").layout(data(3, years=["0895", "0898", "0896"]), 0)
    assert [(label.text, label.count) for label in layout.labels] == [
        ("0895", 1), ("0896", 1), ("0897", 0), ("0898", 1),
    ]  # fmt: skip


def test_many_clusters_are_islands_that_do_not_overlap():
    labels = np.arange(600) % 300
    points, _ = islands(labels, [str(i) for i in range(300)], np.random.default_rng(0).normal(size=(600, 2)))
    apart = np.abs(points[:, None] - points).max(axis=2) + 9 * (labels[:, None] == labels)
    assert apart.min() >= 2


def test_blocks_without_any_category_say_only_that():
    whole = data(3, [1901, 1911, None])
    layout = CategoryByDate().layout(replace(whole, metadata=replace(whole.metadata, category=("",) * 3)), 0)
    assert layout.notes == ("no image has a category",)
    assert np.isnan(layout.points).all()
