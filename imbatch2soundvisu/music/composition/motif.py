"""The motif: two bars of cells, its variants in other themes, and the cell of a slot."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .form import FINAL, Phrase

#: No melody note is shorter, in seconds.
SHORTEST_S = 0.12
#: Rhythms in a motif, few enough to be recognizable: some of eighths and longer, and one of any kind, once.
RHYTHMS_IN_A_MOTIF = 3
#: Density of an image above which a cell is ornamented (in a recapitulation: every fourth cell), and below which it is
#: thinned.
DENSE, DENSE_RECAPITULATION, SPARSE = 0.93, 0.7, 0.07

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
#: Closing rhythms of a phrase by its last slot's length.
RESTS: dict[int, tuple[tuple[float, ...], ...]] = {
    1: ((1,),), 2: ((2,), (1.5, 0.5)), 3: ((3,), (1, 2), (2, 1)), 4: ((1, 3), (2, 2), (4,)), 5: ((2, 3), (5,)),
}  # fmt: skip
#: Contours of a cell, in scale steps from its first note, cut to the number of its notes.
SHAPES = (
    (0, 1, 2, 3, 4, 3), (0, -1, -2, -3, -4, -3), (0, 1, 0, -1, 0, 1), (0, -1, 0, 1, 2, 1), (0, 2, 1, 0, 2, 1),
    (0, -2, -1, 0, -2, -1), (0, 2, 4, 2, 1, 0), (0, 4, 2, 1, 0, -1), (0, 1, 2, 1, 0, -1), (0, -3, -2, -1, 0, 1),
    (0, 2, 3, 2, 1, 0), (0, -1, 1, 0, -1, -2),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """The notes of one slot.

    Parameters
    ----------
    rhythm : tuple of float
        Length of each note in beats.
    shape : tuple of int
        Scale steps of each note from the first.
    """

    rhythm: tuple[float, ...]
    shape: tuple[int, ...]

    def fit(self, beats: int) -> Cell:
        """Return the cell shortened, or its last note lengthened, to exactly `beats`."""
        rhythm: list[float] = []
        for length in self.rhythm:
            if sum(rhythm) >= beats:
                break
            rhythm.append(min(length, beats - sum(rhythm)))
        rhythm[-1] += beats - sum(rhythm)
        return Cell(tuple(rhythm), self.shape[: len(rhythm)])

    def thin(self) -> Cell:
        """Return the cell with notes below a beat merged into the one before, within a third of the first note."""
        rhythm, shape = [self.rhythm[0]], [self.shape[0]]
        for length, step in zip(self.rhythm[1:], self.shape[1:], strict=True):
            if length < 1:
                rhythm[-1] += length
            else:
                rhythm.append(length)
                shape.append(step)
        return Cell(tuple(rhythm), tuple(min(max(step, -2), 2) for step in shape))

    def ornament(self) -> Cell:
        """Return the cell with its longest note halved by a neighbour note."""
        i = max(range(len(self.rhythm)), key=lambda j: (self.rhythm[j], j))
        half, step = self.rhythm[i] / 2, self.shape[i]
        following = self.shape[i + 1] if i + 1 < len(self.shape) else step + 2
        neighbour = step + (1 if following > step else -1)
        rhythm = (*self.rhythm[:i], half, half, *self.rhythm[i + 1 :])
        return Cell(rhythm, (*self.shape[:i], step, neighbour, *self.shape[i + 1 :]))

    def invert(self) -> Cell:
        """Return the cell with its contour upside down."""
        return replace(self, shape=tuple(-step for step in self.shape))

    def reverse(self) -> Cell:
        """Return the cell with its rhythm reversed and the same contour."""
        return replace(self, rhythm=self.rhythm[::-1])

    def merge(self, i: int) -> Cell:
        """Return the cell with note `i` merged into the one before it."""
        rhythm = (*self.rhythm[: i - 1], self.rhythm[i - 1] + self.rhythm[i], *self.rhythm[i + 1 :])
        return Cell(rhythm, (*self.shape[:i], *self.shape[i + 1 :]))


@dataclass(frozen=True, slots=True)
class Motif:
    """A motif of two bars.

    Parameters
    ----------
    cells : tuple of Cell
        One per slot.
    moves : tuple of int
        Scale steps from the first note of each cell to that of the next.
    answer : tuple of Cell
        Replaces the second half when the motif is sequenced.
    rest : Cell
        Closes a phrase.
    tones : tuple of int
        Preferred chord tone (0 root, 1 third, 2 fifth) of the first note of each slot.
    """

    cells: tuple[Cell, ...]
    moves: tuple[int, ...]
    answer: tuple[Cell, ...]
    rest: Cell
    tones: tuple[int, ...] = (0, 1, 2)

    def cell(self, index: int) -> Cell:
        """Return the cell of a slot of the phrase: the statement, then the sequence with the answer, alternating."""
        size = len(self.cells)
        turn, k = divmod(index, size)
        half = size - len(self.answer)
        return self.answer[k - half] if turn % 2 and k >= half else self.cells[k]


def invent(beats: int, beats_per_bar: int, rng: np.random.Generator) -> Motif:
    """Return a random motif of two bars.

    Parameters
    ----------
    beats : int
        Of a slot.
    beats_per_bar : int
    rng : numpy.random.Generator
    """
    size = min(max(beats, 1), 5)
    count = min(max(round(2 * beats_per_bar / max(beats, 1)), 2), 8)
    answers = max(1, count // 2)
    rhythms = _rhythms(size, count, answers, rng)
    shapes = _shapes(count + answers, rng)
    cells = [Cell(rhythm, shape[: len(rhythm)]) for rhythm, shape in zip(rhythms, shapes, strict=True)]
    closing = RESTS[size][int(rng.integers(len(RESTS[size])))]
    rest = Cell(closing, (0, -1, 0, 1)[: len(closing)])
    tones = tuple(int(tone) for tone in rng.permutation([0, 0, 1, 1, 1, 2, 2, 2]))
    return Motif(tuple(cells[:count]), _moves(count, rng), tuple(cells[count:]), rest, tones)


def _rhythms(size: int, count: int, answers: int, rng: np.random.Generator) -> list[tuple[float, ...]]:
    """Rhythms of a motif and its answer: few similar ones of eighths and longer, and a contrasting one once."""
    lively = [r for r in RHYTHMS[size] if len(r) > 1]
    order = [int(j) for j in rng.permutation(len(lively))]
    plain = [lively[j] for j in order if all(length % 0.5 == 0 for length in lively[j])]
    plain = sorted(plain if len(plain) > 1 else [*plain, (float(size),)], key=lambda r: _onset_distance(r, plain[0]))
    plain = plain[: RHYTHMS_IN_A_MOTIF - 1]
    rhythms = [plain[i % len(plain)] for i in range(count + answers)]
    others = (lively[j] for j in order if lively[j] not in plain)
    contrast = min(others, key=lambda r: _onset_distance(r, plain[0]), default=plain[0])
    rhythms[int(rng.integers(count))] = contrast
    if size > 1:
        rhythms[count - 1] = min((lively[j] for j in order[:3]), key=len)
    return rhythms


def _shapes(count: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Contours of the cells; the first moves in steps of at most a third."""
    smooth = [s for s in SHAPES if max(abs(b - a) for a, b in itertools.pairwise(s)) <= 2]
    shapes = [SHAPES[int(j)] for j in rng.permutation(len(SHAPES))]
    return [smooth[int(rng.integers(len(smooth)))], *(shapes[i % len(shapes)] for i in range(count - 1))]


