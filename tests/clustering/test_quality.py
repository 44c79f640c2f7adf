"""Measures of clusterings equal what a hand or scikit-learn works out, and are silent where nothing is defined."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn import metrics

from imbatch2soundvisu.clustering import adjusted_rand, mutual_information, purity, quality, silhouettes
from imbatch2soundvisu.clustering import arrays as arrays_module
from imbatch2soundvisu.clustering import quality as quality_function
from imbatch2soundvisu.clustering.quality import agreement, spreads, stability

# Two pairs on a line: 0 and 2, 10 and 14.
LINE = np.array([[0.0], [2.0], [10.0], [14.0]])
PAIRS = np.array([0, 0, 1, 1])


def crowds(n=600, d=24, k=5, seed=0, spread=0.6):
    rng = np.random.default_rng(seed)
    labels = rng.integers(k, size=n)
    return (rng.normal(size=(k, d))[labels] + spread * rng.normal(size=(n, d))).astype(np.float32), labels


def test_silhouettes_of_four_points_by_hand():
    # 0: a = 2, b = (10 + 14) / 2 = 12; 2: a = 2, b = 10; 10: a = 4, b = 9; 14: a = 4, b = 13
    expected = [10 / 12, 8 / 10, 5 / 9, 9 / 13]
    assert silhouettes(LINE, [PAIRS])[0] == pytest.approx(expected)
    measures = quality(LINE, PAIRS)
    assert measures.silhouette == pytest.approx(np.mean(expected), abs=1e-5)
    assert measures.silhouettes == pytest.approx(expected, abs=1e-5)


def test_davies_bouldin_calinski_harabasz_and_inertia_by_hand():
    # centres 1 and 12, mean distances to them 1 and 2: Davies-Bouldin (1 + 2) / 11.
    # within 2 + 8 = 10, about the mean 6.5 between 2 * 5.5² * 2 = 121: Calinski-Harabasz (121 / 1) / (10 / 2)
    assert spreads(LINE, PAIRS) == pytest.approx((3 / 11, 121 / 5, 10.0))


def test_a_image_alone_in_its_cluster_has_silhouette_0():
    values = silhouettes(np.array([[0.0], [1.0], [9.0]]), [np.array([0, 0, 1])])[0]
    assert values == pytest.approx([8 / 9, 7 / 8, 0.0])


@pytest.mark.parametrize("n", [50, 1024, 1500, 2300], ids=lambda n: f"{n} rows")
def test_silhouettes_equal_those_of_scikit_learn_whatever_the_blocks(n):
    points, labels = crowds(n)
    other = np.random.default_rng(1).integers(7, size=n)
    for mine, each in zip(silhouettes(points, [labels, other]), (labels, other), strict=True):
        assert mine == pytest.approx(metrics.silhouette_samples(points.astype(np.float64), each), abs=1e-6)


def test_single_precision_is_close_enough(monkeypatch):
    points, labels = crowds(1500, 64)
    points += 20.0  # far from the origin, where single precision loses most
    exact = metrics.silhouette_samples(points.astype(np.float64), labels)
    monkeypatch.setattr(arrays_module, "DOUBLE_LIMIT", 0)
    assert silhouettes(points, [labels])[0] == pytest.approx(exact, abs=1e-4)


def test_davies_bouldin_and_calinski_harabasz_equal_those_of_scikit_learn():
    points, labels = crowds()
    measures = spreads(points, labels)
    assert measures[0] == pytest.approx(metrics.davies_bouldin_score(points, labels), rel=1e-5)
    assert measures[1] == pytest.approx(metrics.calinski_harabasz_score(points, labels), rel=1e-5)


def test_shuffled_labels_are_worse_where_there_are_crowds():
    points, labels = crowds()
    measures = quality(points, labels, seed=4)
    assert measures.silhouette > 0.1 > abs(measures.silhouette_random)
    assert quality(points, labels, seed=4).silhouette_random == measures.silhouette_random


def test_noise_does_not_count():
    far = np.vstack([LINE, [[1e6]]])
    measures = quality(far, np.append(PAIRS, -1))
    plain = quality(LINE, PAIRS)
    assert np.isnan(measures.silhouettes[-1])
    assert measures.silhouette == plain.silhouette
    assert (measures.davies_bouldin, measures.inertia) == (plain.davies_bouldin, plain.inertia)


@pytest.mark.parametrize(
    ("points", "labels"),
    [
        pytest.param(np.zeros((5, 3)), np.zeros(5, int), id="all black, one cluster"),
        pytest.param(np.zeros((4, 3)), np.array([0, 0, 1, 1]), id="all black, two clusters"),
        pytest.param(LINE, np.arange(4), id="each alone"),
        pytest.param(LINE, np.full(4, -1), id="all noise"),
        pytest.param(LINE[:1], np.zeros(1, int), id="one image"),
        pytest.param(np.zeros((0, 2)), np.zeros(0, int), id="none"),
    ],
)
def test_what_is_not_defined_is_nan_and_never_a_warning(points, labels):
    with np.errstate(all="raise"):
        measures = quality(points, labels, folders=["a"] * len(labels))
    several_equal = len(set(labels.tolist())) == 2
    assert (measures.silhouette == 0.0) if several_equal else np.isnan(measures.silhouette)
    assert np.isnan(measures.calinski_harabasz)
    assert measures.agreement == {}
    assert all(value is None or value == value for value in measures.as_dict().values())


def test_large_collections_are_sampled(monkeypatch):
    import sys

    module = sys.modules["imbatch2soundvisu.clustering.quality"]
    points, labels = crowds(900, spread=0.3)
    whole = quality_function(points, labels)
    monkeypatch.setattr(module, "SILHOUETTE_LIMIT", 500)
    measures = quality_function(points, labels)
    assert np.isfinite(measures.silhouettes).sum() == 500
    assert measures.silhouette == pytest.approx(whole.silhouette, abs=0.03)
    assert measures.inertia == whole.inertia


# Truth a a a b b b against clusters x x y y y y. Pairs together in both: 1 + 0 + 0 + 3 = 4, in the truth 6, in the
# clusters 1 + 6 = 7, of 15: expected 42 / 15 = 2.8, at most 6.5.
TRUTH, FOUND = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])


def test_adjusted_rand_by_hand():
    assert adjusted_rand(TRUTH, FOUND) == pytest.approx((4 - 2.8) / (6.5 - 2.8))


def test_mutual_information_by_hand():
    shared = 2 / 6 * np.log(2) + 1 / 6 * np.log(1 / 2) + 3 / 6 * np.log(3 / 2)
    entropies = np.log(2), -(2 / 6 * np.log(2 / 6) + 4 / 6 * np.log(4 / 6))
    assert mutual_information(TRUTH, FOUND) == pytest.approx(shared / np.mean(entropies))


def test_purity_by_hand():
    assert purity(TRUTH, FOUND) == pytest.approx(5 / 6)  # two of cluster x are a, three of four of cluster y are b


@pytest.mark.parametrize("seed", range(4))
def test_agreement_equals_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(4, size=200), rng.integers(6, size=200)
    b[:120] = a[:120] + 10
    assert adjusted_rand(a, b) == pytest.approx(metrics.adjusted_rand_score(a, b))
    assert mutual_information(a, b) == pytest.approx(metrics.normalized_mutual_info_score(a, b))


def test_the_same_clusters_under_other_names_agree_fully():
    a = np.array([0, 0, 1, 2, 2, 2])
    for names in itertools.permutations(range(3)):
        b = np.array(names)[a]
        assert (adjusted_rand(a, b), purity(a, b)) == (1.0, 1.0)
        assert mutual_information(a, b) == pytest.approx(1.0)


def test_agreement_with_folders_beats_shuffled_labels_only_where_it_is_there():
    folders = ["cats"] * 60 + ["dogs"] * 60
    measures = agreement(folders, np.repeat([0, 1], 60))
    assert (measures["nmi"], measures["ari"], measures["purity"]) == (1.0, 1.0, 1.0)
    assert measures["ari_random"] < 0.1
    assert 0.5 <= measures["purity_random"] < 0.7
    assert agreement(["cats"] * 120, np.repeat([0, 1], 60)) == {}
    nothing = agreement(folders, np.random.default_rng(0).integers(2, size=120))
    assert abs(nothing["ari"] - nothing["ari_random"]) < 0.1


def test_stability_is_the_mean_agreement_with_other_seeds():
    assert stability(TRUTH, [TRUTH, FOUND]) == pytest.approx((1 + adjusted_rand(TRUTH, FOUND)) / 2)


def test_lengths_must_match():
    with pytest.raises(ValueError, match="4 points, but 3 labels"):
        quality(LINE, PAIRS[:3])
