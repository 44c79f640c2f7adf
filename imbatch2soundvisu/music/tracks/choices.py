"""Which track was chosen, and why; remembered from a timeline to its score."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .analysis import Analysis
from .matching import Wish

#: Choices that are remembered from `timeline` to `compose`.
REMEMBERED = 256


@dataclass(frozen=True)
class Choice:
    """The track that was chosen, and why. ranking : (name, distance) of all that can be used, nearest first.

    left_out : (name, reason) of those that cannot. place : where the track lies on the axes among them, {axis: [0, 1]};
    empty where there was no choice. aside : what of the pace the track cannot keep, in words.
    """

    path: Path
    name: str
    analysis: Analysis
    wish: Wish
    ranking: tuple[tuple[str, float], ...]
    left_out: tuple[tuple[str, str], ...]
    place: Mapping[str, float] = field(default_factory=dict)
    aside: str = ""


class Choices:
    """The latest choices, so that a score is of the track that its timeline was cut to."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Choice] = OrderedDict()

    def put(self, key: Hashable, choice: Choice) -> None:
        self._kept[key] = choice
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

    def get(self, key: Hashable) -> Choice | None:
        choice = self._kept.get(key)
        return choice if choice is not None and choice.path.is_file() else None
