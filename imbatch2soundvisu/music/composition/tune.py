"""The pitches of a tune: the line of least cost through all its notes (Viterbi over pairs of adjacent pitches).

Steps go on in their direction, leaps are answered by a step back, notes on strong beats belong to the chord, other
tones are passing or neighbour notes, and no parallels are made with the bass. A note may be asked to have a certain
pitch, as where a theme returns; it has another one only where its chord does not allow it.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

#: Cost of what must not be.
FORBIDDEN = 60.0
#: Cost of each size of an interval, in semitones; of wider ones, more by WIDER each.
SIZES = (1.6, 0.0, 0.0, 0.7, 0.8, 1.2, 4.5, 1.6, 2.6, 3.0, 6.0, 7.0, 3.2)
WIDER = 2.0
#: From so many semitones an interval is a leap; up to so many it is a step, or no more than a third.
LEAP, STEP, THIRD = 5, 2, 4
#: Tones of a scale from which those outside a chord are reached and left by step.
FULL_SCALE = 7
#: Cost of a step back after a step, of going on after a leap or leaping back, of two notes in turn, and of a third
#: repeated note.
BACK, GOING_ON, LEAPING_BACK, IN_TURN, REPEATED = 0.7, 2.0, 1.2, 0.5, 3.0
#: Cost of a tone outside the chord on a strong beat, on a beat, and between beats; of leaping to or from one.
STRONG, ON_BEAT, OFFBEAT, LEAPT_TO, LEAPT_FROM = 30.0, 2.2, 0.3, 3.5, 4.0
#: Cost of another pitch than the one asked for, and of each semitone in between.
ANOTHER, EACH_SEMITONE = 6.0, 0.5
#: Cost of another direction than the one asked for.
OTHER_WAY = 5.0
#: Cost of each semitone by which the last interval of a piece is wider than a third.
CLOSING_LEAP = 4.0
#: Weight of the squared distance from the curve of the phrase.
CURVE = 0.1


@dataclass(frozen=True, slots=True)
class Place:
    """A note whose pitch is sought.

    Parameters
    ----------
    scale, chord : frozenset of int
        Pitch classes of the melody and of the chord as the note starts.
    held : frozenset of int
        Pitch classes of the chord that starts while the note sounds; empty for none.
    weight : int
        2 on a strong beat, 1 on a beat, 0 between beats.
    bass : int
    centre : float
        The pitch that the curve of the phrase has here.
    wanted : int, optional
        The pitch that is asked for.
    pull : float
        How much another pitch than the one asked for costs, 1 for a theme that returns.
    allowed : frozenset of int
        The only pitch classes that are possible; empty for all.
    rise : int, optional
        The direction from the note before that is asked for: 1 up, -1 down, 0 the same pitch.
    is_last : bool
        Whether it is the last note of the piece, which is reached by a step or a third rather than kept to the curve.
    """

    scale: frozenset[int]
    chord: frozenset[int]
    held: frozenset[int]
    weight: int
    bass: int
    centre: float
    wanted: int | None = None
    pull: float = 1.0
    allowed: frozenset[int] = frozenset()
    rise: int | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The pitches of a line, and what they cost on average."""

    pitches: tuple[int, ...]
    cost: float


def find_line(
    places: Sequence[Place],
    limits: tuple[int, int],
    before: tuple[int, int] | None = None,
    avoided: Collection[tuple[int, int]] = (),
) -> Line:
    """Return the cheapest line.

    Parameters
    ----------
    places : sequence of Place
        In time, at least one.
    limits : (int, int)
        Lowest and highest pitch.
    before : (int, int), optional
        Pitch and bass before the first note, with which no parallels are made.
    avoided : collection of (int, int)
        Pairs of a place and a pitch that it must not have.
    """
    low, high = _range(places, limits)
    pitches = np.arange(low, high + 1)
    own = np.stack([_own_costs(place, pitches) for place in places])
    for index, pitch in avoided:
        if low <= pitch <= high:
            own[index, pitch - low] += FORBIDDEN
    if before is not None:
        own[0] += _parallels(np.array([before[0]]), pitches, before[1], places[0].bass)[0]
    if len(places) == 1:
        best = int(own[0].argmin())
        return Line((int(pitches[best]),), float(own[0, best]))
    total = np.ascontiguousarray((own[0][:, None] + own[1] + _pair_costs(places[0], places[1], pitches)).T)
    back: list[np.ndarray] = []
    turns, flat = turn_costs(len(pitches)), np.arange(len(pitches) ** 2)
    for i in range(2, len(places)):
        sums = total[:, None, :] + turns  # (pitch, next pitch, pitch before): the least of the last axis is sought
        pointers = sums.argmin(axis=2)
        back.append(pointers)
        least = sums.reshape(len(flat), -1)[flat, pointers.ravel()].reshape(total.shape)
        total = np.ascontiguousarray((least + own[i] + _pair_costs(places[i - 1], places[i], pitches)).T)
    b, a = np.unravel_index(int(total.argmin()), total.shape)
    line = [int(b), int(a)]
    for pointers in reversed(back):
        line.append(int(pointers[line[-1], line[-2]]))
    return Line(tuple(int(pitches[k]) for k in reversed(line)), float(total.min()) / len(places))


def _range(places: Sequence[Place], limits: tuple[int, int]) -> tuple[int, int]:
    """The pitches to search: around the curve and what is asked for, an octave or more where the limits allow it."""
    asked = [place.wanted for place in places if place.wanted is not None]
    centres = [place.centre for place in places]
    low = min(round(min(centres)) - 8, min(asked, default=127) - 3, limits[1] - 12)
    high = max(round(max(centres)) + 8, max(asked, default=0) + 3, limits[0] + 12)
    return max(limits[0], low), min(limits[1], high)


