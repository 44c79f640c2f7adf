"""Tint: tiles in the colours of their cells, with their own texture."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.features.pixels import to_oklab
from imbatch2soundvisu.mosaic import MosaicOptions, make_mosaic
from imbatch2soundvisu.mosaic.colours.light import codes_of, encoded, light_of_oklab, linear, oklab
from imbatch2soundvisu.mosaic.colours.tint import Samples, in_gamut, tinted
from imbatch2soundvisu.mosaic.similarity import blurred, likeness

from ..test_fidelity import codebook_with


def photos(count=40, size=(12, 16), seed=0):
    """Tiles with smooth shapes and texture, of all colours."""
    rng = np.random.default_rng(seed)
    tiles = []
    for colour in rng.uniform(20, 235, (count, 3)):
        shape = cv2.resize(rng.normal(0, 40, (4, 3, 3)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
        tiles.append((colour + shape + rng.normal(0, 15, (size[1], size[0], 1))).clip(0, 255).astype(np.uint8))
    return tiles


def scene():
    """A colourful target with black, white and saturated parts."""
    rng = np.random.default_rng(5)
    target = cv2.resize(rng.uniform(0, 255, (5, 5, 3)).astype(np.float32), (192, 192), interpolation=cv2.INTER_CUBIC)
    target[:48, :48], target[:48, 48:96], target[48:96, :48] = 0, 255, (255, 90, 0)
    return target.clip(0, 255).astype(np.uint8)


def mosaic_with(**options):
    return make_mosaic(scene(), codebook_with(*photos()), MosaicOptions(tile=(12, 16), **options))


def high_pass(image):
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return (grey - cv2.GaussianBlur(grey, (0, 0), 1.5)).ravel()


def test_codes_and_light_and_oklab_go_back():
    rgb = np.random.default_rng(0).integers(0, 256, (2, 50, 40, 3), np.uint8)
    light = linear(rgb)
    assert np.array_equal(codes_of(light), rgb)
    planes = np.moveaxis(light, -1, 0)
    assert np.array_equal((encoded(light) * 255 + 0.5).astype(np.uint8), rgb)
    assert np.abs(light_of_oklab(oklab(planes)) - planes).max() < 1e-4
    assert np.abs(np.moveaxis(oklab(planes)[:, 0], 0, -1) - to_oklab(rgb[0])).max() < 1e-5


@pytest.mark.parametrize("detail", [1, 3])
def test_more_tint_is_nearer_to_the_target(detail):
    rows = [mosaic_with(tint=tint, tint_detail=detail) for tint in (0, 0.25, 0.5, 0.75, 1)]
    far = [likeness(blurred(each.pixels(), 12), blurred(scene(), 12)) for each in rows]
    for name, sign in (("psnr", 1), ("delta_e", -1)):
        values = [sign * getattr(each, name) for each in far]
        assert values == sorted(values), name
    near = [likeness(each.pixels(), scene()).psnr for each in rows]
    assert near == sorted(near)


def test_more_detail_is_nearer_to_the_target():
    rows = [likeness(mosaic_with(tint=1, tint_detail=detail).pixels(), scene()) for detail in (1, 2, 4, 8)]
    assert [each.psnr for each in rows] == sorted(each.psnr for each in rows)


@pytest.mark.parametrize(("detail", "least"), [(1, 0.9), (3, 0.85)])
def test_the_texture_of_tiles_stays(detail, least):
    made = mosaic_with(tint_detail=detail)
    moved = replace(made, options=replace(made.options, tint=0.7))
    assert np.corrcoef(high_pass(made.pixels()), high_pass(moved.pixels()))[0, 1] > least


def test_the_mean_light_of_each_cell_is_that_of_the_target():
    colours = np.random.default_rng(2).integers(5, 250, (40, 1, 1, 3), np.uint8)
    moved = tinted(np.stack(photos()), colours, 1.0)
    light = linear(moved).mean(axis=(1, 2), keepdims=True)
    assert np.abs(encoded(light) * 255 - colours).mean() < 1
    assert np.percentile(np.abs(encoded(light) * 255 - colours), 99) < 4


def test_no_tint_changes_nothing():
    tiles = np.stack(photos())
    assert np.array_equal(tinted(tiles, np.full((40, 2, 2, 3), 9, np.uint8), 0.0), tiles)
    assert np.array_equal(mosaic_with(tint=0, tint_detail=1).pixels(), mosaic_with(tint=0).pixels())


def test_tiles_that_have_the_colour_stay():
    tiles = np.stack(photos())
    own = codes_of(linear(tiles).mean(axis=(1, 2), keepdims=True))
    assert np.abs(tinted(tiles, own, 1.0).astype(int) - tiles).mean() < 3


def test_black_and_white_cells_are_black_and_white():
    for value in (0, 255):
        moved = tinted(np.stack(photos()), np.full((40, 1, 1, 3), value, np.uint8), 1.0)
        assert np.abs(moved.astype(int) - value).max() <= 12


def test_grey_tiles_in_grey_cells_get_no_colour():
    grey = np.stack(photos()).mean(axis=-1, keepdims=True).astype(np.uint8).repeat(3, axis=-1)
    moved = tinted(grey, np.full((40, 1, 1, 3), 120, np.uint8), 1.0).astype(int)
    assert (moved.max(axis=-1) - moved.min(axis=-1)).max() <= 1


def test_colours_out_of_range_keep_their_hue_and_luminance():
    orange = np.array([[1.3], [0.3], [-0.05]], np.float32)
    inside = in_gamut(orange)
    assert inside.min() >= 0
    assert inside.max() <= 1
    weights = np.array([0.2126, 0.7152, 0.0722])
    assert weights @ inside == pytest.approx(weights @ orange, abs=1e-5)
    shares = [(each[1] - each[2]) / (each[0] - each[2]) for each in (orange, inside)]
    assert shares[0] == pytest.approx(shares[1], abs=1e-4)


def test_transparent_parts_do_not_count():
    tile = np.full((1, 8, 8, 3), 60, np.uint8)
    tile[:, :, 4:] = 250
    alpha = np.full((1, 8, 8), 255, np.uint8)
    alpha[:, :, 4:] = 0
    moved = tinted(tile, np.full((1, 1, 1, 3), 120, np.uint8), 1.0, alpha)
    assert np.abs(moved[:, :, :4].astype(int) - 120).max() <= 1


def test_samples_of_parts_without_opaque_pixels_are_the_mean():
    alpha = np.zeros((1, 4, 8), np.uint8)
    alpha[:, :, :2] = 255
    pixels = np.full((3, 1, 4, 8), 0.25, np.float32)
    assert Samples((4, 8), (1, 4), alpha).means(pixels) == pytest.approx(np.full((3, 1, 1, 4), 0.25), abs=1e-4)


def test_tint_does_not_depend_on_strips_and_works_enlarged():
    from imbatch2soundvisu.mosaic.painting.strips import Painting

    made = mosaic_with(tint=0.6)
    whole = made.pixels(2)
    parts = np.concatenate([rows for _, rows in Painting(made, 2, rows=37).strips()])
    assert np.array_equal(whole, parts)
    small = cv2.resize(whole, (192, 192), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - made.pixels()).mean() < 6
