"""Text from elsewhere, made harmless for a terminal."""

from __future__ import annotations

import unicodedata
from typing import Any

#: Controls, halves of surrogate pairs (bytes of a name that are no text), separators of lines and of paragraphs.
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: What changes the direction of the text after it (Unicode Standard Annex 9, 2.1 to 2.5).
_DIRECTIONS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def plain(text: object, keep: str = "") -> str:
    r"""Return `text` as one line that cannot control the terminal: controls become escapes.

    Parameters
    ----------
    text : object
        Anything with a `str`.
    keep : str
        Characters that stay as they are, "\n" for a text of several lines.

    Examples
    --------
    >>> print(plain("a\x1b[31m\nb"))
    a\x1b[31m\nb
    """
    return "".join(_escaped(c) if c not in keep else c for c in str(text))


def replace_unencodable(stream: Any) -> None:
    """Let a stream that cannot encode a character (a pipe in code page 1252) write "?" rather than fail."""
    if getattr(stream, "errors", None) in ("strict", "surrogateescape") and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def _escaped(character: str) -> str:
    controls = unicodedata.category(character) in _CONTROLS or unicodedata.bidirectional(character) in _DIRECTIONS
    return character.encode("unicode_escape").decode("ascii") if controls else character
