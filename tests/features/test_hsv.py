"""Brightness and saturation by HSV, as other programs give them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.features import FEATURES, Pixels
from tests.conftest import photo


def value(name: str, rgb: np.ndarray) -> float:
    return FEATURES[name].function(Pixels(rgb))


@pytest.mark.parametrize("seed", range(3))
def test_they_are_the_v_and_s_of_pillow(seed):
    rgb = photo(seed)
    hsv = np.asarray(Image.fromarray(rgb).convert("HSV"), float) / 255
    assert value("hsv_value", rgb) == pytest.approx(hsv[..., 2].mean(), abs=0.003)
    assert value("hsv_saturation", rgb) == pytest.approx(hsv[..., 1].mean(), abs=0.006)


def test_pure_blue_is_bright_by_hsv_and_not_by_oklab():
    blue = np.full((8, 8, 3), (0, 0, 255), np.uint8)
    assert value("hsv_value", blue) == 1
    assert value("luminance", blue) < 0.6


def test_black_has_no_saturation():
    assert value("hsv_saturation", np.zeros((8, 8, 3), np.uint8)) == 0
