"""The tune: a motif that is stated, sequenced, varied and comes back, over a skeleton of chord tones.

First the skeleton: one chord tone at the start of every slot, the best line through all of them at once (small
intervals, leaps turned back, the motif's own outline, no parallels with the bass). Then each slot is filled with a
cell of the motif, in scale steps around its skeleton note.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..records import TICKS_PER_BEAT
from ..sound import theory
from ..sound.theory import Chord
from .harmony import FINAL, HALF, Phrase, Plan

#: No melody note is shorter, in seconds.
SHORTEST_S = 0.12
LEAP = 5
FORBIDDEN = 60.0

#: Rhythms of a cell by its length in beats; the first note always falls on the first beat.
RHYTHMS: dict[int, tuple[tuple[float, ...], ...]] = {
    1: ((1,), (0.5, 0.5), (0.75, 0.25), (0.5, 0.25, 0.25)),
    2: ((1, 1), (1.5, 0.5), (1, 0.5, 0.5), (0.5, 0.5, 1), (0.5, 1, 0.5), (0.75, 0.25, 1), (0.5, 0.5, 0.5, 0.5)),
    3: ((2, 1), (1.5, 0.5, 1), (1, 1, 1), (1, 0.5, 0.5, 1), (1, 1, 0.5, 0.5), (0.5, 0.5, 1, 1), (1.5, 0.5, 0.5, 0.5)),
    4: (
        (1.5, 0.5, 1, 1), (1, 0.5, 0.5, 2), (1, 1, 0.5, 0.5, 1), (2, 0.5, 0.5, 1), (0.5, 0.5, 1, 2), (3, 1),
        (0.5, 1, 0.5, 1, 1), (1.5, 0.5, 2), (1, 0.5, 0.5, 0.5, 0.5, 1),
    ),
    5: ((3, 2), (2, 1, 1, 1), (1.5, 0.5, 1, 1, 1), (1, 1, 1, 2)),
}  # fmt: skip
#: Closing cells: they come to rest.
RESTS: dict[int, tuple[tuple[float, ...], ...]] = {
    1: ((1,),), 2: ((2,), (1.5, 0.5)), 3: ((3,), (1, 2), (2, 1)), 4: ((1, 3), (2, 2), (4,)), 5: ((2, 3), (5,)),
}  # fmt: skip
#: Contours of a cell, in scale steps from its first note; cut or continued to the cell's number of notes.
SHAPES = (
    (0, 1, 2, 3, 4, 3), (0, -1, -2, -3, -4, -3), (0, 1, 0, -1, 0, 1), (0, -1, 0, 1, 2, 1), (0, 2, 1, 0, 2, 1),
    (0, -2, -1, 0, -2, -1), (0, 2, 4, 2, 1, 0), (0, 4, 2, 1, 0, -1), (0, 1, 2, 1, 0, -1), (0, -3, -2, -1, 0, 1),
    (0, 2, 3, 2, 1, 0), (0, -1, 1, 0, -1, -2),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """What fills one slot. rhythm : lengths in beats. shape : for each note, scale steps from the first."""

    rhythm: tuple[float, ...]
    shape: tuple[int, ...]

    def fit(self, beats: int) -> Cell:
        """The cell cut short, or its last note held, to fill exactly `beats`."""
        rhythm: list[float] = []
        for length in self.rhythm:
            if sum(rhythm) >= beats:
                break
            rhythm.append(min(length, beats - sum(rhythm)))
        rhythm[-1] += beats - sum(rhythm)
        return Cell(tuple(rhythm), self.shape[: len(rhythm)])

    def thin(self) -> Cell:
        """Fewer notes: the short ones join the note before them; what is left stays within a third."""
        rhythm, shape = [self.rhythm[0]], [self.shape[0]]
        for length, step in zip(self.rhythm[1:], self.shape[1:], strict=True):
            if length < 1:
                rhythm[-1] += length
            else:
                rhythm.append(length)
                shape.append(step)
        return Cell(tuple(rhythm), tuple(min(max(step, -2), 2) for step in shape))

    def ornament(self) -> Cell:
        """More notes: the longest is halved, and touches its neighbour."""
        i = max(range(len(self.rhythm)), key=lambda j: (self.rhythm[j], j))
        half, step = self.rhythm[i] / 2, self.shape[i]
        lead = self.shape[i + 1] if i + 1 < len(self.shape) else step + 2
        between = step + (1 if lead > step else -1)
        rhythm = (*self.rhythm[:i], half, half, *self.rhythm[i + 1 :])
        return Cell(rhythm, (*self.shape[:i], step, between, *self.shape[i + 1 :]))

    def invert(self) -> Cell:
        return replace(self, shape=tuple(-step for step in self.shape))

    def reverse(self) -> Cell:
        """The rhythm backwards, the contour kept."""
        return replace(self, rhythm=self.rhythm[::-1])


@dataclass(frozen=True, slots=True)
class Motif:
    """cells : one a slot, in turn. moves : scale steps from the first note of each cell to that of the next."""

    cells: tuple[Cell, ...]
    moves: tuple[int, ...]
    rest: Cell


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """start, length: ticks; slot: index; strong: whether it opens its slot."""

    pitch: int
    start: int
    length: int
    slot: int
    strong: bool


def invent(beats: int, rng: np.random.Generator, cells: int = 2) -> Motif:
    """A motif for slots of `beats` beats: one lively cell, then others that answer it differently."""
    size = min(max(beats, 1), 5)
    lively = [r for r in RHYTHMS[size] if len(r) > 1]
    order = rng.permutation(len(lively))
    rhythms = [lively[order[i % len(lively)]] for i in range(cells)]
    if size > 1:
        rhythms[-1] = min((lively[j] for j in order[: max(2, cells)]), key=len)
    shapes = [SHAPES[s] for s in rng.permutation(len(SHAPES))]
    shapes.sort(key=lambda shape: max(abs(b - a) for a, b in itertools.pairwise(shape)) > 2)
    picked = [shapes[0], *(shapes[1 + int(j)] for j in rng.permutation(len(shapes) - 1)[: cells - 1])]
    made = [Cell(r, s[: len(r)]) for r, s in zip(rhythms, picked, strict=True)]
    moves = _moves(cells, rng)
    closing = RESTS[size][int(rng.integers(len(RESTS[size])))]
    return Motif(tuple(made), moves, Cell(closing, (0, -1, 0, 1)[: len(closing)]))


def _moves(cells: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Steps from cell to cell that come back to within a step of where they began: a rising or falling sequence."""
    moves = [int(m) for m in rng.choice((-3, -2, -1, 1, 2, 3), cells - 1)]
    moves[1::2] = [-int(np.sign(m)) * abs(n) for m, n in zip(moves[::2], moves[1::2], strict=False)]
    drift = int(rng.choice((-1, 1)))
    return (*moves, (drift - sum(moves)) or drift)


