"""Decode audio files in chunks, and place excerpts of them on a timeline, exact to the sample."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core import Excerpt, Recording
from ..core.errors import I2SError, MakeError, reason_of
from ..runtime import buffers

if TYPE_CHECKING:
    import av

#: File name endings of recordings.
EXTENSIONS = (".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav")
#: Samples of floating-point files are clipped to this; beyond it they are damage.
CLIP = 8.0
# Decoders return about a thousand samples per frame; they are joined to blocks of at least this many.
_BLOCK = 1 << 16


def name_of(path: Path) -> str:
    """Return the name of a file as printable text (see `as_text`)."""
    return as_text(path.name)


def as_text(name: str) -> str:
    r"""Return a file name as text that can be encoded as UTF-8: other bytes become escapes such as \xe9.

    >>> print(as_text("caf\udce9.ogg"))
    caf\xe9.ogg
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def render(recordings: Iterable[Recording], total_samples: int, sample_rate: int) -> np.ndarray:
    """Return the sum of the excerpts of recordings.

    Parameters
    ----------
    recordings : iterable of Recording
        Each file is decoded once, from its beginning to the last sample that is needed. Mono files sound on both
        channels. A file that ends early leaves silence.
    total_samples : int
        Length of the result.
    sample_rate : int
        Samples per second of the result and of the excerpts.

    Returns
    -------
    np.ndarray
        (total_samples, 2) float32; zeros where nothing sounds.

    Raises
    ------
    MakeError
        If a file cannot be decoded, with its name and the reason.
    """
    samples = buffers.scratch(total_samples)
    for recording in recordings:
        last = max((each.source + each.length for each in recording.excerpts), default=0)
        position = 0
        for block in decode(recording.path, sample_rate):
            for excerpt in recording.excerpts:
                _add(samples, block, position, excerpt, recording.gain)
            position += len(block)
            if position >= last:
                break
        buffers.release(samples)
    return samples


def decode(path: Path, sample_rate: int) -> Iterator[np.ndarray]:
    """Yield the sound of a file in blocks; damaged packets and cover images are skipped.

    Parameters
    ----------
    path : Path
        A file in any format that FFmpeg decodes.
    sample_rate : int
        Samples per second of the result.

    Yields
    ------
    np.ndarray
        (k, 2) float32.

    Raises
    ------
    MakeError
        If nothing can be decoded, with the name of the file and the reason.
    """
    decoded = 0
    with _decoder_errors(path):
        pending: list[np.ndarray] = []
        for block in _blocks(path, sample_rate):
            pending.append(block)
            decoded += len(block)
            if sum(map(len, pending)) >= _BLOCK:
                yield np.concatenate(pending)
                pending = []
        if pending:
            yield np.concatenate(pending)
    if not decoded:
        raise MakeError(f"{name_of(path)} cannot be played: it contains no sound")


@contextlib.contextmanager
def _decoder_errors(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises within the block into a MakeError with the file and the reason."""
    try:
        yield
    except I2SError:
        raise
    except Exception as error:
        if type(error) is MemoryError:  # FFmpeg's own is a damaged size
            raise
        raise MakeError(f"{name_of(path)} cannot be played: {reason_of(error)}") from error


def _blocks(path: Path, sample_rate: int) -> Iterator[np.ndarray]:
    """(k, 2) float32 of every decoded frame, resampled."""
    import av

    resampler: av.AudioResampler | None = None
    setup: tuple[object, ...] = ()
    for frame in map(mixed_down, _frames(path)):
        current = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or current != setup:  # chained streams may change the format
            if resampler is not None:
                yield from map(_stereo, resampler.resample(None))
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"  # FFmpeg would attenuate mono
            resampler, setup = av.AudioResampler("fltp", layout, sample_rate), current
        frame.pts = None  # gaps between time stamps are not sound
        yield from map(_stereo, resampler.resample(frame))
    if resampler is not None:
        yield from map(_stereo, resampler.resample(None))


def _frames(path: Path) -> Iterator[av.AudioFrame]:
    import av

    with av.open(str(path), metadata_errors="replace") as container:
        if not container.streams.audio:
            raise MakeError(f"{name_of(path)} cannot be played: it contains no sound")
        for packet in container.demux(container.streams.audio[0]):
            try:
                yield from packet.decode()  # type: ignore[misc]
            except av.error.InvalidDataError:
                continue


def mixed_down(frame: av.AudioFrame) -> av.AudioFrame:
    """Return a frame whose channels FFmpeg has no places for, such as 9, as stereo; others unchanged.

    The channels 1, 3, 5 ... are averaged to the left, the others to the right.
    """
    import av

    channels = frame.layout.nb_channels
    if channels == 1 or frame.layout.name != f"{channels} channels":  # FFmpeg's name of a layout without places
        return frame
    samples = frame.to_ndarray()
    samples = samples if frame.format.is_planar else samples.reshape(-1, channels).T
    if np.issubdtype(samples.dtype, np.integer):
        half = float(2 ** (8 * samples.dtype.itemsize - 1))
        samples = samples / half - (1.0 if samples.dtype == np.uint8 else 0.0)
    sides = np.stack([samples[0::2].mean(axis=0), samples[1::2].mean(axis=0)]).astype(np.float32)
    made = av.AudioFrame.from_ndarray(np.ascontiguousarray(sides), format="fltp", layout="stereo")
    made.sample_rate = frame.sample_rate
    return made


def _stereo(frame: av.AudioFrame) -> np.ndarray:
    """(k, 2) float32, finite and clipped to [-CLIP, CLIP]."""
    samples = np.nan_to_num(frame.to_ndarray().T, nan=0.0, posinf=0.0, neginf=0.0)
    return np.repeat(np.clip(samples, -CLIP, CLIP), 2 // samples.shape[1], axis=1)


def _add(samples: np.ndarray, block: np.ndarray, position: int, excerpt: Excerpt, gain: float) -> None:
    """Add the samples that a block, which begins at `position` of its recording, contributes to an excerpt."""
    first, last = max(position, excerpt.source), min(position + len(block), excerpt.source + excerpt.length)
    shift = excerpt.at - excerpt.source
    first, last = max(first, -shift), min(last, len(samples) - shift)
    if first < last:
        level = (gain * envelope(excerpt, first - excerpt.source, last - excerpt.source)).astype(np.float32)
        samples[first + shift : last + shift] += block[first - position : last - position] * level[:, None]


def envelope(excerpt: Excerpt, first: int, last: int) -> np.ndarray:
    """Return the amplitude of an excerpt by its equal-power fades: sine and cosine, whose squares sum to one.

    Parameters
    ----------
    excerpt : Excerpt
        With `fade_in` and `fade_out`.
    first, last : int
        Samples of the excerpt, `last` excluded.

    Returns
    -------
    np.ndarray
        (last - first,) in [0, 1].
    """
    k = np.arange(first, last) + 0.5
    level = np.ones(last - first)
    if excerpt.fade_in:
        level *= np.sin(0.5 * np.pi * np.clip(k / excerpt.fade_in, 0, 1))
    if excerpt.fade_out:
        level *= np.sin(0.5 * np.pi * np.clip((excerpt.length - k) / excerpt.fade_out, 0, 1))
    return level
