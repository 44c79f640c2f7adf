"""Tilings: every pixel of the target belongs to one cell, whole tiles only, masks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic import TILINGS, Brick, Grid, Hexagon, MosaicOptions, Quadtree
from imbatch2soundvisu.mosaic.layout import quadtree
from imbatch2soundvisu.mosaic.layout.cells import lay_out
from imbatch2soundvisu.mosaic.layout.masks import mask_of
from imbatch2soundvisu.mosaic.layout.shapes import hexagon
from tests.conftest import photo

EVERY = (Grid(), Brick(), Hexagon(), Quadtree(), Quadtree(levels=2, threshold=0.1), Quadtree(count=40))
SIZES = ((90, 70), (61, 83), (24, 32), (7, 200), (25, 25))


def coverage(cells) -> np.ndarray:
    """How often each pixel of the canvas is covered, with soft edges."""
    covered = np.zeros((cells.canvas[3] + 200, cells.canvas[2] + 200))
    for left, top, width, height in (cells.boxes + [100, 100, 0, 0]).tolist():
        shape = hexagon((width, height)) / 255 if cells.shape == "hexagon" else 1
        covered[top : top + height, left : left + width] += shape
    return covered[100:-100, 100:-100]


@pytest.fixture
def white(tmp_path):
    """A folder with one white image."""
    (tmp_path / "white").mkdir()
    Image.new("RGB", (40, 40), "white").save(tmp_path / "white" / "white.png")
    return tmp_path / "white"


@pytest.mark.parametrize("tiling", EVERY, ids=repr)
@pytest.mark.parametrize("size", SIZES)
def test_cells_cover_the_target_exactly_once(tiling, size):
    target = photo(1, *size)
    cells = lay_out(target, MosaicOptions(tile=(8, 12) if size[0] > 7 else (4, 8), tiling=tiling))
    assert cells.canvas == (0, 0, *size)
    assert np.abs(coverage(cells) - 1).max() < 0.01
    assert len(np.unique(cells.places, axis=0)) == len(cells)


@pytest.mark.parametrize("tiling", EVERY, ids=repr)
def test_whole_tiles_are_inside_the_target(tiling):
    cells = lay_out(photo(1, 101, 75), MosaicOptions(tile=(8, 12), tiling=tiling, cover="whole"))
    ends = cells.boxes[:, :2] + cells.boxes[:, 2:]
    assert (cells.boxes[:, :2] >= 0).all()
    assert (ends <= cells.canvas[2:]).all()
    assert coverage(cells).max() <= 1.01
    assert coverage(cells).mean() > 0.75
    left, top, width, height = cells.canvas
    assert abs(101 - width - 2 * left) <= 1
    assert abs(75 - height - 2 * top) <= 1


@pytest.mark.parametrize("tiling", sorted(TILINGS))
@pytest.mark.parametrize("factor", [0.37, 1, 2.3, 5])
def test_painted_cells_have_neither_gaps_nor_edges(white, tiling, factor):
    target = np.zeros((62, 83, 3), np.uint8)
    target[:30, :20] = photo(2, 20, 30)
    made = i2s.mosaic(target, white, tile=(10, 12), tiling=tiling)
    assert made.pixels(factor).min() == 255


@pytest.mark.parametrize("factor", [3, 7])
def test_the_target_shows_beside_whole_hexagons(white, factor):
    target = np.full((62, 83, 3), 40, np.uint8)
    made = i2s.mosaic(target, white, tile=(10, 12), tiling="hexagon", cover="whole")
    pixels = made.pixels(factor)
    assert (pixels[0, 0] == 40).all()
    assert (pixels[-1, -1] == 40).all()
    assert (pixels[pixels.shape[0] // 2, pixels.shape[1] // 2] == 255).all()


def test_each_hexagon_shows_its_tile(tmp_path):
    (tmp_path / "tiles").mkdir()
    for level in (0, 250):
        Image.new("RGB", (40, 40), (level,) * 3).save(tmp_path / "tiles" / f"{level:03}.png")
    target = np.zeros((200, 160, 3), np.uint8)
    target[90:150, 60:120] = 255
    made = i2s.mosaic(target, tmp_path / "tiles", tile=(16, 16), tiling="hexagon")
    pixels = made.pixels(2)
    centres = (2 * made.cells.boxes[:, :2] + made.cells.boxes[:, 2:]).astype(int)
    inside = ((centres > 4) & (centres < [316, 396])).all(axis=1)
    assert inside.sum() > 100
    shown = pixels[centres[inside, 1], centres[inside, 0], 0]
    assert np.array_equal(shown, np.where(made.chosen[inside] == 1, 250, 0))


def test_hexagons_are_regular_and_fit_into_each_other():
    cells = lay_out(photo(1, 400, 300), MosaicOptions(columns=20, tiling="hexagon"))
    width, height = cells.tile_size
    assert (width, height) == (20, 24)
    assert lay_out(photo(1, 400, 300), MosaicOptions(tile=(19, 31), tiling="hexagon")).tile_size == (20, 32)


def test_bricks_are_shifted_by_half():
    cells = lay_out(photo(1, 100, 60), MosaicOptions(tile=(20, 20), tiling="brick"))
    assert cells.boxes[cells.boxes[:, 1] == 0, 0].tolist() == [0, 20, 40, 60, 80]
    assert cells.boxes[cells.boxes[:, 1] == 20, 0].tolist() == [-10, 10, 30, 50, 70, 90]
    first, shifted = cells.places[0], cells.places[6]
    assert np.hypot(*(shifted - first)) == pytest.approx(np.hypot(0.5, 1))


def test_large_tiles_are_where_the_target_is_plain():
    target = np.full((160, 160, 3), 90, np.uint8)
    target[:80, :80] = np.random.default_rng(1).integers(0, 255, (80, 80, 3))
    cells = lay_out(target, MosaicOptions(tile=(10, 10), tiling=Quadtree(levels=3, threshold=0.05)))
    sides, lefts, tops = cells.boxes[:, 2], cells.boxes[:, 0], cells.boxes[:, 1]
    assert set(sides[(lefts < 80) & (tops < 80)].tolist()) == {10}
    assert set(sides[(lefts >= 80) | (tops >= 80)].tolist()) == {40}


def test_the_number_of_cells_is_near_the_one_asked_for():
    target = photo(5, 640, 480)
    for count in (100, 400, 1000):
        cells = lay_out(target, MosaicOptions(tile=(10, 10), tiling=Quadtree(levels=4, count=count)))
        assert 0.85 * count <= len(cells) <= count
    few = lay_out(target, MosaicOptions(tile=(10, 10), tiling=Quadtree(levels=2, count=1)))
    assert len(few) == 32 * 24


def test_large_tiles_are_decoded_at_their_size(folder):
    made = i2s.mosaic(photo(5, 160, 120), folder, tile=(10, 10), tile_px=20, tiling=Quadtree(levels=3))
    assert made.codebook.size == (80, 80)
    assert made.size == (320, 240)


@pytest.mark.parametrize(
    "arguments",
    [{"levels": 0}, {"levels": 9}, {"levels": 2.5}, {"threshold": -1}, {"count": 0}, {"threshold": 1, "count": 2}],
)
def test_what_a_quadtree_refuses(arguments):
    with pytest.raises(ConfigError, match="Quadtree"):
        Quadtree(**arguments)


def test_a_tiling_of_the_user(white):
    class Columns:
        """Stripes."""

        def cells(self, target, tile, cover):
            boxes = np.array([(x, 0, 10, target.shape[0]) for x in range(0, target.shape[1], 10)], np.int32)
            return i2s.mosaic.Cells(boxes, boxes[:, :2] / 10, (0, 0, *target.shape[1::-1]))

    made = i2s.mosaic(np.zeros((40, 60, 3), np.uint8), white, tile=(10, 10), tiling=Columns())
    assert len(made.chosen) == 6
    assert made.pixels().min() == 255


@pytest.mark.parametrize("tiling", sorted(TILINGS))
def test_the_target_stays_where_the_mask_is_black(white, tiling):
    target = np.full((80, 120, 3), 40, np.uint8)
    mask = np.zeros((80, 120), bool)
    mask[:, 60:] = True
    made = i2s.mosaic(target, white, tile=(10, 12), tiling=tiling, mask=mask)
    whole = i2s.mosaic(target, white, tile=(10, 12), tiling=tiling)
    assert len(made.cells) < len(whole.cells) or tiling == "quadtree"
    pixels = made.pixels(2)
    assert (pixels[:, :119] == 40).all()
    assert (pixels[:, 121:] == 255).all()


def test_a_soft_mask_mixes(white, tmp_path):
    target = np.zeros((40, 40, 3), np.uint8)
    Image.new("L", (10, 10), 51).save(tmp_path / "mask.png")
    made = i2s.mosaic(target, white, tile=(10, 10), mask=str(tmp_path / "mask.png"))
    assert (made.pixels() == 51).all()


def test_masks_of_all_kinds(tmp_path):
    cut_out = np.zeros((4, 6, 4), np.uint8)
    cut_out[1:3, 2:4] = 255
    Image.fromarray(cut_out).save(tmp_path / "cut-out.png")
    expected = cut_out[..., 3]
    kinds = (tmp_path / "cut-out.png", expected > 0, expected, expected / 255, cut_out[..., :3])
    for kind in kinds:
        assert np.array_equal(mask_of(kind, (6, 4)), expected)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((4, 4)), "black wherever cells are"),
        (np.full((4, 4), np.nan), "from 0 to 1"),
        (np.full((4, 4), 7.0), "from 0 to 1"),
        (np.zeros((0, 4)), "array of shape"),
        ("missing.png", "there is no such file"),
        (3, "path of an image, or an array"),
    ],
)
def test_masks_that_are_refused(white, mask, message):
    with pytest.raises(ConfigError, match=message):
        i2s.mosaic(np.zeros((40, 40, 3), np.uint8), white, tile=(10, 10), mask=mask)


def test_faces_consist_of_small_tiles(monkeypatch):
    from imbatch2soundvisu.core.regions import Region

    target = np.full((160, 160, 3), 90, np.uint8)
    target[::2] += 20
    monkeypatch.setattr(quadtree, "find_faces", lambda rgb: (Region(0.1, 0.2, 0.25, 0.2),))
    options = [MosaicOptions(tile=(10, 10), tiling=Quadtree(threshold=0.06, faces=faces)) for faces in (True, False)]
    divided, plain = (lay_out(target, each) for each in options)
    assert set(plain.boxes[:, 2].tolist()) == {40}
    small = divided.boxes[divided.boxes[:, 2] == 10]
    assert len(small) >= 9
    assert (small[:, :2] < 80).all()
