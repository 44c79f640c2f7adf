"""A recording as arrays over time: samples, mel spectrum, chroma, spectral centroid, onset strength."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import recordings

#: Sample rate of the analysis, and samples per step (12 ms) and window.
RATE = 22_050
HOP, WINDOW = 256, 1024
#: Only the beginning of longer recordings is analysed and used.
MAX_DURATION_S = 600.0
#: A track begins and ends where it is this much quieter than its loud sections.
EDGE_DB = 35.0
#: Mel bands, and steps that are processed together.
BANDS, BLOCK = 96, 4096


def load(path: Path) -> tuple[np.ndarray, bool]:
    """Return the samples of a recording, (m, 2) float32 at RATE, and whether it is longer than MAX_DURATION_S."""
    most, count = round(MAX_DURATION_S * RATE), 0
    samples = np.empty((most, 2), np.float32)  # untouched pages take no memory
    for block in recordings.decode(path, RATE):
        used = block[: most - count]
        samples[count : count + len(used)] = used
        count += len(used)
        if len(used) < len(block):
            return samples, True
    return samples[:count], False


def spectra(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return three spectral representations, computed in blocks.

    Parameters
    ----------
    samples : np.ndarray
        (m, 2) at RATE.

    Returns
    -------
    bands : np.ndarray
        (BANDS, t) float32: power in mel bands. Step k is centred on sample k * HOP.
    chroma : np.ndarray
        (12, t) float32: amplitude of the pitch classes, C first, from windows four times as long, every fourth step.
    centroids : np.ndarray
        (t,) float32: spectral centroid in Hz.
    """
    import librosa

    mels = librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=BANDS)
    frequencies = librosa.fft_frequencies(sr=RATE, n_fft=WINDOW)
    steps = len(samples) // HOP + 1
    bands, centroids = np.empty((BANDS, steps), np.float32), np.empty(steps, np.float32)
    for first in range(0, steps, BLOCK):
        block = slice(first, min(first + BLOCK, steps))
        mono = _windows(samples, first, block.stop - first, HOP, WINDOW)
        magnitude = np.abs(librosa.stft(mono, n_fft=WINDOW, hop_length=HOP, center=False))
        centroids[block] = frequencies @ magnitude / np.maximum(magnitude.sum(axis=0), 1e-9)
        bands[:, block] = mels @ np.square(magnitude)
    return bands, np.repeat(_chroma(samples, -(-steps // 4)), 4, axis=1)[:, :steps], centroids


def _chroma(samples: np.ndarray, steps: int) -> np.ndarray:
    import librosa

    filters = librosa.filters.chroma(sr=RATE, n_fft=4 * WINDOW, octwidth=1.5, ctroct=4.0)
    chroma = np.empty((12, steps), np.float32)
    for first in range(0, steps, BLOCK // 4):
        count = min(BLOCK // 4, steps - first)
        mono = _windows(samples, first, count, 4 * HOP, 4 * WINDOW)
        magnitude = np.abs(librosa.stft(mono, n_fft=4 * WINDOW, hop_length=4 * HOP, center=False))
        chroma[:, first : first + count] = filters @ magnitude
    return chroma


def _windows(samples: np.ndarray, first: int, count: int, hop: int, window: int) -> np.ndarray:
    """The mono samples of `count` windows, the first centred on sample first * hop; zeros beyond the ends."""
    start, stop = first * hop - window // 2, (first + count - 1) * hop + window // 2
    mono = samples[max(start, 0) : stop].mean(axis=1)
    return np.pad(mono, (max(-start, 0), max(stop - max(start, 0) - len(mono), 0)))


def edges(power: np.ndarray) -> tuple[int, int]:
    """Return the first step of (t,) power that is not silent, and the step after the last one."""
    floor = np.percentile(power, 95) * 10 ** (-EDGE_DB / 10)
    audible = np.flatnonzero(power > floor)
    return int(audible[0]), int(audible[-1]) + 1


def onsets(bands: np.ndarray, begin: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the onset strength in dB, (t,), and the steps of the onsets between `begin` and `end`.

    Parameters
    ----------
    bands : np.ndarray
        (BANDS, t) power.
    begin, end : int
        Steps between which the recording is not silent.
    """
    import librosa

    loud = librosa.power_to_db(bands, ref=np.max, top_db=80.0)
    strength = librosa.onset.onset_strength(S=loud, sr=RATE, hop_length=HOP, lag=2, max_size=3, center=False)
    strength = np.nan_to_num(strength[: bands.shape[1]])
    audible = strength[begin:end]
    peaks = librosa.onset.onset_detect(onset_envelope=audible, sr=RATE, hop_length=HOP, normalize=True)
    least = max(0.15 * float(np.percentile(audible, 98)), 1.0)  # rises of less than a decibel are not audible
    return strength, np.array([each + begin for each in peaks if audible[each] >= least], np.intp)
