"""The harmonic rhythm: how long chords last, phrase by phrase, and what each is for.

A phrase is counted in units: an image, three to five beats of a longer one, or two images that are short. Its end is a
cadence of fixed functions. Before it, chords last half a unit to four units, by the weights of the genre: long ones
where the phrase begins, short ones towards the cadence. The theme of a phrase draws the lengths of its first half, so
that they return with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core import Timeline
from . import form
from .form import FINAL, HALF, PLAGAL, Phrase

#: What the chord of a segment is for. The opening returns with the theme; the others are chosen by the images. A
#: PREPARATION is a predominant or a submediant before a dominant.
OPENING, BODY = "opening", "body"
PREPARATION, SIX_FOUR, DOMINANT_OF, SUBDOMINANT, CLOSE = (
    "dominant preparation",
    "six-four",
    "dominant",
    "subdominant",
    "close",
)
#: Lengths of chords in units, as `Genre.harmonic_rhythm` weights them.
LENGTHS = (0.5, 1.0, 2.0, 4.0)
#: Lengths of the chords of a group of so many units that is repeated; of other groups, a unit each.
REPEATED = {2: ((1.5, 0.5),), 3: ((2.0, 1.0), (1.0, 1.0, 1.0)), 4: ((3.0, 1.0), (2.5, 1.5))}
#: A unit lasts at least so long, in seconds.
LEAST_UNIT_S = 0.8
#: Exponent of the length of a chord in its weight, as a phrase begins and how much less over eight units.
SLOW_START, FASTER = 0.8, 2.0
#: Endings of a phrase: (units, function) of each chord before the last.
_Pattern = tuple[tuple[float, str], ...]
CLOSED: tuple[_Pattern, ...] = (
    ((1, PREPARATION), (1, DOMINANT_OF)),
    ((0.5, PREPARATION), (0.5, DOMINANT_OF)),
    ((1, PREPARATION), (0.5, SIX_FOUR), (0.5, DOMINANT_OF)),
    ((0.5, PREPARATION), (0.5, PREPARATION), (1, DOMINANT_OF)),
    ((2, PREPARATION), (1, DOMINANT_OF)),
    ((2, PREPARATION), (2, DOMINANT_OF)),
    ((2, DOMINANT_OF),),
)
OPEN: tuple[_Pattern, ...] = (
    ((1, PREPARATION),),
    ((0.5, PREPARATION), (0.5, PREPARATION)),
    ((1, PREPARATION), (1, SIX_FOUR)),
    ((2, PREPARATION),),
)
PLAGAL_ENDS: tuple[_Pattern, ...] = (((1, SUBDOMINANT),), ((2, SUBDOMINANT),))


@dataclass(frozen=True, slots=True)
class Segment:
    """Beats under one chord.

    Parameters
    ----------
    beat, beats : int
        First beat and length.
    units : float
        Length in units.
    role : str
        OPENING, BODY or a function of the cadence: PREPARATION, SIX_FOUR, DOMINANT_OF, SUBDOMINANT, CLOSE.
    place : int, optional
        Its place in a group of chords that is repeated.
    """

    beat: int
    beats: int
    units: float
    role: str
    place: int | None = None


@dataclass(frozen=True, slots=True)
class _Grid:
    """The units of a phrase: the beat at which each starts, and the end; `per_bar` of them in a bar and
    `per_image` in an image, at least 1."""

    edges: tuple[int, ...]
    per_bar: int
    beats_per_bar: int
    per_image: int = 1

    def __len__(self) -> int:
        return len(self.edges) - 1

    def halves(self, k: int) -> int | None:
        """The beat in the middle of a unit, None if it has only one."""
        first, last = self.edges[k : k + 2]
        return first + (last - first + 1) // 2 if last - first > 1 else None

    def begins_bar(self, k: int) -> bool:
        """Whether a unit begins a bar, counted from the start of the phrase."""
        return (self.edges[k] - self.edges[0]) % self.beats_per_bar == 0


def plan_rhythm(
    timeline: Timeline,
    phrases: Sequence[Phrase],
    weights: Sequence[float],
    rng: np.random.Generator,
    repeated: bool = False,
) -> list[list[Segment]]:
    """Return the segments of every phrase, each under one chord.

    Parameters
    ----------
    timeline : Timeline
    phrases : sequence of Phrase
        Counted in images.
    weights : (4,) sequence of float
        Of chords that last as long as LENGTHS; see `Genre.harmonic_rhythm`.
    rng : numpy.random.Generator
        Draws the rhythm of each theme.
    repeated : bool
        Whether the chords of a bar are repeated up to the cadence, as for a canon.
    """
    themes = {theme: rng.random((3, 24)) for theme in "ABCD"}
    slots = form.make_slots(timeline)
    of_image: list[list[form.Slot]] = [[] for _ in timeline.beats]
    for slot in slots:
        of_image[slot.image].append(slot)
    seconds = 60 / timeline.tempo_bpm
    found = []
    for phrase in phrases:
        inside = [slot for image in range(phrase.first, phrase.last) for slot in of_image[image]]
        is_last = phrase.last == len(timeline.beats)
        grid = _grid(inside, is_last, seconds, timeline.beats_per_bar)
        found.append(_phrase_rhythm(grid, phrase, weights, themes[phrase.theme], repeated))
    return found


def _grid(slots: Sequence[form.Slot], is_last: bool, seconds_per_beat: float, bar: int) -> _Grid:
    """The units of a phrase; the last image of a piece is one of its own."""
    edges = [slots[0].beat]
    for slot, after in itertools.zip_longest(slots, slots[1:]):
        end = slot.beat + slot.beats
        lasts = (end - edges[-1]) * seconds_per_beat >= LEAST_UNIT_S
        if after is None or lasts or (is_last and after is slots[-1]):
            edges.append(end)
    usual = sorted(b - a for a, b in itertools.pairwise(edges))[len(edges) // 2 - 1]
    images = len({slot.image for slot in slots})
    return _Grid(tuple(edges), max(1, round(bar / usual)), bar, max(1, round((len(edges) - 1) / images)))


def _phrase_rhythm(
    grid: _Grid, phrase: Phrase, weights: Sequence[float], drawn: np.ndarray, repeated: bool
) -> list[Segment]:
    """The segments of a phrase: those of its theme, those of the images, its cadence."""
    units = len(grid)
    if repeated and (found := _repeated(grid, phrase.cadence, float(drawn[0, 0]))):
        return found
    ending, close = _ending(grid, phrase.cadence, weights, float(drawn[2, _index(phrase.cadence)]))
    before = units - close - round(sum(length for length, _ in ending))
    half = min(before, max(units // 2, 2 * grid.per_bar))
    lengths = [*_lengths(grid, 0, half, weights, drawn[0]), *_lengths(grid, half, before, weights, drawn[1])]
    rows: list[tuple[float, str]] = []
    at = 0.0
    for length in lengths:
        rows.append((length, OPENING if at < half else BODY))
        at += length
    return _placed(grid, [*rows, *ending, (float(close), CLOSE)])


def _repeated(grid: _Grid, cadence: str, number: float) -> list[Segment]:
    """Chords of a bar or more that are repeated up to a short cadence; none where a phrase is too short for that."""
    before, group = len(grid) - 2, max(2, grid.per_bar)
    if grid.per_image > 1 and before >= 4 * grid.per_image:
        group = 2 * grid.per_image
    can_halve = all(grid.halves(k) is not None for k in range(max(before, 0)))
    options = REPEATED.get(group, ((1.0,) * group,))
    lengths = options[int(number * len(options))] if can_halve or group > 2 else (1.0,) * group
    if before < 2 * group:
        if before < 2 or grid.per_bar > 1 or not can_halve:
            return []
        lengths = (0.5, 0.5)
    rows: list[tuple[float, str]] = []
    while (at := sum(length for length, _ in rows)) < before:
        rows.append((min(lengths[len(rows) % len(lengths)], before - at), OPENING))
    found = _placed(grid, [*rows, *_short_ending(grid, cadence), (1.0, CLOSE)])
    return [replace(each, place=k % len(lengths)) if k < len(rows) else each for k, each in enumerate(found)]


def _short_ending(grid: _Grid, cadence: str) -> _Pattern:
    """The chord before the last one of a short cadence, or two where its unit can be divided."""
    usual = CLOSED[1] if grid.halves(len(grid) - 2) is not None else ((1, DOMINANT_OF),)
    short: dict[str, _Pattern] = {HALF: OPEN[0], PLAGAL: PLAGAL_ENDS[0]}
    return short.get(cadence, usual)


def _index(cadence: str) -> int:
    return {HALF: 0, FINAL: 1, PLAGAL: 2}.get(cadence, 3)


def _placed(grid: _Grid, rows: Sequence[tuple[float, str]]) -> list[Segment]:
    """The segments of (units, role), in beats; halves of a unit that cannot be divided become one, of the later."""
    found: list[Segment] = []
    at = 0.0
    for length, role in rows:
        start, end = (_beat(grid, each) for each in (at, at + length))
        at += length
        if end > start:
            found.append(Segment(start, end - start, length, role))
    return found


def _beat(grid: _Grid, at: float) -> int:
    """The beat at a place in units; the start of a unit for the middle of one that cannot be divided."""
    k = int(at)
    middle = grid.halves(k) if at != k else None
    return grid.edges[k] if middle is None else middle


def _lengths(grid: _Grid, first: int, last: int, weights: Sequence[float], drawn: np.ndarray) -> list[float]:
    """Lengths of chords that fill the units from `first` to `last`, excluded."""
    found: list[float] = []
    at = first
    while at < last:
        exponent = SLOW_START - FASTER * (at if first == 0 else at * 8 / len(grid)) / 8
        options = [
            (length, weight * length**exponent * (0.5 if length < 1 else 1.0))
            for length, weight in zip(LENGTHS, weights, strict=True)
            if at + length <= last and (length < 1 or (at - first) % length == 0)
            and (length >= 1 or (at > 0 and grid.halves(at) is not None))
        ]  # fmt: skip
        length = _drawn(options, float(drawn[at % len(drawn)])) or 1.0
        found += [length] if length >= 1 else [length, length]
        at += max(1, int(length))
    return found


def _drawn(options: Sequence[tuple[float, float]], number: float) -> float | None:
    """One of several (value, weight) by a number in [0, 1); None where all weights are 0."""
    total = sum(weight for _, weight in options)
    at = 0.0
    for value, weight in options:
        at += weight
        if weight and number * total < at:
            return value
    return None


def _ending(grid: _Grid, cadence: str, weights: Sequence[float], number: float) -> tuple[_Pattern, int]:
    """(chords before the last, units of the last chord) of the cadence of a phrase."""
    units = len(grid)
    if units == 1:
        return (), 1
    is_strong = units % 2 == 0 or grid.begins_bar(units - 2)
    close = 2 if units >= 6 and cadence != FINAL and is_strong and weights[2] + weights[3] > 0 else 1
    if units <= 3:
        return (() if cadence == HALF and units == 2 else _short_ending(grid, cadence)), 1
    patterns = OPEN if cadence == HALF else PLAGAL_ENDS if cadence == PLAGAL else CLOSED
    weight = dict(zip(LENGTHS, weights, strict=True))
    options = [
        (float(i), float(np.prod([weight[length] ** (1 / len(each)) for length, _ in each])) + 1e-6)
        for i, each in enumerate(patterns)
        if _fits(each, units - close, units // 2 if units >= 6 else 1)
    ]
    pattern = patterns[int(_drawn(options, number) or 0)]
    return pattern, 1 if pattern[-1] == (1, SIX_FOUR) else close


def _fits(pattern: _Pattern, end: int, least: int) -> bool:
    """Whether a pattern that ends at unit `end` leaves `least` units before it, and begins long chords on even ones."""
    starts = [end - sum(length for length, _ in pattern[k:]) for k in range(len(pattern))]
    is_aligned = all(length < 2 or start % 2 == 0 for start, (length, _) in zip(starts, pattern, strict=True))
    return is_aligned and starts[0] >= least
