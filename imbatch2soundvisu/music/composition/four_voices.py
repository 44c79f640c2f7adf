"""Four-part writing: alto and tenor between a melody and a bass, the cheapest pair of lines (Viterbi).

Chords are complete where that is possible, their third is never missing where it can be played, and no two of the four
voices move in parallel fifths or octaves where another way is left.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import voice_leading
from ..theory import Chord
from .harmony import HarmonicPlan
from .piece_index import PieceIndex
from .spans import ChordSpan

#: Tenor and alto.
Pair = tuple[int, int]
_Range = tuple[int, int]
#: Pairs that are compared at every moment.
KEPT = 10
#: Cost of parallels between any two voices, of a semitone of motion, and of each semitone more than a third.
PARALLEL, STEP, LEAP = 20.0, 0.35, 0.6
#: Cost where a voice goes beyond the place that the other had.
OVERLAP = 1.5
#: Cost of each semitone by which the distances of the upper voices differ.
EVEN = 0.08
#: Cost of a chord without its third, its seventh and its fifth.
NO_THIRD, NO_SEVENTH, NO_FIFTH = 9.0, 4.0, 1.2
#: Cost of two leading tones or sevenths, and of two thirds in root position.
DOUBLED, TWO_THIRDS = 8.0, 1.0
#: Cost of two voices on one pitch, and of each semitone beyond an octave between adjacent upper voices.
UNISON, FAR = 4.0, 1.5
#: Cost of less than a third between tenor and bass below LOW_TENOR.
MUDDY, LOW_TENOR = 2.0, 52
#: The widest interval from the melody down to the alto, and from the alto to the tenor.
WIDEST = 15
#: Cost of a seventh that does not fall by step or stay.
UNRESOLVED = 3.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What the inner voices have between them.

    Parameters
    ----------
    melody, bass : int
    chord : Chord
    ceiling : int
        The lowest pitch of the melody until the next moment, above which no inner voice lies.
    stays : bool
        Whether the melody holds its note until then, so that it counts as a tone of the chord.
    is_new : bool
        Whether a phrase begins, whose voices have no influence on those before.
    """

    melody: int
    bass: int
    chord: Chord
    ceiling: int = 127
    stays: bool = True
    is_new: bool = False


def inner_pairs(moments: Sequence[Moment], tenor: _Range, alto: _Range) -> list[Pair]:
    """Return tenor and alto of every moment.

    Parameters
    ----------
    moments : sequence of Moment
        In time.
    tenor, alto : (int, int)
        Lowest and highest pitch of each.

    Examples
    --------
    >>> from ..theory import Key, chord
    >>> c, g = (chord(Key(0, "major"), numeral) for numeral in ("I", "V"))
    >>> inner_pairs([Moment(72, 48, c), Moment(71, 43, g), Moment(72, 48, c)], (40, 77), (52, 84))
    [(55, 64), (55, 62), (55, 64)]
    """
    found: list[Pair] = []
    for start, end in itertools.pairwise([*(k for k, m in enumerate(moments) if k == 0 or m.is_new), len(moments)]):
        linked = ((moments[start - 1], found[-1]),) if found else ()
        found += _of_phrase(moments[start:end], (tenor, alto), *linked)
    return found


def _of_phrase(
    moments: Sequence[Moment], ranges: tuple[_Range, _Range], linked: tuple[Moment, Pair] | None = None
) -> list[Pair]:
    """The pairs of a phrase, after a moment whose pair is known."""
    totals: dict[Pair, float] = dict(_options(moments[0], *ranges))
    if linked is not None:
        before, a = linked
        for b in totals:
            moves = (_voice_move(before, moments[0], *voice) for voice in zip(a, b, strict=True))
            totals[b] += sum(moves) + _pair_move(a, b)
    back: list[dict[Pair, Pair]] = []
    for before, here in itertools.pairwise(moments):
        fresh: dict[Pair, float] = {}
        pointers: dict[Pair, Pair] = {}
        known = sorted((total, a) for a, total in totals.items())
        voice = functools.cache(functools.partial(_voice_move, before, here))
        for pair, own in _options(here, *ranges):
            cost, best = math.inf, known[0][1]
            for total, a in known:
                if total >= cost:  # all moves cost 0 or more
                    break
                moved = total + voice(a[0], pair[0]) + voice(a[1], pair[1]) + _pair_move(a, pair)
                cost, best = min((cost, best), (moved, a))
            pointers[pair], fresh[pair] = best, own + cost
        back.append(pointers)
        totals = fresh
    path = [min(totals, key=totals.__getitem__)]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    return path[::-1]


def _options(moment: Moment, tenor: _Range, alto: _Range) -> list[tuple[Pair, float]]:
    upper = moment.melody, min(moment.ceiling, moment.melody), moment.stays
    return _options_of(upper, moment.bass, moment.chord, tenor, alto)


@functools.lru_cache(4096)
def _options_of(
    upper: tuple[int, int, bool], bass: int, chord: Chord, tenor: _Range, alto: _Range
) -> list[tuple[Pair, float]]:
    """(pair, cost) of the cheaper pairs of chord tones between melody and bass; of any pair where there is none."""
    (melody, ceiling, stays), tones, found = upper, chord.pitch_classes, []
    for high in range(max(alto[0], melody - WIDEST), min(alto[1], ceiling) + 1):
        for low in range(max(tenor[0], high - WIDEST, bass + 1), min(tenor[1], high) + 1):
            if high % 12 in tones and low % 12 in tones:
                found.append(((low, high), _own((melody, stays), bass, chord, (low, high))))
    found.sort(key=lambda each: (each[1], each[0]))
    return found[:KEPT] or [(_nearest(ceiling, tones, tenor, alto), 0.0)]


