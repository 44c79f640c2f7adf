"""How a track is cut to images: which stretches of it play when, and where the cuts lie on its beats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial.distance import cdist

from ... import config
from ...core import Stretch, Timeline, Timing
from ...core.errors import ConfigError
from .. import durations
from ..timeline import sample_rate
from .analysis import Analysis

#: A beat is cut in halves, and halves again, where images last shorter than this share of it.
SUBDIVIDED = 0.75
MOST_PARTS = 64
#: Music without a beat is shared out in parts of an image, where some are to last longer than others.
SHARES = 4
#: How far images may miss the seconds that were asked for, so that all last the same number of beats; as far as the
#: tempo of a style may lie from what is asked for, `timeline.AGREEMENT`.
EVEN = 0.06
#: Marks on either side of a jump that are compared.
CONTEXT = 4
#: What a loop of no length would cost, beside how unlike its ends sound.
SHORT_LOOP = 2.0
#: Crossfades: at a beat, and in music without one.
BEAT_FADE_S, PAD_FADE_S = 0.12, 1.5
#: The last of a track that is cut off fades for a bar, at most so long; where it starts in its midst, it does for this.
LONGEST_FADE_S, CLICK_S = 3.0, 0.005


@dataclass(frozen=True)
class Route:
    """How a track is played: from `start_s`, to its end at `stop_s`; or from `leave_s` back to `enter_s`, for ever.

    All in seconds of the track. first, enter, leave : the marks (indices into `Analysis.marks_s`) at `start_s`,
    `enter_s`, `leave_s`. fade_s : of the crossfade, which ends where the jump lands, so that the beat is whole.
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
        """How long the track lasts without a jump."""
        return self.stop_s - self.start_s

    @property
    def loop_s(self) -> float:
        return self.leave_s - self.enter_s

    def source_s(self, at_s: float, looped: bool) -> float:
        """Where in the track it is `at_s` seconds after the start."""
        here = self.start_s + at_s
        return here if not looped or here < self.leave_s else self.enter_s + (here - self.leave_s) % self.loop_s


@dataclass(frozen=True)
class Beats:
    """The beats of a track as it is played: `times_s` after the start, and `marks`, which beat of the track each is."""

    times_s: np.ndarray
    marks: np.ndarray


def route(analysis: Analysis) -> Route:
    """Where to start (the first bar, or the first sound), and the jump back whose ends sound most alike."""
    marks = np.array(analysis.marks_s)
    if analysis.has_beat:
        bars = np.arange(analysis.downbeat, len(marks), analysis.beats_per_bar)
        first = int(bars[np.argmax(marks[bars] >= analysis.begins_s - 0.05)])
        start = float(marks[first])
    else:
        first, start = 0, max(analysis.begins_s - 0.02, 0.0)
    stop = analysis.duration_s if analysis.longer else analysis.ends_s
    enter, leave = _jump(analysis, first)
    interval = float(np.median(np.diff(marks)))
    fade = min(BEAT_FADE_S, interval / 4) if analysis.has_beat else PAD_FADE_S
    fade = min(fade, float(marks[enter]), float(marks[leave] - marks[enter]) / 4)
    return Route(start, stop, first, enter, leave, float(marks[enter]), float(marks[leave]), fade)


