"""The chords as a figure that breathes: the same pattern with as many notes as an image asks for."""

from __future__ import annotations

from collections.abc import Iterator

from ...core import TICKS_PER_BEAT, Note
from .ensembles import CHORDS, FIGURES
from .form import Slot

EIGHTH = TICKS_PER_BEAT // 2
#: No eighth of an accompaniment is shorter, in seconds; quicker music moves in beats.
SHORTEST_S = 0.15
#: The last chord is spread upwards, a note so many seconds after the other.
ROLL_S, HIGHEST_ROLLED = 0.045, 91
#: Voices of a chord that a figure may use: three, and the lowest an octave higher.
VOICES = 4


def figure_notes(
    slot: Slot,
    pitches: tuple[int, ...],
    figure: str,
    count: int,
    velocity: int,
    space: float,
    flows: bool,
    seconds_per_beat: float,
) -> Iterator[Note]:
    """The accompaniment of one slot: the `count` most important notes of a figure of FIGURES.

    Important are the figure's own notes, those on beats before those between; then the chord is filled up, and at last
    the figure's rests. space : in [0, 1], dry notes to sustained ones. flows : whether it goes on between the beats.
    """
    start, length = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT
    unit = EIGHTH if seconds_per_beat / 2 >= SHORTEST_S else TICKS_PER_BEAT
    ladder = (*pitches, pitches[0] + 12)
    held = unit * (0.8 + 0.6 * space) if space < 0.5 else unit + (length - unit) * (2 * space - 1)
    for place, voice in ranked(FIGURES[figure], length // unit, unit, flows)[:count]:
        at = start + place * unit
        loud = velocity if place == 0 else velocity - 3 if (place * unit) % TICKS_PER_BEAT == 0 else velocity - 6
        yield Note(CHORDS, ladder[voice], max(1, loud), at, max(1, round(min(held, start + length - at))))


def ranked(pattern: tuple[tuple[int, ...], ...], places: int, unit: int, flows: bool) -> list[tuple[int, int]]:
    """(place, voice) of every note that a figure can have in so many places, most important first.

    The figure's own notes come first, then its chords are filled, then its rests. flows : whether notes between the
    beats come before those on them (which others play, too), or only when the chords on the beats are full: so the
    rhythm is that of the phrase, and what changes from image to image is how thick it is.
    """
    found = []
    for place in range(places):
        own = pattern[place % len(pattern)] if len(pattern) > 1 else pattern[0] if place == 0 else ()
        others = tuple(v for v in range(VOICES) if v not in own)
        between = (place * unit) % TICKS_PER_BEAT != 0
        for rank, voice in enumerate((*own, *others)):
            layer = rank + (0.0 if rank < len(own) else 1.0 if own else 4.0)
            found.append((layer + between * (-0.5 if flows else 6.0), place, voice))
    return [(place, voice) for _, place, voice in sorted(found)]


def rolled(
    slot: Slot, pitches: tuple[int, ...], count: int, velocity: int, seconds_per_beat: float
) -> Iterator[Note]:  # fmt: skip
    """A slow arpeggio into a held chord: the piece slows down without the beat doing so.

    count : of its notes, as far as they go up to HIGHEST_ROLLED; four at least.
    """
    start, length = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT
    tones = [p + 12 * octave for octave in range(4) for p in pitches if p + 12 * octave <= HIGHEST_ROLLED]
    tones = tones[: max(count, VOICES)]
    gap = EIGHTH if length >= 4 * TICKS_PER_BEAT else round(ROLL_S / seconds_per_beat * TICKS_PER_BEAT)
    gap = min(gap, length // 2 // len(tones))
    for j, pitch in enumerate(tones):
        at = start + min(j * gap, length - 1)
        yield Note(CHORDS, pitch, max(1, velocity - 4 * j), at, start + length - at)
