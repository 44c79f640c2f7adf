"""The harmonic plan: the chord of every slot.

The cadences of the phrases are fixed first. The chords before them are a shortest path (Viterbi) through the chords of
each key, with costs for root motion, harmonic function, the progression of the theme and the level of the image.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...core import Timeline
from .. import modes, theory
from ..theory import DOMINANT, MAJOR, MINOR, PREDOMINANT, TONIC, Chord, Key
from . import form
from .form import DECEPTIVE, FINAL, HALF, Phrase, Slot
from .hashed_random import HashedRandom
from .progressions import CONTINUATIONS, MOVES, OPENINGS, ROOT_MOTION

IMPOSSIBLE = 1000.0
#: Discount of the chord that the theme's model progression has there, so that themes are recognizable.
MODEL = 5.0
#: Tension above which chords with `extensions` 1 have sevenths and ninths.
TENSE = 0.7


@dataclass(frozen=True)
class HarmonicPlan:
    """The chords of a piece.

    Parameters
    ----------
    slots : tuple of Slot
    phrases : tuple of Phrase
        Counted in slots.
    chords : tuple of Chord
        One per slot.
    cadential : frozenset of int
        Slots of a cadence, which are in root position.
    home : Key
    """

    slots: tuple[Slot, ...]
    phrases: tuple[Phrase, ...]
    chords: tuple[Chord, ...]
    cadential: frozenset[int]
    home: Key

    def phrase_of(self, slot: int) -> int:
        """Return the index of the phrase of a slot."""
        return bisect.bisect_right(self._firsts, slot) - 1

    def first_of(self, slot: int) -> int:
        """Return the first slot of the image of a slot."""
        return self._first_of_image[slot]

    def phrase_at(self, slot: int) -> Phrase:
        """Return the phrase of a slot."""
        return self.phrases[self.phrase_of(slot)]

    @cached_property
    def changes(self) -> list[int]:
        """The slots whose chord has other tones than the previous one, including the first slot."""
        tones = [frozenset(c.pitch_classes) for c in self.chords]
        return [i for i, each in enumerate(tones) if i == 0 or each != tones[i - 1]]

    @cached_property
    def _firsts(self) -> list[int]:
        return [p.first for p in self.phrases]

    @cached_property
    def _first_of_image(self) -> list[int]:
        first: list[int] = []
        for i, slot in enumerate(self.slots):
            first.append(first[-1] if i and slot.image == self.slots[i - 1].image else i)
        return first


@dataclass(frozen=True)
class HarmonySettings:
    """What the harmony of a piece depends on besides its phrases.

    Parameters
    ----------
    tonic : int
        Pitch class of the home key.
    mode : str or None
        Mode of the home key; None for the one that most slots have.
    tension : (n,) array
        In [0, 1] for each image: how rich its chords are.
    brightness : (n,) array
        In [0, 1] for each image: how bright its chords are, and whether they have ninths; NaN for no preference.
    extensions : int
        0 for triads, 1 for sevenths before cadences and where tension is high, 2 for sevenths and ninths.
    """

    tonic: int
    mode: str | None
    tension: np.ndarray
    brightness: np.ndarray
    extensions: int


def plan_harmony(
    timeline: Timeline,
    phrases: Sequence[Phrase],
    settings: HarmonySettings,
    draws: HashedRandom,
    rng: np.random.Generator,
) -> HarmonicPlan:
    """Return the chord of every slot of a timeline.

    Parameters
    ----------
    timeline : Timeline
    phrases : sequence of Phrase
        Counted in images; see `form.divide_into_phrases`.
    settings : HarmonySettings
    draws : HashedRandom
        Breaks ties between chords, image by image.
    rng : numpy.random.Generator
        Draws the model progressions of the themes.
    """
    slots = form.make_slots(timeline)
    heads = [i for i, slot in enumerate(slots) if i == 0 or slot.image != slots[i - 1].image]
    level = np.nan_to_num(settings.brightness, nan=0.5)
    opening = _opening_chords(phrases, level, draws, _model_progressions(rng))
    chords = _connect(slots, heads, opening, phrases, level, draws)
    edge = [*heads, len(slots)]
    counted = tuple(replace(p, first=edge[p.first], last=edge[p.last]) for p in phrases)
    closing = {i for p in phrases for i in (edge[p.last] - 1, edge[p.last - 1], edge[p.last - 1] - 1) if i >= 0}
    images = [slot.image for slot in slots]
    extended = _extend(chords, counted, settings.extensions, settings.tension[images], settings.brightness[images])
    return HarmonicPlan(slots, counted, extended, frozenset(closing), _home(counted, settings))


def _home(phrases: Sequence[Phrase], settings: HarmonySettings) -> Key:
    """The home key; if its mode is open, the one of more slots, major for a tie."""
    held = [sum(len(p) for p in phrases if p.key == Key(settings.tonic, mode)) for mode in (MAJOR, MINOR)]
    return Key(settings.tonic, settings.mode or (MAJOR if held[0] >= held[1] else MINOR))


def _model_progressions(rng: np.random.Generator) -> dict[tuple[str, str], tuple[str, ...]]:
    """{(theme, mode of the chords): Roman numerals}, drawn for the themes A to D."""
    models: dict[tuple[str, str], tuple[str, ...]] = {}
    for theme in "ABCD":
        opening, continuation = rng.integers(len(OPENINGS[MAJOR])), rng.integers(len(CONTINUATIONS[MAJOR]))
        for mode in (MAJOR, MINOR):
            models[theme, mode] = OPENINGS[mode][opening] + CONTINUATIONS[mode][continuation]
        for mode, openings in modes.MODAL_OPENINGS.items():
            later = modes.MODAL_CONTINUATIONS[mode]
            halves = openings[opening % len(openings)], later[continuation % len(later)]
            models[theme, mode] = tuple(" ".join(halves).split())
    return models


def _options(phrases: Sequence[Phrase]) -> list[list[Chord]]:
    """The chords each image may open with: those of a cadence where it is fixed, else all chords of the key."""
    options: list[list[Chord]] = []
    for i, phrase in enumerate(phrases):
        after = phrases[i + 1].key if i + 1 < len(phrases) else phrase.key
        ending = _ending(phrase, after)[-len(phrase) :]
        rows = [theory.chords_of(phrase.key) for _ in range(len(phrase))]
        rows[len(phrase) - len(ending) :] = ending
        options += rows
    return options


def _ending(phrase: Phrase, after: Key) -> list[list[Chord]]:
    """The chords of the last images of a phrase before one in the key `after`."""
    if phrase.cadence == HALF:
        return [_approach(after, phrase.key), [theory.chord(after, after.cadence.dominant)]]
    usual = phrase.key.cadence
    first = _approach(phrase.key, phrase.key)
    if phrase.cadence == FINAL and len(phrase) == 3:
        first = [theory.chord(phrase.key, usual.tonic)]
    last = usual.deceptive if phrase.cadence == DECEPTIVE else usual.tonic
    return [first, [theory.chord(phrase.key, usual.dominant)], [theory.chord(phrase.key, last)]]


def _approach(key: Key, current: Key) -> list[Chord]:
    """Chords that may precede the dominant of `key`; pivot chords, diatonic in `current`, are cheaper."""
    diatonic = set(current.scale)
    return [
        c if set(c.pitch_classes) <= diatonic else replace(c, cost=c.cost + 1.2)
        for c in theory.chords_of(key)
        if c.function == PREDOMINANT or c.numeral in ("vi", "VI")
    ]


def _opening_chords(
    phrases: Sequence[Phrase],
    level: np.ndarray,
    draws: HashedRandom,
    models: dict[tuple[str, str], tuple[str, ...]],
) -> list[Chord]:
    """The opening chord of every image: the cheapest path through the options, phrase after phrase."""
    options = _options(phrases)
    chosen: list[Chord] = []
    for phrase in phrases:
        rows = options[phrase.first : phrase.last]
        model = models[phrase.theme, modes.harmony_of(phrase.key.mode)]
        costs = [
            [
                _fit(c, k, float(level[phrase.first + k]), model[k % len(model)])
                + 0.3 * draws.unit(phrase.first + k, "chord", c.numeral)
                for c in row
            ]
            for k, row in enumerate(rows)
        ]
        chosen += _cheapest(rows, costs, chosen[-1] if chosen else None)
    return chosen


def _connect(
    slots: Sequence[Slot],
    heads: Sequence[int],
    opening: Sequence[Chord],
    phrases: Sequence[Phrase],
    level: np.ndarray,
    draws: HashedRandom,
) -> list[Chord]:
    """A chord for every slot: within a long image, chords that lead from its opening chord to the next one's."""
    closing = {p.last - 1 for p in phrases} | {p.last - 2 for p in phrases if p.cadence != HALF}
    starts = set(heads)
    chords: list[Chord] = []
    for i, slot in enumerate(slots):
        harmony = opening[slot.image]
        if len(opening) == 2 and i == 0 and heads[1] > 1:
            options = [c for c in _approach(harmony.key, harmony.key) if not (c.borrowed or c.target)]
            harmony = options[int(len(options) * draws.unit(0, "first"))]
        elif i not in starts and slot.image not in closing:
            after = opening[slot.image + 1] if i + 1 in starts else None
            harmony = _passing(chords[-1], after, float(level[slot.image]))
        chords.append(harmony)
    return chords


