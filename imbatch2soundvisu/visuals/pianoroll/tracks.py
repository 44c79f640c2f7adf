"""Tracks of a piano roll: features of the images, and the parameters of the music that follow them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...core import FeatureInfo, ImageSequence, Score
from ...music import theory
from ...music.analysis.feature_correlation import (
    COUNTERPARTS,
    counterparts,
    phrase_levels,
    phrases_of,
    rank_correlation,
)
from .score_data import decisions, number

#: Parameters of a score, and the counterpart that shows them.
PARAMETERS = {
    "register": "pitch", "pitch": "pitch", "melody": "pitch",
    "dynamics": "velocity", "velocity": "velocity", "loudness": "velocity",
    "density": "density", "activity": "density", "rhythm": "density",
}  # fmt: skip
#: What counterparts are named in captions.
COUNTERPART_NAMES = {"pitch": "melody pitch", "velocity": "loudness of the notes", "density": "notes per beat"}
MOST_TRACKS = 4
#: How closely two curves follow each other, by the size of their rank correlation.
CLOSENESS = ((0.7, "closely "), (0.4, ""), (0.2, "loosely "))
_NATURAL = theory.Key(0, theory.MAJOR)


@dataclass(frozen=True)
class FeatureTrack:
    """A feature over the images, and its counterpart in the music.

    Parameters
    ----------
    info : FeatureInfo
        The feature.
    values : ndarray of shape (n,)
        Its values, NaN where undefined.
    parameter : str
        A key of `COUNTERPART_NAMES`; "" where nothing is compared.
    counterpart : ndarray of shape (n,), optional
        Values of the music, NaN where undefined.
    sections : ndarray of shape (n,), optional
        Section of each image in a tour of clusters; ranks are compared within sections, since each has its own music.
    phrases : ndarray of shape (n,), optional
        Phrase of each image, from 0, where the music follows the feature phrase by phrase; not in a tour.
    over_phrases : ndarray of shape (phrases,), optional
        Values of the music in each phrase.
    """

    info: FeatureInfo
    values: np.ndarray
    parameter: str = ""
    counterpart: np.ndarray | None = None
    sections: np.ndarray | None = None
    phrases: np.ndarray | None = None
    over_phrases: np.ndarray | None = None

    @property
    def name(self) -> str:
        """Name of the feature in captions."""
        return self.info.name.replace("_", " ")

    @cached_property
    def correlation(self) -> float:
        """Spearman's rank correlation, [-1, 1], of phrases where there are some, else of images.

        NaN for circular features, for fewer than three known images, and where either side is constant.
        """
        from scipy.stats import spearmanr

        if self.counterpart is None or self.info.circular:
            return math.nan
        if self.phrases is not None and self.over_phrases is not None:
            return rank_correlation(phrase_levels(self.values, self.phrases), self.over_phrases)
        known = np.isfinite(self.values) & np.isfinite(self.counterpart)
        sections = np.zeros(len(known)) if self.sections is None else self.sections
        a, b = _ranks(self.values[known], sections[known]), _ranks(self.counterpart[known], sections[known])
        if known.sum() < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
            return math.nan
        return float(spearmanr(a, b).statistic)

    @property
    def relation(self) -> str:
        """How the music follows the feature, in words; "" where they cannot be compared."""
        words = describe_correlation(self.correlation)
        where = "phrase by phrase" if self.phrases is not None else "within each cluster"
        is_whole = self.phrases is None and self.sections is None
        return words if is_whole or not words else f"{where}, they {words}"


def _ranks(values: np.ndarray, sections: np.ndarray) -> np.ndarray:
    """(n,) in (0, 1): the rank of each value within its section; ties share theirs."""
    from scipy.stats import rankdata

    ranks = np.empty(len(values))
    for section in np.unique(sections):
        here = sections == section
        ranks[here] = rankdata(values[here]) / (here.sum() + 1)
    return ranks


def describe_correlation(correlation: float) -> str:
    """Return a rank correlation in words; "" for NaN.

    Examples
    --------
    >>> describe_correlation(0.83)
    'rise and fall closely together'
    >>> describe_correlation(-0.5)
    'are opposed: one rises as the other falls'
    """
    if not math.isfinite(correlation):
        return ""
    degree = next((word for limit, word in CLOSENESS if abs(correlation) >= limit), None)
    if degree is None:
        return "move independently"
    return (
        f"rise and fall {degree}together" if correlation > 0 else f"are {degree}opposed: one rises as the other falls"
    )


def feature_tracks(sequence: ImageSequence, score: Score) -> tuple[FeatureTrack, ...]:
    """Return the feature that drives the order, and those that the music follows.

    The decisions of the score declare the latter; otherwise the usual ones are compared with the music.
    """
    music = counterparts(score) if score.notes else {}
    sections, groups = _sections(score), phrases_of(score)
    has_phrases = sections is None and len(groups) > 0 and groups[-1] + 1 < len(groups)
    over = counterparts(score, groups) if music and has_phrases else {}
    tracks = []
    for feature, parameter, values in _followed(sequence, score):
        if np.isfinite(values).any():
            info = sequence.driver if feature == sequence.driver.name else sequence.table.info.get(feature)
            compared = parameter if music else ""
            shown = FeatureTrack(info or FeatureInfo(feature), values, compared, music.get(compared), sections)
            phrase_by_phrase = compared in over
            tracks.append(replace(shown, phrases=groups, over_phrases=over[compared]) if phrase_by_phrase else shown)
    driving = np.asarray(sequence.values, np.float64)
    if np.isfinite(driving).any() and all(track.info.name != sequence.driver.name for track in tracks):
        tracks.insert(0, FeatureTrack(sequence.driver, driving))
    return tuple(tracks[:MOST_TRACKS])


def format_counterpart(parameter: str, value: float) -> str:
    """Return the value of a counterpart for display: the name of a note, a velocity, or notes per beat."""
    if parameter == "pitch":
        return theory.note_name(round(value), _NATURAL)
    return f"{value:.0f}" if parameter == "velocity" else f"{value:.1f}"


def _sections(score: Score) -> np.ndarray | None:
    """(n,) the number of the section of each image; None where the music declares fewer than two."""
    declared = [str(each.get("section")) for each in decisions(score)]
    names = list(dict.fromkeys(declared))
    return np.array([names.index(name) for name in declared]) if len(names) > 1 else None


def _followed(sequence: ImageSequence, score: Score) -> list[tuple[str, str, np.ndarray]]:
    """(feature, counterpart, values) as the decisions declare them, else of the default features."""
    rows = [{str(row.get("parameter")): row for row in _reasons(d)} for d in decisions(score)]
    found: dict[str, tuple[str, str, np.ndarray]] = {}
    for name, parameter in PARAMETERS.items():
        feature = next((str(row[name]["feature"]) for row in rows if name in row and row[name].get("feature")), None)
        if feature and parameter not in found:
            values = np.array([number(row.get(name, {}).get("value")) for row in rows], np.float64)
            found[parameter] = feature.removeprefix("-"), parameter, values
    if found:
        return list(found.values())
    single = str(decisions(score)[0].get("feature")) if score.decisions else ""
    columns = sequence.table.columns
    pairs = {single: "pitch"} if single in columns else COUNTERPARTS
    return [(f, p, np.asarray(columns[f], np.float64)) for f, p in pairs.items() if f in columns]


def _reasons(decision: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = decision.get("because")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []
