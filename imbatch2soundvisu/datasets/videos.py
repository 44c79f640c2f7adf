"""A video as a collection: some of its frames, as images in the cache."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import config
from ..config import Settings
from ..core import Collection, Progress, silent
from ..core.errors import CollectionError, I2SError, UnwritableError, reason_of
from ..runtime.ownership import WrittenFiles
from .dates import date_taken
from .video_pictures import picture

if TYPE_CHECKING:
    import av

_QUALITY = 95
_USUAL_RATE = 25  # frames a second, where a video does not say it
_LONGEST_STEM = 120  # bytes
_KIND = 2  # of the frames in a cache; the next one when they are made otherwise
_MOMENT = re.compile(r" (\d+\.\d{3})s\.jpg$")


def is_video(path: Path, settings: Settings | None = None) -> bool:
    """Return whether the name of a file has the ending of a video (VIDEO_EXTENSIONS)."""
    settings = config.resolve() if settings is None else settings
    return path.suffix.lower() in settings.video_extensions


def video_frames(
    path: Path,
    folder: Path,
    per_second: float | None = None,
    every: int | None = None,
    progress: Progress = silent,
    settings: Settings | None = None,
) -> Path:
    """Write frames of a video as JPEG files, unless they are there already.

    Parameters
    ----------
    path : Path
        The video.
    folder : Path
        A folder of the cache; the frames are written to a folder inside it.
    per_second : float, optional
        Frames taken from each second; VIDEO_FRAMES_PER_SECOND when None.
    every : int, optional
        Instead, every n-th frame; VIDEO_EVERY_NTH when None.
    progress : Progress
        Called as `progress("frames", done, expected)`.
    settings : Settings, optional
        Defaults; `config.resolve()` when None.

    Returns
    -------
    Path
        The folder of the frames. Their names contain their times, so that sorted names are in the order of the video.

    Raises
    ------
    CollectionError
        If the file cannot be read as a video, or `per_second` or `every` is invalid.
    """
    step = _Step.of(per_second, every, config.resolve() if settings is None else settings)
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
    frames = folder / f"{digest}-{step.name}-{_KIND}"
    if frames.is_dir():
        return frames
    try:
        with WrittenFiles(folder).making_folder(frames) as partial:
            if not _extract(path, partial, step, progress):
                raise CollectionError(f"{path}: no frame of it can be read")
    except I2SError:
        raise
    except Exception as error:
        if type(error) is MemoryError:  # not a subclass: that of FFmpeg stands for a damaged size
            raise
        if not frames.is_dir():  # else another run was faster
            raise CollectionError(f"{path}: cannot be read as a video ({reason_of(error)})") from error
    return frames


def dated(collection: Collection, video: Path) -> Collection:
    """Return a collection of frames with dates: that of the video, by its name or its file, and the time in it."""
    start, source = date_taken(video, None)
    if start is None:
        return collection
    records = (
        replace(record, taken=_later(start, _MOMENT.search(record.name)), taken_from=source) for record in collection
    )
    return replace(collection, records=tuple(records))


def _later(start: datetime, moment: re.Match[str] | None) -> datetime:
    return start + timedelta(seconds=float(moment[1])) if moment else start


@dataclass(frozen=True)
class _Step:
    """Which frames are taken: every n-th, or `rate` of each second."""

    every: int | None
    rate: float

    @classmethod
    def of(cls, per_second: float | None, every: int | None, settings: Settings) -> _Step:
        if every is not None and per_second is not None:
            raise CollectionError("give either every= or per_second=, not both")
        if every is None and per_second is None:
            every = settings.video_every_nth
        rate = settings.video_frames_per_second if per_second is None else per_second
        if (every is not None and every < 1) or rate <= 0:
            raise CollectionError("every= and per_second= must be above 0")
        return cls(every, rate)

    @property
    def name(self) -> str:
        return f"every-{self.every}" if self.every else f"{self.rate:g}-a-second"

    @property
    def seconds(self) -> Fraction:
        return Fraction(1) / Fraction(self.rate).limit_denominator(1000)


def _extract(path: Path, folder: Path, step: _Step, progress: Progress) -> int:
    """Write the frames; returns their number. Damage after the first frame ends the video there."""
    import av

    with av.open(str(path), metadata_errors="replace") as container:
        if not container.streams.video:
            raise CollectionError(f"{path}: it has no video stream")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        expected, taken, aspect, stem = _expected(stream, step), 0, stream.sample_aspect_ratio, _short(path.stem)
        try:
            for moment, frame in _chosen(_timed(container.decode(stream), stream), step):
                _save(picture(frame, aspect), folder / f"{stem} {float(moment):010.3f}s.jpg")
                taken += 1
                progress("frames", taken, max(taken, expected))
        except I2SError:
            raise
        except Exception as error:
            if not taken or type(error) is MemoryError:
                raise
        return taken


def _timed(frames: Iterable[av.VideoFrame], stream: Any) -> Iterator[tuple[Fraction, Fraction, av.VideoFrame]]:
    """(moment, length of a frame, frame), in seconds from the first; frames without time stamps are evenly spaced."""
    length = 1 / Fraction(stream.guessed_rate or stream.average_rate or _USUAL_RATE)
    first, moment = None, -length
    for frame in frames:
        stamp = frame.pts if frame.pts is not None else frame.dts
        if stamp is None or not frame.time_base:
            moment += length
        else:
            moment = Fraction(stamp) * frame.time_base
        first = moment if first is None else first
        yield moment - first, length, frame


def _chosen(
    frames: Iterable[tuple[Fraction, Fraction, av.VideoFrame]], step: _Step
) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """Every n-th frame, or one a step.

    A frame that is late by less than its length is on the grid of steps. After a gap the grid begins again, so that the
    next one is a step later.
    """
    due = Fraction(0)
    for number, (moment, length, frame) in enumerate(frames):
        if step.every:
            if number % step.every == 0:
                yield moment, frame
        elif moment >= due:
            due = (due if moment - due < length else moment) + step.seconds
            yield moment, frame


def _expected(stream: Any, step: _Step) -> int:
    if step.every and stream.frames:
        return max(1, -(-stream.frames // step.every))
    length = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    return max(1, int(length / float(step.seconds))) if length else 0


def _short(stem: str) -> str:
    """The beginning of a name, so that names made from it are below the limit of file systems."""
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem


def _save(pixels: np.ndarray, target: Path) -> None:
    from PIL import Image

    try:
        Image.fromarray(pixels).save(target, quality=_QUALITY, subsampling=0)
    except OSError as error:
        if error.errno is None:
            raise
        raise UnwritableError(f"{target}: {error.strerror}") from error
