"""The result of choosing a track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .analysis import Analysis
from .matching import TargetMood


@dataclass(frozen=True)
class Choice:
    """The track that was chosen, and why.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its path within the folder, as text.
    analysis : Analysis
        What was measured of it.
    target : TargetMood
        What the music should be like.
    ranking : tuple of (str, float)
        (name, distance to the target) of all usable tracks, nearest first; distances in [0, 1].
    left_out : tuple of (str, str)
        (name, reason) of the tracks that cannot be used.
    place : mapping of str to float
        Position of the track on the axes, among the usable ones: {axis: [0, 1]}; empty where it is the only one.
    given : bool
        Whether the track was named, not chosen.
    whole : bool
        Whether it is played from its beginning to its end, and never looped.
    unmet : str
        What of the timing the track cannot meet, in words.
    """

    path: Path
    name: str
    analysis: Analysis
    target: TargetMood
    ranking: tuple[tuple[str, float], ...]
    left_out: tuple[tuple[str, str], ...]
    place: Mapping[str, float] = field(default_factory=dict)
    unmet: str = ""
    given: bool = False
    whole: bool = False