def vary(motif: Motif, theme: str) -> Motif:
    """The motif as another theme has it: B turned upside down, C with its rhythm backwards, D both."""
    cells, moves = motif.cells, motif.moves
    if theme in "BD":
        cells, moves = tuple(c.invert() for c in cells), tuple(-m for m in moves)
    if theme in "CD":
        cells = tuple(c.reverse() for c in cells)
    return replace(motif, cells=cells, moves=moves)


def cell_for(motif: Motif, phrase: Phrase, k: int, beats: int, density: float, seconds_per_beat: float) -> Cell:
    """The cell of slot `k` of a phrase: idea, repetition, fragmentation, cadence; thinned or adorned by density."""
    size, count = len(phrase), len(motif.cells)
    if k == size - 1 and size > 1:
        cell = motif.rest if phrase.cadence != FINAL else Cell((float(beats),), (0,))
        return cell.fit(beats)
    fragment = size >= 4 and size // 2 <= k < 3 * size // 4
    cell = motif.cells[0 if fragment else k % count].fit(beats)
    if density > 0.72 or (phrase.label == "A''" and density > 0.45 and k % 4 == 2):
        cell = cell.ornament()
    if density < 0.22:
        cell = cell.thin()
    while min(cell.rhythm) * seconds_per_beat < SHORTEST_S and len(cell.rhythm) > 1:
        shortest = min(range(len(cell.rhythm)), key=cell.rhythm.__getitem__)
        cell = _join(cell, max(shortest, 1))
    return cell


