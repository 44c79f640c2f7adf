"""The numbers of the images as sound, one tone an image: to hear the data, not to hear music about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...core import PAN, Control, FeatureInfo, ImageSequence, Note, Part, Score, Timeline, Timing
from ...core.errors import ConfigError, unknown
from ...features import FEATURES
from .. import theory
from . import own_tempo
from .axes import BY, SPANS, Axis, axis, is_span
from .validation import check_name, check_switch, is_midi

#: Semitones above the lowest tone on which a value may fall, in each octave.
SCALES: dict[str, tuple[int, ...]] = {
    "chromatic": tuple(range(12)),
    "major": theory.SCALES[theory.MAJOR],
    "minor": theory.SCALES[theory.MINOR],
    "pentatonic": (0, 2, 4, 7, 9),
    "whole-tone": (0, 2, 4, 6, 8, 10),
}
#: Where a tone is softest and loudest, and how loud it is where loudness says nothing.
VELOCITIES, VELOCITY = (40, 118), 92
PANS = (10, 118)
REFERENCE = Part("Reference: music box", 10, 84, 64, 20)
#: Share of an image that its tone fills, so that equal tones are heard as two.
HELD = 0.92
#: Octaves of a tone quieter than this are left out.
FAINTEST = 10


@dataclass(frozen=True)
class Sonified:
    """The values of a feature as pitches, one tone an image, higher for more; an undefined value is a rest.

    feature : its name; None for what the images are ordered by. scale : a name in `SCALES` that pitches are snapped
    to, from `low` on; None for any pitch, to the cent. low, high : MIDI pitches of the least and the greatest value;
    between them equal steps of value are equal intervals. by : "value", or "rank" where values crowd. span : what lies
    at both ends: "data", the values that are heard; "declared", the feature's whole range, so that plans can be
    compared; or (low, high). pan : a feature heard from left to right. loudness : a feature heard from soft to loud.
    program : General MIDI. reference : whether the tones of the least, the middle and the greatest value follow the
    first image's own on a music box, within its time.

    A circular feature (hue) goes once round the octave, and every tone sounds in all octaves, loudest in the middle, so
    that 359° and 1° are as near to the ear as they are (Shepard, "Circularity in judgments of relative pitch", 1964).
    Parameter mapping with its polarity, scaling and context: Walker & Nees, "Theory of Sonification", in The
    Sonification Handbook, 2011. The legend is told in the summary; images last exactly as long as asked.
    """

    feature: str | None = "luminance"
    scale: str | None = "chromatic"
    by: str = "value"
    span: str | tuple[float, float] = "data"
    low: int = 48
    high: int = 84
    pan: str | None = None
    loudness: str | None = None
    program: int = 11
    reference: bool = False
    on_any_grid: ClassVar[bool] = True
    most_parts: ClassVar[int] = 3

    def __post_init__(self) -> None:
        if self.scale is not None:
            check_name("scale", self.scale, SCALES)
        check_name("by", self.by, BY)
        if isinstance(self.span, str):
            check_name("span", self.span, SPANS)
        elif not is_span(self.span):
            raise ConfigError(f"span={self.span!r} must be 'data', 'declared' or two numbers, the lower first")
        if not all(is_midi(pitch) for pitch in (self.low, self.high)) or self.high - self.low < 12:
            raise ConfigError(f"low={self.low!r}, high={self.high!r} must be MIDI pitches at least an octave apart")
        if not is_midi(self.program):
            raise ConfigError(f"program={self.program!r} must be a General MIDI program from 0 to 127")
        check_switch("reference", self.reference)

    def check(self, fps: int, pace: Timing) -> None:
        """Raises ConfigError for features there are not, and for circular ones where there are two ends.

        And where only beats say how long images last, for these tones have no tempo.
        """
        for name in (self.feature, self.pan, self.loudness):
            if name is not None:
                check_name("feature", name, FEATURES)
                self._check_ends(name, FEATURES[name].info)
        if pace.beats_per_image is not None and pace.seconds_per_image is None and pace.total_seconds is None:
            raise ConfigError(
                f"beats_per_image={pace.beats_per_image}: Sonified has no beat; "
                "say how long images last with seconds_per_image= or total_seconds="
            )

    def _check_ends(self, name: str, info: FeatureInfo) -> None:
        if info.circular and name in (self.pan, self.loudness):
            raise ConfigError(f"{name} goes round in a circle; pan= and loudness= need a feature with two ends")

    def timeline(self, sequence: ImageSequence, fps: int, pace: Timing) -> Timeline:
        """Images exactly as long as asked."""
        return own_tempo.timeline(len(sequence), fps, pace)

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """The score; nothing in it is drawn at random. Raises ConfigError for features that the table has not."""
        heard = self.heard(sequence)
        panned = self._shares(sequence, self.pan)
        loud = self._shares(sequence, self.loudness)
        notes: list[Note] = []
        controls: list[Control] = []
        told: list[dict[str, Any]] = []
        starts = timeline.start_ticks.tolist()
        # a second channel by turns, for what still rings would move with the next tone
        channels = 1 if self.pan is None else 2
        for i, share in enumerate(heard.shares.tolist()):
            length = (starts[i + 1] - starts[i]) // (4 if self.reference and i == 0 else 1)
            velocity, place = _between(loud[i], VELOCITIES, VELOCITY), _between(panned[i], PANS, 64)
            tones = self._tones(share, heard.circular, velocity)
            if self.pan is not None:
                controls.append(Control(i % channels, PAN, place, starts[i]))
            held = max(1, round(HELD * length))
            notes += [Note(i % channels, pitch, v, starts[i], held, cents) for pitch, cents, v in tones]
            told.append(self._decision(i, heard, tones, panned[i], loud[i]))
        parts = [Part(f"Melody: {heard.info.name}{f' {k + 1}' * (k > 0)}", self.program) for k in range(channels)]
        if self.reference:
            notes += self._reference(heard.circular, len(parts), starts[0], starts[1])
            parts.append(REFERENCE)
        return Score(
            timeline, tuple(parts), tuple(notes), self._key(heard.circular), "Sonified",
            self._summary(heard), tuple(told), tuple(controls),
        )  # fmt: skip

    def heard(self, sequence: ImageSequence) -> Axis:
        """The feature of a sequence on the axis of pitch. Raises ConfigError where the table does not have it."""
        if self.feature is None:
            return axis(sequence.values, sequence.driver, self.by, self.span)
        return axis(*_column(sequence, self.feature), self.by, self.span)

    def legend(self, sequence: ImageSequence) -> str:
        """What the tones mean, as a line: "luminance: C3 = 0.12, F#4 = 0.52, C6 = 0.93; a semitone = 0.0225"."""
        return self._legend(self.heard(sequence))

    def _legend(self, heard: Axis) -> str:
        if heard.ordered.size == 0:
            return f"{heard.info.name} is not defined for any image"
        told, semitones = [], 12 if heard.circular else self.high - self.low
        for share in _marks(heard.circular):
            pitch, cents = self._pitch(share, heard.circular)
            name = _name(pitch, cents)
            meant = _shown(heard, (pitch + cents / 100 - self.low) / semitones)  # of the tone as it is snapped
            told.append(f"{name.rstrip('-0123456789') if heard.circular else name} = {meant}")
        step = (heard.ends[1] - heard.ends[0]) / semitones
        unit = f"{100 / semitones:.3g} % of the images" if heard.by == "rank" else f"{step:.3g} {heard.info.unit}"
        if heard.ordered[0] == heard.ordered[-1] and not heard.circular:
            return f"{heard.info.name}: always {_shown(heard, 0.5)}"
        around = " in every octave" if heard.circular else ""
        return f"{heard.info.name}: {', '.join(told)}{around}; a semitone = {unit.strip()}"

    def _key(self, circular: bool) -> str:
        """The key by name; none without a scale of one, or round a circle, where no tone is home."""
        modes = {"major": theory.MAJOR, "minor": theory.MINOR}
        return "" if circular or self.scale not in modes else theory.Key(self.low % 12, modes[self.scale]).name

    def _shares(self, sequence: ImageSequence, name: str | None) -> list[float]:
        """(n,) positions of another feature, NaN where it is not defined or not wished for."""
        if name is None:
            return [math.nan] * len(sequence)
        values, info = _column(sequence, name)
        self._check_ends(name, info)
        return axis(values, info, self.by).shares.tolist()

    def _pitch(self, share: float, circular: bool) -> tuple[int, int]:
        """(MIDI pitch, cents above it) of a position: the nearest of the scale, the lower of two; a circle's lowest."""
        exactly = self.low + share * (12 if circular else self.high - self.low)
        if self.scale is None:
            pitch = math.floor(exactly + 0.5)
            cents = round(100 * (exactly - pitch))
        else:
            top = self.low + 12 if circular else self.high
            ladder = [p for p in range(self.low, top + 1) if (p - self.low) % 12 in SCALES[self.scale]]
            pitch, cents = min(ladder, key=lambda p: abs(p - exactly)), 0
        return (self.low + (pitch - self.low) % 12 if circular else pitch), cents

    def _tones(self, share: float, circular: bool, velocity: int) -> list[tuple[int, int, int]]:
        """(pitch, cents, velocity) of what sounds at a position: nothing, one tone, or for a circle all its octaves."""
        if not math.isfinite(share):
            return []
        pitch, cents = self._pitch(share, circular)
        if not circular:
            return [(pitch, cents, velocity)]
        middle, width = (self.low + self.high) / 2, (self.high - self.low) / 5
        octaves = range(self.low + (pitch - self.low) % 12, self.high + 1, 12)
        bell = ((each, math.exp(-0.5 * ((each + cents / 100 - middle) / width) ** 2)) for each in octaves)
        return [(each, cents, round(velocity * gain)) for each, gain in bell if velocity * gain >= FAINTEST]

    def _reference(self, circular: bool, part: int, start: int, end: int) -> list[Note]:
        """Three tones in the second, third and last quarter of the first image."""
        quarter, notes = (end - start) // 4, []
        for k, share in enumerate(_marks(circular), 1):
            for pitch, cents, velocity in self._tones(share, circular, 70):
                notes.append(Note(part, pitch, velocity, start + k * quarter, max(1, round(HELD * quarter)), cents))
        return notes

    def _decision(
        self, i: int, heard: Axis, tones: list[tuple[int, int, int]], panned: float, loud: float
    ) -> dict[str, Any]:
        """What image `i` sounds like and why, as plain values."""
        value = float(heard.values[i])
        told: dict[str, Any] = {"position": i + 1, "feature": heard.info.name}
        told["heard"] = round(value, 6) if tones else None
        told["share"] = round(float(heard.shares[i]), 4) if tones else None
        loudest = max(tones, key=lambda tone: tone[2], default=None)
        told["melody"] = [_name(*loudest[:2])] if loudest else []
        told["velocity"] = loudest[2] if loudest else None
        told |= {k: _between(v, PANS, 64) for k, v in (("pan", panned),) if self.pan is not None}
        told["why"] = self._why(i, heard, loudest, panned, loud)
        return told

    def _why(self, i: int, heard: Axis, tone: tuple[int, int, int] | None, panned: float, loud: float) -> str:
        if tone is None:
            return f"{heard.info.name} is not defined here: a rest"
        octaves = " in every octave" if heard.circular else ""
        told = [f"{heard.info.name} {heard.info.format(float(heard.values[i]))} is {_name(*tone[:2])}{octaves}"]
        if heard.beyond[i]:
            told.append("it lies beyond the span, and sounds as its end")
        for name, share, effect in ((self.pan, panned, "from left to right"), (self.loudness, loud, "to loud")):
            if name is not None:
                where = f"{share:.0%} of the way" if math.isfinite(share) else "not defined, so in the middle,"
                told.append(f"{name} is {where} {effect}")
        return "; ".join(told)

    def _summary(self, heard: Axis) -> str:
        scale = "any pitch, to the cent" if self.scale is None else f"snapped to the {self.scale} scale"
        rests = int((~np.isfinite(heard.shares)).sum())
        silent = f" {rests} undefined: rests." if rests else ""
        panned = f" {self.pan} is heard from left to right." if self.pan else ""
        loud = f" {self.loudness} is heard as loudness." if self.loudness else ""
        return f"{self._legend(heard)}. By {self.by}, {scale}.{panned}{loud}{silent}"


def _column(sequence: ImageSequence, name: str) -> tuple[np.ndarray, FeatureInfo]:
    table = sequence.table
    if name not in table.columns:
        raise unknown("feature", name, table.columns)
    return table.columns[name], table.info.get(name) or (FEATURES[name].info if name in FEATURES else FeatureInfo(name))


def _marks(circular: bool) -> tuple[float, float, float]:
    """Three positions that tell the axis: its ends and its middle, or thirds of a circle."""
    return (0.0, 1 / 3, 2 / 3) if circular else (0.0, 0.5, 1.0)


def _between(share: float, ends: tuple[int, int], otherwise: int) -> int:
    return round(ends[0] + share * (ends[1] - ends[0])) if math.isfinite(share) else otherwise


def _shown(heard: Axis, share: float) -> str:
    return heard.info.format(heard.value_at(share))


def _name(pitch: int, cents: int = 0) -> str:
    """A pitch by name, "F#4", with the cents above or below it: "F#4 -12 cents"."""
    name = theory.note_name(pitch, theory.Key(0, theory.MAJOR), sharp=True)
    return f"{name} {cents:+d} cents" if cents else name
