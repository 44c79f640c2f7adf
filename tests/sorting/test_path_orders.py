"""Orders along a path: its ends, loops, spaces, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.measurement.spaces import default_driver, space_points
from imbatch2soundvisu.sorting import (
    LeafOrder,
    SmoothPath,
    criterion,
)
from imbatch2soundvisu.sorting.paths import path_length, shortest_path

from .tables import DATA, EVERY_ORDER, line_table, names_in, table_of


def test_the_smooth_path_follows_a_line_from_its_darker_end():
    table, place = line_table()
    for luminance, expected in ((place / 24, range(24)), (1 - place / 24, range(23, -1, -1))):
        lit = replace(table, columns={"luminance": luminance})
        rows = SmoothPath(effort=0.1).order(lit, np.random.default_rng(0))
        assert place[rows].tolist() == list(expected)
    rows = SmoothPath(effort=0.1).order(table, np.random.default_rng(0))
    assert table.records[rows[0]].name < table.records[rows[-1]].name


def test_a_path_starts_and_ends_with_the_given_images():
    table, place = line_table()
    middle, first = (table.records[int(np.flatnonzero(place == at)[0])].name for at in (12, 0))
    found = names_in(SmoothPath(start=middle, end=first, effort=0.2), table)
    assert (found[0], found[-1]) == (middle, first)
    assert names_in(SmoothPath(end=middle, effort=0.2), table)[-1] == middle
    assert names_in(SmoothPath(start=-1, effort=0.2), table)[0] == "0023.jpg"
    assert names_in(SmoothPath(start=5, end="0007.jpg", effort=0.2), table)[::23] == ["0005.jpg", "0007.jpg"]


def test_a_loop_closes_and_starts_with_the_darkest_image():
    turn = np.random.default_rng(2).permutation(30)
    angle = turn * 2 * np.pi / 30
    vectors = np.column_stack([np.cos(angle), np.sin(angle)])
    table = table_of(30, vectors=vectors, luminance=np.abs(turn - 9.2))
    rows = SmoothPath(loop=True, effort=0.2).order(table, np.random.default_rng(0))
    assert turn[rows].tolist() == [9, *range(10, 30), *range(9)]
    rows = SmoothPath(loop=True, start="0004.jpg", effort=0.2).order(table, np.random.default_rng(0))
    assert rows[0] == 4
    assert set(np.mod(np.diff(turn[rows]), 30)) in ({1}, {29})


def test_paths_that_cannot_be_are_refused():
    for wrong in (
        {"loop": True, "end": 1}, {"start": "a", "end": "a"}, {"effort": 0}, {"on": ()}, {"on": 3}, {"on": (1, 2)}
    ):  # fmt: skip
        with pytest.raises(ConfigError):
            SmoothPath(**wrong)
    with pytest.raises(ConfigError, match="Did you mean 'average'"):
        LeafOrder(method="avarage")
    table, _ = line_table()
    for order, message in (
        (SmoothPath(on="lok"), "Did you mean 'look'"),
        (SmoothPath(start="none.jpg"), "start image"),
        (SmoothPath(end=99), "0 to 23"),
        (SmoothPath(start=3, end="0003.jpg"), "same image"),
        (SmoothPath(on="features"), "at least one feature"),
    ):
        with pytest.raises(ConfigError, match=message):
            order.order(table, np.random.default_rng(0))


def test_one_label_in_two_folders_needs_its_path():
    table = table_of(3, names=["a/x.jpg", "b/x.jpg", "c/y.jpg"], vectors=np.eye(3))
    with pytest.raises(ConfigError, match="names 2 images"):
        SmoothPath(start="x.jpg").order(table, np.random.default_rng(0))
    assert names_in(SmoothPath(start="b/x.jpg"), table)[0] == "b/x.jpg"
    assert names_in(SmoothPath(start="y.jpg"), table)[0] == "c/y.jpg"


def test_an_embedding_can_be_asked_for_and_its_vectors_are_found():
    class Tiny:
        key = "tiny-1"

        def embed(self, images):
            return np.zeros((len(images), 1), np.float32)

    order = SmoothPath(on=Tiny(), effort=0.1)
    assert [e.key for e in order.needs.embeddings] == ["tiny-1"]
    table, place = line_table()
    renamed = replace(table, vectors={"tiny-1": table.vectors["look"]})
    assert abs(np.diff(place[order.order(renamed, np.random.default_rng(0))])).tolist() == [1] * 23


def test_leaves_keep_clusters_together_and_refuse_what_would_take_too_long(monkeypatch):
    centres = np.repeat([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]], 5, axis=0)
    vectors = centres + np.random.default_rng(0).normal(size=(15, 2))
    rows = LeafOrder().order(table_of(15, vectors=vectors), np.random.default_rng(0))
    assert (rows // 5).tolist() == [0] * 5 + [1] * 5 + [2] * 5
    monkeypatch.setattr("imbatch2soundvisu.sorting.path_orders.LEAF_LIMIT", 10)
    with pytest.raises(ConfigError, match="SmoothPath"):
        LeafOrder().order(table_of(15, vectors=vectors), np.random.default_rng(0))


@pytest.mark.parametrize("same", [True, False])
def test_thousands_of_images_equal_or_not_are_ordered(same):
    n = 1500
    x = np.ones((n, 12)) if same else np.random.default_rng(0).random((n, 12))
    table = table_of(n, vectors=x, luminance=x[:, 0], hue=x[:, 1] * 360, saturation=x[:, 2])
    few = table.select(np.arange(300))
    for order in EVERY_ORDER:
        rows = few if isinstance(order, LeafOrder) and not same else table
        assert len(set(names_in(order, rows))) == len(rows)
    if same:
        assert names_in(SmoothPath(), table) == names_in(LeafOrder(), table) == [r.name for r in table.records]
        assert criterion(table).closeness == 1.0


def test_features_are_scaled_and_undefined_ones_stand_in_the_middle():
    table = table_of(5, big=[1e6, 2e6, 3e6, 4e6, 1e12], hue=[0, 359, 180, np.nan, 90], void=[np.nan] * 5)
    points = space_points(table, "features")
    assert points.shape == (5, 4)
    assert np.abs(points).max() <= 3.0
    circle = space_points(table, ("hue",))
    assert np.linalg.norm(circle[0] - circle[1]) < 0.02
    assert circle[3].tolist() == [0.0, 0.0]


def test_what_is_seen_is_luminance_or_else_the_main_variation():
    table, place = line_table()
    values, info = default_driver(table)
    assert info.name == "main variation"
    assert abs(np.corrcoef(values, place)[0, 1]) > 0.99
    assert (values.min(), values.max()) == (0.0, 1.0)
    lit = replace(table, columns={"luminance": place / 24.0})
    assert default_driver(lit)[1].name == "luminance"
    assert default_driver(table_of(2))[0].tolist() == [0.0, 0.0]


#: First frames of the four shots of the film, seen by eye; it fades in from black over frames 0 to 3.
CUTS, FADE_IN = (24, 31, 46), 4


def test_the_smooth_path_puts_the_shots_of_a_film_together_again():
    folder = DATA / "D-frames-bbb"
    if not folder.is_dir():
        pytest.skip(f"no film frames: {folder} is not there")
    cv2 = pytest.importorskip("cv2")
    frames = [cv2.imread(str(path)) for path in sorted(folder.glob("*.jpg"))]
    small = [cv2.resize(cv2.cvtColor(f, cv2.COLOR_BGR2LAB), (8, 8), interpolation=cv2.INTER_AREA) for f in frames]
    vectors = np.array(small, np.float32).reshape(len(frames), -1) / 255
    shots = np.searchsorted(CUTS, np.arange(len(frames)), side="right")
    shuffled = np.random.default_rng(5).permutation(len(frames))
    # Names that say nothing of the true order.
    table = table_of(len(frames), vectors=vectors[shuffled])
    rows = SmoothPath(effort=1.0).order(table, np.random.default_rng(0))
    walk = shuffled[rows]
    # Frames that are still nearly black are nearer to the dark wood than to the bright sky they fade into.
    lit = walk[walk >= FADE_IN]
    assert np.count_nonzero(np.diff(shots[lit])) == len(CUTS)
    assert np.ptp(np.flatnonzero(walk < FADE_IN - 1)) == FADE_IN - 2
    assert path_length(vectors[walk]) < path_length(vectors)
    assert path_length(vectors[walk]) <= 1.01 * path_length(vectors[shortest_path(vectors, effort=4.0)])
