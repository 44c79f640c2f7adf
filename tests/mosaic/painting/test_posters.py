"""Posters: the mosaic at any size, as files that other programs read."""

from __future__ import annotations

import errno
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError, NotOursError, UnwritableError
from imbatch2soundvisu.mosaic.painting import posters
from imbatch2soundvisu.visuals.large import big_tiff, encoding, level_sizes
from tests.conftest import photo


@pytest.fixture
def made(folder):
    return i2s.mosaic(photo(99, 90, 70), folder, tile=(12, 8))


def from_afar(pixels, size):
    return cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)


def test_a_tiff_is_the_mosaic(made, tmp_path):
    Image.MAX_IMAGE_PIXELS = None
    made.save(tmp_path / "poster.tif", width=1500, dpi=150, compression="deflate")
    with Image.open(tmp_path / "poster.tif") as image:
        assert image.size == (1500, 1167)
        assert image.info["dpi"] == (150, 150)
        pixels = np.asarray(image)
    assert np.array_equal(pixels, made.pixels(1500 / 90))
    assert cv2.PSNR(from_afar(pixels, (90, 70)), made.pixels(1)) > 25


def test_a_deep_zoom_is_the_mosaic(made, tmp_path):
    made.save_deep_zoom(tmp_path / "zoom", 8)
    assert sorted(path.name for path in (tmp_path / "zoom").iterdir() if path.name[0] != ".") == [
        "mosaic.dzi", "mosaic_files",
    ]  # fmt: skip
    levels = level_sizes((720, 560))
    small = np.asarray(Image.open(tmp_path / f"zoom/mosaic_files/{len(levels) - 4}/0_0.jpg"))
    assert small.shape == (70, 90, 3)
    assert cv2.PSNR(small, made.pixels(1)) > 22
    corner = np.asarray(Image.open(tmp_path / f"zoom/mosaic_files/{len(levels) - 1}/0_0.jpg"))
    assert cv2.PSNR(corner, made.pixels(8)[:255, :255]) > 28


def test_libvips_reads_both(made, tmp_path):
    pyvips = pytest.importorskip("pyvips")
    made.save(tmp_path / "poster.tif", 7)
    read = pyvips.Image.new_from_file(str(tmp_path / "poster.tif"), access="sequential")
    assert (read.width, read.height) == (630, 490)
    assert cv2.PSNR(read.numpy(), made.pixels(7)) > 30


@pytest.mark.parametrize("name", ["m.jpg", "m.png", "m.webp", "m.tiff"])
def test_other_formats(made, tmp_path, name):
    made.save(tmp_path / name, quality=90) if name != "m.png" else made.save(tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert cv2.PSNR(np.asarray(image.convert("RGB")), made.pixels()) > 22


def test_sizes_that_are_not_possible(made, tmp_path):
    with pytest.raises(ConfigError, match=r"WEBP can hold, 16,383 a side; write a \.tif"):
        made.save(tmp_path / "m.webp", width=20_000)
    with pytest.raises(ConfigError, match=r"too many for one image in memory; write a \.tif"):
        made.save(tmp_path / "m.png", width=60_000)
    with pytest.raises(ConfigError, match="not both"):
        made.save(tmp_path / "m.png", 2, width=60_000)
    with pytest.raises(ConfigError, match="width=0 must be above 0"):
        made.save(tmp_path / "m.png", width=0)
    with pytest.raises(ConfigError, match=r"m\.mosaic: images can be written as"):
        made.save(tmp_path / "m.mosaic")
    assert [path.name for path in tmp_path.iterdir() if path.suffix] == []


@pytest.mark.parametrize("kind", ["tiff", "deep zoom"])
def test_a_full_disk_leaves_nothing(made, tmp_path, monkeypatch, kind):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    def write():
        if kind == "tiff":
            posters.write_tiff(tmp_path / "poster.tif", made, 8)
        else:
            posters.write_deep_zoom(tmp_path / "poster", made, 8)

    before = sorted(path.name for path in tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(*((big_tiff, "_tile") if kind == "tiff" else (Path, "write_bytes")), full)
        with pytest.raises(UnwritableError, match=r"poster(\.tif)? cannot be written: No space left on device"):
            write()
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    write()
    monkeypatch.setattr(*((big_tiff, "_tile") if kind == "tiff" else (encoding, "encoded")), full)
    with pytest.raises(UnwritableError):
        write()
    assert len(list(tmp_path.iterdir())) == len(before) + 1


def test_a_folder_of_the_user_is_not_replaced(made, tmp_path):
    (tmp_path / "album").mkdir()
    (tmp_path / "album/letter.txt").write_text("mine")
    with pytest.raises(NotOursError, match=r"letter\.txt was not written by this program"):
        made.save_deep_zoom(tmp_path / "album")
    assert [path.name for path in (tmp_path / "album").iterdir()] == ["letter.txt"]


def test_images_that_are_gone_are_reported(made, tmp_path, folder):
    used = made.codebook.records[made.chosen[0]].name
    (folder / used).unlink()
    report = posters.write_tiff(tmp_path / "poster.tif", made, 8)
    assert report.size == (720, 560)
    assert len(report.problems) == 1
    assert used in report.problems[0]
