"""Fit the timeline of images to a track: cuts on its beats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core import FrameRate, Timeline, Timing, frame_rate, rate_text
from ...core.errors import ConfigError
from .. import durations
from ..timeline import sample_rate
from .analysis import Analysis
from .loops import BeatTimes, Loop, beat_times

#: A beat is divided in halves, repeatedly, where images last shorter than this share of it.
SUBDIVIDED = 0.75
MAX_DIVISIONS = 64
#: Value of `total_seconds` for as long as the track lasts.
WHOLE = "track"
#: A track begins so many seconds before its first sound.
CLICK_S = 0.005
#: Without beats, time is distributed in this many units per image, where some images are to last longer.
UNITS = 4
#: Largest relative error of `seconds_per_image` for which all images last the same number of beats; the tempo of a
#: style may differ as much, see `timeline_request.AGREEMENT`.
TOLERANCE = 0.06


def check(timing: Timing) -> None:
    """Raise ConfigError where a timing determines a tempo, because a track has its own."""
    for name in ("seconds_per_image", "total_seconds"):
        seconds = getattr(timing, name)
        if timing.beats_per_image is not None and seconds is not None:
            raise ConfigError(
                f"beats_per_image = {timing.beats_per_image} and {name} = {seconds} determine a tempo, and a track "
                "has its own: leave out one of the two"
            )


def timeline(analysis: Analysis, loop: Loop, n: int, fps: FrameRate, timing: Timing) -> Timeline:
    """Return the timeline, with one frame per beat, on which `n` images follow a track.

    Each cut is on the frame nearest to a beat of the track; without reliable beats images last equally long.
    `beats_per_image` are beats of the track; where no length is asked for, images fill bars or even parts of them.
    `seconds_per_image` are rounded to whole beats where the error is at most 6 %; otherwise some images last a beat, or
    half of one, longer than others, such that the mean is met. The end is at a bar line, for which the last image lasts
    longer or shorter, unless the error would exceed 6 %; or at the beat nearest to `total_seconds`. Weights do not
    change the duration of the whole.

    Parameters
    ----------
    analysis : Analysis
        Of the track.
    loop : Loop
        As `loops.find_loop` returns it.
    n : int
        Number of images.
    fps : int
        Frames per second.
    timing : Timing
        How long images last.

    Raises
    ------
    ConfigError
        If an image would be shorter than a frame, for frame rates that divide no sample rate, and for beats together
        with seconds.
    """
    check(timing)
    if n < 1:
        raise ConfigError(f"a timeline needs at least one image, not {n}")
    weights = durations.validated_weights(timing.weights, n)
    each = seconds_of(n, timing, 60 / analysis.tempo_bpm if analysis.has_beat else None)
    _check_frames(n, fps, timing, each)
    if analysis.has_beat:
        cuts = _cuts_on_beats(analysis, loop, _Request(n, each, timing, weights))
    else:
        units = durations.even(n, UNITS * n) if weights is None else durations.weighted(UNITS * n, weights)
        cuts = _starts(units) * each / UNITS
    fps = frame_rate(fps)
    return Timeline(fps, sample_rate(fps), 1, tuple(np.diff(_frames(cuts * float(fps))).tolist()))


def whole_loop(analysis: Analysis, loop: Loop) -> Loop:
    """Return how a track is played from its first sound to its last, with what precedes the first whole bar."""
    return replace(loop, start_s=min(loop.start_s, max(analysis.begins_s - CLICK_S, 0.0)))


def song_timeline(analysis: Analysis, loop: Loop, n: int, fps: FrameRate, timing: Timing) -> Timeline:
    """Return the timeline, with one frame per beat, on which `n` images are spread over a whole track.

    Each cut is on the frame nearest to a beat of the track, or to a division of one where images are shorter; after the
    last beat they go on at the same tempo. The last image ends as the track ends. Weights count as in `timeline`.

    Parameters
    ----------
    analysis, loop, n, fps, timing
        As for `timeline`; of the timing, the weights and that it asks for the whole track.

    Raises
    ------
    ConfigError
        If the track has fewer frames than there are images.
    """
    frames = math.floor(loop.straight_s * fps)
    whole, weights = float(frames / fps), durations.validated_weights(timing.weights, n)
    _check_frames(n, fps, replace(timing, total_seconds=whole), whole / n)
    if not analysis.has_beat:
        units = durations.even(n, UNITS * n) if weights is None else durations.weighted(UNITS * n, weights)
        cuts = _starts(units) * (whole / n / UNITS)
    else:
        cuts = _spread(analysis, _continued(beat_times(analysis, loop, whole, False).times_s, whole), weights, n)
        cuts[0], cuts[-1] = 0.0, whole
    return Timeline(fps, sample_rate(fps), 1, tuple(np.diff(_frames(cuts * float(fps))).tolist()))


def _continued(times: np.ndarray, until_s: float) -> np.ndarray:
    """Seconds of beats, with those of the same tempo before the first and after the last one."""
    beat, times = float(np.median(np.diff(times))), times[times <= until_s]
    before = np.arange(times[0] - beat, -beat / 2, -beat)[::-1]
    return np.concatenate([before, times, np.arange(times[-1] + beat, until_s, beat)])


def _spread(analysis: Analysis, beats: np.ndarray, weights: tuple[float, ...] | None, n: int) -> np.ndarray:
    """(n + 1,) seconds of cuts on beats, or divisions of them, that spread `n` images over all beats."""
    count, divisions, least = len(beats) - 1, 1, 1.0 if weights is None else durations.LEAST_SHARE
    while count * divisions < least * n and divisions < MAX_DIVISIONS:
        divisions *= 2
    total = max(n, count * divisions)
    each = durations.even(n, total) if weights is None else durations.weighted(total, weights)
    return np.interp(_starts(each) / divisions, np.arange(len(beats)), beats)


def seconds_of(n: int, timing: Timing, beat_s: float | None = None) -> float:
    """Return the mean seconds per image of a timing; `beat_s` is the duration of a beat, where there is one."""
    if timing.total_seconds == WHOLE:
        return timing.default_seconds
    if timing.total_seconds is not None:
        return timing.total_seconds / n
    if timing.beats_per_image is not None and beat_s is not None:
        return timing.beats_per_image * beat_s
    return timing.default_seconds if timing.seconds_per_image is None else timing.seconds_per_image


@dataclass(frozen=True)
class _Request:
    """Number of images, their mean duration in seconds, the timing, and weights where they differ."""

    n: int
    each: float
    timing: Timing
    weights: tuple[float, ...] | None


def _check_frames(n: int, fps: FrameRate, timing: Timing, each: float) -> None:
    if timing.total_seconds is not None and not (math.isfinite(each) and timing.total_seconds * float(fps) >= n):
        raise ConfigError(
            f"total_seconds = {timing.total_seconds:g} leaves {n} images less than a frame each, at {rate_text(fps)} "
            "frames per second"
        )
    if not (math.isfinite(each) and each * fps >= 0.5):
        raise ConfigError(f"{each:g} seconds per image is shorter than a frame (1/{rate_text(fps)} s)")


def _frames(cuts: np.ndarray) -> np.ndarray:
    """(n + 1,) the frames nearest to cuts, at least one frame apart; the last one stays, where that is possible."""
    steps = np.arange(len(cuts))
    frames = np.maximum.accumulate(np.rint(cuts).astype(np.int64) - steps) + steps
    last = max(round(float(cuts[-1])), len(cuts) - 1)
    return np.minimum(frames, last - steps[::-1])


def _cuts_on_beats(analysis: Analysis, loop: Loop, request: _Request) -> np.ndarray:
    """(n + 1,) seconds of the cuts: on the track as it is, or looped as often as needed."""
    whole = request.n * request.each
    cuts = _cuts(analysis, beat_times(analysis, loop, whole, False), request)
    if cuts is not None and cuts[-1] > loop.straight_s:
        cuts = None
    until_s = 1.5 * whole + 30
    while cuts is None:
        cuts = _cuts(analysis, beat_times(analysis, loop, until_s, True), request)
        until_s *= 2
    return cuts


def _cuts(analysis: Analysis, beats: BeatTimes, request: _Request) -> np.ndarray | None:
    """(n + 1,) seconds of the cuts, each on a beat or a division of one; None where there are too few beats.

    Weights distribute the divisions that equal images last.
    """
    divisions = _divisions(request.each * analysis.tempo_bpm / 60, request.timing)
    index = _even_cuts(analysis, beats, divisions, request)
    if index is not None and request.weights is not None:
        n, finer = request.n, 1
        while finer * index[-1] < 2 * SUBDIVIDED * n and finer * divisions < MAX_DIVISIONS:
            finer *= 2
        total, fewest = finer * int(index[-1]), math.ceil(durations.LEAST_SHARE * n)
        index, divisions = _starts(durations.weighted(max(total, fewest), request.weights)), finer * divisions
    if index is None or index[-1] > (len(beats.times_s) - 1) * divisions:
        return None
    return np.interp(index / divisions, np.arange(len(beats.times_s)), beats.times_s)


def _divisions(beats_each: float, timing: Timing) -> int:
    """Divisions of a beat for images of so many beats, such that they can last as long as required."""
    least = SUBDIVIDED
    if timing.total_seconds is not None:
        least = 1.0
    elif timing.seconds_per_image is not None:
        least = 1 / (1 + TOLERANCE)
    divisions = 1
    while beats_each * divisions < least and divisions < MAX_DIVISIONS:
        divisions *= 2
    return divisions


def _even_cuts(analysis: Analysis, beats: BeatTimes, divisions: int, request: _Request) -> np.ndarray | None:
    """(n + 1,) the divisions of beats on which equal cuts are; None where the beats end before `total_seconds`."""
    n, timing = request.n, request.timing
    exact = request.each * divisions * analysis.tempo_bpm / 60
    bar = analysis.beats_per_bar * divisions
    free = timing.total_seconds is None and timing.seconds_per_image is None
    is_free = free and timing.beats_per_image is None
    count = _in_bars(exact, bar) if is_free else max(1, round(exact))
    total = n * count
    if timing.total_seconds is not None:
        if timing.total_seconds > beats.times_s[-1] + 30 / analysis.tempo_bpm / divisions:
            return None
        beats_in_total = float(np.interp(timing.total_seconds, beats.times_s, np.arange(len(beats.times_s))))
        total = round(divisions * beats_in_total)
    elif timing.seconds_per_image is not None and abs(count / exact - 1) > TOLERANCE:
        total = round(n * exact)
    index = _starts(durations.even(n, max(total, n)))
    end = max(math.ceil((index[-2] + 1) / bar), math.floor(index[-1] / bar + 0.5)) * bar
    if free or (timing.total_seconds is None and abs(end / (n * exact) - 1) <= TOLERANCE):
        index[-1] = end
    return index


def _in_bars(beats: float, bar: int) -> int:
    """The number of beats nearest to some, as a ratio, of which a bar has a whole number or which fills whole bars."""
    parts = [each for each in range(1, bar) if bar % each == 0]
    bars = [k * bar for k in range(1, max(1, round(beats / bar)) + 2)]
    return min([*parts, *bars], key=lambda each: (abs(math.log(each / beats)), each))


def _starts(each: Sequence[int]) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(each)))
