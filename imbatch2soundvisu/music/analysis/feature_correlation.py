"""Rank correlation between the features of the images and the music they are set to."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...core import ImageSequence, Note, Score
from .score_queries import ONSET_TOLERANCE, melody, pitched_notes

#: Orders of the images that a score is compared with.
SHUFFLES = 400
#: The musical counterpart of each feature, for scores whose decisions do not say what they follow.
COUNTERPARTS = {"luminance": "pitch", "saturation": "velocity", "edge_density": "density"}
#: The counterpart of each musical parameter, for scores whose decisions do.
PARAMETERS = {"register": "pitch", "dynamics": "velocity", "density": "density"}
#: The fewest phrases that are compared, and the most images of a window where there are fewer.
LEAST_PHRASES, WINDOW = 4, 4
#: Steps of the range of a feature that are distinguished among means over phrases.
STEPS = 20
#: A last image of so many times as many beats as the others is one in which the last chord rings.
RINGING = 1.2
NAN = float("nan")


def feature_correlation(score: Score, sequence: ImageSequence, seed: int = 0) -> dict[str, float]:
    """Return Spearman's rank correlation of each followed feature with its counterpart in the music, over phrases.

    The counterparts are the mean pitch of the melody, the mean velocity of the pitched notes, and the pitched notes per
    beat. Where the decisions of the score name the features that it follows, their levels are compared; otherwise the
    columns in `COUNTERPARTS`. Both sides are means over the images of a phrase; see `phrase_groups`. Phrases whose
    levels hardly differ count as equal; see `phrase_levels` and `rank_correlation`. Music without phrases, such as a
    sonification, is compared image by image.

    Parameters
    ----------
    score : Score
    sequence : ImageSequence
        The images of the score, in the same order.
    seed : int
        Of the shuffled orders.

    Returns
    -------
    dict of str to float
        For each feature its correlation over phrases, [-1, 1], under "<feature>_per_image" that of the single images,
        and under "<feature>_shuffled" the mean over SHUFFLES random orders of the images, over phrases. NaN if a
        feature is missing, either side is constant, or fewer than 3 phrases or images are defined.

    Raises
    ------
    ValueError
        If the score is for another number of images.
    """
    if len(sequence) != len(score.timeline.beats):
        raise ValueError(f"a score of {len(score.timeline.beats)} images for a sequence of {len(sequence)}")
    rng, found = np.random.default_rng(seed), dict[str, float]()
    groups = phrases_of(score)
    music, single = counterparts(score, groups), counterparts(score)
    parameters, undefined = _followed_parameters(score), np.full(len(sequence), NAN)
    for feature, name in followed_features(score).items():
        column = np.asarray(sequence.table.columns.get(feature, undefined), np.float64)
        values = _levels(score, parameters[feature]) if feature in parameters else column
        found[feature] = rank_correlation(phrase_levels(values, groups), music[name])
        found[f"{feature}_per_image"] = rank_correlation(values, single[name])
        shuffled = [phrase_levels(values[rng.permutation(len(values))], groups) for _ in range(SHUFFLES)]
        found[f"{feature}_shuffled"] = _mean_rank_correlation(np.array(shuffled), music[name])
    return found


def phrase_groups(labels: Sequence[str | None]) -> np.ndarray:
    """Return the number of the phrase of each image, from 0, for the labels of their phrases.

    Images with the same label in succession are a phrase. Where there are fewer than LEAST_PHRASES phrases, each is two
    halves; where there are then fewer than that, images are in windows of WINDOW, or less, so that there are
    LEAST_PHRASES of them. Without labels each image is alone.

    Parameters
    ----------
    labels : sequence of str or None

    Returns
    -------
    (images,) int array

    Examples
    --------
    >>> phrase_groups(["A", "A", "A'", "A'", "B", "B", "A", "A", "C", "C"]).tolist()
    [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    >>> phrase_groups(["A"] * 4 + ["B"] * 4 + ["A"] * 4).tolist()
    [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    >>> phrase_groups(["A"] * 10).tolist()
    [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    """
    count = len(labels)
    if not all(labels):
        return np.arange(count)
    firsts = [i for i in range(count) if i == 0 or labels[i] != labels[i - 1]]
    if len(firsts) < LEAST_PHRASES:
        pairs = itertools.pairwise([*firsts, count])
        firsts = sorted({edge for a, b in pairs for edge in (a, (a + b + 1) // 2) if edge < b})
    if len(firsts) < LEAST_PHRASES:
        return np.arange(count) // max(1, min(WINDOW, count // LEAST_PHRASES))
    return np.searchsorted(firsts, np.arange(count), "right") - 1


def phrases_of(score: Score) -> np.ndarray:
    """Return `phrase_groups` of the phrases that the decisions of a score declare, (images,)."""
    return phrase_groups(_phrase_labels(score))


def phrase_levels(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the mean of each group in whole steps of 1 / STEPS of the range of all values, as `group_means`.

    Smaller differences are hardly audible. Values of single images stay as they are.

    Examples
    --------
    >>> phrase_levels(np.array([0.0, 1.0, 0.51, 0.52]), np.array([0, 0, 1, 1])).tolist()
    [10.0, 10.0]
    """
    means, known = group_means(values, groups), values[np.isfinite(values)]
    step = float(np.ptp(known)) / STEPS if known.size else 0.0
    return np.round(means / step) if step > 0 and len(means) < len(values) else means


def group_means(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the mean of the defined values of each group, NaN where none is defined.

    Examples
    --------
    >>> group_means(np.array([1.0, 3.0, np.nan, 5.0]), np.array([0, 0, 1, 1])).tolist()
    [2.0, 5.0]
    """
    known = np.isfinite(values)
    count = int(groups.max()) + 1 if len(groups) else 0
    sums = np.bincount(groups[known], values[known], count)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / np.bincount(groups[known], minlength=count))


def followed_features(score: Score) -> dict[str, str]:
    """Return {feature: its counterpart} as the decisions of the score declare it, else COUNTERPARTS.

    A feature that is followed in reverse has a minus before its name. One that two parameters follow has the second
    counterpart after its name: "luminance (velocity)".
    """
    declared = _followed_parameters(score).items()
    return {feature: PARAMETERS[parameter] for feature, parameter in declared} or COUNTERPARTS


def counterparts(score: Score, groups: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return what features are compared with: "pitch", "velocity" and "density".

    Parameters
    ----------
    score : Score
    groups : (images,) int array, optional
        The phrase of each image, as of `phrase_groups`; None for each image by itself.

    Returns
    -------
    dict of str to (images,) or (phrases,) float64
        Mean MIDI pitch of the melody, mean velocity of the pitched notes (NaN where none starts), notes per beat.
        Without groups, images that share beats have those of all that share them. A last image that is longer than the
        others, while its chord rings, does not count for the notes per beat, nor do those that share its beats.
    """
    top, notes = melody(score), pitched_notes(score)
    together, images = _groups(score), len(score.timeline.beats)
    beats = np.array(score.timeline.beats, np.float64)
    rings = bool(images) and beats[-1] > RINGING * np.median(beats)
    counted = ~(rings & (together == together[-1]))

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(together, values, images)[together] if groups is None else np.bincount(groups, values)

    def of(each: Sequence[Note], values: Iterable[int] | None = None) -> np.ndarray:
        return summed(_per_image(score, each, values))

    with np.errstate(invalid="ignore"):
        return {
            "pitch": of(top, (n.pitch for n in top)) / of(top),
            "velocity": of(notes, (n.velocity for n in notes)) / of(notes),
            "density": summed(counted * _per_image(score, notes)) / summed(counted * beats),
        }


def _phrase_labels(score: Score) -> list[str | None]:
    """(images,) the label of each image's phrase, as the decisions declare it; in a tour with its section."""
    images = len(score.timeline.beats)
    labels = [each.get("phrase") and f"{each.get('section', '')} {each['phrase']}" for each in score.decisions]
    return labels if len(labels) == images else [None] * images


def _groups(score: Score) -> np.ndarray:
    """(images,) the first image of those that share beats with each, as the decisions declare it; else the image."""
    found = np.arange(len(score.timeline.beats))
    for i, decision in enumerate(score.decisions[: len(found)]):
        found[i] = decision.get("shares_with", (i + 1,))[0] - 1
    return found


def _per_image(score: Score, notes: Sequence[Note], values: Iterable[int] | None = None) -> np.ndarray:
    """(images,) the number of notes that start while each image is shown, or the sum of their values."""
    images = len(score.timeline.beats)
    starts = np.array([n.start + ONSET_TOLERANCE for n in notes], np.int64)
    image = np.clip(np.searchsorted(score.timeline.start_ticks, starts, "right") - 1, 0, images - 1)
    return np.bincount(image, None if values is None else np.array(list(values), np.float64), images)


def _followed_parameters(score: Score) -> dict[str, str]:
    """{feature: the parameter that follows it}, from the reasons of the first image."""
    found: dict[str, str] = {}
    for row in score.decisions[0].get("because", ()) if score.decisions else ():
        if row["parameter"] in PARAMETERS:
            again = f"{row['feature']} ({PARAMETERS[row['parameter']]})"
            found[again if row["feature"] in found else row["feature"]] = row["parameter"]
    return found


def _levels(score: Score, parameter: str) -> np.ndarray:
    """(images,) the level of a parameter, or the value it follows; NaN where the reasons have neither."""
    levels = np.full(len(score.timeline.beats), NAN)
    for i, decision in enumerate(score.decisions[: len(levels)]):
        rows: list[dict[str, Any]] = [r for r in decision.get("because", ()) if r["parameter"] == parameter]
        level = rows[0].get("level", rows[0].get("value")) if rows else None
        levels[i] = NAN if level is None else level
    return levels


def _mean_rank_correlation(rows: np.ndarray, b: np.ndarray) -> float:
    """The mean of `rank_correlation` of each row with `b`, where it is defined."""
    if not np.isfinite(rows).all() or not np.isfinite(b).all():
        each = np.array([rank_correlation(row, b) for row in rows])
        return float(each[np.isfinite(each)].mean()) if np.isfinite(each).any() else NAN
    found, highest = _rank_products(rows, b)
    varies = highest > 0
    return float(np.mean(found[varies] / highest[varies])) if len(b) >= 3 and varies.any() else NAN


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Return Spearman's correlation of two (n,) arrays divided by the highest that their ties allow, [-1, 1].

    Among equal values any order of the other array is as good. Without ties this is Spearman's correlation itself.
    Only pairs that are defined count. NaN if either array is constant or fewer than 3 pairs are defined.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([0.1, 0.2, 0.3]))
    1.0
    >>> rank_correlation(np.array([5.0, 1.0, 5.0, 5.0]), np.array([0.4, 0.1, 0.2, 0.3]))
    1.0
    """
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 3 or np.ptp(a[known]) == 0 or np.ptp(b[known]) == 0:
        return NAN
    found, highest = _rank_products(a[known][None], b[known])
    return round(max(-1.0, float(found[0] / highest[0])), 12)


def _rank_products(rows: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) the sums of products of the centred ranks of each row and of `b`, and the highest of any order of `b`."""
    from scipy.stats import rankdata

    ranks, other = rankdata(rows, axis=1), rankdata(b)
    ranks, other = ranks - ranks.mean(axis=1, keepdims=True), other - other.mean()
    return ranks @ other, np.sort(ranks, axis=1) @ np.sort(other)
