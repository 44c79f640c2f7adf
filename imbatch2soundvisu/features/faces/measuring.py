"""From an image to the regions of its faces, by any detector and embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.regions import Region
from . import quality
from .detectors import Detection, FaceDetector, merged
from .records import Face

#: Distance of vectors of regions below which faces are likely of one person, whatever the embedding.
SAME = 0.6
_EYE = 0.21  # from the middle of an eye to its corners, in distances of the eyes; the median of 92 photos


def faces_in(rgb: np.ndarray, detector: FaceDetector, embedding: Any) -> list[Region]:
    """Return a region for each face of an image, from left to right, each face once.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.
    detector : FaceDetector
    embedding : FaceEmbedding or None
        None: the regions have no vectors.
    """
    return [_region(rgb, each, embedding) for each in merged(detector.detect(rgb)) if _is_inside(each, rgb)]


def _is_inside(face: Detection, rgb: np.ndarray) -> bool:
    """Whether the middle of a box is in the image."""
    left, top, right, bottom = face.box
    return 0 <= (left + right) / 2 < rgb.shape[1] and 0 <= (top + bottom) / 2 < rgb.shape[0]


def _region(rgb: np.ndarray, face: Detection, embedding: Any) -> Region:
    height, width = rgb.shape[:2]
    landmarks = _landmarks(rgb, face, embedding)
    vector = () if embedding is None else _on_one_scale(embedding.embed_face(rgb, face, landmarks), embedding)
    left, top = max(0.0, face.box[0]), max(0.0, face.box[1])
    right, bottom = min(float(width), face.box[2]), min(float(height), face.box[3])
    x, y, w, h = (round(v, 6) for v in (left / width, top / height, (right - left) / width, (bottom - top) / height))
    region = Region(
        x, y, w, h, score=round(face.score, 4), label="face",
        points=tuple((float(x), float(y)) for x, y in np.round(landmarks / (width, height), 6)),
        vector=tuple(float(f"{value:.6g}") for value in vector),
    )  # fmt: skip
    return quality.with_values(region, Face(region), rgb)


def _on_one_scale(vector: Any, embedding: Any) -> np.ndarray:
    """A vector, scaled so that what is likely one person is less than `SAME` apart."""
    return np.asarray(vector, np.float64) * (SAME / float(getattr(embedding, "same_person", SAME)))


def _landmarks(rgb: np.ndarray, face: Detection, embedding: Any) -> np.ndarray:
    """dlib's where the detector gives none, and where dlib describes the face; else those of the detector."""
    if face.points is not None and not getattr(embedding, "uses_dlib_landmarks", False):
        return corners_of(face.points)
    from .dlib_faces import landmarks_of

    return landmarks_of(rgb, face)


def corners_of(points: np.ndarray) -> np.ndarray:
    """Return corners of the eyes and the nose, (5, 2), from the middles of the eyes and the nose.

    Examples
    --------
    >>> corners_of(np.array([[10.0, 20.0], [30.0, 20.0], [20.0, 32.0]])).tolist()
    [[5.8, 20.0], [14.2, 20.0], [25.8, 20.0], [34.2, 20.0], [20.0, 32.0]]
    """
    left, right, nose = np.asarray(points, np.float64)[:3]
    half = _EYE * (right - left)
    return np.stack([left - half, left + half, right - half, right + half, nose])
