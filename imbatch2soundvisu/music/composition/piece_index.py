"""Questions about a piece by tick: its slots and chords, and where its melody sounds, moves and rests."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from ...core import TICKS_PER_BEAT
from .. import voice_leading
from .harmony import HarmonicPlan
from .melody_notes import MelodyNote
from .spans import ChordSpan

#: Beats from one onset to the next from which other parts may answer, and beats of the note before they do.
GAP_BEATS, HELD_BEATS = 1.5, 1.0


class SlotRange(Protocol):
    """Slots from `first` to before `last`: a phrase, or a passage in one texture."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


class PieceIndex:
    """The harmony and the melody of a piece, by tick.

    Parameters
    ----------
    plan : HarmonicPlan
    bass : sequence of int
        Bass pitch of each slot.
    melody : sequence of MelodyNote
        In time.
    """

    def __init__(self, plan: HarmonicPlan, bass: Sequence[int], melody: Sequence[MelodyNote]) -> None:
        self.plan, self.bass, self.melody = plan, bass, melody
        self.starts = plan.starts
        self._onsets = [n.start for n in melody]

    def slot_at(self, tick: int) -> int:
        """Return the slot of a tick."""
        return self.plan.slot_at(tick)

    def end_of(self, slots: SlotRange) -> int:
        """Return the tick at which a phrase or passage ends."""
        last = self.plan.slots[slots.last - 1]
        return (last.beat + last.beats) * TICKS_PER_BEAT

    def beats_in(self, slots: SlotRange) -> int:
        """Return the beats of a phrase or passage."""
        return (self.end_of(slots) - self.starts[slots.first]) // TICKS_PER_BEAT

    def chord_spans(self, slots: SlotRange) -> list[ChordSpan]:
        """Return, in time, the parts of a phrase or passage with one chord and one bass note."""
        bass, inner = self.bass, range(slots.first + 1, slots.last)
        firsts = [slots.first, *(k for k in inner if k in self._changes or bass[k] != bass[k - 1])]
        edges = [*firsts, slots.last]
        ticks = [*(self.starts[k] for k in firsts), self.end_of(slots)]
        return [ChordSpan(*edges[i : i + 2], *ticks[i : i + 2]) for i in range(len(firsts))]

    @cached_property
    def _changes(self) -> frozenset[int]:
        return frozenset(self.plan.changes)

    @cached_property
    def by_phrase(self) -> list[list[MelodyNote]]:
        """(phrases,) the melody notes of each, its pickup included."""
        found: list[list[MelodyNote]] = [[] for _ in self.plan.phrases]
        for note in self.melody:
            found[note.phrase].append(note)
        return found

    @cached_property
    def begins(self) -> dict[int, int]:
        """{tick: pitch of the melody that begins}."""
        return {n.start: n.pitch for n in self.melody}

    @cached_property
    def _moves(self) -> dict[int, tuple[int, int]]:
        """{tick: pitch of the melody before, pitch that begins}."""
        return {b.start: (a.pitch, b.pitch) for a, b in itertools.pairwise(self.melody)}

    def melody_between(self, start: int, end: int) -> Sequence[MelodyNote]:
        """Return the melody notes that begin from the tick `start` to before `end`."""
        return self.melody[bisect.bisect_left(self._onsets, start) : bisect.bisect_left(self._onsets, end)]

    def melody_in(self, slots: SlotRange) -> Sequence[MelodyNote]:
        """Return the melody notes that begin in a phrase or passage."""
        return self.melody_between(self.starts[slots.first], self.end_of(slots))

    def melody_at(self, tick: int) -> int | None:
        """Return the pitch of the melody that sounds or last began at a tick; None before the first."""
        index = bisect.bisect_right(self._onsets, tick) - 1
        return self.melody[index].pitch if index >= 0 else None

    def melody_beats(self, span: ChordSpan) -> list[int]:
        """Return the ticks of a span at which the melody begins on a beat, and its start."""
        onsets = (n.start for n in self.melody_between(span.start, span.end))
        return sorted({span.start, *(tick for tick in onsets if tick % TICKS_PER_BEAT == 0)})

    def makes_parallels(self, before: int, pitch: int, tick: int) -> bool:
        """Return whether a voice that goes to `pitch` at a tick makes parallel fifths or octaves with the melody."""
        move = self._moves.get(tick)
        return move is not None and voice_leading.is_parallel(move, (before, pitch))

    def gaps(self, slots: SlotRange) -> list[tuple[int, int]]:
        """Return (tick, tick) of the long notes and rests of the melody, from a beat after the onset on."""
        start, end = self.starts[slots.first], self.end_of(slots)
        held = round(HELD_BEATS * TICKS_PER_BEAT)
        first, last = (bisect.bisect_left(self._onsets, tick) for tick in (start, end - held))
        pairs = itertools.pairwise(self._onsets_and_end[first : last + 1])
        return [(a + held, min(b, end)) for a, b in pairs if b - a >= GAP_BEATS * TICKS_PER_BEAT]

    @cached_property
    def _onsets_and_end(self) -> list[int]:
        return [*self._onsets, self.end_of_piece]

    @property
    def end_of_piece(self) -> int:
        """The tick at which the last slot ends."""
        return self.plan.end
