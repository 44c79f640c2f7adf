"""Filters of second order as scipy's second-order sections, after the Audio EQ Cookbook [1]_.

References
----------
.. [1] R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients", W3C note, 2021.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

#: Quality of a high-pass or shelf without overshoot.
BUTTERWORTH = math.sqrt(0.5)


def high_pass(frequency: float, sample_rate: int, q: float = BUTTERWORTH) -> np.ndarray:
    """Return a high-pass filter with a slope of 12 dB an octave as (6,) coefficients.

    Parameters
    ----------
    frequency : float
        Where the gain is `q`: -3 dB by default, in Hz.
    sample_rate : int
        Samples per second.
    q : float
        Quality.

    Examples
    --------
    >>> bool(abs(gain_db([high_pass(120, 44_100)], 120, 44_100) + 3.01) < 0.01)
    True
    """
    cosine, alpha = _angle(frequency, sample_rate, q)
    b = np.array([1 + cosine, -2 * (1 + cosine), 1 + cosine]) / 2
    return _section(b, np.array([1 + alpha, -2 * cosine, 1 - alpha]))


def bell(frequency: float, decibels: float, q: float, sample_rate: int) -> np.ndarray:
    """Return a peak or dip of `decibels` at a frequency in Hz as (6,) coefficients; higher `q` is narrower."""
    cosine, alpha = _angle(frequency, sample_rate, q)
    a = 10 ** (decibels / 40)
    return _section(
        np.array([1 + alpha * a, -2 * cosine, 1 - alpha * a]), np.array([1 + alpha / a, -2 * cosine, 1 - alpha / a])
    )


def high_shelf(frequency: float, decibels: float, sample_rate: int) -> np.ndarray:
    """Return a filter as (6,) coefficients that changes what is above a frequency in Hz by `decibels`, there by half.

    Examples
    --------
    >>> [round(gain_db([high_shelf(6000, 4, 44_100)], f, 44_100), 1) for f in (200, 6000, 20_000)]
    [0.0, 2.0, 4.0]
    """
    cosine, alpha = _angle(frequency, sample_rate, BUTTERWORTH)
    a = 10 ** (decibels / 40)
    root = 2 * math.sqrt(a) * alpha
    up, down = (a + 1) + (a - 1) * cosine, (a + 1) - (a - 1) * cosine
    b = a * np.array([up + root, -2 * ((a - 1) + (a + 1) * cosine), up - root])
    return _section(b, np.array([down + root, 2 * ((a - 1) - (a + 1) * cosine), down - root]))


def filtered(samples: np.ndarray, sections: Iterable[np.ndarray]) -> np.ndarray:
    """Return samples, the first axis being time, after the filters."""
    from scipy.signal import sosfilt

    sections = list(sections)
    return sosfilt(np.stack(sections), samples, axis=0) if sections else samples


def gain_db(sections: Iterable[np.ndarray], frequency: float, sample_rate: int) -> float:
    """Return the gain of filters at a frequency in Hz, in dB."""
    z = np.exp(-2j * math.pi * frequency / sample_rate) ** np.arange(3)
    return float(sum(20 * np.log10(abs((each[:3] @ z) / (each[3:] @ z))) for each in sections))


def _angle(frequency: float, sample_rate: int, q: float) -> tuple[float, float]:
    """The cosine of the angle of a frequency, and alpha of the cookbook."""
    angle = 2 * math.pi * min(frequency, 0.49 * sample_rate) / sample_rate
    return math.cos(angle), math.sin(angle) / (2 * q)


def _section(b: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.concatenate([b, a]) / a[0]
