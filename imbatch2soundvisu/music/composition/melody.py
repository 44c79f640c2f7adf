"""The tune: a motif that is stated, sequenced, varied and comes back, over a skeleton of chord tones.

A motif is two bars of cells. A phrase states it and then sequences it, with an answer in place of its second half;
other themes turn it upside down and backwards. First the skeleton: one chord tone at the start of every slot, the best
line through all of them at once (small intervals, leaps turned back, the motif's own outline, no parallels with the
bass). Then each slot is filled with its cell, in scale steps around its skeleton note.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import TICKS_PER_BEAT
from .. import theory
from ..theory import Chord
from .form import HALF
from .harmony import Plan
from .hashed_random import HashedRandom
from .motif import Cell, Motif

LEAP = 5
FORBIDDEN = 60.0
#: Cost of another tone than the theme had there.
OTHERWISE = 1.5
#: The most that the size of an interval costs: where the images leap, so may the tune.
MOST_FOR_SIZE = 2.0
#: Cost of each semitone that a note lies off the register of its image, beyond two.
OFF_REGISTER = 0.45


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """start, length: ticks; slot: index; strong: whether it opens its slot."""

    pitch: int
    start: int
    length: int
    slot: int
    strong: bool


def skeleton(
    plan: Plan, centres: np.ndarray, bass: Sequence[int], motifs: dict[str, Motif], jump: np.ndarray, dice: HashedRandom
) -> list[int]:
    """One chord tone for every slot.

    centres : (slots,) the pitch each should lie near. bass : the bass pitch of each slot. jump : (slots,) in [0, 1],
    how far the line likes to leap into it. The state of the search is the pitch and the direction of an unresolved
    leap into it.
    """
    recalled = [_recalled(plan, i, motifs) for i in range(len(plan.slots))]
    rows = [_anchors(plan, i, float(c)) for i, c in enumerate(centres)]
    jitter = [
        [0.5 * dice.unit(plan.slots[i].image, "tune", i - plan.first_of(i), p) for p in row]
        for i, row in enumerate(rows)
    ]
    totals = {(p, 0): _lie(p, centres[0]) + j for p, j in zip(rows[0], jitter[0], strict=True)}
    back: list[dict[tuple[int, int], tuple[int, int]]] = []
    for i in range(1, len(rows)):
        wanted = _wanted_move(plan, i, motifs)
        fresh: dict[tuple[int, int], float] = {}
        pointers: dict[tuple[int, int], tuple[int, int]] = {}
        for q, j in zip(rows[i], jitter[i], strict=True):
            lie = _lie(q, centres[i]) + j + (OTHERWISE if q % 12 != recalled[i] else 0.0)
            for (p, leap), total in totals.items():
                cost = total + lie + _line(p, q, leap, wanted, float(jump[i]))
                if theory.is_parallel((p, q), (bass[i - 1], bass[i])):
                    cost += FORBIDDEN
                state = (q, 0 if abs(q - p) <= LEAP else 1 if q > p else -1)
                if cost < fresh.get(state, float("inf")):
                    fresh[state], pointers[state] = cost, (p, leap)
        totals = fresh
        back.append(pointers)
    state = min(totals, key=lambda s: (totals[s], s))
    line = [state[0]]
    for pointers in reversed(back):
        state = pointers[state]
        line.append(state[0])
    return _mended(plan, line[::-1], bass, rows, centres)


def _mended(
    plan: Plan, line: list[int], bass: Sequence[int], rows: Sequence[list[int]], centres: np.ndarray
) -> list[int]:  # fmt: skip
    """The line without parallels from one chord to the next where a chord is held over several slots."""
    heads = plan.changes
    for before, here in itertools.pairwise(heads):
        near = [i for i in (before, here - 1, here + 1) if i < len(line)]

        def clean(pitch: int, here: int = here, near: list[int] = near) -> bool:
            pairs = [(min(i, here), max(i, here)) for i in near]
            heard = {i: line[i] for i in near} | {here: pitch}
            return not any(theory.is_parallel((heard[a], heard[b]), (bass[a], bass[b])) for a, b in pairs)

        if not clean(line[here]):
            options = [p for p in rows[here] if clean(p)]
            line[here] = min(options, key=lambda p: (abs(p - centres[here]), p), default=line[here])
    return line


def _anchors(plan: Plan, i: int, centre: float) -> list[int]:
    """The pitches a skeleton note may have: chord tones near the centre; at cadences only those that close."""
    harmony, phrase = plan.chords[i], plan.phrases[plan.phrase_of(i)]
    tones = harmony.pitch_classes[:3]
    if i == len(plan.chords) - 1:
        tones = (harmony.root,)
    elif i == len(plan.chords) - 2:
        tones = harmony.pitch_classes[1:3]
    elif i == phrase.last - 1 and phrase.cadence != HALF:
        tones = harmony.pitch_classes[:2]
    return [p for p in range(round(centre) - 10, round(centre) + 11) if p % 12 in tones]


def _lie(pitch: int, centre: float) -> float:
    return 0.55 * (pitch - centre) ** 2


def _recalled(plan: Plan, i: int, motifs: dict[str, Motif]) -> int:
    """The pitch class that the theme has in this place, whatever the register: so it is known when it comes back."""
    phrase, chord = plan.phrases[plan.phrase_of(i)], plan.chords[i]
    tones = motifs[phrase.theme].tones
    return chord.pitch_classes[tones[(i - phrase.first) % len(tones)]]


def _wanted_move(plan: Plan, i: int, motifs: dict[str, Motif]) -> int | None:
    """The scale steps the motif asks for from the slot before; nothing across a phrase boundary."""
    phrase = plan.phrases[plan.phrase_of(i)]
    if i == phrase.first:
        return None
    moves = motifs[phrase.theme].moves
    return moves[(i - phrase.first - 1) % len(moves)]


def _line(p: int, q: int, leap: int, wanted: int | None, jump: float) -> float:
    """Cost of an interval of the skeleton, after an unresolved leap upward (1) or downward (-1)."""
    size = abs(q - p)
    cost = 1.8 if size == 0 else 0.0 if size <= 4 else min(0.4 * (size - 4), MOST_FOR_SIZE)
    cost += max(0.0, jump - 0.6) * max(0, 5 - size)
    cost += 3.0 if size in (6, 11) else 0.0
    if leap and (q - p) * leap >= 0:
        cost += 2.5
    if wanted is not None:
        cost += 0.45 * abs(round((q - p) * 7 / 12) - wanted)
    return cost


def fill(
    plan: Plan, line: Sequence[int], bass: Sequence[int], cells: Sequence[Cell], register: np.ndarray,
    limits: tuple[int, int],
) -> list[MelodyNote]:  # fmt: skip
    """Every slot's cell on its skeleton note.

    register : (slots,) the pitch a slot should lie around. limits : the lowest and highest pitch of the instrument.
    """
    notes: list[MelodyNote] = []
    for i, (slot, cell) in enumerate(zip(plan.slots, cells, strict=True)):
        following = None if i + 1 == len(line) else (line[i + 1], bass[i + 1])
        pitches = _pitches(line[i], cell, plan.chords[i], following, bass[i], float(register[i]), limits)
        beats = (0, *itertools.accumulate(cell.rhythm))
        starts = [slot.beat * TICKS_PER_BEAT + round(beat * TICKS_PER_BEAT) for beat in beats]
        notes += [
            MelodyNote(p, a, b - a, i, j == 0)
            for j, (p, a, b) in enumerate(zip(pitches, starts[:-1], starts[1:], strict=True))
        ]
    return notes


def by_slot(tune: Sequence[MelodyNote]) -> dict[int, list[MelodyNote]]:
    """The notes of each slot, in the order of the tune; an empty list where there are none."""
    notes: dict[int, list[MelodyNote]] = defaultdict(list)
    for note in tune:
        notes[note.slot].append(note)
    return notes


def _pitches(
    anchor: int, cell: Cell, harmony: Chord, following: tuple[int, int] | None, bass: int, centre: float,
    limits: tuple[int, int],
) -> list[int]:  # fmt: skip
    """The pitches of one cell: near its shape, chord tones on strong beats, a good way into the next skeleton note."""
    scale, tones = theory.chord_scale(harmony), set(harmony.pitch_classes)
    pitches, position = [anchor], cell.rhythm[0]
    for j in range(1, len(cell.rhythm)):
        target = theory.steps(anchor, cell.shape[j], scale)
        is_last = j == len(cell.rhythm) - 1
        strong = position == 2 and sum(cell.rhythm) == 4

        def cost(pitch: int, target: int = target, strong: bool = strong, is_last: bool = is_last) -> float:
            move = abs(pitch - pitches[-1])
            total = 0.9 * abs(pitch - target) + (2.4 if move == 0 else 0.0) + 0.5 * max(0, move - 5)
            if pitch % 12 not in tones:
                total += (5.0 if strong else 0.5) + (3.0 if move > 2 else 0.0)
            total += OFF_REGISTER * max(0.0, abs(pitch - centre) - 2)
            if not limits[0] <= pitch <= limits[1]:
                total += 8.0
            if is_last and following is not None:
                total += _approach_cost(pitch, pitch % 12 in tones, following, bass)
            return total

        pitches.append(min((theory.steps(target, d, scale) for d in (0, 1, -1, 2, -2, 3, -3, 4, -4)), key=cost))
        position += cell.rhythm[j]
    return pitches


def _approach_cost(pitch: int, consonant: bool, following: tuple[int, int], bass: int) -> float:
    anchor, next_bass = following
    gap = abs(anchor - pitch)
    cost = 1.0 if gap == 0 else 0.0 if gap <= 2 else 0.5 * (gap - 2)
    if not consonant and gap > 2:
        cost += 3.0
    return cost + (FORBIDDEN if theory.is_parallel((pitch, anchor), (bass, next_bass)) else 0.0)
