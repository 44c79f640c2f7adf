"""Images and sound on one integer grid: whole samples a frame, whole frames a beat, whole beats an image."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from .. import config
from ..core import Timeline, Timing
from ..core.errors import ConfigError
from . import durations
from .timeline_request import LEAST_BEAT, Wish, check, check_beat, check_pulse, checked_beats

SAMPLE_RATES = (44_100, 48_000)
#: Beats a minute that feel like music, when nobody asked for a tempo.
TEMPO_RANGE_BPM = (84.0, 132.0)
#: Allowed for UNUSUAL_FRAMES better: the slowest is half the fastest, so that every length is within reach.
WIDER_RANGE_BPM = (72.0, 144.0)
UNUSUAL_FRAMES = 1.0
TEMPO_BPM = 112.0
HIGHEST_FPS = 240
#: How many frames of error an uneven metre (five, seven beats an image) has to save before it is chosen.
ODD_METRE_FRAMES = 1.0
#: The same for images that do not all last alike, times their share.
UNEVEN_FRAMES = 12.0
#: Images are nearly even where the beats that some have more than others are at most this share of all beats.
NEARLY_EVEN = 1 / 8
#: How many frames of error a piece has to save before it ends within a bar.
BROKEN_BAR_FRAMES = 0.5
#: Where nobody asked for a length, images last this share of config.SECONDS_PER_IMAGE, for a better tempo.
FREE_SHARE = (0.85, 1.4)
#: A tempo so near to the preferred one, in octaves, is as good; what lies beyond costs more than the same in length.
NEAR_OCTAVES, TEMPO_WEIGHT = 0.03, 8.0
#: Where the tempo asked for leaves no such length: how much worse too short is than too long.
TOO_SHORT = 3.0
#: Nothing is asked for: the music is free.
FREE = Timing()


def build(
    n: int,
    fps: int,
    pace: Timing | float = FREE,
    *,
    beats_per_image: int | Sequence[int] | None = None,
    tempo_bpm: float | None = None,
    preferred_bpm: float = TEMPO_BPM,
    heard: bool = True,
) -> Timeline:
    """The grid for `n` images.

    fps : frames a second; must divide 44,100 or 48,000. pace : a Timing, or the seconds an image.
    tempo_bpm : beats a minute, snapped to a whole number of frames a beat. preferred_bpm : where there is a choice.
    beats_per_image : instead of the pace's; a sequence gives each image its own, and weights are left aside then.
    heard : whether there is music that counts these beats, so that the tempo they make has to be one.

    What the pace says is met so; of its three numbers one or two may be given:
    seconds_per_image : as nearly as whole beats of a musical tempo allow (84 to 132 beats a minute, 72 to 144 where
    that is nearer), faster only where an image is shorter than one such beat. With beats_per_image the tempo follows.
    total_seconds : to the nearest beat; to the frame where a musical beat divides it and images stay nearly even.
    Some may last a beat longer than others. With beats_per_image, that many on average, and the tempo follows.
    Neither : around config.SECONDS_PER_IMAGE, 0.85 to 1.4 of it, as brings the tempo near the preferred one.
    weights : of a mean of two beats an image or more (see `durations.weighed`), the whole as long as without; below
    that the weightiest have a beat more than the others.

    Raises ConfigError when the numbers contradict each other, or cannot be met on the grid.
    """
    pace = pace if isinstance(pace, Timing) else Timing(seconds_per_image=pace)
    rate, fps = sample_rate(fps), int(fps)
    listed = None if beats_per_image is None or isinstance(beats_per_image, int) else tuple(beats_per_image)
    beats = beats_per_image if isinstance(beats_per_image, int) else pace.beats_per_image
    weights = durations.checked(pace.weights, n) if listed is None else None
    seconds, total = pace.seconds_per_image, pace.total_seconds
    wish = Wish(n, fps, seconds, None if listed else beats, total, weights, tempo_bpm, preferred_bpm)
    check(wish)
    listed = None if listed is None else checked_beats(listed, n)
    if heard and tempo_bpm is None:
        check_pulse(n, beats if listed is None else sum(listed) / n, pace)
    if listed is not None:
        return Timeline(fps, rate, _frames_for(wish, listed), listed, _beats_per_bar(listed))
    frames, whole = _fit(wish)
    each = durations.even(n, whole) if weights is None else durations.weighed(whole, weights)
    return Timeline(fps, rate, frames, each, _beats_per_bar(durations.even(n, whole)))


def sample_rate(fps: int) -> int:
    """44,100 where a frame is then a whole number of samples, else 48,000. Raises ConfigError for other rates."""
    whole = isinstance(fps, int) or float(fps).is_integer()
    if whole and 1 <= fps <= HIGHEST_FPS:
        for rate in SAMPLE_RATES:
            if rate % int(fps) == 0:
                return rate
    valid = [str(f) for f in range(1, 121) if any(rate % f == 0 for rate in SAMPLE_RATES)]
    raise ConfigError(
        f"{fps} frames a second does not divide {' or '.join(f'{r:,}' for r in SAMPLE_RATES)} samples a second, so "
        f"sound and images could drift apart. Choose one of: {', '.join(valid)}"
    )


def _frames_for(wish: Wish, listed: tuple[int, ...]) -> int:
    """Frames a beat when the beats of each image are given: of the tempo asked for, else by the length."""
    if wish.asked_frames is not None:
        return wish.asked_frames
    beats = sum(listed)
    if wish.total is not None:
        return max(1, round(wish.total * wish.fps / beats))
    if wish.seconds is not None:
        return max(1, round(wish.seconds * wish.fps * wish.n / beats))
    return _freely(wish, [(f, beats) for f in _musical_frames(wish.fps)])[0]


def _fit(wish: Wish) -> tuple[int, int]:
    """(frames a beat, beats of the whole) that come nearest to the wish."""
    if wish.total is not None:
        return _fit_total(wish, round(wish.total * wish.fps))
    if wish.seconds is None:
        return _fit_freely(wish)
    if wish.beats is not None:
        return wish.asked_frames or max(1, round(wish.seconds * wish.fps / wish.beats)), wish.beats * wish.n
    check_beat(wish)
    return _fit_each(wish, wish.seconds * wish.fps)


def _musical_frames(fps: int, tempi: tuple[float, float] = TEMPO_RANGE_BPM) -> list[int]:
    """Frames a beat whose tempo is in the range; the nearest one when the frame rate is too coarse to hit it."""
    slow, fast = tempi
    inside = list(range(max(1, math.ceil(60 * fps / fast)), math.floor(60 * fps / slow) + 1))
    return inside or [max(1, round(60 * fps / TEMPO_BPM))]


def _taste(frames: int, wish: Wish) -> float:
    """A cost, in frames: small away from the preferred tempo, to decide between equals; more for unusual ones."""
    tempo = 60 * wish.fps / frames
    unusual = 0.0 if TEMPO_RANGE_BPM[0] <= tempo <= TEMPO_RANGE_BPM[1] else UNUSUAL_FRAMES
    return 0.4 * abs(math.log2(tempo / wish.preferred_bpm)) + unusual


def _fit_each(wish: Wish, wanted: float) -> tuple[int, int]:
    """The nearest to `wanted` frames an image."""
    least = 1 if wish.weights is None else 2
    musical = [f for f in _musical_frames(wish.fps, WIDER_RANGE_BPM) if f <= wanted / least + 0.5]
    candidates = musical if wish.asked_frames is None else [wish.asked_frames]
    if wish.weights is not None and wanted / 2 + 0.5 < min(candidates, default=wanted):
        return _fit_total(wish, round(wanted * wish.n))  # too short for two beats: most have one

    def cost(pair: tuple[int, int]) -> tuple[float, int]:
        frames, beats = pair
        odd = 0.0 if wish.tempo_bpm or _is_even_metre(beats) else ODD_METRE_FRAMES
        return abs(frames * beats - wanted) + odd + _taste(frames, wish), frames

    pairs = ((f, b) for f in candidates or [max(1, round(wanted))] for b in _around(wanted / f, least))
    frames, beats = min(pairs, key=cost)
    return frames, beats * wish.n


def _fit_total(wish: Wish, wanted: int) -> tuple[int, int]:
    """The nearest to `wanted` frames in all. Raises ConfigError where the tempo asked for leaves them out of reach."""

    def cost(pair: tuple[int, int]) -> tuple[bool, float, int]:
        frames, beats = pair
        usual, over = divmod(beats, wish.n)
        fewest = min(over, wish.n - over)
        uneven = UNEVEN_FRAMES * (over if wish.weights else fewest) / wish.n
        odd = 0.0 if wish.beats or _is_even_metre(usual) else ODD_METRE_FRAMES
        broken = 0.0 if beats % 4 == 0 else BROKEN_BAR_FRAMES
        off = frames * beats != wanted or fewest > NEARLY_EVEN * beats
        return off, abs(frames * beats - wanted) + uneven + odd + broken + _taste(frames, wish), frames

    candidates = _frames_within(wish, wanted)
    frames, beats = min(((f, max(wish.fewest, round(wanted / f))) for f in candidates), key=cost)
    short = frames * beats > wanted + frames or wanted < LEAST_BEAT * frames * wish.n
    if wish.total is not None and wish.tempo_bpm is not None and short:
        raise ConfigError(
            f"total_seconds = {wish.total} leaves {wish.n} images less than a beat each at {wish.tempo_bpm:g} beats "
            "a minute: a longer whole, fewer images or a faster tempo would do"
        )
    return frames, beats


def _frames_within(wish: Wish, wanted: int) -> list[int]:
    """Frames a beat to consider, few enough for all beats that there must be."""
    if wish.asked_frames is not None:
        return [wish.asked_frames]
    longest = max(1, wanted // wish.fewest)
    if wish.beats is not None:
        asked = wanted / (wish.n * wish.beats)
        return sorted({min(max(1, f), longest) for f in (math.floor(asked), math.ceil(asked))})
    for most in (wanted / (2 * wish.n) if wish.weights else longest, longest):
        musical = [f for f in _musical_frames(wish.fps, WIDER_RANGE_BPM) if f <= most]
        if musical:
            return musical
    return [longest]


def _fit_freely(wish: Wish) -> tuple[int, int]:
    """A length around config.SECONDS_PER_IMAGE that suits the tempo, where no length is asked for."""
    candidates = _musical_frames(wish.fps, WIDER_RANGE_BPM)
    if wish.asked_frames is not None:
        candidates = [wish.asked_frames]
    usual, least = config.SECONDS_PER_IMAGE * wish.fps, 1 if wish.weights is None else 2
    if wish.beats is not None:
        return _freely(wish, [(f, wish.beats * wish.n) for f in candidates])
    if usual < candidates[0] * least:
        return _fit_each(wish, usual)
    pairs = [(f, b) for f in candidates for b in _around(usual / f, least)]
    usual_metres = [pair for pair in pairs if _is_even_metre(pair[1])]
    return _freely(wish, [(f, b * wish.n) for f, b in usual_metres or pairs])


def _freely(wish: Wish, grids: list[tuple[int, int]]) -> tuple[int, int]:
    """The best of several (frames a beat, beats of the whole): length and tempo, weighed against each other."""

    def stretch(grid: tuple[int, int]) -> float:
        return grid[0] * grid[1] / (wish.n * wish.fps * config.SECONDS_PER_IMAGE)

    def cost(grid: tuple[int, int]) -> tuple[float, int]:
        octaves = abs(math.log2(60 * wish.fps / grid[0] / wish.preferred_bpm))
        tempo = TEMPO_WEIGHT * max(0.0, octaves - NEAR_OCTAVES) ** 2 + 1e-3 * octaves**2
        length = math.log2(stretch(grid))
        return tempo + (length**2 if inside else max(length, -TOO_SHORT * length)), grid[0]

    inside = [grid for grid in grids if FREE_SHARE[0] - 1e-9 <= stretch(grid) <= FREE_SHARE[1] + 1e-9]
    return min(inside or grids, key=cost)


def _around(number: float, least: int) -> Iterator[int]:
    yield from sorted({max(least, math.floor(number)), max(least, math.ceil(number))})


def _is_even_metre(beats: int) -> bool:
    return beats < 5 or beats % 2 == 0 or beats % 3 == 0


def _beats_per_bar(beats: tuple[int, ...]) -> int:
    """A bar that every cut agrees with, where the images allow one: 3, 5 or 7 beats, else 4."""
    each = beats[0]
    if any(b != each for b in beats) or each % 4 == 0 or each < 3:
        return 4
    return next((bar for bar in (3, 5, 7) if each % bar == 0), 4)
