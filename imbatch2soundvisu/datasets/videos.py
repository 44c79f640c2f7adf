"""A video as a collection: some of its frames, as images in the cache."""

from __future__ import annotations

import hashlib
import os
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

from .. import config
from ..core import Progress, silent
from ..core.errors import CollectionError, I2SError, UnwritableError, words
from ..runtime.ownership import WrittenFiles

_QUALITY = 95


def is_video(path: Path) -> bool:
    """Whether a file is called like a video. Its content decides when it is opened."""
    return path.suffix.lower() in config.VIDEO_EXTENSIONS


def video_frames(
    path: Path, cache: Path, per_second: float | None = None, every: int | None = None, progress: Progress = silent
) -> Path:
    """Extract frames of a video into a folder of the cache, once, and return that folder.

    per_second : frames taken from each second of film; every : instead, every n-th frame. Frames are named by the
    time they are shown at, so that their order by name is the order of the film.
    Raises CollectionError when it cannot be read as a video, or when the wish is not positive.
    """
    if every is not None and per_second is not None:
        raise CollectionError("take either `every` n-th frame or so many `per_second`, not both")
    every = config.VIDEO_EVERY_NTH if every is None and per_second is None else every
    rate = config.VIDEO_FRAMES_PER_SECOND if per_second is None else per_second
    if (every is not None and every < 1) or rate <= 0:
        raise CollectionError("`every` and `per_second` must be positive")
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
    folder = cache / f"{digest}-{f'every-{every}' if every else f'{rate:g}-a-second'}"
    if folder.is_dir():
        return folder
    try:
        with WrittenFiles(cache).making_folder(folder) as partial:
            taken = _extract(path, partial, Fraction(1) / Fraction(rate).limit_denominator(1000), every, progress)
            if not taken:
                raise CollectionError(f"{path}: no frame of it can be read")
    except I2SError:
        raise
    except Exception as error:
        if type(error) is MemoryError:  # FFmpeg's own is a damaged size
            raise
        if not folder.is_dir():  # else another run was faster
            raise CollectionError(f"{path}: cannot be read as a video ({words(error)})") from error
    return folder


def _extract(path: Path, folder: Path, step: Fraction, every: int | None, progress: Progress) -> int:
    recorded = path.stat().st_mtime
    with av.open(str(path), metadata_errors="replace") as container:
        if not container.streams.video:
            raise CollectionError(f"{path}: it has no images")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        length = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        expected = max(1, int(length / float(step))) if length else 0
        taken, due = 0, Fraction(0)
        try:
            for number, frame in enumerate(container.decode(stream)):
                moment = Fraction(frame.pts or 0) * (frame.time_base or 0) if frame.pts is not None else due
                if (number % every if every else moment < due) and taken:
                    continue
                due = max(due + step, moment) if taken else moment + step
                _save(frame, folder / f"{path.stem[:80]} {float(moment):010.3f}s.jpg", recorded + float(moment))
                taken += 1
                progress("frames", taken, max(taken, expected))
        except I2SError:
            raise
        except Exception as error:  # damaged from here on: what came before stays
            if not taken or type(error) is MemoryError:
                raise
        return taken


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
