"""From rendered sound to a finished file: fades, loudness, a look-ahead limiter, exact length."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyloudnorm
import soundfile
from scipy.ndimage import minimum_filter1d
from scipy.signal import resample_poly

from .. import config, files
from ..records import Audio

#: The limiter decides once every so many samples.
HOP = 32
LOOK_AHEAD_S = 0.004
RELEASE_S = 0.09
OVERSAMPLING = 4
#: Left between the limiter's ceiling and the peak asked for, for what lies between oversampled points.
MARGIN_DB = 0.15
#: Gain stops here, so that near-silence is not blown up into noise.
MOST_GAIN_DB = 48.0
TOLERANCE_LU = 0.1
BLOCK_S = 0.4
SILENCE_LUFS = -70.0


def master(
    audio: Audio,
    loudness_lufs: float = config.LOUDNESS_LUFS,
    peak_dbfs: float = config.PEAK_DBFS,
    fade_in_s: float = 0.01,
    fade_out_s: float = 1.5,
) -> Audio:
    """Fades, then as much gain and limiting as bring the loudness to the target with true peaks below `peak_dbfs`.

    loudness_lufs : integrated, ITU-R BS.1770-4. peak_dbfs : holds for samples and for four times oversampled peaks.
    The length stays exact. The result carries the loudness measured (None for silence) and its highest sample peak.
    """
    samples = _fade(np.asarray(audio.samples, dtype=np.float64), audio.sample_rate, fade_in_s, fade_out_s)
    now = loudness(samples, audio.sample_rate)
    if now is None:
        return replace(audio, samples=samples.astype(np.float32), loudness_lufs=None, peak_dbfs=None)
    envelope, ceiling = _envelope(samples), _linear(peak_dbfs - MARGIN_DB)
    gain_db, finished = loudness_lufs - now, samples
    for _ in range(8):
        gain = _linear(min(gain_db, MOST_GAIN_DB))
        finished = samples * (gain * _limit(envelope * gain, ceiling, samples.shape[0], audio.sample_rate))[:, None]
        now = loudness(finished, audio.sample_rate)
        if now is None or abs(loudness_lufs - now) <= TOLERANCE_LU or gain_db >= MOST_GAIN_DB:
            break
        gain_db += 1.2 * (loudness_lufs - now)
    result = np.clip(finished, -ceiling, ceiling).astype(np.float32)
    return replace(audio, samples=result, loudness_lufs=now, peak_dbfs=_decibels(float(np.abs(result).max())))


def loudness(samples: np.ndarray, sample_rate: int) -> float | None:
    """Integrated loudness in LUFS of (m, channels) samples; None for silence.

    Sound shorter than one measuring block (0.4 s) is repeated until it fills one.
    """
    if samples.shape[0] == 0 or not np.any(samples):
        return None
    shortest = math.ceil(BLOCK_S * sample_rate) + 1
    if samples.shape[0] < shortest:
        samples = np.tile(samples, (math.ceil(shortest / samples.shape[0]), 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = float(pyloudnorm.Meter(sample_rate).integrated_loudness(samples))
    return value if math.isfinite(value) and value > SILENCE_LUFS else None


def true_peak_dbfs(samples: np.ndarray) -> float:
    """The highest peak between the samples, by four times oversampling, in dB of full scale."""
    return _decibels(float(_envelope(np.asarray(samples, dtype=np.float64)).max(initial=0.0)))


def write_wav(path: Path, audio: Audio) -> None:
    """Write 16-bit PCM, whole or not at all. Raises OSError with the system's reason."""
    encoded = io.BytesIO()  # by way of memory, since libsndfile says no more than "System error" of a full disk
    soundfile.write(encoded, audio.samples, audio.sample_rate, subtype="PCM_16", format="WAV")
    with files.atomic(path) as partial:
        partial.write_bytes(encoded.getbuffer())


def _fade(samples: np.ndarray, sample_rate: int, fade_in_s: float, fade_out_s: float) -> np.ndarray:
    """Raised-cosine fades, neither longer than half the sound; first and last sample are zero where they fade."""
    total = samples.shape[0]
    shape = np.ones(total)
    for seconds, end in ((fade_in_s, slice(None)), (fade_out_s, slice(None, None, -1))):
        count = min(round(seconds * sample_rate), total // 2)
        if count > 0:
            shape[end][:count] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / count)
    return samples * shape[:, None]


def _envelope(samples: np.ndarray) -> np.ndarray:
    """(m, channels) -> (ceil(m / HOP),): the highest true peak of every hop."""
    hops = math.ceil(samples.shape[0] / HOP)
    peaks = np.zeros(hops * HOP)
    for channel in samples.T:
        finer = np.abs(resample_poly(channel, OVERSAMPLING, 1)).reshape(-1, OVERSAMPLING).max(axis=1)
        peaks[: finer.size] = np.maximum(peaks[: finer.size], finer)
    return peaks.reshape(hops, HOP).max(axis=1)


def _limit(envelope: np.ndarray, ceiling: float, length: int, sample_rate: int) -> np.ndarray:
    """(length,) gain at most 1 that keeps `envelope` below `ceiling`.

    Down in a smooth ramp before each peak, up again slowly after it, so that the wave form is scaled and never bent.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(envelope, 1e-12))
    if needed.min(initial=1.0) >= 1.0:
        return np.ones(length)
    ahead = max(1, round(LOOK_AHEAD_S * sample_rate / HOP))
    held = minimum_filter1d(needed, 2 * ahead + 3, mode="nearest")
    released = _release(held, math.exp(-HOP / (RELEASE_S * sample_rate)))
    window = np.hanning(2 * ahead + 3)[1:-1]
    padded = np.pad(released, ahead, mode="edge")
    ramp = np.convolve(padded, window / window.sum(), "valid")
    centres = np.arange(ramp.size) * HOP + HOP / 2
    return np.interp(np.arange(length), centres, ramp)


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
