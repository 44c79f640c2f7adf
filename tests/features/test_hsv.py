"""Brightness and saturation by HSV, as other programs give them."""

from __future__ import annotations

import importlib
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.features import FEATURES, Pixels
from tests.conftest import photo


@pytest.fixture
def classic() -> ModuleType:
    """The module, with its features registered."""
    return importlib.reload(importlib.import_module("imbatch2soundvisu.features.hsv"))


def test_they_are_the_v_and_s_of_pillow(classic):
    for seed in range(3):
        rgb = photo(seed)
        hsv = np.asarray(Image.fromarray(rgb).convert("HSV"), float) / 255
        assert classic.hsv_value(Pixels(rgb)) == pytest.approx(hsv[..., 2].mean(), abs=0.003)
        assert classic.hsv_saturation(Pixels(rgb)) == pytest.approx(hsv[..., 1].mean(), abs=0.006)


def test_they_disagree_with_the_eye_as_they_must_and_black_has_no_saturation(classic):
    blue = Pixels(np.full((8, 8, 3), (0, 0, 255), np.uint8))
    assert classic.hsv_value(blue) == 1
    assert FEATURES["luminance"].function(blue) < 0.6
    assert classic.hsv_saturation(Pixels(np.zeros((8, 8, 3), np.uint8))) == 0


def test_importing_it_adds_both(classic):
    assert {"hsv_value", "hsv_saturation"} <= set(FEATURES)
