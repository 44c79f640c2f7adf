"""Rhythms of melodies: tables of groups of beats, and bars that are made of them."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...core import TICKS_PER_BEAT, Metre

#: No melody note is shorter, in seconds.
SHORTEST_S = 0.1
#: How far the notes per beat of a group lie from what is wanted, where it is chosen less often.
SPREAD = 0.45

#: Onset and length in ticks, from the start of a bar or a phrase; a note may reach into the next bar.
Rhythm = tuple[tuple[int, int], ...]

#: Groups of one to three beats that are divided in two: lengths in beats, and how usual they are.
_SIMPLE = {
    1: (
        ("1", 3.0), ("1/2 1/2", 3.0), ("3/4 1/4", 1.0), ("1/2 1/4 1/4", 0.8), ("1/4 1/4 1/2", 0.6),
        ("1/4 1/4 1/4 1/4", 0.5), ("1/3 1/3 1/3", 0.35), ("1/4 1/2 1/4", 0.2),
    ),
    2: (
        ("2", 1.0), ("1 1", 2.5), ("3/2 1/2", 3.0), ("1 1/2 1/2", 2.0), ("1/2 1/2 1", 2.0), ("1/2 1 1/2", 0.8),
        ("1/2 1/2 1/2 1/2", 1.2), ("3/4 1/4 1", 1.0), ("1 3/4 1/4", 0.6), ("3/2 1/4 1/4", 1.0),
        ("1 1/4 1/4 1/4 1/4", 0.4), ("1/2 1/4 1/4 1", 0.7), ("1/4 1/4 1/2 1", 0.3), ("1 1/3 1/3 1/3", 0.3),
        ("1/2 1/4 1/4 1/2 1/2", 0.5), ("1/2 3/2", 0.3),
    ),
    3: (
        ("3", 0.5), ("2 1", 3.0), ("1 2", 1.0), ("1 1 1", 2.0), ("3/2 1/2 1", 2.5), ("2 1/2 1/2", 1.5),
        ("1 1/2 1/2 1", 1.5), ("1 1 1/2 1/2", 1.0), ("1/2 1/2 1 1", 0.8), ("3/2 1/2 1/2 1/2", 0.8),
        ("1 1/2 1/2 1/2 1/2", 0.7), ("1/2 1/2 1/2 1/2 1", 0.6), ("3/4 1/4 1 1", 0.6), ("3/2 1/4 1/4 1", 0.6),
        ("2 1/2 1/4 1/4", 0.5), ("1/3 1/3 1/3 2", 0.2),
    ),
}  # fmt: skip
#: The same for beats that are divided in three.
_COMPOUND = {
    1: (
        ("1", 2.0), ("2/3 1/3", 3.5), ("1/3 1/3 1/3", 3.0), ("1/2 1/6 1/3", 0.8), ("1/3 2/3", 0.3),
        ("1/3 1/6 1/6 1/3", 0.5), ("1/3 1/3 1/6 1/6", 0.5), ("1/6 1/6 1/6 1/6 1/6 1/6", 0.2),
    ),
    2: (
        ("2", 0.8), ("2/3 1/3 2/3 1/3", 2.5), ("1 2/3 1/3", 2.5), ("2/3 1/3 1", 2.5), ("1/3 1/3 1/3 1", 2.0),
        ("1 1/3 1/3 1/3", 2.0), ("1 1", 1.0), ("5/3 1/3", 1.5), ("2/3 1/3 1/3 1/3 1/3", 1.5),
        ("1/2 1/6 1/3 1", 0.7), ("1/3 1/3 1/3 2/3 1/3", 1.2), ("1 1/3 1/6 1/6 1/3", 0.5),
    ),
    3: (("2 1", 2.0), ("2 2/3 1/3", 2.0), ("2/3 1/3 2/3 1/3 1", 2.0), ("1/3 1/3 1/3 2", 1.0), ("5/3 1/3 1", 1.0)),
}  # fmt: skip
#: Lengths of the upbeats before a phrase, in beats, and how usual they are.
_PICKUPS = (("1/2", 2.5), ("1", 1.5), ("1/2 1/2", 1.5), ("3/4 1/4", 0.8), ("1/4 1/4", 1.2), ("1/3 1/3 1/3", 0.2))
_COMPOUND_PICKUPS = (("1/3", 3.0), ("2/3 1/3", 0.8), ("1/3 1/3", 1.0), ("1/6 1/6", 0.7))


@dataclass(frozen=True)
class RhythmStyle:
    """What rhythms are chosen by.

    Parameters
    ----------
    metre : Metre
    seconds_per_beat : float
    notes_per_quarter : float
        About how many.
    ornaments : float
        How usual sixteenths and triplets are, [0, 1].
    is_long : bool
        Whether two bars of two beats count as one bar of a theme.
    """

    metre: Metre
    seconds_per_beat: float
    notes_per_quarter: float
    ornaments: float
    is_long: bool = False

    @property
    def groups(self) -> tuple[int, ...]:
        """Groups of beats of what counts as a bar of a theme."""
        groups = tuple(part for each in self.metre.groups for part in groups_of(each))
        return groups * 2 if self.is_long and sum(groups) == 2 else groups

    @property
    def beats(self) -> int:
        """Beats of what counts as a bar of a theme."""
        return sum(self.groups)

    @property
    def bar(self) -> int:
        """Ticks of what counts as a bar of a theme."""
        return self.beats * TICKS_PER_BEAT

    @property
    def is_compound(self) -> bool:
        """Whether beats are divided in three."""
        return self.metre.division == 3

    @property
    def shortest(self) -> int:
        """Ticks of the shortest note."""
        return math.ceil(SHORTEST_S / self.seconds_per_beat * TICKS_PER_BEAT - 1e-6)


@functools.cache
def lengths_of(text: str) -> tuple[int, ...]:
    """Return the ticks of lengths in beats.

    Examples
    --------
    >>> lengths_of("1 1/2")
    (960, 480)
    """
    return tuple(round(TICKS_PER_BEAT * Fraction(each)) for each in text.split())


def group(beats: int, style: RhythmStyle, rng: np.random.Generator) -> tuple[int, ...]:
    """Return the lengths, in ticks, of the notes of a group of 1 to 3 beats."""
    rows = (_COMPOUND if style.is_compound else _SIMPLE)[beats]
    return _draw(rows, style, rng, beats)


def pickup(style: RhythmStyle, rng: np.random.Generator) -> Rhythm:
    """Return a rhythm before the downbeat, with starts below 0."""
    lengths = _draw(_COMPOUND_PICKUPS if style.is_compound else _PICKUPS, style, rng, None)
    return _placed(lengths, -sum(lengths))


def bar(style: RhythmStyle, rng: np.random.Generator, beats: int | None = None) -> Rhythm:
    """Return the rhythm of a bar, or of `beats`."""
    groups = style.groups if beats is None else groups_of(beats)
    return _placed(list(itertools.chain.from_iterable(group(each, style, rng) for each in groups)))


def closing(beats: int, style: RhythmStyle, rng: np.random.Generator, is_cut: bool = False) -> Rhythm:
    """Return a rhythm of `beats` whose last note is the longest: a cadence.

    Where the end `is_cut`, by the pickup of the next phrase, that note begins earlier.
    """
    last = min(max(1, beats // 2) + is_cut, 3, beats)
    before = beats - last
    if before and beats <= 3 and rng.random() < 0.3:
        return ((0, beats * TICKS_PER_BEAT),)
    lead = [length for each in groups_of(before) for length in group(each, style, rng)] if before else []
    return _placed([*lead, last * TICKS_PER_BEAT])


def groups_of(beats: int) -> tuple[int, ...]:
    """Return so many beats in groups of two, the last one of three if they are odd.

    Examples
    --------
    >>> groups_of(1), groups_of(3), groups_of(7)
    ((1,), (3,), (2, 2, 3))
    """
    if beats < 2:
        return (1,) * beats
    return (2,) * (beats // 2) if beats % 2 == 0 else (*(2,) * (beats // 2 - 1), 3)


def joined(bars: Sequence[Rhythm], length: int) -> Rhythm:
    """Return the notes of bars of `length` ticks, one after another."""
    return tuple((i * length + start, ticks) for i, each in enumerate(bars) for start, ticks in each)


def tied(rhythm: Rhythm, at: int) -> Rhythm:
    """Return a rhythm in which the note that ends at a tick is held over the one that starts there.

    Examples
    --------
    >>> tied(((0, 2), (2, 2), (4, 4)), 4)
    ((0, 2), (2, 6))
    """
    index = next((i for i, (start, _) in enumerate(rhythm) if start == at), 0)
    if index == 0 or sum(rhythm[index - 1]) != at:
        return rhythm
    start, length = rhythm[index - 1]
    return (*rhythm[: index - 1], (start, length + rhythm[index][1]), *rhythm[index + 1 :])


def signed(rhythm: Rhythm, signature: Sequence[bool]) -> Rhythm:
    """Return a rhythm whose first beats follow a signature: two eighths where it is true, one note where not.

    Examples
    --------
    >>> signed(((0, 2880), (2880, 960)), (True, False))
    ((0, 480), (480, 480), (960, 1920), (2880, 960))
    """
    end = len(signature) * TICKS_PER_BEAT
    starts = {start for start, _ in rhythm if start < 0 or start >= end}
    for beat, is_halved in enumerate(signature):
        starts |= {beat * TICKS_PER_BEAT, beat * TICKS_PER_BEAT + TICKS_PER_BEAT // 2 * is_halved}
    last = max(start + length for start, length in rhythm)
    starts = {start for start in starts if start < last}
    return tuple((a, b - a) for a, b in itertools.pairwise([*sorted(starts), last]))


def _placed(lengths: Sequence[int], start: int = 0) -> Rhythm:
    starts = [*itertools.accumulate(lengths, initial=start)]
    return tuple(zip(starts[:-1], lengths, strict=True))


def _draw(
    rows: Sequence[tuple[str, float]], style: RhythmStyle, rng: np.random.Generator, beats: int | None
) -> tuple[int, ...]:
    """One of the rows: usual, about as busy as wanted, and with no note too short."""
    patterns = [lengths_of(text) for text, _ in rows]
    weights = np.array([weight * _suits(each, style, beats) for each, (_, weight) in zip(patterns, rows, strict=True)])
    if not weights.sum() > 0:
        return max(patterns, key=min)
    return patterns[int(rng.choice(len(patterns), p=weights / weights.sum()))]


def _suits(lengths: tuple[int, ...], style: RhythmStyle, beats: int | None) -> float:
    if min(lengths) < style.shortest:
        return 0.0
    quarters = float(style.metre.quarters)
    density = 0.0 if beats is None else len(lengths) / (beats * quarters) - style.notes_per_quarter
    weight = math.exp(-((density / SPREAD) ** 2))
    sixteenth = TICKS_PER_BEAT // style.metre.sixteenths
    is_ornament = min(lengths) <= sixteenth or (not style.is_compound and TICKS_PER_BEAT // 3 in lengths)
    return weight * (3.0 * style.ornaments if is_ornament else 1.0)
