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
    from scipy.signal import oaconvolve

    ring = np.zeros((max(len(paths.left), len(paths.late)) - 1, 2), np.float32)
    for chunk in buffers.chunks(samples):
        dry = samples[chunk]
        count = len(dry)
        wet = np.zeros((count + len(ring), 2), np.float32)
        wet[: len(ring)] += ring
        sent = (dry[:, 0] + dry[:, 1]) * paths.send(chunk.start, chunk.stop)
        for channel, response in ((dry[:, 0], paths.left), (dry[:, 1], paths.right), (sent, paths.late)):
            if channel.any():
                wet[: count + len(response) - 1] += oaconvolve(channel[:, None], response, axes=0)
        samples[chunk], ring = wet[:count], wet[count:].copy()
