"""A plan split into parts: sequences, representatives, tours, reports, and what is kept of them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.clustering.profiles import TRAITS, hue_name
from imbatch2soundvisu.core import FeatureTable
from imbatch2soundvisu.core.errors import CollectionError, ConfigError
from imbatch2soundvisu.plans import result_cache
from imbatch2soundvisu.runtime import files, ownership
from tests.conftest import photo

SMALL = {"size": (160, 90), "gif_size": (96, 54), "seconds_per_image": 0.5, "gif": False}
COLOURS = {"red": (200, 30, 30), "green": (40, 160, 40), "blue": (30, 40, 210)}


def paint(folder: Path, name: str, colour: tuple[int, int, int], seed: int) -> None:
    """A plain image of one colour with some noise, a little brighter for every seed."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).normal(0, 6, (40, 60, 3))
    Image.fromarray(np.clip(np.array(colour) + 4 * seed + noise, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")


@pytest.fixture
def families(tmp_path) -> Path:
    """Three families of colours in folders of their names: six red, five green, four blue."""
    root = tmp_path / "families"
    for (name, colour), count in zip(COLOURS.items(), (6, 5, 4), strict=True):
        for i in range(count):
            paint(root / name, f"{name}-{i}", colour, i)
    return root


@pytest.fixture
def table(families) -> FeatureTable:
    return i2s.measure(i2s.discover(families))


def plan(name: str = "families", **wish) -> i2s.SequencePlan:
    return i2s.SequencePlan(name, **{**SMALL, "split": i2s.KMeans(3), **wish})


def folders(sequence) -> set[str]:
    return {record.name.split("/")[0] for record in sequence.records}


def test_a_split_finds_the_families_and_orders_each(table):
    album = plan(order="luminance").album(table)
    assert sorted(len(each) for each in album.sequences) == [4, 5, 6]
    assert all(len(folders(each)) == 1 for each in album.sequences)
    assert all(np.all(np.diff(each.values) >= 0) for each in album.sequences)
    assert len({each.chance().random() for each in album.sequences}) == 3
    assert [each.name for each in album.profiles] == ["cluster 1", "cluster 2", "cluster 3"]
    assert album.groups.quality.agreement["ari"] == pytest.approx(1)
    assert "silhouette" in repr(album)
    assert "cluster 1" in album._repr_html_()


def test_the_parts_do_not_depend_on_what_the_plan_is_called(table):
    one, two = plan("one").album(table), plan("two").album(table)
    assert np.array_equal(one.groups.labels, two.groups.labels)


def test_what_the_profile_says_is_what_was_measured(table):
    for profile in plan().album(table).profiles:
        rows = np.zeros(len(table), bool)
        rows[profile.rows] = True
        for word, feature in {"brighter": "luminance", "warmer": "warmth", "more colourful": "colourfulness"}.items():
            if word in profile.traits:
                assert table[feature][rows].mean() > table[feature][~rows].mean()
        for word, feature in {"darker": "luminance", "cooler": "warmth", "less colourful": "colourfulness"}.items():
            if word in profile.traits:
                assert table[feature][rows].mean() < table[feature][~rows].mean()
        assert profile.medoid in profile.rows
        vectors = table.vectors["look"][rows].astype(float)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        assert profile.variance == pytest.approx(vectors.var(axis=0).mean(), rel=1e-4)


def test_every_word_of_a_real_album_is_true(shared_data):
    """Each word of each part against the rest, by the numbers it stands for."""
    table = i2s.measure(i2s.discover(shared_data("A-photos-gcompris")))
    album = plan(split=i2s.KMeans(6)).album(table)
    meanings: dict[str, list[tuple[str, int]]] = {}
    for name, (less, more, _) in TRAITS.items():
        for word, sign in ((less, -1), (more, 1)):
            meanings.setdefault(word, []).append((name, sign))
    told = 0
    for profile in album.profiles:
        inside = np.isin(np.arange(len(table)), profile.rows)
        for word in profile.traits:
            told += 1
            if word.startswith("mostly "):
                hues = table["hue"][inside]
                near = [hue_name(hue) == word.removeprefix("mostly ") for hue in hues[np.isfinite(hues)]]
                assert np.mean(near) > 0.25, (profile.name, word)
                continue
            gaps = [
                sign * (np.nanmean(table[name][inside]) - np.nanmean(table[name][~inside]))
                for name, sign in meanings[word]
                if name in table.columns
            ]
            assert max(gaps) > 0, (profile.name, word)
    assert told >= 6


def test_a_limit_takes_images_that_represent_the_part(tmp_path):
    root = tmp_path / "uneven"
    for i in range(8):
        paint(root, f"a-many-{i}", (200, 30, 30), 0)
    for i in range(2):
        paint(root, f"z-few-{i}", (30, 40, 210), 0)
    table = i2s.measure(i2s.discover(root))
    [chosen] = plan(split=i2s.KMeans(1), limit=2, order="name").album(table).sequences
    assert {record.label[0] for record in chosen.records} == {"a", "z"}
    first = i2s.SequencePlan("even", order="name", limit=2, choose="evenly").sequence(table)
    assert len(first) == 2
    spread = i2s.SequencePlan("spread", order="name", limit=2, choose="representative").sequence(table)
    assert {record.label[0] for record in spread.records} == {"a", "z"}


def test_a_tour_walks_through_all_parts_and_its_music_has_a_section_for_each(table):
    wish = plan(order=i2s.TowardsNext(), tour=True)
    album = wish.album(table)
    assert album.tour is not None
    assert len(album.tour) == len(table)
    assert album.tour.sections[0] == 0
    for part in np.split(
        np.array([record.name.split("/")[0] for record in album.tour.records]), album.tour.sections[1:]
    ):
        assert len(set(part)) == 1
    assert album.tour.criterion.length < album.tour.criterion.random
    timeline = wish.music.timeline(album.tour, 30, i2s.Timing(0.5))
    score = wish.music.compose(album.tour, timeline, np.random.default_rng(0))
    phrases = [decision["phrase"] for decision in score.decisions]
    for start in album.tour.sections[1:]:
        assert phrases[start] != phrases[start - 1]


def test_a_run_makes_a_film_for_each_part_and_one_report(families):
    result = i2s.run([plan(order="luminance", tour=True)], root=families)
    assert result.exit_code == 0
    report, *parts = result.pieces
    assert [piece.account["part"] for piece in parts][-1] == "tour"
    assert {piece.account["part"] for piece in parts[:-1]} == {"cluster 1", "cluster 2", "cluster 3"}
    assert all(piece.path("mp4").stat().st_size for piece in parts)
    words = {each["part"]: ", ".join(each["traits"]) for each in report.account["groups"]["parts"]}
    assert {piece.account["part"]: piece.account["about"] for piece in parts} == words | {"tour": ""}
    assert {"report", "report_text", "assignments", "map_pca", "silhouettes", "sizes"} <= set(report.files)
    told = report.account["groups"]
    assert {each["part"]: each["size"] for each in told["parts"]} == {"cluster 1": 6, "cluster 2": 5, "cluster 3": 4}
    with open(report.path("assignments"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 15
    account = json.loads((result.outputs / "run.json").read_text(encoding="utf-8"))
    assert account["pieces"][0]["groups"]["quality"]["silhouette"] > 0.3
    text = report.path("report_text").read_text(encoding="utf-8")
    assert all(part["words"] in " ".join(text.split()) for part in told["parts"])
    assert "report" in (result.outputs / "index.html").read_text(encoding="utf-8")


def test_the_numbers_behind_a_grouping_are_there_for_other_programs(families):
    report = i2s.run([plan(split=i2s.KMeans(3, reduce=i2s.PCA(4)))], root=families).pieces[0]
    with np.load(report.path("embeddings"), allow_pickle=False) as saved:
        assert saved["embeddings"].shape[0] == saved["reduced"].shape[0] == len(saved["paths"]) == 15
        assert saved["reduced"].shape[1] == 4
        assert sorted(np.bincount(saved["labels"])) == [4, 5, 6]
    vectors, paths = i2s.load_embeddings(report.path("embeddings"))
    assert vectors.shape == (15, i2s.Look().embed([np.zeros((8, 8, 3), np.uint8)]).shape[1])
    assert Path(paths[0]).is_file()


def test_a_second_run_keeps_every_part_and_one_new_image_changes_only_its_own(families, monkeypatch):
    wishes = [plan(split="folder", order="luminance")]
    i2s.run(wishes, root=families)
    again = i2s.run(wishes, root=families)
    assert all(piece.kept for piece in again.pieces)
    paint(families / "red", "red-new", COLOURS["red"], 7)
    third = i2s.run(wishes, root=families)
    kept = {piece.account["part"]: piece.kept for piece in third.pieces}
    assert kept == {"": False, "red": False, "green": True, "blue": True}


def test_folders_of_parts_that_are_no_more_are_cleared_of_what_was_made(families):
    outputs = i2s.run([plan(split=i2s.KMeans(3))], root=families).outputs
    own = outputs / "families" / "cluster-3" / "my notes.txt"
    own.write_text("mine")
    i2s.run([plan(split=i2s.KMeans(2))], root=families)
    assert sorted(p.name for p in (outputs / "families").iterdir() if p.is_dir()) == [
        "cluster-1", "cluster-2", "cluster-3",
    ]  # fmt: skip
    assert [p.name for p in own.parent.iterdir()] == [own.name]


def test_parts_of_one_image_are_told_not_played(table):
    labels = {record.name: record.name.split("/")[0] for record in table.records}
    labels["blue/blue-0.png"] = "alone"

    def split(table):
        return [labels[record.name] for record in table.records]

    album = plan(split=split, order="luminance").album(table)
    assert {each.part for each in album.sequences} == {"red", "green", "blue"}
    assert {each.name for each in album.profiles} == {"red", "green", "blue", "alone"}


def test_what_belongs_to_no_part_is_a_sequence_of_its_own(table):
    def split(table):
        return [None if "-0" in record.name else record.name.split("/")[0] for record in table.records]

    album = plan(split=split, order="luminance", tour=True).album(table)
    assert [each.part for each in album.sequences][-1] == "in no part"
    assert {record.label for record in album.sequences[-1].records} == {"red-0.png", "green-0.png", "blue-0.png"}
    assert len(album.profiles) == 3
    assert len(album.tour) == len(table)


def test_a_part_that_cannot_be_ordered_costs_that_part_only(families):
    for i in range(3):
        paint(families / "grey", f"grey-{i}", (90, 90, 90), 0)
        Image.new("RGB", (60, 40), (90 + i, 90 + i, 90 + i)).save(families / "grey" / f"grey-{i}.png")
    result = i2s.run([plan(split="folder", order="hue")], root=families)
    assert {piece.account["part"] for piece in result.pieces} == {"", "red", "green", "blue"}
    assert result.exit_code == 1
    assert any("part 'grey'" in problem and "'hue'" in problem for problem in result.problems)
    assert {each["part"] for each in result.pieces[0].account["groups"]["parts"]} == {"red", "green", "blue", "grey"}


def test_parts_may_be_called_as_ours_are(families):
    for i in range(2):
        paint(families / "tour", f"tour-{i}", (200, 200, 20), i)
    result = i2s.run([plan(split="folder", order="luminance", tour=True)], root=families)
    parts = [piece.account["part"] for piece in result.pieces]
    assert parts.count("tour") == 1
    assert parts[-1] == "tour of all"
    assert len(result.pieces[-1].account["images"]) == 17
    assert len({piece.folder for piece in result.pieces}) == len(parts)


def test_backwards_a_tour_is_the_same_tour_backwards(table):
    there = plan(order=i2s.TowardsNext(), tour=True).album(table).tour
    back = plan(order=i2s.TowardsNext(), tour=True, reverse=True).album(table).tour
    assert back.criterion.length == pytest.approx(there.criterion.length, rel=1e-6)
    assert [r.name for r in back.records] == [r.name for r in there.records][::-1]


def test_another_order_is_another_piece_even_with_the_images_in_the_same_places(tmp_path):
    root = tmp_path / "three"
    for i in range(3):
        paint(root, f"p{i}", (40 + 60 * i, 60, 60), i)
    first = i2s.run([plan("a", split=None, order="luminance")], root=root).pieces[0]
    second = i2s.run([plan("a", split=None, order="name")], root=root).pieces[0]
    assert first.account["images"] == second.account["images"]
    assert not second.kept
    assert second.account["by"] == "name"


def test_a_plan_that_is_split_no_more_leaves_no_parts_behind_and_the_other_way_round(families):
    split = i2s.run([plan("a", split="folder")], root=families).pieces[0].folder
    assert (split / "red").is_dir()
    whole = i2s.run([plan("a", split=None)], root=families).pieces[0]
    assert {path.name for path in whole.folder.iterdir()} == {*whole.files.values(), "piece.json"}
    again = i2s.run([plan("a", split="folder")], root=families).pieces[0]
    there = {path.name for path in again.folder.iterdir() if path.is_file()}
    assert there == {*again.files.values(), "piece.json"}


def test_orders_may_name_images_that_are_in_another_part_or_filtered_out(table):
    near = plan(split="folder", order=i2s.NearestTo("red/red-0.png")).album(table)
    assert len(near.sequences) == 3
    assert all(np.all(np.diff(each.values) >= 0) for each in near.sequences)
    assert {each.part: each.values[0] == 0 for each in near.sequences} == {"red": True, "green": False, "blue": False}
    filtered = plan(
        "f", split=None, order=i2s.AlongAxis(["red/red-0.png"], ["blue/blue-0.png"]),
        where=lambda table: np.array(["-0" not in record.name for record in table.records]),
    )  # fmt: skip
    assert len(filtered.sequence(table)) == 12


@pytest.mark.parametrize(
    ("split", "parts"),
    [("folder", {"red", "green", "blue"}), ("luminance", 4), ("date", 3), (i2s.ByFeature("hue", bins=3), 3)],
)
def test_splits_by_what_is_known(table, split, parts):
    first = datetime(2020, 5, 1, 12)
    taken = [first + timedelta(days=10 * (i // 5), minutes=i) for i in range(len(table))]
    records = tuple(replace(record, taken=moment) for record, moment in zip(table.records, taken, strict=True))
    album = plan(split=split, order="name").album(replace(table, records=records))
    names = {each.name for each in album.profiles}
    assert names == parts if isinstance(parts, set) else len(names) == parts


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"split": "kmean"}, "Did you mean 'kmeans'"),
        ({"split": 7}, "grouping"),
        ({"split": i2s.KMeans(3, on="lok")}, "Did you mean 'look'"),
        ({"split": i2s.ByFeature("luminence")}, "Did you mean 'luminance'"),
        ({"split": None, "tour": True}, "split"),
        ({"choose": "first"}, "evenly"),
        ({"order": i2s.SmoothPath(start="a.jpg")}, "no place in a split"),
        ({"phrases": "a dog"}, "phrases"),
        ({"tour": 1}, "True or False"),
    ],
)
def test_splits_that_cannot_be_granted_are_refused_before_any_work(families, wish, message, capsys):
    with pytest.raises(ConfigError, match=message):
        i2s.check([plan(**wish)])


def test_more_parts_than_images_costs_the_plan_not_the_run(families):
    result = i2s.run([plan("too many", split=i2s.KMeans(40)), plan("all", split=None)], root=families)
    assert result.exit_code == 1
    assert any("there are 15" in problem for problem in result.problems)
    assert [piece.account["plan"] for piece in result.pieces] == ["all"]


def test_images_that_are_all_the_same_are_one_part(tmp_path):
    root = tmp_path / "black"
    root.mkdir()
    for i in range(5):
        Image.new("RGB", (30 + i, 20), (0, 0, 0)).save(root / f"black-{i}.png")
    result = i2s.run([plan(split=i2s.KMeans(3), order="name")], root=root)
    assert result.exit_code == 0
    told = result.pieces[0].account["groups"]
    assert [each["size"] for each in told["parts"]] == [5]
    assert told["notes"]


def test_a_plan_with_a_split_has_no_single_sequence_and_one_without_has_no_album(table):
    with pytest.raises(ConfigError, match="album"):
        plan().sequence(table)
    with pytest.raises(ConfigError, match="split"):
        plan(split=None).album(table)


def test_stages_hand_their_files_on(families, tmp_path, monkeypatch):
    from imbatch2soundvisu.cli import stages

    monkeypatch.chdir(tmp_path)
    collection = stages.index(families)
    vectors, paths = stages.embed("index.csv")
    assert len(collection) == len(paths) == len(vectors) == 15
    reduced = stages.reduce("embeddings.npz", by=i2s.PCA(4), plot="map.png")
    assert reduced.shape == (15, 4)
    assert Path("map.png").stat().st_size > 1000
    groups = stages.cluster("reduced.npz", by=i2s.KMeans(3))
    assert sorted(groups.sizes) == [4, 5, 6]
    result = stages.album("index.csv", "labels.csv", order="luminance", **SMALL)
    assert result.exit_code == 0
    assert {piece.account["part"] for piece in result.pieces} == {"", "cluster 0", "cluster 1", "cluster 2"}
    with pytest.raises(ConfigError, match="no column"):
        stages.album("index.csv", "index.csv")
    with pytest.raises(ConfigError, match="label"):
        stages.album("index.csv", {"elsewhere.png": 1})


def test_the_list_tells_of_groupings(capsys):
    assert main(["--list"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ("kmeans", "hierarchical", "density", "folder", "clip", "outliers"))


def test_a_report_is_made_again_when_its_parts_or_their_places_change(families, tmp_path):
    i2s.run([plan("a", split="folder")], root=families)
    shorter = i2s.run([plan("a", split="folder", limit=2)], root=families).pieces[0]
    assert not shorter.kept
    with open(shorter.path("assignments"), newline="", encoding="utf-8") as file:
        assert sum(int(row["in_album"]) for row in csv.DictReader(file)) == 6
    moved = families.rename(tmp_path / "moved")
    again = i2s.run([plan("a", split="folder", limit=2)], root=moved)
    text = again.pieces[0].path("report_text").read_text(encoding="utf-8")
    assert "moved" in text


def test_what_an_album_that_was_killed_or_failed_left_goes_with_it(families):
    folder = i2s.run([plan("a", split=i2s.KMeans(3))], root=families).outputs / "a"
    half = folder / "cluster-9"
    with ownership.guarding(folder.parent):
        result_cache.begin(half)
        files.write_text(half / "contact-sheet.jpg", "half an album")
        result_cache.begin(folder / "cluster-3")
    i2s.run([plan("a", split=i2s.KMeans(2))], root=families)
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["cluster-1", "cluster-2"]
    with ownership.guarding(folder.parent):
        result_cache.begin(folder)
    whole = i2s.run([plan("a", split=None)], root=families).pieces[0]
    assert {path.name for path in folder.iterdir()} == {*whole.files.values(), "piece.json"}


def test_the_code_of_an_order_that_fails_on_a_part_costs_that_part(families):
    def picky(table):
        if len(table) < 5:
            raise ValueError("too few")
        return table["luminance"]

    result = i2s.run([plan("a", split="folder", order=picky)], root=families)
    assert {piece.account["part"] for piece in result.pieces} == {"", "red", "green"}
    assert any("part 'blue': ValueError: too few" in problem for problem in result.problems)


def test_an_order_that_leaves_images_out_still_fills_a_limit(table):
    class Brightest:
        needs = i2s.Needs()

        def driver(self, table):
            return table["luminance"], table.info["luminance"]

        def order(self, table, rng):
            return np.argsort(-table["luminance"])[:3]

    album = plan(split="folder", order=Brightest(), limit=2).album(table)
    assert [len(each) for each in album.sequences] == [2, 2, 2]


def test_by_turns_in_small_parts(table):
    album = plan(split="folder", order="interleave").album(table)
    assert sorted(len(each) for each in album.sequences) == [4, 5, 6]


def test_an_empty_collection_is_refused_and_not_taken_for_none(families):
    empty = replace(i2s.discover(families), records=())
    with pytest.raises(CollectionError, match="no usable image"):
        i2s.run([plan()], root=empty)


def test_of_images_that_look_alike_the_one_with_a_vector_is_kept(tmp_path):
    root = tmp_path / "pairs"
    root.mkdir()
    for seed in range(3):
        image = Image.fromarray(photo(seed, 160, 120))
        image.save(root / f"{seed}a.png")
        image.save(root / f"{seed}b.jpg", quality=95)
    names = [path.name for path in sorted(root.iterdir()) if path.name != "0a.png"]
    np.savez(tmp_path / "own.npz", embeddings=np.random.default_rng(0).normal(size=(5, 4)), paths=names)
    own = i2s.Vectors(tmp_path / "own.npz")
    table = i2s.measure(i2s.discover(root), embeddings=[i2s.Look(), own])
    chosen = i2s.SequencePlan("u", unique="near", order=i2s.FromMedoid(on=own)).sequence(table)
    assert {record.name for record in chosen.records} == {"0b.jpg", "1a.png", "2a.png"}
    near = i2s.NearestTo(str(root / "0a.png"), on=own)
    result = i2s.run([plan("fine", split=None), plan("near", split=None, order=near)], root=root)
    assert [piece.account["plan"] for piece in result.pieces] == ["fine"]
