"""What a score declares, image by image: decisions, form, chords, tension, beats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...core import Score
from ...music.analysis.feature_correlation import counterparts
from ...music.analysis.score_queries import chord_starts

_MOST_BEATS = 64  # of one image; more is a jump to another place of a recording


def decisions(score: Score) -> list[Mapping[str, Any]]:
    """Return a mapping for each image; an empty one where the score has no decision."""
    found: list[Mapping[str, Any]] = [*score.decisions, *({} for _ in score.timeline.beats)]
    return found[: len(score.timeline.beats)]


def form(decision: Mapping[str, Any]) -> tuple[object, object, object]:
    """Return (section, phrase, key) where an image begins.

    The key is that of the phrase where the music declares it: the chord that leads to the next phrase may already be in
    the next key.
    """
    return decision.get("section"), decision.get("phrase"), decision.get("phrase_key") or decision.get("key")


def tension(score: Score) -> tuple[np.ndarray, bool]:
    """Return the tension of each image, (n,) in [0, 1] with NaN where unknown, and whether the music declares it.

    Otherwise it is the mean of pitch, loudness and density of the notes of each image, each within its range.
    """
    declared = [each.get("tension") for each in decisions(score)]
    if all(isinstance(value, int | float) and math.isfinite(value) for value in declared):
        return np.clip(np.array(declared, np.float64), 0, 1), True
    if not score.notes:
        return np.full(len(score.timeline.beats), np.nan), False
    levels = np.array([relative(values) for values in counterparts(score).values()])
    known = np.isfinite(levels)
    with np.errstate(invalid="ignore"):
        return relative(np.where(known, levels, 0).sum(axis=0) / known.sum(axis=0)), False


def declared_beats(score: Score) -> list[tuple[float, bool]]:
    """Return (tick, whether it begins a bar) of the beats of music without notes.

    Decisions declare the bar and beat of each image; beats between two images are evenly spaced. Bars have the length
    that the music declares, else that of the timeline.
    """
    declared, starts = decisions(score), score.timeline.start_ticks.tolist()
    declared_length = next((d["beats_per_bar"] for d in declared if isinstance(d.get("beats_per_bar"), int)), 0)
    per_bar = declared_length if declared_length > 0 else score.timeline.beats_per_bar
    places = [(number(d.get("bar")) - 1) * per_bar + number(d.get("beat")) - 1 for d in declared]
    found = []
    for a, b, here, there in zip(starts, starts[1:], places, places[1:], strict=False):
        if math.isfinite(here) and math.isfinite(there) and 0 < there - here <= _MOST_BEATS:
            for beat in range(math.ceil(here), math.ceil(there)):
                found.append((a + (b - a) * (beat - here) / (there - here), beat % per_bar == 0))
    return found


def chords(score: Score) -> list[tuple[float, float, str]]:
    """Return (first beat, last beat, name) of the declared chords; see `chord_starts`."""
    beats, names = [], []
    starts = score.timeline.start_beats.tolist()
    for start, end, decision in zip(starts[:-1], starts[1:], decisions(score), strict=True):
        several = decision.get("chords")
        here = several if isinstance(several, list | tuple) and several else [decision.get("chord")]
        for at, name in zip(chord_starts(decision, end - start, len(here)), here, strict=True):
            beats.append(start + at)
            names.append(name if isinstance(name, str) else "")
    beats.append(starts[-1])
    return [(beats[a], beats[b], str(name)) for a, b, name in runs(names)]


def runs(values: Iterable[object]) -> list[tuple[int, int, object]]:
    """Return (first, one after the last, value) of runs of equal values.

    Examples
    --------
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


def relative(values: np.ndarray, low: float | None = None, high: float | None = None) -> np.ndarray:
    """Return (n,) values as positions in their range, or in a given one, [0, 1]; one half where nothing varies."""
    known = values[np.isfinite(values)]
    if not known.size:
        return np.full(len(values), np.nan)
    low, high = (known.min() if low is None else low), (known.max() if high is None else high)
    return np.clip((values - low) / (high - low), 0, 1) if high > low else np.where(np.isfinite(values), 0.5, np.nan)


def number(value: object) -> float:
    """Return a number as float, anything else as NaN."""
    return float(value) if isinstance(value, int | float) else math.nan
