"""Timelines whose tempo changes: every beat has its own number of frames."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from .exact_timelines import ExactTimeline
from .scores import TICKS_PER_BEAT, Timeline


@dataclass(frozen=True)
class TempoTimeline(ExactTimeline):
    """A timeline on which each beat has its own exact number of frames, such as those of a ritardando.

    Within a beat time is linear, so ticks, frames, samples and seconds are exact throughout. Every cut is on a frame.

    Parameters
    ----------
    fps, sample_rate, beats_per_bar, signature
        As in `Timeline`.
    frames_per_beat : int or Fraction
        Frames per beat of the usual tempo, which is that of `tempo_bpm`.
    beats : tuple of int or Fraction
        As in `ExactTimeline`.
    title_beats, end_beats : int or Fraction, default 0
        As in `Timeline`.
    beat_frames : tuple of int or Fraction
        (total_beats,) frames of each beat, those of cards included.

    Raises
    ------
    ValueError
        If an image does not begin on a whole frame, or `beat_frames` has another length.

    Examples
    --------
    >>> grid = TempoTimeline(30, 44_100, 15, (2, 2, 2), beat_frames=(15, 15, 16, 19, 24, 24))
    >>> grid.start_frames.tolist(), float(grid.seconds), grid.samples_at(2400)
    ([0, 30, 65, 113], 3.7666666666666666, 55860)
    >>> grid.tempo_bpm, [(beat, int(frames)) for beat, frames in grid.tempo_changes]
    (120.0, [(0, 15), (2, 16), (3, 19), (4, 24)])
    """

    beat_frames: tuple[int | Fraction, ...] = ()

    def __post_init__(self) -> None:
        beats = self.exact_beats[-1] + self.end_beats
        if len(self.beat_frames) != math.ceil(beats) or min(self.beat_frames, default=0) <= 0:
            raise ValueError(f"beat_frames must have {math.ceil(beats)} numbers above 0, not {self.beat_frames!r:.80}")
        super().__post_init__()

    @classmethod
    def of(cls, timeline: Timeline, beat_frames: tuple[int | Fraction, ...], **changes: object) -> TempoTimeline:
        """Return a timeline with other frames for each beat, and other values of the fields in `changes`."""
        own = {each.name: getattr(timeline, each.name) for each in fields(timeline)}
        return cls(**{**own, **changes, "beat_frames": beat_frames})  # type: ignore[arg-type]

    @cached_property
    def _edges(self) -> list[int | Fraction]:
        """(total_beats + 1,) the exact frame on which each beat begins, then the end."""
        return list(itertools.accumulate(self.beat_frames, initial=0))

    @property
    def tempo_changes(self) -> tuple[tuple[int, Fraction], ...]:
        frames = self.beat_frames
        return tuple((i, Fraction(each)) for i, each in enumerate(frames) if i == 0 or each != frames[i - 1])

    def frame_at(self, beat: int | Fraction) -> Fraction:
        whole = min(max(math.floor(beat), 0), len(self.beat_frames) - 1)
        return Fraction(self._edges[whole] + (beat - whole) * self.beat_frames[whole])

    def beat_at(self, frame: int | Fraction) -> Fraction:
        whole = min(max(bisect_right(self._edges, frame) - 1, 0), len(self.beat_frames) - 1)
        return whole + (frame - self._edges[whole]) / Fraction(self.beat_frames[whole])

    def samples_at(self, tick: int) -> int:
        whole = min(max(tick // TICKS_PER_BEAT, 0), len(self.beat_frames) - 1)
        frames = self.beat_frames[whole] * Fraction(tick - whole * TICKS_PER_BEAT, TICKS_PER_BEAT) + self._edges[whole]
        exact = frames * Fraction(self.samples_per_frame)
        return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)

    def beat_seconds_at(self, tick: int) -> float:
        whole = min(max(tick // TICKS_PER_BEAT, 0), len(self.beat_frames) - 1)
        return float(self.beat_frames[whole] / Fraction(self.fps))

    @property
    def start_frames(self) -> np.ndarray:
        return np.array([int(self.frame_at(each)) for each in self.exact_beats], np.int64)

    def part(self, first: int, last: int) -> TempoTimeline:
        """Return the timeline of the images `first` to `last` (excluded) alone; they begin and end on whole beats."""
        starts = self.exact_beats
        frames = self.beat_frames[math.floor(starts[first]) : math.ceil(starts[last])]
        return replace(self, beats=self.beats[first:last], title_beats=0, end_beats=0, beat_frames=frames)
