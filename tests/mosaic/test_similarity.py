"""How similar two images are, near and from afar."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic.similarity import blurred, likeness, multi_scale_ssim, seen_from, sigma_of, ssim


def scene(seed=0, size=96):
    """A smooth colourful image with an edge."""
    noise = np.random.default_rng(seed).uniform(0, 255, (6, 6, 3)).astype(np.float32)
    image = cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC).clip(0, 255)
    image[:, size // 2 :] *= 0.5
    return image.astype(np.uint8)


def test_ssim_is_that_of_scikit_image():
    one, two = scene(), cv2.GaussianBlur(scene(), (0, 0), 2)
    expected = structural_similarity(one, two, channel_axis=2)
    assert ssim(one.astype(np.float32), two.astype(np.float32)) == pytest.approx(expected, abs=2e-4)


def test_colour_difference_is_ciede2000():
    one, two = scene(), scene()[:, ::-1]
    expected = deltaE_ciede2000(rgb2lab(one), rgb2lab(two)).mean()
    assert likeness(one, two).delta_e == pytest.approx(expected, rel=0.01)


def test_every_figure_falls_with_noise():
    target, noise = scene(), np.random.default_rng(1).normal(0, 1, (96, 96, 3))
    rows = [likeness((target + amount * noise).clip(0, 255).astype(np.uint8), target) for amount in (0, 4, 16, 64)]
    for name, sign in (("psnr", 1), ("ssim", 1), ("structure", 1), ("delta_e", -1)):
        values = [sign * getattr(row, name) for row in rows]
        assert values == sorted(values, reverse=True), name
        assert len(set(values)) == 4, name


def test_structure_sees_shapes_and_not_colours():
    target = scene()
    grey = np.repeat(cv2.cvtColor(target, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    flat = np.full_like(target, target.mean(axis=(0, 1)))
    assert likeness(grey, target).structure > 0.7 > 0.5 > likeness(flat, target).structure
    assert likeness(grey, target).delta_e > 5


def test_a_fine_pattern_is_its_mean_light_from_afar():
    checkered = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    assert seen_from(checkered, 40)[128, 128] == pytest.approx(np.full(3, 187.5), abs=1)
    far = likeness(seen_from(checkered, 40), seen_from(np.full_like(checkered, 188), 40))
    assert far.delta_e < 0.2
    assert likeness(checkered, np.full_like(checkered, 188)).delta_e > 20


def test_the_blur_grows_with_the_distance_and_with_the_resolution():
    assert sigma_of(1024, 80) == pytest.approx(2 * sigma_of(1024, 40), rel=1e-3)
    assert sigma_of(2048, 40) == pytest.approx(2 * sigma_of(1024, 40))


def test_the_blur_keeps_a_plain_image():
    assert blurred(np.full((40, 40, 3), 77, np.uint8), 5) == pytest.approx(np.full((40, 40, 3), 77.0), abs=0.01)


def test_images_of_any_size_are_compared():
    for height, width in ((1, 1), (1, 30), (3, 2), (40, 17)):
        image = np.full((height, width, 3), 9, np.uint8)
        assert dataclasses.astuple(likeness(image, image)) == (100, 1, 0, 1)


def test_more_scales_see_coarser_shapes():
    target = scene(size=256)[..., 0].astype(np.float32) / 2.55
    shifted = np.roll(target, 4, axis=1)
    assert 0 < multi_scale_ssim(shifted, target) < 1


@pytest.mark.parametrize("distance", [0, -1, float("inf"), float("nan")])
def test_a_distance_that_is_not_possible(distance):
    with pytest.raises(ConfigError, match="must be above 0"):
        seen_from(scene(), distance)
