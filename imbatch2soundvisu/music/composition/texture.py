"""The texture under the melody: inner voices, and accents on the cuts; see also `bass`."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

from ...core import TICKS_PER_BEAT, Note
from .. import theory, voice_leading
from ..theory import Chord
from .ensembles import ACCENT, PAD
from .harmony import HarmonicPlan


def voicings(plan: HarmonicPlan, centres: Iterable[float], voices: int = 3) -> list[tuple[int, ...]]:
    """Return the inner voices of every slot, each moving as little as possible from the slot before.

    Every phrase begins anew, near its centre, so that the voicings of one phrase do not depend on another.

    Parameters
    ----------
    plan : HarmonicPlan
    centres : iterable of float
        Pitch around which the voices of each slot lie.
    voices : int
    """
    arranged: list[tuple[int, ...]] = []
    starts = {phrase.first for phrase in plan.phrases}
    for i, (harmony, centre) in enumerate(zip(plan.chords, centres, strict=True)):
        before = None if i in starts else arranged[-1]
        arranged.append(voice_leading.voicing(harmony.pitch_classes, before, centre, voices))
    return arranged


def pad_notes(
    plan: HarmonicPlan, arranged: Sequence[tuple[int, ...]], velocities: Sequence[int], plays: Sequence[bool]
) -> list[Note]:
    """Return the held chords of the slots in which the pad plays; common tones of adjacent slots are held over.

    Parameters
    ----------
    plan : HarmonicPlan
    arranged : (slots,) sequence of tuple of int
        See `voicings`.
    velocities : (slots,) sequence of int
    plays : (slots,) sequence of bool
    """
    open_notes: dict[int, Note] = {}
    notes: list[Note] = []
    for slot, voices, velocity, sounds in zip(plan.slots, arranged, velocities, plays, strict=True):
        start, length, pitches = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT, voices if sounds else ()
        for pitch in [p for p in open_notes if p not in pitches]:
            notes.append(open_notes.pop(pitch))
        for pitch in pitches:
            held = open_notes.get(pitch)
            begun = (held.velocity, held.start, held.length + length) if held else (velocity, start, length)
            open_notes[pitch] = Note(PAD, pitch, *begun)
    return notes + list(open_notes.values())


#: (highest, lowest) pitch as a slot begins; None for no such slot.
_Outer = tuple[int, int] | None


def accent_notes(
    plan: HarmonicPlan,
    velocities: Sequence[int],
    doubled: Sequence[bool],
    top: Sequence[int],
    outer: Sequence[tuple[int, int]],
) -> list[Note]:
    """Return a struck chord tone on every cut, above the chords, and a second one above it where it is doubled.

    Another tone is struck where the accent would be the highest pitch and move in parallels with the bass.

    Parameters
    ----------
    plan : HarmonicPlan
    velocities : (slots,) sequence of int
    doubled : (slots,) sequence of bool
    top : (slots,) sequence of int
        The highest inner voice.
    outer : (slots,) sequence of (int, int)
        The highest pitch without the accent, and the lowest.
    """
    notes: list[Note] = []
    before: _Outer = None
    changes = plan.changes
    for i, (slot, harmony, velocity) in enumerate(zip(plan.slots, plan.chords, velocities, strict=True)):
        index = bisect.bisect_right(changes, i)
        is_change = index > 0 and changes[index - 1] == i
        if plan.first_of(i) != i:
            before = outer[i] if is_change else before
            continue
        after = outer[changes[index]] if index < len(changes) else None
        pitches = _struck(_accent_options(harmony, top[i], doubled[i]), outer[i], before, after)
        before = (max(outer[i][0], *pitches), outer[i][1]) if is_change else before
        length = min(slot.beats * TICKS_PER_BEAT, 2 * TICKS_PER_BEAT)
        for k, pitch in enumerate(pitches):
            notes.append(Note(ACCENT, pitch, max(1, velocity - 8 * k), slot.beat * TICKS_PER_BEAT, length))
    return notes


def _accent_options(harmony: Chord, top: int, doubled: bool) -> list[tuple[int, ...]]:
    """The pitches of an accent, best first: root or fifth above the chords, with a chord tone above it if doubled."""
    root, third, fifth = harmony.pitch_classes[:3]
    first = theory.nearest_pitch(top + 7, (root, fifth))
    lower = [first, *(theory.nearest_pitch(top + 7 + d, (pc,)) for d in (0, 6) for pc in (third, fifth, root))]
    options: list[tuple[int, ...]] = []
    for low in lower:
        high = theory.nearest_pitch(low + 7, {root, third, fifth} - {low % 12})
        options += [(low, high), (low,)] if doubled else [(low,)]
    return options


def _struck(
    options: Sequence[tuple[int, ...]], here: tuple[int, int], before: _Outer, after: _Outer
) -> tuple[int, ...]:
    """The first option without parallels from the chord before and into the next, else only from the one before."""
    highest, bass = here
    clean = [each for each in options if not _is_parallel(before, (max(highest, *each), bass))]
    both = (each for each in clean if not _is_parallel((max(highest, *each), bass), after))
    return next(both, (clean or options)[0])


def _is_parallel(before: _Outer, after: _Outer) -> bool:
    """Whether (highest, lowest) move in parallels from one moment to the next."""
    if before is None or after is None:
        return False
    return voice_leading.is_parallel((before[0], after[0]), (before[1], after[1]))
