"""Tint of large tiles: as that of small ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.mosaic.colours.large_tint import LARGEST_PX, tinted_at_any_size
from imbatch2soundvisu.mosaic.colours.tint import tinted
from tests.conftest import photo


def tiles(width, height):
    return np.stack([cv2.GaussianBlur(photo(seed, width, height), (0, 0), 1) for seed in range(6)])


COLOURS = np.stack([cv2.resize(photo(seed), (3, 2), interpolation=cv2.INTER_AREA) for seed in range(20, 26)])


@pytest.mark.parametrize("amount", [0.3, 0.7, 1.0])
def test_large_tiles_are_tinted_as_exactly(amount):
    large = tiles(3 * LARGEST_PX, 2 * LARGEST_PX)
    exact, found = tinted(large, COLOURS, amount), tinted_at_any_size(large, COLOURS, amount)
    assert np.mean([cv2.PSNR(a, b) for a, b in zip(exact, found, strict=True)]) > 35
    for one, other in zip(exact, found, strict=True):
        means = [cv2.resize(each, (3, 2), interpolation=cv2.INTER_AREA).astype(int) for each in (one, other)]
        assert np.abs(means[0] - means[1]).max() <= 4


def test_small_tiles_are_exact():
    small = tiles(LARGEST_PX, 60)
    assert np.array_equal(tinted_at_any_size(small, COLOURS, 0.6), tinted(small, COLOURS, 0.6))


def test_without_tint_and_with_alpha():
    large = tiles(200, 150)
    assert np.array_equal(tinted_at_any_size(large, COLOURS, 0), large)
    alpha = np.full(large.shape[:3], 255, np.uint8)
    alpha[:, :70] = 0
    shown = [
        each[:, 80:] for each in (tinted(large, COLOURS, 0.6, alpha), tinted_at_any_size(large, COLOURS, 0.6, alpha))
    ]
    assert np.abs(shown[0].astype(int) - shown[1]).mean() < 3
