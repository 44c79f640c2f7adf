"""The drum kit: a pattern by name, sparse to full by the density of phrases, with fills before new phrases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core import TICKS_PER_BEAT, Metre, Note
from .drum_patterns import CRASH, DRUM_PATTERNS, HAT, KICK, OPEN_HAT, PEDAL, RIDE, SHAKER, Bar, DrumPattern
from .dynamics import velocity_of
from .form import Slot
from .harmony import HarmonicPlan
from .instruments import DRUMS

SIXTEENTH = TICKS_PER_BEAT // 4
#: The pattern of a genre that has none, where a kit is asked for.
USUAL_PATTERN = "half-time"
#: Strokes between beats are at least so far apart, in seconds; others are left out.
SHORTEST_S = 0.095
#: Density of a phrase from which the kit plays, plays its usual pattern, and its full one with crashes.
ENTERS, USUAL, FULL = 0.3, 0.4, 0.6
#: Velocities by letter, and what is added for drums that would be too loud.
VELOCITIES = {"X": 94, "x": 76, "o": 54}
QUIETER = {HAT: -12, OPEN_HAT: -14, RIDE: -14, PEDAL: -10, SHAKER: -10}
#: The velocity of the other parts at which the kit plays as written, and how far it follows softer and louder ones.
USUAL_VELOCITY, FOLLOWED = 78, 0.8

#: (drum, velocity, tick) of a stroke.
_Stroke = tuple[int, float, int]


@dataclass(frozen=True, slots=True)
class Kit:
    """What the kit plays.

    Parameters
    ----------
    pattern : str
        A name in DRUM_PATTERNS.
    metre : Metre
    seconds_per_beat : float
    """

    pattern: str
    metre: Metre
    seconds_per_beat: float

    @property
    def row(self) -> DrumPattern:
        """The row of DRUM_PATTERNS."""
        return DRUM_PATTERNS[self.pattern]


def drum_notes(plan: HarmonicPlan, density: Sequence[float], loudness: Sequence[float], kit: Kit) -> list[Note]:
    """Return the notes of the kit: it keeps the bar in dense phrases, and fills before a new phrase.

    Parameters
    ----------
    plan : HarmonicPlan
    density : (slots,) sequence
        Of the phrase of each slot, [0, 1].
    loudness : (slots,) sequence
        Velocity of the other parts.
    kit : Kit
    """
    last = len(plan.slots) - 1
    ends = {p.last - 1: number for number, p in enumerate(plan.phrases)}
    starts = {p.first for p in plan.phrases}
    notes: list[Note] = []
    for i, slot in enumerate(plan.slots):
        louder = FOLLOWED * (loudness[i] - USUAL_VELOCITY)
        strokes: list[_Stroke] = []
        if i == last or (i in starts and i and density[i] > USUAL):
            strokes += _crash(slot, kit.row.crash, min(0.0, louder), i == last)
        if i != last and density[i] >= ENTERS:
            fill = _fill(slot, kit, ends[i]) if i in ends else []
            begins = min((tick for _, _, tick in fill), default=None)
            strokes += [each for each in _pattern(slot, density[i], kit) if begins is None or each[2] < begins]
            strokes += fill
        notes += [Note(DRUMS, drum, velocity_of(velocity + louder), at, SIXTEENTH) for drum, velocity, at in strokes]
    return notes


def _crash(slot: Slot, drum: int | None, softer: float, is_last: bool) -> Iterator[_Stroke]:
    """A crash, softer in soft music, as the other parts are; the last one also where a kit has no others."""
    if drum is not None or is_last:
        yield drum or CRASH, 88 + softer - (0 if drum else 14), slot.beat * TICKS_PER_BEAT
        yield KICK, 100 + softer - (0 if drum else 14), slot.beat * TICKS_PER_BEAT


def _pattern(slot: Slot, density: float, kit: Kit) -> Iterator[_Stroke]:
    """The strokes of the beats of a slot."""
    level = 0 if density < USUAL else 1 if density < FULL else 2
    per_bar = kit.metre.beats_per_bar
    for beat in range(slot.beat, slot.beat + slot.beats):
        number, position = divmod(beat, per_bar)
        for drum, line in kit.row.bar(kit.metre, number, level).items():
            steps = len(line) // per_bar
            for step in range(steps):
                letter = line[position * steps + step]
                if letter != "." and _is_slow_enough(step, steps, kit):
                    velocity = VELOCITIES[letter] + QUIETER.get(drum, 0)
                    yield drum, velocity, beat * TICKS_PER_BEAT + step * TICKS_PER_BEAT // steps


def _is_slow_enough(step: int, steps: int, kit: Kit) -> bool:
    """Whether strokes as near to the beat as a step can be played: eighths are coarser than sixteenths."""
    parts = next(n for n in range(1, steps + 1) if steps % n == 0 and step % (steps // n) == 0)
    return parts == 1 or kit.seconds_per_beat / parts >= SHORTEST_S


def _fill(slot: Slot, kit: Kit, number: int) -> list[_Stroke]:
    """The strokes of the fill at the end of a phrase, in sixteenths that end with the slot."""
    sixteenth, end = TICKS_PER_BEAT // kit.metre.sixteenths, (slot.beat + slot.beats) * TICKS_PER_BEAT
    if kit.seconds_per_beat / kit.metre.sixteenths < SHORTEST_S:
        sixteenth *= 2
    fills = kit.row.fills
    fitting = [each for each in fills if _letters(each) * sixteenth <= slot.beats * TICKS_PER_BEAT]
    chosen = fitting[number % len(fitting)] if fitting else {}
    length = _letters(chosen)
    return [
        (drum, VELOCITIES[letter], end - (length - step) * sixteenth)
        for drum, line in chosen.items()
        for step, letter in enumerate(line)
        if letter != "."
    ]


def _letters(fill: Bar) -> int:
    return max((len(line) for line in fill.values()), default=0)
