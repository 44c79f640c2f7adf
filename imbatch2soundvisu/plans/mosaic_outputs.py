"""The outputs of a mosaic: what is written, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np

from ..config import Settings
from ..core.errors import ConfigError, unknown
from ..runtime.files import atomic
from .output_checks import check_whole
from .protocols import Content, OutputFiles
from .registry import OUTPUT_KINDS

#: Formats of a mosaic as an image, and their options in Pillow.
IMAGE_FORMATS: dict[str, dict[str, Any]] = {"jpg": {"subsampling": 0}, "png": {}, "webp": {"method": 4}}


#: The mosaic of a comparison is painted so many times larger than it is shown, then averaged.
_OVERSAMPLING = 2


class MosaicSource:
    """The content of a mosaic, as its outputs use it; see `mosaic_content.MosaicContent`."""

    mosaic: Any
    target: Any


class MosaicOutput:
    """What outputs of mosaics share."""

    plan_kind: ClassVar[str] = "mosaic"

    def makes(self, content: Content) -> bool:
        """Whether this output applies: only to mosaics."""
        return isinstance(content, MosaicSource)


@OUTPUT_KINDS.register("mosaic-image")
@dataclass(frozen=True)
class MosaicImage(MosaicOutput):
    """The mosaic as an image.

    Parameters
    ----------
    format : {"jpg", "png", "webp"}
        Of the file.
    quality : int
        Of JPEG and WebP, from 1 to 100.
    """

    format: str = "jpg"
    quality: int = 90

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a format or quality that is not possible."""
        if self.format not in IMAGE_FORMATS:
            raise unknown("format", self.format, IMAGE_FORMATS)
        check_quality(self.quality)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return [f"mosaic.{self.format}"]

    def cost(self, width: int, height: int) -> tuple[float, float]:
        """Return bytes and seconds, roughly, for a mosaic of the given size."""
        return width * height * (2.2 if self.format == "png" else 0.5), width * height * 1e-7

    def write(self, content: MosaicSource, out: OutputFiles) -> None:
        """Write the mosaic."""
        from ..mosaic.painting.posters import write_image

        keywords = IMAGE_FORMATS[self.format] | ({} if self.format == "png" else {"quality": self.quality})
        out.progress("mosaic", 0, 1)
        path = out.path("mosaic", f"mosaic.{self.format}", "image", "Mosaic")
        poster = write_image(path, content.mosaic, **keywords)
        if poster.problems:
            out.describe(lines=list(poster.problems))
        out.progress("mosaic", 1, 1)


@OUTPUT_KINDS.register("mosaic-comparison")
@dataclass(frozen=True)
class MosaicComparison(MosaicOutput):
    """The target and its mosaic beside each other, as one image.

    Parameters
    ----------
    height : int
        Of the image in pixels.
    """

    height: int = 720

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a height that is not possible."""
        check_whole("height", self.height, 16)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["comparison.jpg"]

    def write(self, content: MosaicSource, out: OutputFiles) -> None:
        """Write `comparison.jpg`."""
        from PIL import Image

        made = content.mosaic
        width, height = made.cells.canvas[2:]
        factor = min(made.factor, _OVERSAMPLING * self.height / height)  # a poster is not painted for this
        sides = [made.cells.part_of(made.target), made.pixels(factor)]
        size = max(1, round(self.height * width / height)), self.height
        shown = [cv2.resize(each, size, interpolation=_interpolation(each, size)) for each in sides]
        gap = np.full((self.height, max(2, self.height // 90), 3), out.settings.background, np.uint8)
        with atomic(out.path("comparison", "comparison.jpg", "image", "Target and mosaic")) as partial:
            joined = np.concatenate((shown[0], gap, shown[1]), axis=1)
            Image.fromarray(joined).save(partial, "JPEG", quality=90, subsampling=0)


def _interpolation(image: np.ndarray, size: tuple[int, int]) -> int:
    return cv2.INTER_AREA if image.shape[1] > size[0] else cv2.INTER_CUBIC


def check_quality(quality: Any) -> None:
    """Raise ConfigError unless a quality is a whole number from 1 to 100."""
    check_whole("quality", quality, 1)
    if quality > 100:
        raise ConfigError(f"quality={quality} must be at most 100")
