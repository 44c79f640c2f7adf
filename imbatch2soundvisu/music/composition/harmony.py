"""The harmonic plan: phrases, their keys and cadences, and the chord of every moment.

The plan is made backwards from its cadences: what ends a phrase is fixed first, then the cheapest way there is found
(a shortest path through the chords each key offers), coloured by the level of every image.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...core import Timeline
from .. import theory
from ..theory import DOMINANT, MAJOR, MINOR, PREDOMINANT, TONIC, Chord, Key
from . import form
from .form import DECEPTIVE, FINAL, HALF, Phrase, Slot
from .hashed_random import HashedRandom

IMPOSSIBLE = 1000.0
#: How much less a chord costs that the theme's own progression has there: themes come back to be known again.
MODEL = 5.0

#: Cost of following one function by another.
MOVES = {
    (TONIC, TONIC): 0.7, (TONIC, PREDOMINANT): 0.1, (TONIC, DOMINANT): 0.5,
    (PREDOMINANT, TONIC): 1.3, (PREDOMINANT, PREDOMINANT): 0.6, (PREDOMINANT, DOMINANT): 0.0,
    (DOMINANT, TONIC): 0.0, (DOMINANT, PREDOMINANT): 2.6, (DOMINANT, DOMINANT): 1.0,
}  # fmt: skip
#: Cost by how many semitones the root rises: falling fifths and thirds are strong, tritones are rare.
ROOT_MOTION = (0.8, 0.5, 0.1, 0.4, 0.4, -0.35, 1.2, 0.2, -0.1, -0.15, 0.2, 0.3)

#: Openings and continuations of phrases that have proved themselves; a theme has one of each, in the minor the one of
#: the same place, and the images' colours, cuts and cadences may bend them.
OPENINGS = {
    MAJOR: (
        ("I", "vi", "IV", "ii"), ("I", "V", "vi", "iii"), ("I", "IV", "ii", "vi"), ("I", "iii", "vi", "IV"),
        ("I", "ii", "iii", "IV"), ("I", "V7/vi", "vi", "IV"), ("I", "♭VII", "IV", "iv"), ("I", "V7/IV", "IV", "ii"),
    ),
    MINOR: (
        ("i", "VI", "iv", "ii°"), ("i", "v", "VI", "III"), ("i", "iv", "VII", "III"), ("i", "III", "iv", "VI"),
        ("i", "VI", "III", "VII"), ("i", "VII", "VI", "iv"), ("i", "IV", "VII", "III"), ("i", "V7/iv", "iv", "ii°"),
    ),
}  # fmt: skip
CONTINUATIONS = {
    MAJOR: (
        ("IV", "I", "ii", "vi"), ("vi", "IV", "I", "ii"), ("vi", "iii", "IV", "ii"), ("IV", "V", "iii", "vi"),
        ("iii", "vi", "ii", "IV"), ("V7/ii", "ii", "IV", "V7/V"), ("IV", "iv", "I", "vi"), ("ii", "V", "vi", "IV"),
    ),
    MINOR: (
        ("VI", "ii°", "v", "i"), ("iv", "VII", "III", "VI"), ("VI", "III", "iv", "i"), ("III", "VII", "iv", "VI"),
        ("VI", "VII", "i", "iv"), ("V7/III", "III", "VI", "♭II"), ("iv", "i", "VI", "iv"), ("VII", "III", "VI", "iv"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """slots, and the chord of each; cadential : the slots that carry a cadence, which stand on their roots."""

    slots: tuple[Slot, ...]
    phrases: tuple[Phrase, ...]
    chords: tuple[Chord, ...]
    cadential: frozenset[int]
    home: Key

    def phrase_of(self, slot: int) -> int:
        """The index of the phrase a slot belongs to."""
        return bisect.bisect_right(self._firsts, slot) - 1

    def first_of(self, slot: int) -> int:
        """The first slot of the image that a slot belongs to."""
        return self._heads[slot]

    @cached_property
    def changes(self) -> list[int]:
        """The slots whose chord has other tones than the one before, the first among them."""
        tones = [frozenset(c.pitch_classes) for c in self.chords]
        return [i for i, each in enumerate(tones) if i == 0 or each != tones[i - 1]]

    @cached_property
    def _firsts(self) -> list[int]:
        return [p.first for p in self.phrases]

    @cached_property
    def _heads(self) -> list[int]:
        heads: list[int] = []
        for i, slot in enumerate(self.slots):
            heads.append(heads[-1] if i and slot.image == self.slots[i - 1].image else i)
        return heads


def plan(
    timeline: Timeline, phrases: Sequence[Phrase], tonic: int, mode: str | None, tension: np.ndarray,
    light: np.ndarray, colour: int, dice: HashedRandom, models: np.random.Generator,
) -> Plan:  # fmt: skip
    """The harmony of a piece.

    phrases : counted in images (see `form.phrases`). tonic : pitch class of the home key. mode : fixed, or None.
    tension : (n,) in [0, 1], what makes chords richer. light : (n,) in [0, 1], which chords are brighter and which
    extensions are taken, NaN for none. colour : how many sevenths and ninths there are in any case, 0 to 2.
    models : draws the progression of each theme.
    """
    slots = form.cut(timeline)
    heads = [i for i, slot in enumerate(slots) if i == 0 or slot.image != slots[i - 1].image]
    level = np.nan_to_num(light, nan=0.5)
    chords = _connect(slots, heads, _progression(phrases, level, dice, models), phrases, level, dice)
    edge = [*heads, len(slots)]
    counted = tuple(replace(p, first=edge[p.first], last=edge[p.last]) for p in phrases)
    closing = {i for p in phrases for i in (edge[p.last] - 1, edge[p.last - 1], edge[p.last - 1] - 1) if i >= 0}
    held = [sum(len(p) for p in counted if p.key == Key(tonic, m)) for m in (MAJOR, MINOR)]
    home = Key(tonic, mode or (MAJOR if held[0] >= held[1] else MINOR))
    images = [slot.image for slot in slots]
    dressed = _dress(chords, counted, colour, tension[images], light[images])
    return Plan(slots, counted, dressed, frozenset(closing), home)


def _options(phrases: Sequence[Phrase]) -> list[list[Chord]]:
    """The chords each image may open with: what its cadence fixes, else everything its key offers."""
    options: list[list[Chord]] = []
    for i, phrase in enumerate(phrases):
        after = phrases[i + 1].key if i + 1 < len(phrases) else phrase.key
        everything = [theory.chords_of(phrase.key) for _ in range(len(phrase))]
        tonic = "I" if phrase.key.mode == MAJOR else "i"
        if phrase.cadence == HALF:
            ending = [_approach(after, phrase.key), [theory.chord(after, "V")]]
        else:
            last = {DECEPTIVE: "vi" if phrase.key.mode == MAJOR else "VI"}.get(phrase.cadence, tonic)
            closing = [[theory.chord(phrase.key, "V")], [theory.chord(phrase.key, last)]]
            ending = [_approach(phrase.key, phrase.key), *closing]
        if phrase.cadence == FINAL and len(phrase) == 3:
            ending = [[theory.chord(phrase.key, tonic)], *ending[1:]]
        ending = ending[-len(phrase) :]
        everything[len(phrase) - len(ending) :] = ending
        options += everything
    return options


def _approach(key: Key, current: Key) -> list[Chord]:
    """What may lead to the dominant of `key`: chords that `current` knows too are cheaper, as pivots."""
    known = set(current.scale)
    return [
        c if set(c.pitch_classes) <= known else replace(c, cost=c.cost + 1.2)
        for c in theory.chords_of(key)
        if c.function == PREDOMINANT or c.numeral in ("vi", "VI")
    ]


def _progression(
    phrases: Sequence[Phrase], level: np.ndarray, dice: HashedRandom, models: np.random.Generator
) -> list[Chord]:  # fmt: skip
    """The opening chord of every image: the cheapest way through the options, phrase after phrase."""
    options = _options(phrases)
    known: dict[tuple[str, str], tuple[str, ...]] = {}
    for theme in "ABCD":
        opening, continuation = models.integers(len(OPENINGS[MAJOR])), models.integers(len(CONTINUATIONS[MAJOR]))
        for mode in (MAJOR, MINOR):
            known[theme, mode] = OPENINGS[mode][opening] + CONTINUATIONS[mode][continuation]
    chosen: list[Chord] = []
    for phrase in phrases:
        rows = options[phrase.first : phrase.last]
        model = known[phrase.theme, phrase.key.mode]
        extra = [
            [
                _fit(c, k, float(level[phrase.first + k]), model[k % len(model)])
                + 0.3 * dice.unit(phrase.first + k, "chord", c.numeral)
                for c in row
            ]
            for k, row in enumerate(rows)
        ]
        chosen += _cheapest(rows, extra, chosen[-1] if chosen else None)
    return chosen


def _connect(
    slots: Sequence[Slot], heads: Sequence[int], opening: Sequence[Chord], phrases: Sequence[Phrase],
    level: np.ndarray, dice: HashedRandom,
) -> list[Chord]:  # fmt: skip
    """A chord for every slot: within a long image, chords that lead from its opening chord to the next one's."""
    closing = {p.last - 1 for p in phrases} | {p.last - 2 for p in phrases if p.cadence != HALF}
    starts = set(heads)
    chords: list[Chord] = []
    for i, slot in enumerate(slots):
        harmony = opening[slot.image]
        if len(opening) == 2 and i == 0 and heads[1] > 1:
            ways = [c for c in _approach(harmony.key, harmony.key) if not (c.borrowed or c.target)]
            harmony = ways[int(len(ways) * dice.unit(0, "first"))]
        elif i not in starts and slot.image not in closing:
            after = opening[slot.image + 1] if i + 1 in starts else None
            harmony = _passing(chords[-1], after, float(level[slot.image]))
        chords.append(harmony)
    return chords


