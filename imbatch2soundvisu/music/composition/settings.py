"""Parameters of the composer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .ensembles import Ensemble
from .genres import Genre
from .mapping import MappingRow
from .moods import Mood


@dataclass(frozen=True)
class ComposerSettings:
    """Parameters of the composer; see `Composed`.

    Parameters
    ----------
    mood_name : str or None
    mood : Mood
    key : str, tuple of int or None
    ensemble : str, Ensemble or None
    intensity : float
    has_drums : bool or None
        None for as the genre and the mood have it.
    mapping : {parameter: MappingRow}
    genre : str or Genre, optional
        A name in GENRES; None for one of those of the mood.
    metre : str, optional
        A name in METRES; None for one of those of the genre.
    """

    mood_name: str | None
    mood: Mood
    key: str | tuple[int, ...] | None
    ensemble: str | Ensemble | None
    intensity: float
    has_drums: bool | None
    mapping: Mapping[str, MappingRow]
    genre: str | Genre | None = None
    metre: str | None = None
