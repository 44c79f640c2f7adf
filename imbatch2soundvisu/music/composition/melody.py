"""The melody: cells of a motif on a skeleton of chord tones.

A phrase states its motif and then sequences it, with an answer in place of the second half; other themes invert and
reverse it. The skeleton has one chord tone at the start of every slot: the cheapest line through all of them (small
intervals, resolved leaps, the contour of the motif, no parallels with the bass). Then each slot is filled with its
cell, in scale steps around its skeleton note.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import TICKS_PER_BEAT
from .. import theory, voice_leading
from ..theory import Chord
from .form import HALF
from .harmony import HarmonicPlan
from .hashed_random import HashedRandom
from .motif import Cell, Motif

#: Semitones from which an interval is a leap.
LEAP = 5
FORBIDDEN = 60.0
#: Cost of another chord tone than the theme has in its other statements.
OTHER_TONE = 1.5
#: The most that the size of an interval costs, since the register of the images may leap.
MOST_FOR_SIZE = 2.0
#: Cost of each semitone that a note lies off the register of its image, beyond two.
OFF_REGISTER = 0.45

#: A state of the search: pitch, and the direction (1, -1) of an unresolved leap into it, 0 for none.
_State = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """A note of the melody.

    Parameters
    ----------
    pitch : int
    start, length : int
        Ticks.
    slot : int
        Index of its slot.
    opens_slot : bool
        Whether it is the first note of the slot.
    """

    pitch: int
    start: int
    length: int
    slot: int
    opens_slot: bool


def skeleton(
    plan: HarmonicPlan,
    centres: np.ndarray,
    bass: Sequence[int],
    motifs: dict[str, Motif],
    jump: np.ndarray,
    draws: HashedRandom,
) -> list[int]:
    """Return one chord tone for every slot: the cheapest line (Viterbi over pitch and unresolved leap).

    Parameters
    ----------
    plan : HarmonicPlan
    centres : (slots,) array
        The pitch around which each tone lies.
    bass : sequence of int
        Bass pitch of each slot.
    motifs : dict of str to Motif
        By theme.
    jump : (slots,) array
        In [0, 1]; where it is high, large intervals are cheaper.
    draws : HashedRandom
        Breaks ties, image by image.
    """
    recalled = [_recalled_tone(plan, i, motifs) for i in range(len(plan.slots))]
    rows = [_candidates(plan, i, float(c)) for i, c in enumerate(centres)]
    jitter = [_jitter(plan, i, row, draws) for i, row in enumerate(rows)]
    totals: dict[_State, float] = {
        (p, 0): _register_cost(p, centres[0]) + j for p, j in zip(rows[0], jitter[0], strict=True)
    }
    back: list[dict[_State, _State]] = []
    for i in range(1, len(rows)):
        wanted, basses = _motif_move(plan, i, motifs), (bass[i - 1], bass[i])
        costs = [
            _register_cost(q, centres[i]) + j + (OTHER_TONE if q % 12 != recalled[i] else 0.0)
            for q, j in zip(rows[i], jitter[i], strict=True)
        ]
        totals, pointers = _advance(totals, rows[i], costs, wanted, float(jump[i]), basses)
        back.append(pointers)
    state = min(totals, key=lambda s: (totals[s], s))
    line = [state[0]]
    for pointers in reversed(back):
        state = pointers[state]
        line.append(state[0])
    return _without_parallels(plan, line[::-1], bass, rows, centres)


def _advance(
    totals: dict[_State, float],
    row: Sequence[int],
    costs: Sequence[float],
    wanted: int | None,
    jump: float,
    bass: tuple[int, int],
) -> tuple[dict[_State, float], dict[_State, _State]]:
    """One step of the search: (cost of each state of a slot, the state before it on the cheapest line)."""
    fresh: dict[_State, float] = {}
    pointers: dict[_State, _State] = {}
    for q, own in zip(row, costs, strict=True):
        for (p, leap), total in totals.items():
            cost = total + own + _interval_cost(p, q, leap, wanted, jump)
            if voice_leading.is_parallel((p, q), bass):
                cost += FORBIDDEN
            state = (q, 0 if abs(q - p) <= LEAP else 1 if q > p else -1)
            if cost < fresh.get(state, float("inf")):
                fresh[state], pointers[state] = cost, (p, leap)
    return fresh, pointers


def _jitter(plan: HarmonicPlan, i: int, row: Sequence[int], draws: HashedRandom) -> list[float]:
    image, k = plan.slots[i].image, i - plan.first_of(i)
    return [0.5 * draws.unit(image, "tune", k, pitch) for pitch in row]


def _without_parallels(
    plan: HarmonicPlan, line: list[int], bass: Sequence[int], rows: Sequence[list[int]], centres: np.ndarray
) -> list[int]:
    """The line without parallels from one chord to the next where a chord is held over several slots."""
    for before, here in itertools.pairwise(plan.changes):
        near = [i for i in (before, here - 1, here + 1) if i < len(line)]
        if _makes_parallels(line, bass, here, line[here], near):
            options = [p for p in rows[here] if not _makes_parallels(line, bass, here, p, near)]
            line[here] = min(options, key=lambda p: (abs(p - centres[here]), p), default=line[here])
    return line


def _makes_parallels(line: Sequence[int], bass: Sequence[int], here: int, pitch: int, near: Sequence[int]) -> bool:
    """Whether `pitch` at slot `here` makes parallels with the bass, from or to one of the slots near it."""
    upper = {i: line[i] for i in near} | {here: pitch}
    pairs = [(min(i, here), max(i, here)) for i in near]
    return any(voice_leading.is_parallel((upper[a], upper[b]), (bass[a], bass[b])) for a, b in pairs)


def _candidates(plan: HarmonicPlan, i: int, centre: float) -> list[int]:
    """The pitches of a skeleton note: chord tones near the centre, at cadences only those that close."""
    harmony, phrase = plan.chords[i], plan.phrase_at(i)
    tones = harmony.pitch_classes[:3]
    if i == len(plan.chords) - 1:
        tones = (harmony.root,)
    elif i == len(plan.chords) - 2:
        tones = harmony.pitch_classes[1:3]
    elif i == phrase.last - 1 and phrase.cadence != HALF:
        tones = harmony.pitch_classes[:2]
    usual = harmony.melody_tones or theory.melody_scale(harmony)
    allowed = tuple(each for each in tones if each in usual) or usual
    return [p for p in range(round(centre) - 10, round(centre) + 11) if p % 12 in allowed]


def _register_cost(pitch: int, centre: float) -> float:
    return 0.55 * (pitch - centre) ** 2


def _recalled_tone(plan: HarmonicPlan, i: int, motifs: dict[str, Motif]) -> int:
    """The pitch class that the theme has at this slot in every statement."""
    phrase, chord = plan.phrase_at(i), plan.chords[i]
    tones = motifs[phrase.theme].tones
    return chord.pitch_classes[tones[(i - phrase.first) % len(tones)]]


def _motif_move(plan: HarmonicPlan, i: int, motifs: dict[str, Motif]) -> int | None:
    """The scale steps of the motif from the slot before; None at the start of a phrase."""
    phrase = plan.phrase_at(i)
    if i == phrase.first:
        return None
    moves = motifs[phrase.theme].moves
    return moves[(i - phrase.first - 1) % len(moves)]


def _interval_cost(p: int, q: int, leap: int, wanted: int | None, jump: float) -> float:
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


@dataclass(frozen=True)
class _SlotContext:
    """What the notes of a slot depend on. following : skeleton note and bass of the next slot, None for the last."""

    anchor: int
    harmony: Chord
    bass: int
    following: tuple[int, int] | None
    register: float
    limits: tuple[int, int]


def fill(
    plan: HarmonicPlan,
    line: Sequence[int],
    bass: Sequence[int],
    cells: Sequence[Cell],
    register: np.ndarray,
    limits: tuple[int, int],
) -> list[MelodyNote]:
    """Return the melody: the cell of every slot on its skeleton note.

    Parameters
    ----------
    plan : HarmonicPlan
    line : sequence of int
        The skeleton.
    bass : sequence of int
        Bass pitch of each slot.
    cells : sequence of Cell
        Of each slot.
    register : (slots,) array
        The pitch around which the notes of a slot lie.
    limits : (int, int)
        Lowest and highest pitch.
    """
    notes: list[MelodyNote] = []
    for i, (slot, cell) in enumerate(zip(plan.slots, cells, strict=True)):
        following = None if i + 1 == len(line) else (line[i + 1], bass[i + 1])
        context = _SlotContext(line[i], plan.chords[i], bass[i], following, float(register[i]), limits)
        beats = (0, *itertools.accumulate(cell.rhythm))
        starts = [slot.beat * TICKS_PER_BEAT + round(beat * TICKS_PER_BEAT) for beat in beats]
        edges = itertools.pairwise(starts)
        pitches = _pitches(cell, context)
        notes += [MelodyNote(p, a, b - a, i, j == 0) for j, (p, (a, b)) in enumerate(zip(pitches, edges, strict=True))]
    return notes


def by_slot(notes: Sequence[MelodyNote]) -> dict[int, list[MelodyNote]]:
    """Return the notes of each slot in time; an empty list for a slot without notes."""
    found: dict[int, list[MelodyNote]] = defaultdict(list)
    for note in notes:
        found[note.slot].append(note)
    return found


def _pitches(cell: Cell, context: _SlotContext) -> list[int]:
    """The pitches of a cell: near its contour, chord tones on strong beats, leading into the next skeleton note."""
    scale = theory.melody_scale(context.harmony)
    pitches, position = [context.anchor], cell.rhythm[0]
    for j in range(1, len(cell.rhythm)):
        target = theory.scale_step(context.anchor, cell.shape[j], scale)
        is_strong = position == 2 and sum(cell.rhythm) == 4
        is_last = j == len(cell.rhythm) - 1
        options = [theory.scale_step(target, d, scale) for d in (0, 1, -1, 2, -2, 3, -3, 4, -4)]
        costs = [_note_cost(pitch, target, pitches[-1], context, is_strong, is_last) for pitch in options]
        pitches.append(options[costs.index(min(costs))])
        position += cell.rhythm[j]
    return pitches


def _note_cost(pitch: int, target: int, previous: int, context: _SlotContext, is_strong: bool, is_last: bool) -> float:
    """Cost of one note of a cell after the previous one; `target` is the pitch of the cell's contour."""
    move, is_consonant = abs(pitch - previous), pitch % 12 in context.harmony.pitch_classes
    cost = 0.9 * abs(pitch - target) + (2.4 if move == 0 else 0.0) + 0.5 * max(0, move - 5)
    if not is_consonant:
        cost += (5.0 if is_strong else 0.5) + (3.0 if move > 2 else 0.0)
    cost += OFF_REGISTER * max(0.0, abs(pitch - context.register) - 2)
    if not context.limits[0] <= pitch <= context.limits[1]:
        cost += 8.0
    if is_last and context.following is not None:
        cost += _approach_cost(pitch, is_consonant, context.following, context.bass)
    return cost


def _approach_cost(pitch: int, is_consonant: bool, following: tuple[int, int], bass: int) -> float:
    """Cost of the last note of a slot before the skeleton note and the bass of the next."""
    anchor, next_bass = following
    gap = abs(anchor - pitch)
    cost = 1.0 if gap == 0 else 0.0 if gap <= 2 else 0.5 * (gap - 2)
    if not is_consonant and gap > 2:
        cost += 3.0
    return cost + (FORBIDDEN if voice_leading.is_parallel((pitch, anchor), (bass, next_bass)) else 0.0)
