"""Evaluation of a draft: whether its form and rhythm hold together, and whether it audibly follows the images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ...core import Score
from ..analysis import measures
from ..analysis.feature_correlation import phrase_groups, phrase_levels, rank_correlation
from ..analysis.score_queries import parts_with_role
from .feature_levels import FeatureLevels

#: Groove consistency of adjacent bars in human music: the middle 90 % of the excerpts of `benchmarks.human_corpus`,
#: whose mean is 0.85, and up to a rhythm of which one sixteenth in 200 changes. Wu & Yang (ISMIR 2020) found 0.85 to
#: 0.99 in jazz.
GROOVE = (0.70, 0.995)
#: The least rank correlation of a level with the music, for at least MANY_IMAGES.
LEAST_CORRELATION, MANY_IMAGES = 0.8, 20
#: The least `measures.structure`.
LEAST_STRUCTURE = 0.02
#: The least `measures.motif_repetition`, for at least MANY_IMAGES.
LEAST_REPETITION = 0.1

NO_STRUCTURE = "bars do not repeat"
RESTLESS, MONOTONOUS = "rhythm changes too much from bar to bar", "rhythm never changes"
PARALLELS = "parallels between melody and bass"
NO_MOTIF = "motif does not repeat"


def evaluate(score: Score, features: FeatureLevels, phrases: Sequence[str] = ()) -> list[str]:
    """Return the problems of a score in words, empty for a good one.

    Parameters
    ----------
    score : Score
    features : FeatureLevels
        What the score was composed from.
    phrases : sequence of str, optional
        The label of each image's phrase, over which the music follows the images; without it, over single images.
    """
    found = [*_form_problems(score), *_rhythm_problems(score)]
    if len(score.timeline.beats) >= MANY_IMAGES and measures.motif_repetition(score) < LEAST_REPETITION:
        found.append(NO_MOTIF)
    return found + _correlation_problems(score, features, phrases) + _voice_problems(score)


def evaluate_melody(score: Score, features: FeatureLevels, phrases: Sequence[str] = ()) -> list[str]:
    """Return the problems that a score has whatever else plays with its melody; parameters as for `evaluate`."""
    return _correlation_problems(score, features, phrases, ("register",))


def penalty(problems: Sequence[str]) -> float:
    """Return the weight of problems together: 0 for none, 1 for each, half for a motif that does not repeat."""
    return sum(0.5 if problem == NO_MOTIF else 1.0 for problem in problems)


def uncorrelated(parameter: str) -> str:
    """Return the problem of a parameter whose music does not correlate with its level."""
    return f"{parameter} hardly follows the images"


def _form_problems(score: Score) -> list[str]:
    form = measures.structure(score)
    return [NO_STRUCTURE] if math.isfinite(form) and form < LEAST_STRUCTURE else []


def _voice_problems(score: Score) -> list[str]:
    outer = {*parts_with_role(score, "melody"), *parts_with_role(score, "bass")}
    return [PARALLELS] if measures.parallels(score, outer) > 0 else []


def _rhythm_problems(score: Score) -> list[str]:
    groove = measures.groove_consistency(score)
    if not math.isfinite(groove) or GROOVE[0] <= groove <= GROOVE[1]:
        return []
    return [RESTLESS if groove < GROOVE[0] else MONOTONOUS]


def _correlation_problems(
    score: Score, features: FeatureLevels, phrases: Sequence[str], parameters: Iterable[str] = measures.PARAMETERS
) -> list[str]:
    images = len(score.timeline.beats)
    if images < MANY_IMAGES:
        return []
    groups = phrase_groups(phrases or [None] * images)
    music, found = measures.counterparts(score, groups), []
    for parameter in parameters:
        level = phrase_levels(features.levels[parameter], groups)
        if features.sources[parameter] and not _correlates(level, music[measures.PARAMETERS[parameter]]):
            found.append(uncorrelated(parameter))
    return found


def _correlates(level: np.ndarray, music: np.ndarray) -> bool:
    return int(np.isfinite(music).sum()) < 3 or rank_correlation(level, music) >= LEAST_CORRELATION
