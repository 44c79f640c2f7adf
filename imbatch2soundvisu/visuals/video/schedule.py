"""The schedule of a film: which image is shown in which frame, alone or blended with the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from ...core import ImageRecord, Progress, Timeline
from . import yuv
from .canvases import Canvas, blended, canvas_of
from .cards import CardFrame
from .effects import Transition
from .options import VideoOptions

#: What has a place on the timeline of a film.
Shown = ImageRecord | CardFrame


@dataclass(frozen=True)
class Span:
    """When an image is shown, in frames from the start of the film; ends are excluded.

    The image is visible from `start` to `end`, and alone from `solo_start` to `solo_end`. Its cut is at `cut`.
    """

    start: int
    cut: int
    solo_start: int
    solo_end: int
    end: int


@dataclass(frozen=True)
class Shot:
    """A planar image that is shown from frame `start` for `length` frames; `key` makes it a key frame."""

    planar: np.ndarray
    start: int
    length: int
    key: bool


def spans(timeline: Timeline, transition: Transition) -> list[Span]:
    """Return when each image is shown. Transitions are centred on the cuts and take at most half of an image.

    Examples
    --------
    >>> from imbatch2soundvisu.visuals.video import Cut
    >>> spans(Timeline(30, 44_100, 10, (1, 2)), Cut())[1]
    Span(start=10, cut=10, solo_start=10, solo_end=30, end=30)
    """
    starts = timeline.start_frames.tolist()
    lengths = np.diff(starts).tolist()
    half = transition.frames(timeline.fps) // 2
    halves = [0, *(min(half, a // 2, b // 2) for a, b in zip(lengths, lengths[1:], strict=False)), 0]
    return [
        Span(starts[i] - halves[i], starts[i], starts[i] + halves[i], end - halves[i + 1], end + halves[i + 1])
        for i, end in enumerate(starts[1:])
    ]


def shots(records: Sequence[Shown], timeline: Timeline, options: VideoOptions, progress: Progress) -> Iterator[Shot]:
    """Yield what is shown, in order and without gaps. The next image is decoded while this one is encoded."""
    transition = options.resolved_transition
    schedule = spans(timeline, transition)
    canvases = _canvases(records, schedule, options, float(timeline.fps))
    current = next(canvases)
    for i, span in enumerate(schedule):
        yield from _solo(current, span)
        if i + 1 < len(schedule):
            following = next(canvases)
            for number in range(span.solo_end, span.end):
                position = (number - span.solo_end + 0.5) / (span.end - span.solo_end)
                between = blended(current, following, number, position, transition)
                yield Shot(between, number, 1, number == schedule[i + 1].cut)
            current = following
        progress("video", i + 1, len(schedule))


def _solo(canvas: Canvas, span: Span) -> Iterator[Shot]:
    if span.solo_end <= span.solo_start:
        return
    if canvas.view is None:
        yield Shot(canvas.at(span.solo_start), span.solo_start, span.solo_end - span.solo_start, True)
    else:
        for number in range(span.solo_start, span.solo_end):
            yield Shot(canvas.at(number), number, 1, number == span.cut)


def _canvases(
    records: Sequence[Shown], schedule: Sequence[Span], options: VideoOptions, fps: float
) -> Iterator[Canvas]:
    def prepared(i: int) -> Canvas:
        return _dressed(records, i, schedule[i], options, (schedule[i].end - schedule[i].start) / fps)

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode") as pool:
        ahead: Future[Canvas] = pool.submit(prepared, 0)
        for i in range(len(records)):
            ready = ahead.result()
            if i + 1 < len(records):
                ahead = pool.submit(prepared, i + 1)
            yield ready


def _dressed(records: Sequence[Shown], i: int, span: Span, options: VideoOptions, seconds: float) -> Canvas:
    """A card, or an image with its caption and the watermark."""
    shown, size = records[i], options.frame_size
    if isinstance(shown, CardFrame):
        assert options.background is not None
        return Canvas(yuv.to_planar(shown.drawn(size, options.background)), size, span.start, span.end)
    image = i - isinstance(records[0], CardFrame)
    canvas = canvas_of(shown, (span.start, span.end), options, image, seconds)
    return replace(canvas, mark=options.dressing.mark(size), caption=options.dressing.caption(image, size))
