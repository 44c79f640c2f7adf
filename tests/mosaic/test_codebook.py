"""The tiles of a mosaic."""

from __future__ import annotations

import numpy as np

import imbatch2soundvisu as i2s
from imbatch2soundvisu.mosaic import Codebook, MosaicOptions, make_mosaic

RECORD = i2s.ImageRecord(None, "digest", 4, 4)


def codebook_with(*tiles: np.ndarray) -> Codebook:
    """A codebook of given tiles."""
    return Codebook((RECORD,) * len(tiles), np.stack(tiles), None, np.zeros(len(tiles), np.uint8))


def test_a_square_tile_has_eight_variants():
    tile = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    every = codebook_with(tile).with_variants(flip=True, rotate=True)
    assert len(every) == len(every.records) == 8
    assert len({every.tile(number).tobytes() for number in range(8)}) == 8
    assert every.rgb.shape == (1, 4, 4, 3)


def test_a_tall_tile_is_turned_by_halves_only():
    tile = np.arange(72, dtype=np.uint8).reshape(6, 4, 3)
    turned = codebook_with(tile).with_variants(flip=False, rotate=True)
    assert turned.variants.tolist() == [0, 2]
    assert np.array_equal(turned.tile(1), tile[::-1, ::-1])


def test_variants_match_and_are_painted():
    tile = np.zeros((4, 4, 3), np.uint8)
    tile[0] = 250
    target = np.concatenate((np.rot90(tile), tile[::-1]), axis=1)
    made = make_mosaic(target, codebook_with(tile), MosaicOptions(tile=(4, 4), rotate=True))
    assert np.array_equal(made.pixels(), target)
