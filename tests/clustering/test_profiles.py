"""Profiles are true: means, words, typical images and phrases are what the numbers of the clusters say."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.clustering import FeatureBins, KMeans, Labelled, medoid, profiles, representatives
from imbatch2soundvisu.clustering.differences import DIFFERENCES, HUES, cohens_d, hue_name
from imbatch2soundvisu.core import Clusters, FeatureInfo, FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.features import FEATURES
from imbatch2soundvisu.features.faces import FACE_COLUMNS
from imbatch2soundvisu.measurement import measure
from imbatch2soundvisu.measurement.spaces import default_driver, first_space
from imbatch2soundvisu.sorting import cluster_order
from tests.conftest import photo

HUE = FeatureInfo("hue", "degrees", 0.0, 360.0, circular=True)


def table_of(columns=None, points=None, n=None):
    n = n or len(next(iter((columns or {"": points}).values())))
    records = tuple(ImageRecord(Path(f"{i:03}.jpg"), f"{i:03}", 4, 3, name=f"{i:03}.jpg") for i in range(n))
    vectors = {} if points is None else {"look": np.asarray(points, np.float32)}
    columns = {name: np.asarray(values, float) for name, values in (columns or {}).items()}
    return FeatureTable(records, columns=columns, vectors=vectors, info={"hue": HUE})


def clusters(labels, points=None, **more):
    labels = np.asarray(labels, np.intp)
    names = tuple(f"cluster {i + 1}" for i in range(labels.max(initial=-1) + 1))
    return Clusters(labels, names, "planted", points=None if points is None else np.asarray(points, float), **more)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Sixty small images, measured: all features, and the vectors that come with them."""
    root = tmp_path_factory.mktemp("measured")
    for seed in range(60):
        Image.fromarray(photo(seed, 60, 40)).save(root / f"{seed:02}.png")
    return measure(discover(root))


