"""What the lanes of a roll show: features of the images, and what is heard of each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.stats import rankdata, spearmanr

from ...core import FeatureInfo, ImageSequence, Score
from ...music import theory
from ...music.analysis import measures

#: What a score calls the parameters that are heard as one of `measures.counterparts`.
PARAMETERS = {
    "register": "pitch", "pitch": "pitch", "melody": "pitch",
    "dynamics": "velocity", "velocity": "velocity", "loudness": "velocity",
    "density": "density", "activity": "density", "rhythm": "density",
}  # fmt: skip
HEARD = {"pitch": "melody pitch", "velocity": "loudness of the notes", "density": "notes a beat"}
MOST_LANES = 4
_MOST_BEATS = 64  # of one image; more is a leap to another place of a recording
#: How close two rows of numbers go, by the size of their rank correlation.
CLOSENESS = ((0.7, " closely"), (0.4, ""), (0.2, " loosely"))
_PLAIN = theory.Key(0, theory.MAJOR)


@dataclass(frozen=True)
class Lane:
    """A feature over the images, values (n,), and its counterpart in the music, heard (n,); NaN where undefined.

    parameter : a name in HEARD, "" where nothing is compared. sections : (n,) the part of a tour of each image; ranks
    are then compared within parts, as each has a piece of its own.
    """

    info: FeatureInfo
    values: np.ndarray
    parameter: str = ""
    heard: np.ndarray | None = None
    sections: np.ndarray | None = None

    @property
    def name(self) -> str:
        return self.info.name.replace("_", " ")

    @cached_property
    def correlation(self) -> float:
        """Spearman's, [-1, 1]; NaN where either is constant, fewer than three images are known, or values go round
        a circle."""
        if self.heard is None or self.info.circular:
            return math.nan
        known = np.isfinite(self.values) & np.isfinite(self.heard)
        parts = np.zeros(len(known)) if self.sections is None else self.sections
        a, b = _ranks(self.values[known], parts[known]), _ranks(self.heard[known], parts[known])
        if known.sum() < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
            return math.nan
        return float(spearmanr(a, b).statistic)

    @property
    def relation(self) -> str:
        """The correlation in words, "" where there is none."""
        words = in_words(self.correlation)
        return words if self.sections is None or not words else f"within the parts, they {words}"


def _ranks(values: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """(n,) in (0, 1): the place of each value among those of its part; ties share theirs."""
    found = np.empty(len(values))
    for part in np.unique(parts):
        here = parts == part
        found[here] = rankdata(values[here]) / (here.sum() + 1)
    return found


def in_words(correlation: float) -> str:
    """A rank correlation as a person would say it.

    >>> in_words(0.83)
    'rise and fall closely together (Spearman +0.83)'
    """
    if not math.isfinite(correlation):
        return ""
    number = f"(Spearman {correlation:+.2f})".replace("-", "−")
    how = next((word for limit, word in CLOSENESS if abs(correlation) >= limit), None)
    if how is None:
        return f"go their own ways {number}"
    return f"rise and fall{how} {'together' if correlation > 0 else 'against each other'} {number}"


def lanes(sequence: ImageSequence, score: Score) -> tuple[Lane, ...]:
    """The feature that drives the order, then those the music follows: by its own account, else those it is usually
    compared with."""
    heard = measures.counterparts(score) if score.notes else {}
    found = []
    for feature, parameter, values in _followed(sequence, score):
        if np.isfinite(values).any():
            info = sequence.driver if feature == sequence.driver.name else sequence.table.info.get(feature)
            compared = parameter if heard else ""
            found.append(Lane(info or FeatureInfo(feature), values, compared, heard.get(compared), _sections(score)))
    driving = np.asarray(sequence.values, np.float64)
    if np.isfinite(driving).any() and all(lane.info.name != sequence.driver.name for lane in found):
        found.insert(0, Lane(sequence.driver, driving))
    return tuple(found[:MOST_LANES])


def _sections(score: Score) -> np.ndarray | None:
    """(n,) the number of the section of each image, where the music tells of two or more."""
    told = [str(each.get("section")) for each in decisions(score)]
    names = list(dict.fromkeys(told))
    return np.array([names.index(name) for name in told]) if len(names) > 1 else None


def _followed(sequence: ImageSequence, score: Score) -> list[tuple[str, str, np.ndarray]]:
    """(feature, counterpart, values) of what the decisions say is followed; of the usual where they say nothing."""
    rows = [{str(row.get("parameter")): row for row in _because(d)} for d in decisions(score)]
    found: dict[str, tuple[str, str, np.ndarray]] = {}
    for name, parameter in PARAMETERS.items():
        feature = next((str(row[name]["feature"]) for row in rows if name in row and row[name].get("feature")), None)
        if feature and parameter not in found:
            values = np.array([_number(row.get(name, {}).get("value")) for row in rows], np.float64)
            found[parameter] = feature.removeprefix("-"), parameter, values
    if found:
        return list(found.values())
    alone = str(decisions(score)[0].get("feature")) if score.decisions else ""
    pairs = {alone: "pitch"} if alone in sequence.table.columns else measures.COUNTERPARTS
    columns = sequence.table.columns
    return [(f, p, np.asarray(columns[f], np.float64)) for f, p in pairs.items() if f in columns]


def decisions(score: Score) -> list[Mapping[str, Any]]:
    """One for each image, empty where the score tells none."""
    told: list[Mapping[str, Any]] = [*score.decisions, *({} for _ in score.timeline.beats)]
    return told[: len(score.timeline.beats)]


def _because(decision: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = decision.get("because")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def form(decision: Mapping[str, Any]) -> tuple[object, object, object]:
    """(section, phrase, key) where an image begins; the key is the phrase's, where the music tells it: the chord that
    leads to the next phrase may be of that one's key already."""
    return decision.get("section"), decision.get("phrase"), decision.get("phrase_key") or decision.get("key")


