"""What composed pieces are worth in numbers: twenty sequences of real images, in several orders and moods."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import FeatureTable, ImageSequence, Score
from imbatch2soundvisu.music.analysis import measures
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.plans import rendering
from tests.conftest import DATA

SAMPLE = "the built-in sample"
#: Images that are measured of each collection: as many as the longest sequence has, and a few to choose from.
MEASURED = 72
FEATURES = (
    "luminance", "saturation", "edge_density", "warmth", "hue", "subject_scale", "contrast", "colourfulness",
    "entropy", "texture",
)  # fmt: skip
#: (least, most) of each measure that a piece must have.
LIMITS = {
    "scale_consistency": (0.95, 1.0),
    "empty_beat_rate": (0.0, 0.05),
    "groove_consistency": (0.85, 0.99),
    "chord_tone_share": (0.9, 1.0),
    "voice_motion": (0.0, 3.0),
    "parallels_melody_bass": (0.0, 0.0),
    "cadence": (1.0, 1.0),
    "structure": (math.nextafter(0, 1), 2.0),
}
#: How well each declared feature is to be heard, from so many images on; and how little where they are shuffled.
FOLLOWS, ENOUGH, SHUFFLED = 0.8, 20, 0.1


@dataclass(frozen=True)
class Case:
    """Of which images (those of the sample, where they are not here), in which order, how many, and how."""

    source: str
    order: str
    count: int
    mood: str | None = None
    seconds: float | None = None

    @property
    def name(self) -> str:
        return f"{self.source} {self.order} {self.count} {self.mood or 'free'}"

    @property
    def plan(self) -> i2s.SequencePlan:
        style = Composed(mood=self.mood)
        return i2s.SequencePlan(self.name, self.order, style, limit=self.count, seconds_per_image=self.seconds)


CASES = (
    Case("A-photos-gcompris", "luminance", 40), Case("A-photos-gcompris", "smooth", 60),
    Case("A-photos-gcompris", "hue", 16, "bright"), Case("A-photos-gcompris", "contrast", 36, "calm", 1.0),
    Case("B-clothing", "saturation", 30, "dark"), Case("B-clothing", "smooth", 52, "calm"),
    Case("B-clothing", "edge_density", 20, "lively"), Case("C-faces", "subject_scale", 26),
    Case("C-faces", "smooth", 44, "dark", 2.0), Case("D-frames-bbb", "name", 60),
    Case("D-frames-bbb", "smooth", 34, "lively", 0.5), Case("E-archive-amnh", "luminance", 48, "dark"),
    Case("E-archive-amnh", "shuffled", 28, None, 3.0), Case("A-emoji", "hue", 48),
    Case("A-stamps-alpha", "warmth", 12, "calm"), Case("A-stamps-alpha", "luminance", 32, None, 1.5),
    Case(SAMPLE, "hue", 24), Case(SAMPLE, "luminance", 56, "lively"), Case(SAMPLE, "shuffled", 14, None, 4.0),
    Case(SAMPLE, "smooth", 42, "bright"),
)  # fmt: skip


@dataclass(frozen=True)
class Marked:
    case: Case
    sequence: ImageSequence
    score: Score

    @functools.cached_property
    def marks(self) -> dict[str, float]:
        return measures.measure_score(self.score, self.sequence)


@functools.cache
def table(source: str, cache: Path) -> FeatureTable:
    collection = i2s.discover(None if source == SAMPLE else DATA / source, cache=cache)
    paths = [record.path for record in collection.records]
    chosen = [paths[k * len(paths) // MEASURED] for k in range(MEASURED)] if len(paths) > MEASURED else paths
    return i2s.measure(i2s.discover(chosen), FEATURES)


@functools.cache
def composed(case: Case, cache: Path) -> Marked:
    """A case as a run has it: the plan's order, grid and chance."""
    source = case.source if (DATA / case.source).exists() else SAMPLE
    plan = case.plan
    wanted = plan.sequence(table(source, cache))
    grid = rendering.timeline(plan, wanted)
    return Marked(case, wanted, plan.music.compose(wanted, grid, wanted.chance()))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name.replace(" ", "-"))
def piece(request: pytest.FixtureRequest, cache: Path) -> Marked:
    return composed(request.param, cache)


def test_the_cases_are_twenty_sequences_of_12_to_60_images() -> None:
    assert len({case.name for case in CASES}) == 20
    assert {12, 60} <= {case.count for case in CASES}
    assert all(12 <= case.count <= 60 for case in CASES)
    assert {case.mood for case in CASES} > {"bright", "calm", "dark", "lively"}


def test_every_measure_is_within_its_limits(piece: Marked) -> None:
    assert len(piece.sequence) == piece.case.count
    off = {name: piece.marks[name] for name, (least, most) in LIMITS.items() if not least <= piece.marks[name] <= most}
    assert not off


def test_the_music_follows_what_it_says_it_follows(piece: Marked) -> None:
    """And what it follows is in the order of its images, not in the piece: shuffled ones are not heard."""
    heard = {name: piece.marks[f"following_{name}"] for name in measures.followed(piece.score)}
    assert len(heard) == len(measures.PARAMETERS)
    shuffled = {name: piece.marks[f"following_{name}_shuffled"] for name in heard}
    assert not {name: value for name, value in shuffled.items() if not abs(value) < SHUFFLED}
    if len(piece.sequence) >= ENOUGH:
        assert not {name: value for name, value in heard.items() if not value >= FOLLOWS}


def test_no_two_pieces_have_the_same_motif_or_tune(cache: Path) -> None:
    scores = [composed(case, cache).score for case in CASES]
    assert len({measures.motif(score) for score in scores}) == len(scores)
    assert all(len(measures.motif(score)) >= 3 for score in scores)
    assert min(measures.distance(a, b) for a, b in itertools.combinations(scores, 2)) > 0.4
