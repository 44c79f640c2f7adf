"""Orders along words, towards images, from the typical outwards; search; and passes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import FeatureTable, ImageRecord, Needs, Probe
from imbatch2soundvisu.core.errors import ConfigError, ImageError
from imbatch2soundvisu.measurement import measure_for, search
from imbatch2soundvisu.sorting import (
    AlongAxis,
    AlongText,
    FromMedoid,
    Interleave,
    NearestTo,
    Outliers,
    TowardsNext,
    resolve_order,
)
from tests.colour_embedder import Colour

RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Passing(Colour):
    """The same in a pass of its own; what is called "lost" has no vector."""

    name: str = "passing"
    key: str = "passing-1"
    calls: list | None = None

    def __hash__(self):
        return hash(self.key)

    def prepare(self, progress):
        if self.calls is not None:
            self.calls.append("prepare")

    def stream(self, records, progress) -> Iterator[list]:
        for number, record in enumerate(records, 1):
            if self.calls is not None:
                self.calls.append(record.label)
            lost = "lost" in record.label
            yield [(record, ImageError("lost", False) if lost else self.embed([i2s.open_image(record.path)])[0])]
            progress("embed passing", number, len(records))


def solid(folder: Path, name: str, colour: tuple[int, int, int]) -> Path:
    path = folder / f"{name}.png"
    Image.new("RGB", (24, 16), colour).save(path)
    return path


@pytest.fixture
def wheel(tmp_path) -> Path:
    """Five images from red to blue."""
    root = tmp_path / "wheel"
    root.mkdir()
    for i in range(5):
        solid(root, f"p{i}", (250 - 60 * i, 0, 10 + 60 * i))
    return root


@pytest.fixture
def table(wheel) -> FeatureTable:
    probes = tuple(Probe(Colour(), word) for word in ("red", "blue"))
    return measure_for(i2s.discover(wheel), Needs(embeddings=(i2s.Look(), Colour()), probes=probes))


def labels(table: FeatureTable, rows: np.ndarray) -> str:
    return "".join(table.records[row].label[1] for row in rows)


def test_along_two_phrases_is_the_projection_on_their_difference(table):
    order = AlongText("red", "blue", on=Colour())
    values, info = order.driver(table)
    assert labels(table, order.order(table, RNG)) == "01234"
    assert np.array_equal(np.argsort(values), np.arange(5))
    expected = table.vectors["colour"].astype(float) @ (np.array([-1.0, 0, 1.0]) / np.sqrt(2))
    assert values == pytest.approx(expected, abs=1e-6)
    assert "red" in info.name
    assert "blue" in info.name


def test_along_one_phrase_ends_with_what_is_most_like_it(table):
    order = AlongText("red", on=Colour())
    assert labels(table, order.order(table, RNG)) == "43210"
    assert order.driver(table)[0].max() <= 1.0


def test_text_orders_ask_for_their_phrases_and_refuse_embeddings_that_do_not_read():
    assert [probe.query for probe in AlongText("red", "blue", on=Colour()).needs.probes] == ["red", "blue"]
    assert AlongText("red", on=Colour()).needs.embeddings == (Colour(),)
    with pytest.raises(ConfigError, match="text encoder"):
        AlongText("a", on="look")
    with pytest.raises(ConfigError, match="two different phrases"):
        AlongText("red", "red", on=Colour())
    with pytest.raises(ConfigError, match="phrase"):
        AlongText("  ", on=Colour())


def test_nearest_to_a_image_of_the_collection_starts_with_it(table):
    order = NearestTo("p3.png", on=Colour())
    rows = order.order(table, RNG)
    assert labels(table, rows)[0] == "3"
    values, _ = order.driver(table)
    assert values[rows[0]] == 0
    assert np.all(np.diff(values[rows]) >= 0)
    with pytest.raises(ConfigError, match=r"p9\.png"):
        NearestTo("p9.png", on=Colour()).order(table, RNG)


def test_nearest_to_a_image_from_elsewhere_and_to_a_phrase(table, tmp_path):
    outside = solid(tmp_path, "outside", (10, 0, 250))
    order = NearestTo(outside, on=Colour())
    assert [probe.query for probe in order.needs.probes] == [outside]
    assert labels(table, order.order(table, RNG)) == "43210"
    assert labels(table, NearestTo("red", on=Colour()).order(table, RNG)) == "01234"


@pytest.mark.parametrize("name", ["p3", "p3.jfif", "p3.ppm", "p3.tga", "p3.ico", "dir/of p3"])
@pytest.mark.parametrize("on", ["look", Colour()], ids=["mute", "reading"])
def test_a_image_of_the_collection_is_one_whatever_it_is_called(wheel, name, on):
    (wheel / name).parent.mkdir(exist_ok=True)
    (wheel / "p3.png").rename(wheel / name)
    order = NearestTo(name, on=on)
    table = i2s.measure(i2s.discover(wheel), embeddings=(i2s.Look(), Colour()))
    values, info = order.driver(table)
    assert [table.records[row].name for row in np.flatnonzero(values == 0)] == [name]
    assert "“" not in info.name


def test_what_is_no_image_is_a_phrase_only_where_it_can_be_one(table):
    assert [probe.query for probe in NearestTo("red", on=Colour()).needs.probes] == ["red"]
    for never in (Path("red"), "p9.png", "p9.JFIF"):
        order = NearestTo(never, on=Colour())
        assert order.needs.probes == ()
        with pytest.raises(ConfigError, match="unknown image"):
            order.driver(table)
    with pytest.raises(ConfigError, match=r"look has no text encoder.*unknown image 'a red door'"):
        NearestTo("a red door", on="look").driver(table)


@pytest.mark.parametrize("on", ["features", "luminance", ("look", "hue"), Colour()], ids=str)
def test_images_of_other_clusters_are_found_and_scaled_alike(table, on):
    part = replace(table.select([2, 4, 1]), unfiltered=table)
    for order in (NearestTo("p0.png", on=on), AlongAxis(["p0.png"], ["p3.png"], on=on)):
        assert order.driver(part)[0] == pytest.approx(order.driver(table)[0][[2, 4, 1]])
        with pytest.raises(ConfigError, match="unknown image"):
            order.driver(table.select([2, 4, 1]))


def test_an_image_of_another_cluster_needs_a_vector(wheel):
    solid(wheel, "lost", (9, 9, 9))
    table = i2s.measure(i2s.discover(wheel), embeddings=(i2s.Look(), Passing()))
    plan = i2s.SequencePlan("near", order=NearestTo("lost.png", on=Passing()))
    with pytest.raises(ConfigError, match=r"'lost\.png' has no vector of 'passing'"):
        plan.sequence(table)


def test_a_filter_may_leave_out_the_image_that_others_are_compared_with(table):
    plan = i2s.SequencePlan("near", order=NearestTo("p0.png"), where=lambda t: np.arange(len(t)) > 0)
    assert [record.label for record in plan.sequence(table).records] == ["p1.png", "p2.png", "p3.png", "p4.png"]


def test_a_image_of_the_collection_may_be_given_by_its_path_in_any_space(table, wheel, monkeypatch):
    monkeypatch.chdir(wheel.parent)
    for value in (wheel / "p2.png", "wheel/p2.png", Path("wheel/p2.png")):
        assert NearestTo(value, on="features").driver(table)[0][2] == 0


def test_a_class_in_place_of_an_embedding_is_refused_with_what_to_write():
    values = (
        lambda: NearestTo("a.png", on=i2s.Look),
        lambda: AlongText("red", on=Colour),
        lambda: Outliers(on=("hue", i2s.Look)),
        lambda: i2s.KMeans(3, on=i2s.Look),
    )
    for value in values:
        with pytest.raises(ConfigError, match=r"write (Look|Colour)\(\)"):
            value()


def test_along_an_axis_the_ends_are_nought_and_one(table):
    order = AlongAxis(["p0.png", "p1.png"], ["p4.png"], on=Colour())
    values, _ = order.driver(table)
    assert values[[0, 1]].mean() == pytest.approx(0, abs=1e-6)
    assert values[4] == pytest.approx(1, abs=1e-6)
    assert labels(table, order.order(table, RNG)) == "01234"
    with pytest.raises(ConfigError, match="same"):
        AlongAxis(["p0.png"], ["p0.png"], on=Colour()).order(table, RNG)
    with pytest.raises(ConfigError, match="names of images"):
        AlongAxis([], ["p0.png"])


def test_outliers_come_first_and_the_typical_last(tmp_path):
    root = tmp_path / "odd"
    root.mkdir()
    for i in range(6):
        solid(root, f"same-{i}", (200, 20 + i, 30))
    solid(root, "odd", (0, 255, 0))
    table = i2s.measure(i2s.discover(root), embeddings=(Colour(),))
    rows = Outliers(on=Colour(), neighbours=3).order(table, RNG)
    assert table.records[rows[0]].label == "odd.png"
    back = Outliers(on=Colour(), neighbours=3, descending=True).order(table, RNG)
    assert table.records[back[-1]].label == "odd.png"
    outwards = FromMedoid(on=Colour())
    rows = outwards.order(table, RNG)
    assert table.records[rows[-1]].label == "odd.png"
    assert outwards.driver(table)[0][rows[0]] == 0


def test_interleaved_clusters_alternate(tmp_path):
    root = tmp_path / "turns"
    for part, colour in (("a", (250, 0, 0)), ("b", (0, 0, 250))):
        (root / part).mkdir(parents=True)
        for i in range(4):
            solid(root / part, f"{part}{i}", tuple(min(255, c + 3 * i) for c in colour))
    table = i2s.measure(i2s.discover(root))
    rows = Interleave("folder", by="name").order(table, RNG)
    assert [table.records[row].label[0] for row in rows] == ["a", "b"] * 4
    assert [table.records[row].label[1] for row in rows] == list("00112233")


@pytest.mark.parametrize("parts", ["date", "hue", "folder"])
def test_interleave_accepts_what_a_plan_accepts_as_clusters(table, parts):
    order = Interleave(parts, by="name")
    order.check(table.info)
    assert sorted(order.order(table, RNG)) == list(range(5))
    i2s.SequencePlan("turns", order=order).check()
    with pytest.raises(ConfigError, match=r"unknown clustering 'folders'.*'folder'"):
        Interleave("folders").check(table.info)
    with pytest.raises(ConfigError, match="unknown order"):
        Interleave("folder", by="nothing").check(table.info)


def test_interleave_needs_what_its_clustering_and_its_order_need():
    assert i2s.Look() in Interleave("folder", by="outliers").needs.embeddings
    assert i2s.Look() in Interleave("folder", by="-outliers").needs.embeddings
    assert i2s.Look() in Interleave("kmeans").needs.embeddings
    assert Colour() in Interleave("folder", by=FromMedoid(on=Colour())).needs.embeddings
    assert {"hue", "contrast"} <= Interleave("hue", by="-contrast").needs.features
    assert {"hue", "contrast"} <= Interleave("date", by={"hue": 1, "contrast": -1}).needs.features


def test_a_limit_shows_what_the_order_is_about(table):
    near = i2s.SequencePlan("near", order=NearestTo("p3.png", on=Colour()), limit=2).sequence(table)
    assert labels(near.table, range(2))[0] == "3"
    assert set(labels(near.table, range(2))) <= {"3", "4", "2"}
    like = i2s.SequencePlan("like", order=AlongText("red", on=Colour()), limit=2).sequence(table)
    assert [record.label for record in like.records] == ["p1.png", "p0.png"]
    even = i2s.SequencePlan("even", order=AlongText("red", "blue", on=Colour()), limit=2).sequence(table)
    assert [record.label for record in even.records] == ["p0.png", "p4.png"]
    first = i2s.SequencePlan("first", order=NearestTo("p0.png", on=Colour()), limit=2, choose="evenly").sequence(table)
    assert [record.label for record in first.records] == ["p0.png", "p4.png"]


def test_clusters_alternate_under_a_limit_too(tmp_path):
    root = tmp_path / "turns"
    for part, count in (("a", 9), ("b", 6)):
        (root / part).mkdir(parents=True)
        for i in range(count):
            solid(root / part, f"{part}{i}", (200, 20 * i, 30))
    table = i2s.measure(i2s.discover(root))
    short = i2s.SequencePlan("turns", order=Interleave("folder", by="name"), limit=5).sequence(table)
    assert [record.label[0] for record in short.records] == list("ababa")
    assert {record.label[:2] for record in short.records} >= {"a0", "a8", "b0", "b5"}


def test_a_path_towards_the_next_cluster_ends_beside_it(table):
    order = TowardsNext(on=Colour())
    middle = np.array([1, 2, 3])
    assert order.between(table, middle, np.array([0]), np.array([4])).tolist() == [1, 2, 3]
    assert order.between(table, middle, np.array([4]), np.array([0])).tolist() == [3, 2, 1]
    assert order.between(table, middle, None, np.array([0]))[-1] == 1
    assert sorted(order.order(table, RNG)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("effort", [0, -1, float("inf"), float("nan")])
def test_a_search_needs_an_effort(effort):
    with pytest.raises(ConfigError, match="TowardsNext needs an effort above 0"):
        TowardsNext(effort=effort)


def test_the_new_orders_go_by_name():
    assert resolve_order("outliers", []) == Outliers()
    assert resolve_order("-outliers", []) == Outliers(descending=True)
    assert resolve_order("next", []) == TowardsNext()
    with pytest.raises(ConfigError):
        resolve_order("text", [])


def test_search_finds_what_a_phrase_says(table):
    found = search(table, "blue", 2)
    assert [record.label for record in found.records] == ["p4.png", "p3.png"]
    assert found.values[0] > found.values[1]
    assert "blue" in found._repr_html_()
    assert len(search(table, "green", 99)) == 5  # never asked for before: embedded when it is called
    with pytest.raises(ConfigError, match="text encoder"):
        search(i2s.measure(i2s.discover(table.records[0].path.parent)), "blue")


def test_probes_are_kept_in_the_store(wheel, tmp_path):
    with i2s.Cache(tmp_path / "cache") as store:
        needs = Needs(embeddings=(Colour(),), probes=(Probe(Colour(), "red"),))
        first = measure_for(i2s.discover(wheel), needs, cache=store)

        class Mute(Colour):
            def embed_text(self, phrases):
                raise AssertionError("embedded again")

        needs = Needs(embeddings=(Mute(),), probes=(Probe(Mute(), "red"),))
        again = measure_for(i2s.discover(wheel), needs, cache=store)
    assert np.array_equal(first.probes["colour", "red"], again.probes["colour", "red"])


def test_a_pass_of_its_own_is_stored_batch_by_batch_and_goes_on_where_it_was_killed(wheel, tmp_path):
    class Killed(BaseException):
        pass

    calls: list[str] = []

    def stop(stage, done, total):
        if stage == "embed passing" and done == 3:
            raise Killed

    with i2s.Cache(tmp_path / "cache") as store:
        with pytest.raises(Killed):
            i2s.measure(i2s.discover(wheel), embeddings=(Passing(calls=calls),), cache=store, progress=stop)
        assert calls == ["prepare", "p0.png", "p1.png", "p2.png"]
        calls.clear()
        table = i2s.measure(i2s.discover(wheel), embeddings=(Passing(calls=calls),), cache=store)
    assert calls == ["prepare", "p3.png", "p4.png"]
    assert np.isfinite(table.vectors["passing"]).all()


def test_images_without_a_vector_are_noted_and_left_out_where_vectors_are_used(wheel):
    solid(wheel, "lost", (9, 9, 9))
    table = i2s.measure(i2s.discover(wheel), embeddings=(i2s.Look(), Passing()))
    assert len(table) == 6
    assert [(each.name, "lost" in each.reason) for each in table.without_vector] == [("lost.png", True)]
    plan = i2s.SequencePlan("walk", order=FromMedoid(on=Passing()))
    assert len(plan.sequence(table)) == 5
    assert len(i2s.SequencePlan("all", order="luminance").sequence(table)) == 6


def test_needs_join_without_repeating_phrases():
    one, two = (AlongText("red", other, on=Colour()).needs for other in ("blue", "green"))
    joined = one | two | Needs(frozenset({"hue"}))
    assert [probe.query for probe in joined.probes] == ["red", "blue", "green"]
    assert joined.embeddings == (Colour(),)
    assert ImageRecord(Path("x"), "d", 1, 1).label == "x"


def test_an_embedding_that_reads_calls_groups_by_the_nearest_phrases(tmp_path):
    root = tmp_path / "groups"
    root.mkdir()
    for name, colour in (("r", (230, 10, 10)), ("b", (10, 10, 230))):
        for i in range(4):
            solid(root, f"{name}{i}", tuple(max(0, c - 4 * i) for c in colour))
    plan = i2s.SequencePlan("f", clusters=i2s.KMeans(2, on=Colour()), phrases=("red", "green", "blue"))
    assert [probe.query for probe in plan.needs.probes] == ["red", "green", "blue"]
    table = measure_for(i2s.discover(root), plan.needs)
    nearest = {profile.phrases[0][0]: profile for profile in plan.album(table).profiles}
    assert {table.records[nearest["red"].medoid].label[0], table.records[nearest["blue"].medoid].label[0]} == {"r", "b"}
    assert table.records[nearest["red"].medoid].label[0] == "r"
    assert all(value <= 1 for profile in nearest.values() for _, value in profile.phrases)
