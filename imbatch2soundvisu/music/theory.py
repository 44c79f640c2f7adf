"""Keys, chords and scales. Pitches are MIDI numbers, pitch classes 0 (C) to 11 (B)."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from . import modes
from .degrees import DOMINANT as DOMINANT
from .degrees import MAJOR as MAJOR
from .degrees import MINOR as MINOR
from .degrees import PREDOMINANT as PREDOMINANT
from .degrees import SCALES
from .degrees import TONIC as TONIC

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
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
    "add9": (0, 4, 7, 2),
    "madd9": (0, 3, 7, 2),
}
#: Names of the position of a chord by the tone in its bass, and where the bass is none of its tones.
INVERSIONS = ("root position", "first inversion", "second inversion", "third inversion")
OVER_A_PEDAL = "over a pedal"


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Parameters
    ----------
    tonic : int
        Pitch class, 0 to 11.
    mode : str
        "major", "minor", another scale of `degrees.SCALES`, or semitones above the tonic: "(0 2 7)".
    sharps : int, optional
        Sharps (positive) or flats of its spelling, where that is not the usual one: Ab minor has -7, G# minor 5. Keys
        that differ only in this are equal.

    Examples
    --------
    >>> Key(9, MINOR).name, Key(9, MINOR).fifths, Key(10, MAJOR).fifths
    ('A minor', 0, -2)
    >>> Key(2, "dorian").name, Key(2, "dorian").fifths, Key(4, "blues").scale
    ('D dorian', 0, (4, 6, 7, 9, 11, 1, 2))
    """

    tonic: int
    mode: str
    sharps: int | None = field(default=None, compare=False, repr=False)

    @property
    def is_tonal(self) -> bool:
        """Whether it is major or minor, in which pieces modulate and chords have tones from outside the key."""
        return self.mode in (MAJOR, MINOR)

    @property
    def fifths(self) -> int:
        """Sharps (positive) or flats (negative) of the key signature: usually -5 to 6, in minor -6 to 5."""
        if self.sharps is not None:
            return self.sharps
        if self.mode == MINOR:
            return ((self.tonic + 3) * 7 + 6) % 12 - 6
        relative = modes.RELATIVE_MAJOR[self._parent] if self.mode != MAJOR else 0
        return ((self.tonic + relative) * 7 + 5) % 12 - 5

    @property
    def scale(self) -> tuple[int, ...]:
        """The pitch classes of its chords from the tonic up; natural minor in minor keys."""
        return _from_tonic(self.tonic, SCALES[self._parent])

    @property
    def melody_scale(self) -> tuple[int, ...]:
        """The pitch classes of its melody from the tonic up: those of its name."""
        return _from_tonic(self.tonic, modes.steps_of(self.mode))

    @property
    def cadence(self) -> modes.Cadence:
        """The chords with which its phrases end."""
        return modes.CADENCES[modes.harmony_of(self.mode)]

    @property
    def name(self) -> str:
        """Tonic and mode: "Eb major"."""
        return f"{spell(self.tonic, self)} {self.mode}"

    @property
    def _parent(self) -> str:
        harmony = modes.harmony_of(self.mode)
        return "dorian" if harmony == "blues" else harmony


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
        return _from_tonic(self.root, QUALITIES[self.quality])

    @property
    def name(self) -> str:
        """Root and quality: "F#m7"."""
        return spell(self.root, self.key, self.has_leading_tone) + self.quality

    def over(self, bass: int) -> str:
        """Return the name with the bass where that is not the root: "F#m7/A"; `bass` is a pitch or a pitch class."""
        tone = bass % 12
        return self.name if tone == self.root else f"{self.name}/{spell(tone, self.key, self.has_leading_tone)}"

    def inversion(self, bass: int) -> str:
        """Return the position of the chord over a bass: "root position", "first inversion" ..., "over a pedal"."""
        tones = self.pitch_classes
        return INVERSIONS[tones.index(bass % 12)] if bass % 12 in tones else OVER_A_PEDAL

    @property
    def is_chromatic(self) -> bool:
        """Whether it is borrowed or an applied dominant, with tones outside the key."""
        return self.borrowed or self.target is not None

    @property
    def is_home(self) -> bool:
        """Whether it is the tonic chord."""
        return self.root == self.key.tonic and self.function == TONIC

    @property
    def has_leading_tone(self) -> bool:
        """Whether its tones outside the scale are leading tones, spelled as sharps."""
        return self.target is not None or (self.function == DOMINANT and self.key.mode == MINOR)

    @property
    def melody_tones(self) -> tuple[int, ...]:
        """Root, third and fifth, in major and minor; else those of them that the scale of the melody has."""
        triad = self.pitch_classes[:3]
        return triad if self.key.is_tonal else tuple(each for each in triad if each in self.key.melody_scale)

    def same_as(self, other: Chord) -> bool:
        """Whether both have the same root and the same third, extensions aside."""
        return self.root == other.root and self.pitch_classes[1] == other.pitch_classes[1]


