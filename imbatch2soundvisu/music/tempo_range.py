"""Timelines with a musical tempo for any number of images and any length: the beats of an image are chosen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..core import ExactTimeline, FrameRate, Timeline, Timing
from ..core.errors import ConfigError
from . import durations
from .timeline import beats_per_bar, build, sample_rate
from .timeline_request import AGREEMENT, TimelineRequest, check

#: Beats of an image, and of several images that share beats, with what each costs in octaves of tempo.
DIVISIONS = {
    Fraction(1, 8): 0.3, Fraction(1, 6): 0.4, Fraction(1, 4): 0.0, Fraction(1, 3): 0.2, Fraction(1, 2): 0.0,
    Fraction(2, 3): 0.5, Fraction(3, 4): 0.5, Fraction(3, 2): 0.6,
}  # fmt: skip
#: Cost of an image of 3 or 6 beats, of another number that 3 divides, and of 5, 7, 10 ... beats.
TRIPLE, TRIPLES, UNUSUAL = 0.1, 0.15, 0.5
#: From so many images a second on, fewer than four to a beat cost this much.
RAPID_PER_S, RAPID = 3.5, 0.7
#: Cost of all images being a beat longer or shorter than the usual one, relative to the usual one.
UNEVEN = 1.6
#: Cost of a last image that is twice as long; of each further image; and of a last image that is the whole.
LONGER_LAST, MUCH_LONGER_LAST, LAST_SHARE = 0.1, 0.5, 2.0
#: Costs of a last beat that is cut short, and of a whole that ends within a bar.
CUT_SHORT, BROKEN_BAR = 0.1, 0.03
#: Divisions of a beat that a rhythm may have; costs of beats that are divided otherwise, to the nearest frame: of any,
#: and of all.
GRIDS = (1, 2, 3, 4, 6, 8, 12, 16)
ANY_ROUNDED, ROUNDED = 0.1, 0.15
#: Largest relative error of a length that is given as `seconds_per_image`.
ROUNDED_BY = 0.02
#: How much a requested tempo outweighs the rest.
REQUESTED = 8.0


@dataclass(frozen=True)
class Tempi:
    """The tempi from which one is chosen, in beats per minute.

    Parameters
    ----------
    slowest, fastest : float
        The range.
    preferred : float
        The tempo to come near to.
    weight : float
        Cost of an octave from the preferred tempo.
    """

    slowest: float
    fastest: float
    preferred: float
    weight: float = 1.0

    @classmethod
    def around(cls, tempo_bpm: float) -> Tempi:
        """Return the tempi that count as a requested one."""
        return cls(tempo_bpm / AGREEMENT, tempo_bpm * AGREEMENT, tempo_bpm, REQUESTED)

    def has(self, tempo_bpm: float) -> bool:
        """Whether a tempo is in the range."""
        return self.slowest - 1e-6 <= tempo_bpm <= self.fastest + 1e-6

    def cost(self, tempo_bpm: float) -> float:
        """Return the cost of a tempo."""
        return self.weight * abs(math.log2(tempo_bpm / self.preferred))


def in_range(n: int, fps: FrameRate, timing: Timing, tempi: Tempi, tempo_bpm: float | None = None) -> Timeline:
    """Return the timeline of `n` images whose tempo is in a range.

    Without `seconds_per_image` and `total_seconds`, and with `beats_per_image`, that is the timeline of `build`; also
    with `seconds_per_image` where its tempo is in the range and its length within 2 %. Otherwise the length is met to
    the frame, and images have 1, 2, 3, 4 ... beats, or share beats; see `fit`.

    Parameters
    ----------
    n : int
        Number of images.
    fps : int or Fraction
        Frames per second.
    timing : Timing
        How long images last.
    tempi : Tempi
        The range, and the preferred tempo.
    tempo_bpm : float, optional
        The requested tempo; what is within 6 % of it counts as met.

    Raises
    ------
    ConfigError
        If the numbers contradict each other, or images are shorter than a frame.

    Examples
    --------
    >>> grid = in_range(20, 30, Timing(total_seconds=60), Tempi(60, 100, 88))
    >>> grid.tempo_bpm, set(grid.beats), float(grid.seconds)
    (80.0, {4}, 60.0)
    """
    chosen = tempi if tempo_bpm is None else Tempi.around(tempo_bpm)
    free = timing.seconds_per_image is None and timing.total_seconds is None
    if free or timing.beats_per_image is not None:
        return build(n, fps, timing, tempo_bpm=tempo_bpm, preferred_bpm=tempi.preferred)
    weights = durations.validated_weights(timing.weights, n)
    check(
        TimelineRequest(
            n, fps, timing.seconds_per_image, None, timing.total_seconds, weights, tempo_bpm, tempi.preferred
        )
    )
    if timing.total_seconds is None:
        usual = _usual(n, fps, timing, tempo_bpm, tempi)
        asked = n * (timing.seconds_per_image or 0.0)
        if usual is not None and chosen.has(usual.tempo_bpm) and abs(float(usual.seconds) / asked - 1) <= ROUNDED_BY:
            return usual
    total = timing.total_seconds or n * (timing.seconds_per_image or 0.0)
    return fit(n, fps, max(n, round(total * Fraction(fps))), chosen, weights)


def _usual(n: int, fps: FrameRate, timing: Timing, tempo_bpm: float | None, tempi: Tempi) -> Timeline | None:
    """The timeline of `build`; None where images are too short for it."""
    try:
        return build(n, fps, timing, tempo_bpm=tempo_bpm, preferred_bpm=tempi.preferred)
    except ConfigError:
        return None


@dataclass(frozen=True)
class _Candidate:
    """Frames per beat, frames at which each image starts with the end, and what that costs."""

    frames_per_beat: Fraction
    starts: Sequence[int]
    cost: float
    even_beats: int = 4


def fit(n: int, fps: FrameRate, frames: int, tempi: Tempi, weights: tuple[float, ...] | None = None) -> ExactTimeline:
    """Return the timeline of `n` images in exactly `frames` frames whose tempo is in a range and that costs least.

    Three kinds are compared: all images equally long, the last one longer by the frames that remain; images of whole
    beats, some with one more than others, or by their weights; and beats that each begin with an image and are divided
    evenly, to the frame, between several.

    Parameters
    ----------
    n : int
        Number of images, at most `frames`.
    fps : int or Fraction
        Frames per second.
    frames : int
        Of the whole.
    tempi : Tempi
        Where no whole number of frames per beat lies in the range, the nearest one is used.
    weights : tuple of float, optional
        (n,) weights, as in `Timing`; not used where images are shorter than a beat and its divisions by two.
    """
    kinds = [] if weights is None else list(_by_weight(n, fps, frames, tempi, weights))
    kinds = kinds or [
        *_equal(n, fps, frames, tempi), *_whole_beats(n, fps, frames, tempi), *_shared_beats(n, fps, frames, tempi)
    ]  # fmt: skip
    if not kinds:  # the whole is shorter than a beat
        frames_per_beat = Fraction(_frames_in(fps, tempi)[0])
        kinds = [_Candidate(frames_per_beat, _starts(durations.even(n, frames), 1, frames), 0.0)]
    best = min(kinds, key=lambda each: (round(each.cost, 9), each.frames_per_beat))
    exact = best.frames_per_beat
    beats = [Fraction(b - a) / exact for a, b in zip(best.starts[:-1], best.starts[1:], strict=True)]
    plain = tuple(each.numerator if each.denominator == 1 else each for each in beats)
    per_beat = exact.numerator if exact.denominator == 1 else exact
    return ExactTimeline(fps, sample_rate(fps), per_beat, plain, best.even_beats)  # type: ignore[arg-type]


def _tempo(fps: FrameRate, frames_per_beat: Fraction | int) -> float:
    return float(60 * Fraction(fps) / frames_per_beat)


def _frames_in(fps: FrameRate, tempi: Tempi) -> list[int]:
    """Whole frames per beat in the range; the nearest to the preferred tempo where there are none."""
    slow, fast = 60 * float(fps) / tempi.slowest, 60 * float(fps) / tempi.fastest
    inside = list(range(max(1, math.ceil(fast - 1e-9)), math.floor(slow + 1e-9) + 1))
    return inside or [max(1, round(60 * float(fps) / tempi.preferred))]


def _metre(beats: int) -> float:
    """Cost of so many beats for an image."""
    if beats in (1, 2) or beats % 4 == 0:
        return 0.0
    if beats in (3, 6):
        return TRIPLE
    return TRIPLES if beats % 3 == 0 else UNUSUAL if beats < 16 else UNUSUAL / 2


def rapid(n: int, frames: int, fps: FrameRate, images_per_beat: float) -> float:
    """Return the cost of a beat that few of many images in a second share."""
    return RAPID if n * fps > RAPID_PER_S * frames and images_per_beat < 3.5 else 0.0


def _last(rest: int, usual: float, frames: int) -> float:
    """Cost of a last image that is longer than the usual one by `rest` frames."""
    times = rest / usual
    return LONGER_LAST * min(times, 1.0) + MUCH_LONGER_LAST * max(times - 1.0, 0.0) + LAST_SHARE * rest / frames


def _equal(n: int, fps: FrameRate, frames: int, tempi: Tempi) -> Iterator[_Candidate]:
    """Images of the same whole number of frames, with the rest added to the last one."""
    each, rest = divmod(frames, n)
    starts = [*range(0, n * each, each), frames]
    most = math.floor(each * tempi.fastest / (60 * float(fps))) + 1
    counts = {**DIVISIONS, **{Fraction(k): _metre(k) for k in range(1, most + 1)}}
    for beats, cost in counts.items():
        per_beat = each / beats
        if not tempi.has(_tempo(fps, per_beat)):
            continue
        cost += tempi.cost(_tempo(fps, per_beat)) + _last(rest, each, frames) + rapid(n, frames, fps, 1 / float(beats))
        whole = beats.denominator == 1
        bar = beats_per_bar((beats.numerator,)) if whole else 4
        broken = bool(rest) or (n * beats) % bar != 0
        yield _Candidate(per_beat, starts, cost + BROKEN_BAR * broken, bar)


def _whole_beats(n: int, fps: FrameRate, frames: int, tempi: Tempi) -> Iterator[_Candidate]:
    """Images of whole beats, some with one more than others; the last one is longer by less than a beat."""
    for per_beat in _frames_in(fps, tempi):
        total, rest = divmod(frames, per_beat)
        if total < n:
            continue
        beats = durations.even(n, total)
        usual, over = divmod(total, n)
        cost = tempi.cost(_tempo(fps, per_beat)) + _metre(usual + (2 * over > n)) + BROKEN_BAR * (total % 4 != 0)
        if over > 1:
            cost += UNEVEN * min(over, n - over) / n / usual + CUT_SHORT * rest / per_beat
        else:
            cost += _last(over * per_beat + rest, usual * per_beat, frames)
        yield _Candidate(Fraction(per_beat), _starts(beats, per_beat, frames), cost, beats_per_bar(beats))


def _shared_beats(n: int, fps: FrameRate, frames: int, tempi: Tempi) -> Iterator[_Candidate]:
    """More images than beats: every beat begins with one, and is divided between its images."""
    for per_beat in _frames_in(fps, tempi):
        total, rest = divmod(frames, per_beat)
        if total < 1 or n <= total or math.ceil(n / total) > per_beat:
            continue
        counts = durations.even(total, n)
        usual = max(set(counts), key=counts.count)
        cost = tempi.cost(_tempo(fps, per_beat)) + CUT_SHORT * rest / per_beat + BROKEN_BAR * (total % 4 != 0)
        cost += DIVISIONS.get(Fraction(1, usual), UNUSUAL if usual > 1 else 0.0) + rapid(n, frames, fps, n / total)
        grid = next((each for each in GRIDS if each >= max(counts) and per_beat % each == 0), per_beat)
        for units in {grid, per_beat}:
            rounded = sum(units % each != 0 for each in counts) / total if units == per_beat else 0.0
            each = [unit * (per_beat // units) for count in counts for unit in durations.even(count, units)]
            uneven = UNEVEN * sum(abs(one * n - total * per_beat) for one in each) / (n * total * per_beat)
            further = uneven + ANY_ROUNDED * (rounded > 0) + ROUNDED * rounded
            yield _Candidate(Fraction(per_beat), _starts(each, 1, frames), cost + further)


def _by_weight(n: int, fps: FrameRate, frames: int, tempi: Tempi, weights: tuple[float, ...]) -> Iterator[_Candidate]:
    """Images of whole beats, or of whole halves or quarters of beats, by their weights: the best grid, if any."""
    grids = [
        (_weighted_cost(n, fps, frames, tempi, (per_beat, division)), per_beat, division)
        for per_beat in _frames_in(fps, tempi)
        for division in (1, 2, 4)
        if per_beat % division == 0 and frames * division // per_beat >= durations.LEAST_SHARE * n
    ]
    if grids:
        cost, per_beat, division = min(grids)
        unit = per_beat // division
        total = frames // unit
        bar = beats_per_bar(durations.even(n, total)) if division == 1 else 4
        yield _Candidate(Fraction(per_beat), _starts(durations.weighted(total, weights), unit, frames), cost, bar)


def _weighted_cost(n: int, fps: FrameRate, frames: int, tempi: Tempi, grid: tuple[int, int]) -> float:
    per_beat, division = grid
    total, rest = divmod(frames * division, per_beat)
    usual, over = divmod(total, n)
    cost = tempi.cost(_tempo(fps, per_beat)) + UNEVEN * over / n / usual + UNUSUAL * (division > 1)
    cost += CUT_SHORT * rest / per_beat + BROKEN_BAR * (total % (4 * division) != 0)
    return cost + (_metre(usual) if usual >= 2 else UNUSUAL)


def _starts(units: Sequence[int], frames: int, end: int) -> list[int]:
    """Frames at which images of so many units start, then the end, which is that of the whole."""
    found = [0]
    for each in units:
        found.append(found[-1] + each * frames)
    return [*found[:-1], end]
