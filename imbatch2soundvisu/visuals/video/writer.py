"""MP4 films with sound: cuts are exact to the frame, images are decoded one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Unpack

import numpy as np

from ...core import Audio, ImageRecord, Progress, Timeline, silent
from ...core.errors import MakeError
from ...runtime.files import atomic
from . import yuv
from .encoder import Mp4Encoder
from .fades import faded
from .options import VideoKeywords, VideoOptions
from .schedule import Shot, shots


@dataclass(frozen=True)
class VideoReport:
    """Duration and size of a written film.

    Parameters
    ----------
    frames : int
        Frames at the timeline's rate, also with a variable frame rate.
    seconds : float
        Duration.
    bytes : int
        Size of the file.
    size : (int, int)
        Width and height in pixels.
    """

    frames: int
    seconds: float
    bytes: int
    size: tuple[int, int]


def write_mp4(
    path: Path,
    records: Sequence[ImageRecord],
    timeline: Timeline,
    audio: Audio | None = None,
    *,
    progress: Progress = silent,
    **keywords: Unpack[VideoKeywords],
) -> VideoReport:
    """Write images on a timeline as MP4: H.264 (yuv420p, BT.709), AAC at 192 kb/s, index at the front.

    Image i is shown from frame `timeline.start_frames[i]`, which is a key frame.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    records : sequence of ImageRecord
        The images, one for each entry of `timeline.beats`.
    timeline : Timeline
        Frame rate, sample rate and durations.
    audio : Audio, optional
        Samples of shape (timeline.total_samples, 2) at `timeline.sample_rate`.
    progress : callable
        Receives ("video", images done, images in total).
    **keywords
        `size`, `fit`, `background`, `transition`, `motion`, `variable_frame_rate`, `title`, `dressing`, `tags`,
        `faces`, `steady`: see `VideoOptions`.

    Returns
    -------
    VideoReport
        Frames, duration and size.

    Raises
    ------
    ImageError
        With the image's name, if it cannot be read.
    TypeError
        For an option that `VideoOptions` does not have.
    ValueError
        If images, sound and timeline do not match.
    ConfigError
        If the size is out of range, or a transition, motion or fit is unknown.
    OSError, MakeError
        If the file cannot be written or encoded. No file is left then.
    """
    options = VideoOptions(**keywords).resolved()
    _check(records, timeline, audio)
    shown, grid = options.dressing.slots(records, timeline)
    film = faded(shots(shown, grid, options, progress), options.dressing, grid, options.frame_size)
    with atomic(path) as partial:
        _encode(partial, path, timeline, audio, options, film)
        written = partial.stat().st_size
    return VideoReport(timeline.total_frames, float(timeline.seconds), written, options.frame_size)


def write_frames(
    path: Path,
    frames: Iterable[np.ndarray],
    timeline: Timeline,
    audio: Audio | None = None,
    *,
    progress: Progress = silent,
    **keywords: Unpack[VideoKeywords],
) -> VideoReport:
    """Write frames that are drawn one by one as MP4, coded as `write_mp4` does.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    frames : iterable of ndarray of shape (h, w, 3)
        uint8, sRGB, of `size`: `timeline.total_frames` of them. An array may be used again for the next frame.
    timeline : Timeline
        Frame rate and sample rate; each of its images begins with a key frame.
    audio : Audio, optional
        Samples of shape (timeline.total_samples, 2) at `timeline.sample_rate`.
    progress : callable
        Receives ("video", frames done, frames in total).
    **keywords
        `size`, `title`, `tags`: see `VideoOptions`.

    Raises
    ------
    ValueError
        If the number of frames or the sound does not match the timeline.
    OSError, MakeError
        If the file cannot be written or encoded. No file is left then.
    """
    options = replace(VideoOptions(**keywords), moving=True).resolved()
    _check_audio(timeline, audio)
    with atomic(path) as partial:
        _encode(partial, path, timeline, audio, options, _frame_shots(frames, timeline, progress))
        written = partial.stat().st_size
    return VideoReport(timeline.total_frames, float(timeline.seconds), written, options.frame_size)


def _frame_shots(frames: Iterable[np.ndarray], timeline: Timeline, progress: Progress) -> Iterator[Shot]:
    cuts, total, number = set(timeline.start_frames.tolist()), timeline.total_frames, 0
    for number, rgb in enumerate(frames, 1):
        yield Shot(yuv.to_planar(rgb), number - 1, 1, number - 1 in cuts)
        progress("video", number, total)
    if number != total:
        raise ValueError(f"{number} frames on a timeline of {total}")


def _encode(
    partial: Path, path: Path, timeline: Timeline, audio: Audio | None, options: VideoOptions, film: Iterable[Shot]
) -> None:
    import av

    try:
        with Mp4Encoder(partial, timeline, audio, options) as encoder:
            for shot in film:
                encoder.add(shot)
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise MakeError(f"{path.name} cannot be encoded: {error}") from error


def _check(records: Sequence[ImageRecord], timeline: Timeline, audio: Audio | None) -> None:
    if not records or len(records) != len(timeline.beats):
        raise ValueError(f"{len(records)} images on a timeline for {len(timeline.beats)}")
    starts = timeline.start_frames.tolist()
    if any(end <= start for start, end in pairwise(starts)):
        raise ValueError("an image must last at least one frame")
    _check_audio(timeline, audio)


def _check_audio(timeline: Timeline, audio: Audio | None) -> None:
    if audio is not None and audio.sample_rate != timeline.sample_rate:
        raise ValueError(f"sound at {audio.sample_rate} samples a second on a timeline at {timeline.sample_rate}")
    if audio is not None and audio.samples.shape != (timeline.total_samples, 2):
        raise ValueError(f"sound of shape {audio.samples.shape}, expected ({timeline.total_samples}, 2)")
