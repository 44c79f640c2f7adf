"""Fades of a film from and to a colour, of the picture and of the sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...core import Timeline
from . import yuv
from .dressing import Dressing
from .film_text import Fade
from .schedule import Shot


def faded(film: Iterator[Shot], dressing: Dressing, timeline: Timeline, size: tuple[int, int]) -> Iterator[Shot]:
    """Yield the shots of a film, those within a fade frame by frame.

    Parameters
    ----------
    film : iterator of Shot
        The film without fades.
    dressing : Dressing
        Its fades.
    timeline : Timeline
        Frame rate and length.
    size : (int, int)
        Width and height of the frames in pixels.
    """
    if dressing.fade_in is None and dressing.fade_out is None:
        yield from film
        return
    total = timeline.total_frames
    opens, closes = _lengths(dressing, float(timeline.fps), total)
    colours = [_plain(fade, size) for fade in (dressing.fade_in, dressing.fade_out)]
    for shot in film:
        end = shot.start + shot.length
        for number in range(shot.start, min(opens, end)):
            yield _mixed(shot, number, colours[0], number / opens)
        first, last = max(shot.start, opens), min(end, total - closes)
        if first < last:
            yield replace(shot, start=first, length=last - first, key=shot.key and first == shot.start)
        for number in range(max(total - closes, shot.start), end):
            yield _mixed(shot, number, colours[1], (total - 1 - number) / closes)


def gain(dressing: Dressing, start: int, stop: int, total: int, rate: int) -> np.ndarray | None:
    """Return the gain of samples `start` to `stop` of `total`, (stop - start, 1) float32; None where it is 1."""
    opens, closes = _lengths(dressing, rate, total)
    if start >= opens and stop <= total - closes:
        return None
    at = np.arange(start, stop, dtype=np.float64)
    rise = _rise(at / opens) if opens else np.ones(len(at))
    fall = _rise((total - 1 - at) / closes) if closes else np.ones(len(at))
    return (rise * fall).astype(np.float32)[:, None]


def _lengths(dressing: Dressing, rate: float, total: int) -> tuple[int, int]:
    """Frames or samples of both fades, each at most half of the film."""
    fades = dressing.fade_in, dressing.fade_out
    opens, closes = (0 if fade is None else min(round(fade.seconds * rate), total // 2) for fade in fades)
    return opens, closes


def _plain(fade: Fade | None, size: tuple[int, int]) -> np.ndarray:
    rgb = (0, 0, 0) if fade is None else fade.rgb
    return yuv.to_planar(np.full((size[1], size[0], 3), rgb, np.uint8))


def _mixed(shot: Shot, number: int, colour: np.ndarray, share: float) -> Shot:
    """One frame of a shot, `share` of its way from a colour."""
    planar = yuv.blend(colour, shot.planar, float(_rise(share)))
    return replace(shot, planar=planar, start=number, length=1, key=shot.key and number == shot.start)


def _rise(share: Any) -> Any:
    """A raised cosine from 0 to 1, as the music's fades have."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0, 1))
