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
    few, many = NOTES_PER_QUARTER
    quarters = float(piece.timeline.metre.quarters)
    levels = {key: float(piece.half_levels[key]) for key in own}
    found = {key: _fitted(piece, own[key], (few + (many - few) * level) * quarters) for key, level in levels.items()}
    _put_in_order(piece, own, levels, found)
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


def _put_in_order(
    piece: Piece, own: dict[_Key, list[Passage]], levels: dict[_Key, float], found: dict[_Key, _Written]
) -> None:
    """Change what has fewer notes than something sparser, and then what still has more than something denser."""
    order = sorted(own, key=lambda key: (levels[key], key))
    for before, key in itertools.pairwise(order):
        if found[key].rate <= found[before].rate:
            fuller = _fitted(piece, own[key], found[before].rate + STEP)
            found[key] = max(found[key], fuller, key=lambda each: each.rate)
    for key, after in reversed([*itertools.pairwise(order)]):
        if found[key].rate >= found[after].rate:
            thinner = _fitted(piece, own[key], found[after].rate - STEP)
            found[key] = min(found[key], thinner, key=lambda each: each.rate)


def _fitted(piece: Piece, passages: list[Passage], needed: float) -> _Written:
    """The passages in the textures, near the planned ones, whose notes per beat are nearest to what is needed."""
    best = here = _written(piece, passages, needed)
    first = needed - here.rate
    for _ in range(TRIALS):
        if abs(needed - here.rate) <= TOLERANCE or (needed - here.rate) * first < 0:
            break
        other = _changed(piece, here.passages, 1 if first > 0 else -1)
        if other is None:
            break
        here = _written(piece, other, needed)
        best = min(best, here, key=lambda each: abs(needed - each.rate))
    return best


def _changed(piece: Piece, passages: list[Passage], change: int) -> list[Passage] | None:
    """The passages with one texture replaced by the next denser (1) or sparser (-1) one; None if there is none."""
    names = piece.textures
    last = len(piece.plan.slots)  # the last cadence has its own texture
    places = {k: names.index(p.name) for k, p in enumerate(passages) if p.name in names and p.last < last}
    possible = [k for k, at in places.items() if 0 <= at + change < len(names)]
    if not possible:
        return None
    k = min(possible, key=lambda k: change * places[k])
    return [*passages[:k], replace(passages[k], name=names[places[k] + change]), *passages[k + 1 :]]


def _written(piece: Piece, passages: list[Passage], needed: float) -> _Written:
    """The passages with figures as dense as their textures allow towards what is needed."""
    figures = [piece.figure_of(p) for p in passages]
    limits = [accompaniment.figure_limits(piece, name) if name else (0, 0) for name in figures]
    beats = sum(piece.index.beats_in(p) for p in passages)
    bars = sum(piece.index.beats_in(p) for p, name in zip(passages, figures, strict=True) if name)
    per_bar = [float(low) for low, _ in limits]
    found = _with_figures(piece, passages, per_bar)
    for _ in range(ADJUSTMENTS if bars else 0):
        more = (needed - found.rate) * beats * piece.timeline.beats_per_bar / bars
        per_bar = [min(max(each + more, low), high) for each, (low, high) in zip(per_bar, limits, strict=True)]
        found = _with_figures(piece, passages, per_bar)
    return found


def _with_figures(piece: Piece, passages: list[Passage], per_bar: list[float]) -> _Written:
    notes = [n for p, count in zip(passages, per_bar, strict=True) for n in layers.notes_of(piece, p, count)]
    melody = [note for p in passages for note in piece.melody_notes_in(p)]
    slots = range(passages[0].first, passages[-1].last)
    marks = accents.mark_cuts(piece, slots, [*melody, *notes])
    added = [note for mark in marks.values() for note in mark.added]
    last = piece.index.starts[-1]  # the last chord, while it rings, does not count
    total = sum(note.start < last for note in (*notes, *melody, *added))
    beats = sum(piece.index.beats_in(p) for p in passages)
    beats -= piece.plan.slots[-1].beats * (passages[-1].last == len(piece.plan.slots))
    return _Written(passages, notes, marks, total / max(1, beats))
