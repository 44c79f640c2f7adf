"""The texture under the melody: bass line, inner voices, and accents on the cuts."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

import numpy as np

from ...core import TICKS_PER_BEAT, Note
from .. import theory, voice_leading
from ..theory import Chord
from . import melody
from .ensembles import ACCENT, BASS, PAD
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom
from .melody import MelodyNote

EIGHTH = TICKS_PER_BEAT // 2
BASS_RANGE = (31, 52)
#: Density of a phrase from which the bass has a second note in a slot, and steps into the next.
SECOND_NOTE, STEPWISE = 0.3, 0.45


def bass_line(plan: HarmonicPlan, level: np.ndarray, draws: HashedRandom) -> list[int]:
    """Return the bass pitch of every slot: roots at cadences, else roots and thirds on the cheapest line (Viterbi).

    Parameters
    ----------
    plan : HarmonicPlan
    level : (slots,) array
        In [0, 1]; the line lies higher where it is high.
    draws : HashedRandom
        Breaks ties, image by image.
    """
    rows = [_bass_options(c, i == 0 or i in plan.cadential) for i, c in enumerate(plan.chords)]
    centres = 37 + 7 * level
    totals = [extra + 0.02 * (p - centres[0]) ** 2 for p, extra in rows[0]]
    back: list[list[int]] = []
    for i in range(1, len(rows)):
        pointers, fresh = [], []
        for q, extra in rows[i]:
            sums = [t + _bass_move(p, q) for t, (p, _) in zip(totals, rows[i - 1], strict=True)]
            best = min(range(len(sums)), key=sums.__getitem__)
            pointers.append(best)
            jitter = 0.3 * draws.unit(plan.slots[i].image, "bass", i - plan.first_of(i), q)
            fresh.append(sums[best] + extra + 0.02 * (q - centres[i]) ** 2 + jitter)
        back.append(pointers)
        totals = fresh
    path = [min(range(len(totals)), key=totals.__getitem__)]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    return [row[i][0] for row, i in zip(rows, reversed(path), strict=True)]


def _bass_options(harmony: Chord, root_only: bool) -> list[tuple[int, float]]:
    """(pitch, cost) of each bass note of a chord: root position, or first inversion."""
    root, third = harmony.pitch_classes[:2]
    diminished = harmony.quality.startswith("dim") or harmony.quality == "m7b5"
    costs = {root: 0.8 if diminished and not root_only else 0.0}
    if not root_only:
        costs[third] = 0.0 if diminished else 0.9
    low, high = BASS_RANGE
    return [(p, costs[p % 12]) for p in range(low, high + 1) if p % 12 in costs]


def _bass_move(p: int, q: int) -> float:
    """Cost of an interval of the bass: steps are cheap, repeated notes and tritones are not."""
    size = abs(q - p)
    if size == 0:
        return 1.6
    if size == 6:
        return 2.7
    return 0.0 if size <= 2 else 0.25 if size <= 5 else 0.5 if size == 7 else 0.9 + 0.2 * (size - 7)


def bass_notes(
    plan: HarmonicPlan,
    line: Sequence[int],
    melody_notes: Sequence[MelodyNote],
    velocities: Sequence[int],
    density: Sequence[float],
) -> list[Note]:
    """Return the bass part: the note of each slot, and a second one in dense phrases.

    The second note is a fifth or an octave in the middle, or a step into the next slot, unless it makes parallels with
    the melody.

    Parameters
    ----------
    plan : HarmonicPlan
    line : sequence of int
        See `bass_line`.
    melody_notes : sequence of MelodyNote
    velocities : (slots,) sequence of int
    density : (slots,) sequence of float
        Of the phrase of each slot, [0, 1].
    """
    notes: list[Note] = []
    melody_of = melody.by_slot(melody_notes)
    for i, (slot, pitch) in enumerate(zip(plan.slots, line, strict=True)):
        start, length = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT
        extra = _second_bass_note(plan, line, i, density[i])
        if extra is not None:
            at, second = extra
            after = line[i + 1] if i + 1 < len(line) else None
            bass = (pitch, second, after)
            if _is_without_parallels(bass, start + at, melody_of[i], melody_of[i + 1][:1]):
                notes.append(Note(BASS, pitch, velocities[i], start, at))
                notes.append(Note(BASS, second, max(1, velocities[i] - 14), start + at, length - at))
                continue
        notes.append(Note(BASS, pitch, velocities[i], start, length))
    return notes


def _second_bass_note(plan: HarmonicPlan, line: Sequence[int], i: int, density: float) -> tuple[int, int] | None:
    """(ticks into the slot, pitch) of a second bass note, or None."""
    slot, pitch = plan.slots[i], line[i]
    if i + 1 == len(line) or density < SECOND_NOTE or slot.beats < 2:
        return None
    gap = line[i + 1] - pitch
    if abs(gap) in (3, 4) and density > STEPWISE:
        at = slot.beats * TICKS_PER_BEAT - (TICKS_PER_BEAT if slot.beats > 2 else EIGHTH)
        return at, theory.scale_step(pitch, 1 if gap > 0 else -1, theory.chord_scale(plan.chords[i]))
    if pitch % 12 != plan.chords[i].root:
        return None
    fifth = plan.chords[i].pitch_classes[2]
    options = [p for p in range(BASS_RANGE[0], BASS_RANGE[1] + 1) if p % 12 == fifth and abs(p - pitch) <= 8]
    if not options:
        return None
    half = (slot.beats // 2 if slot.beats % 2 == 0 else slot.beats - 1) * TICKS_PER_BEAT
    return half, min(options, key=lambda p: (abs(p - line[i + 1]), p))


def _is_without_parallels(
    bass: tuple[int, int, int | None], at: int, here: Sequence[MelodyNote], following: Sequence[MelodyNote]
) -> bool:
    """Whether a second bass note at tick `at` makes no parallels with the melody, arriving or leaving.

    bass : the bass note of the slot, the second one, and that of the next slot.
    """
    first, second, after = bass
    sounding = [n.pitch for n in here if n.start <= at]
    arriving = [n.pitch for n in here if n.start == at]
    if arriving and len(sounding) > 1 and voice_leading.is_parallel((sounding[-2], arriving[0]), (first, second)):
        return False
    if after is None or not following or not here:
        return True
    return not voice_leading.is_parallel((here[-1].pitch, following[0].pitch), (second, after))


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
