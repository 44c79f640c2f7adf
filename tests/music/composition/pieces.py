"""Sequences of many shapes, the pieces composed for them, and what is in a piece."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.core import ImageSequence, Note, Score, Timing
from imbatch2soundvisu.music import theory
from imbatch2soundvisu.music.composition.draft import Draft
from imbatch2soundvisu.music.composition.instruments import STRUCK
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import composed

RANDOM = np.random.default_rng(11)


CASES: dict[str, tuple] = {
    "rising": (np.linspace(0, 1, 48), None, 1.0),
    "falling, dark": (np.linspace(1, 0, 24), Composed("dark"), 2.0),
    "erratic, lively": (RANDOM.random(36), Composed("lively"), 1.0),
    "random walk, calm": (np.cumsum(RANDOM.normal(size=60)), Composed("calm"), 1.0),
    "two": ([0.0, 1.0], None, 1.0),
    "three": ([1.0, 0.0, 2.0], None, 1.0),
    "five": ([1.0, 0.0, 2.0, 2.0, 0.5], None, 1.0),
    "seven of one beat": (RANDOM.random(7), Composed("bright"), 0.5),
    "one beat each": (RANDOM.random(40), None, 0.5),
    "two of one beat": ([3.0, 1.0], None, 0.5),
    "eight beats each": (RANDOM.random(12), None, 4.0),
    "constant": (np.full(16, 7.0), None, 1.5),
    "undefined": (np.full(20, np.nan), None, 3.0),
    "holes": (np.where(np.arange(30) % 4 == 0, np.nan, np.arange(30)), None, 1.0),
    "three hundred": (np.sin(np.arange(300) / 20), None, 0.5),
}


FREE_TIMING = Timing()


@pytest.fixture(scope="module", params=list(CASES))
def piece(request: pytest.FixtureRequest) -> Score:
    return composed(*CASES[request.param], seed=len(request.param))


def drafted(wanted: ImageSequence, style: Composed | None = None, seconds: float = 1.0, seed: int = 0) -> Draft:
    """What is decided before the notes are played; its parts are those of the ensemble, whether they play or not."""
    style = style or Composed()
    return style.draft(wanted, style.timeline(wanted, 30, Timing(seconds)), seed)


def of_part(notes: list[Note], index: int) -> list[Note]:
    return sorted((n for n in notes if n.part == index), key=lambda n: n.start)


def struck(score: Score) -> list[Note]:
    """The notes that can mark a cut: of struck and plucked instruments, basses left out."""
    parts = [k for k, each in enumerate(score.parts) if each.program in STRUCK and not each.drums]
    playing = {k for k in parts if not score.parts[k].name.startswith("Bass")}
    return [n for n in score.notes if n.part in playing]


def soloist_of(score: Score, name: str) -> list[Note]:
    playing = [i for i, each in enumerate(score.parts) if each.name == f"Melody: {name}"]
    return [n for n in score.notes if n.part in playing]


def pitch_classes(name: str) -> set[int]:
    """The pitch classes of a chord by its name, the bass aside."""
    name = name.split("/")[0]
    root = name[: 1 + len(name[1:]) - len(name[1:].lstrip("#b"))]
    shift = root.count("#") - root.count("b")
    return {("C.D.EF.G.A.B".index(root[0]) + shift + step) % 12 for step in theory.QUALITIES[name[len(root) :]]}
