"""Keys, chords and scales. Pitches are MIDI numbers, pitch classes 0 (C) to 11 (B)."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..core.errors import unknown

MAJOR, MINOR = "major", "minor"
#: Semitones above the tonic of each mode's scale; the minor one is natural.
SCALES = {MAJOR: (0, 2, 4, 5, 7, 9, 11), MINOR: (0, 2, 3, 5, 7, 8, 10)}
#: Semitones above the root of each chord quality.
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
#: Harmonic functions.
TONIC, PREDOMINANT, DOMINANT = "T", "PD", "D"


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Parameters
    ----------
    tonic : int
        Pitch class, 0 to 11.
    mode : str
        "major" or "minor".

    Examples
    --------
    >>> Key(9, MINOR).name, Key(9, MINOR).fifths, Key(10, MAJOR).fifths
    ('A minor', 0, -2)
    """

    tonic: int
    mode: str

    @property
    def fifths(self) -> int:
        """Sharps (positive) or flats (negative) of the key signature: -5 to 6 in major, -6 to 5 in minor."""
        if self.mode == MAJOR:
            return (self.tonic * 7 + 5) % 12 - 5
        return ((self.tonic + 3) * 7 + 6) % 12 - 6

    @property
    def scale(self) -> tuple[int, ...]:
        """The seven pitch classes from the tonic up; natural minor in minor keys."""
        return tuple((self.tonic + step) % 12 for step in SCALES[self.mode])

    @property
    def name(self) -> str:
        """Tonic and mode: "Eb major"."""
        return f"{spell(self.tonic, self)} {self.mode}"


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord with its function in a key.

    Parameters
    ----------
    root : int
        Pitch class.
    quality : str
        A name in QUALITIES.
    numeral : str
        Roman numeral in the key: "ii", "V7/vi".
    function : str
        TONIC, PREDOMINANT or DOMINANT.
    key : Key
    brightness : float
        Colour among chords of the same function, -1 (dark) to 1 (bright).
    cost : float
        How unusual the chord is, from 0.
    borrowed : bool
        Whether it comes from the parallel mode.
    target : int, optional
        The pitch class an applied dominant resolves to.
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
        """Root, third, fifth and any extension."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])

    @property
    def name(self) -> str:
        """Root and quality: "F#m7"."""
        return spell(self.root, self.key, self.has_leading_tone) + self.quality

    @property
    def is_chromatic(self) -> bool:
        """Whether it is borrowed or an applied dominant, with tones outside the key."""
        return self.borrowed or self.target is not None

    @property
    def has_leading_tone(self) -> bool:
        """Whether its tones outside the scale are leading tones, spelled as sharps."""
        return self.target is not None or (self.function == DOMINANT and self.key.mode == MINOR)

    def same_as(self, other: Chord) -> bool:
        """Whether both have the same root and the same third, extensions aside."""
        return self.root == other.root and self.pitch_classes[1] == other.pitch_classes[1]


@dataclass(frozen=True, slots=True)
class _Degree:
    """A row of DEGREES; `semitones` and `target` are counted from the tonic."""

    numeral: str
    semitones: int
    quality: str
    function: str
    brightness: float
    cost: float = 0.0
    borrowed: bool = False
    target: int | None = None


#: The chords of each mode: diatonic ones, those borrowed from the parallel mode, and applied dominants.
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
    """Return every chord of a key, in the order of DEGREES."""
    return [
        Chord(
            (key.tonic + d.semitones) % 12, d.quality, d.numeral, d.function, key, d.brightness, d.cost, d.borrowed,
            None if d.target is None else (key.tonic + d.target) % 12,
        )
        for d in DEGREES[key.mode]
    ]  # fmt: skip


def chord(key: Key, numeral: str) -> Chord:
    """Return the chord of a Roman numeral in DEGREES.

    Examples
    --------
    >>> chord(Key(9, MINOR), "V").name
    'E'
    """
    return next(c for c in chords_of(key) if c.numeral == numeral)


def seventh(triad: Chord, in_scale: bool = True) -> Chord:
    """Return the chord with a seventh: of the key's scale, or a minor one when `in_scale` is False.

    Examples
    --------
    >>> seventh(chord(Key(0, MAJOR), "IV")).name, seventh(chord(Key(0, MAJOR), "V"), in_scale=False).name
    ('Fmaj7', 'G7')
    """
    if len(QUALITIES[triad.quality]) > 3:
        return triad
    if triad.quality == "dim":
        return replace(triad, quality="m7b5", numeral=triad.numeral.replace("°", "ø") + "7")
    minor_seventh = (triad.root + 10) % 12
    small = not in_scale or minor_seventh in triad.key.scale
    quality = {"": "7" if small else "maj7", "m": "m7"}.get(triad.quality, triad.quality)
    return replace(triad, quality=quality, numeral=triad.numeral + "7")


def spell(pitch_class: int, key: Key, sharp: bool = False) -> str:
    """Return the name of a pitch class as spelled in a key; `sharp` prefers raised notes.

    Examples
    --------
    >>> spell(1, Key(2, MINOR), sharp=True), spell(8, Key(0, MAJOR))
    ('C#', 'Ab')
    """
    lowest = key.fifths - (3 if sharp else 5)
    k = lowest + (pitch_class * 7 - lowest) % 12
    accidentals = (k + 1) // 7
    return "FCGDAEB"[(k + 1) % 7] + ("#" * accidentals if accidentals > 0 else "b" * -accidentals)


def note_name(pitch: int, key: Key, sharp: bool = False) -> str:
    """Return a MIDI pitch in scientific notation; middle C (60) is "C4"."""
    name = spell(pitch % 12, key, sharp)
    natural = pitch - name.count("#") + name.count("b")
    return f"{name}{natural // 12 - 1}"


#: The 24 keys by name.
KEY_NAMES = tuple(Key(tonic, mode).name for mode in (MAJOR, MINOR) for tonic in range(12))
_KEY = re.compile(r"([A-Ga-g])([#♯b♭]?)\s*(major|maj|minor|min|m)?", re.ASCII)


def parse_key(text: str) -> tuple[int, str | None]:
    """Return the tonic pitch class and the mode of a key name; the mode is None if only a tonic is given.

    Raises
    ------
    ConfigError
        If it is not a key name.

    Examples
    --------
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
    """Return the pitch classes a melody may step through over a chord, ascending from C.

    The scale of the key, in which a chord tone from outside replaces the scale tone a semitone away. Over the dominant
    of a minor key the sixth degree is left out, which avoids the augmented second.
    """
    tones = set(harmony.pitch_classes)
    scale = {
        pc for pc in harmony.key.scale
        if pc in tones or not any((pc + d) % 12 in tones - set(harmony.key.scale) for d in (1, -1))
    }  # fmt: skip
    if harmony.key.mode == MINOR and (harmony.key.tonic + 11) % 12 in tones:
        scale -= {(harmony.key.tonic + 8) % 12} - tones
    return tuple(sorted(scale | tones))


def scale_step(pitch: int, count: int, scale: Sequence[int]) -> int:
    """Return the pitch `count` scale steps above (below, if negative) the scale tone nearest to `pitch`.

    Examples
    --------
    >>> scale_step(60, 2, (0, 2, 4, 5, 7, 9, 11)), scale_step(61, -1, (0, 2, 4, 5, 7, 9, 11))
    (64, 59)
    """
    ladder = _ladder(tuple(scale))
    above = bisect.bisect_left(ladder, pitch)
    near = [i for i in (above - 1, above) if 0 <= i < len(ladder)]
    start = min(near, key=lambda i: (abs(ladder[i] - pitch), ladder[i]))
    return ladder[min(max(start + count, 0), len(ladder) - 1)]


@functools.cache
def _ladder(scale: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(12 * octave + pc for octave in range(11) for pc in scale)


def nearest_pitch(pitch: int, pitch_classes: Iterable[int]) -> int:
    """Return the nearest pitch of one of the classes; the lower of two equally near.

    Examples
    --------
    >>> nearest_pitch(61, (0, 4, 7))
    60
    """
    classes = frozenset(pitch_classes)
    return min((pitch + d for d in range(-6, 7)), key=lambda p: (p % 12 not in classes, abs(p - pitch), p))
