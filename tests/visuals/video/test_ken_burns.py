"""Pans and zooms between what matters: inside the image, smooth, and the same on every run."""

from __future__ import annotations

import itertools
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import ImageRecord, Region, Timeline
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets.cropping import Focus
from imbatch2soundvisu.visuals.frames import focus_of
from imbatch2soundvisu.visuals.video import MOTIONS, KenBurns, VideoOptions, write_mp4, yuv
from imbatch2soundvisu.visuals.video.canvases import canvas_of
from imbatch2soundvisu.visuals.video.ken_burns import Path as Way

SIZE = (160, 90)


def focus(*spots: tuple[int, int], faces: tuple[Region, ...] = ()) -> Focus:
    """Squares of six cells at (x, y) of a grid of 64 x 48."""
    found = np.full((48, 64), 1e-6, np.float32)
    for x, y in spots:
        found[y : y + 6, x : x + 6] += 1
    return Focus(found / found.sum(), faces)


def blob(folder: Path, x: float, y: float, size: tuple[int, int] = (1200, 800), sigma: float = 30.0) -> ImageRecord:
    """An image with one soft white spot."""
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    light = 255 * np.exp(-((columns - x * size[0]) ** 2 + (rows - y * size[1]) ** 2) / (2 * sigma**2))
    path = folder / f"{x}-{y}.png"
    Image.fromarray(light.astype(np.uint8)).save(path)
    return ImageRecord(path, f"{round(1000 * x):x}{round(1000 * y):x}", *size, name=path.name)


def centre(planar: np.ndarray) -> tuple[float, float]:
    luma = np.maximum(yuv.planes(planar)[0].astype(float) - 20, 0)
    return float((luma.sum(axis=0) @ np.arange(luma.shape[1])) / luma.sum()), float(
        (luma.sum(axis=1) @ np.arange(luma.shape[0])) / luma.sum()
    )


@pytest.mark.parametrize("amount", [0, 0.25, 1])
@pytest.mark.parametrize("aspect", [9 / 16, 1, 16 / 9, 5])
@pytest.mark.parametrize("image_aspect", [0.4, 4 / 3, 6])
def test_windows_have_the_aspect_of_the_frame_and_stay_inside(
    amount: float, aspect: float, image_aspect: float
) -> None:
    rng = np.random.default_rng(1)
    for seed, spots in enumerate(itertools.product([(2, 2), (50, 5)], [(30, 40), (57, 41)])):
        faces = (Region(*rng.uniform(0.1, 0.4, 4)),) if seed % 2 else ()
        ends = KenBurns(amount, speed=1).windows(focus(*spots, faces=faces), image_aspect, aspect, 8, seed)
        way = Way(*ends)
        for share in np.linspace(0, 1, 31):
            window = way.at(float(share))
            assert window.width * image_aspect / window.height == pytest.approx(aspect)
            assert min(window.x, window.y) >= -1e-9
            assert max(window.x + window.width, window.y + window.height) <= 1 + 1e-9


def test_it_moves_between_two_parts_that_matter() -> None:
    ends = KenBurns(0.4, speed=1).windows(focus((4, 20), (54, 20), (54, 26)), 4 / 3, 9 / 16, 10, 0)
    middles = sorted(each.x + each.width / 2 for each in ends)
    assert middles[0] < 0.3
    assert middles[1] > 0.7


def test_one_part_that_matters_is_approached_or_left_by_the_image() -> None:
    first, last = KenBurns().windows(focus((50, 20)), 4 / 3, 4 / 3, 10, 0)
    assert (first.width, last.width) == (pytest.approx(1), pytest.approx(0.8))
    assert last.x < 50 / 64 < 56 / 64 < last.x + last.width
    assert KenBurns().windows(focus((50, 20)), 4 / 3, 4 / 3, 10, 7) == (last, first)


