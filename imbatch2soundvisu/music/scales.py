"""Scales by their names in music theory, with or without a tonic, or as a set of pitch classes."""

from __future__ import annotations

import re
from typing import Any

from ..core.errors import ConfigError
from . import theory

#: Semitones above the tonic of each scale, by name.
SCALES: dict[str, tuple[int, ...]] = {
    "chromatic": tuple(range(12)),
    "major": theory.SCALES[theory.MAJOR],
    "minor": theory.SCALES[theory.MINOR],
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "octatonic": (0, 2, 3, 5, 6, 8, 9, 11),
    "whole-tone": (0, 2, 4, 6, 8, 10),
}
_SAME = {"major pentatonic": "pentatonic", "natural minor": "minor", "whole tone": "whole-tone", "ionian": "major"}
_SAME |= {"aeolian": "minor", "diminished": "octatonic"}
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
    return theory.parse_key(parts[1])[0], steps


def _steps(name: Any) -> tuple[int, ...] | None:
    plain = name.strip().lower() if isinstance(name, str) else ""
    return SCALES.get(_SAME.get(plain, plain))
