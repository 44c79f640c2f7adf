"""Master rendered sound: fades, loudness normalization, and a look-ahead limiter. The length stays exact."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .. import config
from ..core import Audio, Score
from ..runtime import buffers
from .loudness import integrated, integrated_of_chunks

#: The limiter sets its gain once per this many samples.
HOP = 32
LOOK_AHEAD_S = 0.004
RELEASE_S = 0.09
OVERSAMPLING = 4
#: Samples on either side of a chunk that its oversampling uses.
CONTEXT = 64
#: Distance between the ceiling of the limiter and the peak, for what lies between oversampled points.
MARGIN_DB = 0.15
#: Highest gain, so that near-silence is not amplified to noise.
MAX_GAIN_DB = 48.0
TOLERANCE_LU = 0.1
#: Times that the gain is corrected for the loudness that the limiter takes away.
MAX_ITER = 8
FADE_IN_S, FADE_OUT_S = 0.01, 1.5
#: Duration of the fade at the end, after notes are released: share of the last image, and at most so many seconds.
ENDING_SHARE, ENDING_S = 0.25, 0.5


def master(
    audio: Audio,
    loudness_lufs: float | None = None,
    peak_dbfs: float | None = None,
    fade_in_s: float = FADE_IN_S,
    fade_out_s: float = FADE_OUT_S,
) -> Audio:
    """Return sound with fades, brought to a loudness with a limited true peak.

    Parameters
    ----------
    audio : Audio
        Rendered sound.
    loudness_lufs : float, optional
        Integrated loudness to reach, in LUFS (ITU-R BS.1770-4), within 0.1; None: the setting LOUDNESS_LUFS.
    peak_dbfs : float, optional
        Highest true peak (four times oversampled), in dB of full scale; None: the setting PEAK_DBFS.
    fade_in_s, fade_out_s : float
        Durations of the fades in seconds; `ending_s` suits the last image.

    Returns
    -------
    Audio
        Of the same length, with the measured loudness (None for silence) and the highest sample.
    """
    loudness_lufs = config.resolve().loudness_lufs if loudness_lufs is None else loudness_lufs
    peak_dbfs = config.resolve().peak_dbfs if peak_dbfs is None else peak_dbfs
    samples = faded(audio, fade_in_s, fade_out_s)
    before = integrated(samples, audio.sample_rate)
    if before is None:
        return replace(audio, samples=samples, loudness_lufs=None, peak_dbfs=None)
    limiter, loudness = _fit_limiter(samples, audio.sample_rate, loudness_lufs, before, peak_dbfs)
    peak = 0.0
    for chunk in buffers.chunks(samples):
        samples[chunk] = limiter.apply(samples, chunk)
        peak = max(peak, float(np.abs(samples[chunk]).max()))
    return replace(audio, samples=samples, loudness_lufs=loudness, peak_dbfs=_decibels(peak))


@dataclass
class _Limiter:
    """A gain, the curve of the limiter (one factor per hop), and the highest amplitude."""

    gain: float
    curve: np.ndarray
    ceiling: float

    def apply(self, samples: np.ndarray, chunk: slice) -> np.ndarray:
        scale = self.gain * _interpolated(self.curve, chunk)
        return np.clip(samples[chunk] * scale[:, None], -self.ceiling, self.ceiling).astype(np.float32)


def _fit_limiter(
    samples: np.ndarray, sample_rate: int, target_lufs: float, before_lufs: float, peak_dbfs: float
) -> tuple[_Limiter, float | None]:
    """The limiter that brings samples to the target, and the loudness that they have then."""
    envelope, gain_db = _envelope(samples), target_lufs - before_lufs
    limiter = _Limiter(1.0, np.ones(0), _linear(peak_dbfs - MARGIN_DB))
    loudness: float | None = before_lufs
    for _ in range(MAX_ITER):
        limiter.gain = _linear(min(gain_db, MAX_GAIN_DB))
        limiter.curve = _limiter_curve(envelope * limiter.gain, limiter.ceiling, sample_rate)
        limited = (limiter.apply(samples, chunk) for chunk in buffers.chunks(samples))
        loudness = integrated_of_chunks(limited, samples.shape[0], sample_rate)
        if loudness is None or abs(target_lufs - loudness) <= TOLERANCE_LU or gain_db >= MAX_GAIN_DB:
            break
        gain_db += 1.2 * (target_lufs - loudness)
    return limiter, loudness


def ending_s(score: Score) -> float:
    """Return the duration of the fade at the end in seconds.

    A quarter of the last image or end card, and at most 0.5: the last chord rings and decays before. A recording that
    ends by itself has none, one that is cut off has a fade already.
    """
    end = score.timeline.total_samples
    if not score.notes and any(each.at + each.length >= end for it in score.recordings for each in it.excerpts):
        return 0.0
    return min(ENDING_SHARE * score.timeline.last_samples / score.timeline.sample_rate, ENDING_S)


def true_peak_dbfs(samples: np.ndarray) -> float:
    """Return the true peak of (m, 2) samples by four times oversampling, in dB of full scale."""
    return _decibels(float(_envelope(samples).max(initial=0.0)))


def faded(audio: Audio, fade_in_s: float, fade_out_s: float) -> np.ndarray:
    """Return a copy of the samples with raised-cosine fades, each at most half as long as the sound."""
    samples = buffers.scratch(audio.samples.shape[0])
    for chunk in buffers.chunks(samples):
        samples[chunk] = audio.samples[chunk]
    buffers.release(audio.samples)
    for seconds, direction in ((fade_in_s, slice(None)), (fade_out_s, slice(None, None, -1))):
        count = min(round(seconds * audio.sample_rate), samples.shape[0] // 2)
        if count > 0:
            shape = (0.5 - 0.5 * np.cos(np.pi * np.arange(count) / count)).astype(np.float32)
            samples[direction][:count] *= shape[:, None]
    return samples


def _envelope(samples: np.ndarray) -> np.ndarray:
    """(m, channels) -> (ceil(m / HOP),): the highest true peak of every hop."""
    from scipy.signal import resample_poly

    peaks = np.zeros(math.ceil(samples.shape[0] / HOP) * HOP, np.float32)
    for chunk in buffers.chunks(samples):
        start = max(0, chunk.start - CONTEXT)
        around = np.asarray(samples[start : chunk.stop + CONTEXT], np.float64)
        finer = np.abs(resample_poly(around, OVERSAMPLING, 1, axis=0)).max(axis=1).reshape(-1, OVERSAMPLING).max(axis=1)
        peaks[chunk] = finer[chunk.start - start :][: chunk.stop - chunk.start]
    return peaks.reshape(-1, HOP).max(axis=1).astype(np.float64)


def _limiter_curve(envelope: np.ndarray, ceiling: float, sample_rate: int) -> np.ndarray:
    """(hops,) factors up to 1 that keep `envelope` below `ceiling`.

    They fall in a smooth ramp before each peak and rise slowly after it, so that the waveform is scaled, not distorted.
    """
    from scipy.ndimage import minimum_filter1d

    needed = np.minimum(1.0, ceiling / np.maximum(envelope, 1e-12))
    if needed.min(initial=1.0) >= 1.0:
        return np.ones(needed.shape)
    ahead = max(1, round(LOOK_AHEAD_S * sample_rate / HOP))
    held = minimum_filter1d(needed, 2 * ahead + 3, mode="nearest")
    released = _with_release(held, math.exp(-HOP / (RELEASE_S * sample_rate)))
    window = np.hanning(2 * ahead + 3)[1:-1]
    return np.convolve(np.pad(released, ahead, mode="edge"), window / window.sum(), "valid")


def _interpolated(curve: np.ndarray, chunk: slice) -> np.ndarray:
    """The factor of every sample of a chunk, from those of the hops."""
    first, last = max(0, chunk.start // HOP - 1), chunk.stop // HOP + 2
    centres = np.arange(first, first + len(curve[first:last])) * HOP + HOP / 2
    return np.interp(np.arange(chunk.start, chunk.stop), centres, curve[first:last]).astype(np.float32)


def _with_release(held: np.ndarray, keep: float) -> np.ndarray:
    """Factors that fall immediately and rise exponentially towards 1."""
    out, level = held.tolist(), 1.0
    for i, target in enumerate(out):
        level = min(target, 1.0 - (1.0 - level) * keep)
        out[i] = level
    return np.array(out)


def _linear(decibels: float) -> float:
    return 10 ** (decibels / 20)


def _decibels(amplitude: float) -> float:
    return 20 * math.log10(max(amplitude, 1e-12))
