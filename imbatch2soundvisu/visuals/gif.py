"""Animated GIFs of distinct images: a palette for every frame, error diffusion that compresses well, exact times.

Frames are coded in small batches and written as they come: memory does not grow with their number.
"""

from __future__ import annotations

import itertools
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..core.errors import ConfigError, MakeError
from ..runtime.executors import cores
from ..runtime.files import atomic
from .gif_changes import changes
from .quantization import Coded, coded_change

#: Images, or a callable that returns an iterator from the first image on.
Frames = Iterable[np.ndarray] | Callable[[], Iterable[np.ndarray]]

#: Centiseconds: browsers show shorter frames for a tenth of a second, and the format has 16 bits.
SHORTEST_CS, LONGEST_CS = 2, 65_535


class Step(NamedTuple):
    """A quality: most colours of a palette, error added for smaller files (see `coded`), factor of the size."""

    colours: int
    loss: float
    scale: float


#: Tried in turn until the size limit is met.
STEPS = (
    Step(256, 0.25, 1.0), Step(256, 0.6, 1.0), Step(256, 1.0, 1.0), Step(128, 1.0, 1.0), Step(64, 1.0, 1.0),
    Step(64, 1.0, 0.8), Step(64, 1.0, 0.65), Step(48, 1.0, 0.5), Step(32, 1.0, 0.4), Step(32, 1.0, 0.3),
    Step(16, 1.0, 0.2), Step(8, 1.0, 0.12),
)  # fmt: skip
_KEEP = 0x04  # disposal: leave the frame in place
_BATCH = 8  # frames that are coded in parallel
_SAMPLE = 10  # frames that predict the size of the file
_MARGIN = 1.03  # of that prediction


@dataclass(frozen=True)
class GifReport:
    """Size, duration and reductions of a written GIF.

    Parameters
    ----------
    frames : int
        Number of frames.
    bytes : int
        Size of the file.
    seconds : float
        Total duration as written.
    colours : int
        Colours of each palette, at most.
    loss : float
        Error that was added for a smaller file; see `quantization.coded`.
    scale : float
        Factor of the requested size, in (0, 1].
    gifsicle : bool
        Whether gifsicle compressed the file further.
    """

    frames: int
    bytes: int
    seconds: float
    colours: int
    loss: float
    scale: float
    gifsicle: bool = False


def write_gif(
    path: Path,
    frames: Frames,
    durations_s: Sequence[float],
    *,
    max_bytes: int | None = None,
    loop: bool = True,
    gifsicle: bool = False,
    fuzz: float = 0.0,
) -> GifReport:
    """Write an animated GIF, one frame for each duration.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    frames : iterable of ndarray of shape (h, w, 3), or a callable that returns one
        uint8 sRGB images of one size. With `max_bytes` they are read several times: give a sequence or a callable.
    durations_s : sequence of float
        Seconds each frame is shown, from 0.02 to 655.35. Rounded to centiseconds so that every cut is within 5 ms of
        its time and the total is the rounded total.
    max_bytes : int, optional
        First accuracy and colours, then the size are reduced until the file is no larger; the report says how far.
    loop : bool
        Repeat for ever.
    gifsicle : bool
        Compress the file further, without loss, where the program gifsicle is installed.
    fuzz : float
        From 0 to 100, in percent of the distance of black and white: pixels that differ less from what is shown
        already stay as they are, so that the file is smaller.

    Returns
    -------
    GifReport
        Frames, size, duration, and what was reduced.

    Raises
    ------
    ConfigError
        For durations or sizes outside the limits of the format.
    ValueError
        If the numbers of frames and durations differ, or frames differ in size.
    TypeError
        If `max_bytes` is given with frames that can be read only once.
    MakeError
        If the file is larger than `max_bytes` even with the fewest colours and the smallest size.

    References
    ----------
    Graphics Interchange Format, version 89a, CompuServe 1990.
    """
    delays = centiseconds(durations_s)
    if max_bytes is not None and isinstance(frames, Iterator):
        raise TypeError("max_bytes needs frames that can be read again: a sequence, or a callable giving an iterator")
    program = shutil.which("gifsicle") if gifsicle else None
    with atomic(path) as partial:
        for step in _steps(frames, len(delays), max_bytes, fuzz):
            complete = _write(partial, _coded(_start(frames), step, fuzz), delays, loop, None if program else max_bytes)
            if program:
                _compress(program, partial)
            size = partial.stat().st_size
            if complete and (max_bytes is None or size <= max_bytes):
                return GifReport(len(delays), size, sum(delays) / 100, *step, gifsicle=program is not None)
        raise MakeError(
            f"a GIF of {len(delays)} frames does not fit into {max_bytes} bytes, even at {STEPS[-1].scale:.0%} of its "
            f"size with {STEPS[-1].colours} colours; allow more bytes, or use fewer images"
        )


