"""Detectors and embeddings of faces from ONNX files that the user has: YuNet and SFace, SCRFD and ArcFace."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import cv2
import numpy as np

from ...config import Settings
from ...core import Progress, silent
from ...core.errors import ConfigError
from ...runtime.digests import file_digest
from .. import models
from ..models import PLACE
from .detectors import FACE_DETECTORS, Detection
from .embeddings import FACE_EMBEDDINGS
from .networks import engine, network
from .own_models import own
from .resizing import resized

_OPENCV_ZOO = "Such files are published in the OpenCV Zoo, https://github.com/opencv/opencv_zoo"
_INSIGHTFACE = (
    "Such files are published in InsightFace's model zoo, https://github.com/deepinsight/insightface (model_zoo)"
)
_STRIDES = (8, 16, 32)
_SCRFD_ANCHORS = 2
_CHIP_PX = 112
#: Where ArcFace and SFace expect eyes, nose and corners of the mouth in an image of 112 px (Deng et al. 2019).
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)

T = TypeVar("T", bound="_FromFile")


@dataclass(frozen=True)
class _FromFile:
    """Base of what reads an ONNX file: a path, or the name of a file in MODELS."""

    model: str | Path = field(metadata=PLACE)
    published: ClassVar[str] = ""

    def located(self: T, settings: Settings) -> T:
        """Return it with the path of its file. Raises ConfigError where there is no such file."""
        wanted_by = f"{type(self).__name__}({str(self.model)!r})"
        try:
            return dataclasses.replace(self, model=models.given(self.model, settings, wanted_by))
        except ConfigError as error:
            raise ConfigError(f"{error}. {self.published}" if self.published else str(error)) from error

    @property
    def key(self) -> str:
        """A digest of the file, "" where it is not there, and what runs it."""
        return f"{file_digest(Path(self.model)) if Path(self.model).is_file() else ''} {engine()}"

    def prepare(self, progress: Progress = silent) -> None:
        """Raise ConfigError where the file is no network that can be read."""
        try:
            self._load()
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise ConfigError(f"{type(self).__name__}: {self.model} cannot be read as ONNX: {reason}") from error

    def _load(self) -> Any:
        """This thread's network."""
        return own(f"onnx {self.model}", lambda: network(str(self.model)))


@FACE_DETECTORS.register("yunet")
@dataclass(frozen=True)
class YuNet(_FromFile):
    """Faces up to profile, by OpenCV's YuNet, from a file such as `face_detection_yunet_2023mar.onnx` (OpenCV Zoo).

    Parameters
    ----------
    model : path or str
        The file, or its name in MODELS.
    long_side : int
        In pixels, of what is looked at; faces of about 10 px of it and more are found.
    threshold : float
        Least score of a face, in [0, 1].

    References
    ----------
    Wu, Peng & Yu 2023, "YuNet: A tiny millisecond-level face detector".
    """

    long_side: int = 640
    threshold: float = 0.8
    published: ClassVar[str] = _OPENCV_ZOO

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """Return the faces of an image, (h, w, 3) uint8."""
        image, scale = resized(rgb, self.long_side)
        detector = self._load()
        detector.setInputSize((image.shape[1], image.shape[0]))
        _, rows = detector.detect(np.ascontiguousarray(image[..., ::-1]))
        return [_yunet_detection(row.astype(np.float64), scale) for row in ([] if rows is None else rows)]

    def _load(self) -> Any:
        path = str(self.model)
        return own(
            f"yunet {path} {self.threshold}",
            lambda: cv2.FaceDetectorYN.create(path, "", (320, 320), self.threshold),
        )


def _yunet_detection(row: np.ndarray, scale: float) -> Detection:
    """A row has x, y, width, height, five points, and the score. Its right eye is that of the person."""
    left, top, width, height = (row[:4] / scale).tolist()
    return Detection((left, top, left + width, top + height), float(row[14]), row[4:14].reshape(5, 2) / scale)


@FACE_DETECTORS.register("scrfd")
@dataclass(frozen=True)
class Scrfd(_FromFile):
    """Faces up to profile, by InsightFace's SCRFD, from a file such as `det_10g.onnx` or `det_500m.onnx`.

    The models that InsightFace publishes are for research that is not commercial.

    Parameters
    ----------
    model : path or str
        The file, or its name in MODELS.
    long_side : int
        In pixels, of what is looked at.
    threshold : float
        Least score of a face, in [0, 1].

    References
    ----------
    Guo et al. 2021, "Sample and computation redistribution for efficient face detection".
    """

    long_side: int = 640
    threshold: float = 0.5
    published: ClassVar[str] = _INSIGHTFACE

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """Return the faces of an image, (h, w, 3) uint8."""
        image, scale = resized(rgb, self.long_side)
        square = np.zeros((self.long_side, self.long_side, 3), np.uint8)
        square[: image.shape[0], : image.shape[1]] = image
        blob = cv2.dnn.blobFromImage(square, 1 / 128, square.shape[:2], (127.5, 127.5, 127.5))
        return scrfd_detections(self._load()(blob), self.long_side, scale, self.threshold)