def _passing(before: Chord, after: Chord | None, level: float) -> Chord:
    """A chord between two others, in the key of the first: the same two have the same between them."""

    def cost(harmony: Chord) -> float:
        total = harmony.cost + 0.2 * abs(harmony.brightness - (2 * level - 1)) + _move(before, harmony, False)
        return total + (_move(harmony, after, True, harmony.key != after.key) if after else 0.0)

    return min(((cost(c), i, c) for i, c in enumerate(theory.chords_of(before.key))))[2]


def _fit(harmony: Chord, k: int, level: float, model: str) -> float:
    """How badly a chord suits its place: colour against the image, the opening, the model of the theme.

    Tonic and dominant within a phrase would end it before its time, so they cost a little there.
    """
    cost = harmony.cost + 0.35 * abs(harmony.brightness - (2 * level - 1))
    if harmony.numeral == model:
        cost -= MODEL + 0.6 * harmony.cost
    if k == 0 and harmony.numeral not in ("I", "i"):
        cost += 1.6 if harmony.function == TONIC else 4.0
    if k > 0 and harmony.numeral in ("I", "i", "V"):
        cost += 0.5
    return cost


def _cheapest(rows: list[list[Chord]], costs: list[list[float]], before: Chord | None) -> list[Chord]:
    """Viterbi: one chord a row, least cost of rows and moves together."""
    totals = [
        cost + (_move(before, c, True, True) if before else 0.0) for c, cost in zip(rows[0], costs[0], strict=True)
    ]
    back: list[list[int]] = []
    for k in range(1, len(rows)):
        ways = [[t + _move(a, b, True) for a, t in zip(rows[k - 1], totals, strict=True)] for b in rows[k]]
        back.append([min(range(len(w)), key=w.__getitem__) for w in ways])
        totals = [w[i] + c for w, i, c in zip(ways, back[-1], costs[k], strict=True)]
    at = min(range(len(totals)), key=totals.__getitem__)
    path = [at]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    return [row[i] for row, i in zip(rows, reversed(path), strict=True)]


