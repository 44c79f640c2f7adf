"""Scales by their names in music theory, with or without a tonic, or as a set of pitch classes."""

from __future__ import annotations

import re
from typing import Any

from ..core.errors import ConfigError
from . import key_names
from .degrees import SCALES as SCALES

#: The fewest pitch classes of a key.
LEAST_CLASSES = 3
_TONIC = re.compile(r"\s*([A-Ga-g][#♯b♭]?)\s+(.+?)\s*")


def parse_scale(scale: Any) -> tuple[int | None, tuple[int, ...]]:
    """Return the tonic of a scale, None without one, and its semitones above the tonic.

    Parameters
    ----------
    scale : str or sequence of int
        "dorian", "D dorian", "A minor pentatonic", or pitch classes from 0 (C) to 11 (B), whose tonic is C.

    Raises
    ------
    ConfigError
        With the scales there are.

    Examples
    --------
    >>> parse_scale("D dorian"), parse_scale("blues")
    ((2, (0, 2, 3, 5, 7, 9, 10)), (None, (0, 3, 5, 6, 7, 10)))
    >>> parse_scale({0, 4, 7})
    (0, (0, 4, 7))
    """
    if isinstance(scale, tuple | list | set | frozenset):
        if scale and all(isinstance(each, int) and 0 <= each <= 11 for each in scale):
            return 0, tuple(sorted(set(scale)))
        raise ConfigError(
            f"scale={scale!r} must be pitch classes, whole numbers from 0 (C) to 11 (B), or one of: {', '.join(SCALES)}"
        )
    found = _steps(scale)
    if found is not None:
        return None, found
    parts = _TONIC.fullmatch(scale) if isinstance(scale, str) else None
    steps = _steps(parts[2]) if parts else None
    if parts is None or steps is None:
        raise ConfigError(
            f"unknown scale {scale!r}. There are: {', '.join(SCALES)}, each also with a tonic, such as 'D dorian', or "
            "pitch classes, such as (0, 2, 7)"
        )
    return key_names.parse_key_name(parts[1])[0], steps


def parse_key(key: Any) -> tuple[int | None, str | None]:
    """Return the tonic of a key and its mode, as `theory.Key` has them; None for what is left open.

    Parameters
    ----------
    key : str or sequence of int
        "Eb", "D dorian", "blues", or at least three pitch classes from 0 (C) to 11 (B), tonic first.

    Raises
    ------
    ConfigError
        With the keys there are.

    Examples
    --------
    >>> parse_key("D dorian"), parse_key("Eb"), parse_key("blues"), parse_key((2, 5, 9))
    ((2, 'dorian'), (3, None), (None, 'blues'), (2, '(0 3 7)'))
    """
    if isinstance(key, tuple | list):
        classes = set(key)
        if len(classes) < LEAST_CLASSES or not all(type(each) is int and 0 <= each <= 11 for each in key):
            raise ConfigError(
                f"key={key!r} must be at least {LEAST_CLASSES} pitch classes, whole numbers from 0 (C) to 11 (B), the "
                "tonic first"
            )
        steps = sorted((each - key[0]) % 12 for each in classes)
        known = next((name for name, scale in SCALES.items() if scale == tuple(steps)), None)
        return key[0], known or f"({' '.join(map(str, steps))})"
    mode = key_names.parse_mode(key) if isinstance(key, str) else None
    if mode in SCALES:
        return None, mode
    return key_names.parse_key_name(key)


def _steps(name: Any) -> tuple[int, ...] | None:
    mode = key_names.parse_mode(name) if isinstance(name, str) else None
    return SCALES.get(mode) if mode else None
