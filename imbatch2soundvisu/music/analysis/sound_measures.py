"""Measures of rendered sound: width, low and high tones, what is lost in mono, level, and how the last chord ends."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .. import loudness

#: Samples per window of a spectrum.
WINDOW = 16_384
#: Third octaves with less than this share of the energy are not compared in mono.
LEAST_SHARE = 1e-5
#: Share of a melody's energy that lies in the third octaves in which it is compared.
PROMINENT = 0.9
#: How far under its mean power a part is silent, in dB.
LEAST_DB = 15.0
#: Length of a frame of the level curve, in seconds, and its lowest level, in dB.
FRAME_S, SILENCE_DB = 0.1, -120.0
#: How far under the loud level a frame is quiet, in dB, and the percentile of the level curve that is loud.
QUIET_DB, LOUD_PERCENTILE = 15.0, 95.0
#: How far a chord has fallen when it has ended, in dB.
ENDED_DB = 30.0


def correlation(samples: np.ndarray) -> float:
    """Return the correlation of the left and the right channel of (m, 2) samples: 1 is mono, 0 as
    wide as two unrelated channels.

    Examples
    --------
    >>> wave = np.sin(np.arange(1000.0))
    >>> round(correlation(np.column_stack([wave, wave])), 3)
    1.0
    """
    left, right = np.asarray(samples, np.float64).T
    energy = math.sqrt(float(left @ left) * float(right @ right))
    return float(left @ right) / energy if energy else 1.0


def share_db(samples: np.ndarray, sample_rate: int, low: float, high: float = math.inf) -> float:
    """Return the share of the energy between two frequencies in Hz, in dB of the whole.

    Parameters
    ----------
    samples : np.ndarray
        (m, 2).
    sample_rate : int
        Samples per second.
    low, high : float
        The band in Hz.
    """
    frequencies, power = _spectrum(samples, sample_rate)
    inside = power[(frequencies >= low) & (frequencies < high)].sum()
    return 10 * math.log10(max(float(inside / max(power.sum(), 1e-30)), 1e-12))


def flatness_db(samples: np.ndarray, sample_rate: int, low: float = 100.0, high: float = 8000.0) -> float:
    """Return the mean spectral flatness of a band over windows of 0.1 s in dB: 0 is noise, lower is more tonal."""
    frequencies, power = _windows(samples, sample_rate)
    audible = power[:, power.sum(axis=0) > 1e-4 * power.sum(axis=0).max()]
    band = audible[(frequencies >= low) & (frequencies < high)] + 1e-20
    return 10 * math.log10(float(np.mean(np.exp(np.log(band).mean(axis=0)) / band.mean(axis=0))))


def mono_loss_db(samples: np.ndarray, sample_rate: int) -> float:
    """Return how much the third octave that suffers most is softer in mono, in dB: 0 for mono sound,
    3 for unrelated channels.

    Parameters
    ----------
    samples : np.ndarray
        (m, 2).
    sample_rate : int
        Samples per second.
    """
    frequencies, stereo = _spectrum(samples, sample_rate)
    _, mono = _spectrum(np.asarray(samples, np.float64).mean(axis=1, keepdims=True), sample_rate)
    losses = [0.0]
    for band in _third_octaves(frequencies):
        if stereo[band].sum() > LEAST_SHARE * stereo.sum():
            losses.append(10 * math.log10(float(stereo[band].sum() / max(mono[band].sum(), 1e-30))))
    return max(losses)


def prominence_db(melody: np.ndarray, accompaniment: np.ndarray, sample_rate: int) -> float:
    """Return how much stronger a melody is than what accompanies it, where the melody is, in dB.

    Compared are the third octaves that have PROMINENT of the melody's energy, in the windows in which it plays.

    Parameters
    ----------
    melody, accompaniment : np.ndarray
        (m, 2).
    sample_rate : int
        Samples per second.
    """
    frequencies, tune = _windows(melody, sample_rate)
    _, other = _windows(accompaniment, sample_rate)
    plays = tune.sum(axis=0) > 1e-3 * tune.sum(axis=0).max()
    sums = [(tune[band][:, plays].sum(), other[band][:, plays].sum()) for band in _third_octaves(frequencies)]
    sums.sort(reverse=True)
    total, ours, theirs = sum(each[0] for each in sums), 0.0, 0.0
    for strong, below in sums:
        ours, theirs = ours + strong, theirs + below
        if ours >= PROMINENT * total:
            break
    return 10 * math.log10(max(ours, 1e-30) / max(theirs, 1e-30))


def lead_db(melody: np.ndarray, layer: np.ndarray, sample_rate: int) -> float:
    """Return how much louder a melody is than a layer of its accompaniment, while both play, in dB.

    Compared is the mean K-weighted power (as loudness is measured) of the tenths of a second in which both are at most
    LEAST_DB under their own mean.

    Parameters
    ----------
    melody, layer : np.ndarray
        (m, 2).
    sample_rate : int
        Samples per second.

    Returns
    -------
    float
        NaN where they never play together.

    Examples
    --------
    >>> tone = np.sin(np.arange(44_100) * 0.1)
    >>> both = np.column_stack([tone, tone])
    >>> round(lead_db(both, 0.5 * both, 44_100), 2)
    6.02
    """
    powers = [loudness.hop_power([each], len(each), sample_rate) for each in (melody, layer)]
    plays = np.logical_and(*(power > 10 ** (-LEAST_DB / 10) * power.mean() for power in powers))
    if not plays.any():
        return float("nan")
    return 10 * math.log10(float(powers[0][plays].mean() / powers[1][plays].mean()))


def level_curve(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the level of each tenth of a second, (frames,) dB of full scale."""
    size = round(FRAME_S * sample_rate)
    count = len(samples) // size
    frames = np.asarray(samples[: count * size], np.float64).reshape(count, -1)
    return np.maximum(SILENCE_DB, 10 * np.log10(np.maximum((frames**2).mean(axis=1), 1e-12)))