def _nearest(melody: int, tones: Sequence[int], tenor: _Range, alto: _Range) -> Pair:
    """Chord tones within the ranges, below the melody where that is possible."""

    def near(limits: tuple[int, int], wanted: int) -> int:
        inside = [pitch for pitch in range(limits[0], limits[1] + 1) if pitch % 12 in tones]
        return min(inside, key=lambda pitch: (pitch > melody, abs(pitch - wanted)))

    high = near(alto, melody - 4)
    return min(high, near(tenor, high - 5)), high


def _own(upper: tuple[int, bool], bass: int, chord: Chord, pair: Pair) -> float:
    """Cost of a pair by itself: which tones are missing or doubled, and its spacing."""
    (low, high), (melody, stays) = pair, upper
    third, fifth = chord.pitch_classes[1:3]
    classes, sevenths = [pitch % 12 for pitch in (bass, low, high, melody)[: 3 + stays]], _sevenths(chord)
    cost = NO_THIRD * (third not in classes) + NO_FIFTH * (fifth not in classes)
    cost += NO_SEVENTH * sum(tone not in classes for tone in sevenths)
    cost += DOUBLED * sum(classes.count(tone) > 1 for tone in sevenths)
    if classes.count(third) > 1:
        cost += DOUBLED if (third + 1) % 12 == _goal(chord) else TWO_THIRDS
    cost += UNISON * ((high == melody) + (low == high))
    cost += FAR * (max(0, melody - high - 12) + max(0, high - low - 12))
    cost += MUDDY * (low < LOW_TENOR and low - bass < 3)
    return cost + EVEN * abs((melody - high) - (high - low))


def _sevenths(chord: Chord) -> tuple[int, ...]:
    """The seventh of a chord, if it has one."""
    return tuple(tone for tone in chord.pitch_classes[3:4] if (tone - chord.root) % 12 > 8)


def _goal(chord: Chord) -> int:
    """The tone to which a leading tone goes: the tonic, or the root of the chord that an applied dominant leads to."""
    return chord.key.tonic if chord.target is None else chord.target


def _voice_move(before: Moment, here: Moment, a: int, b: int) -> float:
    """Cost of the motion of an inner voice: its size, parallels with melody and bass, an unresolved seventh."""
    size, own = abs(b - a), (a, b)
    cost = STEP * size + LEAP * max(0, size - 4)
    cost += PARALLEL * voice_leading.is_parallel((before.melody, here.melody), own)
    cost += PARALLEL * voice_leading.is_parallel(own, (before.bass, here.bass))
    if before.chord is not here.chord and not 0 <= a - b <= 2 and a % 12 in _sevenths(before.chord):
        cost += UNRESOLVED
    return cost


def _pair_move(a: Pair, b: Pair) -> float:
    """Cost of parallels between the inner voices, and of one that goes beyond the place that the other had."""
    cost = PARALLEL * voice_leading.is_parallel((a[1], b[1]), (a[0], b[0]))
    return cost + OVERLAP * (b[1] < a[0] or b[0] > a[1])


class FourVoices:
    """The inner voices of a piece in four parts.

    Parameters
    ----------
    plan : HarmonicPlan
    index : PieceIndex
    register : (slots,) array
        The pitch around which the melody lies, where it has not begun.
    tenor, alto : (int, int)
        Lowest and highest pitch of each.
    """

    def __init__(
        self,
        plan: HarmonicPlan,
        index: PieceIndex,
        register: np.ndarray,
        tenor: _Range,
        alto: _Range,
    ) -> None:
        self.plan, self.index, self.register = plan, index, register
        self.ranges = tenor, alto

    @cached_property
    def held(self) -> list[Pair]:
        """(slots,) tenor and alto below the melody, the same while a chord lasts."""
        spans = self._spans
        pairs = inner_pairs([self._moment(span.first, span.start, span.end, span) for span in spans], *self.ranges)
        return [pair for pair, span in zip(pairs, spans, strict=True) for _ in range(span.first, span.last)]

    def at(self, tick: int) -> Pair:
        """Return tenor and alto at a tick; they may move on beats with an onset of the melody."""
        ticks, pairs = self._moving
        return pairs[max(0, bisect.bisect_right(ticks, tick) - 1)]

    @cached_property
    def _moving(self) -> tuple[list[int], list[Pair]]:
        places = [(tick, span) for span in self._spans for tick in self.index.melody_beats(span)]
        ticks = [tick for tick, _ in places]
        moments = [
            self._moment(span.first, tick, end, span)
            for (tick, span), end in zip(places, [*ticks[1:], self.index.end_of_piece], strict=True)
        ]
        return ticks, inner_pairs(moments, *self.ranges)

    @cached_property
    def _spans(self) -> list[ChordSpan]:
        """The spans with one chord over one bass note."""
        return [span for phrase in self.plan.phrases for span in self.index.chord_spans(phrase)]

    def _moment(self, slot: int, start: int, end: int, span: ChordSpan) -> Moment:
        begins = [note.pitch for note in self.index.melody_between(start, end)]
        melody = self.index.melody_at(start)
        melody = round(float(self.register[slot])) if melody is None else melody
        is_new = start == span.start and any(phrase.first == slot for phrase in self.plan.phrases)
        stays = all(pitch == melody for pitch in begins)
        return Moment(melody, self.index.bass[slot], self.plan.chords[slot], min([melody, *begins]), stays, is_new)