def _join(cell: Cell, i: int) -> Cell:
    """The cell with note `i` merged into the one before it."""
    rhythm = (*cell.rhythm[: i - 1], cell.rhythm[i - 1] + cell.rhythm[i], *cell.rhythm[i + 1 :])
    return Cell(rhythm, (*cell.shape[:i], *cell.shape[i + 1 :]))


def skeleton(
    plan: Plan, centres: np.ndarray, bass: Sequence[int], motifs: dict[str, Motif], rng: np.random.Generator
) -> list[int]:
    """One chord tone for every slot.

    centres : (slots,) the pitch each should lie near. bass : the bass pitch of each slot. The state of the search is
    the pitch and the direction of an unresolved leap into it.
    """
    rows = [_anchors(plan, i, float(c)) for i, c in enumerate(centres)]
    jitter = [[0.6 * float(rng.random()) for _ in row] for row in rows]
    totals = {(p, 0): _lie(p, centres[0]) + j for p, j in zip(rows[0], jitter[0], strict=True)}
    back: list[dict[tuple[int, int], tuple[int, int]]] = []
    for i in range(1, len(rows)):
        wanted = _wanted_move(plan, i, motifs)
        scale = theory.chord_scale(plan.chords[i])
        fresh: dict[tuple[int, int], float] = {}
        pointers: dict[tuple[int, int], tuple[int, int]] = {}
        for q, j in zip(rows[i], jitter[i], strict=True):
            lie = _lie(q, centres[i]) + j
            for (p, leap), total in totals.items():
                cost = total + lie + _line(p, q, leap, wanted, scale)
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
    return line[::-1]


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
    return 0.1 * (pitch - centre) ** 2


def _wanted_move(plan: Plan, i: int, motifs: dict[str, Motif]) -> int | None:
    """The scale steps the motif asks for from the slot before; nothing across a phrase boundary."""
    phrase = plan.phrases[plan.phrase_of(i)]
    if i == phrase.first:
        return None
    moves = motifs[phrase.theme].moves
    return moves[(i - phrase.first - 1) % len(moves)]


def _line(p: int, q: int, leap: int, wanted: int | None, scale: Sequence[int]) -> float:
    """Cost of an interval of the skeleton, after an unresolved leap upward (1) or downward (-1)."""
    size = abs(q - p)
    cost = 1.8 if size == 0 else 0.0 if size <= 4 else 0.4 * (size - 4)
    cost += 3.0 if size in (6, 11) else 0.0
    if leap and (q - p) * leap >= 0:
        cost += 2.5
    if wanted is not None:
        cost += 0.45 * abs(round((q - p) * 7 / 12) - wanted)
    return cost


def fill(
    plan: Plan, line: Sequence[int], bass: Sequence[int], cells: Sequence[Cell], limits: tuple[int, int]
) -> list[MelodyNote]:
    """Every slot's cell on its skeleton note. limits : the lowest and highest pitch of the instrument."""
    notes: list[MelodyNote] = []
    for i, (slot, cell) in enumerate(zip(plan.slots, cells, strict=True)):
        following = None if i + 1 == len(line) else (line[i + 1], bass[i + 1])
        pitches = _pitches(line[i], cell, plan.chords[i], following, bass[i], limits)
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
    anchor: int, cell: Cell, harmony: Chord, following: tuple[int, int] | None, bass: int, limits: tuple[int, int]
) -> list[int]:
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
