"""Dynamics: MIDI velocity from the images, the mood and the intensity, and its name in music."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .form import Phrase

#: How much the velocity of a slot rises over the middle of its phrase.
SWELL = 4.0
#: How much further phrases lie from the middle than their images do on average, and how much of the differences between
#: the images of a phrase is left, so that loudness follows the images from phrase to phrase.
CONTRAST, WITHIN = 1.8, 0.8
#: Share of a phrase, from its end, over which it goes towards the loudness of the next one, and how far.
APPROACH, APPROACHED = 0.4, 0.35
#: Limits of the velocity of a slot, before accents and single notes.
SOFTEST, LOUDEST = 28, 118
#: (velocity, name of what is softer).
DYNAMICS = ((52, "pp"), (64, "p"), (76, "mp"), (88, "mf"), (100, "f"), (128, "ff"))


def loudness(
    level: np.ndarray, softest_loudest: tuple[int, int], intensity: float, phrases: Sequence[Phrase]
) -> np.ndarray:
    """Return the velocity of each slot: that of its phrase, with a swell, and going towards that of the next phrase.

    Parameters
    ----------
    level : (slots,) array
        In [0, 1].
    softest_loudest : (int, int)
        Velocities of images at the levels 0 and 1.
    intensity : float
        In [0, 1]; shifts the velocity by up to 10 either way.
    phrases : sequence of Phrase
        Counted in slots.

    Returns
    -------
    (slots,) float64
        Between SOFTEST and LOUDEST.
    """
    soft, loud = softest_loudest
    velocity = np.empty(len(level))
    for phrase in phrases:
        here = slice(phrase.first, phrase.last)
        mean, place = float(level[here].mean()), (np.arange(len(phrase)) + 0.5) / len(phrase)
        own = 0.5 + CONTRAST * (mean - 0.5) + WITHIN * (level[here] - mean)
        if phrase.last < len(level):
            near = float(level[phrase.last : phrase.last + 2].mean())
            towards = APPROACHED * np.clip((place - 1 + APPROACH) / APPROACH, 0, 1)
            own = own + towards * (near - mean)
        swell = SWELL * (np.sin(np.pi * place) - 0.6)
        velocity[here] = soft + own * (loud - soft) + swell + 20 * (intensity - 0.5)
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
