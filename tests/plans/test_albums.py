"""Plans with clusters: sequences, representatives, tours, reports, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli.command import main
from imbatch2soundvisu.clustering.differences import DIFFERENCES, hue_name
from imbatch2soundvisu.core.errors import ConfigError
from tests.conftest import photo

from .coloured import folders, paint, plan


def test_clusters_are_the_three_colours_each_in_order(table):
    album = plan(order="luminance").album(table)
    assert sorted(len(each) for each in album.sequences) == [4, 5, 6]
    assert all(len(folders(each)) == 1 for each in album.sequences)
    assert all(np.all(np.diff(each.values) >= 0) for each in album.sequences)
    assert len({each.rng().random() for each in album.sequences}) == 3
    assert [each.name for each in album.profiles] == ["cluster 1", "cluster 2", "cluster 3"]
    assert album.clusters.quality.agreement["ari"] == pytest.approx(1)
    assert "silhouette" in repr(album)
    assert "cluster 1" in album._repr_html_()


def test_clusters_do_not_depend_on_the_name_of_the_plan(table):
    one, two = plan("one").album(table), plan("two").album(table)
    assert np.array_equal(one.clusters.labels, two.clusters.labels)


def test_the_words_of_a_profile_agree_with_the_measured_values(table):
    for profile in plan().album(table).profiles:
        rows = np.zeros(len(table), bool)
        rows[profile.rows] = True
        for word, feature in {"brighter": "luminance", "warmer": "warmth", "more colourful": "colourfulness"}.items():
            if word in profile.differences:
                assert table[feature][rows].mean() > table[feature][~rows].mean()
        for word, feature in {"darker": "luminance", "cooler": "warmth", "less colourful": "colourfulness"}.items():
            if word in profile.differences:
                assert table[feature][rows].mean() < table[feature][~rows].mean()
        assert profile.medoid in profile.rows
        vectors = table.vectors["look"][rows].astype(float)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        assert profile.variance == pytest.approx(vectors.var(axis=0).mean(), rel=1e-4)


def test_every_word_of_the_profiles_of_real_photos_is_true(shared_data):
    """Each word of each cluster against the other images, by the feature it stands for."""
    table = i2s.measure(i2s.discover(shared_data("A-photos-gcompris")))
    album = plan(clusters=i2s.KMeans(6)).album(table)
    meanings: dict[str, list[tuple[str, int]]] = {}
    for name, (less, more, _) in DIFFERENCES.items():
        for word, sign in ((less, -1), (more, 1)):
            meanings.setdefault(word, []).append((name, sign))
    words = 0
    for profile in album.profiles:
        inside = np.isin(np.arange(len(table)), profile.rows)
        for word in profile.differences:
            words += 1
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
    assert words >= 6


def test_a_limit_takes_images_that_represent_the_cluster(tmp_path):
    root = tmp_path / "uneven"
    for i in range(8):
        paint(root, f"a-many-{i}", (200, 30, 30), 0)
    for i in range(2):
        paint(root, f"z-few-{i}", (30, 40, 210), 0)
    table = i2s.measure(i2s.discover(root))
    [chosen] = plan(clusters=i2s.KMeans(1), limit=2, order="name").album(table).sequences
    assert {record.label[0] for record in chosen.records} == {"a", "z"}
    first = i2s.SequencePlan("even", order="name", limit=2, choose="evenly").sequence(table)
    assert len(first) == 2
    spread = i2s.SequencePlan("spread", order="name", limit=2, choose="representative").sequence(table)
    assert {record.label[0] for record in spread.records} == {"a", "z"}


def test_a_tour_passes_through_all_clusters_and_its_music_has_a_section_for_each(table):
    toured = plan(order=i2s.TowardsNext(), tour=True)
    album = toured.album(table)
    assert album.tour is not None
    assert len(album.tour) == len(table)
    assert album.tour.sections[0] == 0
    for part in np.split(
        np.array([record.name.split("/")[0] for record in album.tour.records]), album.tour.sections[1:]
    ):
        assert len(set(part)) == 1
    assert album.tour.criterion.length < album.tour.criterion.random
    timeline = toured.music.timeline(album.tour, 30, i2s.Timing(0.5))
    score = toured.music.compose(album.tour, timeline, np.random.default_rng(0))
    phrases = [decision["phrase"] for decision in score.decisions]
    for start in album.tour.sections[1:]:
        assert phrases[start] != phrases[start - 1]


def test_clusters_of_one_image_have_a_profile_but_no_sequence(table):
    labels = {record.name: record.name.split("/")[0] for record in table.records}
    labels["blue/blue-0.png"] = "alone"

    def label(table):
        return [labels[record.name] for record in table.records]

    album = plan(clusters=label, order="luminance").album(table)
    assert {each.cluster for each in album.sequences} == {"red", "green", "blue"}
    assert {each.name for each in album.profiles} == {"red", "green", "blue", "alone"}


def test_images_in_no_cluster_are_a_sequence_too(table):
    def label(table):
        return [None if "-0" in record.name else record.name.split("/")[0] for record in table.records]

    album = plan(clusters=label, order="luminance", tour=True).album(table)
    assert [each.cluster for each in album.sequences][-1] == "in no cluster"
    assert {record.label for record in album.sequences[-1].records} == {"red-0.png", "green-0.png", "blue-0.png"}
    assert len(album.profiles) == 3
    assert len(album.tour) == len(table)


def test_a_reversed_tour_is_the_same_tour_backwards(table):
    there = plan(order=i2s.TowardsNext(), tour=True).album(table).tour
    back = plan(order=i2s.TowardsNext(), tour=True, reverse=True).album(table).tour
    assert back.criterion.length == pytest.approx(there.criterion.length, rel=1e-6)
    assert [r.name for r in back.records] == [r.name for r in there.records][::-1]


def test_orders_may_name_images_of_another_cluster_or_filtered_out_ones(table):
    near = plan(clusters="folder", order=i2s.NearestTo("red/red-0.png")).album(table)
    assert len(near.sequences) == 3
    assert all(np.all(np.diff(each.values) >= 0) for each in near.sequences)
    assert {each.cluster: each.values[0] == 0 for each in near.sequences} == {
        "red": True,
        "green": False,
        "blue": False,
    }
    filtered = plan(
        "f", clusters=None, order=i2s.AlongAxis(["red/red-0.png"], ["blue/blue-0.png"]),
        where=lambda table: np.array(["-0" not in record.name for record in table.records]),
    )  # fmt: skip
    assert len(filtered.sequence(table)) == 12


@pytest.mark.parametrize(
    ("clusters", "expected"),
    [("folder", {"red", "green", "blue"}), ("luminance", 4), ("date", 3), (i2s.FeatureBins("hue", bins=3), 3)],
)
def test_clusters_by_folder_feature_and_date(table, clusters, expected):
    first = datetime(2020, 5, 1, 12)
    taken = [first + timedelta(days=10 * (i // 5), minutes=i) for i in range(len(table))]
    records = tuple(replace(record, taken=moment) for record, moment in zip(table.records, taken, strict=True))
    album = plan(clusters=clusters, order="name").album(replace(table, records=records))
    names = {each.name for each in album.profiles}
    assert names == expected if isinstance(expected, set) else len(names) == expected


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"clusters": "kmean"}, "Did you mean 'kmeans'"),
        ({"clusters": 7}, "clustering"),
        ({"clusters": i2s.KMeans(3, on="lok")}, "Did you mean 'look'"),
        ({"clusters": i2s.FeatureBins("luminence")}, "Did you mean 'luminance'"),
        ({"clusters": None, "tour": True}, "clusters"),
        ({"choose": "first"}, "evenly"),
        ({"order": i2s.SmoothPath(start="a.jpg")}, "cannot be used with clusters"),
        ({"phrases": "a dog"}, "phrases"),
        ({"tour": 1}, "True or False"),
    ],
)
def test_invalid_clusters_are_refused_before_any_work(fields, message):
    with pytest.raises(ConfigError, match=message):
        i2s.check([plan(**fields)])


def test_equal_images_are_one_cluster(tmp_path):
    root = tmp_path / "black"
    root.mkdir()
    for i in range(5):
        Image.new("RGB", (30 + i, 20), (0, 0, 0)).save(root / f"black-{i}.png")
    result = i2s.run([plan(clusters=i2s.KMeans(3), order="name")], root=root)
    assert result.exit_code == 0
    described = result.results[0].entry["clusters"]
    assert [each["size"] for each in described["clusters"]] == [5]
    assert described["notes"]


def test_a_plan_with_clusters_has_no_single_sequence_and_one_without_has_no_album(table):
    with pytest.raises(ConfigError, match="album"):
        plan().sequence(table)
    with pytest.raises(ConfigError, match="clusters="):
        plan(clusters=None).album(table)


def test_the_list_names_clusterings(capsys):
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("kmeans", "hierarchical", "density", "folder", "clip", "outliers"))


def test_an_order_that_leaves_images_out_still_fills_a_limit(table):
    class Brightest:
        needs = i2s.Needs()

        def driver(self, table):
            return table["luminance"], table.info["luminance"]

        def order(self, table, rng):
            return np.argsort(-table["luminance"])[:3]

    album = plan(clusters="folder", order=Brightest(), limit=2).album(table)
    assert [len(each) for each in album.sequences] == [2, 2, 2]


def test_interleave_orders_small_clusters(table):
    album = plan(clusters="folder", order="interleave").album(table)
    assert sorted(len(each) for each in album.sequences) == [4, 5, 6]


def test_of_near_duplicates_the_one_with_a_vector_is_kept(tmp_path):
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
    result = i2s.run([plan("fine", clusters=None), plan("near", clusters=None, order=near)], root=root)
    assert [each.entry["plan"] for each in result.results] == ["fine"]
