"""The pass that finds people and their poses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...core import FeatureInfo, Progress, silent
from ...core.errors import ConfigError
from ...core.regions import Region
from .. import mediapipe_tasks
from ..models import PLACE, ModelFile, UsesModel
from ..passes import PASSES, Measurement
from .records import Landmarks, bodies_of, region_of

#: What the pass says of an image as a whole; of the largest person, where there are several.
BODY_COLUMNS: Mapping[str, FeatureInfo] = {
    info.name: info
    for info in (
        FeatureInfo("n_bodies", "", 0.0, description="number of people whose pose was found"),
        FeatureInfo("body_height", "share", 0.0, 1.0, description="height of the largest person in the frame"),
        FeatureInfo("body_x", "share", 0.0, 1.0, description="middle of the largest person, 0 left to 1 right"),
        FeatureInfo(
            "body_facing", "degrees", -180.0, 180.0, circular=True,
            description="where the chest faces: 0 the camera, 90 the right of the image, -90 its left, 180 away",
        ),
        FeatureInfo("shoulder_tilt", "degrees", -90.0, 90.0, description="angle of the shoulders, clockwise"),
        FeatureInfo("limb_spread", "torso lengths", 0.0, description="distance of hands and feet from the torso"),
    )
}  # fmt: skip


@PASSES.register("pose")
@dataclass(frozen=True)
class Pose(UsesModel):
    """Find people and their poses: 33 landmarks each, by MediaPipe's BlazePose network.

    Each person is a region with the label "person", the landmarks, the visibility of each by its name, and a vector of
    the pose. The vector of the largest person is that of the image, so that orders, clusters and maps take `on="pose"`.
    A subclass with its own `find` uses another network.

    Parameters
    ----------
    model : path or str, optional
        Its file; by default `pose_landmarker_full.task` in MODELS or the cache, or downloaded.
    most : int
        Most people in one image; the network finds those that are large in it.
    threshold : float
        Least score of a person, in [0, 1].
    input_size : int
        Long side, in pixels, at which images are decoded.

    References
    ----------
    Bazarevsky et al. 2020, "BlazePose: On-device real-time body pose tracking".
    """

    model: str | Path | None = field(default=None, metadata=PLACE)
    most: int = 4
    threshold: float = 0.5
    input_size: int = 1024
    name: ClassVar[str] = "pose"
    columns: ClassVar[Mapping[str, FeatureInfo]] = BODY_COLUMNS
    batch_size: ClassVar[int] = 4
    thread_safe: ClassVar[bool] = True
    has_vectors: ClassVar[bool] = True
    model_file: ClassVar[ModelFile] = ModelFile(
        "pose_landmarker_full.task",
        "https://storage.googleapis.com/mediapipe-models/pose_landmarker/pose_landmarker_full/float16/1/"
        "pose_landmarker_full.task",
        "Apache-2.0", "Google", "finds the poses of people",
    )  # fmt: skip

    def __post_init__(self) -> None:
        if not isinstance(self.most, int) or not 1 <= self.most <= 50:
            raise ConfigError(f"Pose(most={self.most!r}) must be a whole number from 1 to 50")
        if not 0 <= self.threshold <= 1:
            raise ConfigError(f"Pose(threshold={self.threshold!r}) must be from 0 to 1")
        if not isinstance(self.input_size, int) or self.input_size < 64:
            raise ConfigError(f"Pose(input_size={self.input_size!r}) must be a whole number of pixels, at least 64")

    def prepare(self, progress: Progress = silent) -> None:
        """Check that mediapipe starts, and download the file if it is not there."""
        mediapipe_tasks.vision("Pose()")
        super().prepare(progress)

    def measure(self, batch: Sequence[np.ndarray]) -> list[Measurement]:
        """Return the people of each image, (h, w, 3) uint8."""
        return [_measurement(self.find(rgb), (rgb.shape[1], rgb.shape[0])) for rgb in batch]

    def find(self, rgb: np.ndarray) -> list[Landmarks]:
        """Return the landmarks of each person in an image, (h, w, 3) uint8."""
        name = f"pose {self._path} {self.most} {self.threshold}"
        found = mediapipe_tasks.run(name, self._landmarker, lambda model: model.detect(mediapipe_tasks.image(rgb)))
        return [_landmarks(*each) for each in zip(found.pose_landmarks, found.pose_world_landmarks, strict=True)]

    def _landmarker(self) -> Any:
        from mediapipe.tasks.python.core.base_options import BaseOptions

        vision = mediapipe_tasks.vision("Pose()")
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(self._path)), num_poses=self.most,
            min_pose_detection_confidence=self.threshold, min_pose_presence_confidence=self.threshold,
        )  # fmt: skip
        return vision.PoseLandmarker.create_from_options(options)


def _landmarks(image: Sequence[Any], world: Sequence[Any]) -> Landmarks:
    return Landmarks(
        np.array([(each.x, each.y) for each in image], np.float64),
        np.array([each.visibility for each in image], np.float64),
        np.array([(each.x, each.y, each.z) for each in world], np.float64),
    )


def _measurement(found: Sequence[Landmarks], size: tuple[int, int]) -> Measurement:
    regions = [region for each in found if (region := region_of(each, size)) is not None]
    bodies = bodies_of(regions)
    if not bodies:
        return Measurement({"n_bodies": 0.0, "body_height": 0.0})
    largest: Region = bodies[0].region
    columns = {
        "n_bodies": float(len(bodies)),
        "body_height": largest.height,
        "body_x": largest.x + largest.width / 2,
        "body_facing": largest.values["facing"],
        "shoulder_tilt": largest.values["tilt"],
        "limb_spread": largest.values.get("spread", float("nan")),
    }
    return Measurement(columns, np.array(largest.vector, np.float32), [body.region for body in bodies])