def planted(seed=0, n=120):
    """Two halves: the first darker, warmer and blue; all else is chance."""
    source = np.random.default_rng(seed)
    half = np.repeat([0, 1], n // 2)
    columns = {
        "luminance": 0.5 + 0.1 * half + 0.03 * source.normal(size=n),
        "warmth": 0.05 - 0.02 * half + 0.02 * source.normal(size=n),
        "hue": np.mod(np.where(half == 0, 255 + 10 * source.normal(size=n), source.uniform(0, 360, n)), 360),
        "symmetry": source.normal(size=n),
    }
    return table_of(columns), half


def test_means_share_and_rest_by_hand():
    table = table_of({"luminance": [0.2, 0.4, 0.9, np.nan], "hue": [350, 20, 180, np.nan]})
    first, second = profiles(table, clusters([0, 0, 1, 1]))
    assert (first.size, first.share) == (2, 0.5)
    assert first.means == pytest.approx({"luminance": 0.3, "hue": 5.0})
    assert first.rest == pytest.approx({"luminance": 0.9, "hue": 180.0})
    assert second.means == pytest.approx(first.rest)


def test_variance_is_that_of_unit_vectors_over_the_dimensions():
    points = np.array([[2.0, 0.0], [0.0, 0.5], [3.0, 3.0]])  # as units (1, 0), (0, 1), and one alone
    first, second = profiles(table_of(points=points), clusters([0, 0, 1]))
    assert first.variance == pytest.approx(0.25)
    assert second.variance == 0.0


def test_cohens_d_by_hand_and_where_it_is_not_defined():
    # means 5 and 2, both with a variance of 2
    assert cohens_d(np.array([4.0, 6.0]), np.array([1.0, 3.0])) == pytest.approx(3 / np.sqrt(2))
    assert cohens_d(np.array([1.0, 1.0]), np.array([1.0, 1.0])) == 0.0
    assert cohens_d(np.array([2.0, 2.0]), np.array([1.0, 1.0])) == 10.0
    assert np.isnan(cohens_d(np.array([]), np.array([1.0])))
    assert np.isnan(cohens_d(np.array([1.0]), np.array([2.0])))


@pytest.mark.parametrize("seed", range(5))
def test_words_are_true_and_strongest_first(seed):
    table, half = planted(seed)
    first, second = profiles(table, clusters(half))
    assert first.differences[0] == "darker"
    assert {"darker", "warmer", "mostly blue"} == set(first.differences)
    assert second.differences[:2] == ("brighter", "cooler")
    assert first.words == ", ".join(first.differences)
    for profile in (first, second):
        assert (profile.means["luminance"] < profile.rest["luminance"]) == ("darker" in profile.differences)
        assert (profile.means["warmth"] > profile.rest["warmth"]) == ("warmer" in profile.differences)
        sizes = [abs(profile.effects[name]) for name in ("luminance", "warmth")]
        assert sizes[0] > sizes[1] > 0.4


@pytest.mark.parametrize("name", sorted(DIFFERENCES))
@pytest.mark.parametrize("sign", [-1, 1])
def test_each_word_says_which_way_its_feature_differs(name, sign):
    values = np.random.default_rng(0).normal(size=80)
    values[:40] += 2 * sign
    profile, _ = profiles(table_of({name: values}), clusters(np.repeat([0, 1], 40)))
    less, more, _ = DIFFERENCES[name]
    assert profile.differences == ((more if sign > 0 else less),)


def test_every_feature_that_is_no_wheel_has_words():
    classic = {"hsv_value", "hsv_saturation", *FACE_COLUMNS}  # of imports and passes
    assert {name for name, each in FEATURES.items() if not each.info.circular} | classic == set(DIFFERENCES)


def test_features_that_say_the_same_get_one_word_the_strongest_and_four_at_most():
    source = np.random.default_rng(0)
    half = np.repeat([0, 1], 60)
    names = ("edge_density", "edge_strength", "texture", "entropy", "luminance", "warmth", "contrast", "symmetry")
    strength = dict(zip(names, (1.0, 3.0, 1.5, 0.8, 2.5, 2.0, 1.5, 0.9), strict=True))
    table = table_of({name: source.normal(size=120) - size * (half == 0) for name, size in strength.items()})
    first, _ = profiles(table, clusters(half))
    assert first.differences == ("softer edges", "darker", "cooler", "less contrast")


def test_random_clusters_get_no_words():
    source = np.random.default_rng(0)
    table = table_of({name: source.normal(size=300) for name in list(DIFFERENCES)[:8]})
    said = [
        trait for cluster in profiles(table, clusters(source.integers(30, size=300))) for trait in cluster.differences
    ]
    assert len(said) <= 3  # one cluster in 20 is chance
    assert all(
        cluster.words == (", ".join(cluster.differences) or "like the rest")
        for cluster in profiles(table, clusters([0] * 300))
    )


def test_random_clusters_of_measured_images_rarely_get_words(measured):
    source = np.random.default_rng(0)
    drawn = [profiles(measured, clusters(source.permutation(np.arange(len(measured)) % 3))) for _ in range(20)]
    assert sum(bool(cluster.differences) for each in drawn for cluster in each) <= 6  # of 60, where 3 are chance
    half = (measured["luminance"] > np.median(measured["luminance"])).astype(int)
    assert {"darker", "brighter"} == {cluster.differences[0] for cluster in profiles(measured, clusters(half))}


def test_a_few_images_need_a_larger_effect_and_so_do_many_features():
    def words(apart, count, others=0):
        values = np.r_[np.linspace(-1.5, 1.5, count), np.linspace(-1.5, 1.5, count) + apart]
        columns = {"luminance": values} | {f"other {i}": np.arange(2 * count) % 2 for i in range(others)}
        return profiles(table_of(columns), clusters(np.repeat([0, 1], count)))[0].differences

    assert words(0.7, 20) == ("darker",)  # 0.8 standard deviations, at 2.4 standard errors
    assert words(0.7, 4) == ()
    assert words(0.7, 20, others=20) == ()
    assert words(1.2, 20, others=20) == ("darker",)


def test_dates_of_copied_files_make_no_word_surer():
    dates = np.r_[np.tile([1.0, 2.0, 3.0], 40)]
    dates[:3], dates[60:63] = (2.0, 3.0, 4.0), (1.0, 2.0, 3.0)
    measures = [None if row in (0, 1, 2, 60, 61, 62) else "file" for row in range(120)]
    table = table_of({"date": dates})
    records = tuple(
        replace(each, taken_from=source or "exif") for each, source in zip(table.records, measures, strict=True)
    )
    table = replace(table, records=records, info={"date": FeatureInfo("date", "date")})
    profile = profiles(table, clusters(np.repeat([0, 1], 60)))[0]
    assert np.isnan(profile.effects["date"])  # three images do not speak for sixty
    assert profile.differences == ()


@pytest.mark.parametrize("seed", range(30))
def test_mostly_a_hue_is_true_of_most_of_the_cluster_grey_images_among_them(seed):
    source = np.random.default_rng(seed)
    n, share, grey = 40, source.uniform(0.4, 1.0), source.uniform(0.0, 0.3)
    centre = source.uniform(0, 360)
    hue = np.where(source.random(n) < share, centre + source.normal(0, 15, n), source.uniform(0, 360, n)) % 360
    hue[source.random(n) < grey] = np.nan
    profile = profiles(table_of({"hue": np.r_[hue, np.linspace(0, 350, 80)]}), clusters([0] * n + [1] * 80))[0]
    near = np.abs(np.mod(hue - profile.means["hue"] + 180, 360) - 180) <= 35
    measures = f"mostly {hue_name(profile.means['hue'])}"
    assert profile.differences in ((), (measures,))
    assert (profile.differences == (measures,)) == (near.sum() >= 0.6 * n)


def test_unknown_features_are_called_by_their_names():
    table = table_of({"cuteness": np.r_[np.zeros(30), np.ones(30)] + 0.1 * np.arange(60) % 0.3})
    assert profiles(table, clusters(np.repeat([0, 1], 30)))[0].differences == ("lower cuteness",)


def test_hue_is_named_only_where_most_of_a_cluster_has_it():
    rest = list(np.linspace(0, 350, 40))
    blue = profiles(table_of({"hue": [250, 255, 262] * 10 + rest}), clusters([0] * 30 + [1] * 40))[0]
    assert blue.differences == ("mostly blue",)
    grey = profiles(table_of({"hue": [255.0] * 8 + [np.nan] * 22 + rest}), clusters([0] * 30 + [1] * 40))[0]
    assert grey.differences == ()
    reds = profiles(table_of({"hue": [15, 25, 38] * 10 + rest}), clusters([0] * 30 + [1] * 40))[0]
    assert reds.differences == ("mostly red",)


def test_hues_have_the_names_of_the_feature():
    measures = {29: "red", 110: "yellow", 142: "green", 264: "blue"}
    assert {degrees: hue_name(degrees) for degrees in measures} == measures
    assert hue_name(359.0) == hue_name(1.0) == "pink"
    assert {hue_name(degrees) for degrees in range(360)} == set(HUES)


def test_medoid_by_hand_and_by_exhaustion():
    assert medoid(np.array([[0.0], [1.0], [2.0], [10.0]])) == 1
    assert medoid(np.zeros((5, 2))) == 0
    points = np.random.default_rng(0).normal(size=(60, 4))
    sums = np.linalg.norm(points[:, None] - points, axis=2).sum(axis=1)
    assert medoid(points) == sums.argmin()
    with pytest.raises(ValueError, match="no points"):
        medoid(np.zeros((0, 2)))


def test_the_medoid_of_a_crowd_is_near_its_centre(monkeypatch):
    points = np.random.default_rng(0).normal(size=(300, 2))
    exact = medoid(points)
    monkeypatch.setattr("imbatch2soundvisu.clustering.medoids.MEDOID_LIMIT", 100)
    near = medoid(points)
    assert near == np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()
    assert np.linalg.norm(points[near] - points[exact]) < 0.5


def test_typical_images_are_near_the_medoid_atypical_ones_far_and_none_is_both():
    points = np.array([[0.0], [1.0], [1.1], [5.0], [30.0], [31.0]])
    first, second = profiles(table_of(points=points), clusters([0, 0, 0, 0, 1, 1], points))
    assert (first.medoid, first.typical, first.atypical) == (1, (1, 2), (3, 0))
    assert (second.typical, second.atypical) == ((4,), (5,))
    alone = profiles(table_of(points=points[:1]), clusters([0], points[:1]))[0]
    assert (alone.medoid, alone.typical, alone.atypical, alone.differences) == (0, (0,), (), ())


def test_equal_images_are_typical_in_the_order_of_their_names():
    table = table_of(points=np.zeros((4, 2))).select([2, 0, 3, 1])
    profile = profiles(table, clusters([0] * 4, np.zeros((4, 2))))[0]
    assert [table.records[row].name for row in profile.typical] == ["000.jpg", "001.jpg"]


def test_phrases_come_nearest_first():
    points = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    phrases = {"a sea": np.array([0.0, 2.0]), "a wood": np.array([1.0, 0.0])}
    first, second = profiles(table_of(points=points), clusters([0, 0, 1], points), phrases)
    assert first.phrases == (("a wood", pytest.approx(0.9)), ("a sea", pytest.approx(0.3)))
    assert second.phrases[0] == ("a sea", pytest.approx(1.0))
    with pytest.raises(ConfigError, match="the phrases have 3 numbers"):
        profiles(table_of(points=points), clusters([0, 0, 1], points), {"x": np.ones(3)})


def test_groupings_without_points_use_what_the_table_has():
    points = [[0.0], [0.1], [9.0], [9.1], [9.3]]
    table = table_of({"luminance": [0.1, 0.2, 0.3, 0.8, 0.9]}, points)
    result = FeatureBins("luminance", (0.25,)).cluster(table, np.random.default_rng(0))
    assert [profile.medoid for profile in profiles(table, result)] == [0, 3]
    bare = table_of(n=3)
    measures = profiles(bare, clusters([0, 0, 1]))
    assert [(each.medoid, each.means) for each in measures] == [(0, {}), (2, {})]
    assert np.isnan(measures[0].variance)


def test_clusters_without_points_use_look_and_not_the_vectors_of_duplicates(measured):
    assert next(iter(measured.vectors)).startswith("perceptual-hash")
    look = measured.vectors["look"].astype(float)
    result = Labelled(lambda table: [row % 2 for row in range(len(table))]).cluster(measured, np.random.default_rng(0))
    for profile in profiles(measured, result):
        apart = np.linalg.norm(look[profile.rows][:, None] - look[profile.rows], axis=2).sum(axis=1)
        assert profile.medoid == profile.rows[apart.argmin()]
        unit = look[profile.rows] / np.linalg.norm(look[profile.rows], axis=1, keepdims=True)
        assert profile.variance == pytest.approx(unit.var(axis=0).mean())
    on_features = KMeans(2, on="luminance").cluster(measured, np.random.default_rng(0))
    for profile in profiles(measured, on_features):
        unit = look[profile.rows] / np.linalg.norm(look[profile.rows], axis=1, keepdims=True)
        assert profile.variance == pytest.approx(unit.var(axis=0).mean())
    seven = Labelled(lambda table: [row % 5 for row in range(len(table))]).cluster(measured, np.random.default_rng(0))
    by_look = replace(seven, points=measured.vectors["look"])
    assert cluster_order(seven, measured).tolist() == cluster_order(by_look, measured).tolist()


def test_the_first_space_is_one_of_an_embedding():
    vectors = {"perceptual-hash-1": np.eye(3), "clip": np.eye(3), "look": np.eye(3)}
    table = replace(table_of(n=3), vectors=vectors)
    assert first_space(table) == "look"
    assert (
        first_space(replace(table, vectors={name: vectors[name] for name in ("perceptual-hash-1", "clip")})) == "clip"
    )
    assert first_space(replace(table, embedders={"clip": None})) == "clip"
    assert first_space(replace(table, vectors={"perceptual-hash-1": np.eye(3)})) is None
    alone = replace(table, vectors={"perceptual-hash-1": np.random.default_rng(0).normal(size=(3, 4))})
    assert default_driver(alone)[0].tolist() == [0.0, 0.0, 0.0]
    both = replace(alone, vectors={**alone.vectors, "look": np.array([[0.0], [4.0], [1.0]])})
    assert default_driver(both)[0] == pytest.approx([0.0, 1.0, 0.25])


def test_images_without_a_vector_spoil_nothing():
    points = np.array([[1.0, 0.0], [0.9, 0.1], [np.nan, 0.0], [0.0, 1.0], [0.1, 0.9]])
    table = table_of({"luminance": [0.1, 0.2, 0.3, 0.8, 0.9]}, points)
    result = KMeans(2).cluster(table, np.random.default_rng(0))
    measures = profiles(table, result, {"x": np.array([1.0, 0.0])})
    assert [each.size for each in measures] == [2, 2]
    assert all(np.isfinite(each.variance) and each.phrases for each in measures)
    assert sorted(cluster_order(result, table).tolist()) == [0, 1]


def test_profiles_are_plain_values_for_json():
    table, half = planted()
    measures = profiles(table, clusters(half))[0].as_dict([record.name for record in table.records])
    assert measures["part"] == "cluster 1"
    assert measures["differences"] == list(measures["words"].split(", "))
    assert measures["medoid"].endswith(".jpg")


def test_representatives_cover_a_cluster():
    source = np.random.default_rng(0)
    centres = 10 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]], float)
    points = np.repeat(centres, (100, 20, 10, 5), axis=0) + source.normal(size=(135, 2))
    chosen = representatives(points, 4)
    assert np.round(points[chosen] / 10).tolist() == (centres / 10).tolist()
    assert np.array_equal(chosen, np.sort(chosen))

    def largest_gap(rows):
        return np.linalg.norm(points[:, None] - points[rows], axis=2).min(axis=1).max()

    assert largest_gap(representatives(points, 12)) < largest_gap(np.arange(12))