def chords_of(key: Key) -> list[Chord]:
    """Return every chord of a key, in the order of `modes.degrees_of`.

    Chords with fewer than two tones of the melody's scale are unusual.
    """
    chords = [
        Chord(
            (key.tonic + d.semitones) % 12, d.quality, d.numeral, d.function, key, d.brightness, d.cost, d.borrowed,
            None if d.target is None else (key.tonic + d.target) % 12,
        )
        for d in modes.degrees_of(key.mode)
    ]  # fmt: skip
    if key.is_tonal:
        return chords
    return [replace(each, cost=each.cost + (0.0, 0.8, 2.4)[max(0, 2 - len(each.melody_tones))]) for each in chords]


def chord(key: Key, numeral: str) -> Chord:
    """Return the chord of a Roman numeral of a key.

    Examples
    --------
    >>> chord(Key(9, MINOR), "V").name, chord(Key(2, "dorian"), "IV").name
    ('E', 'G')
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
    has_minor, has_major = ((triad.root + step) % 12 in triad.key.scale for step in (10, 11))
    if triad.quality == "dim" and has_minor:
        return replace(triad, quality="m7b5", numeral=triad.numeral.replace("°", "ø") + "7")
    small = not in_scale or has_minor
    if not small and (triad.quality != "" or not has_major):
        return triad
    quality = {"": "7" if small else "maj7", "m": "m7"}.get(triad.quality)
    return triad if quality is None else replace(triad, quality=quality, numeral=triad.numeral + "7")


def spell(pitch_class: int, key: Key, sharp: bool = False) -> str:
    """Return the name of a pitch class as spelled in a key; `sharp` prefers raised notes.

    Examples
    --------
    >>> spell(1, Key(2, MINOR), sharp=True), spell(8, Key(0, MAJOR))
    ('C#', 'Ab')
    """
    lowest = key.fifths - (3 if sharp or key.mode in modes.RAISED else 5)
    k = lowest + (pitch_class * 7 - lowest) % 12
    accidentals = (k + 1) // 7
    return "FCGDAEB"[(k + 1) % 7] + ("#" * accidentals if accidentals > 0 else "b" * -accidentals)


def note_name(pitch: int, key: Key, sharp: bool = False) -> str:
    """Return a MIDI pitch in scientific notation; middle C (60) is "C4"."""
    name = spell(pitch % 12, key, sharp)
    natural = pitch - name.count("#") + name.count("b")
    return f"{name}{natural // 12 - 1}"


@functools.cache
def _from_tonic(tonic: int, steps: Sequence[int]) -> tuple[int, ...]:
    """The pitch classes so many semitones above a tonic or root."""
    return tuple((tonic + step) % 12 for step in steps)


def melody_scale(harmony: Chord) -> tuple[int, ...]:
    """Return the pitch classes of a melody over a chord, ascending from C: `chord_scale` in major and minor, else those
    of the scale."""
    return chord_scale(harmony) if harmony.key.is_tonal else tuple(sorted(harmony.key.melody_scale))


def chord_scale(harmony: Chord) -> tuple[int, ...]:
    """Return the pitch classes of a line over a chord, ascending from C.

    The scale of the key, in which a chord tone from outside replaces the scale tone a semitone away. Over the dominant
    of a minor key the sixth degree is left out, which avoids the augmented second.
    """
    return _chord_scale(harmony.pitch_classes, harmony.key)


@functools.lru_cache(maxsize=10_000)
def _chord_scale(pitch_classes: tuple[int, ...], key: Key) -> tuple[int, ...]:
    tones, outside = set(pitch_classes), set(pitch_classes) - set(key.scale)
    scale = {pc for pc in key.scale if pc in tones or not any((pc + d) % 12 in outside for d in (1, -1))}
    if key.mode == MINOR and (key.tonic + 11) % 12 in tones:
        scale -= {(key.tonic + 8) % 12} - tones
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