def _own_costs(place: Place, pitches: np.ndarray) -> np.ndarray:
    """(pitches,) cost of each pitch of one note by itself."""
    classes = pitches % 12
    weak = (OFFBEAT, ON_BEAT) if len(place.scale) >= FULL_SCALE else (0.0, 0.0)
    costs = (*weak, STRONG)[place.weight] * _outside(place.chord)[classes]
    costs += FORBIDDEN * _outside(place.scale)[classes]
    if place.held:
        costs += STRONG * _outside(place.held)[classes]
    if place.allowed:
        costs += FORBIDDEN * _outside(place.allowed)[classes]
    if place.is_last:
        return costs
    if place.wanted is None:
        return costs + CURVE * (pitches - place.centre) ** 2
    away = np.abs(pitches - place.wanted)
    return costs + place.pull * (ANOTHER * (away > 0) + EACH_SEMITONE * away)


@functools.cache
def _outside(classes: frozenset[int]) -> np.ndarray:
    """(12,) 1 for each pitch class that is not among some."""
    return np.array([float(pc not in classes) for pc in range(12)])


def _pair_costs(before: Place, after: Place, pitches: np.ndarray) -> np.ndarray:
    """(pitches, pitches) cost of each interval from one note to the next."""
    classes, count = pitches % 12, len(pitches)
    apart = LEAPT_FROM * _outside(before.chord)[classes][:, None] + LEAPT_TO * _outside(after.chord)[classes]
    costs = size_costs(count)
    if min(len(before.scale), len(after.scale)) >= FULL_SCALE:  # in scales of fewer tones all may be leapt to
        costs = costs + apart * is_wide(count)
    if after.is_last:
        costs = costs + CLOSING_LEAP * _beyond_thirds(count)
    if after.rise is not None:
        costs = costs + OTHER_WAY * _is_other_way(count, after.rise)
    if before.bass != after.bass:
        costs = costs + _parallels(pitches, pitches, before.bass, after.bass)
    return costs


def _parallels(upper: np.ndarray, then: np.ndarray, bass: int, next_bass: int) -> np.ndarray:
    """(upper, then) FORBIDDEN where the line and the bass move in parallel fifths or octaves."""
    up, interval = then[None, :] - upper[:, None], (upper - bass) % 12
    same = ((interval == 0) | (interval == 7))[:, None] & (interval[:, None] == (then[None, :] - next_bass) % 12)
    return np.where(same & (up * (next_bass - bass) > 0), FORBIDDEN, 0.0)


@functools.cache
def size_costs(count: int) -> np.ndarray:
    """Return the cost of each interval between `count` adjacent pitches, (count, count)."""
    sizes = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    table = np.array([*SIZES, *(SIZES[12] + WIDER * (n - 12) for n in range(13, max(count, 13) + 1))])
    return table[sizes]


@functools.cache
def _is_other_way(count: int, rise: int) -> np.ndarray:
    """(count, count) which intervals between adjacent pitches go another way than asked for."""
    index = np.arange(count)
    ways: np.ndarray = np.sign(np.subtract.outer(index, index)).T
    return ways != rise


@functools.cache
def _beyond_thirds(count: int) -> np.ndarray:
    """(count, count) semitones by which intervals between adjacent pitches are wider than a third."""
    index = np.arange(count)
    return np.maximum(0, np.abs(np.subtract.outer(index, index)) - THIRD)


@functools.cache
def is_wide(count: int) -> np.ndarray:
    """Return which intervals between `count` adjacent pitches are wider than a step, (count, count)."""
    return np.abs(np.subtract.outer(np.arange(count), np.arange(count))) > STEP


@functools.cache
def turn_costs(count: int) -> np.ndarray:
    """Return the cost of each two intervals in succession, (count, count, count): of a pitch, the next, the one before.

    The pitch before is the last axis, along which `find_line` searches.
    """
    index = np.arange(count)
    first, second = (index[None, :] - index[:, None])[:, :, None], (index[None, :] - index[:, None])[None, :, :]
    was_step, was_leap = (np.abs(first) <= STEP) & (first != 0), np.abs(first) >= LEAP
    is_back, is_on = first * second < 0, first * second > 0
    costs = np.where(was_step & is_back, BACK, 0.0)
    costs = costs + np.where(was_leap & is_on, GOING_ON, 0.0)
    costs += np.where(was_leap & is_back & (np.abs(second) > 4), LEAPING_BACK, 0.0)
    costs += np.where(was_leap & (second == 0), 0.8, 0.0)
    costs += np.where((first == -second) & (first != 0), IN_TURN, 0.0)
    costs += np.where((first == 0) & (second == 0), REPEATED, 0.0)
    return np.ascontiguousarray(costs.transpose(1, 2, 0))


def theme_penalty(pitches: Sequence[int], lengths: Sequence[int]) -> float:
    """Return how far a tune is from a singable one with a climax, 0 and up.

    Counted are a compass below a fifth or above a tenth, a highest note that comes twice or first, no leap or several,
    few different pitches, and few or many notes.
    """
    moves = np.abs(np.diff(pitches))
    compass, leaps = max(pitches) - min(pitches), int((moves >= LEAP).sum())
    found = 0.25 * max(0, 7 - compass) + 0.2 * max(0, compass - 15)
    found += 0.3 * (list(pitches).count(max(pitches)) > 1) + 0.3 * (pitches[0] == max(pitches))
    found += 0.3 * (leaps == 0) + 0.4 * max(0, leaps - 2)
    found += 0.3 * max(0, 4 - len(set(pitches))) + 0.3 * max(0, 5 - len(pitches)) + 0.15 * max(0, len(pitches) - 13)
    return found + 0.3 * (len(set(lengths)) < 2)
