"""The drum kit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core import TICKS_PER_BEAT, Note
from .dynamics import velocity_of
from .ensembles import DRUMS
from .form import Slot
from .harmony import HarmonicPlan

EIGHTH, SIXTEENTH = TICKS_PER_BEAT // 2, TICKS_PER_BEAT // 4
#: No eighth is shorter, in seconds; at faster tempi the kit moves in beats.
SHORTEST_S = 0.15
#: Density of a phrase from which the kit plays, has a snare instead of a rim click, and eighths and crashes.
ENTERS, SNARE_ENTERS, FULL = 0.3, 0.55, 0.4
#: General MIDI drums.
KICK, SNARE, HAT, CRASH, RIM, TOM = 36, 38, 42, 49, 37, 45
#: The velocity of the other parts at which the kit plays as written, and how far it follows softer and louder ones.
USUAL_VELOCITY, FOLLOWED = 78, 0.8


def drum_notes(
    plan: HarmonicPlan, density: Sequence[float], loudness: Sequence[float], beats_per_bar: int, seconds_per_beat: float
) -> list[Note]:
    """Return the notes of the kit: it keeps the bar in dense phrases, and fills before a new phrase.

    Parameters
    ----------
    plan : HarmonicPlan
    density : (slots,) sequence
        Of the phrase of each slot, [0, 1].
    loudness : (slots,) sequence
        Velocity of the other parts.
    beats_per_bar : int
    seconds_per_beat : float
    """
    has_eighths = seconds_per_beat / 2 >= SHORTEST_S
    last = len(plan.slots) - 1
    starts, ends = {p.first for p in plan.phrases}, {p.last - 1 for p in plan.phrases}
    notes: list[Note] = []
    for i, slot in enumerate(plan.slots):
        louder = FOLLOWED * (loudness[i] - USUAL_VELOCITY)
        strokes: list[tuple[int, float, int]] = []
        if i == last or (i in starts and i and density[i] > FULL):
            strokes += _crash(slot, min(0.0, louder))
        if i != last and density[i] >= ENTERS:
            strokes += _pattern(slot, density[i], beats_per_bar, has_eighths)
            strokes += _fill(slot) if i in ends and has_eighths else ()
        notes += [Note(DRUMS, drum, velocity_of(velocity + louder), at, SIXTEENTH) for drum, velocity, at in strokes]
    return notes


def _crash(slot: Slot, softer: float) -> Iterator[tuple[int, float, int]]:
    """(drum, velocity, tick) of a crash, softer in soft music, so that it does not end with a bang."""
    yield CRASH, 88 + softer, slot.beat * TICKS_PER_BEAT
    yield KICK, 100 + softer, slot.beat * TICKS_PER_BEAT


def _pattern(slot: Slot, density: float, beats_per_bar: int, has_eighths: bool) -> Iterator[tuple[int, float, int]]:
    """(drum, velocity, tick) of the beats of a slot: kick and hi-hat, snare or rim click on the backbeats."""
    for beat in range(slot.beat, slot.beat + slot.beats):
        tick, position = beat * TICKS_PER_BEAT, beat % beats_per_bar
        is_backbeat = position % 2 == 1 if beats_per_bar != 3 else position > 0
        yield (SNARE if density > SNARE_ENTERS else RIM) if is_backbeat else KICK, 76 if is_backbeat else 92, tick
        yield HAT, 62, tick
        if has_eighths and density > FULL:
            yield HAT, 46, tick + EIGHTH


def _fill(slot: Slot) -> Iterator[tuple[int, float, int]]:
    """(drum, velocity, tick) of two toms at the end of a phrase."""
    end = (slot.beat + slot.beats) * TICKS_PER_BEAT
    yield TOM + 2, 74, end - EIGHTH
    yield TOM, 82, end - EIGHTH // 2
