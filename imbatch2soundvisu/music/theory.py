"""Keys, chords, scales and the rules of voice leading. Pitches are MIDI numbers, pitch classes 0 (C) to 11 (B)."""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..core.errors import unknown

MAJOR, MINOR = "major", "minor"
SCALES = {MAJOR: (0, 2, 4, 5, 7, 9, 11), MINOR: (0, 2, 3, 5, 7, 8, 10)}
QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "sus4": (0, 5, 7),
    "add9": (0, 4, 7, 2),
    "madd9": (0, 3, 7, 2),
}
TONIC, PREDOMINANT, DOMINANT = "T", "PD", "D"
PERFECT = (0, 7)


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic (pitch class) and a mode ("major" or "minor")."""

    tonic: int
    mode: str

    @property
    def fifths(self) -> int:
        """Sharps (positive) or flats (negative) of the key signature: -5 to 6 in the major, -6 to 5 in the minor."""
        if self.mode == MAJOR:
            return (self.tonic * 7 + 5) % 12 - 5
        return ((self.tonic + 3) * 7 + 6) % 12 - 6

    @property
    def scale(self) -> tuple[int, ...]:
        """The seven pitch classes, natural minor in the minor."""
        return tuple((self.tonic + step) % 12 for step in SCALES[self.mode])

    @property
    def name(self) -> str:
        return f"{spell(self.tonic, self)} {self.mode}"


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord with its job in a key.

    quality : a name in QUALITIES. function : "T", "PD" or "D". brightness : -1 (dark) to 1 (bright), its colour
    among chords of the same job. cost : how unusual it is. target : the pitch class it must resolve to, if any.
    """

    root: int
    quality: str
    numeral: str
    function: str
    key: Key
    brightness: float = 0.0
    cost: float = 0.0
    borrowed: bool = False
    target: int | None = None

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Root, third, fifth and what is on top of them."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])

    @property
    def name(self) -> str:
        return spell(self.root, self.key, self.raises) + self.quality

    @property
    def raises(self) -> bool:
        """Whether its tones outside the scale are leading tones, written as sharps."""
        return self.target is not None or (self.function == DOMINANT and self.key.mode == MINOR)

    def same_as(self, other: Chord) -> bool:
        """Whether the ear takes both for one chord: same root, and third of the same size."""
        return self.root == other.root and self.pitch_classes[1] == other.pitch_classes[1]


@dataclass(frozen=True, slots=True)
class _Degree:
    numeral: str
    semitones: int
    quality: str
    function: str
    brightness: float
    cost: float = 0.0
    borrowed: bool = False
    target: int | None = None


#: What each mode offers: the diatonic chords, those borrowed from the parallel mode, and applied dominants.
DEGREES = {
    MAJOR: (
        _Degree("I", 0, "", TONIC, 0.6),
        _Degree("ii", 2, "m", PREDOMINANT, -0.1),
        _Degree("iii", 4, "m", TONIC, 0.0, 0.9),
        _Degree("IV", 5, "", PREDOMINANT, 0.5),
        _Degree("V", 7, "", DOMINANT, 0.4),
        _Degree("vi", 9, "m", TONIC, -0.4),
        _Degree("vii°", 11, "dim", DOMINANT, -0.5, 1.6),
        _Degree("iv", 5, "m", PREDOMINANT, -0.9, 0.9, True),
        _Degree("♭VI", 8, "", PREDOMINANT, -0.7, 1.4, True),
        _Degree("♭VII", 10, "", PREDOMINANT, 0.1, 1.3, True),
        _Degree("V7/V", 2, "7", PREDOMINANT, 0.9, 1.2, False, 7),
        _Degree("V7/vi", 4, "7", DOMINANT, -0.2, 1.2, False, 9),
        _Degree("V7/IV", 0, "7", DOMINANT, 0.5, 1.3, False, 5),
        _Degree("V7/ii", 9, "7", DOMINANT, 0.3, 1.3, False, 2),
    ),
    MINOR: (
        _Degree("i", 0, "m", TONIC, -0.4),
        _Degree("ii°", 2, "dim", PREDOMINANT, -0.8, 0.3),
        _Degree("III", 3, "", TONIC, 0.7, 0.3),
        _Degree("iv", 5, "m", PREDOMINANT, -0.5),
        _Degree("V", 7, "", DOMINANT, 0.0),
        _Degree("v", 7, "m", DOMINANT, -0.4, 1.1),
        _Degree("VI", 8, "", TONIC, 0.3),
        _Degree("VII", 10, "", PREDOMINANT, 0.5, 0.5),
        _Degree("vii°7", 11, "dim7", DOMINANT, -0.9, 0.9),
        _Degree("IV", 5, "", PREDOMINANT, 0.6, 1.0, True),
        _Degree("♭II", 1, "", PREDOMINANT, -0.7, 1.3, True),
        _Degree("V7/III", 10, "7", DOMINANT, 0.6, 1.1, False, 3),
        _Degree("V7/iv", 0, "7", DOMINANT, 0.1, 1.3, False, 5),
    ),
}


