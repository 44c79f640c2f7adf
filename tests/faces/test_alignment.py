"""Eyes are put where they belong, to a fraction of a pixel, without aliasing; borders are filled."""

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.faces import (
    aligned_frame,
    check_border,
    closenesses,
    covering,
    eye_places,
    mean_shape,
    moved,
    similarity,
    warped,
)
from imbatch2soundvisu.faces.alignment import covering_range, moved_box


def with_spots(size, places, radius):
    """A grey image with a bright spot at each place, in continuous pixels."""
    rows, columns = np.mgrid[: size[1], : size[0]] + 0.5
    light = sum(np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2)) for x, y in places)
    return np.repeat((40 + 200 * light).astype(np.uint8)[..., None], 3, axis=2)


def spot_near(rgb, place, reach):
    """The centre of the spot around a place."""
    rows, columns = np.mgrid[: rgb.shape[0], : rgb.shape[1]] + 0.5
    weights = np.maximum(rgb[..., 0].astype(float) - 60, 0)
    weights[(columns - place[0]) ** 2 + (rows - place[1]) ** 2 > reach**2] = 0
    return np.array([(weights * columns).sum(), (weights * rows).sum()]) / weights.sum()


@pytest.mark.parametrize(("eyes", "radius"), [
    ([(101.3, 80.2), (133.8, 91.7)], 3.0),  # enlarged
    ([(300.4, 410.9), (790.2, 260.3)], 30.0),  # made smaller
    ([(620.5, 300.5), (420.5, 700.5)], 20.0),  # on its side
])  # fmt: skip
def test_the_eyes_of_a_photo_are_where_they_belong(tmp_path, eyes, radius):
    size, frame = (1000, 800), (240, 200)
    Image.fromarray(with_spots(size, eyes, radius)).save(tmp_path / "a.png")
    places = eye_places(frame, 0.4)
    matrix = similarity(np.array(eyes), places)
    found = aligned_frame(ImageRecord(tmp_path / "a.png", "a", *size), matrix, frame)
    assert found.shape == (200, 240, 3)
    for place in places:
        assert np.abs(spot_near(found, place, 25) - place).max() < 0.15


def test_detail_that_is_too_fine_becomes_grey_not_another_pattern():
    stripes = np.zeros((900, 900, 3), np.uint8)
    stripes[:, ::2] = 255
    for scale in (0.11, 0.37, 0.7):
        turn = scale * np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
        matrix = np.column_stack([turn, np.array([50, 50]) - turn @ (450, 450)])
        inner = warped(stripes, matrix, (100, 100))[45:55, 45:55].astype(float)
        assert inner.std() < {0.11: 10, 0.37: 30, 0.7: 50}[scale], scale
        assert inner.mean() == pytest.approx(127, abs=6)


def test_closeness_grows_by_equal_factors():
    found = closenesses(0.1, 0.4, 5)
    assert np.ptp(found[1:] / found[:-1]) < 1e-12
    assert found[[0, -1]].tolist() == pytest.approx([0.1, 0.4])
    assert closenesses(0.2, 0.3, 1).tolist() == [0.2]


@pytest.mark.parametrize("border", ["blur", "reflect", (10, 200, 30)])
def test_what_the_photo_does_not_cover_is_filled(border):
    photo = np.full((60, 60, 3), (180, 120, 90), np.uint8)
    matrix = np.array([[1.0, 0, 70], [0, 1, 70]])
    found = warped(photo, matrix, (200, 200), border)
    assert found[100, 100].tolist() == [180, 120, 90]
    assert found[2, 2].tolist() == ([10, 200, 30] if isinstance(border, tuple) else [180, 120, 90])


def test_a_mirrored_border_has_no_edge_where_the_photo_ends():
    ramp = np.repeat(np.linspace(20, 220, 100).astype(np.uint8)[None, :, None], 100, 0).repeat(3, 2)
    found = warped(ramp, np.array([[1.0, 0, 40], [0, 1, 0]]), (180, 100), "blur")[50, :, 0].astype(int)
    assert np.abs(np.diff(found)).max() <= 6


