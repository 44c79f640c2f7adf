"""How loud: what images, mood and intensity make of velocity, and what musicians call it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .form import Phrase

#: How much the velocity of a slot swells over its phrase.
SWELL = 3.0
#: The softest and the loudest that a slot may be, before accents and what belongs to single notes.
SOFTEST, LOUDEST = 28, 118
DYNAMICS = ((52, "pp"), (64, "p"), (76, "mp"), (88, "mf"), (100, "f"), (128, "ff"))


def loudness(
    level: np.ndarray, softest_loudest: tuple[int, int], intensity: float, phrases: Iterable[Phrase]
) -> np.ndarray:
    """(slots,) velocity of (slots,) levels in [0, 1] between two ends, with a small swell over each phrase.

    intensity : in [0, 1], softer or louder by up to ten.
    """
    soft, loud = softest_loudest
    velocity = soft + level * (loud - soft) + 20 * (intensity - 0.5)
    for phrase in phrases:
        place = (np.arange(len(phrase)) + 0.5) / len(phrase)
        velocity[phrase.first : phrase.last] += SWELL * (np.sin(np.pi * place) - 0.6)
    return np.clip(velocity, SOFTEST, LOUDEST)


def velocity_of(value: float) -> int:
    """The nearest MIDI velocity, [1, 127]."""
    return min(max(round(value), 1), 127)


def dynamic(velocity: int) -> str:
    """What musicians call a velocity: pp to ff."""
    return next(name for limit, name in DYNAMICS if velocity < limit)
