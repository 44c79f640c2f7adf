"""A video as a collection: some of its frames, as images in the cache."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import config
from ..config import Settings
from ..core import Progress, silent
from ..core.errors import CollectionError, I2SError, UnwritableError, reason_of
from ..runtime.ownership import WrittenFiles

if TYPE_CHECKING:
    import av
    from PIL import Image

_QUALITY = 95


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
    frames = folder / f"{digest}-{step.name}"
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

    recorded = path.stat().st_mtime
    with av.open(str(path), metadata_errors="replace") as container:
        if not container.streams.video:
            raise CollectionError(f"{path}: it has no video stream")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        expected, taken, due = _expected(stream, step), 0, Fraction(0)
        try:
            for number, frame in enumerate(container.decode(stream)):
                moment = Fraction(frame.pts or 0) * (frame.time_base or 0) if frame.pts is not None else due
                if (number % step.every if step.every else moment < due) and taken:
                    continue
                due = max(due + step.seconds, moment) if taken else moment + step.seconds
                _save(frame, folder / f"{path.stem[:80]} {float(moment):010.3f}s.jpg", recorded + float(moment))
                taken += 1
                progress("frames", taken, max(taken, expected))
        except I2SError:
            raise
        except Exception as error:
            if not taken or type(error) is MemoryError:
                raise
        return taken


def _expected(stream: Any, step: _Step) -> int:
    length = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    return max(1, int(length / float(step.seconds))) if length else 0


def _save(frame: av.VideoFrame, target: Path, moment: float) -> None:
    image: Image.Image = frame.to_image()
    turn = int(getattr(frame, "rotation", 0) or 0) % 360
    if turn:
        image = image.rotate(turn, expand=True)
    try:
        image.save(target, quality=_QUALITY, subsampling=0)
        os.utime(target, (moment, moment))
    except OSError as error:
        if error.errno is None:
            raise
        raise UnwritableError(f"{target}: {error.strerror}") from error
