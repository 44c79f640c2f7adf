"""The harmonic plan: phrases, their keys and cadences, and the chord of every moment.

The plan is made backwards from its cadences: what ends a phrase is fixed first, then the cheapest way there is found
(a shortest path through the chords each key offers), coloured by the level of every picture.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..records import Timeline
from ..sound import theory
from ..sound.theory import DOMINANT, MAJOR, MINOR, PREDOMINANT, TONIC, Chord, Key

HALF, AUTHENTIC, DECEPTIVE, FINAL = "half", "authentic", "deceptive", "final"
IMPOSSIBLE = 1000.0
#: How high the mean level of a phrase must rise to turn to the major, and fall to turn to the minor.
TO_MAJOR, TO_MINOR = 0.54, 0.46

#: Cost of following one function by another.
MOVES = {
    (TONIC, TONIC): 0.7, (TONIC, PREDOMINANT): 0.1, (TONIC, DOMINANT): 0.5,
    (PREDOMINANT, TONIC): 1.3, (PREDOMINANT, PREDOMINANT): 0.6, (PREDOMINANT, DOMINANT): 0.0,
    (DOMINANT, TONIC): 0.0, (DOMINANT, PREDOMINANT): 2.6, (DOMINANT, DOMINANT): 1.0,
}  # fmt: skip
#: Cost by how many semitones the root rises: falling fifths and thirds are strong, tritones are rare.
ROOT_MOTION = (0.8, 0.5, 0.1, 0.4, 0.4, -0.35, 1.2, 0.2, -0.1, -0.15, 0.2, 0.3)

#: Openings and continuations of phrases that have proved themselves; a theme has one of each, and the pictures'
#: colours, cuts and cadences may bend them.
OPENINGS = {
    MAJOR: (
        ("I", "vi", "IV", "ii"), ("I", "V", "vi", "iii"), ("I", "IV", "ii", "vi"), ("I", "iii", "vi", "IV"),
        ("I", "ii", "iii", "IV"), ("I", "V7/vi", "vi", "IV"), ("I", "♭VII", "IV", "iv"), ("I", "V7/IV", "IV", "ii"),
    ),
    MINOR: (
        ("i", "VI", "III", "VII"), ("i", "VII", "VI", "iv"), ("i", "iv", "VII", "III"), ("i", "v", "VI", "III"),
        ("i", "III", "iv", "VI"), ("i", "V7/iv", "iv", "ii°"), ("i", "VI", "iv", "ii°"), ("i", "IV", "VII", "III"),
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


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch with one chord: the picture it belongs to, its first beat and its length in beats."""

    picture: int
    beat: int
    beats: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Slots `first` to `last` (excluded). label : A, A', B ...; the letter is its theme."""

    label: str
    first: int
    last: int
    key: Key
    cadence: str

    @property
    def theme(self) -> str:
        return self.label[0]

    def __len__(self) -> int:
        return self.last - self.first


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

    @cached_property
    def _firsts(self) -> list[int]:
        return [p.first for p in self.phrases]


def plan(
    timeline: Timeline,
    level: np.ndarray,
    tonic: int,
    mode: str | None,
    mode_bias: float,
    colour: int,
    rng: np.random.Generator,
    sections: tuple[int, ...] = (),
) -> Plan:
    """The harmony of a piece.

    level : (n,) in [0, 1]. tonic : pitch class of the home key. mode : fixed, or None to follow the level.
    mode_bias : added to the level when the mode is chosen. colour : how many sevenths and ninths, 0 to 2.
    sections : pictures with which a new part of the pictures begins: a phrase ends before each, and a new theme begins.
    """
    slots = cut(timeline)
    heads = [i for i, slot in enumerate(slots) if i == 0 or slot.picture != slots[i - 1].picture]
    by_picture = _phrases(timeline, level + mode_bias, tonic, mode, sections)
    chords = _connect(slots, heads, _progression(by_picture, level, rng), by_picture, level, rng)
    edge = [*heads, len(slots)]
    phrases = tuple(replace(p, first=edge[p.first], last=edge[p.last]) for p in by_picture)
    closing = {i for p in by_picture for i in (edge[p.last] - 1, edge[p.last - 1], edge[p.last - 1] - 1) if i >= 0}
    held = [sum(len(p) for p in phrases if p.key == Key(tonic, m)) for m in (MAJOR, MINOR)]
    home = Key(tonic, mode or (MAJOR if held[0] >= held[1] else MINOR))
    return Plan(slots, phrases, _dress(chords, phrases, colour), frozenset(closing), home)