def chords_of(key: Key) -> list[Chord]:
    """Every chord the key offers, by DEGREES."""
    return [
        Chord(
            (key.tonic + d.semitones) % 12, d.quality, d.numeral, d.function, key, d.brightness, d.cost, d.borrowed,
            None if d.target is None else (key.tonic + d.target) % 12,
        )
        for d in DEGREES[key.mode]
    ]  # fmt: skip


def chord(key: Key, numeral: str) -> Chord:
    """The chord of a roman numeral in DEGREES.

    >>> chord(Key(9, MINOR), "V").name
    'E'
    """
    return next(c for c in chords_of(key) if c.numeral == numeral)


def seventh(triad: Chord, in_scale: bool = True) -> Chord:
    """The chord with a seventh: of the key's scale, or a dominant one when `in_scale` is False."""
    if len(QUALITIES[triad.quality]) > 3:
        return triad
    if triad.quality == "dim":
        return replace(triad, quality="m7b5", numeral=triad.numeral.replace("°", "ø") + "7")
    minor_seventh = (triad.root + 10) % 12
    small = not in_scale or minor_seventh in triad.key.scale
    quality = {"": "7" if small else "maj7", "m": "m7"}.get(triad.quality, triad.quality)
    return replace(triad, quality=quality, numeral=triad.numeral + "7")


def spell(pitch_class: int, key: Key, sharp: bool = False) -> str:
    """The name of a pitch class as the key would write it; `sharp` leans to raised notes.

    >>> spell(1, Key(2, MINOR), sharp=True), spell(8, Key(0, MAJOR))
    ('C#', 'Ab')
    """
    lowest = key.fifths - (3 if sharp else 5)
    k = lowest + (pitch_class * 7 - lowest) % 12
    accidentals = (k + 1) // 7
    return "FCGDAEB"[(k + 1) % 7] + ("#" * accidentals if accidentals > 0 else "b" * -accidentals)


def note_name(pitch: int, key: Key, sharp: bool = False) -> str:
    """A pitch in scientific notation, middle C (60) being C4."""
    name = spell(pitch % 12, key, sharp)
    natural = pitch - name.count("#") + name.count("b")
    return f"{name}{natural // 12 - 1}"


KEY_NAMES = tuple(Key(tonic, mode).name for mode in (MAJOR, MINOR) for tonic in range(12))
_KEY = re.compile(r"([A-Ga-g])([#♯b♭]?)\s*(major|maj|minor|min|m)?", re.ASCII)


