"""The bass: a line with inversions, from stretch to stretch of the harmony, and the notes that play it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core import TICKS_PER_BEAT, Note
from .. import theory, voice_leading
from ..theory import TONIC, Chord
from . import melody
from .ensembles import BASS
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom
from .melody import MelodyNote

EIGHTH = TICKS_PER_BEAT // 2
BASS_RANGE = (31, 52)
#: Cost of a first inversion where a genre has none, and how much less where all chords are inverted.
FIRST_INVERSION, SHARE = 1.25, 5.2
#: Further cost of a second inversion, and of the seventh in the bass.
SECOND_INVERSION, SEVENTH_IN_BASS = 0.6, 0.5
#: Further cost of a first inversion that is rare.
RARE = 1.2
#: Cost where a second inversion is not reached and left by step or on the same note, and where a seventh in the bass
#: does not fall by step.
UNPREPARED = 4.0

#: Density of a phrase from which the bass has a second note in a slot, and steps into the next.
SECOND_NOTE, STEPWISE = 0.3, 0.45
#: Cost of an interval by its semitones.
INTERVALS = (0.8, 0.0, 0.0, 0.3, 0.3, 0.3, 2.7, 0.5)

#: A state of the search: pitch, and which tone of the chord it is (0 root, 1 third, 2 fifth, 3 seventh; -1 a pedal).
_State = tuple[int, int]


def bass_line(plan: HarmonicPlan, level: np.ndarray, draws: HashedRandom, inversions: float = 0.35) -> list[int]:
    """Return the bass pitch of every slot, the same within a stretch of one chord: the cheapest line (Viterbi).

    Roots at cadences and on pedals their tone; else the root, third, fifth or seventh of each chord. Second inversions
    are reached and left by step or on the same note, sevenths in the bass fall by step.

    Parameters
    ----------
    plan : HarmonicPlan
    level : (slots,) array
        In [0, 1]; the line lies higher where it is high.
    draws : HashedRandom
        Breaks ties, image by image.
    inversions : float, default 0.35
        Share of chords whose bass is not the root, [0, 0.6].
    """
    rows = [_options(plan, each[0], inversions) for each in plan.stretches]
    centres = [37 + 7 * float(level[list(each)].mean()) for each in plan.stretches]
    totals = [extra + 0.02 * (p - centres[0]) ** 2 for (p, _), extra in rows[0]]
    back: list[list[int]] = []
    for k in range(1, len(rows)):
        head, pointers, fresh = plan.stretches[k][0], [], []
        for state, extra in rows[k]:
            sums = [t + _move(a, state) for t, (a, _) in zip(totals, rows[k - 1], strict=True)]
            best = min(range(len(sums)), key=sums.__getitem__)
            pointers.append(best)
            jitter = 0.3 * draws.unit(plan.slots[head].image, "bass", head - plan.first_of(head), state[0])
            fresh.append(sums[best] + extra + 0.02 * (state[0] - centres[k]) ** 2 + jitter)
        back.append(pointers)
        totals = fresh
    path = [min(range(len(totals)), key=totals.__getitem__)]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    pitches = [row[i][0][0] for row, i in zip(rows, reversed(path), strict=True)]
    return [pitch for pitch, slots in zip(pitches, plan.stretches, strict=True) for _ in slots]


def _options(plan: HarmonicPlan, head: int, inversions: float) -> list[tuple[_State, float]]:
    """(state, cost) of each bass note of the stretch that begins with a slot."""
    harmony, pedal = plan.chords[head], plan.pedals[head]
    low, high = BASS_RANGE
    if pedal is not None:
        return [((p, -1), 0.0) for p in range(low, high + 1) if p % 12 == pedal]
    costs = _tone_costs(harmony, head in plan.cadential, inversions)
    tones = {harmony.pitch_classes[tone]: tone for tone in costs}
    return [((p, tones[p % 12]), costs[tones[p % 12]]) for p in range(low, high + 1) if p % 12 in tones]


def _tone_costs(harmony: Chord, root_only: bool, inversions: float) -> dict[int, float]:
    """{tone of the chord: its cost in the bass}: 0 root, 1 third, 2 fifth, 3 seventh."""
    if root_only:
        return {0: 0.0}
    first = FIRST_INVERSION - SHARE * inversions
    costs = {0: 0.0, 1: first + _rare(harmony), 2: first + SECOND_INVERSION}
    if harmony.quality.startswith("dim") or harmony.quality == "m7b5":
        costs = {0: 0.8, 1: 0.0, 2: 1.0}
    if harmony.quality in ("7", "m7", "maj7"):
        costs[3] = first + SEVENTH_IN_BASS
    return costs


def _rare(harmony: Chord) -> float:
    """Further cost of the first inversion: of submediants and mediants, which sound like the chord a third below."""
    return RARE if harmony.function == TONIC and not harmony.is_home else 0.0


def _move(a: _State, b: _State) -> float:
    """Cost of an interval of the bass: steps are cheap, repeated notes and tritones are not."""
    (p, from_tone), (q, to_tone) = a, b
    size = abs(q - p)
    cost = INTERVALS[size] if size < len(INTERVALS) else 0.9 + 0.2 * (size - 7)
    if size == 0 and -1 in (from_tone, to_tone):
        cost = 0.0
    if 2 in (from_tone, to_tone) and size > 2:
        cost += UNPREPARED
    if from_tone == 3 and not 1 <= p - q <= 2:
        cost += UNPREPARED
    if to_tone == 3 and size > 2:
        cost += UNPREPARED
    return cost


def bass_notes(
    plan: HarmonicPlan,
    line: Sequence[int],
    melody_notes: Sequence[MelodyNote],
    velocities: Sequence[int],
    density: Sequence[float],
) -> list[Note]:
    """Return the bass part: the note of each stretch, struck again with each bar, and second ones in dense phrases.

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