def scrfd_detections(outputs: Sequence[np.ndarray], side: int, scale: float, threshold: float) -> list[Detection]:
    """Return the faces that the outputs of SCRFD stand for.

    Parameters
    ----------
    outputs : sequence of ndarray
        For strides of 8, 16 and 32 pixels: three of scores, (k, 1), three of boxes, (k, 4), three of points, (k, 10).
    side : int
        Of the square that was looked at, in pixels.
    scale : float
        Of it relative to the image.
    threshold : float
        Least score.

    Raises
    ------
    ConfigError
        When there are other outputs.
    """
    by_length = [[np.asarray(each).reshape(-1, n) for each in outputs if np.shape(each)[-1] == n] for n in (1, 4, 10)]
    if [len(each) for each in by_length] != [3, 3, 3]:
        raise ConfigError("Scrfd() reads models with nine outputs: scores, boxes and five points at three strides")
    found = []
    for group in zip(*by_length, strict=True):
        scores, boxes, points = group
        cells = max(1, round((len(scores) / _SCRFD_ANCHORS) ** 0.5))
        stride = side / cells
        centres = np.stack(np.meshgrid(np.arange(cells), np.arange(cells)), -1).reshape(-1, 2).repeat(_SCRFD_ANCHORS, 0)
        for i in np.flatnonzero(scores[:, 0] >= threshold):
            centre = centres[i] * stride
            left, top, right, bottom = (np.array([*-boxes[i, :2], *boxes[i, 2:]]) * stride + [*centre, *centre]) / scale
            five = (points[i].reshape(5, 2) * stride + centre) / scale
            found.append(Detection((left, top, right, bottom), float(scores[i, 0]), five.astype(np.float64)))
    return found


@dataclass(frozen=True)
class _Aligned(_FromFile):
    """An embedding of faces that are aligned by five points, as a vector of length 1."""

    same_person: ClassVar[float]
    needs_points: ClassVar[bool] = True
    mean: ClassVar[float]  # of the channels, as the network takes them: (value - mean) / spread
    spread: ClassVar[float]

    def embed_face(self, rgb: np.ndarray, face: Detection, landmarks: np.ndarray) -> np.ndarray:
        """Return the vector of a face, of length 1."""
        assert face.points is not None
        chip = aligned(rgb, face.points)
        blob = cv2.dnn.blobFromImage(chip, 1 / self.spread, (_CHIP_PX, _CHIP_PX), (self.mean,) * 3)
        vector = np.asarray(self._load()(blob)[0], np.float64).ravel()
        return vector / max(1e-12, float(np.linalg.norm(vector)))


@FACE_EMBEDDINGS.register("sface")
@dataclass(frozen=True)
class SFace(_Aligned):
    """128 numbers by OpenCV's SFace, from a file such as `face_recognition_sface_2021dec.onnx` (OpenCV Zoo).

    Parameters
    ----------
    model : path or str
        The file, or its name in MODELS.

    References
    ----------
    Zhong et al. 2021, "SFace: Sigmoid-constrained hypersphere loss for robust face recognition".
    """

    same_person: ClassVar[float] = 1.128
    published: ClassVar[str] = _OPENCV_ZOO
    mean: ClassVar[float] = 0.0
    spread: ClassVar[float] = 1.0


@FACE_EMBEDDINGS.register("arcface")
@dataclass(frozen=True)
class ArcFace(_Aligned):
    """512 numbers by InsightFace's ArcFace, from a file such as `w600k_r50.onnx` or `w600k_mbf.onnx`.

    The models that InsightFace publishes are for research that is not commercial.

    Parameters
    ----------
    model : path or str
        The file, or its name in MODELS.

    References
    ----------
    Deng et al. 2019, "ArcFace: Additive angular margin loss for deep face recognition".
    """

    same_person: ClassVar[float] = 1.18
    published: ClassVar[str] = _INSIGHTFACE
    mean: ClassVar[float] = 127.5
    spread: ClassVar[float] = 127.5


def aligned(rgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return a face of 112 px with its points where ArcFace expects them, (112, 112, 3) uint8.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        The image, uint8.
    points : ndarray of shape (m, 2)
        Eyes and nose, and, where there are five, corners of the mouth.

    References
    ----------
    Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns".
    """
    placed, wanted = (points @ [1, 1j] for points in (np.asarray(points, np.float64), TEMPLATE[: len(points)]))
    centred = placed - placed.mean()
    turn = (centred.conj() @ (wanted - wanted.mean())) / max(1e-9, float(np.square(np.abs(centred)).sum()))
    shift = wanted.mean() - turn * placed.mean()
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return cv2.warpAffine(rgb, matrix, (_CHIP_PX, _CHIP_PX), flags=cv2.INTER_LINEAR)
