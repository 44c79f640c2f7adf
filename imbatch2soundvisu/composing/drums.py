"""The drum kit."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import TICKS_PER_BEAT, Note
from .ensembles import DRUMS
from .harmony import Plan

EIGHTH = TICKS_PER_BEAT // 2
#: No eighth is shorter, in seconds; quicker music moves in beats.
SHORTEST_S = 0.15
#: How busy a phrase must be for the kit to play.
ENTERS = 0.3
KICK, SNARE, HAT, OPEN_HAT, CRASH, RIM, TOM = 36, 38, 42, 46, 49, 37, 45


def drum_notes(plan: Plan, busy: Sequence[float], beats_per_bar: int, seconds_per_beat: float) -> list[Note]:
    """A kit that keeps the bar, enters where it is busy, and fills before a new phrase. Length: a sixteenth."""
    notes: list[Note] = []
    last, short = len(plan.slots) - 1, TICKS_PER_BEAT // 4
    starts, ends = {p.first for p in plan.phrases}, {p.last - 1 for p in plan.phrases}

    def hit(pitch: int, velocity: int, at: int) -> None:
        notes.append(Note(DRUMS, pitch, velocity, at, short))

    for i, slot in enumerate(plan.slots):
        at, strength = slot.beat * TICKS_PER_BEAT, busy[i]
        if i == last or (i in starts and i and strength > 0.4):
            hit(CRASH, 88, at)
            hit(KICK, 100, at)
        if i == last or strength < ENTERS:
            continue
        for beat in range(slot.beat, slot.beat + slot.beats):
            tick, place = beat * TICKS_PER_BEAT, beat % beats_per_bar
            is_back = place % 2 == 1 if beats_per_bar != 3 else place > 0
            hit((SNARE if strength > 0.55 else RIM) if is_back else KICK, 76 if is_back else 92, tick)
            hit(HAT, 62, tick)
            if seconds_per_beat / 2 >= SHORTEST_S and strength > 0.4:
                hit(HAT, 46, tick + EIGHTH)
        if i in ends and seconds_per_beat / 2 >= SHORTEST_S:
            end = at + slot.beats * TICKS_PER_BEAT
            hit(TOM + 2, 74, end - EIGHTH)
            hit(TOM, 82, end - EIGHTH // 2)
    return notes
