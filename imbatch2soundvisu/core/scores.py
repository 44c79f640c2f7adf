"""Timelines and scores: one integer grid for images and sound, the notes on it, recordings, and rendered audio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from .methods import METHODS
from .metres import METRES, Metre, simple_metre
from .rates import FrameRate

#: Ticks per beat of the metre.
TICKS_PER_BEAT = 960
#: Controller numbers of General MIDI.
VOLUME, PAN, EXPRESSION, SUSTAIN, REVERB = 7, 10, 11, 64, 91
#: The drum channel of General MIDI, counted from 0.
DRUM_CHANNEL = 9


@dataclass(frozen=True)
class Timing:
    """How long images stay on screen. What is None follows from the other values and from the music.

    Parameters
    ----------
    seconds_per_image : float, optional
        Mean duration of an image in seconds, met as closely as whole beats allow. None: chosen by the music, between
        0.75 and 1.5 times `default_seconds`.
    beats_per_image : int, optional
        Mean number of beats per image, from 1.
    total_seconds : float or "track", optional
        Duration of the whole sequence in seconds; "track": as long as the recording, with a style that plays one.
    weights : sequence of float, optional
        (n,) weights from 0, one for each image; NaN counts as the mean. Images with higher weights last longer than
        others of the same block of about eight images, always a whole number of beats. None, equal weights, or a
        single pair of images: all last equally long.
    default_seconds : float, default 1.0
        Seconds per image where neither `seconds_per_image`, `beats_per_image` nor `total_seconds` is given. A run
        sets it from the setting `SECONDS_PER_IMAGE`.

    Examples
    --------
    >>> Timing(seconds_per_image=1.5).beats_per_image is None
    True
    """

    seconds_per_image: float | None = None
    beats_per_image: int | None = None
    total_seconds: Any = None
    weights: Sequence[float] | None = None
    default_seconds: float = 1.0


@dataclass(frozen=True)
class Timeline:
    """One integer grid for images and sound.

    A frame lasts `sample_rate / fps` samples, a beat `frames_per_beat` frames, and image i `beats[i]` whole beats.
    Every cut is on a beat and a frame, and so on a sample, or, at 29.97 and 59.94 frames per second where only every
    fifth frame begins on a sample, on the one nearest to it. Numbers are exact, so images and sound cannot drift apart.

    Parameters
    ----------
    fps : int or Fraction
        Frames per second; divides `sample_rate`, or is 1000/1001 of a number that does.
    sample_rate : int
        Samples per second: 44,100 or 48,000.
    frames_per_beat : int
        Frames per beat, from 1.
    beats : tuple of int
        (n,) beats of each image, from 1.
    beats_per_bar : int, default 4
        Beats per bar.
    title_beats, end_beats : int, default 0
        Beats of a title card before the first image, and of an end card after the last.
    signature : str, default ""
        The time signature, a name in METRES with `beats_per_bar` beats; empty for so many quarter notes.

    Examples
    --------
    >>> grid = Timeline(fps=30, sample_rate=44_100, frames_per_beat=15, beats=(2, 2, 4))
    >>> grid.tempo_bpm, grid.start_frames.tolist(), float(grid.seconds)
    (120.0, [0, 30, 60, 120], 4.0)
    """

    fps: FrameRate
    sample_rate: int
    frames_per_beat: int
    beats: tuple[int, ...]
    beats_per_bar: int = 4
    title_beats: int = 0
    end_beats: int = 0
    signature: str = ""

    @property
    def metre(self) -> Metre:
        """The metre: its accents, and how a beat divides."""
        return METRES[self.signature] if self.signature else simple_metre(self.beats_per_bar)

    @property
    def samples_per_frame(self) -> int | Fraction:
        """Exact; an int where it is whole."""
        exact = Fraction(self.sample_rate) / self.fps
        return exact.numerator if exact.denominator == 1 else exact

    @property
    def samples_per_beat(self) -> int | Fraction:
        """Exact; an int where it is whole."""
        return self.samples_per_frame * self.frames_per_beat

    @property
    def tempo_bpm(self) -> float:
        """Beats per minute of the grid."""
        return 60.0 * float(self.fps) / self.frames_per_beat

    @property
    def pulse_bpm(self) -> float:
        """The tempo as musicians count it: of quarters, also where the beat of the grid is an eighth."""
        return self.tempo_bpm / self.metre.pulse

    @property
    def start_beats(self) -> np.ndarray:
        """(n + 1,) int64: the beat on which each image starts, then the end of the last."""
        return self.title_beats + np.concatenate(([0], np.cumsum(self.beats, dtype=np.int64))).astype(np.int64)

    @property
    def start_frames(self) -> np.ndarray:
        """(n + 1,) int64: the frame on which each image starts, then the end of the last."""
        return self.start_beats * self.frames_per_beat

    @property
    def start_seconds(self) -> np.ndarray:
        """(n + 1,) float64: when each image starts, in seconds, then the end."""
        exact = Fraction(self.fps)
        return self.start_frames * exact.denominator / exact.numerator

    @property
    def start_samples(self) -> np.ndarray:
        """(n + 1,) int64: the sample on which each image starts, then the end of the last."""
        exact = Fraction(self.samples_per_beat)
        return (2 * self.start_beats * exact.numerator + exact.denominator) // (2 * exact.denominator)

    @property
    def start_ticks(self) -> np.ndarray:
        """(n + 1,) int64: the MIDI tick on which each image starts, then the end of the last."""
        return self.start_beats * TICKS_PER_BEAT

    def plot(self, ax: Any = None) -> Any:
        """Draw when each image is shown, with the bars, into a Matplotlib axis, a new one by default; return it."""
        return METHODS["plot timeline"](self, ax)

    @property
    def total_beats(self) -> int:
        return self.title_beats + sum(self.beats) + self.end_beats

    @property
    def total_ticks(self) -> int:
        """The MIDI tick of the end, cards included."""
        return self.total_beats * TICKS_PER_BEAT

    @property
    def last_samples(self) -> int:
        """Samples of what is shown last: of the end card, else of the last image."""
        starts = self.start_samples
        return self.total_samples - int(starts[-1] if self.end_beats else starts[-2])

    @property
    def total_frames(self) -> int:
        return self.total_beats * self.frames_per_beat

    @property
    def total_samples(self) -> int:
        return self.sample_of_frame(self.total_frames)

    @property
    def seconds(self) -> Fraction:
        """Exact duration in seconds."""
        return Fraction(self.total_frames) / self.fps

    @property
    def tempo_changes(self) -> tuple[tuple[int, Fraction], ...]:
        """(beat, frames per beat from there on) of the first beat, and wherever the tempo changes."""
        return ((0, Fraction(self.frames_per_beat)),)

    def frame_at(self, beat: int | Fraction) -> Fraction:
        """Return how many frames lie before a beat, exactly."""
        return Fraction(beat) * self.frames_per_beat

    def beat_at(self, frame: int | Fraction) -> Fraction:
        """Return the beat on which a frame begins, exactly."""
        return Fraction(frame) / self.frames_per_beat

    def samples_at(self, tick: int) -> int:
        """Return the sample nearest to a MIDI tick; exact on every beat."""
        exact = Fraction(self.samples_per_beat) / TICKS_PER_BEAT
        return (2 * tick * exact.numerator + exact.denominator) // (2 * exact.denominator)

    def seconds_at(self, tick: int) -> Fraction:
        """Return when a MIDI tick is, in seconds, exactly."""
        return self.frame_at(Fraction(tick, TICKS_PER_BEAT)) / Fraction(self.fps)

    def beat_seconds_at(self, tick: int) -> float:
        """Return how long the beat at a MIDI tick is, in seconds."""
        return float(self.frames_per_beat / Fraction(self.fps))

    def tick_at(self, seconds: float | Fraction) -> int:
        """Return the MIDI tick nearest to a time in seconds."""
        return round(self.beat_at(Fraction(seconds) * Fraction(self.fps)) * TICKS_PER_BEAT)

    def part(self, first: int, last: int) -> Timeline:
        """Return the timeline of the images `first` to `last` (excluded) alone, without cards."""
        return replace(self, beats=self.beats[first:last], title_beats=0, end_beats=0)

    def sample_of_frame(self, frame: int) -> int:
        """Return the sample nearest to the start of a frame."""
        exact = Fraction(self.samples_per_frame)
        return (2 * frame * exact.numerator + exact.denominator) // (2 * exact.denominator)

    def bar_and_beat(self, image: int) -> tuple[int, int]:
        """Return the bar and the beat within it, both counted from 1, on which image `image` (from 0) starts."""
        bar, beat = divmod(int(self.start_beats[image]), self.beats_per_bar)
        return bar + 1, beat + 1


@dataclass(frozen=True, slots=True)
class Note:
    """One note of a part.

    Parameters
    ----------
    part : int
        Index into `Score.parts`.
    pitch : int
        MIDI note number, [0, 127].
    velocity : int
        MIDI velocity, [1, 127].
    start, length : int
        Onset and duration in ticks.
    cents : int, default 0
        Deviation from the pitch in hundredths of a semitone, [-50, 50]. Simultaneous notes of one part have the same.
    """

    part: int
    pitch: int
    velocity: int
    start: int
    length: int
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument of a score.

    Parameters
    ----------
    name : str
        Role and instrument, such as "Melody: flute".
    program : int
        General MIDI program, [0, 127].
    volume, pan, reverb : int
        Values of these controllers, [0, 127]; pan 64 is the centre.
    drums : bool, default False
        Whether it plays on the drum channel.
    """

    name: str
    program: int
    volume: int = 100
    pan: int = 64
    reverb: int = 40
    drums: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """One change of a General MIDI controller of a part: controller and value in [0, 127], at a tick."""

    part: int
    controller: int
    value: int
    tick: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """An excerpt of a recording, placed on a timeline. All numbers are samples at the timeline's rate.

    Parameters
    ----------
    source : int
        First sample of the excerpt within the recording.
    at : int
        First sample of the excerpt on the timeline.
    length : int
        Duration.
    fade_in, fade_out : int, default 0
        Durations of equal-power fades within the excerpt, so that overlapping excerpts of a loop crossfade.
    """

    source: int
    at: int
    length: int
    fade_in: int = 0
    fade_out: int = 0


