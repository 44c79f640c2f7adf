"""Colours of faces, averages and morphs, on images with known answers."""

import numpy as np
import pytest

from imbatch2soundvisu.faces import average_face, common_colour, equalised, face_colour, morph
from imbatch2soundvisu.faces.meshes import Mesh, outline, with_forehead

from .test_alignment import spot_near, with_spots

SIZE = (120, 100)
FIRST = np.array([[40.0, 30], [80, 30], [60, 60]])
SECOND = FIRST + [[6, 2], [2, -4], [-5, 8]]


def test_every_pixel_is_in_a_triangle_and_maps_are_exact_at_the_corners():
    mesh = Mesh.of(FIRST, SIZE)
    same = mesh.maps_to(FIRST)
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    assert np.abs(same - np.stack([columns, rows], axis=-1)).max() < 1e-3
    there = mesh.maps_to(SECOND)
    for start, end in zip(FIRST, SECOND, strict=True):
        x, y = start.astype(int)
        assert np.abs(there[y, x] + 0.5 - end).max() < 1.2
    corners = there[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.abs(corners - [[0, 0], [119, 0], [0, 99], [119, 99]]).max() < 1.0


def test_landmarks_outside_the_frame_do_not_break_a_mesh():
    wild = np.array([[-50.0, 20], [200, 30], [60, 500]])
    assert np.isfinite(Mesh.of(wild, SIZE).maps_to(FIRST)).all()


def test_landmarks_outside_the_frame_do_not_break_a_morph():
    rng = np.random.default_rng(1)
    frame = np.zeros((100, 100, 3), np.uint8)
    for progress in np.linspace(0.02, 0.98, 60):
        first, second = rng.uniform(0, 100, (2, 12, 2))
        first[:4, 1] = rng.uniform(100, 140, 4)  # a chin below the frame: triangles are flat
        assert morph(frame, frame, first, second, float(progress)).shape == frame.shape


def test_a_morph_begins_and_ends_with_the_images_and_moves_between():
    first, second = (with_spots(SIZE, places, 3) for places in (FIRST, SECOND))
    assert morph(first, second, FIRST, SECOND, 0.0) is first
    assert morph(first, second, FIRST, SECOND, 1.0) is second
    for progress in (0.02, 0.5, 0.98):
        found = morph(first, second, FIRST, SECOND, progress)
        for place in FIRST + progress * (SECOND - FIRST):
            assert np.abs(spot_near(found, place, 9) - place).max() < 0.6
    near = morph(first, second, FIRST, SECOND, 0.01).astype(int)
    assert np.abs(near - first).mean() < 1.5


def test_light_is_mixed_not_codes():
    black, white = np.zeros((*SIZE[::-1], 3), np.uint8), np.full((*SIZE[::-1], 3), 255, np.uint8)
    assert morph(black, white, FIRST, FIRST, 0.5)[50, 60].tolist() == [188, 188, 188]
    assert average_face([black, white])[50, 60].tolist() == [188, 188, 188]


def test_an_average_with_landmarks_is_sharper():
    frames = [with_spots(SIZE, places, 3) for places in (FIRST, SECOND)]
    plain, warped = average_face(frames), average_face(frames, [FIRST, SECOND])
    assert warped.max() > plain.max() + 30
    with pytest.raises(ValueError, match="at least one"):
        average_face([])


def test_the_forehead_is_above_68_landmarks():
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([60 + 30 * np.cos(angles), 50 + 35 * np.sin(angles)], axis=1)
    dense = np.concatenate([jaw, np.tile([60.0, 50.0], (51, 1))])
    assert with_forehead(dense)[68:, 1].min() == pytest.approx(50 - 0.8 * 35, abs=1)
    assert with_forehead(FIRST) is FIRST
    assert outline(dense)[:, 1].min() < 30


def test_faces_get_one_colour_and_white_stays_white():
    dark, bright = (np.full((100, 100, 3), colour, np.uint8) for colour in ((60, 50, 40), (200, 160, 140)))
    for each in (dark, bright):
        each[:4] = 255
    colours = [face_colour(each, 0.3) for each in (dark, bright)]
    common = common_colour([*colours, colours[1]])
    assert equalised(bright, colours[1], common).tolist() == bright.tolist()
    found = equalised(dark, colours[0], common)
    assert (found[0, 0] == 255).all()
    assert (found[50, 50] > dark[50, 50]).all()
