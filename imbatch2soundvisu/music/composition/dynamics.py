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
TRANSITION, TOWARDS_NEXT = 0.4, 0.35
#: Limits of the velocity of a slot, before accents and single notes.
SOFTEST, LOUDEST = 28, 118
#: (velocity, name of what is softer).
DYNAMICS = ((52, "pp"), (64, "p"), (76, "mp"), (88, "mf"), (100, "f"), (128, "ff"))


def loudness(
    level: np.ndarray,
    softest_loudest: tuple[int, int],
    intensity: float,
    phrases: Sequence[Phrase],
    parts: np.ndarray | None = None,
) -> np.ndarray:
    """Return the velocity of each slot: that of its phrase, with a swell, and going towards that of the next phrase.

    In pieces of few phrases, parts of them take the place of phrases; the swell stays over the whole phrase.

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
    parts : (slots,) int array, optional
        The part of a phrase that each slot belongs to; None for phrases as a whole.

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
        means = mean if parts is None else part_means(level[here], parts[here])
        own = 0.5 + CONTRAST * (means - 0.5) + WITHIN * (level[here] - means)
        if phrase.last < len(level):
            near = float(level[phrase.last : phrase.last + 2].mean())
            towards = TOWARDS_NEXT * np.clip((place - 1 + TRANSITION) / TRANSITION, 0, 1)
            own = own + towards * (near - mean)
        swell = SWELL * (np.sin(np.pi * place) - 0.6)
        velocity[here] = soft + own * (loud - soft) + swell + 20 * (intensity - 0.5)
    return np.clip(velocity, SOFTEST, LOUDEST)


def part_means(values: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return, for each value, the mean of those in the same part.

    Examples
    --------
    >>> part_means(np.array([1.0, 3.0, 5.0]), np.array([7, 7, 8])).tolist()
    [2.0, 2.0, 5.0]
    """
    index = np.unique(parts, return_inverse=True)[1]
    return np.asarray((np.bincount(index, values) / np.bincount(index))[index])


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
