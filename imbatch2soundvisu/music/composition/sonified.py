"""`Sonified`: the values of a feature as pitches, one tone per image (parameter-mapping sonification)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...core import PAN, Control, FeatureInfo, FrameRate, ImageSequence, Note, Part, Score, Timeline, Timing
from ...core.errors import ConfigError, unknown
from .. import theory
from ..scales import SCALES as SCALES
from ..scales import parse_scale
from ..style_registry import STYLES
from .axes import BY, SPANS, Axis, feature_axis, is_span
from .validation import check_name, check_switch, is_midi_value

#: Velocities of the softest and the loudest tone, and of a tone without a loudness.
VELOCITIES, VELOCITY = (40, 118), 92
#: Pan controller at the left and the right end, and in the middle.
PANS, CENTRE = (10, 118), 64
REFERENCE = Part("Reference: music box", 10, 84, 64, 20)
REFERENCE_VELOCITY = 70
#: Share of an image that its tone lasts, so that equal tones are distinct.
TONE_SHARE = 0.92
#: Octaves of a tone below this velocity are left out.
FAINTEST = 10

#: (MIDI pitch, cents above it, velocity).
_Tone = tuple[int, int, int]


@STYLES.register("sonified")
@dataclass(frozen=True)
class Sonified:
    """The values of a feature as pitches, one tone per image, higher for more; an undefined value is a rest.

    Parameters
    ----------
    feature : str, optional
        Its name; None for what the images are ordered by.
    scale : str or tuple of int, optional
        The scale to which pitches are snapped, by name from `low` on ("dorian"), with a tonic ("D dorian"), or as a
        tuple of pitch classes; see `scales.SCALES`. None for exact pitches, to the cent.
    by : {"value", "rank"}
        Equal steps of value are equal intervals, or equal steps of rank, for values that are crowded.
    span : {"data", "declared"} or (float, float)
        The values at both ends: of the sequence, of the feature's declared range (to compare plans), or given.
    low, high : int
        MIDI pitches of the lowest and the highest value, at least an octave apart.
    pan : str, optional
        A feature from left to right.
    loudness : str, optional
        A feature from soft to loud.
    program : int
        General MIDI program.
    reference : bool
        Whether a music box plays the lowest, the middle and the highest pitch after the tone of the first image.

    Raises
    ------
    ConfigError
        For a parameter out of range, with what is allowed.

    Notes
    -----
    A circular feature (hue) goes once round the octave, and every tone sounds in all octaves, loudest in the middle, so
    that 359° and 1° sound alike (Shepard tones). The legend is in the summary. Images last exactly as long as asked.

    References
    ----------
    Walker & Nees, "Theory of Sonification", in The Sonification Handbook, 2011.
    Shepard, "Circularity in judgments of relative pitch", J. Acoust. Soc. Am. 36, 1964.
    """

    feature: str | None = "luminance"
    scale: str | tuple[int, ...] | None = "chromatic"
    by: str = "value"
    span: str | tuple[float, float] = "data"
    low: int = 48
    high: int = 84
    pan: str | None = None
    loudness: str | None = None
    program: int = 11
    reference: bool = False
    on_any_grid: ClassVar[bool] = True
    max_parts: ClassVar[int] = 3

    def __post_init__(self) -> None:
        if self.scale is not None:
            parse_scale(self.scale)
        check_name("by", self.by, BY)
        if isinstance(self.span, str):
            check_name("span", self.span, SPANS)
        elif not is_span(self.span):
            raise ConfigError(f"span={self.span!r} must be 'data', 'declared' or two numbers, the lower first")
        if not all(is_midi_value(pitch) for pitch in (self.low, self.high)) or self.high - self.low < 12:
            raise ConfigError(f"low={self.low!r}, high={self.high!r} must be MIDI pitches at least an octave apart")
        if not is_midi_value(self.program):
            raise ConfigError(f"program={self.program!r} must be a General MIDI program from 0 to 127")
        check_switch("reference", self.reference)

    def check(self, fps: FrameRate, timing: Timing) -> None:
        """Raise ConfigError for unknown features, circular ones on an axis with two ends, or a timing in beats only."""
        from ...features import COLUMNS

        for name in (self.feature, self.pan, self.loudness):
            if name is not None:
                check_name("feature", name, COLUMNS)
                self._check_ends(name, COLUMNS[name].info)
        if timing.beats_per_image is not None and timing.seconds_per_image is None and timing.total_seconds is None:
            raise ConfigError(
                f"beats_per_image={timing.beats_per_image}: Sonified has no beat; "
                "say how long images last with seconds_per_image= or total_seconds="
            )

    def _check_ends(self, name: str, info: FeatureInfo) -> None:
        if info.circular and name in (self.pan, self.loudness):
            raise ConfigError(f"{name} is circular; pan= and loudness= need a feature with two ends")

    def timeline(self, sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
        """Return the timeline on which images last exactly as long as asked."""
        from . import free_tempo

        return free_tempo.exact_timeline(len(sequence), fps, timing)

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score:
        """Return the score; nothing in it is random.

        Raises
        ------
        ConfigError
            If the table does not have a feature.
        """
        axis = self.pitch_axis(sequence)
        panned, loud = self._positions(sequence, self.pan), self._positions(sequence, self.loudness)
        velocities = [_interpolate(position, VELOCITIES, VELOCITY) for position in loud]
        tones = [self._tones(p, axis.circular, v) for p, v in zip(axis.positions.tolist(), velocities, strict=True)]
        starts = timeline.start_ticks.tolist()
        notes, parts = self._notes(tones, starts), self._parts(axis)
        if self.reference:
            notes += self._reference(axis.circular, len(parts) - 1, starts[0], starts[1])
        decisions = [self._decision(i, axis, each, panned[i], loud[i]) for i, each in enumerate(tones)]
        return Score(
            timeline,
            parts,
            tuple(notes),
            self._key(axis.circular),
            "Sonified",
            self._summary(axis),
            tuple(decisions),
            self._pans(panned, starts),
        )

    @property
    def _channels(self) -> int:
        """With pan, tones alternate between two channels, since a ringing tone would move with the next one."""
        return 1 if self.pan is None else 2

    def _parts(self, axis: Axis) -> tuple[Part, ...]:
        names = [f"Melody: {axis.info.name}{f' {k + 1}' * (k > 0)}" for k in range(self._channels)]
        return (*(Part(name, self.program) for name in names), *((REFERENCE,) if self.reference else ()))

    def _notes(self, tones: Sequence[Sequence[_Tone]], starts: Sequence[int]) -> list[Note]:
        notes: list[Note] = []
        for i, each in enumerate(tones):
            length = (starts[i + 1] - starts[i]) // (4 if self.reference and i == 0 else 1)
            held = max(1, round(TONE_SHARE * length))
            notes += [Note(i % self._channels, pitch, v, starts[i], held, cents) for pitch, cents, v in each]
        return notes

    def _pans(self, positions: Sequence[float], starts: Sequence[int]) -> tuple[Control, ...]:
        if self.pan is None:
            return ()
        pans = [_interpolate(position, PANS, CENTRE) for position in positions]
        return tuple(Control(i % self._channels, PAN, pan, starts[i]) for i, pan in enumerate(pans))

    def pitch_axis(self, sequence: ImageSequence) -> Axis:
        """Return the feature of a sequence on the axis of pitch.

        Raises
        ------
        ConfigError
            If the table does not have it.
        """
        if self.feature is None:
            return feature_axis(sequence.values, sequence.driver, self.by, self.span)
        return feature_axis(*_column(sequence, self.feature), self.by, self.span)

    def legend(self, sequence: ImageSequence) -> str:
        """Return what the tones mean: "luminance: C3 = 0.12, F#4 = 0.52, C6 = 0.93; a semitone = 0.0225"."""
        return self._legend(self.pitch_axis(sequence))

    def _legend(self, axis: Axis) -> str:
        name = axis.info.name
        if axis.ordered.size == 0:
            return f"{name} is not defined for any image"
        if axis.ordered[0] == axis.ordered[-1] and not axis.circular:
            return f"{name}: always {_format(axis, 0.5)}"
        marks = ", ".join(self._legend_mark(axis, position) for position in _marks(axis.circular))
        octaves = " in every octave" if axis.circular else ""
        return f"{name}: {marks}{octaves}; a semitone = {self._legend_unit(axis)}"

    def _legend_mark(self, axis: Axis, position: float) -> str:
        """A tone and its value; that of the pitch as it is snapped to the scale."""
        pitch, cents = self._pitch(position, axis.circular)
        name = _pitch_name(pitch, cents)
        value = _format(axis, (pitch + cents / 100 - self.low) / self._semitones(axis))
        return f"{name.rstrip('-0123456789') if axis.circular else name} = {value}"

    def _legend_unit(self, axis: Axis) -> str:
        semitones = self._semitones(axis)
        if axis.by == "rank":
            return f"{100 / semitones:.3g} % of the images"
        return f"{(axis.ends[1] - axis.ends[0]) / semitones:.3g} {axis.info.unit}".strip()

    def _semitones(self, axis: Axis) -> int:
        return 12 if axis.circular else self.high - self.low

    def _key(self, circular: bool) -> str:
        """The name of the key; empty without a major or minor scale, and for a circle, which has no tonic."""
        if circular or not isinstance(self.scale, str):
            return ""
        tonic, steps = parse_scale(self.scale)
        mode = next((mode for mode in (theory.MAJOR, theory.MINOR) if SCALES[mode] == steps), None)
        return "" if mode is None else theory.Key((self.low if tonic is None else tonic) % 12, mode).name

    def _positions(self, sequence: ImageSequence, name: str | None) -> list[float]:
        """(n,) positions of a second feature, NaN where it is undefined or not asked for."""
        if name is None:
            return [math.nan] * len(sequence)
        values, info = _column(sequence, name)
        self._check_ends(name, info)
        return feature_axis(values, info, self.by).positions.tolist()

    def _pitch(self, position: float, circular: bool) -> tuple[int, int]:
        """(MIDI pitch, cents above it) of a position, snapped to the scale; the lower of two; a circle's lowest."""
        exact = self.low + position * (12 if circular else self.high - self.low)
        if self.scale is None:
            pitch = math.floor(exact + 0.5)
            cents = round(100 * (exact - pitch))
        else:
            top = self.low + 12 if circular else self.high
            tonic, steps = parse_scale(self.scale)
            base = self.low if tonic is None else tonic
            allowed = [p for p in range(self.low, top + 1) if (p - base) % 12 in steps]
            pitch, cents = min(allowed, key=lambda p: abs(p - exact)), 0
        return (self.low + (pitch - self.low) % 12 if circular else pitch), cents

    def _tones(self, position: float, circular: bool, velocity: int) -> list[_Tone]:
        """What sounds at a position: nothing, one tone, or all octaves of a circular feature."""
        if not math.isfinite(position):
            return []
        pitch, cents = self._pitch(position, circular)
        if not circular:
            return [(pitch, cents, velocity)]
        middle, width = (self.low + self.high) / 2, (self.high - self.low) / 5
        octaves = range(self.low + (pitch - self.low) % 12, self.high + 1, 12)
        bell = ((each, math.exp(-0.5 * ((each + cents / 100 - middle) / width) ** 2)) for each in octaves)
        return [(each, cents, round(velocity * gain)) for each, gain in bell if velocity * gain >= FAINTEST]

    def _reference(self, circular: bool, part: int, start: int, end: int) -> list[Note]:
        """Three tones in the second, third and last quarter of the first image."""
        quarter, notes = (end - start) // 4, []
        length = max(1, round(TONE_SHARE * quarter))
        for k, position in enumerate(_marks(circular), 1):
            for pitch, cents, velocity in self._tones(position, circular, REFERENCE_VELOCITY):
                notes.append(Note(part, pitch, velocity, start + k * quarter, length, cents))
        return notes

    def _decision(self, i: int, axis: Axis, tones: Sequence[_Tone], panned: float, loud: float) -> dict[str, Any]:
        """What image `i` sounds like and why, as plain values."""
        loudest = max(tones, key=lambda tone: tone[2], default=None)
        found: dict[str, Any] = {
            "position": i + 1,
            "feature": axis.info.name,
            "feature_value": round(float(axis.values[i]), 6) if tones else None,
            "share": round(float(axis.positions[i]), 4) if tones else None,
            "melody": [_pitch_name(*loudest[:2])] if loudest else [],
            "velocity": loudest[2] if loudest else None,
        }
        if self.pan is not None:
            found["pan"] = _interpolate(panned, PANS, CENTRE)
        return found | {"why": self._why(i, axis, loudest, panned, loud)}

    def _why(self, i: int, axis: Axis, tone: _Tone | None, panned: float, loud: float) -> str:
        name = axis.info.name
        if tone is None:
            return f"{name} is not defined for this image: a rest"
        octaves = " in every octave" if axis.circular else ""
        found = [f"{name} {axis.info.format(float(axis.values[i]))} is {_pitch_name(*tone[:2])}{octaves}"]
        if axis.out_of_range[i]:
            found.append("the value is outside the span, so the pitch is that of the nearest end")
        for feature, position, effect in ((self.pan, panned, "from left to right"), (self.loudness, loud, "to loud")):
            if feature is not None:
                where = f"{position:.0%} of the way" if math.isfinite(position) else "not defined, so in the middle,"
                found.append(f"{feature} is {where} {effect}")
        return "; ".join(found)

    def _summary(self, axis: Axis) -> str:
        scale = "exact pitches, to the cent" if self.scale is None else f"snapped to the {self.scale} scale"
        rests = int((~np.isfinite(axis.positions)).sum())
        found = [f"{self._legend(axis)}. By {self.by}, {scale}."]
        if self.pan:
            found.append(f"The pan follows {self.pan} from left to right.")
        if self.loudness:
            found.append(f"The loudness follows {self.loudness}.")
        if rests:
            found.append(f"{rests} undefined: rests.")
        return " ".join(found)


def _column(sequence: ImageSequence, name: str) -> tuple[np.ndarray, FeatureInfo]:
    from ...features import COLUMNS

    table = sequence.table
    if name not in table.columns:
        raise unknown("feature", name, table.columns)
    return table.columns[name], table.info.get(name) or (COLUMNS[name].info if name in COLUMNS else FeatureInfo(name))


def _marks(circular: bool) -> tuple[float, float, float]:
    """The positions of the legend: both ends and the middle, or thirds of a circle."""
    return (0.0, 1 / 3, 2 / 3) if circular else (0.0, 0.5, 1.0)


def _interpolate(position: float, ends: tuple[int, int], default: int) -> int:
    return round(ends[0] + position * (ends[1] - ends[0])) if math.isfinite(position) else default


def _format(axis: Axis, position: float) -> str:
    return axis.info.format(axis.value_at(position))


def _pitch_name(pitch: int, cents: int = 0) -> str:
    """A pitch by name with the cents above or below it: "F#4 -12 cents"."""
    name = theory.note_name(pitch, theory.Key(0, theory.MAJOR), sharp=True)
    return f"{name} {cents:+d} cents" if cents else name
