"""Everything under the tune: the bass line, the inner voices, the accents on the cuts, the drums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..records import TICKS_PER_BEAT, Note
from ..sound import theory
from ..sound.theory import Chord
from . import melody
from .ensembles import ACCENT, BASS, CHORDS, DRUMS, PAD
from .harmony import Plan, Slot
from .melody import MelodyNote

EIGHTH = TICKS_PER_BEAT // 2
#: How the chord's voices (0 lowest) follow each other in eighths; () is silence, several are struck together.
FIGURES: dict[str, tuple[tuple[int, ...], ...]] = {
    "block": ((0, 1, 2),),
    "sparse": ((0,), (), (1,), (2,)),
    "drops": ((0, 2), (), (), (1,)),
    "harp": ((0,), (1,), (2,), (1,)),
    "broken": ((0,), (2,), (1,), (2,)),
    "picked": ((0,), (1, 2), (0,), (2,), (1,), (2,), (0,), (1, 2)),
    "waves": ((0,), (1,), (2,), (3,), (2,), (1,), (2,), (1,)),
    "stride": ((), (0, 1, 2), (), (1, 2)),
    "push": ((0, 1, 2), (), (), (1, 2), (), (), (1, 2), ()),
    "pulse": ((0, 1, 2), (1, 2), (1, 2), (1, 2)),
    "low": ((0,), (), (1, 2), ()),
}
BASS_RANGE = (31, 52)
FINGER = 9
#: No eighth of an accompaniment is shorter, in seconds; quicker music moves in beats.
SHORTEST_S = 0.15


def bass_line(plan: Plan, level: np.ndarray, rng: np.random.Generator) -> list[int]:
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
            fresh.append(ways[best] + extra + 0.02 * (q - centres[i]) ** 2 + 0.3 * float(rng.random()))
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
    """The inner voices of every slot, each moving as little as it can from the one before."""
    arranged: list[tuple[int, ...]] = []
    for harmony, centre in zip(plan.chords, centres, strict=True):
        arranged.append(theory.voicing(harmony.pitch_classes, arranged[-1] if arranged else None, centre, voices))
    return arranged


def pad_notes(plan: Plan, arranged: Sequence[tuple[int, ...]], velocities: Sequence[int], entry: int = 0) -> list[Note]:
    """Held chords from slot `entry` on; a tone that two neighbouring slots share is held over."""
    open_notes: dict[int, Note] = {}
    notes: list[Note] = []
    for slot, pitches, velocity in list(zip(plan.slots, arranged, velocities, strict=True))[entry:]:
        start, length = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT
        for pitch in [p for p in open_notes if p not in pitches]:
            notes.append(open_notes.pop(pitch))
        for pitch in pitches:
            held = open_notes.get(pitch)
            begun = (held.velocity, held.start, held.length + length) if held else (velocity, start, length)
            open_notes[pitch] = Note(PAD, pitch, *begun)
    return notes + list(open_notes.values())


def chord_notes(
    slot: Slot, pitches: tuple[int, ...], figure: str, velocity: int, seconds_per_beat: float, is_last: bool
) -> Iterator[Note]:
    """The accompaniment of one slot in a figure of FIGURES; the last chord is rolled upward and held."""
    start, length = slot.beat * TICKS_PER_BEAT, slot.beats * TICKS_PER_BEAT
    if is_last:
        yield from _rolled(start, length, pitches, velocity, seconds_per_beat)
        return
    pattern = FIGURES[figure]
    unit = EIGHTH if seconds_per_beat / 2 >= SHORTEST_S else TICKS_PER_BEAT
    if len(pattern) == 1:
        unit = length
    ladder = (*pitches, pitches[0] + 12)
    for j in range(length // unit):
        loud = velocity if j == 0 else velocity - 16 if j % 2 else velocity - 10
        for voice in pattern[j % len(pattern)] or (pattern[1] if j == 0 and length // unit == 1 else ()):
            at = start + j * unit
            ring = min(start + length - at, unit * 2 if len(pattern) > 1 else length)
            yield Note(CHORDS, ladder[voice], max(1, loud), at, ring)


def _rolled(
    start: int, length: int, pitches: tuple[int, ...], velocity: int, seconds_per_beat: float
) -> Iterator[Note]:
    """A slow arpeggio into a held chord: the piece slows down without the beat doing so."""
    tones = (*pitches, pitches[0] + 12)
    gap = EIGHTH if length >= 4 * TICKS_PER_BEAT else round(0.045 / seconds_per_beat * TICKS_PER_BEAT)
    for j, pitch in enumerate(tones):
        at = start + min(j * gap, length - 1)
        yield Note(CHORDS, pitch, max(1, velocity - 4 * j), at, start + length - at)


def accent_notes(plan: Plan, velocities: Sequence[int], top: Sequence[int], strong: Sequence[bool]) -> list[Note]:
    """A struck chord tone exactly on every cut, above the chords; two where it is strong.

    top : (slots,) the highest inner voice. strong : (slots,).
    """
    notes, picture = [], -1
    for slot, harmony, velocity, ceiling, doubled in zip(plan.slots, plan.chords, velocities, top, strong, strict=True):
        if slot.picture == picture:
            continue
        picture = slot.picture
        low = theory.nearest(ceiling + 7, (harmony.root, harmony.pitch_classes[2]))
        high = theory.nearest(low + 7, set(harmony.pitch_classes[:3]) - {low % 12})
        length = min(slot.beats * TICKS_PER_BEAT, 2 * TICKS_PER_BEAT)
        notes += [Note(ACCENT, low, velocity, slot.beat * TICKS_PER_BEAT, length)]
        if doubled:
            notes += [Note(ACCENT, high, max(1, velocity - 8), slot.beat * TICKS_PER_BEAT, length)]
    return notes


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
        if i == last or strength < 0.3:
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
