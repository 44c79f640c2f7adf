"""Colours of the target fitted to the tiles, and of the tiles to the target."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from scipy.stats import spearmanr

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic import MosaicOptions, make_mosaic
from imbatch2soundvisu.mosaic.colours.light import linear, oklab
from imbatch2soundvisu.mosaic.colours.palette import ColourMap, colour_map
from imbatch2soundvisu.mosaic.painting.strips import Painting
from imbatch2soundvisu.mosaic.similarity import blurred, likeness

from ..test_fidelity import codebook_with, textured


def bright_scene():
    """A target that is brighter than all tiles of `dark_codebook`."""
    rng = np.random.default_rng(1)
    target = cv2.resize(rng.uniform(150, 255, (6, 6, 3)).astype(np.float32), (160, 160), interpolation=cv2.INTER_CUBIC)
    return target.clip(0, 255).astype(np.uint8)


def dark_codebook():
    """Grey tiles, dark to middle."""
    greys = np.random.default_rng(2).uniform(20, 130, (80, 1)).repeat(3, axis=1)
    return codebook_with(*textured(greys))


def made_with(palette, **options):
    return make_mosaic(bright_scene(), dark_codebook(), MosaicOptions(tile=(8, 8), palette=palette, **options))


def lightness_from_afar(image):
    return cv2.cvtColor(blurred(image, 6) / 255, cv2.COLOR_RGB2LAB)[::4, ::4, 0].ravel()


def random_colours(low, high, count=500, seed=0):
    return np.random.default_rng(seed).integers(low, high, (count, 3), np.uint8)


def test_a_target_that_is_too_bright_keeps_its_shades():
    plain, fitted = (made_with(palette) for palette in (None, "target"))
    assert lightness_from_afar(plain.pixels()).std() < 1  # the brightest tile everywhere
    shades = lightness_from_afar(fitted.pixels()), lightness_from_afar(bright_scene())
    assert spearmanr(*shades).statistic > 0.9
    assert fitted.fidelity().mosaic.images > 10 * plain.fidelity().mosaic.images


def test_tiles_in_the_colours_of_the_target_are_nearer_to_it():
    plain, fitted = (
        likeness(blurred(made_with(palette).pixels(), 6), blurred(bright_scene(), 6)) for palette in (None, "tiles")
    )
    assert fitted.psnr > plain.psnr + 6
    assert fitted.delta_e < 0.6 * plain.delta_e


def test_tiles_get_the_distribution():
    source, wanted = random_colours(20, 120), random_colours(100, 250, seed=1)
    moved, goal = (oklab(linear(np.ascontiguousarray(each.T))) for each in (colour_map(source, wanted)(source), wanted))
    assert np.abs(moved.mean(axis=1) - goal.mean(axis=1)).max() < 0.02
    assert moved.std(axis=1) == pytest.approx(goal.std(axis=1), rel=0.25)


def test_the_same_distribution_changes_little():
    colours = random_colours(0, 256)
    assert np.abs(colour_map(colours, colours)(colours).astype(int) - colours).mean() < 3


def test_greys_rise_without_steps():
    ramp = np.arange(16, 256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    for source, wanted in (((90, 110), (0, 256)), ((0, 256), (90, 110)), ((0, 60), (200, 256))):
        moved = colour_map(random_colours(*source), random_colours(*wanted, seed=1))(ramp)
        steps = np.diff(oklab(linear(np.ascontiguousarray(moved.T)))[0])
        assert steps.min() > -0.004
        assert steps.max() < 0.05


def test_grey_targets_get_no_colour_from_colourful_tiles():
    grey = np.linspace(30, 220, 100).astype(np.uint8)[:, None].repeat(3, axis=1)
    moved = colour_map(grey, random_colours(0, 256), most_chroma=1.0)(grey)
    shades = oklab(linear(np.ascontiguousarray(moved.T)))[1:]
    assert shades.std(axis=1).max() < 0.01


@pytest.mark.parametrize("count", [1, 2])
def test_few_colours_are_enough(count):
    colours = random_colours(0, 256, count)
    assert colour_map(colours, random_colours(0, 256, 1, seed=2))(colours).shape == (count, 3)


def test_a_map_goes_through_json():
    found = colour_map(random_colours(20, 120), random_colours(100, 250))
    assert ColourMap.of(json.loads(json.dumps(found.as_dict()))) == found
    assert ColourMap.of(None) is None


def test_recoloured_tiles_do_not_depend_on_strips_and_take_tint_and_alpha():
    made = made_with("tiles", tint=0.5)
    assert np.array_equal(np.concatenate([rows for _, rows in Painting(made, 2, rows=13).strips()]), made.pixels(2))
    assert not np.array_equal(made.pixels(), made_with(None, tint=0.5).pixels())


def test_the_target_alone_is_changed_for_the_comparison_alone():
    made = made_with("target")
    assert made.recolour is None
    rows = [made.codebook.rgb[tile] for tile in made.chosen[:3].tolist()]
    assert np.array_equal(made.pixels()[:8, :24], np.concatenate(rows, axis=1))


def test_an_unknown_palette():
    with pytest.raises(ConfigError, match="Did you mean 'tiles'"):
        MosaicOptions(palette="tile").check_options()
