"""Timelines in a given metre: images last bars, halves of bars, or groups of beats, so that cuts are on accents."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ..core import ExactTimeline, FrameRate, Metre, Timeline, Timing, frame_rate
from ..core.errors import ConfigError
from . import durations
from .tempo_range import BROKEN_BAR, DIVISIONS, LAST_SHARE, LONGER_LAST, ROUNDED_BY, Tempi, rapid
from .timeline import build, sample_rate

#: Range of seconds per image, as a share of the default, where no duration is required.
NEAR_SHARE = (0.75, 1.5)
#: Most bars of an image.
MOST_BARS = 8
#: Costs, in octaves of tempo: of images that last groups of unequal length; of single beats; of an octave between the
#: duration of an image and the default.
UNEQUAL, SINGLE, LENGTH = 0.08, 0.12, 0.1
#: Images of any number of beats have fewer than this; the parts of a beat that images may share.
MOST_BEATS, PARTS = 33, tuple(Fraction(1, each) for each in (2, 3, 4, 6, 8))
#: Cost, in octaves of tempo, of each further image until one begins with a bar again.
OFF_BAR = 0.1
#: The last image is at most so many times as long as the mean of the others.
LONGEST_LAST = 2.0


def patterns(metre: Metre) -> list[tuple[int, ...]]:
    """Return the beats of consecutive images that fit a metre, to be repeated: those of one image, or of several.

    Examples
    --------
    >>> from ..core import METRES
    >>> patterns(METRES["5/4"])[:4], patterns(METRES["6/8"])[:3]
    ([(1,), (3, 2), (5,), (10,)], [(1,), (2,), (4,)])
    """
    bar, groups = metre.beats_per_bar, metre.groups
    found: list[tuple[int, ...]] = [(1,)] if metre.pulse == 1 else []
    if len(set(groups)) == 1:
        found += [groups[:1]] if len(groups) > 1 else []
    else:
        found += [(groups[0], bar - groups[0])] + ([groups] if len(groups) > 2 else [])
    return found + [(bar * bars,) for bars in range(1, MOST_BARS + 1)]


def in_metre(
    n: int,
    fps: FrameRate,
    timing: Timing,
    tempi: Tempi,
    metre: Metre,
    tempo_bpm: float | None = None,
    any_beats: bool = False,
) -> Timeline | None:
    """Return the timeline of `n` images in a metre, None where the timing does not allow it at these tempi.

    Parameters
    ----------
    n : int
        Number of images.
    fps : int or Fraction
        Frames per second.
    timing : Timing
        How long images last.
    tempi : Tempi
        The range, and the preferred tempo, in beats of the metre.
    metre : Metre
    tempo_bpm : float, optional
        The requested tempo; what is within 6 % of it counts as met.
    any_beats : bool, default False
        Whether images may also last another number of beats than `patterns`, or an even part of one.

    Raises
    ------
    ConfigError
        If the numbers contradict each other.

    Examples
    --------
    >>> from ..core import METRES
    >>> grid = in_metre(8, 30, Timing(), Tempi(96, 160, 140), METRES["3/4"])
    >>> set(grid.beats), round(grid.tempo_bpm), grid.metre.name
    ({3}, 138, '3/4')
    """
    fps, chosen = frame_rate(fps), tempi if tempo_bpm is None else Tempi.around(tempo_bpm)
    weights = durations.validated_weights(timing.weights, n)
    if timing.beats_per_image is not None:
        built = _of_given_beats(n, fps, timing, chosen, metre, tempo_bpm)
        return built if built is None or any_beats or _is_usual(built, timing, chosen, metre) else None
    usable = [each for each in patterns(metre) if weights is None or (len(each) == 1 and each[0] > 1)]
    seconds = timing.total_seconds or n * (timing.seconds_per_image or any_beats * timing.default_seconds)
    found: Timeline | None
    if seconds:
        even: list[int | Fraction] = [each[0] for each in usable if len(each) == 1]
        if any_beats:
            even = [*range(2 if weights else 1, MOST_BEATS), *([] if weights else _parts(metre))]
        divisible = weights is not None  # weights divide images into single beats
        frames = round(seconds * Fraction(fps))
        if timing.total_seconds is None and abs(n * round(frames / n) / frames - 1) <= ROUNDED_BY:
            frames = n * round(frames / n)
        found = _of_length(n, fps, frames, chosen, metre, even, divisible)
        if found is not None and timing.total_seconds is None:
            found = _plain(found)
    else:
        found = _free(n, fps, timing, chosen, metre, usable)
    if found is None or weights is None:
        return found
    usual = found.beats[0]
    beats = durations.weighted(n * usual, weights)
    return replace(found, beats=(*beats[:-1], beats[-1] + found.beats[-1] - usual))


def fits(metre: Metre, beats: int) -> bool:
    """Return whether images of so many beats fit a metre: they are whole bars, or divide one evenly."""
    return beats % metre.beats_per_bar == 0 or metre.beats_per_bar % beats == 0


def counted_in(timeline: Timeline, metre: Metre) -> Timeline:
    """Return a timeline with its beats counted in a metre."""
    return replace(timeline, beats_per_bar=metre.beats_per_bar, signature=metre.name)


def _of_given_beats(
    n: int, fps: FrameRate, timing: Timing, tempi: Tempi, metre: Metre, tempo_bpm: float | None
) -> Timeline | None:
    """The timeline of images of `timing.beats_per_image`, which sets the tempo where the length is also given."""
    beats = timing.beats_per_image
    if type(beats) is not int or beats < 1:
        return None
    if timing.seconds_per_image is None and timing.total_seconds is None and tempo_bpm is None:
        frames = min(_whole_frames(fps, tempi), key=lambda each: (tempi.cost(_tempo(fps, each)), each), default=None)
        tempo_bpm = None if frames is None else _tempo(fps, frames)
    return counted_in(build(n, fps, timing, tempo_bpm=tempo_bpm, preferred_bpm=tempi.preferred), metre)


def _is_usual(built: Timeline, timing: Timing, tempi: Tempi, metre: Metre) -> bool:
    """Whether images last the given beats, which fit the metre, at a tempo of the range."""
    beats = timing.beats_per_image or 1
    return fits(metre, beats) and set(built.beats) == {beats} and tempi.has(built.tempo_bpm)


def _parts(metre: Metre) -> list[Fraction]:
    """Even parts of a beat, those of the metre first."""
    return [each for each in PARTS if metre.division == 2 or each.denominator % 3 == 0]


def _plain(timeline: Timeline) -> Timeline:
    """The same timeline without fractions, if it has none."""
    values = (timeline.frames_per_beat, *timeline.beats)
    if not all(isinstance(each, int) for each in values):
        return timeline
    fps, rate, bar = timeline.fps, timeline.sample_rate, timeline.beats_per_bar
    return Timeline(fps, rate, timeline.frames_per_beat, timeline.beats, bar, signature=timeline.signature)


def _tempo(fps: FrameRate, frames: Fraction | int) -> float:
    return float(60 * Fraction(fps) / frames)


def _whole_frames(fps: FrameRate, tempi: Tempi) -> list[int]:
    """Whole frames per beat whose tempo is in the range."""
    fewest, most = 60 * float(fps) / tempi.fastest, 60 * float(fps) / tempi.slowest
    return list(range(max(1, math.ceil(fewest - 1e-9)), math.floor(most + 1e-9) + 1))


def _repeated(pattern: tuple[int, ...], n: int) -> tuple[int, ...]:
    return tuple(itertools.islice(itertools.cycle(pattern), n))


def _pattern_cost(pattern: tuple[int, ...], metre: Metre) -> float:
    return UNEQUAL if len(set(pattern)) > 1 else SINGLE if pattern == (1,) and metre.beats_per_bar % 2 else 0.0


def _beats_cost(beats: int | Fraction, metre: Metre) -> float:
    """The cost of images of so many beats."""
    if isinstance(beats, Fraction):
        return DIVISIONS[beats] if metre.division == 2 or beats.denominator % 3 else 0.0
    further = 0 if fits(metre, beats) else metre.beats_per_bar // math.gcd(beats, metre.beats_per_bar) - 1
    return _pattern_cost((beats,), metre) + OFF_BAR * further


def _free(
    n: int, fps: FrameRate, timing: Timing, tempi: Tempi, metre: Metre, usable: list[tuple[int, ...]]
) -> Timeline | None:
    """The timeline whose tempo lies among the possible ones where the preferred tempo lies in the range."""
    grids: dict[int, list[tuple[float, tuple[int, ...]]]] = {}
    for frames, pattern in itertools.product(_whole_frames(fps, tempi), usable):
        share = sum(pattern) * frames / (len(pattern) * float(fps) * timing.default_seconds)
        if NEAR_SHARE[0] - 1e-9 <= share <= NEAR_SHARE[1] + 1e-9:
            cost = LENGTH * abs(math.log2(share)) + _pattern_cost(pattern, metre)
            grids.setdefault(frames, []).append((cost, pattern))
    if not grids:
        return None
    fast, slow = min(grids), max(grids)
    range_octaves = math.log2(tempi.fastest / tempi.slowest)
    place = math.log2(tempi.preferred / tempi.slowest) / range_octaves if range_octaves else 0.5
    wanted = slow * (fast / slow) ** min(max(place, 0.0), 1.0)
    frames = min(grids, key=lambda each: (abs(math.log2(each / wanted)), each))
    beats = _repeated(min(grids[frames])[1], n)
    return Timeline(fps, sample_rate(fps), frames, beats, metre.beats_per_bar, signature=metre.name)


def _of_length(
    n: int,
    fps: FrameRate,
    frames: int,
    tempi: Tempi,
    metre: Metre,
    beats_of_images: Sequence[int | Fraction],
    divisible: bool,
) -> ExactTimeline | None:
    """The timeline of exactly so many frames that costs least; its last image is longer by the frames that remain.

    Where images are `divisible`, every beat has whole frames.
    """
    if frames < n:
        raise ConfigError(f"{frames} frames leave {n} images less than a frame each: use a longer duration")
    found: list[tuple[float, Fraction, int | Fraction]] = []
    for beats in beats_of_images:
        per_beat = Fraction(frames // (n * beats)) if divisible else frames // n / Fraction(beats)
        rest = frames - n * beats * per_beat
        if not per_beat or not tempi.has(_tempo(fps, per_beat)) or rest > (LONGEST_LAST - 1) * beats * per_beat:
            continue
        cost = LONGER_LAST * float(rest / (beats * per_beat)) + LAST_SHARE * float(rest / frames)
        cost += BROKEN_BAR * bool(rest) + tempi.cost(_tempo(fps, per_beat)) + _beats_cost(beats, metre)
        cost += rapid(n, frames, fps, 1 / float(beats)) if beats < 1 else 0.0
        found.append((round(cost, 9), per_beat, beats))
    if not found:
        return None
    _, per_beat, usual = min(found)
    last = Fraction(frames - (n - 1) * usual * per_beat) / per_beat
    plain = (*(usual,) * (n - 1), last.numerator if last.denominator == 1 else last)
    exact = per_beat.numerator if per_beat.denominator == 1 else per_beat
    return ExactTimeline(fps, sample_rate(fps), exact, plain, metre.beats_per_bar, signature=metre.name)