def cut(timeline: Timeline) -> tuple[Slot, ...]:
    """One slot a picture; long pictures have one every 3 to 5 beats, and a piece of few pictures one a beat.

    The last picture is one slot: it holds the final chord.
    """
    n, slots = len(timeline.beats), []
    for picture, (beat, beats) in enumerate(zip(timeline.start_beats[:-1].tolist(), timeline.beats, strict=True)):
        pieces = 1 if beats < 6 else round(beats / 4)
        if n <= 3:
            pieces = min(beats, max(pieces, 2))
        pieces = 1 if picture == n - 1 else pieces
        edges = [beat + i * beats // pieces for i in range(pieces + 1)]
        slots += [Slot(picture, a, b - a) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return tuple(slots)


def _phrase_sizes(count: int, seconds_each: float) -> list[int]:
    """Pictures in each phrase: eight, sixteen where they are quick, six where they are long, two halves of a few."""
    if count < 6:
        return [count]
    if count < 16:
        half = count // 2 - (count // 2 % 2 if count > 7 else 0)
        return [half, count - half]
    usual = 6 if seconds_each >= 3 else 16 if seconds_each < 0.7 and count >= 64 else 8
    sizes, rest = [usual] * (count // usual), count % usual
    if rest >= 4:
        sizes.append(rest)
    elif rest:
        sizes[-1] += rest
    return sizes


def _labels(count: int) -> list[str]:
    """The form: A A' B A'' and on, with new themes C and D in the next round; the last phrase is always an A."""
    if count in (1, 2, 3):
        return [["A"], ["A", "A'"], ["A", "B", "A'"]][count - 1]
    rounds = (("A", "A'", "B", "A''"), ("C", "A'", "D", "A''"))
    labels = [rounds[i // 4 % 2][i % 4] for i in range(count)]
    if count % 4 == 1:
        labels[-2] = "C" if labels[-3][0] == "B" else "B"
    labels[-1] = "A''"
    return labels


def _section_labels(counts: Sequence[int]) -> list[str]:
    """A theme for each section, A B C D by turns and A at the end: its phrases are X X' X and so on, the last is X'."""
    labels: list[str] = []
    for i, count in enumerate(counts):
        theme = "A" if i == len(counts) - 1 else "ABCD"[i % 4]
        labels += [theme + "'" * (k % 2 if k < count - 1 else 1) for k in range(count)]
    return labels


def _phrases(
    timeline: Timeline, level: np.ndarray, tonic: int, fixed: str | None, sections: tuple[int, ...]
) -> tuple[Phrase, ...]:
    """The phrases, with `first` and `last` counted in pictures."""
    n = len(timeline.beats)
    lengths = np.diff([*sections, n]).tolist() if sections else [n]
    sizes = [_phrase_sizes(length, float(timeline.seconds) / n) for length in lengths]
    edges = [0, *itertools.accumulate(itertools.chain.from_iterable(sizes))]
    spans = list(itertools.pairwise(edges))
    labels = _labels(len(spans)) if len(sizes) == 1 else _section_labels([len(each) for each in sizes])
    modes = [fixed] * len(spans) if fixed else _modes([float(level[a:b].mean()) for a, b in spans])
    keys: list[Key] = []
    for label, mode in zip(labels, modes, strict=True):
        keys.append(_phrase_key(label[0], str(mode), tonic, keys[-1] if keys else None))
    phrases = []
    for i, (a, b) in enumerate(spans):
        after = keys[i + 1] if i + 1 < len(keys) else None
        phrases.append(Phrase(labels[i], a, b, keys[i], _cadence(labels[i], keys[i], after)))
    return tuple(phrases)


def _modes(means: Sequence[float]) -> list[str]:
    """The mode of each phrase, with hysteresis: it turns only when the level clearly asks for it."""
    mode, modes = MAJOR if means[0] >= 0.5 else MINOR, []
    for mean in means:
        mode = MAJOR if mean >= TO_MAJOR else MINOR if mean <= TO_MINOR else mode
        modes.append(mode)
    return modes


def _phrase_key(theme: str, mode: str, tonic: int, before: Key | None) -> Key:
    """Theme A is at home; the others go to a near key, of the mode that the pictures ask for."""
    if theme == "A" or before is None:
        return Key(tonic, mode)
    if before.mode != mode:
        return Key((tonic + (9 if mode == MINOR else 3)) % 12, mode)
    away = {"B": 7 if mode == MAJOR else 5, "C": 5 if mode == MAJOR else 7, "D": 2 if mode == MAJOR else 10}
    return Key((tonic + away[theme]) % 12, mode)


def _cadence(label: str, key: Key, after: Key | None) -> str:
    if after is None:
        return FINAL
    if label.endswith("'"):
        return AUTHENTIC if after.tonic != key.tonic else DECEPTIVE
    return HALF


def _options(phrases: Sequence[Phrase]) -> list[list[Chord]]:
    """The chords each picture may open with: what its cadence fixes, else everything its key offers."""
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


def _progression(phrases: Sequence[Phrase], level: np.ndarray, rng: np.random.Generator) -> list[Chord]:
    """The opening chord of every picture: the cheapest way through the options, phrase after phrase."""
    options = _options(phrases)
    models = {(theme, mode): _model(mode, rng) for theme in "ABCD" for mode in (MAJOR, MINOR)}
    chosen: list[Chord] = []
    for phrase in phrases:
        rows = options[phrase.first : phrase.last]
        model = models[phrase.theme, phrase.key.mode]
        extra = [
            [_fit(c, k, float(level[phrase.first + k]), model[k % len(model)]) + 0.4 * float(rng.random()) for c in row]
            for k, row in enumerate(rows)
        ]
        chosen += _cheapest(rows, extra, chosen[-1] if chosen else None)
    return chosen


def _connect(
    slots: Sequence[Slot], heads: Sequence[int], opening: Sequence[Chord], phrases: Sequence[Phrase],
    level: np.ndarray, rng: np.random.Generator,
) -> list[Chord]:  # fmt: skip
    """A chord for every slot: within a long picture, chords that lead from its opening chord to the next one's."""
    closing = {p.last - 1 for p in phrases} | {p.last - 2 for p in phrases if p.cadence != HALF}
    starts = set(heads)
    chords: list[Chord] = []
    for i, slot in enumerate(slots):
        harmony = opening[slot.picture]
        if len(opening) == 2 and i == 0 and heads[1] > 1:
            ways = [c for c in _approach(harmony.key, harmony.key) if not (c.borrowed or c.target)]
            harmony = ways[int(rng.integers(len(ways)))]
        elif i not in starts and slot.picture not in closing:
            after = opening[slot.picture + 1] if i + 1 in starts else None
            harmony = _passing(chords[-1], after, float(level[slot.picture]), rng)
        chords.append(harmony)
    return chords


def _passing(before: Chord, after: Chord | None, level: float, rng: np.random.Generator) -> Chord:
    """A chord between two others, in the key of the first."""

    def cost(harmony: Chord, whim: float) -> float:
        total = harmony.cost + 0.5 * abs(harmony.brightness - (2 * level - 1)) + whim + _move(before, harmony, False)
        return total + (_move(harmony, after, True, harmony.key != after.key) if after else 0.0)

    return min(((cost(c, 0.6 * float(rng.random())), i, c) for i, c in enumerate(theory.chords_of(before.key))))[2]


def _model(mode: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Eight numerals that a theme starts from."""
    openings, continuations = OPENINGS[mode], CONTINUATIONS[mode]
    return openings[int(rng.integers(len(openings)))] + continuations[int(rng.integers(len(continuations)))]


def _fit(harmony: Chord, k: int, level: float, model: str) -> float:
    """How badly a chord suits its place: colour against the picture, the opening, the model of the theme.

    Tonic and dominant within a phrase would end it before its time, so they cost a little there.
    """
    cost = harmony.cost + 0.7 * abs(harmony.brightness - (2 * level - 1))
    if harmony.numeral == model:
        cost -= 1.7 + 0.6 * harmony.cost
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


def _dress(chords: Sequence[Chord], phrases: Sequence[Phrase], colour: int) -> tuple[Chord, ...]:
    """Sevenths and ninths: on dominants that resolve, and, with more colour, on the others."""
    dressed = list(chords)
    ends = {phrase.last - 1 for phrase in phrases}
    for i, harmony in enumerate(chords[:-1]):
        resolves = harmony.numeral == "V" and chords[i + 1].function == TONIC
        if resolves and (i not in ends or colour == 2):
            dressed[i] = theory.seventh(harmony, in_scale=False)
        elif colour >= 1 and harmony.numeral in ("ii", "ii°") and chords[i + 1].function == DOMINANT:
            dressed[i] = theory.seventh(harmony)
        elif colour == 2 and harmony.function != DOMINANT and harmony.target is None and not harmony.borrowed:
            dressed[i] = _soften(harmony)
    return tuple(dressed)


def _soften(harmony: Chord) -> Chord:
    if harmony.numeral in ("I", "i"):
        return replace(harmony, quality="add9" if harmony.quality == "" else "madd9", numeral=harmony.numeral + "add9")
    return theory.seventh(harmony) if harmony.quality in ("", "m") and harmony.numeral != "VII" else harmony
