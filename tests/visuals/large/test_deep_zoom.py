"""Deep Zoom: every level, every tile, its size and its pixels; little memory; as libvips writes it."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.visuals.large import deep_zoom, level_sizes, row_bands, write_deep_zoom
from tests.conftest import photo


def in_pieces(image, rows=37):
    return (image[start : start + rows] for start in range(0, len(image), rows))


def level(path: Path, number: int, size, tile=(254, 1)) -> np.ndarray:
    """The pixels of a level put together from its tiles; asserts that tiles agree where they overlap."""
    (width, height), (step, overlap) = size, tile
    whole = np.full((height, width, 3), -1, np.int16)
    names = set()
    for top in range(0, height, step):
        for left in range(0, width, step):
            name = f"{left // step}_{top // step}.jpg"
            names.add(name)
            y, x = (
                slice(max(0, top - overlap), top + step + overlap),
                slice(max(0, left - overlap), left + step + overlap),
            )
            pixels = np.asarray(Image.open(path.with_name(f"{path.stem}_files") / str(number) / name)).astype(np.int16)
            known = whole[y, x]
            assert known.shape == pixels.shape
            assert np.abs(known - pixels)[known >= 0].mean() < 6 if (known >= 0).any() else True
            whole[y, x] = pixels
    assert {each.name for each in (path.with_name(f"{path.stem}_files") / str(number)).iterdir()} == names
    return whole


@pytest.mark.parametrize("size", [(700, 533), (254, 254), (255, 509), (1, 300), (1, 1), (513, 2)])
@pytest.mark.parametrize("rows", [1, 100, 1000])
def test_every_level_is_half_of_the_next(tmp_path, size, rows):
    image = photo(3, *size)
    report = write_deep_zoom(tmp_path / "a.dzi", in_pieces(image, rows), size, quality=95)
    assert report.levels == len(level_sizes(size)) == len(list((tmp_path / "a_files").iterdir()))
    files = list((tmp_path / "a_files").rglob("*.jpg"))
    assert report.tiles == len(files)
    assert report.bytes == sum(path.stat().st_size for path in files)
    expected = image
    for number in range(report.levels - 1, -1, -1):
        written = level(tmp_path / "a.dzi", number, level_sizes(size)[number])
        assert np.abs(written - expected).mean() < 6
        expected = deep_zoom.halved(expected)
    assert written.shape == (1, 1, 3)


def test_the_description(tmp_path):
    write_deep_zoom(tmp_path / "a.dzi", [photo(1, 50, 40)], (50, 40), tile=(128, 2))
    text = (tmp_path / "a.dzi").read_text()
    assert re.findall(r'(\w+)="([^"]*)"', text)[2:] == [
        ("xmlns", "http://schemas.microsoft.com/deepzoom/2008"), ("Format", "jpg"), ("Overlap", "2"),
        ("TileSize", "128"), ("Width", "50"), ("Height", "40"),
    ]  # fmt: skip


def test_halving_is_the_mean_of_four_pixels():
    image = photo(1, 64, 48)
    mean = (image.reshape(24, 2, 32, 2, 3).astype(int).sum((1, 3)) + 2) // 4
    assert np.array_equal(deep_zoom.halved(image), mean)
    wide = np.tile(image[:2], (1, 1200, 1))  # wider than 65,535 pixels
    assert np.array_equal(deep_zoom.halved(wide), np.tile(mean[:1], (1, 1200, 1)))


def test_tiles_are_those_of_libvips(tmp_path):
    pyvips = pytest.importorskip("pyvips")
    image = photo(5, 1301, 977)
    write_deep_zoom(tmp_path / "own.dzi", in_pieces(image), (1301, 977))
    pyvips.Image.new_from_array(image).dzsave(str(tmp_path / "vips"), suffix=".jpg[Q=85]")
    own = {path.relative_to(tmp_path / "own_files") for path in (tmp_path / "own_files").rglob("*.jpg")}
    assert own == {path.relative_to(tmp_path / "vips_files") for path in (tmp_path / "vips_files").rglob("*.jpg")}
    for name in own:
        ours, theirs = (Image.open(tmp_path / f"{each}_files" / name) for each in ("own", "vips"))
        assert ours.size == theirs.size
        if min(ours.size) >= 8:
            assert np.abs(np.asarray(ours).astype(int) - np.asarray(theirs)).mean() < 4


@pytest.mark.parametrize("kind", ["too few", "too many", "narrow"])
def test_rows_of_another_size_are_refused(tmp_path, kind):
    rows = {"too few": photo(1, 50, 39), "too many": photo(1, 50, 41), "narrow": photo(1, 49, 40)}[kind]
    with pytest.raises(ValueError, match="50 x 40"):
        write_deep_zoom(tmp_path / "a.dzi", [rows], (50, 40))
    assert not (tmp_path / "a.dzi").exists()


def test_a_full_disk_ends_it(tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_deep_zoom(tmp_path / "a.dzi", in_pieces(photo(1, 600, 600)), (600, 600))
    assert not (tmp_path / "a.dzi").exists()


def test_bands_are_the_rows_with_their_overlap():
    image = photo(2, 5, 23)
    for step, overlap in ((4, 1), (5, 0), (7, 3), (30, 1)):
        bands = row_bands.Bands((5, 23), step, overlap)
        found = [band for rows in in_pieces(image, 3) for band in bands.add(rows)]
        expected = [image[max(0, top - overlap) : top + step + overlap] for top in range(0, 23, step)]
        assert len(found) == len(expected)
        assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_a_small_level_is_the_image_seen_from_afar(tmp_path):
    image = photo(7, 1024, 768)
    write_deep_zoom(tmp_path / "a.dzi", in_pieces(image), (1024, 768), quality=92)
    small = level(tmp_path / "a.dzi", 7, (128, 96))
    assert cv2.PSNR(small.astype(np.uint8), cv2.resize(image, (128, 96), interpolation=cv2.INTER_AREA)) > 33
