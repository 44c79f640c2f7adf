"""The motif: two bars of cells, what of it comes back in another theme, and what of it fills a slot."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .form import FINAL, Phrase

#: No melody note is shorter, in seconds.
SHORTEST_S = 0.12
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
    """The cell of slot `k` of a phrase; thinned or adorned where the images are very plain or very busy."""
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
