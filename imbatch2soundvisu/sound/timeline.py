"""Pictures and sound on one integer grid: whole samples a frame, whole frames a beat, whole beats a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from .. import config
from ..errors import WishError
from ..records import Pace, Timeline

SAMPLE_RATES = (44_100, 48_000)
#: Beats a minute that feel like music, when nobody asked for a tempo.
TEMPO_RANGE_BPM = (84.0, 132.0)
#: Allowed for UNUSUAL_FRAMES better: the slowest is half the fastest, so that every length is within reach.
WIDER_RANGE_BPM = (72.0, 144.0)
UNUSUAL_FRAMES = 1.0
TEMPO_BPM = 112.0
HIGHEST_FPS = 240
#: How many frames of error an uneven metre (five, seven beats a picture) has to save before it is chosen.
ODD_METRE_FRAMES = 1.0


def build(
    n: int,
    fps: int,
    pace: Pace | float = 1.0,
    *,
    beats_per_image: int | Sequence[int] | None = None,
    tempo_bpm: float | None = None,
    preferred_bpm: float = TEMPO_BPM,
) -> Timeline:
    """The grid for `n` pictures.

    fps : frames a second; must divide 44,100 or 48,000. seconds_per_image : how long a picture should stay; met as
    nearly as whole beats of a musical tempo allow (84 to 132 beats a minute, 72 to 144 where that is nearer), faster
    only where a picture is shorter than one such beat. beats_per_image : the same number of beats for all, or one for
    each. tempo_bpm : beats a minute, snapped to a whole number of frames a beat. total_seconds : length of the whole,
    to the nearest beat; overrules `seconds_per_image`. preferred_bpm : decides between tempi that fit equally well.

    Raises WishError when the numbers cannot be met on the grid.
    """
    pace = pace if isinstance(pace, Pace) else Pace(seconds_per_image=pace)
    seconds_per_image, total_seconds = pace.seconds_per_image or config.SECONDS_PER_IMAGE, pace.total_seconds
    beats_per_image = pace.beats_per_image if beats_per_image is None else beats_per_image
    rate = sample_rate(fps)
    _check(n, fps, seconds_per_image, tempo_bpm, total_seconds)
    beats = _given_beats(n, beats_per_image)
    if beats is not None:
        frames = _frames_for(beats, fps, seconds_per_image, tempo_bpm, total_seconds)
    elif total_seconds is not None:
        frames, beats = _fit_total(n, fps, total_seconds, tempo_bpm, preferred_bpm)
    else:
        frames, each = _fit_each(fps, seconds_per_image, tempo_bpm, preferred_bpm)
        beats = (each,) * n
    return Timeline(fps, rate, frames, beats, _beats_per_bar(beats))


def sample_rate(fps: int) -> int:
    """44,100 where a frame is then a whole number of samples, else 48,000. Raises WishError for other rates."""
    whole = isinstance(fps, int) or float(fps).is_integer()
    if whole and 1 <= fps <= HIGHEST_FPS:
        for rate in SAMPLE_RATES:
            if rate % int(fps) == 0:
                return rate
    valid = [str(f) for f in range(1, 121) if any(rate % f == 0 for rate in SAMPLE_RATES)]
    raise WishError(
        f"{fps} frames a second does not divide {' or '.join(f'{r:,}' for r in SAMPLE_RATES)} samples a second, so "
        f"sound and pictures could drift apart. Choose one of: {', '.join(valid)}"
    )


def _check(n: int, fps: int, seconds: float, tempo_bpm: float | None, total: float | None) -> None:
    if n < 1:
        raise WishError(f"a timeline needs at least one picture, not {n}")
    if not (math.isfinite(seconds) and seconds * fps >= 0.5):
        raise WishError(f"seconds_per_image = {seconds} is shorter than a frame (1/{fps} s)")
    if tempo_bpm is not None and not (math.isfinite(tempo_bpm) and 0 < tempo_bpm <= 60 * fps):
        raise WishError(f"tempo_bpm = {tempo_bpm} must lie above 0 and at or below {60 * fps} at {fps} frames a second")
    if total is not None and not (math.isfinite(total) and total * fps >= n):
        raise WishError(f"total_seconds = {total} leaves {n} pictures less than a frame each at {fps} frames a second")


def _given_beats(n: int, beats: int | Sequence[int] | None) -> tuple[int, ...] | None:
    if beats is None:
        return None
    each = (beats,) * n if isinstance(beats, int) else tuple(int(b) for b in beats)
    if len(each) != n:
        raise WishError(f"beats_per_image has {len(each)} numbers for {n} pictures: give one number, or {n}")
    if min(each) < 1:
        raise WishError(f"beats_per_image must be whole numbers from 1, not {min(each)}")
    return each


def _frames_for(beats: tuple[int, ...], fps: int, seconds: float, tempo_bpm: float | None, total: float | None) -> int:
    """Frames a beat when the beats are given: the tempo asked for, else the one that meets the length."""
    if tempo_bpm is not None:
        return max(1, round(60 * fps / tempo_bpm))
    if total is not None:
        return max(1, round(total * fps / sum(beats)))
    wanted = seconds * fps * len(beats) / sum(beats)
    candidates = _musical_frames(fps)
    return min(max(round(wanted), candidates[0]), candidates[-1])


def _musical_frames(fps: int, tempi: tuple[float, float] = TEMPO_RANGE_BPM) -> list[int]:
    """Frames a beat whose tempo is in the range; the nearest one when the frame rate is too coarse to hit it."""
    slow, fast = tempi
    inside = list(range(max(1, math.ceil(60 * fps / fast)), math.floor(60 * fps / slow) + 1))
    return inside or [max(1, round(60 * fps / TEMPO_BPM))]


def _candidates(fps: int, longest: float, tempo_bpm: float | None) -> list[int]:
    """Frames a beat to consider, none longer than `longest` frames (a picture lasts at least a beat)."""
    if tempo_bpm is not None:
        return [max(1, round(60 * fps / tempo_bpm))]
    musical = [f for f in _musical_frames(fps, WIDER_RANGE_BPM) if f <= longest + 0.5]
    return musical or [max(1, round(longest))]


def _taste(frames: int, fps: int, preferred_bpm: float) -> float:
    """A cost, in frames: small away from the preferred tempo, to decide between equals; more for unusual ones."""
    tempo = 60 * fps / frames
    unusual = 0.0 if TEMPO_RANGE_BPM[0] <= tempo <= TEMPO_RANGE_BPM[1] else UNUSUAL_FRAMES
    return 0.4 * abs(math.log2(tempo / preferred_bpm)) + unusual


def _fit_each(fps: int, seconds: float, tempo_bpm: float | None, preferred_bpm: float) -> tuple[int, int]:
    """(frames a beat, beats a picture) nearest to `seconds` a picture."""
    wanted = seconds * fps

    def cost(pair: tuple[int, int]) -> tuple[float, int]:
        frames, beats = pair
        odd = 0.0 if tempo_bpm or _is_even_metre(beats) else ODD_METRE_FRAMES
        return abs(frames * beats - wanted) + odd + _taste(frames, fps, preferred_bpm), frames

    pairs = ((f, b) for f in _candidates(fps, wanted, tempo_bpm) for b in _around(wanted / f, 1))
    return min(pairs, key=cost)


def _fit_total(
    n: int, fps: int, total: float, tempo_bpm: float | None, preferred_bpm: float
) -> tuple[int, tuple[int, ...]]:
    """(frames a beat, beats of each picture) nearest to `total` seconds in all, as evenly as that allows."""
    wanted = total * fps

    def cost(pair: tuple[int, int]) -> tuple[float, int]:
        frames, beats = pair
        uneven = 0.0 if beats % n == 0 else ODD_METRE_FRAMES
        return abs(frames * beats - wanted) + uneven + _taste(frames, fps, preferred_bpm), frames

    frames, beats = min(
        ((f, b) for f in _candidates(fps, wanted / n, tempo_bpm) for b in _around(wanted / f, n)), key=cost
    )
    edges = [i * beats // n for i in range(n + 1)]
    return frames, tuple(b - a for a, b in zip(edges[:-1], edges[1:], strict=True))


def _around(number: float, least: int) -> Iterable[int]:
    return sorted({max(least, math.floor(number)), max(least, math.ceil(number))})


def _is_even_metre(beats: int) -> bool:
    return beats < 5 or beats % 2 == 0 or beats % 3 == 0


def _beats_per_bar(beats: tuple[int, ...]) -> int:
    """A bar that every cut agrees with, where the pictures allow one: 3, 5 or 7 beats, else 4."""
    each = beats[0]
    if any(b != each for b in beats) or each % 4 == 0 or each < 3:
        return 4
    return next((bar for bar in (3, 5, 7) if each % bar == 0), 4)
