"""Files from public bug reports of other programs are read right: every line of G-reports/EXPECTED.csv."""

from __future__ import annotations

import csv
import inspect
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu import config
from imbatch2soundvisu.core import Collection
from imbatch2soundvisu.core.errors import ImageError
from imbatch2soundvisu.datasets import discover, images, videos
from imbatch2soundvisu.music import recordings
from imbatch2soundvisu.runtime.cache import Cache


@pytest.fixture
def report(shared_data) -> Callable[[str], Path]:
    folder = shared_data("G-reports")
    return lambda name: folder / name


@pytest.fixture
def frames(report, tmp_path) -> Callable[[str], Collection]:
    """The collection of the frames of a video."""
    return lambda name: discover(report(name), cache=Cache(tmp_path / "cache"))


def colours_of(path: Path) -> set[tuple[int, ...]]:
    return {tuple(colour) for colour in np.unique(images.open_image(path).reshape(-1, 3), axis=0).tolist()}


def shows(path: Path, *colours: tuple[int, int, int]) -> bool:
    """Whether an image has regions of colours, two levels being no difference."""
    pixels = images.open_image(path).astype(int)
    return all((np.abs(pixels - colour).max(axis=2) <= 2).mean() > 0.05 for colour in colours)


def seconds(collection: Collection) -> list[float]:
    assert collection.records[0].taken is not None
    return [(record.taken - collection.records[0].taken).total_seconds() for record in collection]  # type: ignore[operator]


def test_every_line_has_a_test(report):
    with open(report("EXPECTED.csv"), newline="", encoding="utf-8") as file:
        expected = {row["file"] for row in csv.DictReader(file)}
    source = inspect.getsource(sys.modules[__name__])
    assert len(expected) == 22
    assert not [name for name in expected if f'"{name}"' not in source]


@pytest.mark.parametrize("name", ["p3-named-srgb-transfer.png", "cicp-p3.png"])
def test_display_p3_is_converted(report, name):
    assert shows(report(name), (0, 204, 12), (239, 35, 17), (128, 128, 128))


def test_exif_says_adobe_rgb(report):
    assert shows(report("adobe-rgb-r03.jpg"), (0, 201, 37))


def test_png_says_linear_light(report):
    assert shows(report("gama-linear.png"), (188, 188, 188))


def test_white_is_zero_in_16_bits(report):
    pixels = images.open_image(report("min-is-white-16.tif"))
    assert pixels[80, 0].tolist() == pytest.approx([255] * 3, abs=2)
    assert pixels[80, -1].tolist() == pytest.approx([0] * 3, abs=2)


def test_a_raw_photo_is_never_its_thumbnail(report):
    with pytest.raises(ImageError, match="raw photo"):
        images.open_image(report("raw-with-thumbnail.nef"))
    (skipped,) = discover([report("raw-with-thumbnail.nef")]).skipped
    assert "raw photo" in skipped.reason


def test_a_circle_in_oblong_pixels_is_round(frames):
    record = frames("anamorphic-64-45.mp4").records[0]
    assert (record.width, record.height) == (1024, 576)
    grey = images.open_image(record).mean(axis=2)
    disc = np.argwhere(np.abs(grey - np.median(grey)) > 60)
    height, width = np.ptp(disc, axis=0) + 1
    assert width / height == pytest.approx(1, abs=0.02)


def test_a_mirrored_video_is_shown_mirrored_and_upright(frames):
    shown = images.open_image(frames("mirrored.mp4").records[0]).astype(int)
    av = pytest.importorskip("av")
    with av.open(str(frames("mirrored.mp4").root)) as container:
        stored = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    assert np.abs(shown - stored[:, ::-1]).mean() < 6 < np.abs(shown - stored).mean()
    assert np.abs(shown - stored[::-1]).mean() > 6


def test_a_video_without_time_stamps_gives_a_picture_a_second(frames):
    assert seconds(frames("no-timestamps.mp4")) == list(range(10))


def test_no_pictures_of_a_variable_rate_are_close(frames):
    moments = seconds(frames("variable-rate.mp4"))
    assert min(np.diff(moments)) >= 0.99
    assert moments == pytest.approx([0, 10, 11, 20], abs=0.04)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("date-dashes.jpg", datetime(2012, 12, 22, 10, 37, 28)),
        ("date-iso.jpg", datetime(2018, 1, 20, 11, 46)),
    ],
)
def test_dates_in_other_spellings(report, name, moment):
    (record,) = discover([report(name)])
    assert (record.taken, record.taken_from) == (moment, "exif")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("bad-crc-phys.png", (240, 160)),
        ("long-ztxt.png", (240, 160)),
        ("no-eoi-white-bottom.jpg", (320, 240)),
        ("no-eoi.jpg", (320, 240)),
    ],
)
def test_whole_files_are_read_whole(report, name, size):
    decoded = images.decode(report(name))
    assert (decoded.rgb.shape[1], decoded.rgb.shape[0], decoded.width, decoded.height) == (*size, *size)
    assert not decoded.damage
    assert np.ptp(decoded.rgb[:40].astype(int), axis=(0, 1)).max() > 200  # a gradient, not a filler


def test_white_rows_are_no_damage(report):
    rgb = images.open_image(report("no-eoi-white-bottom.jpg"))
    assert (rgb[-100:] > 250).all()


def test_avchd_is_a_video(report, frames):
    assert len(frames("00001.MTS")) == 3
    (skipped,) = discover([report("00001.MTS")]).skipped
    assert "set DATA_ROOT to it" in skipped.reason


def test_nine_channels_are_mixed_down(report):
    samples = np.concatenate(list(recordings.decode(report("channels-9.wav"), 44_100)))
    assert samples.shape[1] == 2
    assert 0.01 < np.abs(samples).max() <= 1


def test_frames_of_a_video_with_a_date_are_in_their_order(frames):
    collection = frames("holiday 2023-05-01.mp4")
    assert [record.taken for record in collection] == [
        datetime(2023, 5, 1) + timedelta(seconds=second) for second in range(130)
    ]
    assert {record.taken_from for record in collection} == {"name"}


def test_colours_in_floats_are_read(report):
    pixels = images.open_image(report("rgb-float.tif")).astype(int)
    assert pixels.shape == (160, 240, 3)
    assert pixels[80, -1, 0] - pixels[80, 0, 0] > 240
    assert abs(pixels[-1, 120, 1] - pixels[0, 120, 1]) > 240 or abs(pixels[80, -1, 1] - pixels[80, 0, 1]) > 240


def test_an_animation_cut_in_its_second_frame_shows_the_first(report):
    assert colours_of(report("gif-cut-in-second-frame.gif")) == {(200, 30, 30)}


def test_a_tiff_without_dimensions_has_a_reason(report):
    (skipped,) = discover([report("tiff-without-dimensions.tif")]).skipped
    assert skipped.reason == "damaged TIFF: its header cannot be read"


def test_the_endings_of_videos_are_known():
    assert all(videos.is_video(Path(f"A{ending.upper()}")) for ending in config.VIDEO_EXTENSIONS)
