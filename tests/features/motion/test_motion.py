"""Optical flow of pairs whose motion is known: amount, direction, camera and subject, cuts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imbatch2soundvisu.features import COLUMNS, PASSES
from imbatch2soundvisu.features.motion import MOTION_COLUMNS, Motion, camera_of, dense_flow
from tests.made_shots import textures

PHOTO, OTHER = textures(2)
SIZE = (256, 192)


def view(photo=PHOTO, x=0.0, y=0.0, zoom=1.0, degrees=0.0, noise=0.0):
    """A photo as a camera sees it that moved its content by (x, y) px, magnified and turned it about the middle."""
    matrix = cv2.getRotationMatrix2D((SIZE[0] / 2 - 0.5, SIZE[1] / 2 - 0.5), -degrees, zoom)
    matrix[:, 2] += (x, y)
    small = cv2.resize(photo, SIZE, interpolation=cv2.INTER_AREA)
    moved = cv2.warpAffine(small, matrix, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.clip(moved + np.random.default_rng(0).normal(scale=noise or 1e-9, size=moved.shape), 0, 255).astype(
        np.uint8
    )


def measured(first, second):
    (found,) = Motion().measure([(first, second)])
    return found


@pytest.mark.parametrize(("x", "y", "degrees"), [(5, 0, 0), (0, -5, 90), (-4, 0, 180), (0, 3, 270), (3.5, -3.5, 45)])
def test_motion_has_the_amount_and_direction_of_the_content(x, y, degrees):
    found = measured(view(), view(x=x, y=y)).columns
    assert found["motion"] == pytest.approx(np.hypot(x, y) / np.hypot(*SIZE), rel=0.1)
    assert abs((found["motion_direction"] - degrees + 180) % 360 - 180) < 4
    assert found["camera_motion"] == pytest.approx(found["motion"], rel=0.1)
    assert found["subject_motion"] < 0.15 * found["motion"]
    assert found["shot_change"] < 0.15


def test_the_camera_is_told_from_a_subject():
    first, second = view(noise=2), view(x=3, y=1, noise=2)
    first[60:110, 60:110] = view(OTHER)[60:110, 60:110]
    second[60:110, 70:120] = view(OTHER)[60:110, 60:110]
    flow = dense_flow(first, second)
    camera = camera_of(flow.vectors, flow.valid)
    assert (camera.x, camera.y) == pytest.approx((3, 1), abs=0.15)
    still = view(noise=2)
    still[60:110, 70:120] = view(OTHER)[60:110, 60:110]
    columns = measured(first, still).columns
    assert columns["camera_motion"] < 0.0005
    assert columns["subject_motion"] > 0.001


def test_zoom_and_rotation_of_the_camera():
    found = measured(view(), view(zoom=1.03, degrees=1.5)).columns
    assert found["camera_zoom"] == pytest.approx(1.03, abs=0.003)
    assert found["camera_rotation"] == pytest.approx(1.5, abs=0.15)


def test_equal_images_do_not_move():
    found = measured(view(), view())
    assert found.columns["motion"] == 0
    assert found.columns["shot_change"] == 0
    assert not found.vector.any()


def test_the_vector_is_where_in_the_image_what_moves():
    second = view()
    second[:96, :128] = view(x=4)[:96, :128]
    cells = measured(view(), second).vector.reshape(4, 4, 2)
    assert cells[0, 0, 0] > 0.008
    assert np.abs(cells[3]).max() < 0.002


def test_after_a_cut_there_is_no_motion():
    found = measured(view(), view(OTHER))
    assert found.columns["shot_change"] > 0.6
    assert "motion" not in found.columns
    assert found.vector is None


def test_a_change_of_light_is_no_cut():
    dark = (view() * 0.5).astype(np.uint8)
    assert measured(view(), dark).columns["shot_change"] < 0.2


def test_black_and_an_image_are_unlike_black_and_black_are_alike():
    black = np.zeros((192, 256, 3), np.uint8)
    assert measured(black, view()).columns["shot_change"] > 0.6
    assert measured(black, black).columns["shot_change"] < 1e-5


def test_images_of_other_shapes_are_not_compared_and_of_other_sizes_are():
    assert measured(view(), view()[:, :128]).columns == {"shot_change": 1.0}
    smaller = cv2.resize(view(x=4), (200, 150), interpolation=cv2.INTER_AREA)
    assert measured(view(), smaller).columns["motion"] == pytest.approx(4 / np.hypot(*SIZE), rel=0.15)


def test_the_columns_are_registered():
    assert PASSES["optical_flow"] is Motion
    assert set(MOTION_COLUMNS) <= set(COLUMNS)
    assert COLUMNS["motion_direction"].info.circular


@pytest.mark.parametrize("size", [(1, 1), (11, 40), (256, 3), (256, 12), (15, 256), (7, 100)])
def test_strips_and_tiny_images_have_motion_values(size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert measured(image, image).columns["shot_change"] < 0.01


def test_images_that_would_crash_opencv_are_refused():
    strip = np.zeros((15, 256, 3), np.uint8)
    with pytest.raises(ValueError, match="16 px"):
        dense_flow(strip, strip)
