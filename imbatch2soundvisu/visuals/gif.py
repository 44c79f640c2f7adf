"""Animated GIFs of distinct images: a palette for every frame, error diffusion that compresses well, exact times.

Frames are dithered a few at a time and written as they come: memory does not grow with their number.
"""

from __future__ import annotations

import io
import itertools
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..core.errors import ConfigError, MakeError
from ..runtime.files import atomic

#: Either images, or a function that starts again from the first image.
Frames = Iterable[np.ndarray] | Callable[[], Iterable[np.ndarray]]

#: Centiseconds: browsers play anything faster as a tenth of a second, and the format has 16 bits.
SHORTEST_CS, LONGEST_CS = 2, 65_535
#: (colours, scale) tried in turn until the size limit is met.
STEPS = (
    (256, 1.0), (192, 1.0), (128, 1.0), (80, 1.0), (64, 0.8), (48, 0.65), (48, 0.5), (32, 0.4), (32, 0.3), (16, 0.2),
    (8, 0.12),
)  # fmt: skip
_KEEP = 0x04  # disposal: leave the frame in place
_BATCH = 8
_BITS = 5
_STRENGTH = 0.85
_SAMPLE = 10


@dataclass(frozen=True)
class GifReport:
    """frames: how many; bytes: of the file; seconds: total duration as written; scale: of the wished size, (0, 1];
    colours: of each palette at most; gifsicle: whether it was squeezed further."""

    frames: int
    bytes: int
    seconds: float
    scale: float
    colours: int
    gifsicle: bool = False


def write_gif(
    path: Path,
    frames: Frames,
    durations_s: Sequence[float],
    *,
    max_bytes: int | None = None,
    loop: bool = True,
    gifsicle: bool = False,
) -> GifReport:
    """Write an animated GIF, one frame for each duration.

    frames : (h, w, 3) uint8 sRGB images of one size. A one-shot iterator is enough without `max_bytes`; with it,
    give a sequence or a function that returns a new iterator, because several passes are made.
    durations_s : seconds each frame stays. They are rounded to centiseconds so that every cut is within 5 ms of its
    place and the total is the rounded total.
    max_bytes : fewer colours, then a smaller size, are taken until the file fits; the report says which.
    gifsicle : let the `gifsicle` program squeeze the file without loss, where it is installed.
    Raises ConfigError for times a GIF cannot hold, ValueError when frames and durations do not match, MakeError when
    not even the smallest step fits.
    """
    delays = centiseconds(durations_s)
    if max_bytes is not None and isinstance(frames, Iterator):
        raise TypeError("max_bytes needs frames that can be read again: a sequence, or a function giving an iterator")
    program = shutil.which("gifsicle") if gifsicle else None
    with atomic(path) as partial:
        for colours, scale in _steps(frames, len(delays), max_bytes):
            whole = _write(partial, _start(frames), delays, colours, scale, loop, None if program else max_bytes)
            if program:
                _squeeze(program, partial)
            size = partial.stat().st_size
            if whole and (max_bytes is None or size <= max_bytes):
                return GifReport(len(delays), size, sum(delays) / 100, scale, colours, program is not None)
        raise MakeError(f"a GIF of {len(delays)} frames does not fit into {max_bytes} bytes, however small")


