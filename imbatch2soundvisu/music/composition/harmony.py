"""The harmonic plan: the chord of every slot.

The harmonic rhythm fixes how long chords last and where the cadences are (`harmonic_rhythm`). A theme has its chords in
the first half of each of its phrases; those that lead to the cadence are a shortest path (`chord_search`). Then some
have sevenths and ninths.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from ...core import TICKS_PER_BEAT, Timeline
from .. import modes, theory
from ..analysis.feature_correlation import LEAST_PHRASES
from ..theory import DOMINANT, MAJOR, MINOR, TONIC, Chord, Key
from . import form, progressions
from .chord_search import PhraseContext, chords_of_phrase
from .form import DECEPTIVE, PLAGAL, Phrase, Slot
from .genres import GENRES, Genre
from .harmonic_rhythm import CLOSE, DOMINANT_OF, OPENING, SIX_FOUR, Segment, plan_rhythm
from .hashed_random import HashedRandom

_T = TypeVar("_T")
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
        Slots whose chord is in root position: dominants and last chords of cadences, and the first chord of theme A.
    home : Key
    pedals : tuple of (int or None)
        One per slot: the pitch class that the bass holds, whatever the chord is; None where it is free.
    heads : tuple of int
        The first slot of each segment, under one chord.
    """

    slots: tuple[Slot, ...]
    phrases: tuple[Phrase, ...]
    chords: tuple[Chord, ...]
    cadential: frozenset[int]
    home: Key
    pedals: tuple[int | None, ...]
    heads: tuple[int, ...]

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
    def starts(self) -> list[int]:
        """(slots,) the first tick of each."""
        return [slot.beat * TICKS_PER_BEAT for slot in self.slots]

    @property
    def end(self) -> int:
        """The tick at which the last slot ends."""
        last = self.slots[-1]
        return (last.beat + last.beats) * TICKS_PER_BEAT

    def slot_at(self, tick: int) -> int:
        """Return the slot at a tick."""
        return max(0, bisect.bisect_right(self.starts, tick) - 1)

    @property
    def follows_halves(self) -> bool:
        """Whether there are so few phrases that halves of them follow the images, not only phrases."""
        return len(self.phrases) < LEAST_PHRASES

    @cached_property
    def segments(self) -> list[range]:
        """The slots of each segment: one chord, over one bass, within one phrase."""
        return [range(a, b) for a, b in itertools.pairwise((*self.heads, len(self.slots)))]

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
    genre : Genre
        Its harmonic rhythm and model progressions.
    repeated : bool
        Whether the chords of a bar are repeated within a phrase.
    """

    tonic: int
    mode: str | None
    tension: np.ndarray
    brightness: np.ndarray
    extensions: int
    genre: Genre = GENRES["song"]
    repeated: bool = False


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
        Draws the harmonic rhythms and the model progressions of the themes.
    """
    models = _model_progressions(settings.genre, rng)
    has_pedal = dict(zip("ABCD", (rng.random(4) < settings.genre.pedals).tolist(), strict=True))
    phrases = _with_plagal_cadences(phrases, (rng.random(4) < settings.genre.plagal).tolist())
    rhythm = plan_rhythm(timeline, phrases, settings.genre.harmonic_rhythm, rng, settings.repeated)
    segments = [segment for each in rhythm for segment in each]
    slots = divided(form.make_slots(timeline), [segment.beat for segment in segments])
    chords = _chords(timeline, phrases, rhythm, settings, draws, models)
    starts = [slot.beat for slot in slots]
    heads = [bisect.bisect_left(starts, segment.beat) for segment in segments]
    edges = [bisect.bisect_left(starts, beat) for beat in timeline.start_beats.tolist()]
    counted = tuple(replace(p, first=edges[p.first], last=edges[p.last]) for p in phrases)
    images = [slots[head].image for head in heads]
    plain = {k for k, segment in enumerate(segments) if segment.role in (CLOSE, SIX_FOUR)}
    extended = _extend(chords, plain, settings.extensions, settings.tension[images], settings.brightness[images])
    firsts = {p.first for p in counted}
    stated = {p.first for p in counted if p.theme == "A"}
    roots = [each.role in (DOMINANT_OF, CLOSE) or head in stated for each, head in zip(segments, heads, strict=True)]
    pedals = [
        _pedal(segment, chord, has_pedal[phrase.theme])
        for segment, chord, phrase in zip(segments, chords, _per_slot(phrases, map(len, rhythm)), strict=True)
    ]
    lengths = [b - a for a, b in itertools.pairwise((*heads, len(slots)))]
    chords_of_slots = _joined(_per_slot(extended, lengths), firsts)
    pedals_of_slots, roots_of_slots = _per_slot(pedals, lengths), _per_slot(roots, lengths)
    states = list(zip(chords_of_slots, pedals_of_slots, roots_of_slots, strict=True))
    return HarmonicPlan(
        slots,
        counted,
        tuple(chords_of_slots),
        frozenset(i for i, is_root in enumerate(roots_of_slots) if is_root),
        _home(counted, settings),
        tuple(pedals_of_slots),
        tuple(head for head in heads if head in firsts or states[head] != states[head - 1]),
    )


def _joined(chords: Sequence[Chord], firsts: set[int]) -> list[Chord]:
    """The chords, those with the root and quality of the one before replaced by it; not at the indices `firsts`."""
    found: list[Chord] = []
    for i, chord in enumerate(chords):
        before = found[-1] if found and i not in firsts else None
        is_same = before is not None and (before.root, before.quality) == (chord.root, chord.quality)
        found.append(before if is_same and before is not None else chord)
    return found


