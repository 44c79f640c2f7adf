"""Time and music: one grid for images and sound, the notes on it, and what they sound like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

#: MIDI ticks in one beat (quarter note).
TICKS_PER_BEAT = 960
#: Controllers of General MIDI.
VOLUME, PAN, EXPRESSION, SUSTAIN, REVERB = 7, 10, 11, 64, 91
#: The channel that General MIDI keeps for drums, from 0.
DRUM_CHANNEL = 9


@dataclass(frozen=True)
class Timing:
    """How long images last, as the person likes it; what is None follows from the rest and from the music.

    seconds_per_image : on average, met as nearly as whole beats allow; None leaves it to the music, around a second.
    beats_per_image : beats of each image, on average. total_seconds : of the whole, to the nearest beat.
    weights : (n,) from 0, or None; weightier images last longer than others of the same eight or so, always a whole
    number of beats. Two images last alike, as do those of eight whose weights are one.
    """

    seconds_per_image: float | None = None
    beats_per_image: int | None = None
    total_seconds: float | None = None
    weights: Sequence[float] | None = None


@dataclass(frozen=True)
class Timeline:
    """One integer grid for images and sound.

    A frame is `sample_rate / fps` samples, a beat `frames_per_beat` frames, image i lasts `beats[i]` whole beats.
    So every cut falls on a beat, a frame and a sample at once, and no drift is possible.
    """

    fps: int
    sample_rate: int
    frames_per_beat: int
    beats: tuple[int, ...]
    beats_per_bar: int = 4

    @property
    def samples_per_frame(self) -> int:
        return self.sample_rate // self.fps

    @property
    def samples_per_beat(self) -> int:
        return self.samples_per_frame * self.frames_per_beat

    @property
    def tempo_bpm(self) -> float:
        """Beats a minute."""
        return 60.0 * self.fps / self.frames_per_beat

    @property
    def start_beats(self) -> np.ndarray:
        """(n + 1,) int64: the beat each image starts on, and the end."""
        return np.concatenate(([0], np.cumsum(self.beats, dtype=np.int64))).astype(np.int64)

    @property
    def start_frames(self) -> np.ndarray:
        """(n + 1,) int64: the frame each image starts on, and the end."""
        return self.start_beats * self.frames_per_beat

    @property
    def start_samples(self) -> np.ndarray:
        """(n + 1,) int64: the sample each image starts on, and the end."""
        return self.start_beats * self.samples_per_beat

    @property
    def start_ticks(self) -> np.ndarray:
        """(n + 1,) int64: the MIDI tick each image starts on, and the end."""
        return self.start_beats * TICKS_PER_BEAT

    @property
    def total_beats(self) -> int:
        return sum(self.beats)

    @property
    def total_frames(self) -> int:
        return self.total_beats * self.frames_per_beat

    @property
    def total_samples(self) -> int:
        return self.total_beats * self.samples_per_beat

    @property
    def seconds(self) -> Fraction:
        """Exact duration in seconds."""
        return Fraction(self.total_frames, self.fps)

    def samples_at(self, tick: int) -> int:
        """The sample nearest to a MIDI tick; exact on every beat."""
        return (2 * tick * self.samples_per_beat + TICKS_PER_BEAT) // (2 * TICKS_PER_BEAT)

    def bar_and_beat(self, image: int) -> tuple[int, int]:
        """The bar and the beat in it, both from 1, on which image `image` (from 0) starts."""
        bar, beat = divmod(int(self.start_beats[image]), self.beats_per_bar)
        return bar + 1, beat + 1


@dataclass(frozen=True, slots=True)
class Note:
    """pitch: MIDI number [0, 127]; velocity [1, 127]; start, length: ticks; part: index into Score.parts.

    cents : hundredths of a semitone above the pitch, [-50, 50]. Notes of one part that sound together share them.
    """

    part: int
    pitch: int
    velocity: int
    start: int
    length: int
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument. program: General MIDI [0, 127]; volume, pan, reverb: those controllers, in [0, 127]."""

    name: str
    program: int
    volume: int = 100
    pan: int = 64
    reverb: int = 40
    drums: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A General MIDI controller of a part in time. controller, value: [0, 127]; tick."""

    part: int
    controller: int
    value: int
    tick: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a recording on the timeline, all in samples at the timeline's rate.

    source : where it starts in the recording. at : where it starts in the piece. length : of both.
    fade_in, fade_out : equal-power fades within the stretch, for stretches that overlap in a loop.
    """

    source: int
    at: int
    length: int
    fade_in: int = 0
    fade_out: int = 0


@dataclass(frozen=True)
class Recording:
    """Sound that is there already, laid on a timeline. digest : of the file's content. gain : a factor, 1 as it is."""

    path: Path
    digest: str
    stretches: tuple[Stretch, ...]
    gain: float = 1.0


@dataclass(frozen=True)
class Score:
    """Music on a timeline. decisions: for each image, in order, why the music is what it is (plain JSON values).

    key : "C minor", empty where there is none. controls : controllers in time, beside those of the parts. recordings :
    sound that plays along with the notes, or instead of them. tempo_bpm : of music whose beat is not the grid's; None
    where it is.
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
        """Beats a minute of the music."""
        return self.timeline.tempo_bpm if self.tempo_bpm is None else self.tempo_bpm


def tempo_text(bpm: float) -> str:
    """Beats a minute as people read them, the same everywhere: whole where they nearly are, else with one digit.

    >>> tempo_text(112.5), tempo_text(119.98)
    ('112.5', '120')
    """
    return f"{bpm:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Audio:
    """samples: (m, 2) float32 in [-1, 1]. engine: what played it ("FluidSynth 2.3, TimGM6mb.sf2")."""

    samples: np.ndarray
    sample_rate: int
    engine: str = ""
    loudness_lufs: float | None = None
    peak_dbfs: float | None = None