def centiseconds(durations_s: Sequence[float]) -> list[int]:
    """Durations in seconds as whole centiseconds whose running sums are the rounded running sums.

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


def _steps(frames: Frames, count: int, max_bytes: int | None) -> Iterator[tuple[int, float]]:
    """The steps worth trying: from the first that a sample of the frames promises to fit."""
    if max_bytes is None:
        yield STEPS[0]
        return
    chosen = set(np.linspace(0, count - 1, min(_SAMPLE, count)).round().astype(int).tolist())
    sample = [frame for i, frame in enumerate(itertools.islice(_start(frames), count)) if i in chosen]
    for colours, scale in STEPS:
        blocks = [len(_block(f, p)) for f, p in _dithered(iter(sample), colours, scale)]
        if not blocks or np.mean(blocks) * count <= max_bytes * 1.03:
            yield colours, scale


def _write(
    path: Path,
    frames: Iterator[np.ndarray],
    delays: Sequence[int],
    colours: int,
    scale: float,
    loop: bool,
    max_bytes: int | None,
) -> bool:
    """Write a whole GIF; False as soon as it passes `max_bytes`. (GIF89a specification, CompuServe 1990.)"""
    written = 0
    with open(path, "wb") as file:
        for indices, palette in _dithered(frames, colours, scale):
            if written == len(delays):
                raise ValueError(f"there are more frames than the {len(delays)} durations")
            if written == 0:
                file.write(_head(indices.shape[1], indices.shape[0], loop))
            file.write(struct.pack("<3sBHBB", b"!\xf9\x04", _KEEP, delays[written], 0, 0))
            file.write(_block(indices, palette))
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
    forever = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" if loop else b""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0) + forever


def _block(indices: np.ndarray, palette: np.ndarray) -> bytes:
    """Image descriptor, local palette and compressed data of one frame, as Pillow packs them.

    indices : (h, w) uint8. palette : (k, 3) uint8, k at most 256.
    """
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "GIF", optimize=False, interlace=False)
    data = buffer.getvalue()
    table_size = 3 << ((data[10] & 7) + 1)
    table, start = data[13 : 13 + table_size], 13 + table_size
    while data[start] == ord("!"):
        start = _after_sub_blocks(data, start + 2)
    descriptor = data[start : start + 9] + bytes([0x80 | (data[10] & 7)])
    return descriptor + table + data[start + 10 : -1]


def _after_sub_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _squeeze(program: str, path: Path) -> None:
    command = [program, "-O3", "--no-warnings", "--batch", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise MakeError(f"gifsicle failed: {result.stderr.strip()}")


def _dithered(frames: Iterator[np.ndarray], colours: int, scale: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(indices (h, w) uint8, palette (k, 3) uint8) of each frame, a batch at a time."""
    while batch := [_scaled(frame, scale) for frame in itertools.islice(frames, _BATCH)]:
        if len({frame.shape for frame in batch}) > 1:
            raise ValueError(f"frames differ in size: {sorted({frame.shape for frame in batch})}")
        palettes = [adaptive_palette(frame, colours) for frame in batch]
        yield from zip(dither(np.stack(batch), palettes), palettes, strict=True)


def _scaled(frame: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1.0:
        return frame
    height, width = frame.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)


