"""A canon: a second voice that imitates the melody of a phrase after a bar or two, at the octave or the fifth.

The harmony of such phrases repeats after as long as the second voice is behind, so that most of what it imitates fits
as it is (`phrase_structures.Structure.imitated`). Where it does not, and where it would make parallels with the melody
or the bass, the cheapest line (Viterbi) has another pitch nearby.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core import TICKS_PER_BEAT
from .. import theory, voice_leading
from .melody_notes import MelodyNote
from .piece_index import PieceIndex

#: Intervals of imitation in semitones, the most usual first, and their names; after USUAL of them where none fits.
INTERVALS = {-12: "octave below", -7: "fifth below", -5: "fourth below", 12: "octave above", 0: "unison"}
USUAL = 3
#: Cost of each next interval of that list.
RARER = 0.5
#: Cost of another pitch than the imitated one, of each semitone in between, and of each semitone by which an interval
#: of the line differs from that of the melody.
ANOTHER, EACH_SEMITONE, OTHER_INTERVAL = 2.0, 0.4, 0.15
#: Cost of a second, seventh or tritone with the melody on a beat and between beats, and of an octave on a beat.
DISSONANT, PASSING, EMPTY = 6.0, 0.5, 0.4
#: Cost of a tone outside the chord on a beat, of parallels, and of a voice above the melody, below which it imitates.
OUTSIDE, PARALLEL, CROSSED = 30.0, 20.0, 1.5
#: Intervals above a bass or between voices that are dissonant, octaves removed.
DISSONANCES = frozenset({1, 2, 6, 10, 11})
#: Pitches that are compared for each note.
KEPT = 6
#: How far a pitch may lie from the imitated one, and the least interval above the bass.
FARTHEST, ABOVE_BASS = 5, 3


@dataclass(frozen=True)
class Canon:
    """The second voice of a phrase.

    Parameters
    ----------
    delay : int
        Ticks by which it is behind the melody.
    interval : int
        Semitones above the melody, negative below.
    notes : tuple of (int, int, int)
        Pitch, start and length in ticks.
    literal : float
        Share of its notes that have the pitch of the melody, moved by the interval (within the scale if that is not an
        octave), where the chords repeat, [0, 1].
    """

    delay: int
    interval: int
    notes: tuple[tuple[int, int, int], ...]
    literal: float

    @property
    def name(self) -> str:
        """Where and when it imitates: "octave below, 4 beats behind"."""
        beats = self.delay / TICKS_PER_BEAT
        return f"{INTERVALS[self.interval]}, {beats:g} beat{'' if beats == 1 else 's'} behind"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A note of the second voice whose pitch is sought: what it imitates, and what sounds with it."""

    model: int
    start: int
    length: int
    is_strong: bool
    chord: frozenset[int]
    scale: frozenset[int]
    melody: int | None
    bass: int


def canon_of(index: PieceIndex, phrase: int, limits: tuple[int, int], bar: int, least: int) -> Canon | None:
    """Return the second voice of a phrase: the best of all delays and intervals; None where there is no time for one.

    Parameters
    ----------
    index : PieceIndex
    phrase : int
        Index of the phrase.
    limits : (int, int)
        Lowest and highest pitch of the instrument.
    bar, least : int
        Ticks of a bar, and of the shortest delay.
    """
    found: list[tuple[float, int, Canon]] = []
    for delay in _delays(index, phrase, bar, least):
        entries = list(_entries(index, phrase, delay))
        if len(entries) < 3:
            continue
        for rank, interval in enumerate(INTERVALS):
            line = _line(entries, interval, limits) if rank < USUAL or not found else None
            if line is None:
                continue
            cost, pitches = line
            repeated = [_triad(index, each.start) == _triad(index, each.start - delay) for each in entries]
            pairs = itertools.compress(zip(pitches, entries, strict=True), repeated)
            most = 0 if interval % 12 == 0 else 1  # a fifth lower, in the scale of the melody
            exact = [abs(pitch - each.model - interval) <= most for pitch, each in pairs] or [False]
            notes = tuple((pitch, each.start, each.length) for pitch, each in zip(pitches, entries, strict=True))
            own = Canon(delay, interval, notes, sum(exact) / len(exact))
            found.append((cost / len(entries) + RARER * rank, len(found), own))
    return min(found)[2] if found else None