def tension(score: Score) -> tuple[np.ndarray, bool]:
    """(n,) in [0, 1], NaN where unknown, and whether the music tells it itself.

    Where it does not: how high, loud and dense the music of each image is, each within its range, in the mean.
    """
    told = [each.get("tension") for each in decisions(score)]
    if all(isinstance(value, int | float) and math.isfinite(value) for value in told):
        return np.clip(np.array(told, np.float64), 0, 1), True
    if not score.notes:
        return np.full(len(score.timeline.beats), np.nan), False
    shares = np.array([shares_of(values) for values in measures.counterparts(score).values()])
    known = np.isfinite(shares)
    with np.errstate(invalid="ignore"):
        return shares_of(np.where(known, shares, 0).sum(axis=0) / known.sum(axis=0)), False


def told_beats(score: Score) -> list[tuple[float, bool]]:
    """(tick, whether it opens a bar) of the beats that music without notes tells of: the bar and beat of each image,
    and as many between them as there are. Bars are as long as the music says, else as those of the grid."""
    told, starts = decisions(score), score.timeline.start_ticks.tolist()
    own = next((d["beats_per_bar"] for d in told if isinstance(d.get("beats_per_bar"), int)), 0)
    per_bar = own if own > 0 else score.timeline.beats_per_bar
    places = [(_number(d.get("bar")) - 1) * per_bar + _number(d.get("beat")) - 1 for d in told]
    found = []
    for a, b, here, there in zip(starts, starts[1:], places, places[1:], strict=False):
        if math.isfinite(here) and math.isfinite(there) and 0 < there - here <= _MOST_BEATS:
            for beat in range(math.ceil(here), math.ceil(there)):
                found.append((a + (b - a) * (beat - here) / (there - here), beat % per_bar == 0))
    return found


def shares_of(values: np.ndarray, low: float | None = None, high: float | None = None) -> np.ndarray:
    """Values as shares of their range, or of a given one, (n,) in [0, 1]; one half where nothing varies."""
    known = values[np.isfinite(values)]
    if not known.size:
        return np.full(len(values), np.nan)
    low, high = (known.min() if low is None else low), (known.max() if high is None else high)
    return np.clip((values - low) / (high - low), 0, 1) if high > low else np.where(np.isfinite(values), 0.5, np.nan)


def heard_text(parameter: str, value: float) -> str:
    """A counterpart's value as a person reads it: a note's name, a velocity, a number."""
    if parameter == "pitch":
        return theory.note_name(round(value), _PLAIN)
    return f"{value:.0f}" if parameter == "velocity" else f"{value:.1f}"


def runs(values: Iterable[object]) -> list[tuple[int, int, object]]:
    """(first, one after the last, value) of neighbours that are the same.

    >>> runs("aab")
    [(0, 2, 'a'), (2, 3, 'b')]
    """
    found: list[tuple[int, int, object]] = []
    for i, value in enumerate(values):
        if found and found[-1][2] == value:
            found[-1] = (found[-1][0], i + 1, value)
        else:
            found.append((i, i + 1, value))
    return found


def chords(score: Score) -> list[tuple[float, float, str]]:
    """(first beat, last beat, name) of the chords the decisions declare; those of an image share its beats evenly."""
    beats, names = [], []
    starts = score.timeline.start_beats.tolist()
    for start, end, decision in zip(starts[:-1], starts[1:], decisions(score), strict=True):
        several = decision.get("chords")
        here = several if isinstance(several, list | tuple) and several else [decision.get("chord")]
        for k, name in enumerate(here):
            beats.append(start + (end - start) * k / len(here))
            names.append(name if isinstance(name, str) else "")
    beats.append(starts[-1])
    return [(beats[a], beats[b], str(name)) for a, b, name in runs(names)]
