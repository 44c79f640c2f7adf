"""What a composed piece is called: its mood and genre, and its metre where that is not 4/4."""

from __future__ import annotations

from typing import Any

from ...core import Score, tempo_text
from .genres import GENRES, Genre

#: Characters of the description of an own genre.
LONGEST = 48
#: The metre that is not named.
USUAL = "4/4"


def piece_name(mood: str | None, genre: str | Genre) -> str:
    """Return mood and genre in words; an own genre by its description, or by the name of the one it was made from.

    Examples
    --------
    >>> piece_name("bright", "waltz"), piece_name(None, "folk")
    ('bright waltz', 'folk')
    >>> piece_name("dark", Genre("a slow dance"))
    'a slow dance (dark)'
    """
    name = genre_name(genre)
    if name in GENRES or not name:
        return " ".join(filter(None, (mood, name or "piece of your own genre")))
    return f"{name} ({mood})" if mood else name


def genre_name(genre: str | Genre) -> str:
    """Return the name of a genre; of an own one the name of the row of GENRES with its description, else that."""
    if isinstance(genre, str):
        return genre
    text = " ".join(genre.description.split())
    same = next((name for name, row in GENRES.items() if row.description == genre.description), None)
    return same or (text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…")


def with_metre(piece: str, genre: Genre, metre: str) -> str:
    """Return the name of a piece with its metre, where that is not 4/4 or the genre is not usually in 4/4.

    Examples
    --------
    >>> with_metre("calm lullaby", GENRES["lullaby"], "6/8"), with_metre("song", GENRES["song"], "4/4")
    ('calm lullaby in 6/8', 'song')
    """
    return piece if metre == USUAL and USUAL in genre.metres else f"{piece} in {metre}"


def tempo_line(score: Score) -> list[str]:
    """Return what a line on a score says of its kind and tempo: "bright waltz in 3/4" and "168 bpm".

    Of music that is not composed in a genre, that is only the tempo.
    """
    piece, metre = _piece(score), score.timeline.metre.name
    has_metre = not piece and score.style.startswith("ClusterTheme") and metre != USUAL
    return [*filter(None, (piece,)), f"{tempo_text(score.pulse_bpm)} bpm{f' in {metre}' if has_metre else ''}"]


def _piece(score: Score) -> str:
    """The name of the piece, also where another style is mixed with it; "" for other music."""
    decision: Any = score.decisions[0] if score.decisions else {}
    while isinstance(decision, dict):
        if decision.get("piece"):
            return str(decision["piece"])
        decision = decision.get("with")
    return ""
