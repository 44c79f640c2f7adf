"""MediaPipe's detector of faces."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...config import Settings
from ...core import Progress, silent
from .. import mediapipe_tasks, models
from ..models import PLACE, ModelFile, UsesModel
from .detectors import FACE_DETECTORS, Detection
from .resizing import resized

_FOUND = 0.12  # share of the side of what the network sees: faces of this width are found
_TILE_PX = 256  # twice what the network sees
_WANTED_BY = "Faces(detector='mediapipe')"
_BUNDLED = "face_detection_short_range.tflite"  # its name in older wheels of mediapipe


@FACE_DETECTORS.register("mediapipe")
@dataclass(frozen=True)
class MediaPipeFaces(UsesModel):
    """Faces up to profile, by MediaPipe's short-range network, in the whole image and in tiles of it; the fastest.

    Parameters
    ----------
    model : path or str, optional
        Its file; by default `blaze_face_short_range.tflite` in MODELS or the cache, or downloaded.
    smallest : float
        Width of the smallest face that is found, as a share of the long side of the image. The time grows with
        1 / smallest².
    threshold : float
        Least score of a face, in [0, 1]. Of smaller tiles, more than one in ten has something of 0.6 that is no face.

    References
    ----------
    Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond neural face detection on mobile GPUs".
    """

    model: str | Path | None = field(default=None, metadata=PLACE)
    smallest: float = 0.06
    threshold: float = 0.75
    model_file: ClassVar[ModelFile] = ModelFile(
        "blaze_face_short_range.tflite",
        "https://storage.googleapis.com/mediapipe-models/face_detector/blaze_face_short_range/float16/1/"
        "blaze_face_short_range.tflite",
        "Apache-2.0", "Google", "finds faces",
    )  # fmt: skip

    def located(self, settings: Settings) -> MediaPipeFaces:
        """Return the detector with the path of its file; also under the name that older wheels have it by."""
        bundled = models.found(_BUNDLED, settings)
        if self.model is None and bundled is not None and models.found(self.model_file.name, settings) is None:
            return dataclasses.replace(self, model=bundled)
        return super().located(settings)

    def prepare(self, progress: Progress = silent) -> None:
        """Check that mediapipe is installed, and download the file if it is not there."""
        mediapipe_tasks.vision(_WANTED_BY)
        super().prepare(progress)

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """Return the faces of an image, (h, w, 3) uint8."""
        depth = max(0, math.ceil(math.log2(_FOUND / self.smallest)))
        long_side = _TILE_PX << depth
        image, scale = resized(rgb, long_side)
        found = []
        for left, top, side in _tiles(image.shape[1], image.shape[0], depth):
            tile = np.ascontiguousarray(image[top : top + side, left : left + side])
            found += [_detection(each, (left, top), tile.shape, scale) for each in self._found(tile)]
        return found

    def _found(self, rgb: np.ndarray) -> Sequence[Any]:
        image = mediapipe_tasks.image(rgb)
        name = f"faces {self._path} {self.threshold}"
        return mediapipe_tasks.run(name, self._detector, lambda detector: list(detector.detect(image).detections))

    def _detector(self) -> Any:
        from mediapipe.tasks.python.core.base_options import BaseOptions

        vision = mediapipe_tasks.vision(_WANTED_BY)
        options = vision.FaceDetectorOptions(
            base_options=BaseOptions(model_asset_path=str(self._path)), min_detection_confidence=self.threshold
        )
        return vision.FaceDetector.create_from_options(options)


def _tiles(width: int, height: int, depth: int) -> Iterator[tuple[int, int, int]]:
    """Yield (left, top, side) of the whole image and of squares of 1/2, 1/4, ... of its long side that overlap by half.

    >>> list(_tiles(40, 20, 1))
    [(0, 0, 40), (0, 0, 20), (10, 0, 20), (20, 0, 20)]
    """
    for level in range(depth + 1):
        side = max(width, height) >> level
        for top in _starts(height, side):
            for left in _starts(width, side):
                yield left, top, side


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin along a side, evenly, each at most half a tile after the one before."""
    count = max(0, math.ceil((length - side) / (side / 2)))
    return [round(i * (length - side) / count) for i in range(count + 1)] if count else [0]


def _detection(found: Any, offset: tuple[int, int], shape: tuple[int, ...], scale: float) -> Detection:
    """A detection in a tile as one in the image."""
    box, (height, width) = found.bounding_box, shape[:2]
    left, top = box.origin_x + offset[0], box.origin_y + offset[1]
    eyes_nose = np.array([(each.x * width, each.y * height) for each in found.keypoints[:3]], np.float64)
    return Detection(
        (left / scale, top / scale, (left + box.width) / scale, (top + box.height) / scale),
        float(found.categories[0].score), (eyes_nose + offset) / scale,
    )  # fmt: skip
