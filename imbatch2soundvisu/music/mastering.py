"""From rendered sound to a finished file: fades, loudness, a look-ahead limiter, exact length."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyloudnorm
from scipy.ndimage import minimum_filter1d
from scipy.signal import lfilter, resample_poly

from .. import config
from ..core import Audio, Timeline
from ..core.errors import MakeError
from ..runtime import buffers, files

#: The limiter decides once every so many samples.
HOP = 32
LOOK_AHEAD_S = 0.004
RELEASE_S = 0.09
OVERSAMPLING = 4
#: Samples on either side of a piece that its oversampling needs to know.
CONTEXT = 64
#: Left between the limiter's ceiling and the peak asked for, for what lies between oversampled points.
MARGIN_DB = 0.15
#: Gain stops here, so that near-silence is not blown up into noise.
MOST_GAIN_DB = 48.0
TOLERANCE_LU = 0.1
BLOCK_S = 0.4
FADE_IN_S, FADE_OUT_S = 0.01, 1.5
#: The fade at the end of a piece, as a share of its last image, and at most.
ENDING_SHARE, ENDING_S = 0.6, 2.0
SILENCE_LUFS = -70.0
#: Bytes that a WAV can hold, as its header has 32 bits for them, beside the header.
MOST_WAV_BYTES = 0xFFFFFFFF - 64


def master(
    audio: Audio,
    loudness_lufs: float = config.LOUDNESS_LUFS,
    peak_dbfs: float = config.PEAK_DBFS,
    fade_in_s: float = FADE_IN_S,
    fade_out_s: float = FADE_OUT_S,
) -> Audio:
    """Fades, then as much gain and limiting as bring the loudness to the target with true peaks below `peak_dbfs`.

    loudness_lufs : integrated, ITU-R BS.1770-4. peak_dbfs : holds for samples and for four times oversampled peaks.
    fade_out_s : see `ending_s` for one that suits the last image. The length stays exact. The result carries the
    loudness measured (None for silence) and its highest sample peak.
    """
    return mastered(audio, loudness_lufs, peak_dbfs, fade_in_s, fade_out_s)[0]


def mastered(
    audio: Audio,
    loudness_lufs: float = config.LOUDNESS_LUFS,
    peak_dbfs: float = config.PEAK_DBFS,
    fade_in_s: float = FADE_IN_S,
    fade_out_s: float = FADE_OUT_S,
) -> tuple[Audio, float]:
    """As `master`, with the gain (a factor) that the sound got before the limiter; 1 for silence."""
    samples = faded(audio, fade_in_s, fade_out_s)
    now = loudness(samples, audio.sample_rate)
    if now is None:
        return replace(audio, samples=samples, loudness_lufs=None, peak_dbfs=None), 1.0
    envelope, ceiling = _envelope(samples), _linear(peak_dbfs - MARGIN_DB)
    gain_db, gain, curve = loudness_lufs - now, 1.0, np.ones(0)

    def finished(piece: slice) -> np.ndarray:
        scale = gain * _between(curve, piece)
        return np.clip(samples[piece] * scale[:, None], -ceiling, ceiling).astype(np.float32)

    for _ in range(8):
        gain = _linear(min(gain_db, MOST_GAIN_DB))
        curve = _limit(envelope * gain, ceiling, audio.sample_rate)
        now = _loudness((finished(piece) for piece in buffers.pieces(samples)), samples.shape[0], audio.sample_rate)
        if now is None or abs(loudness_lufs - now) <= TOLERANCE_LU or gain_db >= MOST_GAIN_DB:
            break
        gain_db += 1.2 * (loudness_lufs - now)
    peak = 0.0
    for piece in buffers.pieces(samples):
        samples[piece] = finished(piece)
        peak = max(peak, float(np.abs(samples[piece]).max()))
    return replace(audio, samples=samples, loudness_lufs=now, peak_dbfs=_decibels(peak)), gain


def ending_s(timeline: Timeline) -> float:
    """Seconds over which the sound fades at the end: 0.6 of the last image, so that its own onset is heard in full,
    at most 2."""
    last = timeline.beats[-1] * timeline.samples_per_beat / timeline.sample_rate
    return min(ENDING_SHARE * last, ENDING_S)


def loudness(samples: np.ndarray, sample_rate: int) -> float | None:
    """Integrated loudness in LUFS of (m, 2) samples; None for silence. ITU-R BS.1770-4.

    Sound shorter than one measuring block (0.4 s) is repeated until it fills one.
    """
    shortest = math.ceil(BLOCK_S * sample_rate) + 1
    if 0 < samples.shape[0] < shortest:
        samples = np.tile(samples, (math.ceil(shortest / samples.shape[0]), 1))
    return _loudness((samples[piece] for piece in buffers.pieces(samples)), samples.shape[0], sample_rate)


def _loudness(pieces: Iterable[np.ndarray], length: int, sample_rate: int) -> float | None:
    """Loudness of sound that comes in pieces: gated mean of K-weighted power in blocks of four hops of 0.1 s."""
    stages = (
        pyloudnorm.IIRfilter(4.0, 1 / math.sqrt(2), 1500.0, sample_rate, "high_shelf"),
        pyloudnorm.IIRfilter(0.0, 0.5, 38.0, sample_rate, "high_pass"),
    )
    memory = [np.zeros((max(len(stage.a), len(stage.b)) - 1, 2)) for stage in stages]
    hop, hops = sample_rate // 10, max(length // (sample_rate // 10), 1)
    power, at = np.zeros(hops + 1), 0
    for piece in pieces:
        weighted = np.asarray(piece, np.float64)
        for number, stage in enumerate(stages):
            weighted, memory[number] = lfilter(stage.b, stage.a, weighted, axis=0, zi=memory[number])
        owner = np.minimum((at + np.arange(len(weighted))) // hop, hops)
        power += np.bincount(owner, (weighted * weighted).sum(axis=1), minlength=hops + 1)
        at += len(weighted)
    hop_power = power[:hops] / min(hop, max(length, 1))
    if not hop_power.any():
        return None
    blocks = np.convolve(hop_power, np.full(min(4, hops), 1 / min(4, hops)), "valid")
    audible = blocks[blocks > _power(SILENCE_LUFS)]
    if not audible.size:
        return None
    gated = audible[audible > 0.1 * audible.mean()]
    return -0.691 + 10 * math.log10(float(gated.mean()))


def _power(lufs: float) -> float:
    return 10 ** ((lufs + 0.691) / 10)


def true_peak_dbfs(samples: np.ndarray) -> float:
    """The highest peak between the samples, by four times oversampling, in dB of full scale."""
    return _decibels(float(_envelope(samples).max(initial=0.0)))


def write_wav(path: Path, audio: Audio) -> None:
    """Write 16-bit PCM, whole or not at all. Raises MakeError for what no WAV can hold, OSError with the system's
    reason."""
    check_wav(len(audio.samples), 4, audio.sample_rate)
    with files.atomic(path) as partial, open(partial, "wb") as target:
        size = 4 * len(audio.samples)
        shape = (16, 1, 2, audio.sample_rate, 4 * audio.sample_rate, 4, 16)
        target.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", *shape, b"data", size))
        for piece in buffers.pieces(audio.samples):
            target.write(np.rint(audio.samples[piece] * 32767.0).astype("<i2").tobytes())


def check_wav(length: int, size: int, sample_rate: int) -> None:
    """Raise MakeError where `length` samples of `size` bytes, those of both channels, are more than a WAV holds."""
    most = MOST_WAV_BYTES // size
    if length > most:
        hours, most_hours = (count / sample_rate / 3600 for count in (length, most))
        raise MakeError(f"a WAV holds at most {most_hours:.2f} hours of such sound, and this lasts {hours:.2f}")


def faded(audio: Audio, fade_in_s: float, fade_out_s: float) -> np.ndarray:
    """A copy with raised-cosine fades, neither longer than half the sound; silent at the ends where they fade."""
    samples = buffers.scratch(audio.samples.shape[0])
    for piece in buffers.pieces(samples):
        samples[piece] = audio.samples[piece]
    buffers.release(audio.samples)
    for seconds, end in ((fade_in_s, slice(None)), (fade_out_s, slice(None, None, -1))):
        count = min(round(seconds * audio.sample_rate), samples.shape[0] // 2)
        if count > 0:
            shape = (0.5 - 0.5 * np.cos(np.pi * np.arange(count) / count)).astype(np.float32)
            samples[end][:count] *= shape[:, None]
    return samples


def _envelope(samples: np.ndarray) -> np.ndarray:
    """(m, channels) -> (ceil(m / HOP),): the highest true peak of every hop."""
    peaks = np.zeros(math.ceil(samples.shape[0] / HOP) * HOP, np.float32)
    for piece in buffers.pieces(samples):
        start = max(0, piece.start - CONTEXT)
        around = np.asarray(samples[start : piece.stop + CONTEXT], np.float64)
        finer = np.abs(resample_poly(around, OVERSAMPLING, 1, axis=0)).max(axis=1).reshape(-1, OVERSAMPLING).max(axis=1)
        peaks[piece] = finer[piece.start - start :][: piece.stop - piece.start]
    return peaks.reshape(-1, HOP).max(axis=1).astype(np.float64)


def _limit(envelope: np.ndarray, ceiling: float, sample_rate: int) -> np.ndarray:
    """The gain at most 1, one for every hop, that keeps `envelope` below `ceiling`.

    Down in a smooth ramp before each peak, up again slowly after it, so that the wave form is scaled and never bent.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(envelope, 1e-12))
    if needed.min(initial=1.0) >= 1.0:
        return np.ones(needed.shape)
    ahead = max(1, round(LOOK_AHEAD_S * sample_rate / HOP))
    held = minimum_filter1d(needed, 2 * ahead + 3, mode="nearest")
    released = _release(held, math.exp(-HOP / (RELEASE_S * sample_rate)))
    window = np.hanning(2 * ahead + 3)[1:-1]
    return np.convolve(np.pad(released, ahead, mode="edge"), window / window.sum(), "valid")


def _between(curve: np.ndarray, piece: slice) -> np.ndarray:
    """The gain of every sample of a piece, from that of the hops."""
    first, last = max(0, piece.start // HOP - 1), piece.stop // HOP + 2
    centres = np.arange(first, first + len(curve[first:last])) * HOP + HOP / 2
    return np.interp(np.arange(piece.start, piece.stop), centres, curve[first:last]).astype(np.float32)


def _release(held: np.ndarray, keep: float) -> np.ndarray:
    """At once down, exponentially up towards 1."""
    out, level = held.tolist(), 1.0
    for i, wanted in enumerate(out):
        level = min(wanted, 1.0 - (1.0 - level) * keep)
        out[i] = level
    return np.array(out)


def _linear(decibels: float) -> float:
    return 10 ** (decibels / 20)


def _decibels(amplitude: float) -> float:
    return 20 * math.log10(max(amplitude, 1e-12))
