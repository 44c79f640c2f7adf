"""Plots of groups: what is drawn is true, any name can be written, and nothing hides anything else."""

from __future__ import annotations

import colorsys
import dataclasses
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.cluster.hierarchy import fcluster, linkage

from imbatch2soundvisu.core import Clusters, ImageRecord, Quality
from imbatch2soundvisu.visuals import plots
from imbatch2soundvisu.visuals.plots import colours, maps
from imbatch2soundvisu.visuals.plots.board import overlap
from tests.conftest import photo

Drawing = Callable[[Path, Clusters, list[ImageRecord]], None]

NAMES = ["$x_{", "家族と猫", "🦩🏳️‍🌈", "שלום", "W" * 300, "", "\udcff\x00\n", "<b>&amp;</b>"]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.png"
    Image.fromarray(photo(3)).save(path)
    return path


def records(image: Path, count: int) -> list[ImageRecord]:
    return [ImageRecord(image, str(i), 120, 80, name=f"{i}.png") for i in range(count)]


def groups(labels: list[int] | np.ndarray, silhouettes: np.ndarray | None = None, **changes: object) -> Clusters:
    found = np.array(labels, np.intp)
    names = tuple(f"part {i + 1}" for i in range(found.max() + 1))
    known = np.where(found < 0, np.nan, 0.3 if silhouettes is None else silhouettes)
    quality = Quality(float(np.nanmean(known)), -0.02, 1.0, 30.0, 5.0, known)
    sweep = tuple(
        {"k": k, "silhouette": 0.5 - abs(k - 3) / 10, "inertia": 9.0 / k, "davies_bouldin": 1.0, "calinski_harabasz": k}
        for k in range(2, 6)
    )
    points = np.random.default_rng(0).normal(size=(len(found), 4)).astype(np.float32) + 3 * found[:, None]
    made = Clusters(found, names, "k-means", "look", points, quality, (), sweep, linkage(points[:400], "ward"))
    return dataclasses.replace(made, **changes)


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def painted(image: np.ndarray, colour: str) -> np.ndarray:
    """(h, w) bool: where an image has nearly that colour."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return np.abs(image - wanted).max(axis=2) <= 12


DRAWINGS: dict[str, Drawing] = {
    "scatter": lambda path, g, r: plots.scatter(path, np.asarray(g.points)[:, :2], g, r, g.names[0], ("$", "家")),
    "silhouettes": lambda path, g, r: plots.silhouettes(path, g),
    "sizes": lambda path, g, r: plots.sizes(path, g),
    "sweep": lambda path, g, r: plots.sweep(path, g),
    "dendrogram": plots.dendrogram,
}


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_any_name_can_be_written_and_the_same_groups_give_the_same_bytes(
    drawing: str, tmp_path: Path, image: Path
) -> None:
    labels = [i % len(NAMES) for i in range(3 * len(NAMES))]
    odd = groups(labels, names=tuple(NAMES), by="\udcff $ 🦩")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("one.png", "two.png"):
            DRAWINGS[drawing](tmp_path / name, odd, records(image, len(labels)))
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_many_small_parts_noise_and_images_that_are_gone(drawing: str, tmp_path: Path) -> None:
    labels = [-1, -1, *range(70), *range(70)]
    gone = [ImageRecord(tmp_path / "gone.jpg", str(i), 0, 0) for i in range(len(labels))]
    DRAWINGS[drawing](tmp_path / "plot.png", groups(labels), gone)
    assert pixels(tmp_path / "plot.png").std() > 0


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_two_images_in_two_parts(drawing: str, tmp_path: Path, image: Path) -> None:
    DRAWINGS[drawing](tmp_path / "plot.png", groups([0, 1]), records(image, 2))
    assert pixels(tmp_path / "plot.png").std() > 0


def test_the_same_part_has_the_same_colour_however_many_there_are() -> None:
    most = plots.palette(60)
    assert all(plots.palette(k) == most[:k] for k in (0, 1, 5, 20))
    assert len({*most, plots.NOISE}) == 61
    assert len(plots.palette(500)) == 500


def test_colours_differ_more_for_every_sight_than_those_of_an_even_wheel_of_hues() -> None:
    def worst(wheel: list[tuple[float, float, float]]) -> float:
        seen = colours._seen(np.array(wheel))
        apart = np.array([colours._distance(seen, seen[:, i]) for i in range(len(wheel))])
        return float(apart[~np.eye(len(wheel), dtype=bool)].min())

    for k in (8, 16, 30):
        even = [colorsys.hsv_to_rgb(i / k, 0.7, 0.9) for i in range(k)]
        assert worst([colours._rgb(each) for each in plots.palette(k)]) > worst(even)


def test_thumbnails_hide_neither_each_other_nor_names(image: Path) -> None:
    many = groups(np.random.default_rng(0).integers(0, 9, 900))
    everyone = records(image, 900)
    shown = np.ones(900, bool)
    area = maps._area(np.asarray(many.points)[:, :2], 9)
    places = maps._placed(np.asarray(many.points)[:, :2], area)
    names = [box for _, _, box in maps._names(places, many, shown, area)]
    boxes = [box for _, box in maps._chosen(places, many, everyone, shown, names, area)]
    assert 20 < len(boxes) <= maps.MOST_THUMBNAILS
    every = [*names, *boxes]
    assert not [1 for i, one in enumerate(every) for other in every[:i] if overlap(one, other)]
    left, top, right, bottom = area
    assert all(left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom for box in every)


def test_what_lies_right_and_up_is_drawn_right_and_up(tmp_path: Path) -> None:
    gone = [ImageRecord(tmp_path / "gone.jpg", str(i), 9, 9) for i in range(4)]
    where = np.array([[0.0, 0.0], [8.0, 1.0], [3.0, 9.0], [np.nan, 2.0]])
    plots.scatter(tmp_path / "map.png", where, groups([0, 1, 2, 2]), gone, "map")
    image = pixels(tmp_path / "map.png")[:, :1436]
    x, y = zip(*(np.argwhere(painted(image, colour)).mean(axis=0)[::-1] for colour in plots.palette(3)), strict=True)
    assert x[0] < x[2] < x[1]
    assert y[2] < y[1] < y[0]  # rows count downwards


def test_a_map_of_ten_thousand_shows_a_few_hundred_thumbnails(tmp_path: Path, image: Path) -> None:
    many = groups(np.random.default_rng(1).integers(-1, 30, 10_000))
    where = np.random.default_rng(2).normal(size=(10_000, 2))
    area = maps._area(where, 31)
    everyone, shown = records(image, 10_000), np.ones(10_000, bool)
    rows = maps._chosen(maps._placed(where, area), many, everyone, shown, [], area)
    assert 50 < len(rows) <= maps.MOST_THUMBNAILS
    assert len({row for row, _ in rows}) == len(rows)


def test_silhouettes_are_as_long_as_they_are_large(tmp_path: Path) -> None:
    labels = np.repeat([0, 1], 30)
    plots.silhouettes(tmp_path / "plot.png", groups(labels, np.where(labels == 0, 0.8, 0.2)))
    image = pixels(tmp_path / "plot.png")[:, 390:]
    good, poor = (painted(image, colour).any(axis=0).sum() for colour in plots.palette(2))
    assert good / poor == pytest.approx(4, rel=0.05)


def test_bars_of_sizes_are_as_long_as_the_parts_are_large(tmp_path: Path) -> None:
    plots.sizes(tmp_path / "plot.png", groups([0] * 40 + [1] * 10 + [-1] * 5))
    image = pixels(tmp_path / "plot.png")[:, 390:]
    long, short = (painted(image, colour).any(axis=0).sum() for colour in plots.palette(2))
    assert long / short == pytest.approx(4, rel=0.05)


def test_the_chosen_k_is_where_its_mark_is(tmp_path: Path) -> None:
    centres = []
    for k in (2, 5):
        plots.sweep(tmp_path / "plot.png", groups([*range(k)]))
        left_half = painted(pixels(tmp_path / "plot.png")[:500, :700], colours.ACCENT)
        centres.append(float(np.argwhere(left_half)[:, 1].mean()))
    assert centres[0] < centres[1]


def test_a_sweep_with_gaps_is_drawn(tmp_path: Path) -> None:
    holes = ({"k": 2.0, "silhouette": float("nan")}, {"k": 3.0, "silhouette": None, "inertia": 4.0}, {"k": 4.0})
    plots.sweep(tmp_path / "plot.png", groups([0, 1, 2], sweep=holes))
    assert (tmp_path / "plot.png").is_file()


@pytest.mark.parametrize("count", [12, 300])
def test_the_tree_has_the_colours_of_the_parts_it_was_cut_into(tmp_path: Path, image: Path, count: int) -> None:
    points = np.random.default_rng(2).normal(size=(count, 3)) + 9 * (np.arange(count) % 3)[:, None]
    tree = linkage(points, "ward")
    labels = fcluster(tree, 3, "maxclust") - 1
    told = groups(labels, points=points.astype(np.float32), tree=tree)
    plots.dendrogram(tmp_path / "plot.png", told, records(image, count))
    image = pixels(tmp_path / "plot.png")
    middles = [np.argwhere(painted(image, colour))[:, 1] for colour in plots.palette(3)]
    spans = sorted((int(each.min()), int(each.max())) for each in middles)
    assert all(one[1] < other[0] for one, other in zip(spans, spans[1:], strict=False))


def test_leaves_are_the_images_that_have_a_vector(tmp_path: Path, image: Path) -> None:
    points = np.array([[0.0], [np.nan], [1.0], [9.0], [10.0]], np.float32)
    tree = linkage(points[[0, 2, 3, 4]], "ward")
    told = groups([0, -1, 0, 1, 1], points=points, tree=tree)
    plots.dendrogram(tmp_path / "plot.png", told, records(image, 5))
    image = pixels(tmp_path / "plot.png")
    first, second = (np.argwhere(painted(image, colour))[:, 1] for colour in plots.palette(2))
    assert first.max() < second.min() or second.max() < first.min()
    with pytest.raises(ValueError, match="4 leaves"):
        plots.dendrogram(tmp_path / "plot.png", dataclasses.replace(told, points=None), records(image, 5))


def test_what_was_not_measured_cannot_be_drawn(tmp_path: Path, image: Path) -> None:
    bare = groups([0, 1], quality=None, sweep=(), tree=None)
    with pytest.raises(ValueError, match="quality"):
        plots.silhouettes(tmp_path / "a.png", bare)
    with pytest.raises(ValueError, match="sweep"):
        plots.sweep(tmp_path / "a.png", bare)
    with pytest.raises(ValueError, match="tree"):
        plots.dendrogram(tmp_path / "a.png", bare, records(image, 2))