def parse_key(text: str) -> tuple[int, str | None]:
    """("Bb minor") -> tonic pitch class and mode, None where only the tonic is given. Raises ConfigError.

    >>> parse_key("Eb"), parse_key("f# minor")
    ((3, None), (6, 'minor'))
    """
    found = _KEY.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise unknown("key", text, KEY_NAMES)
    letter, accidental, mode = found.groups()
    shift = {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[accidental]
    tonic = ("C.D.EF.G.A.B".index(letter.upper()) + shift) % 12
    return tonic, None if mode is None else MAJOR if mode in ("major", "maj") else MINOR


def chord_scale(harmony: Chord) -> tuple[int, ...]:
    """The pitch classes a melody may step through over a chord, ascending from C.

    The key's scale, bent to the chord: a chord tone outside it replaces the scale tone a semitone away. Over the
    dominant of a minor key the sixth degree is left out, so that no augmented second is sung.
    """
    tones = set(harmony.pitch_classes)
    scale = {
        pc for pc in harmony.key.scale
        if pc in tones or not any((pc + d) % 12 in tones - set(harmony.key.scale) for d in (1, -1))
    }  # fmt: skip
    if harmony.key.mode == MINOR and (harmony.key.tonic + 11) % 12 in tones:
        scale -= {(harmony.key.tonic + 8) % 12} - tones
    return tuple(sorted(scale | tones))


def steps(pitch: int, count: int, scale: Sequence[int]) -> int:
    """The pitch `count` scale steps above (below) `pitch`, which is first moved onto the scale if it is off it."""
    ladder = _ladder(tuple(scale))
    above = bisect.bisect_left(ladder, pitch)
    near = [i for i in (above - 1, above) if 0 <= i < len(ladder)]
    place = min(near, key=lambda i: (abs(ladder[i] - pitch), ladder[i]))
    return ladder[min(max(place + count, 0), len(ladder) - 1)]


@functools.cache
def _ladder(scale: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(12 * octave + pc for octave in range(11) for pc in scale)


def nearest(pitch: int, pitch_classes: Iterable[int]) -> int:
    """The pitch of one of the classes that is nearest; the lower of two equally near."""
    classes = frozenset(pitch_classes)
    return min((pitch + d for d in range(-6, 7)), key=lambda p: (p % 12 not in classes, abs(p - pitch), p))


def is_parallel(upper: tuple[int, int], lower: tuple[int, int]) -> bool:
    """Whether two voices move together, in the same direction, from one perfect fifth or octave into another.

    >>> is_parallel((67, 69), (60, 62)), is_parallel((67, 65), (60, 62))
    (True, False)
    """
    up, low = upper[1] - upper[0], lower[1] - lower[0]
    interval = (upper[0] - lower[0]) % 12
    return up * low > 0 and interval in PERFECT and (upper[1] - lower[1]) % 12 == interval


def voicing(
    pitch_classes: Sequence[int], previous: Sequence[int] | None, centre: float, voices: int = 3
) -> tuple[int, ...]:
    """Inner voices, ascending: the arrangement that moves least from `previous` and stays near `centre`.

    The fifth is the tone left out when there are more tones than voices. Within 10 semitones of the centre.
    """
    tones = list(pitch_classes)
    while len(tones) > voices:
        tones.pop(2 if len(tones) > 3 else 0)
    low, high = round(centre) - 10, round(centre) + 10
    options = [[p for p in range(low, high + 1) if p % 12 == pc] for pc in tones]
    best, least = None, float("inf")
    for choice in itertools.product(*options):
        arranged = tuple(sorted(choice))
        cost = _voicing_cost(arranged, previous, centre)
        if cost < least:
            best, least = arranged, cost
    assert best is not None
    return best


def _voicing_cost(arranged: tuple[int, ...], previous: Sequence[int] | None, centre: float) -> float:
    gaps = [b - a for a, b in itertools.pairwise(arranged)]
    cost = 0.35 * abs(sum(arranged) / len(arranged) - centre)
    cost += 0.1 * sum(gaps) + sum(6.0 for gap in gaps if gap < 2) + sum(0.6 * (gap - 9) for gap in gaps if gap > 9)
    if previous is not None and len(previous) == len(arranged):
        moves = [abs(a - b) for a, b in zip(arranged, previous, strict=True)]
        cost += sum(moves) + 0.5 * max(moves)
        pairs = itertools.combinations(range(len(arranged)), 2)
        cost += 1.5 * sum(is_parallel((previous[j], arranged[j]), (previous[i], arranged[i])) for i, j in pairs)
    return cost
