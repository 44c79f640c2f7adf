"""The home key of a piece: its tonic on the circle of fifths, its mode by mood, genre and images."""

from __future__ import annotations

import math

import numpy as np

from ..scales import parse_key
from .feature_levels import FeatureLevels
from .settings import ComposerSettings

#: Semitones of the circle of fifths, on the hue circle: red is C, yellow D, green E ..., thirty degrees per fifth.
CIRCLE_OF_FIFTHS = tuple(range(0, 84, 7))
#: Fifths that a plan is away from the tonic of its hue, at most: with the others of a session, nine keys of twelve.
SPREAD = 4


def home_key(settings: ComposerSettings, features: FeatureLevels, rng: np.random.Generator) -> tuple[int, str | None]:
    """Return the tonic and the mode of a piece; None for a mode that follows the images, major or minor by phrase.

    Parameters
    ----------
    settings : ComposerSettings
    features : FeatureLevels
    rng : numpy.random.Generator
        Of the plan.
    """
    tonic, mode = (None, None) if settings.key is None else parse_key(settings.key)
    offset = int(rng.integers(-SPREAD, SPREAD + 1))
    return tonic_from_hue(features.hue, offset) if tonic is None else tonic, mode


def tonic_from_hue(hue: float | None, offset: int = 0) -> int:
    """Return the tonic of a hue on the circle of fifths.

    Parameters
    ----------
    hue : float or None
        Degrees; None and NaN count as red.
    offset : int
        Fifths to add, so that the sequences of a collection are in different, related keys.

    Examples
    --------
    >>> tonic_from_hue(0), tonic_from_hue(60), tonic_from_hue(60, 1)
    (0, 2, 9)
    """
    known = hue if hue is not None and math.isfinite(hue) else 0.0
    return CIRCLE_OF_FIFTHS[(math.floor(known / 30 + 0.5) + offset) % 12] % 12
