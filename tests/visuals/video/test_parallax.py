"""Parallax: near things move against far ones, nothing is stretched, and what is behind them is filled."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets.images import read_header
from imbatch2soundvisu.visuals.video import MOTIONS, Parallax, VideoOptions, yuv
from imbatch2soundvisu.visuals.video.canvases import canvas_of
from imbatch2soundvisu.visuals.video.depth_scenes import DepthScene, background, upsampled
from imbatch2soundvisu.visuals.video.parallax import Camera

SIZE = (240, 160)
HEIGHT, WIDTH = 168, 252


def striped():
    """A red square before stripes of 7 px, and its depth."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rgb[:, (np.arange(WIDTH) // 7) % 2 == 0] = (60, 120, 200)
    rgb[:, (np.arange(WIDTH) // 7) % 2 == 1] = (200, 200, 160)
    nearness = np.full((HEIGHT, WIDTH), 0.0, np.float32)
    rgb[50:118, 90:160] = (230, 20, 20)
    nearness[50:118, 90:160] = 1.0
    return rgb, nearness


@pytest.fixture(scope="module")
def scene():
    rgb, nearness = striped()
    return DepthScene(rgb, cv2.resize(nearness, (96, 96), interpolation=cv2.INTER_AREA), SIZE, 0.1)


def colours(scene, right, down=0.0, zoom=1.0):
    return cv2.cvtColor(scene.frame(Camera(right, down, zoom)), cv2.COLOR_YUV2RGB_I420).astype(int)


def red(image):
    """Columns and rows of the red square, first and last."""
    found = (image[..., 0] > 180) & (image[..., 1] < 80)
    rows, columns = np.nonzero(found)
    return columns.min(), columns.max(), rows.min(), rows.max()


def test_without_a_move_the_image_is_shown_as_it_is(scene):
    still = colours(scene, 0.0)
    rgb, _ = striped()
    step = min(WIDTH / 240, HEIGHT / 160) / 1.1
    x, y = (np.arange(240) + 0.5 - 120) * step + 125.5, (np.arange(160) + 0.5 - 80) * step + 83.5
    plain = cv2.remap(rgb, *(each.astype(np.float32) for each in np.meshgrid(x, y)), cv2.INTER_CUBIC)
    assert np.abs(still.mean(axis=2) - plain.mean(axis=2)).mean() < 6


def test_the_near_moves_against_the_far_by_the_amount(scene):
    left, right = (red(colours(scene, each)) for each in (-0.1, 0.1))
    moved = ((right[0] + right[1]) - (left[0] + left[1])) / 2
    assert moved == pytest.approx(0.1 * SIZE[0], abs=2)  # half of the amount forward, the far as much backward
    assert right[1] - right[0] == pytest.approx(left[1] - left[0], abs=2)  # nothing is stretched


def test_it_moves_between_pixels(scene):
    places = [colours(scene, each)[80, :, 1].astype(float) for each in (0.02, 0.0205)]
    assert 0 < np.abs(places[0] - places[1]).mean() < 5


@pytest.mark.parametrize("right", [-0.1, 0.1])
def test_stripes_behind_keep_their_width_up_to_the_border_of_what_is_near(scene, right):
    row = colours(scene, right)[80]
    first, last, *_ = red(colours(scene, right))
    light = row[:, 1] > 155
    light[first - 1 : last + 2] = False
    runs = np.diff(np.flatnonzero(np.diff(np.r_[0, light.astype(int), 0])))[::2]
    # a stripe is 8 pixels wide, one that is mirrored in a gap up to 16; one that is stretched would be 24 wider
    assert runs.max() <= 16
    assert np.sort(runs)[-2] <= 10


def test_a_gap_is_filled_with_what_is_beside_not_with_the_near():
    rgb, nearness = striped()
    depth = cv2.resize(nearness, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    planar, behind = background(rgb, depth, 8, 0.05)
    filled = cv2.cvtColor(planar, cv2.COLOR_YUV2RGB_I420).astype(int)
    rim = filled[60:108, 92:100]
    assert ((rim[..., 0] > 200) & (rim[..., 1] < 60)).mean() < 0.05
    assert behind[30:50, 47:50].max() < 0.2


def test_the_border_of_depth_is_where_the_colours_change():
    rgb, nearness = striped()
    found = upsampled(cv2.resize(nearness, (32, 32), interpolation=cv2.INTER_AREA), rgb)
    assert found.min() >= 0
    assert found.max() <= 1
    wrong = np.abs(found - nearness) > 0.5
    assert wrong.mean() < 0.005


def test_a_camera_goes_from_one_side_to_the_other_and_its_way_depends_on_the_image():
    motion = Parallax(0.04, 0.1)
    for seed in range(8):
        start, middle, end = (motion.camera(share, seed) for share in (0.0, 0.5, 1.0))
        assert start.right == -end.right == pytest.approx(0.02 if not seed % 2 else -0.02)
        assert middle.right == pytest.approx(0)
        assert {round(start.zoom, 6), round(end.zoom, 6)} == {1.0, 1.1}
    assert motion.camera(1.0, 4) != motion.camera(1.0, 8)


def test_the_motion_is_smooth_to_a_fraction_of_a_pixel_and_nothing_pops_up(scene):
    frames = [scene.frame(Parallax(0.1, 0.0).camera(share, 1)) for share in np.linspace(0, 1, 40)]
    track = []
    for frame in frames:
        weight = np.maximum(0, yuv.planes(frame)[2].astype(float) - 180)  # the chroma of red
        track.append((weight.sum(axis=0) * np.arange(weight.shape[1])).sum() / weight.sum() * 2)
    times = np.linspace(-1, 1, 40)
    assert np.abs(np.polyval(np.polyfit(times, track, 7), times) - track).max() < 0.5  # pixels
    changes = np.array([np.abs(a.astype(int) - b).mean() for a, b in pairwise(frames)])
    assert changes.max() < 3 * np.median(changes)


@pytest.fixture
def record(tmp_path):
    rgb, nearness = striped()
    path = tmp_path / "image.png"
    Image.fromarray(rgb).save(path)
    header = read_header(path)
    return ImageRecord(path, "digest", header.width, header.height, name="image.png"), nearness


@pytest.mark.parametrize("size", [(240, 160), (160, 240), (120, 120)])
def test_the_frame_is_filled_in_every_format(record, size):
    image, nearness = record
    options = VideoOptions(size=size, motion="parallax", depths=[nearness]).resolved()
    canvas = canvas_of(image, (0, 10), options, 0, 1.0)
    first, last = canvas.at(0), canvas.at(9)
    assert first.shape == last.shape == (size[1] * 3 // 2, size[0])
    assert (yuv.planes(first)[0] > 30).all()
    assert np.abs(first.astype(int) - last).mean() > 1
    assert np.array_equal(canvas.at(3), canvas_of(image, (0, 10), options, 0, 1.0).at(3))


def test_an_image_without_depth_is_magnified(record):
    image, _ = record
    for depths in (None, [None]):
        options = VideoOptions(size=SIZE, motion=Parallax(), depths=depths).resolved()
        canvas = canvas_of(image, (0, 10), options, 0, 1.0)
        assert not np.array_equal(canvas.at(0), canvas.at(9))


def test_an_even_depth_moves_the_image_as_a_whole():
    rgb, _ = striped()
    flat = DepthScene(rgb, np.full((96, 96), 0.8, np.float32), SIZE, 0.1)
    assert red(colours(flat, 0.1))[0] - red(colours(flat, 0.0))[0] == pytest.approx(0.3 * 0.1 * SIZE[0], abs=2)


def test_what_is_out_of_range_is_refused():
    assert MOTIONS.resolve("parallax") == Parallax()
    for values in ({"amount": 0.5}, {"amount": -1}, {"zoom_in": 2}, {"amount": "much"}):
        with pytest.raises(ConfigError, match="Parallax"):
            Parallax(**values)
