"""Painting: strips of any height, any size, tiles at their own resolution."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.mosaic import Cells, MosaicOptions, codebook_of, make_mosaic
from imbatch2soundvisu.mosaic.colours.cell_colours import cell_colours
from imbatch2soundvisu.mosaic.painting import strips as painting
from imbatch2soundvisu.mosaic.placed_tiles import PlacedTiles
from imbatch2soundvisu.mosaic.tiles import pixels as tile_pixels
from imbatch2soundvisu.mosaic.tiles.images import read_tile
from tests.conftest import photo


@pytest.fixture
def photos(tmp_path):
    """Twelve photos of 120 x 80 px in a folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(12):
        Image.fromarray(photo(seed)).save(folder / f"{seed:02}.png")
    return folder


@pytest.fixture
def made(photos):
    return i2s.mosaic(photo(99, 90, 70), photos, tile=(12, 8))


def whole(mosaic, factor=None, rows=None):
    return np.concatenate([rows for _, rows in painting.strips(mosaic, factor, rows=rows)])


def irregular(mosaic):
    """The same tiles in cells of three sizes, with gaps at the canvas edges cut off."""
    boxes = [(x, y, 20, 14) for y in range(0, 56, 14) for x in range(-5, 90, 20)]
    boxes += [(x, y, 10, 7) for y in range(56, 70, 7) for x in range(0, 90, 10)]
    boxes[3:4] = [(55, 0, 10, 14), (65, 0, 10, 14)]
    boxes = np.array(boxes, np.int32)
    cells = Cells(boxes, boxes[:, :2].astype(np.float32), mosaic.cells.canvas)
    chosen = (np.arange(len(boxes)) % len(mosaic.codebook)).astype(np.int32)
    return PlacedTiles(mosaic.target, cells, mosaic.codebook, chosen, mosaic.options)


@pytest.mark.parametrize("factor", [1, 0.4, 2.37, 5])
@pytest.mark.parametrize("shape", ["grid", "irregular"])
def test_strips_of_any_height_are_the_whole(made, factor, shape):
    mosaic = made if shape == "grid" else irregular(made)
    expected = painting.painted(mosaic, factor)
    assert expected.shape[1::-1] == mosaic.cells.canvas_size(factor)
    for rows in (1, 7, 31, 64, 1000):
        assert np.array_equal(whole(mosaic, factor, rows), expected)


def test_cells_are_next_to_each_other_at_any_size(tmp_path):
    folder = tmp_path / "white"
    folder.mkdir()
    Image.new("RGB", (40, 30), "white").save(folder / "white.png")
    made = i2s.mosaic(np.full((61, 83, 3), 255, np.uint8), folder, tile=(7, 5))
    for factor in (0.31, 0.77, 1, 1.5, 3.3, 7):
        assert made.pixels(factor).min() == 255


def test_each_cell_shows_its_tile(made):
    mosaic = irregular(made)
    pixels = painting.painted(mosaic, 1)
    for box, tile in zip(mosaic.cells.boxes.tolist(), mosaic.chosen.tolist(), strict=True):
        left, top, width, height = box
        if left >= 0 and left + width <= 90:
            tile = tile_pixels.resized(photo(tile), (width, height))
            shown = pixels[top : top + height, left : left + width]
            assert np.abs(shown.astype(int) - tile).mean() < 12


def test_a_larger_mosaic_shows_the_photos_and_not_enlarged_tiles(made, photos):
    pixels = made.pixels(10)
    number = int(np.flatnonzero((made.cells.boxes[:, :2] >= 0).all(axis=1))[0])
    left, top, width, height = (10 * made.cells.boxes[number]).tolist()
    shown = pixels[top : top + height, left : left + width].astype(float)
    record = made.codebook.records[made.chosen[number]]
    assert (width, height) == (120, 80)
    assert np.array_equal(shown, np.asarray(Image.open(record.path)))


def test_tiles_are_decoded_again_once_each(made, monkeypatch):
    read = []

    def counting(path, *arguments):
        read.append(path)
        return read_tile(path, *arguments)

    monkeypatch.setattr(tile_pixels, "read_tile", counting)
    whole(made, 4, rows=16)
    assert sorted(read) == sorted({made.codebook.records[tile].path for tile in made.chosen.tolist()})


