"""The accompaniment: a figuration of the chords with as many notes as the density of an image needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...core import TICKS_PER_BEAT, Note
from .ensembles import CHORDS, FIGURES
from .form import Slot

EIGHTH = TICKS_PER_BEAT // 2
#: No eighth of an accompaniment is shorter, in seconds; at faster tempi it moves in beats.
SHORTEST_S = 0.15
#: Seconds between the notes of the arpeggiated last chord, and its highest pitch.
ROLL_S, HIGHEST_ROLLED = 0.045, 91
#: Voices of a chord in a figure: three, and the lowest an octave higher.
VOICES = 4


@dataclass(frozen=True)
class Figuration:
    """How the chord of a slot is played.

    Parameters
    ----------
    figure : str
        A name in FIGURES.
    count : int
        Notes to play.
    velocity : int
    space : float
        In [0, 1], staccato to sustained.
    offbeats_first : bool
        Whether notes between the beats come before the fill-in notes on them.
    """

    figure: str
    count: int
    velocity: int
    space: float
    offbeats_first: bool


def figure_notes(
    slot: Slot, pitches: tuple[int, ...], figuration: Figuration, seconds_per_beat: float
) -> Iterator[Note]:
    """Yield the accompaniment of one slot: the `count` most important notes of a figure; see `ranked`.

    Parameters
    ----------
    slot : Slot
    pitches : tuple of int
        The voicing of its chord, three pitches ascending.
    figuration : Figuration
    seconds_per_beat : float
    """
    start, length = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT
    unit = EIGHTH if seconds_per_beat / 2 >= SHORTEST_S else TICKS_PER_BEAT
    space = figuration.space
    voices = (*pitches, pitches[0] + 12)
    held = unit * (0.8 + 0.6 * space) if space < 0.5 else unit + (length - unit) * (2 * space - 1)
    ordered = ranked(FIGURES[figuration.figure], length // unit, unit, figuration.offbeats_first)
    for step, voice in ordered[: figuration.count]:
        at = start + step * unit
        velocity = figuration.velocity - (0 if step == 0 else 3 if (step * unit) % TICKS_PER_BEAT == 0 else 6)
        yield Note(CHORDS, voices[voice], max(1, velocity), at, max(1, round(min(held, start + length - at))))


def ranked(pattern: tuple[tuple[int, ...], ...], steps: int, unit: int, offbeats_first: bool) -> list[tuple[int, int]]:
    """Return (step, voice) of every note that a figure can have, most important first.

    First the notes of the figure itself, then the other voices of its chords, then its rests.

    Parameters
    ----------
    pattern : tuple of tuple of int
        A value of FIGURES.
    steps : int
        Steps in the slot.
    unit : int
        Ticks of a step.
    offbeats_first : bool
        Whether notes between the beats come before others of their group, or only after all notes on the beats.
    """
    found = []
    for step in range(steps):
        struck = pattern[step % len(pattern)] if len(pattern) > 1 else pattern[0] if step == 0 else ()
        others = tuple(v for v in range(VOICES) if v not in struck)
        is_offbeat = (step * unit) % TICKS_PER_BEAT != 0
        for rank, voice in enumerate((*struck, *others)):
            group = rank + (0.0 if rank < len(struck) else 1.0 if struck else 4.0)
            found.append((group + is_offbeat * (-0.5 if offbeats_first else 6.0), step, voice))
    return [(step, voice) for _, step, voice in sorted(found)]


def arpeggio(
    slot: Slot, pitches: tuple[int, ...], count: int, velocity: int, seconds_per_beat: float
) -> Iterator[Note]:
    """Yield the last chord as a slow upward arpeggio into a held chord, which sounds like a ritardando.

    Parameters
    ----------
    slot : Slot
    pitches : tuple of int
        The voicing of the chord; repeated in higher octaves up to HIGHEST_ROLLED.
    count : int
        Notes to play, at least VOICES.
    velocity : int
        Of the first note; each following one is softer by 4.
    seconds_per_beat : float
    """
    start, length = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT
    tones = [p + 12 * octave for octave in range(4) for p in pitches if p + 12 * octave <= HIGHEST_ROLLED]
    tones = tones[: max(count, VOICES)]
    gap = EIGHTH if length >= 4 * TICKS_PER_BEAT else round(ROLL_S / seconds_per_beat * TICKS_PER_BEAT)
    gap = min(gap, length // 2 // len(tones))
    for j, pitch in enumerate(tones):
        at = start + min(j * gap, length - 1)
        yield Note(CHORDS, pitch, max(1, velocity - 4 * j), at, start + length - at)