def _jump(analysis: Analysis, first: int) -> tuple[int, int]:
    """(enter, leave): the two marks, in bars apart where there are beats, whose surroundings sound most alike.

    At least half of the track lies between them where that is possible; longer loops are a little better.
    """
    count, step = len(analysis.marks_s), analysis.beats_per_bar if analysis.has_beat else 1
    places = np.arange(first, count, step)
    if len(places) < 3:
        return first, count - 1
    heard = np.array(analysis.sounds)
    lands = places[1 : max((len(places) + 1) // 2, 2)]  # not the first: a jump needs room for its crossfade
    leaves = places[len(places) // 2 :]
    unlike, known = np.zeros((len(lands), len(leaves))), np.zeros((len(lands), len(leaves)))
    for offset in range(-CONTEXT, CONTEXT):
        a, b = lands + offset, leaves + offset
        there = ((a >= 0) & (a < count))[:, None] & ((b >= 0) & (b < count))
        apart = cdist(heard[np.clip(a, 0, count - 1)], heard[np.clip(b, 0, count - 1)], "sqeuclidean")
        unlike += np.where(there, apart, 0.0)
        known += there
    length = leaves[None, :] - lands[:, None]
    cost = unlike / np.maximum(known, 1) + SHORT_LOOP * (1 - length / count)
    cost[length < min(count // 2, int(length.max()))] = np.inf
    land, leave = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return int(lands[land]), int(leaves[leave])


def beats(analysis: Analysis, way: Route, until_s: float, looped: bool) -> Beats:
    """The beats that are heard up to a little beyond `until_s`, or as far as the track goes."""
    marks = np.array(analysis.marks_s)
    if not looped:
        which = np.arange(way.first, len(marks))
        return Beats(marks[which] - way.start_s, which)
    body, turn = np.arange(way.first, way.leave), np.arange(way.enter, way.leave)
    turns = max(0, math.ceil((until_s - (way.leave_s - way.start_s)) / way.loop_s)) + 1
    times = [marks[body] - way.start_s]
    for k in range(turns):
        times.append(marks[turn] - way.enter_s + way.leave_s - way.start_s + k * way.loop_s)
    return Beats(np.concatenate(times), np.concatenate([body, *[turn] * turns]))


def check(pace: Timing) -> None:
    """Raise ConfigError where a pace asks for a tempo: a track has its own."""
    for name in ("seconds_per_image", "total_seconds"):
        asked = getattr(pace, name)
        if pace.beats_per_image is not None and asked is not None:
            raise ConfigError(
                f"beats_per_image = {pace.beats_per_image} and {name} = {asked:g} make a tempo of their own, and a "
                "track has one already: leave one of the two to follow"
            )


def timeline(analysis: Analysis, way: Route, n: int, fps: int, pace: Timing) -> Timeline:
    """The grid, in frames, on which `n` images follow a track: cuts on its beats, or even ones without.

    Each cut lies on the frame nearest to its beat. `beats_per_image` are the track's. `seconds_per_image` are rounded
    to whole beats where that misses them by no more than EVEN; otherwise some images last a beat longer than others,
    or half of one, so that they are met on average. The whole ends with a bar, for which the last image stays longer
    or less, unless the seconds would then be missed by more than EVEN; or with the beat nearest to `total_seconds`
    where they are given. It lasts as long with weights as without.

    Raises ConfigError when an image would be shorter than a frame, for frame rates that no sample rate fits, and for
    beats together with seconds.
    """
    check(pace)
    if n < 1:
        raise ConfigError(f"a timeline needs at least one image, not {n}")
    weights = durations.checked(pace.weights, n)
    each = seconds_of(n, pace, 60 / analysis.tempo_bpm if analysis.has_beat else None)
    if pace.total_seconds is not None and not (math.isfinite(each) and pace.total_seconds * fps >= n):
        raise ConfigError(
            f"total_seconds = {pace.total_seconds:g} leaves {n} images less than a frame each, at {fps} frames a second"
        )
    if not (math.isfinite(each) and each * fps >= 0.5):
        raise ConfigError(f"{each:g} seconds an image is shorter than a frame (1/{fps} s)")
    if analysis.has_beat:
        cuts = _on_beats(analysis, beats(analysis, way, n * each, False), n, each, pace, weights)
        until_s = 1.5 * n * each + 30
        if cuts is not None and cuts[-1] > way.straight_s:
            cuts = None
        while cuts is None:
            cuts = _on_beats(analysis, beats(analysis, way, until_s, True), n, each, pace, weights)
            until_s *= 2
    else:
        shares = durations.even(n, SHARES * n) if weights is None else durations.weighed(SHARES * n, weights)
        cuts = _starts(shares) * each / SHARES
    return Timeline(fps, sample_rate(fps), 1, tuple(np.diff(_frames(cuts * fps)).tolist()))


def _frames(cuts: np.ndarray) -> np.ndarray:
    """(n + 1,) the frames nearest to cuts, a frame apart at least; the last one stays, where that is possible."""
    steps = np.arange(len(cuts))
    frames = np.maximum.accumulate(np.rint(cuts).astype(np.int64) - steps) + steps
    last = max(round(float(cuts[-1])), len(cuts) - 1)
    return np.minimum(frames, last - steps[::-1])


def seconds_of(n: int, pace: Timing, beat_s: float | None = None) -> float:
    """Seconds an image, on average, that a pace asks for; beat_s : of a beat, where there is one."""
    if pace.total_seconds is not None:
        return pace.total_seconds / n
    if pace.beats_per_image is not None and beat_s is not None:
        return pace.beats_per_image * beat_s
    return config.SECONDS_PER_IMAGE if pace.seconds_per_image is None else pace.seconds_per_image


def _on_beats(
    analysis: Analysis, heard: Beats, n: int, each: float, pace: Timing, weights: tuple[float, ...] | None
) -> np.ndarray | None:
    """(n + 1,) seconds of the cuts, each on a beat or an even share of one; None where the beats do not suffice.

    each : seconds an image. Weights share out what even cuts would last.
    """
    parts = _parts(each * analysis.tempo_bpm / 60, pace)
    index = _even(analysis, heard, n, each, parts, pace)
    if index is not None and weights is not None:
        finer = 1
        while finer * index[-1] < 2 * SUBDIVIDED * n and finer * parts < MOST_PARTS:
            finer *= 2
        total, fewest = finer * int(index[-1]), math.ceil(durations.LEAST_SHARE * n)
        index, parts = _starts(durations.weighed(max(total, fewest), weights)), finer * parts
    if index is None or index[-1] > (len(heard.times_s) - 1) * parts:
        return None
    return np.interp(index / parts, np.arange(len(heard.times_s)), heard.times_s)


def _parts(beats_each: float, pace: Timing) -> int:
    """In how many parts a beat is cut for images of so many beats; so many that they can last as long as asked."""
    least = SUBDIVIDED
    if pace.total_seconds is not None:
        least = 1.0
    elif pace.seconds_per_image is not None:
        least = 1 / (1 + EVEN)
    parts = 1
    while beats_each * parts < least and parts < MOST_PARTS:
        parts *= 2
    return parts


def _even(analysis: Analysis, heard: Beats, n: int, each: float, parts: int, pace: Timing) -> np.ndarray | None:
    """(n + 1,) the parts of beats that even cuts fall on; None where the beats do not reach `total_seconds`."""
    exact = each * parts * analysis.tempo_bpm / 60
    count = max(1, round(exact))
    total = n * count
    if pace.total_seconds is not None:
        if pace.total_seconds > heard.times_s[-1] + 30 / analysis.tempo_bpm / parts:
            return None
        total = round(parts * float(np.interp(pace.total_seconds, heard.times_s, np.arange(len(heard.times_s)))))
    elif pace.seconds_per_image is not None and abs(count / exact - 1) > EVEN:
        total = round(n * exact)
    index = _starts(durations.even(n, max(total, n)))
    bar = analysis.beats_per_bar * parts
    bars = max(math.ceil((index[-2] + 1) / bar), math.floor(index[-1] / bar + 0.5)) * bar
    free = pace.total_seconds is None and pace.seconds_per_image is None
    if free or (pace.total_seconds is None and abs(bars / (n * exact) - 1) <= EVEN):
        index[-1] = bars
    return index


def _starts(each: Sequence[int]) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(each)))


def is_looped(analysis: Analysis, way: Route, grid: Timeline) -> bool:
    """Whether the track must jump back to last as long as a grid; or should, as its cuts then fall on more beats."""
    cuts = grid.start_frames / grid.fps
    if cuts[-1] > way.straight_s:
        return True
    if not analysis.has_beat:
        return False
    on = [sum(offsets_s(beats(analysis, way, cuts[-1], looped), cuts) <= 0.5 / grid.fps) for looped in (False, True)]
    return bool(on[1] > on[0])


def offsets_s(heard: Beats, cuts_s: np.ndarray) -> np.ndarray:
    """(k,) seconds from each cut to the beat nearest to it."""
    return np.abs(heard.times_s[nearest(heard, cuts_s)] - cuts_s)


def nearest(heard: Beats, cuts_s: np.ndarray) -> np.ndarray:
    """(k,) index of the beat nearest to each cut."""
    return np.searchsorted((heard.times_s[1:] + heard.times_s[:-1]) / 2, cuts_s)


def stretches(analysis: Analysis, way: Route, grid: Timeline, looped: bool) -> tuple[Stretch, ...]:
    """What plays when: one stretch, or one for every turn of the loop, crossfaded where they meet; faded at the end."""
    rate, total = grid.sample_rate, grid.total_samples
    start, enter, leave = (round(s * rate) for s in (way.start_s, way.enter_s, way.leave_s))
    fade = max(round(way.fade_s * rate), round(CLICK_S * rate)) if looped else 0
    fade = min(fade, enter)
    turns = range(leave - start, total - grid.samples_per_frame + 1, leave - enter) if looped else ()
    edges = [0, *turns, total]  # what is left of less than a frame is no turn: there is no room to fade in
    found = []
    for k, (first, last) in enumerate(pairwise(edges)):
        source, lead = (start, 0) if k == 0 else (enter, min(fade, first))
        ends = last == total
        found.append(
            Stretch(
                source - lead,
                first - lead,
                last - first + lead,
                lead if k else min(round(CLICK_S * rate), total // 8) if start else 0,
                _last_fade(analysis, way, grid, last - first + lead, looped) if ends else fade,
            )
        )
    return tuple(found)


def _last_fade(analysis: Analysis, way: Route, grid: Timeline, length: int, looped: bool) -> int:
    """Samples of the last fade: a bar; next to nothing where the track ends by itself."""
    rate, seconds = grid.sample_rate, float(grid.seconds)
    if not looped and not analysis.longer and way.straight_s - seconds < 0.5:
        return min(round(CLICK_S * rate), length // 4)
    bar = analysis.beats_per_bar * 60 / analysis.tempo_bpm if analysis.has_beat else LONGEST_FADE_S
    return min(round(min(bar, LONGEST_FADE_S) * rate), length // 2, grid.total_samples // 4)
