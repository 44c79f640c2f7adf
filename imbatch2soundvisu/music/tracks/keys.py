"""The key of a recording, by how much it dwells on which notes."""

from __future__ import annotations

import numpy as np

from .. import theory

#: Albrecht & Shanahan 2013: how often each degree is heard in music in a major key, and in a minor one.
MAJOR = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
MINOR = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
#: With this lead over the second best, a key is sure: of 48 pieces of known keys, all 30 that had it were told right,
#: and 8 of the other 18.
SURE = 0.07
#: Steps fainter than this share of the median count less.
FAINT = 0.1


def weights(chroma: np.ndarray) -> np.ndarray:
    """(12,) how much a recording dwells on each pitch class: every step counts alike, and soft notes by their root.

    So neither loud bars nor a ringing bass decide alone. chroma : (12, t) amplitudes, C first.
    """
    roots = np.sqrt(chroma)
    sums = roots.sum(axis=0)
    least = FAINT * float(np.median(sums)) if sums.size else 0.0
    return np.asarray((roots / np.maximum(sums, max(least, 1e-12))).sum(axis=1))


def key_of(notes: np.ndarray) -> tuple[str, float, float]:
    """(name of the key; its lead over the second best; mode, -1 minor to 1 major) of (12,) weights, C first.

    The lead is a difference of correlations with the profiles (Krumhansl 1990), from 0. The mode is three times the
    lead of the best key of one mode over the best of the other.

    >>> key_of(np.array([3.0, 0, 1, 0, 2, 1, 0, 2, 0, 1, 0, 1]))[0]
    'C major'
    """
    if np.ptp(notes) <= 0:
        return "C major", 0.0, 0.0
    fits = {
        theory.Key(tonic, mode): float(np.corrcoef(np.roll(profile, tonic), notes)[0, 1])
        for mode, profile in ((theory.MAJOR, MAJOR), (theory.MINOR, MINOR))
        for tonic in range(12)
    }
    first, second, *_ = sorted(fits, key=lambda key: -fits[key])
    major, minor = (max(fit for key, fit in fits.items() if key.mode == mode) for mode in (theory.MAJOR, theory.MINOR))
    return first.name, fits[first] - fits[second], float(np.clip(3 * (major - minor), -1, 1))
