"""Features that the music follows, and how closely."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imbatch2soundvisu.core import Timing
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.visuals.pianoroll.tracks import describe_correlation, feature_tracks
from tests.music.scores import images

from .samples import coloured_sequence, score


def test_tracks_are_the_features_that_decisions_declare(tmp_path: Path) -> None:
    def because(i: int) -> dict[str, Any]:
        rows = [{"feature": "warmth", "value": 3.0 - i, "parameter": "register"},
                {"feature": "-saturation", "value": float(i % 2), "parameter": "dynamics"},
                {"feature": "hue", "value": None, "parameter": "density"}]  # fmt: skip
        return {"because": rows}

    images = coloured_sequence(tmp_path, saturation=[0, 1, 2, 3])
    shown = feature_tracks(images, score(decisions=tuple(because(i) for i in range(4))))
    assert [(track.name, track.parameter) for track in shown] == [
        ("luminance", ""), ("warmth", "pitch"), ("saturation", "velocity"),
    ]  # fmt: skip
    assert shown[1].correlation == pytest.approx(-1)
    assert "closely opposed" in shown[1].relation
    usual = feature_tracks(images, score())
    assert [(track.name, track.parameter) for track in usual] == [("luminance", "pitch"), ("saturation", "velocity")]


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.95, "closely together"), (-0.5, "are opposed"), (0.25, "loosely together"), (0.1, "independently")],
)
def test_correlations_are_described_without_numbers(value: float, words: str) -> None:
    assert words in describe_correlation(value)
    assert not any(character.isdigit() for character in describe_correlation(value))


def test_constant_music_has_no_correlation(tmp_path: Path) -> None:
    flat = replace(score(), notes=tuple(replace(n, pitch=60) for n in score().notes))
    assert math.isnan(feature_tracks(coloured_sequence(tmp_path), flat)[0].correlation)
    assert describe_correlation(math.nan) == ""


def test_music_with_phrases_is_compared_phrase_by_phrase(tmp_path: Path) -> None:
    """The roll says what the music does: within a phrase it is free to move."""
    few = feature_tracks(coloured_sequence(tmp_path), score(decisions=tuple({"phrase": label} for label in "AABB")))
    assert "phrase" not in few[0].relation  # four images are compared one by one
    wanted, style = images(48), Composed("calm")
    piece = style.compose(wanted, style.timeline(wanted, 30, Timing()), np.random.default_rng(0))
    track = next(each for each in feature_tracks(wanted, piece) if each.parameter == "pitch")
    assert track.correlation >= 0.8
    assert track.relation.startswith("phrase by phrase, they rise and fall closely together")
