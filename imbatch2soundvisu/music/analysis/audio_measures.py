"""Measures of rendered sound: how wide, how bright and how dynamic it is, and how the last chord ends."""

from __future__ import annotations

import numpy as np

#: Length of a frame of the level curve, in seconds.
FRAME_S = 0.1
#: Frequency from which sound is "air", in Hz.
AIR_HZ = 6000.0
#: How far under the loud level a frame is quiet, in dB, and the percentile of the level curve that is loud.
QUIET_DB, LOUD_PERCENTILE = 15.0, 95.0
#: How far a chord has fallen when it has ended, in dB.
ENDED_DB = 30.0
SILENCE_DB = -120.0


def channel_correlation(samples: np.ndarray) -> float:
    """Return the correlation of left and right, [-1, 1]: 1 for mono.

    Parameters
    ----------
    samples : (n, 2) array

    Examples
    --------
    >>> wave = np.sin(np.arange(1000))
    >>> round(channel_correlation(np.stack([wave, -wave], axis=1)), 6)
    -1.0
    """
    left, right = np.asarray(samples, np.float64).T
    power = np.sqrt((left**2).sum() * (right**2).sum())
    return float((left * right).sum() / power) if power > 0 else float("nan")


def air_db(samples: np.ndarray, sample_rate: int) -> float:
    """Return the energy above 6 kHz relative to all energy, in dB.

    Examples
    --------
    >>> time = np.arange(48_000) / 48_000
    >>> air_db(np.sin(2 * np.pi * 8000 * time)[:, None], 48_000) > -0.1
    True
    """
    power = np.zeros(0)
    for channel in np.asarray(samples, np.float64).T:
        spectrum = np.abs(np.fft.rfft(channel)) ** 2
        power = spectrum if not power.size else power + spectrum
    frequency = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    return _decibels(power[frequency >= AIR_HZ].sum() / max(power.sum(), 1e-30))


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


def _decibels(power: float) -> float:
    return float(max(SILENCE_DB, 10 * np.log10(max(power, 1e-12))))
