"""Names of keys and scales: what is asked for in words, and keys that are spelled alike."""

from __future__ import annotations

import re
from dataclasses import replace

from ..core.errors import ConfigError
from .degrees import MAJOR, MINOR, SAME_SCALES, SCALES
from .theory import Key

_KEY = re.compile(r"([A-Ga-g])([#♯b♭]?)\s*(.*)", re.ASCII)
#: Most sharps or flats of a key.
MOST_SHARPS = 7
_STEPS = re.compile(r"\(\d+( \d+)*\)")


def parse_key_name(text: str) -> tuple[int, str | None]:
    """Return the tonic pitch class and the mode of a key name; the mode is None if only a tonic is given.

    Raises
    ------
    ConfigError
        If it is not a key name.

    Examples
    --------
    >>> parse_key_name("Eb"), parse_key_name("f# minor"), parse_key_name("D Dorian")
    ((3, None), (6, 'minor'), (2, 'dorian'))
    """
    found = _KEY.fullmatch(text.strip()) if isinstance(text, str) else None
    mode = parse_mode(found[3]) if found else None
    if not found or (found[3] and mode is None):
        raise ConfigError(
            f"unknown key {text!r}. A key is a tonic from C to B with or without # or b, such as 'Eb', a scale, or "
            "both, such as 'D dorian' or 'F# minor'; or pitch classes, tonic first, such as (2, 5, 9). Scales: "
            f"{', '.join(SCALES)}"
        )
    shift = {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[found[2]]
    return ("C.D.EF.G.A.B".index(found[1].upper()) + shift) % 12, mode


def named_key(text: str) -> Key:
    """Return the key of a name, spelled as the name is where that takes seven sharps or flats at most.

    Examples
    --------
    >>> named_key("Ab minor").fifths, named_key("G# minor").fifths, named_key("Db minor").name
    (-7, 5, 'C# minor')
    """
    tonic, mode = parse_key_name(text)
    key = Key(tonic, mode or MAJOR)
    sharps = key.fifths + _on_line_of_fifths(text.strip()) - _on_line_of_fifths(key.name)
    return replace(key, sharps=sharps) if abs(sharps) <= MOST_SHARPS else key


def _on_line_of_fifths(name: str) -> int:
    """The place of the tonic of a key on the line of fifths, from C."""
    letter, accidental = name[0].upper(), name[1:2]
    return "FCGDAEB".index(letter) - 1 + 7 * ((accidental in ("#", "♯")) - (accidental in ("b", "♭")))


def spellings(key: Key, most: int = MOST_SHARPS) -> list[Key]:
    """Return a key in each of its spellings with so many sharps or flats at most, the usual one first.

    Examples
    --------
    >>> [each.name for each in spellings(Key(1, MAJOR))], [each.name for each in spellings(Key(9, MINOR))]
    (['Db major', 'C# major'], ['A minor'])
    """
    usual = replace(key, sharps=None).fifths
    return [replace(key, sharps=each) for each in (usual, usual + 12, usual - 12) if abs(each) <= most]


def spelled_like(key: Key, home: Key) -> Key:
    """Return a key with the spelling that is nearest to that of another on the line of fifths.

    Examples
    --------
    >>> [spelled_like(Key(tonic, MINOR), Key(8, MAJOR)).name for tonic in (8, 5, 1)]
    ['Ab minor', 'F minor', 'C# minor']
    >>> [spelled_like(Key(tonic, MINOR), Key(8, MINOR)).name for tonic in (8, 3)]
    ['G# minor', 'D# minor']
    """
    return min(spellings(key), key=lambda each: abs(each.fifths - home.fifths))


def parse_mode(text: str) -> str | None:
    """Return the name of a scale as in SCALES; None if there is none.

    Examples
    --------
    >>> parse_mode("m"), parse_mode("Natural minor"), parse_mode("Whole tone"), parse_mode("klezmer")
    ('minor', 'minor', 'whole-tone', None)
    """
    plain = " ".join(text.lower().split())
    plain = SAME_SCALES.get(plain, plain)
    if plain in SCALES or _STEPS.fullmatch(plain):
        return plain
    return MINOR if text.strip() == "m" else None