def adaptive_palette(frame: np.ndarray, colours: int) -> np.ndarray:
    """At most `colours` colours that suit an image: an octree's, moved to the means of what falls to them.

    frame : (h, w, 3) uint8. Colours that fill more than half a percent of the image are kept exactly, so that bars
    and plain grounds stay plain. Returns (k, 3) uint8.
    """
    tree = Image.fromarray(frame).quantize(colours, method=Image.Quantize.FASTOCTREE)
    centres = np.array(tree.getpalette(), np.float32).reshape(-1, 3)[:colours]
    pixels = frame.reshape(-1, 3)
    sample = pixels[:: max(1, len(pixels) // 12_000)].astype(np.float32)
    for _ in range(2):
        nearest = _nearest(sample, centres)
        count = np.bincount(nearest, minlength=len(centres))
        sums = np.stack([np.bincount(nearest, sample[:, c], len(centres)) for c in range(3)], axis=1)
        centres[count > 0] = (sums[count > 0] / count[count > 0, None]).astype(np.float32)
    palette = np.clip(np.rint(centres), 0, 255).astype(np.uint8)
    for plain in _plain_colours(pixels):
        palette[((palette.astype(np.int32) - plain) ** 2).sum(axis=1).argmin()] = plain
    return palette


def _plain_colours(pixels: np.ndarray) -> np.ndarray:
    codes, counts = np.unique(pixels.astype(np.int32) @ np.array([65_536, 256, 1]), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:4]
    codes = codes[order[counts[order] > 0.005 * len(pixels)]]
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1)


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The index of the centre nearest to each point. points : (n, 3) float32, centres : (k, 3) float32."""
    return ((centres * centres).sum(axis=1) - 2 * points @ centres.T).argmin(axis=1)


def dither(frames: np.ndarray, palettes: Sequence[np.ndarray]) -> np.ndarray:
    """Error diffusion (Floyd and Steinberg, 1976) that keeps the left neighbour's colour where that is good enough.

    frames : (b, h, w, 3) uint8. palettes : b arrays of (k, 3) uint8. Returns indices, (b, h, w) uint8.

    A run of one colour compresses better, and what it leaves out is diffused like any other error; in busy places,
    where the eye forgives it, more is let go than in smooth ones. Plain ground receives no error at all. All pixels
    on a line x + 2y are independent of each other, so the rows are stored sheared and done together.
    """
    count, height, width, _ = frames.shape
    columns = width + 2 * height
    rows = max(map(len, palettes))
    palette = np.stack([np.pad(p, ((0, rows - len(p)), (0, 0)), mode="edge") for p in palettes]).astype(np.float32)
    tables = np.stack([_lookup(p) for p in palettes])
    plain = np.stack([_plain(f, p, t) for f, p, t in zip(frames, palettes, tables, strict=True)])
    tolerance = np.stack([_tolerance(frame) for frame in frames]) * ~plain
    source = _sheared(frames.astype(np.float32), columns)
    slack, receives = _sheared(tolerance, columns), _sheared((~plain).astype(np.float32), columns)
    error = np.zeros((columns + 3, count, height + 1, 3), np.float32)
    chosen = np.zeros((columns, count, height), np.uint8)
    which = np.arange(count)[:, None]
    for t in range(width + 2 * (height - 1)):
        top, bottom = max(0, (t - width + 2) // 2), min(height, t // 2 + 1)
        here, below = slice(top, bottom), slice(top + 1, bottom + 1)
        value = source[t, :, here] + error[t, :, here] * receives[t, :, here, None]
        np.clip(value, 0, 255, out=value)
        index = tables[which, _cell(value)]
        miss = value - palette[which, index]
        left = chosen[t - 1, :, here].astype(np.intp)
        left_miss = value - palette[which, left]
        keep = (left_miss * left_miss).sum(axis=-1) <= (miss * miss).sum(axis=-1) + slack[t, :, here]
        chosen[t, :, here] = np.where(keep, left, index)
        miss = np.where(keep[..., None], left_miss, miss) * np.float32(_STRENGTH / 16)
        error[t + 1, :, here] += 7 * miss
        error[t + 1, :, below] += 3 * miss
        error[t + 2, :, below] += 5 * miss
        error[t + 3, :, below] += miss
    return np.stack([chosen[2 * y : 2 * y + width, :, y].T for y in range(height)], axis=1)


def _sheared(rows: np.ndarray, columns: int) -> np.ndarray:
    """(b, h, w, ...) -> (columns, b, h, ...), pixel (y, x) at column x + 2y."""
    count, height, width = rows.shape[:3]
    sheared = np.zeros((columns, count, height, *rows.shape[3:]), np.float32)
    for y in range(height):
        sheared[2 * y : 2 * y + width, :, y] = rows[:, y].swapaxes(0, 1)
    return sheared


def _cell(values: np.ndarray) -> np.ndarray:
    """The place of (..., 3) values in [0, 255] in a lookup table of 2^(3·_BITS) cells."""
    cells = values.astype(np.intp) >> (8 - _BITS)
    return (cells[..., 0] << 2 * _BITS) | (cells[..., 1] << _BITS) | cells[..., 2]


def _lookup(palette: np.ndarray) -> np.ndarray:
    """The palette index nearest to the middle of each cell, (2^(3·_BITS),) intp."""
    middles = (np.arange(1 << _BITS, dtype=np.float32) + 0.5) * (256 >> _BITS)
    grid = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1).reshape(-1, 3)
    table = _nearest(grid, palette.astype(np.float32))
    table[_cell(palette)] = np.arange(len(palette))
    return table


def _plain(frame: np.ndarray, palette: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Where the image is one flat colour that the palette holds exactly, (h, w) bool."""
    exact = (palette[table[_cell(frame)]] == frame).all(axis=-1)
    exact[:, 1:] &= (frame[:, 1:] == frame[:, :-1]).all(axis=-1)
    exact[1:] &= (frame[1:] == frame[:-1]).all(axis=-1)
    return cv2.erode(exact.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)


def _tolerance(frame: np.ndarray) -> np.ndarray:
    """The squared error that may be added for the sake of a run, (h, w) float32: 40 to 600, by local variance."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (3, 3))
    variance = np.maximum(cv2.blur(grey * grey, (3, 3)) - mean * mean, 0)
    return np.clip(40 + 2 * cv2.blur(variance, (5, 5)), 0, 600)