@dataclass(frozen=True)
class Recording:
    """Excerpts of an audio file on a timeline.

    Parameters
    ----------
    path : Path
        The audio file.
    digest : str
        Hex digest of its content.
    excerpts : tuple of Excerpt
        What is played of it, and when.
    gain : float, default 1.0
        Factor applied to the samples.
    """

    path: Path
    digest: str
    excerpts: tuple[Excerpt, ...]
    gain: float = 1.0


@dataclass(frozen=True)
class Score:
    """The music of a sequence, on a timeline.

    Parameters
    ----------
    timeline : Timeline
        The grid.
    parts : tuple of Part
        The instruments.
    notes : tuple of Note
        The notes of all parts.
    key : str, default ""
        Name of the key, such as "C minor" or "about C minor"; empty without a key.
    style : str, default ""
        Name of the style of music.
    summary : str, default ""
        One paragraph on the music and the reasons for it.
    decisions : tuple of dict
        (n,) for each image the reasons for its music, as plain JSON values.
    controls : tuple of Control
        Controller changes over time, in addition to the fixed values of the parts.
    recordings : tuple of Recording
        Recordings that sound together with the notes, or instead of them.
    tempo_bpm : float, optional
        Tempo in beats per minute of music with another beat than the grid; None where both are the same.
    """

    timeline: Timeline
    parts: tuple[Part, ...]
    notes: tuple[Note, ...]
    key: str = ""
    style: str = ""
    summary: str = ""
    decisions: tuple[dict[str, Any], ...] = ()
    controls: tuple[Control, ...] = ()
    recordings: tuple[Recording, ...] = ()
    tempo_bpm: float | None = None

    @property
    def bpm(self) -> float:
        """Beats per minute of the music."""
        return self.timeline.tempo_bpm if self.tempo_bpm is None else self.tempo_bpm

    @property
    def pulse_bpm(self) -> float:
        """The tempo as musicians count it; see `Timeline.pulse_bpm`."""
        return self.bpm / self.timeline.metre.pulse


def tempo_text(bpm: float) -> str:
    """Format beats per minute for display: with one decimal, none where it would be 0.

    >>> tempo_text(112.5), tempo_text(119.98)
    ('112.5', '120')
    """
    return f"{bpm:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Audio:
    """Rendered sound.

    Parameters
    ----------
    samples : np.ndarray
        (m, 2) float32 in [-1, 1]: left and right.
    sample_rate : int
        Samples per second.
    engine : str, default ""
        The synthesizer and sound font, or the recordings, such as "FluidSynth 2.3 (system), TimGM6mb.sf2".
    loudness_lufs : float, optional
        Integrated loudness after mastering, in LUFS; None for silence and before mastering.
    peak_dbfs : float, optional
        Highest sample after mastering, in dB of full scale.
    """

    samples: np.ndarray
    sample_rate: int
    engine: str = ""
    loudness_lufs: float | None = None
    peak_dbfs: float | None = None
