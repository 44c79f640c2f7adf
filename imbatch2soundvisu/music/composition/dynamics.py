"""Dynamics: MIDI velocity from the images, the mood and the intensity, and its name in music."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .form import Phrase

#: How much the velocity of a slot rises over the middle of its phrase.
SWELL = 3.0
#: Limits of the velocity of a slot, before accents and single notes.
SOFTEST, LOUDEST = 28, 118
#: (velocity, name of what is softer).
DYNAMICS = ((52, "pp"), (64, "p"), (76, "mp"), (88, "mf"), (100, "f"), (128, "ff"))


def loudness(
    level: np.ndarray, softest_loudest: tuple[int, int], intensity: float, phrases: Iterable[Phrase]
) -> np.ndarray:
    """Return the velocity of each slot, with a small swell over each phrase.

    Parameters
    ----------
    level : (slots,) array
        In [0, 1].
    softest_loudest : (int, int)
        Velocities at the levels 0 and 1.
    intensity : float
        In [0, 1]; shifts the velocity by up to 10 either way.
    phrases : iterable of Phrase
        Counted in slots.

    Returns
    -------
    (slots,) float64
        Between SOFTEST and LOUDEST.
    """
    soft, loud = softest_loudest
    velocity = soft + level * (loud - soft) + 20 * (intensity - 0.5)
    for phrase in phrases:
        position = (np.arange(len(phrase)) + 0.5) / len(phrase)
        velocity[phrase.first : phrase.last] += SWELL * (np.sin(np.pi * position) - 0.6)
    return np.clip(velocity, SOFTEST, LOUDEST)


def velocity_of(value: float) -> int:
    """Return the nearest MIDI velocity, [1, 127]."""
    return min(max(round(value), 1), 127)


def dynamic(velocity: int) -> str:
    """Return the dynamic marking of a velocity, "pp" to "ff".

    Examples
    --------
    >>> dynamic(70), dynamic(127)
    ('mp', 'ff')
    """
    return next(name for limit, name in DYNAMICS if velocity < limit)
