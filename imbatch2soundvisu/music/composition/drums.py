"""The drum kit."""

from __future__ import annotations

from collections.abc import Sequence

from ...core import TICKS_PER_BEAT, Note
from .dynamics import velocity_of
from .ensembles import DRUMS
from .harmony import Plan

EIGHTH = TICKS_PER_BEAT // 2
#: No eighth is shorter, in seconds; quicker music moves in beats.
SHORTEST_S = 0.15
#: How busy a phrase must be for the kit to play, and to have eighths and crashes.
ENTERS, FULL = 0.3, 0.4
KICK, SNARE, HAT, CRASH, RIM, TOM = 36, 38, 42, 49, 37, 45
#: The loudness at which the kit plays as written here, and how far it goes along with what is softer or louder.
USUAL, SHARE = 78, 0.8


def drum_notes(
    plan: Plan, busy: Sequence[float], loudness: Sequence[float], beats_per_bar: int, seconds_per_beat: float
) -> list[Note]:
    """A kit that keeps the bar, enters where it is busy, and fills before a new phrase. Length: a sixteenth.

    busy : (slots,) in [0, 1]. loudness : (slots,) velocity of what the others play.
    """
    notes: list[Note] = []
    louder = [SHARE * (loud - USUAL) for loud in loudness]
    last, short = len(plan.slots) - 1, TICKS_PER_BEAT // 4
    starts, ends = {p.first for p in plan.phrases}, {p.last - 1 for p in plan.phrases}

    def hit(slot: int, pitch: int, velocity: float, at: int) -> None:
        notes.append(Note(DRUMS, pitch, velocity_of(velocity + louder[slot]), at, short))

    for i, slot in enumerate(plan.slots):
        at, strength = slot.beat * TICKS_PER_BEAT, busy[i]
        if i == last or (i in starts and i and strength > FULL):
            shy = min(0.0, louder[i])  # so a soft piece does not end with a bang
            hit(i, CRASH, 88 + shy, at)
            hit(i, KICK, 100 + shy, at)
        if i == last or strength < ENTERS:
            continue
        for beat in range(slot.beat, slot.beat + slot.beats):
            tick, place = beat * TICKS_PER_BEAT, beat % beats_per_bar
            is_back = place % 2 == 1 if beats_per_bar != 3 else place > 0
            hit(i, (SNARE if strength > 0.55 else RIM) if is_back else KICK, 76 if is_back else 92, tick)
            hit(i, HAT, 62, tick)
            if seconds_per_beat / 2 >= SHORTEST_S and strength > FULL:
                hit(i, HAT, 46, tick + EIGHTH)
        if i in ends and seconds_per_beat / 2 >= SHORTEST_S:
            end = at + slot.beats * TICKS_PER_BEAT
            hit(i, TOM + 2, 74, end - EIGHTH)
            hit(i, TOM, 82, end - EIGHTH // 2)
    return notes
