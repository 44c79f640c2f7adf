"""Recordings: sound that is there already, decoded piece by piece and laid on a timeline, exact to the sample."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np

from ..core import Recording, Stretch
from ..core.errors import I2SError, MakeError, words
from ..runtime import buffers

#: File names of recordings that are looked for.
KINDS = (".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav")
#: Beyond this a sample of a floating-point file is damage, not sound.
LOUDEST = 8.0
# Decoders hand out about a thousand samples at a time; work is done on more at once.
_GATHERED = 1 << 16


def name_of(path: Path) -> str:
    """The name of a file, as_text."""
    return as_text(path.name)


def as_text(name: str) -> str:
    r"""A name as text that any file can hold: bytes of it that are no UTF-8 are told by their number, \xe9."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def lay(recordings: Iterable[Recording], total_samples: int, sample_rate: int) -> np.ndarray:
    """The stretches of recordings, added up: (total_samples, 2) float32, silent where nothing plays.

    Each file is decoded once, from its beginning to the last sample that is wanted, at `sample_rate`; mono plays on
    both sides. A file that ends early leaves silence. Raises MakeError, with the file and the reason, for one that
    cannot be decoded.
    """
    samples = buffers.scratch(total_samples)
    for recording in recordings:
        last = max((each.source + each.length for each in recording.stretches), default=0)
        at = 0
        for block in decode(recording.path, sample_rate):
            for stretch in recording.stretches:
                _add(samples, block, at, stretch, recording.gain)
            at += len(block)
            if at >= last:
                break
        buffers.release(samples)
    return samples


def decode(path: Path, sample_rate: int) -> Iterator[np.ndarray]:
    """The sound of a file in blocks of (k, 2) float32 at `sample_rate`, without its cover images.

    Damaged packets are left out. Raises MakeError, with the file and the reason, when nothing can be decoded.
    """
    heard = 0
    with _playing(path):
        gathered: list[np.ndarray] = []
        for block in _blocks(path, sample_rate):
            gathered.append(block)
            heard += len(block)
            if sum(map(len, gathered)) >= _GATHERED:
                yield np.concatenate(gathered)
                gathered = []
        if gathered:
            yield np.concatenate(gathered)
    if not heard:
        raise MakeError(f"{name_of(path)} cannot be played: there is no sound in it")


@contextlib.contextmanager
def _playing(path: Path) -> Iterator[None]:
    """Whatever a decoder raises within the block becomes a MakeError with the file and the reason."""
    try:
        yield
    except I2SError:
        raise
    except Exception as error:
        if type(error) is MemoryError:  # FFmpeg's own is a damaged size
            raise
        raise MakeError(f"{name_of(path)} cannot be played: {words(error)}") from error


def _blocks(path: Path, sample_rate: int) -> Iterator[np.ndarray]:
    resampler: av.AudioResampler | None = None
    setup: tuple[object, ...] = ()
    for frame in _frames(path):
        here = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or here != setup:  # a chain of streams may change them on the way
            if resampler is not None:
                yield from map(_stereo, resampler.resample(None))
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"  # FFmpeg would make mono quieter
            resampler, setup = av.AudioResampler("fltp", layout, sample_rate), here
        frame.pts = None  # gaps in the time stamps are not sound
        yield from map(_stereo, resampler.resample(frame))
    if resampler is not None:
        yield from map(_stereo, resampler.resample(None))


def _frames(path: Path) -> Iterator[av.AudioFrame]:
    with av.open(str(path), metadata_errors="replace") as container:
        if not container.streams.audio:
            raise MakeError(f"{name_of(path)} cannot be played: there is no sound in it")
        for packet in container.demux(container.streams.audio[0]):
            try:
                yield from packet.decode()  # type: ignore[misc]
            except av.error.InvalidDataError:
                continue


def _stereo(frame: av.AudioFrame) -> np.ndarray:
    samples = np.nan_to_num(frame.to_ndarray().T, nan=0.0, posinf=0.0, neginf=0.0)
    return np.repeat(np.clip(samples, -LOUDEST, LOUDEST), 2 // samples.shape[1], axis=1)


def _add(samples: np.ndarray, block: np.ndarray, at: int, stretch: Stretch, gain: float) -> None:
    """Add what a block, which begins at sample `at` of its recording, has of a stretch."""
    first, last = max(at, stretch.source), min(at + len(block), stretch.source + stretch.length)
    shift = stretch.at - stretch.source
    first, last = max(first, -shift), min(last, len(samples) - shift)
    if first < last:
        level = (gain * envelope(stretch, first - stretch.source, last - stretch.source)).astype(np.float32)
        samples[first + shift : last + shift] += block[first - at : last - at] * level[:, None]


def envelope(stretch: Stretch, first: int, last: int) -> np.ndarray:
    """(last - first,) in [0, 1]: the fades of a stretch, from its sample `first` to `last` (excluded).

    Sine and cosine, so that the power of a fade out and of the fade in over it always add up to one.
    """
    k = np.arange(first, last) + 0.5
    level = np.ones(last - first)
    if stretch.fade_in:
        level *= np.sin(0.5 * np.pi * np.clip(k / stretch.fade_in, 0, 1))
    if stretch.fade_out:
        level *= np.sin(0.5 * np.pi * np.clip((stretch.length - k) / stretch.fade_out, 0, 1))
    return level
