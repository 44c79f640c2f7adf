"""Everything under the tune: the bass line, the inner voices, and the accents on the cuts."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

import numpy as np

from ...core import TICKS_PER_BEAT, Note
from .. import theory
from ..theory import Chord
from . import melody
from .ensembles import ACCENT, BASS, PAD
from .harmony import Plan
from .hashed_random import HashedRandom
from .melody import MelodyNote

EIGHTH = TICKS_PER_BEAT // 2
BASS_RANGE = (31, 52)


def bass_line(plan: Plan, level: np.ndarray, dice: HashedRandom) -> list[int]:
    """The bass pitch of every slot: roots at cadences, else roots and thirds for a line that moves well.

    level : (slots,) in [0, 1].
    """
    rows = [_bass_options(c, i == 0 or i in plan.cadential) for i, c in enumerate(plan.chords)]
    centres = 37 + 7 * level
    totals = [extra + 0.02 * (p - centres[0]) ** 2 for p, extra in rows[0]]
    back: list[list[int]] = []
    for i in range(1, len(rows)):
        pointers, fresh = [], []
        for q, extra in rows[i]:
            ways = [t + _bass_move(p, q) for t, (p, _) in zip(totals, rows[i - 1], strict=True)]
            best = min(range(len(ways)), key=ways.__getitem__)
            pointers.append(best)
            whim = 0.3 * dice.unit(plan.slots[i].image, "bass", i - plan.first_of(i), q)
            fresh.append(ways[best] + extra + 0.02 * (q - centres[i]) ** 2 + whim)
        back.append(pointers)
        totals = fresh
    at = min(range(len(totals)), key=totals.__getitem__)
    path = [at]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    return [row[i][0] for row, i in zip(rows, reversed(path), strict=True)]


def _bass_options(harmony: Chord, root_only: bool) -> list[tuple[int, float]]:
    """(pitch, cost) of each bass note a chord may stand on."""
    root, third = harmony.pitch_classes[:2]
    diminished = harmony.quality.startswith("dim") or harmony.quality == "m7b5"
    costs = {root: 0.8 if diminished and not root_only else 0.0}
    if not root_only:
        costs[third] = 0.0 if diminished else 0.9
    low, high = BASS_RANGE
    return [(p, costs[p % 12]) for p in range(low, high + 1) if p % 12 in costs]


def _bass_move(p: int, q: int) -> float:
    size = abs(q - p)
    if size == 0:
        return 1.6
    if size == 6:
        return 2.7
    return 0.0 if size <= 2 else 0.25 if size <= 5 else 0.5 if size == 7 else 0.9 + 0.2 * (size - 7)


def bass_notes(
    plan: Plan, line: Sequence[int], tune: Sequence[MelodyNote], velocities: Sequence[int], busy: Sequence[float]
) -> list[Note]:
    """The bass part: each slot's note, and where it is busy a fifth or an octave in the middle or a step into the next.

    Nothing is added that would move in parallel fifths or octaves with the tune.
    """
    notes: list[Note] = []
    tune_of = melody.by_slot(tune)
    for i, (slot, pitch) in enumerate(zip(plan.slots, line, strict=True)):
        start, length = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT
        extra = _bass_extra(plan, line, i, busy[i])
        if extra is not None:
            at, second = extra
            before, following = tune_of[i], tune_of[i + 1][:1]
            after = line[i + 1] if i + 1 < len(line) else None
            if _is_clean(pitch, second, start + at, before, after, following):
                notes.append(Note(BASS, pitch, velocities[i], start, at))
                notes.append(Note(BASS, second, max(1, velocities[i] - 14), start + at, length - at))
                continue
        notes.append(Note(BASS, pitch, velocities[i], start, length))
    return notes


def _bass_extra(plan: Plan, line: Sequence[int], i: int, busy: float) -> tuple[int, int] | None:
    """(ticks into the slot, pitch) of a second bass note, or None."""
    slot, pitch = plan.slots[i], line[i]
    if i + 1 == len(line) or busy < 0.3 or slot.beats < 2:
        return None
    half = (slot.beats // 2 if slot.beats % 2 == 0 else slot.beats - 1) * TICKS_PER_BEAT
    gap = line[i + 1] - pitch
    if abs(gap) in (3, 4) and busy > 0.45:
        scale = theory.chord_scale(plan.chords[i])
        return slot.beats * TICKS_PER_BEAT - (TICKS_PER_BEAT if slot.beats > 2 else EIGHTH), theory.steps(
            pitch, 1 if gap > 0 else -1, scale
        )
    if pitch % 12 != plan.chords[i].root:
        return None
    fifth = plan.chords[i].pitch_classes[2]
    options = [p for p in range(BASS_RANGE[0], BASS_RANGE[1] + 1) if p % 12 == fifth and abs(p - pitch) <= 8]
    if not options:
        return None
    return half, min(options, key=lambda p: (abs(p - line[i + 1]), p))


def _is_clean(
    first: int, second: int, at: int, tune: Sequence[MelodyNote], next_bass: int | None,
    following: Sequence[MelodyNote],
) -> bool:  # fmt: skip
    """Whether a second bass note at tick `at` makes no parallels with the tune, arriving or leaving."""
    sounding = [n.pitch for n in tune if n.start <= at]
    arriving = [n.pitch for n in tune if n.start == at]
    if arriving and len(sounding) > 1 and theory.is_parallel((sounding[-2], arriving[0]), (first, second)):
        return False
    if next_bass is None or not following or not tune:
        return True
    return not theory.is_parallel((tune[-1].pitch, following[0].pitch), (second, next_bass))


def voicings(plan: Plan, centres: Iterable[float], voices: int = 3) -> list[tuple[int, ...]]:
    """The inner voices of every slot, each moving as little as it can from the one before.

    Every phrase begins anew, near the centre, so that what one has in it is not heard in the next.
    """
    arranged: list[tuple[int, ...]] = []
    fresh = {phrase.first for phrase in plan.phrases}
    for i, (harmony, centre) in enumerate(zip(plan.chords, centres, strict=True)):
        before = None if i in fresh else arranged[-1]
        arranged.append(theory.voicing(harmony.pitch_classes, before, centre, voices))
    return arranged


def pad_notes(
    plan: Plan, arranged: Sequence[tuple[int, ...]], velocities: Sequence[int], plays: Sequence[bool]
) -> list[Note]:
    """Held chords in the slots where they play; a tone that two neighbouring slots share is held over."""
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


def accent_notes(
    plan: Plan, velocities: Sequence[int], top: Sequence[int], strong: Sequence[bool], bass: Sequence[int],
    highest: Sequence[int],
) -> list[Note]:  # fmt: skip
    """A struck chord tone exactly on every cut, above the chords; two where it is strong.

    top : (slots,) the highest inner voice. strong : (slots,). bass, highest : (slots,) the lowest pitch, and the
    highest without the accent. Where the highest of all would move in parallels with the bass, another tone is struck.
    """
    notes: list[Note] = []
    before: tuple[int, int] | None = None
    changes = plan.changes
    for i, (slot, harmony, velocity) in enumerate(zip(plan.slots, plan.chords, velocities, strict=True)):
        place = bisect.bisect_right(changes, i)
        is_change = place > 0 and changes[place - 1] == i
        if plan.first_of(i) != i:
            before = (highest[i], bass[i]) if is_change else before
            continue
        after = (highest[changes[place]], bass[changes[place]]) if place < len(changes) else None
        pitches = _struck(harmony, top[i], strong[i], highest[i], bass[i], before, after)
        before = (max(highest[i], *pitches), bass[i]) if is_change else before
        length = min(slot.beats * TICKS_PER_BEAT, 2 * TICKS_PER_BEAT)
        for k, pitch in enumerate(pitches):
            notes.append(Note(ACCENT, pitch, max(1, velocity - 8 * k), slot.beat * TICKS_PER_BEAT, length))
    return notes


def _struck(
    harmony: Chord, top: int, doubled: bool, highest: int, bass: int, before: tuple[int, int] | None,
    after: tuple[int, int] | None,
) -> tuple[int, ...]:  # fmt: skip
    """The pitches of one accent: root or fifth above the chords, with a third above it where it is doubled."""
    root, third, fifth = harmony.pitch_classes[:3]
    first = theory.nearest(top + 7, (root, fifth))
    options = [first, *(theory.nearest(top + 7 + d, (pc,)) for d in (0, 6) for pc in (third, fifth, root))]
    ways: list[tuple[int, ...]] = []
    for low in options:
        high = theory.nearest(low + 7, {root, third, fifth} - {low % 12})
        ways += [(low, high), (low,)] if doubled else [(low,)]
    clean = [way for way in ways if not _is_parallel(before, (max(highest, *way), bass))]
    return next((way for way in clean if not _is_parallel((max(highest, *way), bass), after)), (clean or ways)[0])


def _is_parallel(before: tuple[int, int] | None, after: tuple[int, int] | None) -> bool:
    """Whether (highest, lowest) move in parallels from one moment to the next."""
    if before is None or after is None:
        return False
    return theory.is_parallel((before[0], after[0]), (before[1], after[1]))
