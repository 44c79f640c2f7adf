"""The pass that finds faces and measures them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...core import FeatureInfo, Progress, silent
from ...core.regions import Region
from ..passes import PASSES, Measurement
from . import dlib_models, quality
from .precise import precise_landmarks, predictor
from .records import Face, faces_of

_DETECTION_PX = 800  # faces of about 80 px and more are found at this size

#: What the pass says of an image as a whole; of the largest face, where there are several.
FACE_COLUMNS: Mapping[str, FeatureInfo] = {
    info.name: info
    for info in (
        FeatureInfo("n_faces", "", 0.0, description="number of faces"),
        FeatureInfo("face_share", "share", 0.0, 1.0, description="box of the largest face as a share of the image"),
        FeatureInfo("face_x", "share", 0.0, 1.0, description="middle of the largest face, 0 left to 1 right"),
        FeatureInfo("face_y", "share", 0.0, 1.0, description="middle of the largest face, 0 top to 1 bottom"),
        FeatureInfo("face_roll", "degrees", -180.0, 180.0, description="angle of the eyes, clockwise"),
        FeatureInfo("face_yaw", "degrees", -90.0, 90.0, description="estimate of how far the face is turned"),
        FeatureInfo("face_sharpness", "", 0.0, description="detail in the largest face"),
    )
}


@PASSES.register("faces")
@dataclass(frozen=True)
class Faces:
    """Find faces, their landmarks and identity.

    Each face is a region with the label "face", 5 landmarks, a 128-d vector of its identity, and its roll, yaw and
    sharpness. Detection is done at most at 800 px, landmarks and identity at `input_size`.

    Parameters
    ----------
    input_size : int
        Long side, in pixels, at which images are decoded.

    References
    ----------
    King 2009, "Dlib-ml: A machine learning toolkit"; Kazemi & Sullivan 2014, "One millisecond face alignment with an
    ensemble of regression trees".
    """

    input_size: int = 1280
    columns: ClassVar[Mapping[str, FeatureInfo]] = FACE_COLUMNS
    batch_size: ClassVar[int] = 4
    thread_safe: ClassVar[bool] = True

    def prepare(self, progress: Progress = silent) -> None:
        """Raise MissingExtra where dlib or its weights are not installed."""
        dlib_models.require("Faces()")

    def measure(self, batch: Sequence[np.ndarray]) -> list[Measurement]:
        """Return the faces of each image, (h, w, 3) uint8."""
        return [_measured(rgb) for rgb in batch]


def _measured(rgb: np.ndarray) -> Measurement:
    regions = [_described(rgb, box, score) for box, score in _detected(rgb)]
    return Measurement(_columns(regions), regions=regions)


def _columns(regions: Sequence[Region]) -> dict[str, float]:
    faces = faces_of(regions)
    if not faces:
        return {"n_faces": 0.0, "face_share": 0.0}
    largest, box = faces[0], faces[0].region
    return {
        "n_faces": float(len(faces)),
        "face_share": largest.share,
        "face_x": box.x + box.width / 2,
        "face_y": box.y + box.height / 2,
        "face_roll": largest.roll,
        "face_yaw": largest.yaw,
        "face_sharpness": largest.sharpness,
    }


def _detected(rgb: np.ndarray) -> list[tuple[Any, float]]:
    """Boxes of faces in pixels of the image, from left to right, with the detector's confidence."""
    import cv2
    import dlib

    scale = min(1.0, _DETECTION_PX / max(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    small = rgb if scale == 1.0 else cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    boxes, scores, _ = dlib_models.detector().run(small, 0, 0.0)
    grown = [dlib.rectangle(*(round(v / scale) for v in (b.left(), b.top(), b.right(), b.bottom()))) for b in boxes]
    return sorted(zip(grown, scores, strict=True), key=lambda found: (found[0].left(), found[0].top()))


def _described(rgb: np.ndarray, box: Any, score: float) -> Region:
    """The region of one face, with its landmarks, identity and values."""
    height, width = rgb.shape[:2]
    shape = dlib_models.landmarks()(rgb, box)
    vector = np.array(dlib_models.identity().compute_face_descriptor(rgb, shape))
    predict = predictor(dlib_models.landmarks(), [2, 3, 1, 0, 4])
    corners = precise_landmarks(rgb, (box.left(), box.top(), box.width(), box.height()), predict)
    left, top = max(0, box.left()), max(0, box.top())
    right, bottom = min(width, box.right() + 1), min(height, box.bottom() + 1)
    region = Region(
        left / width, top / height, (right - left) / width, (bottom - top) / height,
        score=float(np.clip(score / 2, 0.0, 1.0)), label="face",
        points=tuple((float(x), float(y)) for x, y in np.round((corners + 0.5) / (width, height), 6)),
        vector=tuple(float(f"{value:.6g}") for value in vector),
    )  # fmt: skip
    return quality.with_values(region, Face(region), rgb)
