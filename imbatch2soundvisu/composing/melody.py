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
from dataclasses import dataclass, replace

import numpy as np

from ..records import TICKS_PER_BEAT
from ..sound import theory
from ..sound.theory import Chord
from .dice import Dice
from .form import FINAL, HALF, Phrase
from .harmony import Plan

#: No melody note is shorter, in seconds.
SHORTEST_S = 0.12
LEAP = 5
FORBIDDEN = 60.0
#: Cost of another tone than the theme had there.
OTHERWISE = 1.5
#: The most that the size of an interval costs: where the pictures leap, so may the tune.
MOST_FOR_SIZE = 2.0
#: Cost of each semitone that a note lies off the register of its picture, beyond two.
OFF_REGISTER = 0.45
#: A motif is of so few rhythms that they are known again: some of eighths and longer, and one of any kind, once.
RHYTHMS_IN_A_MOTIF = 3

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
    """cells : two bars of them, one a slot. moves : scale steps from the first note of each cell to that of the next.

    answer : cells in place of the second half when it is sequenced. rest : what closes a phrase. tones : which chord
    tone (root, third, fifth) the first note of each slot likes to be.
    """

    cells: tuple[Cell, ...]
    moves: tuple[int, ...]
    answer: tuple[Cell, ...]
    rest: Cell
    tones: tuple[int, ...] = (0, 1, 2)

    def cell(self, place: int) -> Cell:
        """The cell of a place in the phrase: statement, sequence with the answer, and again."""
        size = len(self.cells)
        turn, k = divmod(place, size)
        half = size - len(self.answer)
        return self.answer[k - half] if turn % 2 and k >= half else self.cells[k]


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """start, length: ticks; slot: index; strong: whether it opens its slot."""

    pitch: int
    start: int
    length: int
    slot: int
    strong: bool


def invent(beats: int, beats_per_bar: int, rng: np.random.Generator) -> Motif:
    """A motif of two bars for slots of `beats` beats: lively cells, each unlike the one before."""
    size = min(max(beats, 1), 5)
    count = min(max(round(2 * beats_per_bar / max(beats, 1)), 2), 8)
    answers = max(1, count // 2)
    lively = [r for r in RHYTHMS[size] if len(r) > 1]
    order = [int(j) for j in rng.permutation(len(lively))]
    plain = [lively[j] for j in order if all(length % 0.5 == 0 for length in lively[j])]
    plain = sorted(plain if len(plain) > 1 else [*plain, (float(size),)], key=lambda r: _apart(r, plain[0]))
    plain = plain[: RHYTHMS_IN_A_MOTIF - 1]
    rhythms = [plain[i % len(plain)] for i in range(count + answers)]
    spice = min(
        (lively[j] for j in order if lively[j] not in plain), key=lambda r: _apart(r, plain[0]), default=plain[0]
    )
    rhythms[int(rng.integers(count))] = spice
    if size > 1:
        rhythms[count - 1] = min((lively[j] for j in order[:3]), key=len)
    smooth = [s for s in SHAPES if max(abs(b - a) for a, b in itertools.pairwise(s)) <= 2]
    shapes = [SHAPES[int(j)] for j in rng.permutation(len(SHAPES))]
    picked = [smooth[int(rng.integers(len(smooth)))], *(shapes[i % len(shapes)] for i in range(count + answers - 1))]
    made = [Cell(r, s[: len(r)]) for r, s in zip(rhythms, picked, strict=True)]
    closing = RESTS[size][int(rng.integers(len(RESTS[size])))]
    rest = Cell(closing, (0, -1, 0, 1)[: len(closing)])
    tones = tuple(int(tone) for tone in rng.permutation([0, 0, 1, 1, 1, 2, 2, 2]))
    return Motif(tuple(made[:count]), _moves(count, rng), tuple(made[count:]), rest, tones)


def _apart(a: Sequence[float], b: Sequence[float]) -> int:
    """How many onsets of two rhythms the other does not have."""
    return len(set(itertools.accumulate(a)) ^ set(itertools.accumulate(b)))


def _moves(cells: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Steps from cell to cell that come back to within a step of where they began: a rising or falling sequence."""
    moves = [int(m) for m in rng.choice((-3, -2, -1, 1, 2, 3), cells - 1)]
    moves[1::2] = [-int(np.sign(m)) * abs(n) for m, n in zip(moves[::2], moves[1::2], strict=False)]
    drift = int(rng.choice((-1, 1)))
    return (*moves, (drift - sum(moves)) or drift)


def vary(motif: Motif, theme: str) -> Motif:
    """The motif as another theme has it: B turned upside down and begun in the middle, C with its rhythms backwards,
    D both."""
    cells, moves, answer = motif.cells, motif.moves, motif.answer
    if theme in "BD":
        half = len(cells) // 2
        cells = tuple(c.invert() for c in (*cells[half:], *cells[:half]))
        answer, moves = tuple(c.invert() for c in answer), tuple(-m for m in moves)
    if theme in "CD":
        cells, answer = tuple(c.reverse() for c in cells), tuple(c.reverse() for c in answer)
    return replace(motif, cells=cells, moves=moves, answer=answer)


def cell_for(motif: Motif, phrase: Phrase, k: int, beats: int, density: float, seconds_per_beat: float) -> Cell:
    """The cell of slot `k` of a phrase; thinned or adorned where the pictures are very plain or very busy."""
    size = len(phrase)
    if k == size - 1 and size > 1:
        cell = motif.rest if phrase.cadence != FINAL else Cell((float(beats),), (0,))
        return cell.fit(beats)
    cell = motif.cell(k).fit(beats)
    if density > 0.93 or (phrase.label == "A''" and density > 0.7 and k % 4 == 2):
        cell = cell.ornament()
    if density < 0.07:
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
    plan: Plan, centres: np.ndarray, bass: Sequence[int], motifs: dict[str, Motif], jump: np.ndarray, dice: Dice
) -> list[int]:
    """One chord tone for every slot.

    centres : (slots,) the pitch each should lie near. bass : the bass pitch of each slot. jump : (slots,) in [0, 1],
    how far the line likes to leap into it. The state of the search is the pitch and the direction of an unresolved
    leap into it.
    """
    recalled = [_recalled(plan, i, motifs) for i in range(len(plan.slots))]
    rows = [_anchors(plan, i, float(c)) for i, c in enumerate(centres)]
    jitter = [
        [0.5 * dice.unit(plan.slots[i].picture, "tune", i - plan.first_of(i), p) for p in row]
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
            heard = {**dict(enumerate(line)), here: pitch}
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