@pytest.mark.parametrize("border", ["", "blurred", (1, 2), (0, 0, 256), None, (0.5, 0, 0)])
def test_a_border_that_is_none_is_refused(border):
    with pytest.raises(ConfigError, match="border="):
        check_border(border)


def test_how_much_closer_a_frame_must_come_until_the_photo_covers_it():
    matrix = np.array([[1.0, 0, 0], [0, 1, 0]])
    assert covering((100, 100), (100, 100), matrix) == 1.0
    assert covering((100, 100), (75, 100), matrix) == pytest.approx(2.0)  # 50 to the right of the eyes, 25 are there
    assert covering((100, 100), (40, 100), matrix) == np.inf
    closer = matrix.copy()
    closer[:, :2] *= 2.0
    closer[:, 2] = np.array([50, 42]) - closer[:, :2] @ (50, 42)
    assert covering((100, 100), (75, 100), closer) == pytest.approx(1.0)


def test_the_mean_shape_does_not_depend_on_how_photos_are_turned_and_scaled():
    rng = np.random.default_rng(3)
    shape = np.array([[-0.6, 0], [-0.4, 0], [0.4, 0], [0.6, 0], [0.02, 0.7]])
    shapes = []
    for _ in range(8):
        angle, scale = rng.uniform(-1, 1), rng.uniform(20, 90)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        shapes.append(moved(shape + rng.normal(0, 0.005, shape.shape), np.column_stack([turn, rng.uniform(0, 500, 2)])))
    found = mean_shape(shapes, (slice(0, 2), slice(2, 4)))
    assert np.abs(found - shape).max() < 0.02
    assert np.abs(found[:2].mean(axis=0) - (-0.5, 0)).max() < 1e-9


@pytest.mark.parametrize("degrees", [-45, -20, 0, 30, 45])
def test_the_box_of_a_face_that_was_tilted_is_as_large_as_before(degrees):
    a, b = 2 * np.cos(np.radians(degrees)), 2 * np.sin(np.radians(degrees))
    (left, top), (right, bottom) = moved_box(np.array([[-10, -20], [10, 20]]), np.array([[a, -b, 50], [b, a, 70]]))
    assert np.allclose([left, top, right, bottom], [30, 30, 70, 110])


def test_closer_frames_stay_within_limits_and_the_end_stays_as_asked():
    assert covering_range(0.2, 0.2, [1.1, 1.3, np.inf], (0.4, 0.4)) == pytest.approx((0.26, 0.26))
    assert covering_range(0.2, 0.2, [1.0, 1.0, 3.0], (0.4, 0.4)) == (0.2, 0.2)  # one that cannot be covered
    assert covering_range(0.2, 0.2, [3.0, 2.5, 1.0], (0.4, 0.4)) == (0.4, 0.4)  # most: as far as is allowed
    assert covering_range(0.12, 0.35, [4.0, 3.0, 2.0], (0.24, 0.35)) == (0.24, 0.35)
    start, end = covering_range(0.12, 0.35, [1.5, 1.2, 1.6], (0.24, 0.35))
    assert (start, end) == (pytest.approx(0.18), 0.35)  # the last frame would have to be closer than asked
    assert covering_range(0.35, 0.12, [1.6, 1.2, 1.5], (0.35, 0.24)) == (0.35, pytest.approx(0.18))


def test_below_a_photo_its_edge_goes_on_and_the_face_is_not_mirrored():
    photo = np.full((100, 100, 3), (20, 40, 120), np.uint8)
    photo[:85] = (230, 160, 140)
    frame = warped(photo, np.array([[1.0, 0, 0], [0, 1, 0]]), (100, 150), "blur").astype(int)
    assert np.abs(frame[120:] - (20, 40, 120)).max() < 40
