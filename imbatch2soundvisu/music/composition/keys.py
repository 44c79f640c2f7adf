"""The home key of a piece: its tonic on the circle of fifths, its mode by mood, genre and images."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np

from ..degrees import MAJOR, MINOR
from ..key_names import MOST_SHARPS, named_key, spelled_like, spellings
from ..scales import parse_key
from ..theory import Key
from .feature_levels import FeatureLevels
from .form import Phrase
from .genres import BRIGHTNESS, Genre
from .settings import ComposerSettings

#: Semitones of the circle of fifths, on the hue circle: red is C, yellow D, green E ..., thirty degrees per fifth.
CIRCLE_OF_FIFTHS = tuple(range(0, 84, 7))
#: Fifths that a plan is away from the tonic of its hue, at most: with the others of a session, nine keys of twelve.
MOST_FIFTHS = 4
#: The tonic of a name of a key.
TONIC_NAME = re.compile(r"[A-Ga-g][#♯b♭]?")
#: Accidentals that a key counts more if it cannot be spelled like the others.
RESPELLED = 4
#: How much chance moves the brightness of each mode.
JITTER = 0.35


def home_key(
    settings: ComposerSettings, genre: Genre, features: FeatureLevels, rng: np.random.Generator
) -> tuple[int, str | None]:
    """Return the tonic and the mode of a piece; None for a mode that follows the images, major or minor by phrase.

    Parameters
    ----------
    settings : ComposerSettings
    genre : Genre
    features : FeatureLevels
    rng : numpy.random.Generator
        Of the plan.
    """
    tonic, mode = (None, None) if settings.key is None else parse_key(settings.key)
    offset, draws = int(rng.integers(-MOST_FIFTHS, MOST_FIFTHS + 1)), rng.random(len(BRIGHTNESS))
    if settings.key is None:
        mode = _mode(genre.modes or (MAJOR, MINOR, *settings.mood.modes), settings, features, draws)
    return tonic_from_hue(features.hue, offset) if tonic is None else tonic, mode


def _mode(modes: tuple[str, ...], settings: ComposerSettings, features: FeatureLevels, draws: np.ndarray) -> str | None:
    """The mode nearest in brightness to the images; None for major or minor by phrase, where both are possible."""
    level = features.whole["mode"] + settings.mood.mode_bias
    chance = dict(zip(BRIGHTNESS, draws.tolist(), strict=True))
    chosen = min(modes, key=lambda mode: abs(BRIGHTNESS[mode] - level) + JITTER * chance[mode])
    return None if chosen in (MAJOR, MINOR) and {MAJOR, MINOR} <= set(modes) else chosen


def with_tonal_close(phrases: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
    """Return phrases in a mode whose last one closes in major or minor, with a leading tone, as singers raise it."""
    last = phrases[-1]
    if last.key.is_tonal:
        return phrases
    has_major_third = (last.key.tonic + 4) % 12 in last.key.scale
    closing = Key(last.key.tonic, MAJOR if has_major_third else MINOR)
    return (*phrases[:-1], replace(last, closing=closing))


def with_spelling(phrases: tuple[Phrase, ...], tonic: int, given: object = None) -> tuple[Phrase, ...]:
    """Return phrases whose keys are spelled alike, with few accidentals: Ab minor beside Ab major, C# minor beside E.

    Parameters
    ----------
    phrases : tuple of Phrase
    tonic : int
        Pitch class of the home key.
    given : str or sequence of int, optional
        The key that was asked for, with its own spelling.
    """
    keys = [key for p in phrases for key in (p.key, p.closing) if key is not None]
    at_home = sorted({key for key in keys if key.tonic == tonic}, key=lambda key: key.mode != MAJOR)
    home = at_home[0] if at_home else Key(tonic, MAJOR)
    if isinstance(given, str) and (name := TONIC_NAME.match(given.strip())) and parse_key(given)[0] is not None:
        home = named_key(f"{name[0]} {home.mode}")
    else:
        home = min(spellings(home), key=lambda each: sum(_accidentals(key, each) for key in keys))

    def spelled(phrase: Phrase) -> Phrase:
        closing = None if phrase.closing is None else spelled_like(phrase.closing, home)
        return replace(phrase, key=spelled_like(phrase.key, home), closing=closing)

    return tuple(spelled(phrase) for phrase in phrases)


def _accidentals(key: Key, home: Key) -> int:
    """Accidentals of a key that is spelled like another, and RESPELLED more where that takes more than there are."""
    nearest = min(spellings(key, 12), key=lambda each: abs(each.fifths - home.fifths))
    found = abs(nearest.fifths)
    return found + RESPELLED * (found > MOST_SHARPS)


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
