"""TIFF of any size: independent readers read it, with 32-bit and with 64-bit offsets."""

from __future__ import annotations

import errno

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.visuals.large import big_tiff, write_big_tiff
from tests.conftest import photo

SIZE = 1301, 777


@pytest.fixture(params=["classic", "big"])
def offsets(request, monkeypatch):
    if request.param == "big":
        monkeypatch.setattr(big_tiff, "_MOST_CLASSIC_BYTES", 0)
    return request.param


def in_pieces(image):
    return (image[start : start + 100] for start in range(0, len(image), 100))


def readings(path):
    with Image.open(path) as image:
        yield np.asarray(image.convert("RGB"))
    yield cv2.imread(str(path))[..., ::-1]
    try:
        import pyvips
    except (ImportError, OSError):
        return
    yield pyvips.Image.new_from_file(str(path)).numpy()


def test_deflate_is_exact(tmp_path, offsets):
    image = photo(4, *SIZE)
    write_big_tiff(tmp_path / "a.tif", in_pieces(image), SIZE, compression="deflate")
    assert (tmp_path / "a.tif").read_bytes()[2] == (43 if offsets == "big" else 42)
    assert np.array_equal(tifffile.imread(tmp_path / "a.tif"), image)
    for pixels in readings(tmp_path / "a.tif"):
        assert np.array_equal(pixels, image)


@pytest.mark.parametrize("quality", [85, 95])
def test_jpeg_is_near(tmp_path, offsets, quality):
    image = photo(4, *SIZE)
    write_big_tiff(tmp_path / "a.tif", in_pieces(image), SIZE, quality=quality)
    for pixels in readings(tmp_path / "a.tif"):
        assert pixels.shape == image.shape
        assert cv2.PSNR(np.ascontiguousarray(pixels), image) > 30
    assert (tmp_path / "a.tif").stat().st_size < image.nbytes / 3


def test_the_size_of_a_print(tmp_path):
    write_big_tiff(tmp_path / "a.tif", [photo(1, 60, 40)], (60, 40), dpi=150.5)
    assert Image.open(tmp_path / "a.tif").info["dpi"] == (150.5, 150.5)


def test_the_file_is_complete_or_not_there(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(big_tiff, "_tile", full)
    with pytest.raises(OSError, match="No space left"):
        write_big_tiff(tmp_path / "a.tif", [photo(1, 60, 40)], (60, 40))
    assert list(tmp_path.iterdir()) == []


def test_unknown_compression(tmp_path):
    with pytest.raises(ConfigError, match="deflate, jpeg"):
        write_big_tiff(tmp_path / "a.tif", [photo(1, 60, 40)], (60, 40), compression="lzw")
