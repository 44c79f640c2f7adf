"""The search for chords: a shortest path (Viterbi) through the chords of a key, phrase after phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .. import theory
from ..theory import PREDOMINANT, TONIC, Chord, Key
from .form import DECEPTIVE, HALF, Phrase
from .harmonic_rhythm import CLOSE, DOMINANT_OF, OPENING, PREPARATION, SIX_FOUR, SUBDOMINANT, Segment
from .hashed_random import HashedRandom
from .progressions import MOVES, ROOT_MOTION

IMPOSSIBLE = 1000.0
#: Discount of the chord that the theme's model progression has there.
MODEL = 2.0
#: Cost of a unit more or less on the tonic, within a phrase.
AT_HOME = 0.1
#: Cost of a chord with tones from outside the key, from the most to the least tension.
CHROMATIC = 2.4


@dataclass(frozen=True, slots=True)
class PhraseContext:
    """What the chords of a phrase depend on.

    Parameters
    ----------
    phrase : Phrase
        Counted in images.
    after : Key
        Of the next phrase.
    segments : sequence of Segment
    images : sequence of int
        The image with which each segment begins.
    level : (segments,) array
        In [0, 1]: how bright the chord of each is.
    tension : (segments,) array
        In [0, 1]: how ready chords are to have tones from outside the key.
    opening, continuation : tuple of str
        Roman numerals of the theme.
    """

    phrase: Phrase
    after: Key
    segments: Sequence[Segment]
    images: Sequence[int]
    level: np.ndarray
    tension: np.ndarray
    opening: tuple[str, ...]
    continuation: tuple[str, ...]


def chords_of_phrase(context: PhraseContext, before: Chord | None, draws: HashedRandom) -> list[Chord]:
    """Return the chord of every segment: those of the theme, then the cheapest path to the cadence.

    Parameters
    ----------
    context : PhraseContext
    before : Chord or None
        The last of the previous phrase.
    draws : HashedRandom
        Breaks ties, image by image.
    """
    count = sum(segment.role == OPENING for segment in context.segments)
    rows = [_options(context, k, segment) for k, segment in enumerate(context.segments)]
    costs = [
        [
            _fit(c, context, k, count) + 0.3 * draws.unit(context.images[k], "chord", k, c.numeral)
            for c in row
        ]
        for k, row in enumerate(rows)
    ]  # fmt: skip
    return _cheapest(rows, costs, before)


def _options(context: PhraseContext, k: int, segment: Segment) -> list[Chord]:
    """The chords that a segment may have: one where the theme or the cadence fixes it."""
    phrase, key, role = context.phrase, context.phrase.key, segment.role
    closing = phrase.closing_key
    target = context.after if phrase.cadence == HALF else key
    if role == OPENING:
        return _stated(context, k)
    if role == SIX_FOUR and target.is_tonal:
        return [theory.chord(target, target.cadence.tonic)]
    if role in (PREPARATION, SIX_FOUR):
        return _preparations(target, key)
    if role == DOMINANT_OF:
        return [theory.chord(closing, closing.cadence.dominant)]
    if role == SUBDOMINANT:
        return [c for c in theory.chords_of(key) if c.numeral in ("IV", "iv", "ii")] or theory.chords_of(key)
    if role == CLOSE:
        if phrase.cadence == HALF:
            return [theory.chord(target, target.cadence.dominant)]
        usual = closing.cadence
        return [theory.chord(closing, usual.deceptive if phrase.cadence == DECEPTIVE else usual.tonic)]
    return theory.chords_of(key)


def _stated(context: PhraseContext, k: int) -> list[Chord]:
    """The chord of the theme's model progression; for an applied dominant that would be the last, its resolution."""
    known, model, place = theory.chords_of(context.phrase.key), context.opening, context.segments[k].place
    if place is not None:  # applied dominants would not lead back to the first chord
        model, k = tuple(numeral for numeral in model if "/" not in numeral), place
    is_last = context.segments[k + 1].role != OPENING
    for numeral in (model[k % len(model)], model[(k + 1) % len(model)]):
        found = [c for c in known if c.numeral == numeral]
        if found and not (is_last and found[0].target is not None):
            return found
    return known


def _preparations(key: Key, current: Key) -> list[Chord]:
    """Chords that may precede the dominant of `key`; pivot chords, diatonic in `current`, are cheaper."""
    diatonic = set(current.scale)
    return [
        c if set(c.pitch_classes) <= diatonic else replace(c, cost=c.cost + 1.2)
        for c in theory.chords_of(key)
        if c.function == PREDOMINANT or c.numeral in ("vi", "VI")
    ]


def _fit(harmony: Chord, context: PhraseContext, k: int, opening: int) -> float:
    """Cost of a chord in a segment: how unusual it is, its brightness against the images, the model of the theme."""
    segment = context.segments[k]
    cost = harmony.cost * (0.5 + 0.5 * segment.units)
    cost += 0.35 * abs(harmony.brightness - (2 * float(context.level[k]) - 1))
    if harmony.is_chromatic:
        cost += CHROMATIC * (0.5 - float(context.tension[k]))
    if segment.role == OPENING or k >= opening + len(context.continuation):
        return cost
    if k >= opening and harmony.numeral == context.continuation[k - opening]:
        cost -= MODEL + 0.5 * harmony.cost
    if harmony.is_home:
        cost -= AT_HOME * segment.units
    if harmony.target is not None and segment.units > 1:
        cost += 2.0
    return cost


def _cheapest(rows: list[list[Chord]], costs: list[list[float]], before: Chord | None) -> list[Chord]:
    """Viterbi: one chord per row with the least sum of costs of rows and moves."""
    totals = [
        cost + (_move(before, c, True) if before else 0.0) for c, cost in zip(rows[0], costs[0], strict=True)
    ]  # fmt: skip
    back: list[list[int]] = []
    for k in range(1, len(rows)):
        sums = [[t + _move(a, b) for a, t in zip(rows[k - 1], totals, strict=True)] for b in rows[k]]
        back.append([min(range(len(each)), key=each.__getitem__) for each in sums])
        totals = [each[i] + c for each, i, c in zip(sums, back[-1], costs[k], strict=True)]
    path = [min(range(len(totals)), key=totals.__getitem__)]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    return [row[i] for row, i in zip(rows, reversed(path), strict=True)]


def _move(a: Chord, b: Chord, is_boundary: bool = False) -> float:
    """Cost of one chord after another; at a phrase boundary the key may change and the chord may stay."""
    if a.same_as(b):
        return 0.5 if is_boundary else 6.0
    cost = 1.5 if a.root == b.root else ROOT_MOTION[(b.root - a.root) % 12]
    if is_boundary:
        return cost
    if a.target is not None:
        return cost + (0.0 if b.root == a.target else IMPOSSIBLE)
    if a.numeral == "vii°7" and b.function == PREDOMINANT:
        cost += 2.0
    if a.function == PREDOMINANT and b.function == TONIC and not b.is_home:
        cost += 0.6
    return cost + MOVES[a.function, b.function]
