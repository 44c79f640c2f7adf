"""The target mixed into a mosaic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from imbatch2soundvisu.mosaic.colours.mixing import weighted_sum
from imbatch2soundvisu.mosaic.painting.strips import Painting
from imbatch2soundvisu.mosaic.painting.target_rows import TargetRows

from .test_tint import mosaic_with, scene


@pytest.mark.parametrize("opacity", ["0", "0.25", "0.4", "0.7", "1"])
def test_opacity_is_exact(opacity):
    tiles, target = np.mgrid[:256, :256].astype(np.uint8)
    share = Fraction(opacity)
    found = weighted_sum(tiles, target, float(opacity))
    for one, two in ((0, 255), (255, 0), (17, 200), (3, 4), (128, 127)):
        exact = (1 - share) * one + share * two
        assert abs(int(found[one, two]) - exact) <= Fraction(1, 2)
    real = (1 - float(opacity)) * tiles.astype(float) + float(opacity) * target
    assert np.abs(found - real).max() <= 0.5 + 1e-9


def test_a_mosaic_with_opacity_is_the_weighted_sum():
    plain, made = mosaic_with().pixels().astype(float), mosaic_with(opacity=0.4).pixels()
    assert np.array_equal(made, np.floor(0.6 * plain + 0.4 * scene() + 0.5).astype(np.uint8))


def test_opacity_comes_after_tint():
    tinted, made = mosaic_with(tint=1).pixels().astype(float), mosaic_with(tint=1, opacity=0.3).pixels()
    assert np.array_equal(made, np.floor(0.7 * tinted + 0.3 * scene() + 0.5).astype(np.uint8))


def test_opacity_of_an_enlarged_mosaic_does_not_depend_on_strips():
    made, plain = mosaic_with(opacity=0.4), mosaic_with()
    parts = np.concatenate([rows for _, rows in Painting(made, 3, rows=29).strips()])
    assert np.array_equal(made.pixels(3), parts)
    target = TargetRows(scene(), (576, 576)).at(0, 576)
    assert np.array_equal(parts, weighted_sum(plain.pixels(3), target, 0.4))


def test_full_opacity_is_the_target():
    assert np.array_equal(mosaic_with(opacity=1).pixels(), scene())
