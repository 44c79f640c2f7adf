"""A recording as numbers over time: its samples, its spectrum in bands and pitch classes, and where notes begin."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import recordings

#: Sounds are analysed at this rate, in steps of HOP samples (12 ms).
RATE = 22_050
HOP, WINDOW = 256, 1024
#: What is listened to of a long recording, and used: its first ten minutes.
LISTENED_S = 600.0
#: A track begins, and ends, where it is this much quieter than its loud parts.
EDGE_DB = 35.0
#: Mel bands, and steps that are worked on at once.
BANDS, BLOCK = 96, 4096


def listen(path: Path) -> tuple[np.ndarray, bool]:
    """((m, 2) float32 at RATE, whether there is more of it)."""
    most, heard = round(LISTENED_S * RATE), 0
    samples = np.empty((most, 2), np.float32)  # memory that is not written to is not taken
    for block in recordings.decode(path, RATE):
        part = block[: most - heard]
        samples[heard : heard + len(part)] = part
        heard += len(part)
        if len(part) < len(block):
            return samples, True
    return samples[:heard], False


def spectra(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each step: power in mel bands (bands, t), in pitch classes (12, t), and the spectral centroid in Hz (t,).

    Step k is centred on sample k * HOP. Pitch classes come from windows four times as long, every fourth step.
    """
    import librosa

    mels = librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=BANDS)
    notes = librosa.filters.chroma(sr=RATE, n_fft=4 * WINDOW, octwidth=1.5, ctroct=4.0)
    frequencies = librosa.fft_frequencies(sr=RATE, n_fft=WINDOW)
    steps = len(samples) // HOP + 1
    bands, centroids = np.empty((BANDS, steps), np.float32), np.empty(steps, np.float32)
    chroma = np.empty((12, -(-steps // 4)), np.float32)
    for first in range(0, steps, BLOCK):
        count = min(BLOCK, steps - first)
        power = np.abs(
            librosa.stft(_around(samples, first, count, HOP, WINDOW), n_fft=WINDOW, hop_length=HOP, center=False)
        )
        centroids[first : first + count] = frequencies @ power / np.maximum(power.sum(axis=0), 1e-9)
        bands[:, first : first + count] = mels @ np.square(power)
    for first in range(0, chroma.shape[1], BLOCK // 4):
        count = min(BLOCK // 4, chroma.shape[1] - first)
        mono = _around(samples, first, count, 4 * HOP, 4 * WINDOW)
        power = np.abs(librosa.stft(mono, n_fft=4 * WINDOW, hop_length=4 * HOP, center=False))
        chroma[:, first : first + count] = notes @ power
    return bands, np.repeat(chroma, 4, axis=1)[:, :steps], centroids


def _around(samples: np.ndarray, first: int, count: int, hop: int, window: int) -> np.ndarray:
    """The mono samples of `count` windows, the first centred on sample first * hop; silent beyond the ends."""
    start, stop = first * hop - window // 2, (first + count - 1) * hop + window // 2
    mono = samples[max(start, 0) : stop].mean(axis=1)
    return np.pad(mono, (max(-start, 0), max(stop - max(start, 0) - len(mono), 0)))


def edges(power: np.ndarray) -> tuple[int, int]:
    """The steps between which a recording sounds: (first, last excluded)."""
    floor = np.percentile(power, 95) * 10 ** (-EDGE_DB / 10)
    there = np.flatnonzero(power > floor)
    return int(there[0]), int(there[-1]) + 1


def onsets(bands: np.ndarray, begins: int, ends: int) -> tuple[np.ndarray, np.ndarray]:
    """((t,) onset strength in dB, the steps of the onsets where it sounds)."""
    import librosa

    loud = librosa.power_to_db(bands, ref=np.max, top_db=80.0)
    strength = librosa.onset.onset_strength(S=loud, sr=RATE, hop_length=HOP, lag=2, max_size=3, center=False)
    strength = np.nan_to_num(strength[: bands.shape[1]])
    heard = strength[begins:ends]
    rises = librosa.onset.onset_detect(onset_envelope=heard, sr=RATE, hop_length=HOP, normalize=True)
    least = max(0.15 * float(np.percentile(heard, 98)), 1.0)  # what does not rise by a decibel is not heard to begin
    return strength, np.array([each + begins for each in rises if heard[each] >= least], np.intp)