def _passing(before: Chord, after: Chord | None, level: float) -> Chord:
    """A chord between two others, in the key of the first; the same for the same two."""

    def cost(harmony: Chord) -> float:
        total = harmony.cost + 0.2 * abs(harmony.brightness - (2 * level - 1)) + _move(before, harmony, False)
        return total + (_move(harmony, after, True, harmony.key != after.key) if after else 0.0)

    return min(((cost(c), i, c) for i, c in enumerate(theory.chords_of(before.key))))[2]


def _fit(harmony: Chord, k: int, level: float, model: str) -> float:
    """Cost of a chord at image `k` of a phrase: brightness against the image, the opening, the model of the theme.

    Tonic and dominant within a phrase sound like its end, so they cost a little there.
    """
    cost = harmony.cost + 0.35 * abs(harmony.brightness - (2 * level - 1))
    if harmony.numeral == model:
        cost -= MODEL + 0.6 * harmony.cost
    if k == 0 and not harmony.is_home:
        cost += 1.6 if harmony.function == TONIC else 4.0
    if k > 0 and (harmony.is_home or harmony.numeral == "V"):
        cost += 0.5
    return cost


def _cheapest(rows: list[list[Chord]], costs: list[list[float]], before: Chord | None) -> list[Chord]:
    """Viterbi: one chord per row with the least sum of costs of rows and moves."""
    totals = [
        cost + (_move(before, c, True, True) if before else 0.0) for c, cost in zip(rows[0], costs[0], strict=True)
    ]
    back: list[list[int]] = []
    for k in range(1, len(rows)):
        sums = [[t + _move(a, b, True) for a, t in zip(rows[k - 1], totals, strict=True)] for b in rows[k]]
        back.append([min(range(len(each)), key=each.__getitem__) for each in sums])
        totals = [each[i] + c for each, i, c in zip(sums, back[-1], costs[k], strict=True)]
    path = [min(range(len(totals)), key=totals.__getitem__)]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    return [row[i] for row, i in zip(rows, reversed(path), strict=True)]


