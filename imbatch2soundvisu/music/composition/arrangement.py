"""The arrangement: the textures of a piece and their notes, so that denser images have more notes."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...core import Note
from . import accents, accompaniment, layers
from .accents import Mark
from .orchestration import Passage
from .piece import Piece
from .textures import TEXTURES

#: Notes per quarter of all parts without drums, at the densities 0 and 1.
NOTES_PER_QUARTER = (1.5, 7.5)
#: How far the notes per beat of a phrase may be from what its images need before it gets other textures.
TOLERANCE = 0.25
#: By how much the notes per beat of a phrase exceed those of a sparser one, where they would not by themselves.
STEP = 0.2
#: How often the density of figures is adjusted.
ADJUSTMENTS = 2
#: Textures of a phrase that are tried.
TRIALS = 5


#: A phrase and its half; always 0 where phrases follow the images as a whole.
_Key = tuple[int, int]


@dataclass(frozen=True)
class Arrangement:
    """The layers under a melody.

    Parameters
    ----------
    passages : tuple of Passage
        In time.
    notes : list of Note
        Of all layers but melody, accents and drums.
    marks : {int: Mark}
        By the first slot of each image, what marks its cut.
    """

    passages: tuple[Passage, ...]
    notes: list[Note]
    marks: dict[int, Mark]


def arrange(piece: Piece, planned: Sequence[Passage]) -> Arrangement:
    """Return the notes of planned passages.

    Each phrase, or half of one in short pieces, has as many notes as its images need. Where a texture has too many or
    too few, a sparser or denser one takes its place.

    Parameters
    ----------
    piece : Piece
    planned : sequence of Passage
        See `orchestration.plan_passages`.
    """
    own: dict[_Key, list[Passage]] = defaultdict(list)
    for passage in planned:
        own[passage.phrase, passage.half if piece.follows_halves else 0].append(passage)
    found = _Arranger(piece, own).written()
    units = [found[key] for key in sorted(own)]
    return Arrangement(
        tuple(p for each in units for p in each.passages),
        [note for each in units for note in each.notes],
        {slot: mark for each in units for slot, mark in each.marks.items()},
    )


@dataclass(frozen=True)
class _Written:
    """A phrase, or half of one, in its textures; rate : notes per beat, melody and accents included."""

    passages: list[Passage]
    notes: list[Note]
    marks: dict[int, Mark]
    rate: float


class _Arranger:
    """The arranging of a piece; what does not depend on the density of figures is written once for each passage."""

    def __init__(self, piece: Piece, own: dict[_Key, list[Passage]]) -> None:
        self.piece, self.own = piece, own
        self.levels = {key: float(piece.half_levels[key]) for key in own}
        self._steady: dict[Passage, tuple[list[Note], list[Note]]] = {}

    def written(self) -> dict[_Key, _Written]:
        """What is planned, in the textures that it needs."""
        few, many = NOTES_PER_QUARTER
        quarters = float(self.piece.timeline.metre.quarters)
        needed = {key: (few + (many - few) * level) * quarters for key, level in self.levels.items()}
        found = {key: self._fitted(self.own[key], needed[key]) for key in self.own}
        self._put_in_order(found)
        return found

    def _put_in_order(self, found: dict[_Key, _Written]) -> None:
        """Change what has fewer notes than something sparser, and then what still has more than something denser."""
        order = sorted(self.own, key=lambda key: (self.levels[key], key))
        for before, key in itertools.pairwise(order):
            if found[key].rate <= found[before].rate:
                fuller = self._fitted(self.own[key], found[before].rate + STEP)
                found[key] = max(found[key], fuller, key=lambda each: each.rate)
        for key, after in reversed([*itertools.pairwise(order)]):
            if found[key].rate >= found[after].rate:
                thinner = self._fitted(self.own[key], found[after].rate - STEP)
                found[key] = min(found[key], thinner, key=lambda each: each.rate)

    def _fitted(self, passages: list[Passage], needed: float) -> _Written:
        """The passages in the textures, near the planned ones, whose notes per beat are nearest to what is needed."""
        best = here = self._in_textures(passages, needed)
        first = needed - here.rate
        for _ in range(TRIALS):
            if abs(needed - here.rate) <= TOLERANCE or (needed - here.rate) * first < 0:
                break
            other = self._changed(here.passages, 1 if first > 0 else -1)
            if other is None:
                break
            here = self._in_textures(other, needed)
            best = min(best, here, key=lambda each: abs(needed - each.rate))
        return best

    def _changed(self, passages: list[Passage], change: int) -> list[Passage] | None:
        """The passages with one texture replaced by the next denser (1) or sparser (-1) one; None if there is none."""
        names = self.piece.textures
        last = len(self.piece.plan.slots)  # the last cadence has its own texture
        places = {k: names.index(p.name) for k, p in enumerate(passages) if p.name in names and p.last < last}
        possible = [k for k, at in places.items() if 0 <= at + change < len(names)]
        if self.piece.genre.opening == "full":  # drums, once begun, go on
            possible = [k for k in possible if passages[k].phrase or TEXTURES[names[places[k] + change]].drums]
        if not possible:
            return None
        k = min(possible, key=lambda k: change * places[k])
        return [*passages[:k], replace(passages[k], name=names[places[k] + change]), *passages[k + 1 :]]

    def _in_textures(self, passages: list[Passage], needed: float) -> _Written:
        """The passages with figures as dense as their textures allow towards what is needed."""
        piece = self.piece
        figures = [piece.figure_of(p) for p in passages]
        limits = [accompaniment.figure_limits(piece, name) if name else (0, 0) for name in figures]
        beats = sum(piece.index.beats_in(p) for p in passages)
        bars = sum(piece.index.beats_in(p) for p, name in zip(passages, figures, strict=True) if name)
        per_bar = [float(low) for low, _ in limits]
        found = self._with_figures(passages, per_bar)
        for _ in range(ADJUSTMENTS if bars else 0):
            more = (needed - found.rate) * beats * piece.timeline.beats_per_bar / bars
            changed = [min(max(each + more, low), high) for each, (low, high) in zip(per_bar, limits, strict=True)]
            if changed == per_bar:
                break
            per_bar = changed
            found = self._with_figures(passages, per_bar)
        return found

    def _with_figures(self, passages: list[Passage], per_bar: list[float]) -> _Written:
        piece = self.piece
        notes: list[Note] = []
        for passage, count in zip(passages, per_bar, strict=True):
            notes += self._steady_of(passage)[0]
            notes += layers.chord_notes(piece, passage, count)
        melody = [note for passage in passages for note in self._steady_of(passage)[1]]
        slots = range(passages[0].first, passages[-1].last)
        marks = accents.mark_cuts(piece, slots, [*melody, *notes])
        added = [note for mark in marks.values() for note in mark.added]
        last = piece.index.starts[-1]  # the last chord, while it rings, does not count
        total = sum(note.start < last for note in (*notes, *melody, *added))
        beats = sum(piece.index.beats_in(p) for p in passages)
        beats -= piece.plan.slots[-1].beats * (passages[-1].last == len(piece.plan.slots))
        return _Written(passages, notes, marks, total / max(1, beats))

    def _steady_of(self, passage: Passage) -> tuple[list[Note], list[Note]]:
        """(layers that do not depend on the density of figures, melody) of a passage."""
        if passage not in self._steady:
            melody = self.piece.melody_notes_in(passage)
            self._steady[passage] = layers.steady_notes(self.piece, passage), melody
        return self._steady[passage]