def test_tiles_are_kept_only_while_strips_show_them(made):
    chosen = (np.arange(len(made.cells)) // (len(made.cells) // 12 + 1)).astype(np.int32)
    ordered = replace(made, chosen=chosen)
    sheet = painting.Painting(ordered, 4, rows=32)
    parts, kept = [], []
    for _, rows in sheet.strips():
        parts.append(rows)
        kept.append(len(sheet.tiles._decoded))
    assert max(kept) < 5
    assert kept[-1] == 0
    assert np.array_equal(np.concatenate(parts), whole(ordered, 4, rows=1000))


@pytest.mark.parametrize("limit", [0, tile_pixels._IN_MEMORY])
def test_tiles_are_decoded_as_large_as_their_largest_cell(made, monkeypatch, limit):
    monkeypatch.setattr(tile_pixels, "_IN_MEMORY", limit)
    sizes = {}

    def noting(path, size, *arguments):
        sizes[path] = size
        return read_tile(path, size, *arguments)

    monkeypatch.setattr(tile_pixels, "read_tile", noting)
    mosaic = irregular(made)
    mosaic = replace(mosaic, chosen=np.where(mosaic.cells.boxes[:, 2] == 20, 1, 2).astype(np.int32))
    expected = {1: (40, 28), 2: (20, 28)}
    pixels = painting.painted(mosaic, 2)
    assert sizes == {made.codebook.records[tile].path: size for tile, size in expected.items()}
    assert np.array_equal(whole(mosaic, 2, rows=9), pixels)


def test_a_poster_of_a_quadtree_reads_small_tiles_small(photos):
    target = photo(99, 256, 192)
    target[:, 128:] = np.random.default_rng(1).integers(0, 256, (12, 8, 3)).repeat(16, axis=0).repeat(16, axis=1)
    made = i2s.mosaic(target, photos, tile=(16, 12), tiling="quadtree")
    assert len(np.unique(made.cells.boxes[:, 2])) > 1
    assert np.array_equal(whole(made, 3, rows=50), made.pixels(3))


def test_turned_tiles_are_turned_at_any_size(photos):
    codebook = codebook_of(i2s.discover(photos).records, (12, 8), settings=i2s.config.resolve())
    target = photo(3, 36, 24)[::-1]
    made = make_mosaic(target, codebook, MosaicOptions(tile=(12, 8), flip=True, rotate=True))
    assert made.codebook.variants[made.chosen].any()
    expected = np.stack([made.codebook.tile(tile) for tile in made.chosen.tolist()])
    assert np.array_equal(made.pixels(1).reshape(3, 8, 3, 12, 3).swapaxes(1, 2).reshape(9, 8, 12, 3), expected)
    small, large = made.pixels(1), np.asarray(Image.fromarray(made.pixels(8)).reduce(8))
    assert np.abs(small.astype(int) - large).mean() < 3


def test_quarter_turns(photos):
    codebook = codebook_of(i2s.discover(photos).records, (10, 10), settings=i2s.config.resolve())
    made = make_mosaic(photo(3, 40, 30), codebook, MosaicOptions(tile=(10, 10)))
    turned = replace(codebook.with_variants(False, True), problems=())
    placed = replace(made, codebook=turned, chosen=np.arange(12, dtype=np.int32))
    expected = np.stack([turned.tile(tile) for tile in range(12)])
    assert np.array_equal(placed.pixels(1).reshape(3, 10, 4, 10, 3).swapaxes(1, 2).reshape(12, 10, 10, 3), expected)
    assert np.abs(placed.pixels(1).astype(int) - np.asarray(Image.fromarray(placed.pixels(4)).reduce(4))).mean() < 8


def test_transparent_tiles_show_the_colour_of_their_cell(made):
    alpha = np.zeros(made.codebook.rgb.shape[:3], np.uint8)
    alpha[:, :, 6:] = 255
    placed = replace(made, codebook=replace(made.codebook, alpha=alpha))
    pixels, opaque = placed.pixels(1), made.pixels(1)
    left, top, _, _ = made.cells.boxes[9].tolist()
    colour = cell_colours(made.target, made.cells)[9, 0, 0]
    assert (pixels[top : top + 8, left : left + 6] == colour).all()
    assert np.array_equal(pixels[top : top + 8, left + 6 : left + 12], opaque[top : top + 8, left + 6 : left + 12])
    assert placed.pixels(0.5).shape == (35, 45, 3)


def test_missing_files_are_enlarged_and_reported(made, photos):
    names = sorted({made.codebook.records[tile].name for tile in made.chosen.tolist()})
    (photos / names[0]).unlink()
    sheet = painting.Painting(made, 4)
    pixels = np.concatenate([rows for _, rows in sheet.strips()])
    assert len(sheet.problems) == 1
    assert names[0] in sheet.problems[0]
    assert np.abs(pixels.astype(int) - whole(made, 1).repeat(4, axis=0).repeat(4, axis=1)).mean() < 20


def test_memory_does_not_grow_with_the_height(photos):
    made = i2s.mosaic(photo(99, 60, 240), photos, tile=(12, 8), opacity=0.2, tint=0.3)
    made.pixels(1)
    peaks = []
    for share in (4, 1):
        part = replace(made, cells=replace(made.cells, canvas=(0, 0, 60, 240 // share)), target=made.target)
        tracemalloc.start()
        height = sum(len(rows) for _, rows in painting.strips(part, 12, rows=96))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert height == 12 * 240 // share
    assert peaks[1] < 1.5 * peaks[0]
