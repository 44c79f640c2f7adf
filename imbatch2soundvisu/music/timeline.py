"""Build the timeline: whole samples per frame, whole frames per beat, whole beats per image."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..core import FrameRate, Timeline, Timing, frame_rate, is_ntsc
from ..core.errors import ConfigError
from . import durations
from .timeline_request import LEAST_BEAT, TimelineRequest, check, check_one_beat, check_tempo, validated_beats

SAMPLE_RATES = (44_100, 48_000)
#: Tempi in beats per minute that are chosen from where none is required.
TEMPO_RANGE_BPM = (84.0, 132.0)
#: Allowed where it saves UNUSUAL_FRAMES frames of error: the slowest is half the fastest, so any duration is in reach.
WIDER_RANGE_BPM = (72.0, 144.0)
UNUSUAL_FRAMES = 1.0
TEMPO_BPM = 112.0
HIGHEST_FPS = 240
#: Frames of error that an uneven metre (five, seven beats per image) has to save to be chosen.
ODD_METRE_FRAMES = 1.0
#: The same for images of different durations, times their share.
UNEVEN_FRAMES = 12.0
#: Images are nearly even where the beats that some have more than others are at most this share of all beats.
NEARLY_EVEN = 1 / 8
#: Frames of error that a sequence has to save to end within a bar.
BROKEN_BAR_FRAMES = 0.5
#: Range of seconds per image, as a share of the default, where no duration is required.
FREE_SHARE = (0.85, 1.4)
#: Tempi this near to the preferred one, in octaves, cost nothing; beyond, they cost this much more than the duration.
NEAR_OCTAVES, TEMPO_WEIGHT = 0.03, 8.0
#: Where the required tempo allows no such duration: cost of too short relative to too long.
TOO_SHORT = 3.0
#: Nothing is required: the music chooses.
FREE = Timing()


def build(
    n: int,
    fps: FrameRate,
    timing: Timing | float = FREE,
    *,
    beats_per_image: int | Sequence[int] | None = None,
    tempo_bpm: float | None = None,
    preferred_bpm: float = TEMPO_BPM,
    audible_beat: bool = True,
) -> Timeline:
    """Return the timeline of `n` images.

    Parameters
    ----------
    n : int
        Number of images, from 1.
    fps : int or Fraction
        Frames per second; must divide 44,100 or 48,000, or be 23.976, 29.97 or 59.94 (see `core.frame_rate`).
    timing : Timing or float
        How long images last, or the seconds per image. At most two of its three numbers may be given:
        `seconds_per_image` is met as closely as whole beats at 84 to 132 beats per minute allow (72 to 144 where that
        is closer); the tempo is faster only where an image is shorter than one such beat. With `beats_per_image` the
        tempo follows.
        `total_seconds` is met to the nearest beat, to the frame where a beat within the range divides it and images
        stay nearly even. With `beats_per_image`, that many on average, and the tempo follows.
        Neither: 0.85 to 1.4 times `default_seconds`, such that the tempo is near the preferred one.
        `weights` change the durations within blocks (see `durations.weighted`), not that of the whole; with fewer
        than two beats per image on average the highest weights have one beat more than the others.
    beats_per_image : int or sequence of int, optional
        In place of that of `timing`; a sequence has the beats of each image, and the weights are not used then.
    tempo_bpm : float, optional
        Required tempo in beats per minute, rounded to whole frames per beat.
    preferred_bpm : float, default 112
        Preferred tempo where several are possible.
    audible_beat : bool, default True
        Whether the music plays these beats, so that fewer than 20 per minute are refused.

    Returns
    -------
    Timeline

    Raises
    ------
    ConfigError
        If the numbers contradict each other, or cannot be met on the grid.

    Examples
    --------
    >>> build(4, 30, 2.0).beats, build(4, 30, 2.0).tempo_bpm
    ((4, 4, 4, 4), 120.0)
    """
    timing = timing if isinstance(timing, Timing) else Timing(seconds_per_image=timing)
    rate, fps = sample_rate(fps), frame_rate(fps)
    listed = None if beats_per_image is None or isinstance(beats_per_image, int) else tuple(beats_per_image)
    beats = beats_per_image if isinstance(beats_per_image, int) else timing.beats_per_image
    weights = durations.validated_weights(timing.weights, n) if listed is None else None
    request = TimelineRequest(
        n, fps, timing.seconds_per_image, None if listed else beats, timing.total_seconds, weights, tempo_bpm,
        preferred_bpm, timing.default_seconds,
    )  # fmt: skip
    check(request)
    listed = None if listed is None else validated_beats(listed, n)
    if audible_beat and tempo_bpm is None:
        check_tempo(n, beats if listed is None else sum(listed) / n, timing)
    if listed is not None:
        return Timeline(fps, rate, _frames_for(request, listed), listed, beats_per_bar(listed))
    frames, whole = _fit(request)
    even = durations.even(n, whole)
    return Timeline(
        fps, rate, frames, even if weights is None else durations.weighted(whole, weights), beats_per_bar(even)
    )


def sample_rate(fps: FrameRate) -> int:
    """Return the sample rate at which a frame is a whole number of samples: 44,100 where possible, else 48,000.

    At 29.97 and 59.94 frames per second (30000/1001, 60000/1001) it is 48,000, where five frames are.

    Raises
    ------
    ConfigError
        For frame rates that divide neither.

    Examples
    --------
    >>> sample_rate(30), sample_rate(24), sample_rate(29.97)
    (44100, 48000, 48000)
    """
    exact = frame_rate(fps)
    if isinstance(exact, int) and 1 <= exact <= HIGHEST_FPS:
        for rate in SAMPLE_RATES:
            if rate % exact == 0:
                return rate
    if is_ntsc(exact) and exact <= HIGHEST_FPS and SAMPLE_RATES[-1] % math.ceil(exact) == 0:
        return SAMPLE_RATES[-1]
    valid = [str(f) for f in range(1, 121) if any(rate % f == 0 for rate in SAMPLE_RATES)]
    raise ConfigError(
        f"{fps} frames per second does not divide {' or '.join(f'{r:,}' for r in SAMPLE_RATES)} samples per second, so "
        f"sound and images could drift apart. Choose one of: {', '.join(valid)}, or 23.976, 29.97, 59.94"
    )


def _frames_for(request: TimelineRequest, listed: tuple[int, ...]) -> int:
    """Frames per beat where the beats of each image are given: by the required tempo, else by the duration."""
    if request.required_frames is not None:
        return request.required_frames
    beats = sum(listed)
    if request.total is not None:
        return max(1, round(request.total * request.fps / beats))
    if request.seconds is not None:
        return max(1, round(request.seconds * request.fps * request.n / beats))
    return _best_free_grid(request, [(f, beats) for f in _musical_frames(request.fps)])[0]


def _fit(request: TimelineRequest) -> tuple[int, int]:
    """(frames per beat, beats of the whole) that come nearest to the request."""
    if request.total is not None:
        return _fit_total(request, round(request.total * request.fps))
    if request.seconds is None:
        return _fit_free(request)
    if request.beats is not None:
        frames = request.required_frames or max(1, round(request.seconds * request.fps / request.beats))
        return frames, request.beats * request.n
    check_one_beat(request)
    return _fit_each(request, request.seconds * request.fps)


def _musical_frames(fps: FrameRate, tempi: tuple[float, float] = TEMPO_RANGE_BPM) -> list[int]:
    """Frames per beat with a tempo in the range; the nearest one where the frame rate is too coarse for it."""
    slow, fast = tempi
    inside = list(range(max(1, math.ceil(60 * fps / fast)), math.floor(60 * fps / slow) + 1))
    return inside or [max(1, round(60 * fps / TEMPO_BPM))]


def _tempo_cost(frames: int, request: TimelineRequest) -> float:
    """Cost of a tempo, in frames: small for the distance to the preferred one, more outside the usual range."""
    tempo = 60 * request.fps / frames
    unusual = 0.0 if TEMPO_RANGE_BPM[0] <= tempo <= TEMPO_RANGE_BPM[1] else UNUSUAL_FRAMES
    return 0.4 * abs(math.log2(tempo / request.preferred_bpm)) + unusual


def _fit_each(request: TimelineRequest, target: float) -> tuple[int, int]:
    """The grid nearest to `target` frames per image."""
    least = 1 if request.weights is None else 2
    musical = [f for f in _musical_frames(request.fps, WIDER_RANGE_BPM) if f <= target / least + 0.5]
    candidates = musical if request.required_frames is None else [request.required_frames]
    if request.weights is not None and target / 2 + 0.5 < min(candidates, default=target):
        return _fit_total(request, round(target * request.n))  # too short for two beats: most have one

    def cost(pair: tuple[int, int]) -> tuple[float, int]:
        frames, beats = pair
        odd = 0.0 if request.tempo_bpm or _is_even_metre(beats) else ODD_METRE_FRAMES
        return abs(frames * beats - target) + odd + _tempo_cost(frames, request), frames

    pairs = ((f, b) for f in candidates or [max(1, round(target))] for b in _around(target / f, least))
    frames, beats = min(pairs, key=cost)
    return frames, beats * request.n


def _fit_total(request: TimelineRequest, target: int) -> tuple[int, int]:
    """The grid nearest to `target` frames in all. Raises ConfigError where the required tempo cannot reach them."""

    def cost(pair: tuple[int, int]) -> tuple[bool, float, int]:
        frames, beats = pair
        usual, over = divmod(beats, request.n)
        fewest = min(over, request.n - over)
        uneven = UNEVEN_FRAMES * (over if request.weights else fewest) / request.n
        odd = 0.0 if request.beats or _is_even_metre(usual) else ODD_METRE_FRAMES
        broken = 0.0 if beats % 4 == 0 else BROKEN_BAR_FRAMES
        off = frames * beats != target or fewest > NEARLY_EVEN * beats
        return off, abs(frames * beats - target) + uneven + odd + broken + _tempo_cost(frames, request), frames

    pairs = ((f, max(request.fewest_beats, round(target / f))) for f in _frames_within(request, target))
    frames, beats = min(pairs, key=cost)
    short = frames * beats > target + frames or target < LEAST_BEAT * frames * request.n
    if request.total is not None and request.tempo_bpm is not None and short:
        raise ConfigError(
            f"total_seconds = {request.total} leaves {request.n} images less than a beat each at "
            f"{request.tempo_bpm:g} beats per minute: use a longer total, fewer images or a faster tempo"
        )
    return frames, beats


def _frames_within(request: TimelineRequest, target: int) -> list[int]:
    """Frames per beat to consider, few enough for the fewest beats."""
    if request.required_frames is not None:
        return [request.required_frames]
    longest = max(1, target // request.fewest_beats)
    if request.beats is not None:
        exact = target / (request.n * request.beats)
        return sorted({min(max(1, f), longest) for f in (math.floor(exact), math.ceil(exact))})
    for most in (target / (2 * request.n) if request.weights else longest, longest):
        musical = [f for f in _musical_frames(request.fps, WIDER_RANGE_BPM) if f <= most]
        if musical:
            return musical
    return [longest]


def _fit_free(request: TimelineRequest) -> tuple[int, int]:
    """A duration around `default_seconds` that suits the tempo, where no duration is required."""
    candidates = _musical_frames(request.fps, WIDER_RANGE_BPM)
    if request.required_frames is not None:
        candidates = [request.required_frames]
    usual, least = request.default_seconds * request.fps, 1 if request.weights is None else 2
    if request.beats is not None:
        return _best_free_grid(request, [(f, request.beats * request.n) for f in candidates])
    if usual < candidates[0] * least:
        return _fit_each(request, usual)
    pairs = [(f, b) for f in candidates for b in _around(usual / f, least)]
    usual_metres = [pair for pair in pairs if _is_even_metre(pair[1])]
    return _best_free_grid(request, [(f, b * request.n) for f, b in usual_metres or pairs])


def _best_free_grid(request: TimelineRequest, grids: list[tuple[int, int]]) -> tuple[int, int]:
    """The best of several (frames per beat, beats of the whole) by duration and tempo."""

    def share(grid: tuple[int, int]) -> float:
        return grid[0] * grid[1] / (request.n * request.fps * request.default_seconds)

    def cost(grid: tuple[int, int]) -> tuple[float, int]:
        octaves = abs(math.log2(60 * request.fps / grid[0] / request.preferred_bpm))
        tempo = TEMPO_WEIGHT * max(0.0, octaves - NEAR_OCTAVES) ** 2 + 1e-3 * octaves**2
        length = math.log2(share(grid))
        return tempo + (length**2 if inside else max(length, -TOO_SHORT * length)), grid[0]

    inside = [grid for grid in grids if FREE_SHARE[0] - 1e-9 <= share(grid) <= FREE_SHARE[1] + 1e-9]
    return min(inside or grids, key=cost)


def _around(number: float, least: int) -> Iterator[int]:
    yield from sorted({max(least, math.floor(number)), max(least, math.ceil(number))})


def _is_even_metre(beats: int) -> bool:
    return beats < 5 or beats % 2 == 0 or beats % 3 == 0


def beats_per_bar(beats: tuple[int, ...]) -> int:
    """Return 3, 5 or 7 beats per bar where every image then starts with a bar, else 4."""
    each = beats[0]
    if any(b != each for b in beats) or each % 4 == 0 or each < 3:
        return 4
    return next((bar for bar in (3, 5, 7) if each % bar == 0), 4)