def _onset_distance(a: Sequence[float], b: Sequence[float]) -> int:
    """How many onsets only one of two rhythms has."""
    return len(set(itertools.accumulate(a)) ^ set(itertools.accumulate(b)))


def _moves(cells: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Steps from cell to cell that return to within a step of the start: a rising or falling sequence."""
    moves = [int(m) for m in rng.choice((-3, -2, -1, 1, 2, 3), cells - 1)]
    moves[1::2] = [-int(np.sign(m)) * abs(n) for m, n in zip(moves[::2], moves[1::2], strict=False)]
    drift = int(rng.choice((-1, 1)))
    return (*moves, (drift - sum(moves)) or drift)


def vary(motif: Motif, theme: str) -> Motif:
    """Return the motif of a theme: as it is for A, inverted from its second half for B, reversed for C, both for D."""
    cells, moves, answer = motif.cells, motif.moves, motif.answer
    if theme in "BD":
        half = len(cells) // 2
        cells = tuple(c.invert() for c in (*cells[half:], *cells[:half]))
        answer, moves = tuple(c.invert() for c in answer), tuple(-m for m in moves)
    if theme in "CD":
        cells, answer = tuple(c.reverse() for c in cells), tuple(c.reverse() for c in answer)
    return replace(motif, cells=cells, moves=moves, answer=answer)


def cell_for(motif: Motif, phrase: Phrase, k: int, beats: int, density: float, seconds_per_beat: float) -> Cell:
    """Return the cell of a slot, thinned or ornamented by its density.

    Parameters
    ----------
    motif : Motif
        Of the phrase's theme.
    phrase : Phrase
        Counted in slots.
    k : int
        The slot within the phrase.
    beats : int
        Its length.
    density : float
        Of its image, [0, 1].
    seconds_per_beat : float
        No note is shorter than SHORTEST_S.
    """
    size = len(phrase)
    if k == size - 1 and size > 1:
        cell = motif.rest if phrase.cadence != FINAL else Cell((float(beats),), (0,))
        return cell.fit(beats)
    cell = motif.cell(k).fit(beats)
    if density > DENSE or (phrase.label == "A''" and density > DENSE_RECAPITULATION and k % 4 == 2):
        cell = cell.ornament()
    if density < SPARSE:
        cell = cell.thin()
    while min(cell.rhythm) * seconds_per_beat < SHORTEST_S and len(cell.rhythm) > 1:
        shortest = min(range(len(cell.rhythm)), key=cell.rhythm.__getitem__)
        cell = cell.merge(max(shortest, 1))
    return cell
