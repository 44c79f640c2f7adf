"""Write sound as WAV files: 16-bit integers for listening, 32-bit floats for further editing.

By the standard library and SciPy rather than by libsndfile, which adds a time stamp to files of floats, and reports a
full disk as "System error" without the error number by which a run stops.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from ..core import Audio
from ..core.errors import MakeError
from ..runtime import buffers, files

#: Bytes of one sample of both channels.
BYTES_PCM_16, BYTES_FLOAT = 4, 8
#: Bytes of sound that fit in a WAV file, whose header has 32 bits for its size.
MAX_BYTES = 0xFFFFFFFF - 64


def write_pcm16(path: Path, audio: Audio) -> None:
    """Write sound as 16-bit PCM, atomically. The same samples give the same bytes.

    Parameters
    ----------
    path : Path
        The file to write.
    audio : Audio
        (m, 2) samples in [-1, 1].

    Raises
    ------
    MakeError
        If the sound is longer than a WAV file can hold.
    OSError
        If the file cannot be written.
    """
    check_length(len(audio.samples), BYTES_PCM_16, audio.sample_rate)
    with files.atomic(path) as partial, open(partial, "wb") as stream, wave.open(stream, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(audio.sample_rate)
        file.setnframes(len(audio.samples))
        for chunk in buffers.chunks(audio.samples):
            file.writeframesraw(np.rint(audio.samples[chunk] * 32767.0).astype("<i2").tobytes())


def write_float(path: Path, samples: np.ndarray, sample_rate: int) -> None:
    """Write samples as 32-bit floats, atomically. Values beyond [-1, 1] are kept. The same samples give the same bytes.

    Parameters
    ----------
    path : Path
        The file to write.
    samples : np.ndarray
        (m, 2) float32.
    sample_rate : int
        Samples per second.

    Raises
    ------
    MakeError
        If the sound is longer than a WAV file can hold.
    OSError
        If the file cannot be written.
    """
    from scipy.io import wavfile

    check_length(len(samples), BYTES_FLOAT, sample_rate)
    with files.atomic(path) as partial:
        wavfile.write(partial, sample_rate, samples)


def check_length(length: int, bytes_per_sample: int, sample_rate: int) -> None:
    """Raise MakeError if `length` samples are longer than a WAV file can hold, with both durations in hours."""
    most = MAX_BYTES // bytes_per_sample
    if length > most:
        hours, most_hours = (count / sample_rate / 3600 for count in (length, most))
        raise MakeError(f"a WAV file holds at most {most_hours:.2f} hours of such sound; this lasts {hours:.2f}")
