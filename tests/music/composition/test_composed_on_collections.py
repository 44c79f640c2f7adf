"""Measures of composed scores for real images, in several orders and moods: the sample, and shared collections."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import FeatureTable, ImageSequence, Score
from imbatch2soundvisu.music.analysis import measures
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.plans.sequence_content import SequenceContent
from imbatch2soundvisu.runtime.cache import Cache

#: Images that are measured of each collection: more than the longest sequence has.
MEASURED = 72
FEATURES = (
    "luminance", "saturation", "edge_density", "warmth", "hue", "subject_scale", "contrast", "colourfulness",
    "entropy", "texture",
)  # fmt: skip
#: (least, most) of each measure.
LIMITS = {
    "scale_consistency": (0.95, 1.0),
    "empty_beat_rate": (0.0, 0.05),
    "groove_consistency": (0.70, 0.995),
    "chord_tone_share": (0.9, 1.0),
    "voice_motion": (0.0, 3.0),
    "parallels_melody_bass": (0.0, 0.0),
    "cadence": (1.0, 1.0),
    "structure": (math.nextafter(0, 1), 2.0),
}
#: The least rank correlation with each followed feature from so many images on, and the most for shuffled images.
LEAST_CORRELATION, MANY_IMAGES, SHUFFLED = 0.8, 20, 0.1


@dataclass(frozen=True)
class Case:
    """A sequence: collection ("" for the sample), order, number of images, mood and seconds per image."""

    source: str
    order: str
    count: int
    mood: str | None = None
    seconds: float | None = None

    @property
    def name(self) -> str:
        return f"{self.source or 'sample'} {self.order} {self.count} {self.mood or 'no mood'}"

    @property
    def plan(self) -> i2s.SequencePlan:
        style = Composed(mood=self.mood)
        return i2s.SequencePlan(self.name, self.order, style, limit=self.count, seconds_per_image=self.seconds)


SAMPLE_CASES = (
    Case("", "hue", 24), Case("", "luminance", 56, "lively"), Case("", "shuffled", 14, None, 4.0),
    Case("", "smooth", 42, "bright"), Case("", "saturation", 30, "dark"), Case("", "edge_density", 20, "lively", 0.5),
    Case("", "warmth", 12, "calm"), Case("", "name", 60, None, 1.5),
)  # fmt: skip
SHARED_CASES = (
    Case("A-photos-gcompris", "luminance", 40), Case("A-photos-gcompris", "smooth", 60),
    Case("A-photos-gcompris", "hue", 16, "bright"), Case("A-photos-gcompris", "contrast", 36, "calm", 1.0),
    Case("B-clothing", "saturation", 30, "dark"), Case("B-clothing", "smooth", 52, "calm"),
    Case("B-clothing", "edge_density", 20, "lively"), Case("C-faces", "subject_scale", 26),
    Case("C-faces", "smooth", 44, "dark", 2.0), Case("D-frames-bbb", "name", 60),
    Case("D-frames-bbb", "smooth", 34, "lively", 0.5), Case("E-archive-amnh", "luminance", 48, "dark"),
    Case("E-archive-amnh", "shuffled", 28, None, 3.0), Case("A-emoji", "hue", 48),
    Case("A-stamps-alpha", "warmth", 12, "calm"), Case("A-stamps-alpha", "luminance", 32, None, 1.5),
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    case: Case
    sequence: ImageSequence
    score: Score

    @functools.cached_property
    def measures(self) -> dict[str, float]:
        return measures.measure_score(self.score, self.sequence)


@functools.cache
def table(root: Path | None, cache: Path) -> FeatureTable:
    paths = [record.path for record in i2s.discover(root, cache=Cache(cache)).records]
    chosen = [paths[k * len(paths) // MEASURED] for k in range(MEASURED)] if len(paths) > MEASURED else paths
    return i2s.measure(i2s.discover(chosen), FEATURES)


@functools.cache
def composed(case: Case, root: Path | None, cache: Path) -> Measured:
    """The score of a case as a run makes it, with the plan's order, timeline and generator."""
    plan = case.plan
    sequence = plan.sequence(table(root, cache))
    timeline = SequenceContent(plan, sequence, config.resolve()).timeline
    return Measured(case, sequence, plan.music.compose(sequence, timeline, sequence.rng()))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def names(cases: Sequence[Case]) -> list[str]:
    return [case.name.replace(" ", "-") for case in cases]


def check(measured: Measured) -> None:
    """The measures are within their limits, and the music follows its features, but no shuffled ones."""
    found, case = measured.measures, measured.case
    assert len(measured.sequence) == case.count
    assert not {name: found[name] for name, (least, most) in LIMITS.items() if not least <= found[name] <= most}
    features = measures.followed_features(measured.score)
    assert len(features) == len(measures.PARAMETERS)
    shuffled = {name: found[f"correlation_{name}_shuffled"] for name in features}
    assert not {name: value for name, value in shuffled.items() if not abs(value) < SHUFFLED}
    if case.count >= MANY_IMAGES:
        followed = {name: found[f"correlation_{name}"] for name in features}
        assert not {name: value for name, value in followed.items() if not value >= LEAST_CORRELATION}


def check_distinct(scores: Sequence[Score]) -> None:
    assert len({measures.motif(score) for score in scores}) == len(scores)
    assert all(len(measures.motif(score)) >= 3 for score in scores)
    assert min(measures.distance(a, b) for a, b in itertools.combinations(scores, 2)) > 0.4


@pytest.mark.parametrize("case", SAMPLE_CASES, ids=names(SAMPLE_CASES))
def test_scores_for_the_sample_are_within_the_limits(case: Case, cache: Path) -> None:
    check(composed(case, None, cache))


@pytest.mark.parametrize("case", SHARED_CASES, ids=names(SHARED_CASES))
def test_scores_for_shared_collections_are_within_the_limits(
    case: Case, cache: Path, shared_data: Callable[[str], Path]
) -> None:
    check(composed(case, shared_data(case.source), cache))


def test_no_two_scores_for_the_sample_share_a_motif_or_melody(cache: Path) -> None:
    check_distinct([composed(case, None, cache).score for case in SAMPLE_CASES])


def test_no_two_scores_for_shared_collections_share_a_motif_or_melody(
    cache: Path, shared_data: Callable[[str], Path]
) -> None:
    check_distinct([composed(case, shared_data(case.source), cache).score for case in SHARED_CASES])