def _per_slot(values: Iterable[_T], lengths: Iterable[int]) -> list[_T]:
    """A value per slot, from one per segment and how many slots each has."""
    return [value for value, length in zip(values, lengths, strict=True) for _ in range(length)]


def divided(slots: Sequence[Slot], beats: Sequence[int]) -> tuple[Slot, ...]:
    """Return slots divided where chords change within them.

    Parameters
    ----------
    slots : sequence of Slot
    beats : sequence of int
        Where slots have to start, ascending.

    Examples
    --------
    >>> divided([Slot(0, 0, 4)], [0, 2])
    (Slot(image=0, beat=0, beats=2), Slot(image=0, beat=2, beats=2))
    """
    found: list[Slot] = []
    for slot in slots:
        end = slot.beat + slot.beats
        first = bisect.bisect_right(beats, slot.beat)
        inside = beats[first : bisect.bisect_left(beats, end)]
        edges = (slot.beat, *inside, end)
        found += [Slot(slot.image, a, b - a) for a, b in itertools.pairwise(edges)]
    return tuple(found)


def _chords(
    timeline: Timeline,
    phrases: Sequence[Phrase],
    rhythm: Sequence[Sequence[Segment]],
    settings: HarmonySettings,
    draws: HashedRandom,
    models: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]],
) -> list[Chord]:
    """The chord of every segment, phrase after phrase."""
    level, starts = np.nan_to_num(settings.brightness, nan=0.5), timeline.start_beats.tolist()
    found: list[Chord] = []
    for i, (phrase, segments) in enumerate(zip(phrases, rhythm, strict=True)):
        images = [bisect.bisect_right(starts, segment.beat) - 1 for segment in segments]
        after = phrases[i + 1].key if i + 1 < len(phrases) else phrase.key
        model = models[phrase.theme, modes.harmony_of(phrase.key.mode)]
        context = PhraseContext(phrase, after, segments, images, level[images], settings.tension[images], *model)
        found += chords_of_phrase(context, found[-1] if found else None, draws)
    return found


def _pedal(segment: Segment, chord: Chord, has_pedal: bool) -> int | None:
    """The pitch class that the bass holds under a chord: the dominant under a cadential six-four chord, the tonic while
    a theme with a pedal point begins."""
    if segment.role == SIX_FOUR and chord.is_home:
        return theory.chord(chord.key, chord.key.cadence.dominant).root
    return chord.key.tonic if segment.role == OPENING and has_pedal else None


def _with_plagal_cadences(phrases: Sequence[Phrase], drawn: Sequence[bool]) -> list[Phrase]:
    """The phrases with plagal cadences in place of some deceptive ones; `drawn` says for each theme whether it has."""
    return [
        replace(p, cadence=PLAGAL) if p.cadence == DECEPTIVE and drawn["ABCD".index(p.theme)] else p for p in phrases
    ]


def _home(phrases: Sequence[Phrase], settings: HarmonySettings) -> Key:
    """The home key; if its mode is open, the one of more slots, major for a tie."""
    held = [sum(len(p) for p in phrases if p.key == Key(settings.tonic, mode)) for mode in (MAJOR, MINOR)]
    home = Key(settings.tonic, settings.mode or (MAJOR if held[0] >= held[1] else MINOR))
    return next((phrase.key for phrase in phrases if phrase.key == home), home)


def _model_progressions(
    genre: Genre, rng: np.random.Generator
) -> dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]:
    """{(theme, mode of the chords): (opening, continuation)} in Roman numerals, drawn for the themes A to D."""
    own = progressions.MODELS[genre.progressions]
    openings = modes.MODAL_OPENINGS | own.openings
    continuations = modes.MODAL_CONTINUATIONS | own.continuations
    models = {}
    orders = rng.permutation(8), rng.permutation(8)
    for theme, opening, continuation in zip("ABCD", *orders, strict=False):
        for mode, first in openings.items():
            later = continuations[mode]
            models[theme, mode] = (
                tuple(first[opening % len(first)].split()),
                tuple(later[continuation % len(later)].split()),
            )
    return models


def _extend(
    chords: Sequence[Chord], plain: set[int], extensions: int, tension: np.ndarray, brightness: np.ndarray
) -> list[Chord]:
    """Sevenths and ninths: on dominants that resolve, and, with more extensions or tension, on other chords.

    Only with `extensions` 2 do those of `plain`, last chords and six-four chords, have any.
    """
    extended = list(chords)
    for i, harmony in enumerate(chords[:-1]):
        resolves = harmony.numeral == "V" and harmony.function == DOMINANT and chords[i + 1].function == TONIC
        rich = extensions == 2 or (extensions == 1 and tension[i] > TENSE)
        if i in plain and extensions < 2:
            continue
        if resolves:
            extended[i] = theory.seventh(harmony, in_scale=False)
        elif extensions >= 1 and harmony.numeral in ("ii", "ii°") and chords[i + 1].function == DOMINANT:
            extended[i] = theory.seventh(harmony)
        elif rich and harmony.function != DOMINANT and not harmony.is_chromatic:
            extended[i] = _soften(harmony, bool(brightness[i] > 0.5))
    return extended


def _soften(harmony: Chord, is_bright: bool) -> Chord:
    """The chord with a ninth (tonic chords, and others of bright images) or a seventh."""
    has_ninth = harmony.quality in ("", "m") and (harmony.root + 2) % 12 in harmony.key.melody_scale
    if has_ninth and (harmony.is_home or (is_bright and harmony.numeral in ("IV", "VI", "III"))):
        return replace(harmony, quality="add9" if harmony.quality == "" else "madd9", numeral=harmony.numeral + "add9")
    return theory.seventh(harmony) if harmony.quality in ("", "m") and harmony.numeral != "VII" else harmony
