"""Landmarks below a pixel, with a stand-in predictor whose answers are known."""

import numpy as np
import pytest

from imbatch2soundvisu.features.faces.precise import precise_landmarks


def brightest(rgb, box):
    """A predictor like dlib's: whole pixels, within its box."""
    left, top, right, bottom = (max(0, side) for side in box)
    part = rgb[top:bottom, left:right, 0].astype(float)
    rows, columns = np.mgrid[: part.shape[0], : part.shape[1]]
    weights = part / part.sum()
    return np.round([[(weights * columns).sum() + left, (weights * rows).sum() + top]])


@pytest.mark.parametrize("scale", [0.5, 1.0, 6.0])
def test_a_spot_is_found_between_pixels(scale):
    side = round(200 * scale)
    rows, columns = np.mgrid[:side, :side]
    where = np.array([90.3, 110.6]) * scale
    spot = np.exp(-((columns - where[0]) ** 2 + (rows - where[1]) ** 2) / (2 * (4 * scale) ** 2))
    rgb = np.repeat((255 * spot).astype(np.uint8)[..., None], 3, axis=2)
    found = precise_landmarks(rgb, tuple(np.array([60, 80, 60, 60]) * scale), brightest)
    assert np.abs(found[0] - where).max() < 0.3 * max(1.0, scale / 2)


def test_a_face_at_the_edge_has_landmarks_too():
    rgb = np.full((40, 40, 3), 100, np.uint8)
    assert np.isfinite(precise_landmarks(rgb, (-10, -5, 30, 30), brightest)).all()
