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


class Stretch(Protocol):
    """Slots from `first` to before `last`: a phrase or a passage."""

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
        self.starts = [slot.beat * TICKS_PER_BEAT for slot in plan.slots]
        self._onsets = [n.start for n in melody]

    def slot_at(self, tick: int) -> int:
        """Return the slot of a tick."""
        return max(0, bisect.bisect_right(self.starts, tick) - 1)

    def end_of(self, stretch: Stretch) -> int:
        """Return the tick at which a phrase or passage ends."""
        last = self.plan.slots[stretch.last - 1]
        return (last.beat + last.beats) * TICKS_PER_BEAT

    def beats_in(self, stretch: Stretch) -> int:
        """Return the beats of a phrase or passage."""
        return (self.end_of(stretch) - self.starts[stretch.first]) // TICKS_PER_BEAT

    def chord_spans(self, stretch: Stretch) -> list[ChordSpan]:
        """Return, in time, the parts of a phrase or passage with one chord and one bass note."""
        bass, inner = self.bass, range(stretch.first + 1, stretch.last)
        firsts = [stretch.first, *(k for k in inner if k in self._changes or bass[k] != bass[k - 1])]
        edges = [*firsts, stretch.last]
        ticks = [*(self.starts[k] for k in firsts), self.end_of(stretch)]
        return [ChordSpan(*edges[i : i + 2], *ticks[i : i + 2]) for i in range(len(firsts))]

    @cached_property
    def _changes(self) -> frozenset[int]:
        return frozenset(self.plan.changes)

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

    def melody_in(self, stretch: Stretch) -> Sequence[MelodyNote]:
        """Return the melody notes that begin in a phrase or passage."""
        return self.melody_between(self.starts[stretch.first], self.end_of(stretch))

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

    def gaps(self, stretch: Stretch) -> list[tuple[int, int]]:
        """Return (tick, tick) of the long notes and rests of the melody, from a beat after the onset on."""
        start, end = self.starts[stretch.first], self.end_of(stretch)
        found = []
        for a, b in itertools.pairwise([*self._onsets, self.end_of_piece]):
            held = round(HELD_BEATS * TICKS_PER_BEAT)
            if b - a >= GAP_BEATS * TICKS_PER_BEAT and start <= a and a + held < end:
                found.append((a + held, min(b, end)))
        return found

    @property
    def end_of_piece(self) -> int:
        """The tick at which the last slot ends."""
        last = self.plan.slots[-1]
        return (last.beat + last.beats) * TICKS_PER_BEAT
