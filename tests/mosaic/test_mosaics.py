"""The mosaic of a target."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic import MosaicOptions, codebook_of, make_mosaic, mosaics


def plain_tiles(folder, colours, size=(12, 16)):
    """A folder with an image of one colour for each of `colours`."""
    folder.mkdir()
    for number, colour in enumerate(colours):
        Image.new("RGB", size, colour).save(folder / f"{number:03}.png")
    return folder


def test_each_cell_gets_the_tile_of_its_colour(tmp_path):
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0)]
    target = np.array(colours, np.uint8).reshape(2, 2, 3).repeat(16, axis=0).repeat(12, axis=1)
    made = i2s.mosaic(target, plain_tiles(tmp_path / "tiles", colours[::-1]), tile=(12, 16))
    assert made.chosen.tolist() == [3, 2, 1, 0]
    assert np.array_equal(made.pixels(), target)


def test_the_whole_target_is_covered(tmp_path):
    target = np.full((50, 70, 3), 90, np.uint8)
    made = i2s.mosaic(target, plain_tiles(tmp_path / "tiles", [(90, 90, 90)]), tile=(12, 16))
    assert made.size == (70, 50)
    assert np.array_equal(made.pixels(), target)


def test_whole_tiles_only(tmp_path):
    target = np.full((50, 70, 3), 90, np.uint8)
    made = i2s.mosaic(target, plain_tiles(tmp_path / "tiles", [(90, 90, 90)]), tile=(12, 16), cover="whole")
    assert made.size == (60, 48)
    assert len(made.cells) == 15


def test_a_larger_mosaic_than_its_target(tmp_path):
    target = np.full((32, 24, 3), 90, np.uint8)
    made = i2s.mosaic(target, plain_tiles(tmp_path / "tiles", [(90, 90, 90)]), tile=(12, 16), tile_px=36)
    assert made.size == (72, 96)
    assert made.codebook.size == (36, 48)


def test_the_engine_works_on_arrays(tmp_path):
    folder = plain_tiles(tmp_path / "tiles", [(0, 0, 0), (255, 255, 255)])
    settings = i2s.config.resolve()
    codebook = codebook_of(i2s.discover(folder).records, (4, 4), settings=settings)
    target = np.zeros((8, 8, 3), np.uint8)
    target[:4] = 255
    assert make_mosaic(target, codebook, MosaicOptions(tile=(4, 4))).chosen.tolist() == [1, 1, 0, 0]


def test_a_poster_keeps_small_tiles_and_paints_large_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(mosaics, "MOST_BYTES", 4 * 2 * 30 * 40)
    colours = [(90, 90, 90), (200, 0, 0)]
    folder, target = plain_tiles(tmp_path / "tiles", colours, (120, 160)), np.full((32, 24, 3), 90, np.uint8)
    made = i2s.mosaic(target, folder, tile=(12, 16), tile_px=120)
    assert made.codebook.size == (30, 40)
    assert np.array_equal(made.pixels(), np.full((320, 240, 3), 90, np.uint8))


@pytest.mark.parametrize("factor", [0, -1, float("nan")])
def test_a_size_that_is_not_possible_is_refused(tmp_path, factor):
    made = i2s.mosaic(np.full((32, 24, 3), 90, np.uint8), plain_tiles(tmp_path / "tiles", [(9, 9, 9)]), tile=(12, 16))
    with pytest.raises(ConfigError, match="factor=.* must be above 0"):
        made.pixels(factor)
    assert made.pixels(0.001).shape == (1, 1, 3)


def test_a_mosaic_shows_itself(tmp_path):
    made = i2s.mosaic(np.full((48, 64, 3), 90, np.uint8), plain_tiles(tmp_path / "tiles", [(90, 90, 90)]), tile=(8, 12))
    assert repr(made) == "<Mosaic: 32 tiles, 64 × 48 px, from 1 of 1 image>"
    with Image.open(io.BytesIO(made._repr_jpeg_())) as shown:
        assert shown.size == (64, 48)
    wide = i2s.mosaic(made.target, tmp_path / "tiles", tile=(8, 12), enlarge=20)
    with Image.open(io.BytesIO(wide._repr_jpeg_())) as shown:
        assert shown.size == (960, 720)


def test_a_number_of_columns_that_does_not_fit_is_noted(tmp_path):
    tiles = plain_tiles(tmp_path / "tiles", [(90, 90, 90)])
    target = np.full((50, 70, 3), 90, np.uint8)
    assert i2s.mosaic(target, tiles, columns=10).notes == ()
    (note,) = i2s.mosaic(target, tiles, columns=20).notes
    assert note.startswith("columns=20: tiles are whole pixels of the target, 70 pixels wide, so 18 fit")