def test_representatives_are_the_same_images_in_any_order():
    points = np.random.default_rng(0).normal(size=(90, 5))
    shuffled = np.random.default_rng(1).permutation(90)
    chosen = representatives(points[shuffled], 11)
    assert sorted(shuffled[chosen].tolist()) == representatives(points, 11).tolist()
    assert len(set(chosen.tolist())) == 11


def test_equal_images_represent_a_cluster_only_when_nothing_else_is_left():
    points = np.array([[0.0]] * 5 + [[1.0]] * 5 + [[7.0]])
    assert set(points[representatives(points, 3), 0].tolist()) == {0.0, 1.0, 7.0}
    assert len(set(representatives(points, 6).tolist())) == 6
    assert representatives(points, 99).tolist() == list(range(11))
    with pytest.raises(ConfigError, match="1 or more images"):
        representatives(points, 0)


@pytest.mark.parametrize("k", [2, 5, 7])
def test_the_order_of_clusters_is_the_shortest_path_through_their_centres(k):
    source = np.random.default_rng(k)
    centres = source.normal(size=(k, 3))
    labels = np.repeat(range(k), 6)
    points = centres[labels]

    def length(order):
        return np.linalg.norm(np.diff(centres[list(order)], axis=0), axis=1).sum()

    order = cluster_order(clusters(labels, points))
    assert sorted(order.tolist()) == list(range(k))
    assert length(order) == pytest.approx(min(map(length, itertools.permutations(range(k)))))


def test_the_order_of_clusters_begins_at_its_darker_end_else_at_the_larger():
    points = np.array([[0.0], [5.0], [9.0], [9.0]])
    result = clusters([0, 1, 2, 2], points)
    assert cluster_order(result).tolist() == [2, 1, 0]
    dark_first = table_of({"luminance": [0.1, 0.9, 0.5, 0.5]})
    assert cluster_order(result, dark_first).tolist() == [0, 1, 2]
    dark_last = table_of({"luminance": [0.7, 0.9, 0.5, 0.5]})
    assert cluster_order(result, dark_last).tolist() == [2, 1, 0]


def test_bins_and_dates_keep_their_order_and_folders_are_ordered_by_distance():
    table = table_of({"luminance": [0.9, 0.1, 0.5]}, [[0.0], [1.0], [0.4]])
    bins = FeatureBins("luminance", 3).cluster(table, np.random.default_rng(0))
    assert cluster_order(bins, table).tolist() == [0, 1, 2]
    assert cluster_order(clusters([], np.zeros((0, 1)))).tolist() == []


def test_clusters_of_another_table_are_refused():
    with pytest.raises(ConfigError, match="the clusters have 3 images, the table has 4"):
        profiles(table_of(n=4), clusters([0, 0, 1]))
