"""Pixels mixed with others: opacity, masks and transparent tiles."""

from __future__ import annotations

import numpy as np


def mixed(pixels: np.ndarray, others: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return pixels mixed with others; share : uint8, 255 for the first ones only.

    Examples
    --------
    >>> mixed(np.array([200, 200], np.uint8), np.array([0, 100], np.uint8), np.array([51, 0], np.uint8)).tolist()
    [40, 100]
    """
    weights = share.astype(np.uint16)
    return ((pixels * weights + others * (255 - weights) + 127) // 255).astype(np.uint8)


def weighted_sum(mosaic: np.ndarray, target: np.ndarray, opacity: float) -> np.ndarray:
    """Return (1 - opacity) x mosaic + opacity x target, rounded, halves upwards.

    Parameters
    ----------
    mosaic, target : ndarray
        uint8, of one shape.
    opacity : float
        Share of the target, from 0 to 1.

    Examples
    --------
    >>> weighted_sum(np.array([100], np.uint8), np.array([200], np.uint8), 0.25).tolist()
    [125]
    """
    codes = np.arange(256)
    table = np.floor((1 - opacity) * codes[:, None] + opacity * codes + 0.5).astype(np.uint8).ravel()
    return np.asarray(np.take(table, mosaic.astype(np.uint16) * 256 + target))
