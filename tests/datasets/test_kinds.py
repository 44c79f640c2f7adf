"""Colours, depths, dates and names of whole kinds of files, made here."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image

from imbatch2soundvisu.datasets import images
from imbatch2soundvisu.datasets.dates import exif_date
from imbatch2soundvisu.datasets.video_pictures import upright
from imbatch2soundvisu.datasets.videos import _short

pillow_heif.register_heif_opener()


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "u4", "f2", "f4", "f8"])
def test_white_is_zero_at_every_depth(tmp_path, dtype):
    top = 1 if dtype[0] == "f" else np.iinfo(dtype).max
    ramp = (np.tile(np.linspace(0, 1, 64), (8, 1)) * top).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", ramp, photometric="miniswhite")
    grey = images.open_image(tmp_path / "a.tif")[4, :, 0].astype(int)
    assert grey[0] > 250
    assert grey[-1] < grey[0] - 100


@pytest.mark.parametrize("layout", ["grey", "rgb", "planes"])
@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "u4", "i4", "u8", "f2", "f4", "f8"])
def test_tiffs_of_every_depth_and_layout(tmp_path, dtype, layout):
    top = 1 if dtype[0] in "f?" else min(np.iinfo(dtype).max, 2**40)
    ramp = np.tile(np.linspace(0, 1, 64), (8, 1))
    ramp = ramp > 0.5 if dtype == "?" else (ramp * top).astype(dtype)
    options = {"photometric": "minisblack" if layout == "grey" else "rgb"}
    if layout == "rgb":
        ramp = np.stack([ramp] * 3, axis=2)
    if layout == "planes":
        ramp = np.stack([ramp] * 3)
        options["planarconfig"] = "separate"
    tifffile.imwrite(tmp_path / "a.tif", ramp, **options)
    pixels = images.open_image(tmp_path / "a.tif")
    assert pixels.shape == (8, 64, 3)
    middle = 0 if dtype == "?" else 125
    assert pixels[4, [0, 31, 63], 1].tolist() == pytest.approx([0, middle, 255], abs=1)


@pytest.mark.parametrize("layout", ["minisblack", "rgb"])
def test_negative_values_are_dark(tmp_path, layout):
    ramp = np.tile(np.linspace(-1000, 3000, 64), (8, 1)).astype("i2")
    ramp = np.stack([ramp] * 3, axis=2) if layout == "rgb" else ramp
    tifffile.imwrite(tmp_path / "a.tif", ramp, photometric=layout)
    assert images.open_image(tmp_path / "a.tif")[4, [0, 31, 63], 0].tolist() == pytest.approx([0, 125, 255], abs=1)


def test_nclx_of_heif_is_converted(tmp_path):
    image = Image.new("RGB", (64, 64), (40, 200, 60))
    image.save(tmp_path / "a.heic", quality=100, color_primaries=12, transfer_characteristics=13)
    assert images.open_image(tmp_path / "a.heic")[32, 32].tolist() == pytest.approx([0, 204, 12], abs=6)


@pytest.mark.parametrize(
    "text", ["2012:12:22 10:37:28", "2012-12-22T10:37:28Z", "2012/12/22 10:37:28", b"2012:12:22 10:37:28\0\0"]
)
def test_dates_in_every_spelling(text):
    assert exif_date(text) == datetime(2012, 12, 22, 10, 37, 28)


@pytest.mark.parametrize("text", ["2012", "0000:00:00 00:00:00", "    :  :     :  :  ", None])
def test_what_is_no_date(text):
    assert exif_date(text) is None


def test_names_of_frames_are_short():
    assert len(_short("写" * 82).encode()) <= 120
    assert _short(Path("a.mp4").stem) == "a"


def test_a_quarter_turn():
    assert upright(np.arange(6).reshape(1, 2, 3), (0, 1, 0, -1, 0, 0, 0, 0, 1)).shape == (2, 1, 3)
