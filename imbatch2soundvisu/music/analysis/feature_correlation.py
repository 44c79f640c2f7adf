"""How well a score follows the images it is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from ...core import ImageSequence, Note, Score
from .score_queries import SLACK, melody, pitched

#: Orders of the images that a score is compared with.
SHUFFLES = 100
#: What each feature of an image is compared with in the music of its span.
COUNTERPARTS = {"luminance": "pitch", "saturation": "velocity", "edge_density": "density"}
#: What it is for the parameters of a score that names what it follows.
PARAMETERS = {"register": "pitch", "dynamics": "velocity", "density": "density"}
NAN = float("nan")


def following(score: Score, sequence: ImageSequence, seed: int = 0) -> dict[str, float]:
    """Spearman's correlation over the images of each feature with its counterpart, [-1, 1], and of shuffled ones.

    luminance with the mean pitch of the melody, saturation with the mean velocity of all pitched notes, edge_density
    with pitched notes a beat, each over the notes that start in the image's span; or, where the score says what it
    follows (`followed`), the level that it gives each image, be that of one feature, of the mean of two or of one the
    other way round. Keys: the features, and feature + "_shuffled": the mean over SHUFFLES seeded orders of the
    images. NaN where a feature is missing, either side is constant, or fewer than three images are known.
    """
    if len(sequence) != len(score.timeline.beats):
        raise ValueError(f"a score of {len(score.timeline.beats)} images for a sequence of {len(sequence)}")
    rng, heard, found = np.random.default_rng(seed), counterparts(score), {}
    parameters, unknown = _told(score), np.full(len(sequence), NAN)
    for feature, name in followed(score).items():
        column = np.asarray(sequence.table.columns.get(feature, unknown), np.float64)
        values = _levels(score, parameters[feature]) if feature in parameters else column
        found[feature] = _rank_correlation(values, heard[name])
        orders = [rng.permutation(len(values)) for _ in range(SHUFFLES)]
        found[f"{feature}_shuffled"] = float(np.mean([_rank_correlation(values[o], heard[name]) for o in orders]))
    return found


def followed(score: Score) -> dict[str, str]:
    """{feature: its counterpart} that a score says it follows ("because" of its decisions), else COUNTERPARTS.

    A feature that is followed the other way round has a minus before its name, and one that is followed twice the
    counterpart after it: "luminance (velocity)".
    """
    return {feature: PARAMETERS[parameter] for feature, parameter in _told(score).items()} or COUNTERPARTS


def counterparts(score: Score) -> dict[str, np.ndarray]:
    """What `following` compares features with: pitch, velocity, density, each (images,), NaN where nothing starts."""
    tune, notes, images = melody(score), pitched(score), len(score.timeline.beats)

    def counts(among: Sequence[Note], values: Iterable[int] | None = None) -> np.ndarray:
        starts = np.array([n.start + SLACK for n in among], np.int64)
        place = np.clip(np.searchsorted(score.timeline.start_ticks, starts, "right") - 1, 0, images - 1)
        return np.bincount(place, None if values is None else np.array(list(values), np.float64), images)

    with np.errstate(invalid="ignore"):
        return {
            "pitch": counts(tune, (n.pitch for n in tune)) / counts(tune),
            "velocity": counts(notes, (n.velocity for n in notes)) / counts(notes),
            "density": counts(notes) / np.array(score.timeline.beats),
        }


def _told(score: Score) -> dict[str, str]:
    """{feature: the parameter that follows it}, by the reasons of the first image."""
    told: dict[str, str] = {}
    for row in score.decisions[0].get("because", ()) if score.decisions else ():
        if row["parameter"] in PARAMETERS:
            again = f"{row['feature']} ({PARAMETERS[row['parameter']]})"
            told[again if row["feature"] in told else row["feature"]] = row["parameter"]
    return told


def _levels(score: Score, parameter: str) -> np.ndarray:
    """(images,) what a parameter makes of each: its level, else its value; NaN where the reasons do not tell."""
    levels = np.full(len(score.timeline.beats), NAN)
    for i, decision in enumerate(score.decisions[: len(levels)]):
        rows: list[dict[str, Any]] = [r for r in decision.get("because", ()) if r["parameter"] == parameter]
        told = rows[0].get("level", rows[0].get("value")) if rows else None
        levels[i] = NAN if told is None else told
    return levels


def _rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 3 or np.ptp(a[known]) == 0 or np.ptp(b[known]) == 0:
        return NAN
    return float(np.corrcoef(rankdata(a[known]), rankdata(b[known]))[0, 1])
