"""Rank correlation between the features of the images and the music they are set to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...core import ImageSequence, Note, Score
from .score_queries import ONSET_TOLERANCE, melody, pitched_notes

#: Orders of the images that a score is compared with.
SHUFFLES = 100
#: The musical counterpart of each feature, for scores whose decisions do not say what they follow.
COUNTERPARTS = {"luminance": "pitch", "saturation": "velocity", "edge_density": "density"}
#: The counterpart of each musical parameter, for scores whose decisions do.
PARAMETERS = {"register": "pitch", "dynamics": "velocity", "density": "density"}
NAN = float("nan")


def feature_correlation(score: Score, sequence: ImageSequence, seed: int = 0) -> dict[str, float]:
    """Return Spearman's rank correlation of each followed feature with its counterpart in the music.

    The counterparts are the mean pitch of the melody, the mean velocity of the pitched notes, and the pitched notes per
    beat, each over the notes that start while an image is shown. Where the decisions of the score name the features
    that it follows, their levels are compared; otherwise the columns in `COUNTERPARTS`.

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
        For each feature its correlation, [-1, 1], and under "<feature>_shuffled" the mean over SHUFFLES random orders
        of the images. NaN if a feature is missing, either side is constant, or fewer than 3 images are defined.

    Raises
    ------
    ValueError
        If the score is for another number of images.
    """
    if len(sequence) != len(score.timeline.beats):
        raise ValueError(f"a score of {len(score.timeline.beats)} images for a sequence of {len(sequence)}")
    rng, music, found = np.random.default_rng(seed), counterparts(score), {}
    parameters, undefined = _followed_parameters(score), np.full(len(sequence), NAN)
    for feature, name in followed_features(score).items():
        column = np.asarray(sequence.table.columns.get(feature, undefined), np.float64)
        values = _levels(score, parameters[feature]) if feature in parameters else column
        found[feature] = rank_correlation(values, music[name])
        orders = [rng.permutation(len(values)) for _ in range(SHUFFLES)]
        found[f"{feature}_shuffled"] = float(np.mean([rank_correlation(values[o], music[name]) for o in orders]))
    return found


def followed_features(score: Score) -> dict[str, str]:
    """Return {feature: its counterpart} as the decisions of the score declare it, else COUNTERPARTS.

    A feature that is followed in reverse has a minus before its name. One that two parameters follow has the second
    counterpart after its name: "luminance (velocity)".
    """
    declared = _followed_parameters(score).items()
    return {feature: PARAMETERS[parameter] for feature, parameter in declared} or COUNTERPARTS


def counterparts(score: Score) -> dict[str, np.ndarray]:
    """Return what features are compared with: "pitch", "velocity" and "density".

    Returns
    -------
    dict of str to (images,) float64
        Mean MIDI pitch of the melody, mean velocity of the pitched notes (NaN where none starts), notes per beat.
        Images that share beats have those of their group.
    """
    top, notes = melody(score), pitched_notes(score)
    together = _groups(score)

    def of(each: Sequence[Note], values: Iterable[int] | None = None) -> np.ndarray:
        return _summed(_per_image(score, each, values), together)

    with np.errstate(invalid="ignore"):
        return {
            "pitch": of(top, (n.pitch for n in top)) / of(top),
            "velocity": of(notes, (n.velocity for n in notes)) / of(notes),
            "density": of(notes) / _summed(np.array(score.timeline.beats, np.float64), together),
        }


def _groups(score: Score) -> np.ndarray:
    """(images,) the first image of those that share beats with each, as the decisions declare it; else the image."""
    found = np.arange(len(score.timeline.beats))
    for i, decision in enumerate(score.decisions[: len(found)]):
        found[i] = decision.get("shares_with", (i + 1,))[0] - 1
    return found


def _summed(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(images,) the sum of the values of each image's group."""
    return np.bincount(groups, values, len(values))[groups]


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


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Return Spearman's correlation of two (n,) arrays where both are defined, [-1, 1].

    NaN if either is constant or fewer than 3 pairs are defined.

    Examples
    --------
    >>> round(rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([0.1, 0.2, 0.3])), 6)
    1.0
    """
    from scipy.stats import rankdata

    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 3 or np.ptp(a[known]) == 0 or np.ptp(b[known]) == 0:
        return NAN
    return float(np.corrcoef(rankdata(a[known]), rankdata(b[known]))[0, 1])