def centiseconds(durations_s: Sequence[float]) -> list[int]:
    """Return durations in whole centiseconds; their running sums are the rounded running sums of `durations_s`.

    Raises
    ------
    ConfigError
        If there are none, or one is shorter or longer than the format allows.

    Examples
    --------
    >>> centiseconds([1 / 3, 1 / 3, 1 / 3])
    [33, 34, 33]
    """
    ends = np.floor(np.cumsum(np.asarray(durations_s, dtype=np.float64)) * 100 + 0.5 + 1e-9).astype(np.int64)
    delays = np.diff(ends, prepend=0).tolist()
    if not delays:
        raise ConfigError("a GIF needs at least one frame")
    if min(delays) < SHORTEST_CS or max(delays) > LONGEST_CS:
        raise ConfigError(
            f"a GIF frame lasts from {SHORTEST_CS / 100} to {LONGEST_CS / 100} seconds, "
            f"not {min(delays) / 100} to {max(delays) / 100}"
        )
    return delays


def _start(frames: Frames) -> Iterator[np.ndarray]:
    return iter(frames() if callable(frames) else frames)


def _steps(frames: Frames, count: int, max_bytes: int | None, fuzz: float) -> Iterator[Step]:
    """Yield the steps that a sample of the frames predicts to fit."""
    if max_bytes is None:
        yield STEPS[0]
        return
    chosen = set(np.linspace(0, count - 1, min(_SAMPLE, count)).round().astype(int).tolist())
    sample = [frame for i, frame in enumerate(itertools.islice(_start(frames), count)) if i in chosen]
    for step in STEPS:
        blocks = [len(_block(image)) for image in _coded(iter(sample), step, fuzz)]
        if not blocks or np.mean(blocks) * count <= max_bytes * _MARGIN:
            yield step


def _write(
    path: Path,
    images: Iterator[Coded],
    delays: Sequence[int],
    loop: bool,
    max_bytes: int | None,
) -> bool:
    """Write a GIF; return False as soon as it is larger than `max_bytes`."""
    written = 0
    with open(path, "wb") as file:
        for image in images:
            if written == len(delays):
                raise ValueError(f"there are more frames than the {len(delays)} durations")
            if written == 0:
                file.write(_head(*image.size, loop))
            flags, index = (_KEEP, 0) if image.transparent is None else (_KEEP | 1, image.transparent)
            file.write(struct.pack("<3sBHBB", b"!\xf9\x04", flags, delays[written], index, 0))
            file.write(_block(image))
            written += 1
            if max_bytes is not None and file.tell() >= max_bytes:
                return False
        file.write(b";")
    if written != len(delays):
        raise ValueError(f"there are {written} frames for {len(delays)} durations")
    return True


def _head(width: int, height: int, loop: bool) -> bytes:
    if not (0 < width < 65_536 and 0 < height < 65_536):
        raise ConfigError(f"a GIF is at most 65535 pixels wide and high, not {width} × {height}")
    repeat = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" if loop else b""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0) + repeat


def _block(image: Coded) -> bytes:
    """Return image descriptor, local palette and compressed data of one frame."""
    descriptor = b"," + struct.pack("<HHHHB", *image.corner, *image.size, 0x80 | (image.root_bits - 1))
    table = image.palette.tobytes().ljust(3 << image.root_bits, b"\0")
    parts = [image.codes[i : i + 255] for i in range(0, len(image.codes), 255)]
    return descriptor + table + bytes([image.root_bits]) + b"".join(bytes([len(p)]) + p for p in parts) + b"\0"


def _compress(program: str, path: Path) -> None:
    command = [program, "-O3", "--no-warnings", "--batch", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise MakeError(f"gifsicle failed: {result.stderr.strip()}")


def _coded(frames: Iterator[np.ndarray], step: Step, fuzz: float) -> Iterator[Coded]:
    """Yield what changes from frame to frame, coded in parallel."""
    parts = changes(_of_one_size(frames, step.scale), fuzz)
    with ThreadPoolExecutor(min(_BATCH, cores()), thread_name_prefix="gif") as pool:
        while batch := list(itertools.islice(parts, _BATCH)):
            yield from pool.map(
                lambda part: coded_change(part.rgb, part.same, part.corner, step.colours, step.loss), batch
            )


def _of_one_size(frames: Iterator[np.ndarray], scale: float) -> Iterator[np.ndarray]:
    """Yield the frames in another size. Raises ValueError when they differ in size."""
    first: tuple[int, ...] = ()
    for frame in frames:
        first = first or frame.shape
        if frame.shape != first:
            raise ValueError(f"frames differ in size: {sorted({frame.shape, first})}")
        yield _scaled(frame, scale)


def _scaled(frame: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1.0:
        return frame
    import cv2

    height, width = frame.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
