"""dlib's detectors, landmarks and identity of faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...core import Progress, silent
from . import dlib_models
from .detectors import FACE_DETECTORS, Detection
from .embeddings import FACE_EMBEDDINGS
from .precise import precise_landmarks, predictor
from .resizing import resized

_WINDOW_PX = 80  # faces of this size and more are found
_FIRMEST = 2.0  # scores of this and more are sure
_CORNERS = [2, 3, 1, 0, 4]  # dlib's numbers of `records.LANDMARKS`


@FACE_DETECTORS.register("dlib")
@dataclass(frozen=True)
class DlibFaces:
    """Upright faces up to half profile, by histograms of oriented gradients; fast.

    Parameters
    ----------
    smallest : float
        Width of the smallest face that is found, as a share of the long side of the image. The time grows with
        1 / smallest².
    enlarged : float
        How many times small images are enlarged at most.
    threshold : float
        Least score of a face; true faces have about 0.1 to 3.

    References
    ----------
    King 2009, "Dlib-ml: A machine learning toolkit"; Dalal & Triggs 2005, "Histograms of oriented gradients for human
    detection".
    """

    smallest: float = 0.05
    enlarged: float = 4.0
    threshold: float = 0.15
    gives_points: ClassVar[bool] = False

    def prepare(self, progress: Progress = silent) -> None:
        """Raise MissingExtra where dlib or its weights are not installed."""
        dlib_models.require("Faces()")

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """Return the faces of an image, (h, w, 3) uint8."""
        image, scale = resized(rgb, round(_WINDOW_PX / self.smallest), self.enlarged)
        boxes, scores, _ = dlib_models.detector().run(image, 0, self.threshold)
        return [Detection(_box(box, scale), _share(score)) for box, score in zip(boxes, scores, strict=True)]


@FACE_DETECTORS.register("dlib-cnn")
@dataclass(frozen=True)
class DlibCnnFaces:
    """Faces from all sides and turned, by a convolutional network; seconds for an image without a GPU.

    Parameters
    ----------
    long_side : int
        In pixels, of what is looked at; faces of about 80 px of it and more are found.
    enlarged : float
        How many times small images are enlarged at most.
    threshold : float
        Least score of a face.

    References
    ----------
    King 2015, "Max-margin object detection".
    """

    long_side: int = 1000
    enlarged: float = 2.0
    threshold: float = 0.6
    gives_points: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """A digest of its weights."""
        return dlib_models.weights_digest(dlib_models.CNN)

    def prepare(self, progress: Progress = silent) -> None:
        """Raise MissingExtra where dlib or its weights are not installed."""
        dlib_models.require("Faces(detector='dlib-cnn')")

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """Return the faces of an image, (h, w, 3) uint8."""
        image, scale = resized(rgb, self.long_side, self.enlarged)
        found = [each for each in dlib_models.cnn()(image, 0) if each.confidence >= self.threshold]
        return [Detection(_box(each.rect, scale), min(1.0, max(0.0, each.confidence))) for each in found]


@FACE_EMBEDDINGS.register("dlib")
@dataclass(frozen=True)
class DlibIdentity:
    """128 numbers by a residual network, from dlib's landmarks.

    References
    ----------
    King 2017, "High quality face recognition with deep metric learning".
    """

    same_person: ClassVar[float] = 0.6
    uses_dlib_landmarks: ClassVar[bool] = True

    @property
    def key(self) -> str:
        """A digest of its weights."""
        return dlib_models.weights_digest(dlib_models.IDENTITY)

    def prepare(self, progress: Progress = silent) -> None:
        """Raise MissingExtra where dlib or its weights are not installed."""
        dlib_models.require("Faces(embedding='dlib')")

    def embed_face(self, rgb: np.ndarray, face: Detection, landmarks: np.ndarray) -> np.ndarray:
        """Return the (128,) vector of a face."""
        shape = dlib_models.landmarks()(rgb, _rectangle(square(face.box)))
        return np.array(dlib_models.identity().compute_face_descriptor(rgb, shape))


def landmarks_of(rgb: np.ndarray, face: Detection) -> np.ndarray:
    """Return dlib's landmarks of a face, (5, 2) float64, in pixels: (0, 0) is the corner of the image.

    References
    ----------
    Kazemi & Sullivan 2014, "One millisecond face alignment with an ensemble of regression trees".
    """
    left, top, right, bottom = square(face.box)
    predict = predictor(dlib_models.landmarks(), _CORNERS)
    return precise_landmarks(rgb, (left, top, right - left, bottom - top), predict) + 0.5  # its pixels have middles


def square(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return the square of the same middle and area; the landmarks were trained with squares.

    Examples
    --------
    >>> square((10.0, 10.0, 50.0, 100.0))
    (0.0, 25.0, 60.0, 85.0)
    """
    left, top, right, bottom = box
    half = ((right - left) * (bottom - top)) ** 0.5 / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - half, y - half, x + half, y + half


def _rectangle(box: tuple[float, float, float, float]) -> Any:
    """dlib's includes the pixels of its right and lower side."""
    import dlib

    left, top, right, bottom = map(round, box)
    return dlib.rectangle(left, top, right - 1, bottom - 1)


def _box(rectangle: Any, scale: float) -> tuple[float, float, float, float]:
    sides = (rectangle.left(), rectangle.top(), rectangle.right() + 1, rectangle.bottom() + 1)
    left, top, right, bottom = (side / scale for side in sides)
    return left, top, right, bottom


def _share(score: float) -> float:
    return float(np.clip(score / _FIRMEST, 0.0, 1.0))
