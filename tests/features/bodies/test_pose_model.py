"""The real network of poses, where mediapipe, its system libraries and the file are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core.errors import ConfigError, MissingExtra
from imbatch2soundvisu.features import mediapipe_tasks
from imbatch2soundvisu.features.bodies import Pose, bodies_of
from imbatch2soundvisu.features.bodies.landmarks import SHOULDERS


@pytest.fixture
def pose(shared_data):
    path = shared_data("models/pose_landmarker_full.task")
    try:
        mediapipe_tasks.vision("this test")
    except (MissingExtra, ConfigError) as error:
        pytest.skip(str(error))
    return Pose(model=path)


def test_an_astronaut_faces_the_camera(pose, capfd):
    from skimage.data import astronaut

    (found,) = pose.measure([astronaut()])
    (body,) = bodies_of(found.regions)
    left, right = body.landmarks((512, 512))[SHOULDERS]
    assert left == pytest.approx((306, 256), abs=25)
    assert right == pytest.approx((112, 240), abs=25)
    assert abs(found.columns["body_facing"]) < 35
    assert 0 < found.columns["shoulder_tilt"] < 15
    assert found.vector.shape == (38,)
    assert capfd.readouterr().err == ""


def test_shoulders_of_frontal_people_are_found(pose, shared_data):
    photos = sorted(shared_data("C-faces").glob("*/*"))[::6]
    found = 0
    for path in photos:
        for body in bodies_of(pose.measure([np.asarray(Image.open(path).convert("RGB"))])[0].regions)[:1]:
            found += bool((body.visibility[SHOULDERS] > 0.5).all())
    assert found >= 0.9 * len(photos)


def test_an_image_without_people_has_none_and_threads_agree(pose):
    from skimage.data import astronaut, coffee

    images = [astronaut(), coffee()] * 2
    with ThreadPoolExecutor(2) as pool:
        several = list(pool.map(lambda image: pose.measure([image])[0], images))
    assert [each.columns["n_bodies"] for each in several] == [1, 0, 1, 0]
    np.testing.assert_array_equal(several[0].vector, several[2].vector)