def _delays(index: PieceIndex, phrase: int, bar: int, least: int) -> list[int]:
    """The delays after which most chords of a phrase are repeated, in ticks: whole bars, if there are any.

    None is longer than half of the phrase.
    """
    span = index.plan.phrases[phrase]
    start, end = index.starts[span.first], index.end_of(span)
    close = index.chord_spans(span)[-1].start
    heads = [index.starts[k] - start for k in range(span.first + 1, span.last) if k in index.plan.heads]
    possible = [each for each in heads if least <= each <= (end - start) // 2]
    shares = {}
    for delay in [each for each in possible if each % bar == 0] or possible:
        ticks = range(start + delay, close, TICKS_PER_BEAT)
        same = [_triad(index, tick) == _triad(index, tick - delay) for tick in ticks]
        shares[delay] = sum(same) / len(same) if same else 0.0
    most = max(shares.values(), default=0.0)
    return [delay for delay, share in shares.items() if share > most - 0.1][:2]


def _triad(index: PieceIndex, tick: int) -> frozenset[int]:
    """The pitch classes of the chord at a tick, without its seventh or ninth."""
    return frozenset(index.plan.chords[index.slot_at(tick)].pitch_classes[:3])


def _entries(index: PieceIndex, phrase: int, delay: int) -> Iterator[_Entry]:
    """The notes of a second voice up to the last chord of a phrase, and one that is held under it."""
    span = index.plan.phrases[phrase]
    start, close = index.starts[span.first], index.chord_spans(span)[-1].start
    models = index.by_phrase[phrase]
    own = [note for note in models if start <= note.start + delay < close]
    for note, following in itertools.zip_longest(own, own[1:]):
        begin = note.start + delay
        end = min(following.start + delay if following else close, begin + note.length, close)
        yield _entry(index, note, begin, end - begin)
    if own and close < index.end_of(span):
        under = [note for note in models if note.start + note.length > close] or models[-1:]
        end = max(close + TICKS_PER_BEAT // 2, under[-1].start + under[-1].length)
        yield _entry(index, own[-1], close, end - close)


def _entry(index: PieceIndex, model: MelodyNote, start: int, length: int) -> _Entry:
    slot = index.slot_at(start)
    chord = index.plan.chords[slot]
    is_strong = start % TICKS_PER_BEAT == 0 or start == index.starts[slot]
    scale = theory.melody_scale(chord)
    tones = frozenset(chord.pitch_classes) & set(scale) or frozenset(scale)
    melody = index.melody_at(start)
    return _Entry(model.pitch, start, length, is_strong, tones, frozenset(scale), melody, index.bass[slot])


def _line(entries: Sequence[_Entry], interval: int, limits: tuple[int, int]) -> tuple[float, list[int]] | None:
    """The cost and the pitches of the cheapest line; None if it does not fit the instrument."""
    totals: dict[int, tuple[float, list[int]]] = {}
    for k, entry in enumerate(entries):
        fresh: dict[int, tuple[float, list[int]]] = {}
        options = sorted(_options(entry, interval, limits), key=lambda each: each[1])[:KEPT]
        for pitch, own in options:
            if not k:
                fresh[pitch] = own, [pitch]
                continue
            before = entries[k - 1]
            cost, line = min((c + _move(before, entry, p, pitch), line) for p, (c, line) in totals.items())
            fresh[pitch] = cost + own, [*line, pitch]
        if not fresh:
            return None
        totals = fresh
    return min(totals.values())


def _options(entry: _Entry, interval: int, limits: tuple[int, int]) -> Iterator[tuple[int, float]]:
    """(pitch, cost) of the pitches near the imitated one."""
    wanted = entry.model + interval
    for pitch in range(max(wanted - FARTHEST, limits[0]), min(wanted + FARTHEST, limits[1]) + 1):
        away = abs(pitch - wanted)
        if pitch % 12 not in entry.scale or pitch - entry.bass < ABOVE_BASS:
            continue
        cost = (ANOTHER + EACH_SEMITONE * away) * (away > 0)
        cost += OUTSIDE * (entry.is_strong and pitch % 12 not in entry.chord)
        if entry.melody is not None:
            between = (pitch - entry.melody) % 12
            cost += (DISSONANT if entry.is_strong else PASSING) * (between in DISSONANCES)
            cost += EMPTY * (between == 0 and entry.is_strong) + CROSSED * ((pitch - entry.melody) * interval < 0)
        yield pitch, cost


def _move(before: _Entry, here: _Entry, p: int, q: int) -> float:
    cost = OTHER_INTERVAL * abs((q - p) - (here.model - before.model))
    if before.melody is not None and here.melody is not None:
        cost += PARALLEL * voice_leading.is_parallel((before.melody, here.melody), (p, q))
    return cost + PARALLEL * voice_leading.is_parallel((p, q), (before.bass, here.bass))