def test_short_images_move_less_far() -> None:
    def distance(seconds: float) -> float:
        first, last = KenBurns(0.4).windows(focus((4, 20), (54, 20), (54, 26)), 4 / 3, 9 / 16, seconds, 0)
        return abs(first.x + first.width / 2 - last.x - last.width / 2) / min(first.width, last.width)

    assert distance(1) <= 0.1 + 1e-6
    assert distance(1) < distance(4) <= 0.4 + 1e-6


def test_heads_are_whole_at_both_ends() -> None:
    face = Region(0.3, 0.2, 0.3, 0.4, label="face")
    for window in KenBurns(1.0, speed=1).windows(focus((4, 40), faces=(face,)), 4 / 3, 1.0, 10, 0):
        assert window.x <= face.x - 0.03 + 1e-6
        assert face.x + face.width + 0.03 <= window.x + window.width + 1e-6
        assert window.y <= face.y - 0.12 + 1e-6


@pytest.mark.parametrize("size", [SIZE, (90, 160)])
def test_the_motion_is_smooth_to_a_fraction_of_a_pixel(size: tuple[int, int], tmp_path: Path) -> None:
    record = blob(tmp_path, 0.62, 0.45)
    canvas = canvas_of(record, (0, 90), VideoOptions(size=size, motion=KenBurns(0.3)), 0, 3.0)
    track = np.array([centre(canvas.at(number)) for number in range(90)])
    speed = np.diff(track, axis=0)
    assert np.abs(track[-1] - track[0]).max() > 1
    times = np.linspace(-1, 1, 90)
    for along in track.T:
        assert np.abs(np.polyval(np.polyfit(times, along, 7), times) - along).max() < 0.06  # pixels
    fastest = np.abs(speed).max()
    assert np.abs(speed[[0, -1]]).max() < 0.3 * fastest  # eased at both ends


def test_frames_show_the_windows_of_the_image(tmp_path: Path) -> None:
    record, motion = blob(tmp_path, 0.3, 0.4), KenBurns(0.3, speed=1)
    canvas = canvas_of(record, (10, 40), VideoOptions(size=SIZE, motion=motion), 0, 5.0)
    assert canvas.planar.shape[1] <= 1.3 * SIZE[0] + 2  # decoded no larger than the closest window needs
    seed = zlib.crc32(record.digest.encode())
    windows = motion.windows(focus_of(record), 1.5, 16 / 9, 5.0, seed)
    for number, window in zip((10, 39), windows, strict=True):
        x, y = (0.3 - window.x) / window.width * SIZE[0], (0.4 - window.y) / window.height * SIZE[1]
        assert centre(canvas.at(number)) == (pytest.approx(x - 0.5, abs=0.4), pytest.approx(y - 0.5, abs=0.4))


def test_small_and_flat_images_are_shown_too(tmp_path: Path) -> None:
    for size in ((1, 1), (3, 200), (64, 2)):
        Image.new("RGB", size, (200, 200, 200)).save(tmp_path / "a.png")
        record = ImageRecord(tmp_path / "a.png", "", *size)
        canvas = canvas_of(record, (0, 30), VideoOptions(size=SIZE, motion=KenBurns()), 0, 1.0)
        for number in (0, 15, 29):
            assert yuv.planes(canvas.at(number))[0].min() > 180


def test_a_film_with_the_motion_by_name_fills_the_frame(tmp_path: Path) -> None:
    assert MOTIONS.resolve("ken-burns") == KenBurns()
    Image.new("RGB", (300, 300), (0, 200, 0)).save(tmp_path / "a.png")
    records = [ImageRecord(tmp_path / "a.png", "1", 300, 300), ImageRecord(tmp_path / "a.png", "2", 300, 300)]
    grid = Timeline(30, 44_100, 10, (1, 1))
    write_mp4(tmp_path / "a.mp4", records, grid, size=(96, 54), motion="ken-burns", transition="cross-fade")
    with av.open(str(tmp_path / "a.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 20
    assert min(frame[..., 1].min() for frame in frames) > 150


@pytest.mark.parametrize("values", [{"amount": -0.1}, {"amount": 2}, {"speed": 0}, {"speed": 5}])
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="KenBurns"):
        KenBurns(**values)
