"""The passes that find what is in front: people, by a network, or the subject of any image, without one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...config import Settings
from ...core import FeatureInfo, Progress, silent
from ...core.errors import ConfigError
from .. import mediapipe_tasks, models
from ..models import PLACE, ModelFile, UsesModel
from ..passes import PASSES, Measurement
from .measuring import mask_region, mask_values
from .subjects import subject_mask

_BUNDLED = "selfie_segmentation.tflite"  # its name in older wheels of mediapipe


def _columns(prefix: str, what: str) -> Mapping[str, FeatureInfo]:
    infos = (
        FeatureInfo(f"{prefix}_area", "share", 0.0, 1.0, description=f"share of the image that {what} covers"),
        FeatureInfo(f"{prefix}_x", "share", 0.0, 1.0, description=f"centroid of {what}, 0 left to 1 right"),
        FeatureInfo(f"{prefix}_y", "share", 0.0, 1.0, description=f"centroid of {what}, 0 top to 1 bottom"),
        FeatureInfo(f"{prefix}_aspect", "ratio", 0.0, description=f"width by height of the box around {what}"),
        FeatureInfo(
            f"{prefix}_background_blur", "share", 0.0, 1.0,
            description=f"how much less detail the background has than {what}",
        ),
    )  # fmt: skip
    return {info.name: info for info in infos}


class MaskPass(ABC):
    """Base of passes that find one mask in each image; what they measure of it."""

    prefix: ClassVar[str]
    batch_size: ClassVar[int] = 4
    thread_safe: ClassVar[bool] = True

    @abstractmethod
    def mask(self, rgb: np.ndarray) -> np.ndarray:
        """Return the mask of an image, (h', w') float32 in [0, 1], of any size."""

    def measure(self, batch: Sequence[np.ndarray]) -> list[Measurement]:
        """Return what the mask of each image says, images being (h, w, 3) uint8."""
        return [self._measured(rgb) for rgb in batch]

    def _measured(self, rgb: np.ndarray) -> Measurement:
        mask = self.mask(rgb)
        values = {f"{self.prefix}_{name}": value for name, value in mask_values(rgb, mask).items()}
        region = mask_region(mask, self.prefix)
        return Measurement(values, regions=() if region is None else (region,))


@PASSES.register("subject-mask")
@dataclass(frozen=True)
class SubjectMask(MaskPass):
    """Find the subject of an image without a network: GrabCut, started from what draws the eye.

    Its columns `subject_area`, `subject_x` ... are more exact than the feature `subject_scale`, and take longer. Good
    where one subject stands out from its background; see `subjects.subject_mask`.

    Parameters
    ----------
    input_size : int
        Long side, in pixels, at which images are decoded.
    side : int
        Long side at which the mask is computed. The time grows with its square.
    """

    input_size: int = 512
    side: int = 256
    prefix: ClassVar[str] = "subject"
    columns: ClassVar[Mapping[str, FeatureInfo]] = _columns("subject", "the subject")

    def __post_init__(self) -> None:
        check_side("SubjectMask(input_size", self.input_size)
        check_side("SubjectMask(side", self.side)

    def mask(self, rgb: np.ndarray) -> np.ndarray:
        """Return the mask of an image, (h', w') float32 in [0, 1]."""
        return subject_mask(rgb, self.side)


@PASSES.register("person-mask")
@dataclass(frozen=True)
class PersonMask(UsesModel, MaskPass):
    """Find which part of an image is people, by MediaPipe's network for selfies: people near the camera.

    Parameters
    ----------
    model : path or str, optional
        Its file; by default `selfie_segmenter.tflite` in MODELS or the cache, or downloaded.
    input_size : int
        Long side, in pixels, at which images are decoded. The network itself sees 256 x 256 pixels.
    """

    model: str | Path | None = field(default=None, metadata=PLACE)
    input_size: int = 512
    prefix: ClassVar[str] = "person"
    columns: ClassVar[Mapping[str, FeatureInfo]] = _columns("person", "people")
    model_file: ClassVar[ModelFile] = ModelFile(
        "selfie_segmenter.tflite",
        "https://storage.googleapis.com/mediapipe-models/image_segmenter/selfie_segmenter/float16/1/"
        "selfie_segmenter.tflite",
        "Apache-2.0", "Google", "finds which pixels are people",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_side("PersonMask(input_size", self.input_size)

    def located(self, settings: Settings) -> PersonMask:
        """Return the pass with the path of its file; also under the name that older wheels have it by."""
        bundled = models.found(_BUNDLED, settings)
        if self.model is None and bundled is not None and models.found(self.model_file.name, settings) is None:
            return PersonMask(bundled, self.input_size)
        return super().located(settings)

    def prepare(self, progress: Progress = silent) -> None:
        """Check that mediapipe starts, and download the file if it is not there."""
        mediapipe_tasks.vision("PersonMask()")
        super().prepare(progress)

    def mask(self, rgb: np.ndarray) -> np.ndarray:
        """Return the mask of an image, of its size, float32 in [0, 1]."""
        name = f"person mask {self._path}"
        return mediapipe_tasks.run(name, self._segmenter, lambda model: _confidence(model, rgb))  # type: ignore[no-any-return]

    def _segmenter(self) -> Any:
        from mediapipe.tasks.python.core.base_options import BaseOptions

        vision = mediapipe_tasks.vision("PersonMask()")
        options = vision.ImageSegmenterOptions(
            base_options=BaseOptions(model_asset_path=str(self._path)),
            output_confidence_masks=True, output_category_mask=False,
        )  # fmt: skip
        return vision.ImageSegmenter.create_from_options(options)


def _confidence(model: Any, rgb: np.ndarray) -> np.ndarray:
    masks = model.segment(mediapipe_tasks.image(rgb)).confidence_masks
    return np.array(masks[-1].numpy_view(), np.float32).reshape(rgb.shape[:2]).clip(0.0, 1.0)


def check_side(title: str, side: Any) -> None:
    """Raise ConfigError unless a long side is possible."""
    if not isinstance(side, int) or isinstance(side, bool) or side < 32:
        raise ConfigError(f"{title}={side!r}) must be a whole number of pixels, at least 32")
