"""Convolve sound of any length with impulse responses, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...runtime import buffers


@dataclass(frozen=True)
class Paths:
    """The way of a part's sound to both ears.

    Parameters
    ----------
    left, right : np.ndarray
        (k, 2) float32: the impulse responses of the left and of the right channel of the synthesizer.
    late : np.ndarray
        (m, 2) float32: that of the sum of both channels, scaled by `send`.
    send : callable
        (first, stop) -> (stop - first,) float32: how much of each sample is sent to `late`.
    """

    left: np.ndarray
    right: np.ndarray
    late: np.ndarray
    send: Callable[[int, int], np.ndarray]


def convolve(samples: np.ndarray, paths: Paths) -> None:
    """Replace (m, 2) float32 samples by what arrives at the ears; what would ring beyond their end is left out.

    Memory is that of a few chunks, whatever the length. The same samples give the same result.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    responses = (paths.left, paths.right, paths.late)
    ring = np.zeros((2, max(map(len, responses)) - 1), np.float32)
    size = next_fast_len(min(len(samples), buffers.CHUNK) + ring.shape[1], real=True)
    spectra = np.stack([rfft(np.ascontiguousarray(each.T), size) for each in responses])
    for chunk in buffers.chunks(samples):
        left, right = np.ascontiguousarray(samples[chunk].T)
        if left.any() or right.any():
            sources = rfft(np.stack([left, right, (left + right) * paths.send(chunk.start, chunk.stop)]), size)
            wet = irfft(np.einsum("sf,scf->cf", sources, spectra), size)[:, : len(left) + ring.shape[1]]
        else:
            wet = np.zeros((2, len(left) + ring.shape[1]), np.float32)
        wet[:, : ring.shape[1]] += ring
        samples[chunk], ring = wet[:, : len(left)].T, wet[:, len(left) :].copy()
