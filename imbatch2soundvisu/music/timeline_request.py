"""What is asked of a timeline, checked before any of it is made."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..core import Timing
from ..core.errors import ConfigError
from . import durations

#: How far the tempo of a style may lie from that of the beats and seconds an image that are asked for.
AGREEMENT = 1.06
#: Beats a minute below which nobody hears a beat any more.
SLOWEST_BPM = 20.0
#: An image is rounded up to a beat where it is at least this share of one.
LEAST_BEAT = 0.75


class TempoTooSlow(ConfigError):
    """Beats and a length make a tempo that is none."""


@dataclass(frozen=True)
class Wish:
    """What is asked for, checked. weights: None where all are alike."""

    n: int
    fps: int
    seconds: float | None
    beats: int | None
    total: float | None
    weights: tuple[float, ...] | None
    tempo_bpm: float | None
    preferred_bpm: float

    @property
    def asked_frames(self) -> int | None:
        """Frames a beat of the tempo asked for."""
        return None if self.tempo_bpm is None else max(1, round(60 * self.fps / self.tempo_bpm))

    @property
    def fewest(self) -> int:
        """Beats of the whole: an image has one at least, and some have more where they are to differ."""
        return self.n if self.weights is None else math.ceil(durations.LEAST_SHARE * self.n)


def check(wish: Wish) -> None:
    """Raise ConfigError for what cannot be."""
    if wish.n < 1:
        raise ConfigError(f"a timeline needs at least one image, not {wish.n}")
    fps, beats, tempo = wish.fps, wish.beats, wish.tempo_bpm
    if wish.seconds is not None and not (math.isfinite(wish.seconds) and wish.seconds * fps >= 0.5):
        raise ConfigError(f"seconds_per_image = {wish.seconds} is shorter than a frame (1/{fps} s)")
    if beats is not None and (not isinstance(beats, int) or isinstance(beats, bool) or beats < 1):
        raise ConfigError(f"beats_per_image = {beats!r} must be a whole number from 1")
    if tempo is not None and not (math.isfinite(tempo) and 0 < tempo <= 60 * fps):
        raise ConfigError(f"tempo_bpm = {tempo} must lie above 0 and at or below {60 * fps} at {fps} frames a second")
    if wish.total is not None and not (math.isfinite(wish.total) and wish.total * fps >= wish.n):
        raise ConfigError(
            f"total_seconds = {wish.total} leaves {wish.n} images less than a frame each at {fps} frames a second"
        )
    _check_together(wish)


def _check_together(wish: Wish) -> None:
    """Raise ConfigError for numbers that make sense alone, but not with each other."""
    seconds, beats, total, tempo = wish.seconds, wish.beats, wish.total, wish.tempo_bpm
    if seconds is not None and total is not None:
        raise ConfigError("seconds_per_image and total_seconds both say how long images last: give one of them")
    if beats is not None and total is not None and tempo is not None:
        raise ConfigError(
            f"beats_per_image = {beats} and total_seconds = {total} make a tempo of their own, and the music wants "
            f"{tempo:g} beats a minute: leave one of the three to follow"
        )
    if beats is not None and seconds is not None:
        if seconds * wish.fps < 0.5 * beats:
            raise ConfigError(f"seconds_per_image = {seconds} is less than a frame for each of {beats} beats")
        made = 60 * beats / seconds
        if tempo is not None and not 1 / AGREEMENT <= made / tempo <= AGREEMENT:
            raise ConfigError(
                f"beats_per_image = {beats} and seconds_per_image = {seconds:g} make {made:g} beats a minute, and the "
                f"music wants {tempo:g}: leave one of the three to follow"
            )
    if beats == 1 and wish.weights is not None:
        raise ConfigError("beats_per_image = 1 leaves no beat to give to weightier images: use 2, or an even cutting")


def check_pulse(n: int, beats: float | None, pace: Timing) -> None:
    """Raise TempoTooSlow where so many beats for each of `n` images, and the length that is asked for, are no tempo."""
    for name, images in (("seconds_per_image", 1), ("total_seconds", n)):
        asked = getattr(pace, name)
        if beats is not None and asked is not None and 60 * beats * images < SLOWEST_BPM * asked:
            raise TempoTooSlow(
                f"beats_per_image = {beats:g} and {name} = {asked:g} make {60 * beats * images / asked:.2g} beats a "
                f"minute; music wants {SLOWEST_BPM:g} or more: more beats an image, or leave them out"
            )


def check_beat(wish: Wish) -> None:
    """Raise ConfigError where images are to be much shorter than a beat of the tempo asked for."""
    seconds, tempo = wish.seconds, wish.tempo_bpm
    if seconds is not None and tempo is not None and seconds * tempo < 60 * LEAST_BEAT:
        raise ConfigError(
            f"seconds_per_image = {seconds:g} is less than a beat of the {tempo:g} a minute that the music wants, "
            f"{60 / tempo:.2g} s: longer images or a faster tempo would do, or leave one of them to follow"
        )


def checked_beats(listed: tuple[int, ...], n: int) -> tuple[int, ...]:
    """The beats of each image. Raises ConfigError unless they are n whole numbers from 1."""
    if len(listed) != n:
        raise ConfigError(f"beats_per_image has {len(listed)} numbers for {n} images: give one number, or {n}")
    for beats in listed:
        if int(beats) != beats or beats < 1:
            raise ConfigError(f"beats_per_image must be whole numbers from 1, not {beats}")
    return listed
