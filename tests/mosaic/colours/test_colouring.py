"""Transparent tiles over their ground, and the colours of cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic import MosaicOptions
from imbatch2soundvisu.mosaic.colours.cell_colours import cell_colours
from imbatch2soundvisu.mosaic.colours.colouring import coloured
from imbatch2soundvisu.mosaic.colours.light import codes_of, linear

from .test_tint import mosaic_with, scene


def stamps():
    """Red tiles, opaque on the left."""
    tiles = np.zeros((1, 8, 8, 4), np.uint8)
    tiles[..., 0], tiles[:, :, :4, 3] = 200, 255
    return tiles


def cell(*colours):
    """One cell, with samples across."""
    return np.array(colours, np.uint8).reshape(1, 1, -1, 3)


def test_transparent_parts_show_the_mean_light_of_the_cell():
    pixels = coloured(stamps(), cell((0, 0, 0), (255, 255, 255)), MosaicOptions())
    assert (pixels[:, :, 4:] == codes_of(np.full((1, 1, 1, 3), 0.5, np.float32))).all()
    assert (pixels[:, :, :4] == (200, 0, 0)).all()


def test_with_tint_the_ground_has_the_gradients_of_the_cell():
    ground = coloured(stamps(), cell((0, 0, 0), (255, 255, 255)), MosaicOptions(tint=1))[0, 0, 4:, 0].astype(int)
    assert (np.diff(ground) >= 0).all()
    assert ground[-1] == 255


def test_only_the_opaque_part_is_tinted():
    blue = cell((30, 40, 200))
    pixels = coloured(stamps(), blue, MosaicOptions(tint=1))
    assert np.abs(pixels.astype(int) - blue).max() <= 1
    half = coloured(stamps(), blue, MosaicOptions(tint=0.5))
    assert (half[:, :, 4:] == blue).all()
    assert half[0, 0, 0, 0] > 60


@pytest.mark.parametrize("colour", ["white", "#ffffff", (255, 255, 255)])
def test_a_background_of_one_colour(colour):
    options = MosaicOptions(background=colour, tint=1)
    options.check_options()
    assert (coloured(stamps(), cell((30, 40, 200)), options)[:, :, 4:] == 255).all()


@pytest.mark.parametrize("colour", ["whit", (1, 2), (300, 0, 0), 5, None])
def test_a_background_that_is_no_colour(colour):
    with pytest.raises(ConfigError, match='must be "target", or a colour'):
        MosaicOptions(background=colour).check_options()


def test_a_mosaic_of_transparent_tiles():
    made = mosaic_with()
    alpha = np.full(made.codebook.rgb.shape[:3], 255, np.uint8)
    alpha[:, :4] = 0
    stamped = replace(made, codebook=replace(made.codebook, alpha=alpha), options=replace(made.options, tint=1.0))
    assert np.abs(stamped.pixels().astype(int) - scene()).mean() < np.abs(made.pixels().astype(int) - scene()).mean()


def test_cell_colours_are_means_of_light():
    made = mosaic_with()
    left, top, width, height = made.cells.boxes[30].tolist()
    part = scene()[top : top + height, left : left + width]
    assert np.array_equal(cell_colours(scene(), made.cells)[30, 0, 0], codes_of(linear(part).mean(axis=(0, 1))))
    halves = cell_colours(scene(), made.cells, (2, 1))[30, 0]
    assert np.array_equal(halves[0], codes_of(linear(part[:, : width // 2]).mean(axis=(0, 1))))


def test_the_colours_of_placed_tiles_follow_tint_detail():
    assert mosaic_with(tint_detail=4).colours.shape == (192, 4, 3, 3)
    assert mosaic_with(tint_detail=1).colours.shape == (192, 1, 1, 3)
