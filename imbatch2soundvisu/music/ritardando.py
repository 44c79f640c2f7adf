"""Tempo that yields: a ritardando before the last image and smaller ones at section ends, all in whole frames.

The last image lasts long enough for the last chord to ring. The curve of a ritardando is that of runners who come to a
stop, which is also that of performances of music [1]_: velocity is a root of a linear function of the place in the
score.

References
----------
.. [1] Friberg and Sundberg, "Does music performance allude to locomotion? A model of final ritardandi derived from
   measurements of stopping runners", Journal of the Acoustical Society of America 105, 1999.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ..core import FrameRate, TempoTimeline, Timeline, Timing
from ..core.errors import ConfigError

#: Least duration of the last image, in seconds, and most of a required total duration.
RING_S, RING_SHARE = 4.2, 0.2
#: In films of short images it is less: a share of what comes before, or so many times as long as the other images.
SHARE_BEFORE, TIMES = 1 / 3, 4.2
#: Most of a required total duration that the end may take from the other images.
MOST_TAKEN = 0.4
#: Exponent of the curve of velocity.
CURVE = 3
#: The most and the fewest beats of the last ritardando, and those of one at a section end.
MOST_BEATS, FEWEST_BEATS, SECTION_BEATS = 4, 2, 2
#: Velocity at the end of the last ritardando at a rubato of 0 and of 1, relative to the usual one.
SLOWEST = (0.85, 0.55)
#: How much slower a section ends at a rubato of 1.
SECTION_SLOWER = 0.3
#: Most that beats of the last image are longer than those before, so that the bar is complete or the chord rings.
HELD = 1.5
#: Most that a long last image is longer than it would be, and that it is longer for the bar to be complete.
LONGER, FULL_BAR = 1.25, 1.3
#: Times that the rest of a total duration is fitted anew.
MAX_ITER = 6


@dataclass(frozen=True)
class Rubato:
    """How much the tempo yields, and where.

    Parameters
    ----------
    amount : float
        [0, 1]; 0 for the timeline of one tempo, without a longer last image.
    section_starts : tuple of int
        Images with which sections begin; before them the tempo yields a little.
    """

    amount: float
    section_starts: tuple[int, ...] = ()


def with_ritardando(
    make: Callable[[Timing], Timeline], fps: FrameRate, timing: Timing, rubato_of: Callable[[Timeline], Rubato]
) -> Timeline:
    """Return a timeline whose tempo yields.

    Where images have a required duration (`seconds_per_image` or `beats_per_image`), those before the last ritardando
    keep it exactly, and the whole is longer; see `ring_s_of`. A required total is met to the frame: the other images
    give the time. Where they cannot, because the total is too short, the timeline is as `make` returns it.

    Parameters
    ----------
    make : callable
        Returns the timeline of one tempo for a timing.
    fps : int or Fraction
    timing : Timing
        The requested one.
    rubato_of : callable
        Returns how much and where a timeline of one tempo yields.
    """
    plain = make(timing)
    free = timing.seconds_per_image is None and timing.beats_per_image is None

    def rubato(timeline: Timeline) -> Rubato:
        found = rubato_of(timeline)
        return found if free else Rubato(found.amount)

    if not rubato(plain).amount:
        return plain
    if timing.total_seconds is None:
        return _slowed(plain, rubato(plain), ring_s_of(plain))
    total = max(len(plain.beats), round(timing.total_seconds * Fraction(fps)))
    ring_s = min(RING_S, RING_SHARE * float(timing.total_seconds))
    taken = _slowed(plain, rubato(plain), ring_s).total_frames - plain.total_frames
    for _ in range(MAX_ITER):
        if len(plain.beats) < 2 or not 0 <= taken <= MOST_TAKEN * total:
            return plain
        try:
            shorter = make(replace(timing, total_seconds=float((total - taken) / Fraction(fps))))
        except ConfigError:
            return plain
        found = slowed(shorter, rubato(shorter), ring_s, total)
        if found is not None:
            return found
        taken += _slowed(shorter, rubato(shorter), ring_s).total_frames - total
    return plain


def ring_s_of(plain: Timeline) -> float:
    """Return the least duration of the last image in seconds, in proportion to the others and to the film.

    Examples
    --------
    >>> [round(ring_s_of(Timeline(30, 44_100, 9, (1,) * n)), 2) for n in (5, 22, 101)]
    [1.26, 2.1, 4.2]
    """
    before = float(plain.start_seconds[-2])
    if not before:
        return RING_S
    return min(RING_S, max(SHARE_BEFORE * before, TIMES * before / (len(plain.beats) - 1)))


def _slowed(plain: Timeline, rubato: Rubato, ring_s: float = RING_S) -> TempoTimeline:
    found = slowed(plain, rubato, ring_s)
    assert found is not None
    return found


def slowed(timeline: Timeline, rubato: Rubato, ring_s: float = RING_S, frames: int = 0) -> TempoTimeline | None:
    """Return a timeline with ritardandi and a longer last image; None where that is not possible in so many frames.

    Parameters
    ----------
    timeline : Timeline
        Without cards.
    rubato : Rubato
        Of an amount above 0.
    ring_s : float
        Least duration of the last image, in seconds.
    frames : int
        Of the whole; 0 for as many as the last image needs.

    Examples
    --------
    >>> grid = slowed(Timeline(30, 44_100, 16, (2,) * 8), Rubato(0.5))
    >>> grid.beat_frames
    (16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, 18, 19, 21, 23, 23, 23, 23, 23, 23)
    """
    starts, amount = _exact_starts(timeline), rubato.amount
    pivot = math.floor(starts[-2])
    edges = [timeline.frame_at(beat) for beat in range(pivot + 1)]
    for beat in _section_beats(starts, rubato.section_starts, pivot):
        ratio = 1 - SECTION_SLOWER * amount
        _slow(edges, beat, SECTION_BEATS, _ratios(SECTION_BEATS, ratio), False)
    count, ratios = _last_beats(timeline, amount, pivot)
    _slow(edges, pivot, count, ratios, True)
    usual = Fraction(timeline.frames_per_beat)
    last = max(edges[-1] - edges[-2], usual / Fraction(_slowest(amount))) if count else usual
    tail = _tail(timeline, starts, pivot, last, ring_s * float(timeline.fps))
    if frames:
        if not 0.9 * sum(tail) <= frames - edges[-1] <= 1.25 * sum(tail):
            return None
        tail = _spread(int(frames - edges[-1]), len(tail))
    before = (b - a for a, b in zip(edges[:-1], edges[1:], strict=True))
    return _on_frames(timeline, starts, (*before, *tail))


def _exact_starts(timeline: Timeline) -> list[Fraction]:
    """(n + 1,) the beat on which each image starts, then the end."""
    found = [Fraction(0)]
    for beats in timeline.beats:
        found.append(found[-1] + beats)
    return found


def _slowest(amount: float) -> float:
    return SLOWEST[0] + amount * (SLOWEST[1] - SLOWEST[0])


def _ratios(count: int, slowest: float) -> list[float]:
    """How much longer than usual each of `count` beats is, down to a relative velocity of `slowest` after them."""
    places = ((j + 0.5) / count for j in range(count))
    return [(1 + (slowest**CURVE - 1) * place) ** (-1 / CURVE) for place in places]


def _last_beats(timeline: Timeline, amount: float, pivot: int) -> tuple[int, list[float]]:
    """How many beats before the last image slow down, and how much: as many as there are frames to give."""
    slowest = _slowest(amount)
    frames = timeline.frames_per_beat * (1 / slowest - 1)
    count = min(MOST_BEATS, max(FEWEST_BEATS, math.floor(frames)), pivot // 2 if pivot > 1 else 0)
    return count, _ratios(count, slowest) if count else []


def _section_beats(starts: Sequence[Fraction], section_starts: Sequence[int], pivot: int) -> list[int]:
    """The beats on which sections begin, except near the start and the end."""
    inside = [starts[image] for image in section_starts if 0 < image < len(starts) - 1]
    clear = MOST_BEATS + SECTION_BEATS
    return [int(beat) for beat in inside if beat.denominator == 1 and clear <= beat <= pivot - clear]


def _slow(edges: list[Fraction], end: int, count: int, ratios: Sequence[float], grows: bool) -> None:
    """Make the `count` beats before beat `end` longer, in place; those after it are later by whole frames.

    They end on whole frames. With `grows`, each is longer than the one before by a frame or more.
    """
    first = end - count
    usual = [edges[beat + 1] - edges[beat] for beat in range(first, end)]
    before = edges[end]
    least = math.floor(usual[0]) if usual else 0
    at = edges[first]
    for k, ratio in enumerate(ratios):
        frames = math.floor(float(usual[k]) * ratio + 0.5)
        least = max(frames, least + 1) if grows else max(frames, math.floor(usual[k]))
        at = Fraction(math.ceil(at) + least)
        edges[first + k + 1] = at
    for beat in range(end + 1, len(edges)):
        edges[beat] += at - before


def _tail(timeline: Timeline, starts: Sequence[Fraction], pivot: int, last: Fraction, ring: float) -> tuple[int, ...]:
    """Frames of each beat from beat `pivot` on, on which the last image starts or in which it does."""
    within = float(starts[-2]) - pivot
    own = max(1, math.ceil(starts[-1] - pivot))
    usual = own * float(timeline.frames_per_beat)
    fewest = max(own, math.ceil(ring / HELD / float(last) + within))
    most = max(fewest, math.floor(FULL_BAR * ring / float(last) + within))
    counts = range(fewest, most + 1)
    full = [k for k in counts if (pivot + k) % timeline.beats_per_bar == 0]
    count = min(full or counts, key=lambda k: (abs((k - within) * last - ring), k))
    longest = max(ring, LONGER * usual) if count == own else math.inf
    frames = max(ring * count / (count - within), min(count * float(last), longest))
    return _spread(math.ceil(frames), count)


def _spread(frames: int, count: int) -> tuple[int, ...]:
    """So many frames over so many beats, as evenly as whole numbers allow, the longer ones first."""
    each, over = divmod(frames, count)
    return tuple(each + (k < over) for k in range(count))


def _on_frames(
    timeline: Timeline, starts: Sequence[Fraction], beat_frames: tuple[int | Fraction, ...]
) -> TempoTimeline:
    """The timeline of these beats; images that begin between two begin on the nearest frame."""
    frames = tuple(int(each) if Fraction(each).denominator == 1 else each for each in beat_frames)
    grid = TempoTimeline.of(timeline, frames, beats=(len(frames),))
    placed = [grid.beat_at(round(grid.frame_at(start))) if start.denominator != 1 else start for start in starts[:-1]]
    edges = [*placed, Fraction(len(frames))]
    beats = [b - a for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return replace(grid, beats=tuple(int(each) if each.denominator == 1 else each for each in beats))
