"""The request for a timeline, and the checks that it can be met."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..core import FrameRate, Timing, rate_text
from ..core.errors import ConfigError
from . import durations

#: Largest ratio between the tempo of a style and the tempo that beats and seconds per image give.
AGREEMENT = 1.06
#: Slowest tempo, in beats per minute, that is perceived as a beat.
SLOWEST_BPM = 20.0
#: Images are rounded up to one beat when they last at least this share of it.
LEAST_BEAT = 0.75


class TempoTooSlow(ConfigError):
    """The beats and the duration that were given make a tempo below SLOWEST_BPM."""


@dataclass(frozen=True)
class TimelineRequest:
    """What a timeline has to meet.

    Parameters
    ----------
    n : int
        Number of images.
    fps : int
        Frames per second.
    seconds, beats, total, weights
        As `Timing.seconds_per_image`, `beats_per_image`, `total_seconds` and `weights`; weights are None where all
        are equal.
    tempo_bpm : float or None
        The tempo that is required.
    preferred_bpm : float
        The tempo to come near to where there is a choice.
    default_seconds : float
        As `Timing.default_seconds`.
    """

    n: int
    fps: FrameRate
    seconds: float | None
    beats: int | None
    total: float | None
    weights: tuple[float, ...] | None
    tempo_bpm: float | None
    preferred_bpm: float
    default_seconds: float = 1.0

    @property
    def required_frames(self) -> int | None:
        """Frames per beat of the required tempo."""
        return None if self.tempo_bpm is None else max(1, round(60 * self.fps / self.tempo_bpm))

    @property
    def fewest_beats(self) -> int:
        """Fewest beats of the whole: at least one per image, more where weights are to make a difference."""
        return self.n if self.weights is None else math.ceil(durations.LEAST_SHARE * self.n)


def check(request: TimelineRequest) -> None:
    """Raise ConfigError for values that are out of range, or that contradict each other."""
    if request.n < 1:
        raise ConfigError(f"a timeline needs at least one image, not {request.n}")
    fps, beats, tempo = request.fps, request.beats, request.tempo_bpm
    if request.seconds is not None and not (math.isfinite(request.seconds) and request.seconds * fps >= 0.5):
        raise ConfigError(f"seconds_per_image = {request.seconds} is shorter than a frame (1/{rate_text(fps)} s)")
    if beats is not None and (not isinstance(beats, int) or isinstance(beats, bool) or beats < 1):
        raise ConfigError(f"beats_per_image = {beats!r} must be a whole number from 1")
    if tempo is not None and not (math.isfinite(tempo) and 0 < tempo <= 60 * fps):
        raise ConfigError(
            f"tempo_bpm = {tempo} must lie above 0 and at or below {float(60 * fps):g} at {rate_text(fps)} "
            "frames per second"
        )
    if request.total is not None and not (math.isfinite(request.total) and request.total * fps >= request.n):
        raise ConfigError(
            f"total_seconds = {request.total} leaves {request.n} images less than a frame each at {rate_text(fps)} "
            "frames per second"
        )
    _check_total(request)
    _check_beats_and_seconds(request)


def _check_total(request: TimelineRequest) -> None:
    beats, total, tempo = request.beats, request.total, request.tempo_bpm
    if request.seconds is not None and total is not None:
        raise ConfigError("seconds_per_image and total_seconds both set how long images last: give one of them")
    if beats is not None and total is not None and tempo is not None:
        raise ConfigError(
            f"beats_per_image = {beats} and total_seconds = {total} already give a tempo, and the music requires "
            f"{tempo:g} beats per minute: leave out one of the three"
        )


def _check_beats_and_seconds(request: TimelineRequest) -> None:
    beats, seconds, tempo = request.beats, request.seconds, request.tempo_bpm
    if beats is not None and seconds is not None:
        if seconds * request.fps < 0.5 * beats:
            raise ConfigError(f"seconds_per_image = {seconds} is less than a frame for each of {beats} beats")
        resulting = 60 * beats / seconds
        if tempo is not None and not 1 / AGREEMENT <= resulting / tempo <= AGREEMENT:
            raise ConfigError(
                f"beats_per_image = {beats} and seconds_per_image = {seconds:g} make {resulting:g} beats per minute, "
                f"and the music requires {tempo:g}: leave out one of the three"
            )
    if beats == 1 and request.weights is not None:
        raise ConfigError(
            "beats_per_image = 1 leaves no beat to give to images with higher weights: use 2, or equal durations"
        )


def check_tempo(n: int, beats: float | None, timing: Timing) -> None:
    """Raise TempoTooSlow where `beats` per image and the duration in `timing` make fewer than SLOWEST_BPM.

    Parameters
    ----------
    n : int
        Number of images.
    beats : float or None
        Beats per image, on average; None: nothing is checked.
    timing : Timing
        With `seconds_per_image` or `total_seconds`.
    """
    for name, images in (("seconds_per_image", 1), ("total_seconds", n)):
        seconds = getattr(timing, name)
        if beats is not None and seconds is not None and 60 * beats * images < SLOWEST_BPM * seconds:
            raise TempoTooSlow(
                f"beats_per_image = {beats:g} and {name} = {seconds:g} make {60 * beats * images / seconds:.2g} beats "
                f"per minute; music needs {SLOWEST_BPM:g} or more: use more beats per image, or leave them out"
            )


def check_one_beat(request: TimelineRequest) -> None:
    """Raise ConfigError where images are to be much shorter than one beat of the required tempo."""
    seconds, tempo = request.seconds, request.tempo_bpm
    if seconds is not None and tempo is not None and seconds * tempo < 60 * LEAST_BEAT:
        raise ConfigError(
            f"seconds_per_image = {seconds:g} is shorter than one beat ({60 / tempo:.2f} s) of the {tempo:g} beats per "
            "minute that the music requires: use longer images or a faster tempo, or leave out one of them"
        )


def validated_beats(beats: tuple[int, ...], n: int) -> tuple[int, ...]:
    """Return the beats of each image. Raises ConfigError unless they are `n` whole numbers from 1."""
    if len(beats) != n:
        raise ConfigError(f"beats_per_image has {len(beats)} numbers for {n} images: give one number, or {n}")
    for each in beats:
        if int(each) != each or each < 1:
            raise ConfigError(f"beats_per_image must be whole numbers from 1, not {each}")
    return beats
