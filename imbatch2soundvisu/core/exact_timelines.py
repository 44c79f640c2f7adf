"""Timelines whose beat is any exact number of frames, and whose images may be shorter than a beat."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .scores import TICKS_PER_BEAT, Timeline


@dataclass(frozen=True)
class ExactTimeline(Timeline):
    """A timeline on which a beat is an exact number of frames, whole or not, and images last exact parts of beats.

    Every cut is on a frame, and on a beat or an exact division of one. The beat is that of the music, so `tempo_bpm`
    is its tempo also where several images share a beat.

    Parameters
    ----------
    fps, sample_rate, beats_per_bar, signature
        As in `Timeline`.
    frames_per_beat : int or Fraction
        Frames per beat, such as 45/2: 80 beats per minute at 30 frames per second.
    beats : tuple of int or Fraction
        (n,) beats of each image; each begins on a whole frame. The last one may end between two beats, or frames.
    title_beats, end_beats : int or Fraction, default 0
        As in `Timeline`.

    Raises
    ------
    ValueError
        If an image does not begin on a whole frame.

    Examples
    --------
    >>> grid = ExactTimeline(30, 44_100, Fraction(45, 2), (2, 2, Fraction(2, 3), Fraction(2, 3), Fraction(2, 3)))
    >>> grid.tempo_bpm, grid.start_frames.tolist(), grid.start_ticks.tolist()
    (80.0, [0, 45, 90, 105, 120, 135], [0, 1920, 3840, 4480, 5120, 5760])
    """

    frames_per_beat: int | Fraction  # type: ignore[assignment]
    beats: tuple[int | Fraction, ...]  # type: ignore[assignment]
    title_beats: int | Fraction = 0  # type: ignore[assignment]
    end_beats: int | Fraction = 0  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for start in self.exact_beats[:-1]:
            if self.frame_at(start).denominator != 1:
                raise ValueError(f"a cut on beat {start} of {self.frames_per_beat} frames is on no whole frame")

    @property
    def exact_beats(self) -> tuple[Fraction, ...]:
        """(n + 1,) the beat on which each image starts, then the end of the last."""
        found = [Fraction(self.title_beats)]
        for each in self.beats:
            found.append(found[-1] + each)
        return tuple(found)

    @property
    def tempo_bpm(self) -> float:
        return float(60 * Fraction(self.fps) / Fraction(self.frames_per_beat))

    @property
    def start_beats(self) -> np.ndarray:
        """(n + 1,) the beat on which each image starts, then the end: int64 where all are whole, else float64."""
        whole = all(each.denominator == 1 for each in self.exact_beats)
        return np.array([int(each) if whole else float(each) for each in self.exact_beats])

    @property
    def start_frames(self) -> np.ndarray:
        return np.array([int(self.frame_at(each)) for each in self.exact_beats], np.int64)

    @property
    def start_samples(self) -> np.ndarray:
        return np.array([self.sample_of_frame(frame) for frame in self.start_frames.tolist()], np.int64)

    @property
    def start_ticks(self) -> np.ndarray:
        """(n + 1,) int64: the MIDI tick nearest to the start of each image, then to the end."""
        return np.array([_nearest(each * TICKS_PER_BEAT) for each in self.exact_beats], np.int64)

    @property
    def total_beats(self) -> int:
        """Whole beats, the last of which may be cut short by the end."""
        return -int(-(self.exact_beats[-1] + self.end_beats) // 1)

    @property
    def total_ticks(self) -> int:
        return _nearest((self.exact_beats[-1] + self.end_beats) * TICKS_PER_BEAT)

    @property
    def total_frames(self) -> int:
        return int(self.frame_at(self.exact_beats[-1] + self.end_beats))

    def bar_and_beat(self, image: int) -> tuple[int, int]:
        """Return the bar and the beat in it, both from 1; the beat is a float where the image starts between two."""
        start = self.exact_beats[image]
        if 2 * abs(start - round(start)) * self.frames_per_beat <= 1:  # the frame nearest to a beat
            start = Fraction(round(start))
        bar, beat = divmod(start, self.beats_per_bar)
        return int(bar) + 1, int(beat) + 1 if beat.denominator == 1 else round(float(beat) + 1, 4)  # type: ignore[return-value]


def _nearest(exact: Fraction) -> int:
    """The nearest whole number; the higher of two."""
    return int((2 * exact + 1) // 2)
