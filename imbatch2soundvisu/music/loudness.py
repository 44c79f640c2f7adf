"""Integrated loudness of sound that is processed in chunks.

References
----------
.. [1] ITU-R BS.1770-4, "Algorithms to measure audio programme loudness and true-peak audio level".
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ..runtime import buffers

#: Measuring block, and the distance from one to the next.
BLOCK_S, HOP_S = 0.4, 0.1
HOPS_PER_BLOCK = 4
#: Absolute gate, and the relative gate as a factor of power (-10 LU).
SILENCE_LUFS = -70.0
RELATIVE_GATE = 0.1
_OFFSET = 0.691


def integrated(samples: np.ndarray, sample_rate: int) -> float | None:
    """Return the integrated loudness of sound, or None for silence [1]_.

    Sound shorter than one measuring block (0.4 s) is repeated until it fills one.

    Parameters
    ----------
    samples : np.ndarray
        (m, 2) in [-1, 1].
    sample_rate : int
        Samples per second.

    Returns
    -------
    float or None
        In LUFS, at most about 3.

    Examples
    --------
    >>> sine = 0.1 * np.sin(2 * np.pi * 997 * np.arange(48_000) / 48_000)
    >>> round(integrated(np.column_stack([sine, sine]), 48_000), 1)
    -20.0
    """
    shortest = math.ceil(BLOCK_S * sample_rate) + 1
    if 0 < samples.shape[0] < shortest:
        samples = np.tile(samples, (math.ceil(shortest / samples.shape[0]), 1))
    return integrated_of_chunks((samples[chunk] for chunk in buffers.chunks(samples)), samples.shape[0], sample_rate)


def integrated_of_chunks(chunks: Iterable[np.ndarray], length: int, sample_rate: int) -> float | None:
    """Return the integrated loudness, as `integrated`, of consecutive chunks (k, 2) with `length` samples in all."""
    power = hop_power(chunks, length, sample_rate)
    if not power.any():
        return None
    hops = min(HOPS_PER_BLOCK, len(power))
    blocks = np.convolve(power, np.full(hops, 1 / hops), "valid")
    audible = blocks[blocks > 10 ** ((SILENCE_LUFS + _OFFSET) / 10)]
    if not audible.size:
        return None
    gated = audible[audible > RELATIVE_GATE * audible.mean()]
    return -_OFFSET + 10 * math.log10(float(gated.mean()))


def hop_power(chunks: Iterable[np.ndarray], length: int, sample_rate: int) -> np.ndarray:
    """Return the mean K-weighted power of each 0.1 s, (hops,), summed over the channels.

    Parameters
    ----------
    chunks : iterable of np.ndarray
        Consecutive (k, 2).
    length : int
        Samples in all of them.
    sample_rate : int
        Samples per second.
    """
    import pyloudnorm
    from scipy.signal import sosfilt

    stages = (
        pyloudnorm.IIRfilter(4.0, 1 / math.sqrt(2), 1500.0, sample_rate, "high_shelf"),
        pyloudnorm.IIRfilter(0.0, 0.5, 38.0, sample_rate, "high_pass"),
    )
    sections = np.stack([np.concatenate([stage.b, stage.a]) for stage in stages])
    state = np.zeros((len(stages), 2, 2))
    hop, hops = sample_rate // 10, max(length // (sample_rate // 10), 1)
    power, position = np.zeros(hops + 1), 0
    for chunk in chunks:
        weighted, state = sosfilt(sections, np.ascontiguousarray(chunk.T, np.float64), zi=state)
        count = weighted.shape[1]
        starts = np.concatenate([[0], np.arange(hop - position % hop, count, hop)])
        if count:
            found = np.add.reduceat(np.einsum("cn,cn->n", weighted, weighted), starts)
            np.add.at(power, np.minimum((position + starts) // hop, hops), found)
        position += count
    return power[:hops] / min(hop, max(length, 1))
