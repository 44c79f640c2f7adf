"""The pass `Faces`: one record for each face of an image."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.features.faces import Faces, faces_of

pytest.importorskip("dlib")


def test_a_face_has_landmarks_identity_and_values():
    from skimage.data import astronaut

    (found,) = Faces().measure([astronaut()])
    (face,) = faces_of(found.regions)
    left, right = face.eyes((512, 512))
    assert 25 < right[0] - left[0] < 130
    assert abs(left[1] - right[1]) < 15
    assert face.descriptor.shape == (128,)
    assert found.columns["n_faces"] == 1.0
    assert np.isfinite([face.roll, face.yaw, face.sharpness]).all()


def test_an_image_without_a_face_has_none():
    (found,) = Faces().measure([np.full((200, 300, 3), 120, np.uint8)])
    assert found.regions == []
    assert found.columns == {"n_faces": 0.0, "face_share": 0.0}
