"""Scales by name, with a tonic, and as pitch classes."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.core import Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music.styles import Sonified
from tests.music.scores import sequence


@pytest.mark.parametrize(
    ("scale", "classes"),
    [
        ("D dorian", {2, 4, 5, 7, 9, 11, 0}),
        ("C# minor", {1, 3, 4, 6, 8, 9, 11}),
        ("A minor pentatonic", {9, 0, 2, 4, 7}),
        ("E blues", {4, 7, 9, 10, 11, 2}),
        ((0, 4, 7), {0, 4, 7}),
    ],
)
def test_pitches_are_of_the_scale(scale, classes):
    values = np.linspace(0, 1, 60)
    style, images = Sonified("luminance", scale=scale), sequence(values, luminance=values)
    score = style.compose(images, style.timeline(images, 30, Timing(0.5)), np.random.default_rng(0))
    assert {note.pitch % 12 for note in score.notes} == classes


def test_unknown_scales_list_the_choices():
    for scale in ("D doric", "klezmer", (0, 12), ()):
        with pytest.raises(ConfigError, match="dorian|pitch classes"):
            Sonified(scale=scale)