def _move(a: Chord, b: Chord, is_cut: bool, boundary: bool = False) -> float:
    """Cost of one chord after another. Across a cut the chord must change; at a phrase boundary the key may."""
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


def _extend(
    chords: Sequence[Chord], phrases: Sequence[Phrase], extensions: int, tension: np.ndarray, brightness: np.ndarray
) -> tuple[Chord, ...]:
    """Sevenths and ninths: on dominants that resolve, and, with more extensions or tension, on other chords."""
    extended = list(chords)
    ends = {phrase.last - 1 for phrase in phrases}
    for i, harmony in enumerate(chords[:-1]):
        resolves = harmony.numeral == "V" and harmony.function == DOMINANT and chords[i + 1].function == TONIC
        rich = extensions == 2 or (extensions == 1 and tension[i] > TENSE)
        if resolves and (i not in ends or extensions == 2):
            extended[i] = theory.seventh(harmony, in_scale=False)
        elif extensions >= 1 and harmony.numeral in ("ii", "ii°") and chords[i + 1].function == DOMINANT:
            extended[i] = theory.seventh(harmony)
        elif rich and harmony.function != DOMINANT and not harmony.is_chromatic:
            extended[i] = _soften(harmony, bool(brightness[i] > 0.5))
    return tuple(extended)


def _soften(harmony: Chord, is_bright: bool) -> Chord:
    """The chord with a ninth (tonic chords, and others of bright images) or a seventh."""
    has_ninth = harmony.quality in ("", "m") and (harmony.root + 2) % 12 in harmony.key.melody_scale
    if has_ninth and (harmony.is_home or (is_bright and harmony.numeral in ("IV", "VI", "III"))):
        return replace(harmony, quality="add9" if harmony.quality == "" else "madd9", numeral=harmony.numeral + "add9")
    return theory.seventh(harmony) if harmony.quality in ("", "m") and harmony.numeral != "VII" else harmony
