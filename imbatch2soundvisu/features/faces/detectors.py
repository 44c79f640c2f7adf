"""What a detector of faces is, and the registry of detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ...core.registry import Registry

_SAME = 0.4  # intersection over union of boxes of one face
_WITHIN = 0.75  # share of the smaller box within the other


@dataclass(frozen=True, eq=False)
class Detection:
    """A face that a detector found.

    Parameters
    ----------
    box : (float, float, float, float)
        Left, top, right and bottom in pixels of the image; it may end outside.
    score : float
        Confidence, in [0, 1].
    points : ndarray of shape (m, 2), optional
        Middle of the left and of the right eye as seen in the image, tip of the nose, and, where the detector has
        them, left and right corner of the mouth, in pixels. None: dlib finds the landmarks.
    """

    box: tuple[float, float, float, float]
    score: float
    points: np.ndarray | None = None


@runtime_checkable
class FaceDetector(Protocol):
    """Finds the faces of an image. A frozen dataclass, registered with `@FACE_DETECTORS.register("name")`.

    It may also have
    `gives_points = False`, where its detections have no points;
    `key`, what its results depend on besides code and fields, such as a digest of weights;
    `located(settings)`, the detector with the path of its model file (see `features.models`);
    `prepare(progress)`, called before any work, which raises MissingExtra or ConfigError where it cannot run.
    """

    def detect(self, rgb: np.ndarray) -> Sequence[Detection]:
        """Return the faces of an upright image, (h, w, 3) uint8, sRGB; several threads may call it."""
        ...


#: Every detector of faces by its name.
FACE_DETECTORS: Registry[Any] = Registry(
    "face detector",
    method="detect",
    argument="Faces(detector=)",
    modules=tuple(f"{__package__}.{name}" for name in ("dlib_faces", "mediapipe_faces", "onnx_faces")),
)


def merged(detections: Sequence[Detection]) -> list[Detection]:
    """Return the detections without those of a face that another one has with a better score, from left to right.

    Examples
    --------
    >>> twice = [Detection((10, 10, 50, 50), 0.5), Detection((12, 8, 54, 52), 0.9), Detection((80, 0, 99, 20), 0.3)]
    >>> [each.score for each in merged(twice)]
    [0.9, 0.3]
    """
    kept: list[Detection] = []
    for each in sorted(detections, key=lambda found: (-found.score, found.box)):
        if not any(_are_one(each.box, other.box) for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda found: found.box)


def _are_one(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(0.0, wide) * max(0.0, high)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return common > _SAME * (sum(areas) - common) or common > _WITHIN * min(areas)
