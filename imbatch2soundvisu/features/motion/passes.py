"""The pass that measures motion between neighbouring images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...core import FeatureInfo
from ..passes import PASSES, Measurement
from .camera import camera_of, grid
from .flow import Flow, dense_flow, least_side

#: From this `shot_change` on, two images show different scenes, between which there is no motion.
UNRELATED = 0.5
#: The motion of an image has no value where less of its flow is valid than this share.
_LEAST_VALID = 0.1
_LARGEST_STRETCH = 1.02  # of the aspects of two images that are compared
_CELLS = 4  # along each side of the image, of the mean flow that is the vector

#: What the pass says of each image: how it differs from the one before it.
MOTION_COLUMNS: Mapping[str, FeatureInfo] = {
    info.name: info
    for info in (
        FeatureInfo("motion", "share", 0.0, description="mean length of the optical flow, in diagonals of the image"),
        FeatureInfo(
            "motion_direction", "degrees", 0.0, 360.0, circular=True,
            description="of the mean optical flow: 0 to the right, 90 up",
        ),
        FeatureInfo("camera_motion", "share", 0.0, description="mean motion due to the camera, in diagonals"),
        FeatureInfo("camera_zoom", "ratio", 0.0, description="magnification by the camera; 1 for none"),
        FeatureInfo("camera_rotation", "degrees", -180.0, 180.0, description="of the image, clockwise"),
        FeatureInfo("subject_motion", "share", 0.0, description="mean motion besides that of the camera, in diagonals"),
        FeatureInfo("residual_change", "share", 0.0, 1.0, description="mean change of grey levels besides motion"),
        FeatureInfo("shot_change", "share", 0.0, 1.0, description="how unlike the image before it, after motion"),
    )
}  # fmt: skip


@PASSES.register("optical_flow")
@dataclass(frozen=True)
class Motion:
    """Measure the motion from the image before to each image, by dense optical flow.

    The camera's motion is the similarity transform that most of the flow follows; what is left is motion of subjects.
    The vector of an image is its mean flow in 4 x 4 cells, in diagonals of the image.

    All values are undefined (NaN) for the first image of a folder. After a cut, and between images of other shapes,
    `shot_change` is near 1 and the motion undefined.

    Parameters
    ----------
    input_size : int
        Long side, in pixels, at which images are compared.
    """

    input_size: int = 256
    pairs: ClassVar[bool] = True
    columns: ClassVar[Mapping[str, FeatureInfo]] = MOTION_COLUMNS
    batch_size: ClassVar[int] = 32
    thread_safe: ClassVar[bool] = True

    def measure(self, batch: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Measurement]:
        """Return the motion from the first image to the second of each pair, (h, w, 3) uint8."""
        return [_measured(first, second) for first, second in batch]


def _measured(first: np.ndarray, second: np.ndarray) -> Measurement:
    aspects = [each.shape[1] / each.shape[0] for each in (first, second)]
    if max(aspects) > _LARGEST_STRETCH * min(aspects):
        return Measurement({"shot_change": 1.0})
    flow = dense_flow(*_of_one_size(first, second))
    related = flow.unlike < UNRELATED and flow.valid.mean() >= _LEAST_VALID
    found = {"shot_change": flow.unlike, "residual_change": flow.residual} | (_columns(flow) if related else {})
    columns = {name: _rounded(value) for name, value in found.items()}
    return Measurement(columns, vector=_cells(flow) if related else None)


def _of_one_size(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import cv2

    height, width = min(first.shape, second.shape)[:2]
    least = least_side(max(height, width))  # strips and tiny images are stretched
    height, width = max(least, height), max(least, width)

    def resized(rgb: np.ndarray) -> Any:
        small = rgb.shape[:2] == (height, width)
        return rgb if small else cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)

    return resized(first), resized(second)


def _columns(flow: Flow) -> dict[str, float]:
    vectors, diagonal = flow.vectors[flow.valid].astype(np.float64), flow.diagonal
    x, y = vectors.mean(axis=0)
    found = {
        "motion": float(np.linalg.norm(vectors, axis=1).mean()) / diagonal,
        "motion_direction": float(np.degrees(np.arctan2(-y, x)) % 360) % 360,
    }
    camera = camera_of(flow.vectors, flow.valid)
    if camera is not None:
        due = camera.displacement(grid(flow.valid.shape))
        found["camera_motion"] = float(np.linalg.norm(due, axis=2).mean()) / diagonal
        found["camera_zoom"], found["camera_rotation"] = camera.zoom, camera.rotation
        found["subject_motion"] = float(np.linalg.norm(vectors - due[flow.valid], axis=1).mean()) / diagonal
    return found


def _cells(flow: Flow) -> np.ndarray:
    """The mean flow of each cell, (2 * cells,) float32; 0 where none of it is valid."""
    import cv2

    size = (_CELLS, _CELLS)
    weights = flow.valid.astype(np.float32)
    shares = cv2.resize(weights, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(flow.vectors * weights[..., None], size, interpolation=cv2.INTER_AREA)
    means = sums / np.maximum(shares, 1e-6)[..., None] / flow.diagonal
    return np.round(means.ravel(), 7).astype(np.float32)


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
