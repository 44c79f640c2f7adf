"""How a track is played: from which second to which, the loop within it, and the beats that sound then."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from ...core import Timeline
from .analysis import Analysis

#: Marks on either side of a jump that are compared.
CONTEXT = 4
#: Cost of a loop of length 0, in addition to how different its ends sound.
SHORT_LOOP = 2.0
#: Duration of the crossfade: at most a quarter of a beat, and in music without beats.
BEAT_FADE_S, PAD_FADE_S = 0.12, 1.5


@dataclass(frozen=True)
class Loop:
    """Where a track starts and stops, and the loop within it. All times are seconds of the track.

    Parameters
    ----------
    start_s, stop_s : float
        It is played from `start_s`, to `stop_s` if it is not looped.
    first, enter, leave : int
        The marks (indices into `Analysis.marks_s`) at `start_s`, `enter_s` and `leave_s`.
    enter_s, leave_s : float
        If it is looped, it jumps from `leave_s` back to `enter_s`, any number of times.
    fade_s : float
        Duration of the crossfade, which ends at `enter_s`, so that the beat there sounds in full.
    """

    start_s: float
    stop_s: float
    first: int
    enter: int
    leave: int
    enter_s: float
    leave_s: float
    fade_s: float

    @property
    def straight_s(self) -> float:
        """Duration of the track without a jump."""
        return self.stop_s - self.start_s

    @property
    def loop_s(self) -> float:
        """Duration of one turn of the loop."""
        return self.leave_s - self.enter_s

    def source_s(self, at_s: float, looped: bool) -> float:
        """Return the position in the track `at_s` seconds after the start."""
        position = self.start_s + at_s
        if not looped or position < self.leave_s:
            return position
        return self.enter_s + (position - self.leave_s) % self.loop_s


@dataclass(frozen=True)
class BeatTimes:
    """The beats of a track as it is played: seconds after the start, and the index of each in `Analysis.marks_s`."""

    times_s: np.ndarray
    marks: np.ndarray

    def nearest(self, cuts_s: np.ndarray) -> np.ndarray:
        """Return the index of the beat nearest to each cut: (k,) for (k,) seconds."""
        return np.searchsorted((self.times_s[1:] + self.times_s[:-1]) / 2, cuts_s)

    def distances_s(self, cuts_s: np.ndarray) -> np.ndarray:
        """Return the seconds from each cut to the nearest beat: (k,) for (k,) seconds."""
        return np.abs(self.times_s[self.nearest(cuts_s)] - cuts_s)


@functools.lru_cache(64)
def find_loop(analysis: Analysis) -> Loop:
    """Return where to start (the first bar, or the first sound), and the jump back whose ends sound most similar."""
    marks = np.array(analysis.marks_s)
    if analysis.has_beat:
        bars = np.arange(analysis.downbeat, len(marks), analysis.beats_per_bar)
        first = int(bars[np.argmax(marks[bars] >= analysis.begins_s - 0.05)])
        start = float(marks[first])
    else:
        first, start = 0, max(analysis.begins_s - 0.02, 0.0)
    stop = analysis.duration_s if analysis.truncated else analysis.ends_s
    enter, leave = _jump(analysis, first)
    interval = float(np.median(np.diff(marks)))
    fade = min(BEAT_FADE_S, interval / 4) if analysis.has_beat else PAD_FADE_S
    fade = min(fade, float(marks[enter]), float(marks[leave] - marks[enter]) / 4)
    return Loop(start, stop, first, enter, leave, float(marks[enter]), float(marks[leave]), fade)


def _jump(analysis: Analysis, first: int) -> tuple[int, int]:
    """(enter, leave): the two marks, bars apart where there are beats, around which the track sounds most similar.

    At least half of the track lies between them where that is possible; longer loops cost a little less.
    """
    count, step = len(analysis.marks_s), analysis.beats_per_bar if analysis.has_beat else 1
    places = np.arange(first, count, step)
    if len(places) < 3:
        return first, count - 1
    enters = places[1 : max((len(places) + 1) // 2, 2)]  # not the first: a jump needs time for its crossfade
    leaves = places[len(places) // 2 :]
    length = leaves[None, :] - enters[:, None]
    cost = _dissimilarity(np.array(analysis.descriptors), enters, leaves) + SHORT_LOOP * (1 - length / count)
    cost[length < min(count // 2, int(length.max()))] = np.inf
    enter, leave = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return int(enters[enter]), int(leaves[leave])


def _dissimilarity(descriptors: np.ndarray, enters: np.ndarray, leaves: np.ndarray) -> np.ndarray:
    """(enters, leaves): mean squared distance of the descriptors at the same offset from both marks."""
    from scipy.spatial.distance import cdist

    count = len(descriptors)
    total, known = np.zeros((len(enters), len(leaves))), np.zeros((len(enters), len(leaves)))
    for offset in range(-CONTEXT, CONTEXT):
        a, b = enters + offset, leaves + offset
        exists = ((a >= 0) & (a < count))[:, None] & ((b >= 0) & (b < count))
        squares = cdist(descriptors[np.clip(a, 0, count - 1)], descriptors[np.clip(b, 0, count - 1)], "sqeuclidean")
        total += np.where(exists, squares, 0.0)
        known += exists
    return total / np.maximum(known, 1)


def beat_times(analysis: Analysis, loop: Loop, until_s: float, looped: bool) -> BeatTimes:
    """Return the beats that sound up to a little beyond `until_s`, or to the end of the track if it is not looped."""
    marks = np.array(analysis.marks_s)
    if not looped:
        which = np.arange(loop.first, len(marks))
        return BeatTimes(marks[which] - loop.start_s, which)
    body, turn = np.arange(loop.first, loop.leave), np.arange(loop.enter, loop.leave)
    turns = max(0, math.ceil((until_s - (loop.leave_s - loop.start_s)) / loop.loop_s)) + 1
    times = [marks[body] - loop.start_s]
    for k in range(turns):
        times.append(marks[turn] - loop.enter_s + loop.leave_s - loop.start_s + k * loop.loop_s)
    return BeatTimes(np.concatenate(times), np.concatenate([body, *[turn] * turns]))


def is_looped(analysis: Analysis, loop: Loop, grid: Timeline) -> bool:
    """Return whether a track is looped on a timeline: where it is too short, or more cuts are on beats then."""
    cuts = grid.start_seconds
    if cuts[-1] > loop.straight_s:
        return True
    if not analysis.has_beat:
        return False
    straight, looped = (
        sum(beat_times(analysis, loop, cuts[-1], each).distances_s(cuts) <= 0.5 / float(grid.fps))
        for each in (False, True)
    )
    return bool(looped > straight)