def quiet_share(samples: np.ndarray, sample_rate: int) -> float:
    """Return the share of frames more than 15 dB under the loud level, [0, 1].

    The loud level is the 95th percentile of `level_curve`.
    """
    levels = level_curve(samples, sample_rate)
    return float((levels < np.percentile(levels, LOUD_PERCENTILE) - QUIET_DB).mean()) if len(levels) else float("nan")


def ring_s(samples: np.ndarray, sample_rate: int, last_onset_s: float) -> float:
    """Return how long the last chord rings: the time from its onset until it is 30 dB under its highest level."""
    levels = level_curve(samples[round(last_onset_s * sample_rate) :], sample_rate)
    if not len(levels):
        return 0.0
    top = int(levels.argmax())
    after = np.flatnonzero(levels[top:] < levels[top] - ENDED_DB)
    return float((top + after[0]) * FRAME_S) if after.size else len(levels) * FRAME_S


def _third_octaves(frequencies: np.ndarray) -> Iterator[np.ndarray]:
    """Masks of the third octaves from 25 Hz to 16 kHz."""
    for third in range(-16, 13):
        low = 1000 * 2 ** ((third - 0.5) / 3)
        yield (frequencies >= low) & (frequencies < low * 2 ** (1 / 3))


def _windows(samples: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """(frequencies, power of each window of 0.1 s)."""
    from scipy.signal import stft

    found = stft(np.asarray(samples, np.float64).mean(axis=1), sample_rate, nperseg=round(0.1 * sample_rate))
    return found[0], np.abs(found[2]) ** 2


def _spectrum(samples: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """(frequencies, mean power of all channels)."""
    from scipy.signal import welch

    frequencies, power = welch(np.asarray(samples, np.float64), sample_rate, nperseg=WINDOW, axis=0)
    return frequencies, power.mean(axis=1)
