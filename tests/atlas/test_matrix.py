"""The giant image of a grid and its pyramid: what independent readers see, and what is painted again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import config
from imbatch2soundvisu.atlas.cell_images import CellImages, cell_images
from imbatch2soundvisu.atlas.matrix import GridImage, items_of, width_and_height, write_matrix
from imbatch2soundvisu.atlas.pyramids import INDEX, Pyramid, write_pyramid
from imbatch2soundvisu.core.errors import ConfigError, NotOursError
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.visuals.large import Encoding, write_deep_zoom
from tests.conftest import photo

SIZES = [(32, 16), (24, 20), (15, 9)]


def cells(count, size=(32, 16), start=0):
    pixels = np.stack([photo(start + i, *size) for i in range(count)])
    digests = tuple(f"digest {start + i}" for i in range(count))
    return CellImages(pixels, None, np.arange(count), digests, (200, 10, 30))


def grid(count, columns, size=(32, 16)):
    items = np.full((-(-count // columns), columns), -1)
    items.reshape(-1)[:count] = np.arange(count)
    return GridImage(items, cells(count, size))


def whole(image):
    return np.concatenate(list(image.rows()))


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def levels_by_halving(pixels):
    """Each level as the mean of 2 x 2 pixels of the one before; a last odd row or column counts twice."""
    found = [pixels]
    while max(found[-1].shape[:2]) > 1:
        height, width = found[-1].shape[:2]
        even = np.pad(found[-1], ((0, height % 2), (0, width % 2), (0, 0)), mode="edge").astype(float)
        found.append((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_every_level_is_the_mean_of_the_whole_image(size):
    image = grid(23, 5, size)
    pixels = whole(image)
    assert (pixels.shape[1], pixels.shape[0]) == image.size
    for level, expected in enumerate(levels_by_halving(pixels)):
        width, height = image.level_size(level)
        found = image.part(level, (0, 0, width, height))
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= level, "rounded once for each level"


def test_empty_cells_have_the_background_and_images_their_cell():
    image = grid(3, 2)
    assert image.part(0, (32, 16, 64, 32)).reshape(-1, 3).tolist() == [[200, 10, 30]] * 512
    assert np.array_equal(image.part(0, (0, 16, 32, 32)), image.cells.rgb[2])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_a_painted_pyramid_has_the_bytes_of_one_that_is_reduced(tmp_path, size, kind):
    image, encoding = grid(23, 5, size), Encoding(kind)
    made = write_pyramid(tmp_path / "painted" / "map.dzi", image, Pyramid(50, 1, encoding))
    (tmp_path / "reduced").mkdir()
    write_deep_zoom(tmp_path / "reduced" / "map.dzi", image.rows(), image.size, tile=(50, 1), quality=encoding)
    painted, reduced = (files(tmp_path / name) for name in ("painted", "reduced"))
    assert made.tiles == made.painted == len(reduced) - 1
    assert {name: painted.get(name) == content for name, content in reduced.items()} == dict.fromkeys(reduced, True)


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_libvips_reads_every_tile_of_every_level(tmp_path, kind):
    pyvips = pytest.importorskip("pyvips")
    image = grid(30, 6)
    made = write_pyramid(tmp_path / "a" / "map.dzi", image, Pyramid(60, 2, Encoding(kind, 95)))
    assert made.levels == 9
    suffix = Encoding(kind).ending
    for level in range(made.levels):
        width, height = image.level_size(made.levels - 1 - level)
        exact = image.part(made.levels - 1 - level, (0, 0, width, height)).astype(float)
        folder = tmp_path / "a" / "map_files" / str(level)
        assert len(list(folder.iterdir())) == -(-width // 60) * -(-height // 60)
        for path in folder.glob(f"*.{suffix}"):
            column, row = map(int, path.stem.split("_"))
            left, top = max(0, column * 60 - 2), max(0, row * 60 - 2)
            right, bottom = min(width, column * 60 + 62), min(height, row * 60 + 62)
            try:
                read = pyvips.Image.new_from_file(str(path)).numpy()
            except pyvips.Error:
                if kind == "avif":
                    pytest.skip("this libvips reads no AVIF")
                raise
            assert read.shape == (bottom - top, right - left, 3)
            if kind == "jpeg":  # the colours of tiles of other formats are enlarged differently by each decoder
                with Image.open(path) as other:
                    assert np.abs(read - np.asarray(other).astype(float)).mean() < 4
            difference = (read - exact[top:bottom, left:right]).mean(axis=2)
            assert level < made.levels - 1 or np.abs(difference).mean() < 6


def test_libvips_writes_the_same_description(tmp_path):
    pyvips = pytest.importorskip("pyvips")
    image = grid(30, 6)
    write_pyramid(tmp_path / "a" / "map.dzi", image)
    try:
        pyvips.Image.new_from_array(whole(image)).dzsave(str(tmp_path / "map"), suffix=".jpg")
    except pyvips.Error:
        pytest.skip("this libvips writes no Deep Zoom")
    ours, theirs = tmp_path / "a" / "map_files", tmp_path / "map_files"
    assert {each.relative_to(ours) for each in ours.rglob("*.jpg")} == {
        each.relative_to(theirs) for each in theirs.rglob("*.jpg")
    }
    words = [set((folder / "map.dzi").read_text().replace(">", " ").replace("/", " ").split()) for folder in
             (tmp_path / "a", tmp_path)]  # fmt: skip
    assert {each for each in words[0] if "=" in each} >= {
        each for each in words[1] if each.startswith(("Format", "Overlap", "TileSize", "Width", "Height"))
    }


def changed(image, item, start=500):
    """The image with another picture in the place of one."""
    other = cells(1, image.cells.size, start)
    pixels, digests = image.cells.rgb.copy(), list(image.cells.digests)
    pixels[item], digests[item] = other.rgb[0], other.digests[0]
    return GridImage(image.items, CellImages(pixels, None, image.cells.rows, tuple(digests), image.cells.background))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("address", [None, "https://example.org/map"])
def test_a_changed_image_repaints_its_tiles_only(tmp_path, size, address):
    image, pyramid = grid(63, 9, size), Pyramid(50, 0 if address else 1, address=address)
    name = "info.json" if address else "map.dzi"
    write_pyramid(tmp_path / "a" / name, image, pyramid)
    inodes = {path.relative_to(tmp_path / "a"): path.stat().st_ino for path in (tmp_path / "a").rglob("*.jpg")}
    again = write_pyramid(tmp_path / "a" / name, changed(image, 30), pyramid)
    fresh = write_pyramid(tmp_path / "b" / name, changed(image, 30), pyramid)
    assert (fresh.painted, again.tiles) == (fresh.tiles, fresh.tiles)
    left, top = 3 * size[0], 3 * size[1]
    on = 0
    for level in range(again.levels):
        width, height = image.level_size(level)
        cell = [left >> level, top >> level, (left + size[0] - 1) >> level, (top + size[1] - 1) >> level]
        over = pyramid.overlap
        on += sum(
            max(0, x - over) <= cell[2] and min(width, x + 50 + over) > cell[0]
            and max(0, y - over) <= cell[3] and min(height, y + 50 + over) > cell[1]
            for x in range(0, width, 50) for y in range(0, height, 50)
        )  # fmt: skip
    assert again.painted == on < again.tiles
    after, new = (files(tmp_path / each) for each in "ab")
    records = {each for each in after if ".imbatch" in each}
    assert {each: after[each] for each in after.keys() - records} == {each: new[each] for each in new.keys() - records}
    kept = sum((tmp_path / "a" / each).stat().st_ino == inode for each, inode in inodes.items())
    assert kept >= again.tiles - again.painted


def test_new_rows_repaint_only_what_shows_them(tmp_path):
    image = grid(40, 8)
    before = write_pyramid(tmp_path / "a" / "map.dzi", image, Pyramid(50))
    more = GridImage(np.arange(48).reshape(6, 8), cells(48))
    after = write_pyramid(tmp_path / "a" / "map.dzi", more, Pyramid(50))
    fresh = write_pyramid(tmp_path / "b" / "map.dzi", more, Pyramid(50))
    assert before.tiles == after.tiles == fresh.tiles
    assert after.painted < after.tiles * 0.75
    assert (tmp_path / "a" / INDEX).read_bytes() == (tmp_path / "b" / INDEX).read_bytes()


def test_other_options_repaint_everything_and_a_missing_tile_is_painted(tmp_path):
    image = grid(12, 4)
    write_pyramid(tmp_path / "a" / "map.dzi", image, Pyramid(50))
    assert write_pyramid(tmp_path / "a" / "map.dzi", image, Pyramid(50)).painted == 0
    next((tmp_path / "a" / "map_files" / "0").iterdir()).unlink()
    assert write_pyramid(tmp_path / "a" / "map.dzi", image, Pyramid(50)).painted == 1
    made = write_pyramid(tmp_path / "a" / "map.dzi", image, Pyramid(50, encoding=Encoding("webp")))
    assert made.painted == made.tiles
    assert not list((tmp_path / "a").rglob("*.jpg"))


def test_tiles_that_were_changed_are_not_replaced(tmp_path):
    image = grid(12, 4)
    write_pyramid(tmp_path / "a" / "map.dzi", image)
    next((tmp_path / "a" / "map_files" / "0").iterdir()).write_bytes(b"mine")
    with pytest.raises(NotOursError, match="changed"):
        write_pyramid(tmp_path / "a" / "map.dzi", image)


def test_without_hard_links_tiles_are_copied(tmp_path, monkeypatch):
    def no_links(*_):
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", no_links)
    image = grid(12, 4)
    write_pyramid(tmp_path / "a" / "map.dzi", image)
    assert write_pyramid(tmp_path / "a" / "map.dzi", changed(image, 0), Pyramid()).painted > 0
    assert write_pyramid(tmp_path / "a" / "map.dzi", changed(image, 0), Pyramid()).painted == 0


def test_iiif_tiles_cover_each_level(tmp_path):
    image = grid(30, 6)
    made = write_pyramid(tmp_path / "a" / "info.json", image, Pyramid(64, 0, address="https://example.org/map"))
    info = json.loads((tmp_path / "a" / "info.json").read_text())
    assert (info["id"], info["width"], info["height"]) == ("https://example.org/map", *image.size)
    assert info["profile"] == "level0"
    assert {"width": 48, "height": 20} in info["sizes"]
    count = 0
    for factor in info["tiles"][0]["scaleFactors"]:
        level = factor.bit_length() - 1
        width, height = image.level_size(level)
        for x in range(0, width, 64):
            for y in range(0, height, 64):
                box = [x * factor, y * factor, min(64 * factor, 192 - x * factor), min(64 * factor, 80 - y * factor)]
                shown = min(64, width - x), min(64, height - y)
                region = "full" if box == [0, 0, 192, 80] else ",".join(map(str, box))
                path = tmp_path / "a" / region / f"{shown[0]},{shown[1]}" / "0" / "default.jpg"
                assert Image.open(path).size == shown
                count += 1
    assert count == made.tiles


@pytest.mark.parametrize("size", [(32, 16), (33, 21)])
@pytest.mark.parametrize("quality", [80, 95])
def test_the_matrix_as_jpeg_and_tiff(tmp_path, size, quality):
    image = grid(23, 5, size)
    exact = whole(image).astype(float)
    for name in ("a.jpg", "a.tif"):
        write_matrix(tmp_path / name, image, quality=quality)
        with Image.open(tmp_path / name) as found:
            assert found.size == image.size
            assert np.abs(np.asarray(found.convert("RGB")) - exact).mean() < 8
    if quality == 80:
        import simplejpeg

        once = simplejpeg.decode_jpeg(simplejpeg.encode_jpeg(whole(image), quality, "RGB", "420"))
        assert np.abs(np.asarray(Image.open(tmp_path / "a.jpg")) - once.astype(float)).mean() < 0.5


def test_a_matrix_that_is_too_large_for_jpeg_is_refused(tmp_path):
    one = CellImages(np.zeros((1, 1000, 1000, 3), np.uint8), None, np.zeros(1, int), ("a",))
    image = GridImage(np.zeros((1, 66), int), one)
    with pytest.raises(ConfigError, match=r"65,500 px a side: write \.tif"):
        write_matrix(tmp_path / "a.jpg", image)
    with pytest.raises(ConfigError, match="ending"):
        write_matrix(tmp_path / "a.bmp", image)


def test_cells_of_files(tmp_path):
    (tmp_path / "images").mkdir()
    for i in range(3):
        Image.fromarray(photo(i, 120, 60)).save(tmp_path / "images" / f"{i}.png")
    collection = discover(tmp_path / "images")
    (tmp_path / "images" / "2.png").write_bytes(b"not an image any more")
    found = {
        fit: cell_images(collection.records, (30, 30), config.resolve(), fit=fit, background=(255, 0, 0))
        for fit in ("fill", "fit", "smart")
    }
    whole, cropped = (found[fit].at(np.arange(3)) for fit in ("fit", "fill"))
    assert whole[0, 0].tolist() == [[255, 0, 0]] * 30
    assert whole[0, 15].mean() != 85
    assert (cropped[0, 0] != [255, 0, 0]).any()
    assert cropped[2, 5, 5].tolist() == [96, 96, 96]
    assert "2.png" in found["fit"].problems[0]
    with pytest.raises(ConfigError, match="fit"):
        cell_images(collection.records, (30, 30), config.resolve(), fit="x")


@pytest.mark.parametrize(("points", "message"), [
    ([[0, 0], [0, 0]], "more than one"), ([[0.5, 0]], "whole numbers"), ([[np.nan, 0]], "no image"),
    ([[4, 0]], "grid is 2 x 2"),
])  # fmt: skip
def test_places_that_are_no_cells(points, message):
    with pytest.raises(ConfigError, match=message):
        items_of(np.array(points, float), (2, 2))


def test_places_in_pixels_make_no_grid():
    with pytest.raises(ConfigError, match="in pixels"):
        items_of(np.array([[0, 0], [65_000, 65_000]], float))


@pytest.mark.parametrize("text", ["128", "0x5", "axb", "5x", (1, 2, 3), (1.5, 2), None, True])
def test_sizes_that_are_none(text):
    with pytest.raises(ConfigError, match="width and a height"):
        width_and_height(text)