def _move(a: Chord, b: Chord, is_cut: bool, boundary: bool = False) -> float:
    """Cost of going from one chord to the next. Across a cut the chord must change; at a boundary the key may."""
    if a.same_as(b):
        return IMPOSSIBLE if is_cut else 1.5
    cost = 1.5 if a.root == b.root else ROOT_MOTION[(b.root - a.root) % 12]
    if boundary:
        return cost
    if a.target is not None:
        return cost + (0.0 if b.root == a.target else 6.0)
    if a.numeral == "vii°7" and b.function == PREDOMINANT:
        cost += 2.0
    return cost + MOVES[a.function, b.function]


def _dress(
    chords: Sequence[Chord], phrases: Sequence[Phrase], colour: int, tension: np.ndarray, light: np.ndarray
) -> tuple[Chord, ...]:
    """Sevenths and ninths: on dominants that resolve, and, with more colour or tension, on the others."""
    dressed = list(chords)
    ends = {phrase.last - 1 for phrase in phrases}
    for i, harmony in enumerate(chords[:-1]):
        resolves = harmony.numeral == "V" and chords[i + 1].function == TONIC
        rich = colour == 2 or (colour == 1 and tension[i] > 0.7)
        if resolves and (i not in ends or colour == 2):
            dressed[i] = theory.seventh(harmony, in_scale=False)
        elif colour >= 1 and harmony.numeral in ("ii", "ii°") and chords[i + 1].function == DOMINANT:
            dressed[i] = theory.seventh(harmony)
        elif rich and harmony.function != DOMINANT and harmony.target is None and not harmony.borrowed:
            dressed[i] = _soften(harmony, bool(light[i] > 0.5))
    return tuple(dressed)


def _soften(harmony: Chord, is_warm: bool) -> Chord:
    """A ninth on the chords of the tonic and on those of warm images, a seventh on the others."""
    if harmony.numeral in ("I", "i") or (is_warm and harmony.numeral in ("IV", "VI", "III")):
        return replace(harmony, quality="add9" if harmony.quality == "" else "madd9", numeral=harmony.numeral + "add9")
    return theory.seventh(harmony) if harmony.quality in ("", "m") and harmony.numeral != "VII" else harmony
