"""The outputs of a montage besides those of every sequence: aligned frames, average face, mosaic of faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..core import Collection, ImageRecord
from ..core.errors import ConfigError, unknown
from ..runtime.files import atomic
from ..runtime.folders import atomic_folder
from .mosaic_outputs import check_quality
from .protocols import Content, OutputFiles
from .registry import OUTPUT_KINDS

#: Formats of aligned frames, and their options in Pillow.
FRAME_FORMATS: dict[str, dict[str, Any]] = {"jpg": {"subsampling": 0}, "png": {}}


class MontageSource:
    """The content of a montage, as its outputs use it; see `face_montage_content.MontageContent`."""

    sequence: Any
    photos: tuple[ImageRecord, ...]
    landmarks: list[np.ndarray] | None
    chosen: Any

    def pixels(self) -> Iterator[np.ndarray]:
        """Yield the aligned frames, (h, w, 3) uint8, in order."""
        from ..datasets.images import open_image

        for record in self.sequence.records:
            yield open_image(record.path)


class MontageOutput:
    """What outputs of montages share."""

    plan_kind: ClassVar[str] = "face montage"
    needs_landmarks: ClassVar[bool] = False

    def makes(self, content: Content) -> bool:
        """Whether this output applies: only to montages of faces."""
        return isinstance(content, MontageSource)


@OUTPUT_KINDS.register("aligned-frames")
@dataclass(frozen=True)
class AlignedFrames(MontageOutput):
    """The frames of a montage as images in the folder `aligned/`, with a table of their photos, for pruning by hand.

    Parameters
    ----------
    format : {"jpg", "png"}
        Of the files.
    quality : int
        Of JPEG, from 1 to 100.
    """

    format: str = "jpg"
    quality: int = 95

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a format or quality that is not possible."""
        if self.format not in FRAME_FORMATS:
            raise unknown("format", self.format, FRAME_FORMATS)
        check_quality(self.quality)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write, as far as they are known before."""
        return ["aligned/frames.csv"]

    def write(self, content: MontageSource, out: OutputFiles) -> None:
        """Write `aligned/NNNN-name.jpg` for each frame, and `aligned/frames.csv`."""
        from PIL import Image

        from ..faces.montage_folder import frame_names, write_table

        keywords = FRAME_FORMATS[self.format] | ({"quality": self.quality} if self.format == "jpg" else {})
        head = out.path("aligned", "aligned/frames.csv", "table", "Aligned frames")
        names = frame_names(content.photos, self.format)
        with atomic_folder(head.parent, head.name) as folder:
            for number, (name, pixels) in enumerate(zip(names, content.pixels(), strict=True), 1):
                Image.fromarray(pixels).save(folder / name, **keywords)
                out.progress("aligned", number, len(names))
            write_table(folder / head.name, names, content.photos)


@OUTPUT_KINDS.register("average-face")
@dataclass(frozen=True)
class AverageFace(MontageOutput):
    """The mean of all aligned frames.

    Parameters
    ----------
    warp : bool
        Warp each face to the mean of all landmarks before, so that the average is sharp; else the frames as they are.
    """

    warp: bool = True

    @property
    def needs_landmarks(self) -> bool:  # type: ignore[override]
        """Whether the 68 landmarks of each frame are used."""
        return self.warp

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a switch that is none."""
        if not isinstance(self.warp, bool):
            raise ConfigError(f"AverageFace(warp={self.warp!r}) must be True or False")

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["average-face.jpg"]

    def write(self, content: MontageSource, out: OutputFiles) -> None:
        """Write `average-face.jpg`."""
        from PIL import Image

        pixels = averaged(content, out, self.warp)
        with atomic(out.path("average_face", "average-face.jpg", "image", "Average face")) as partial:
            Image.fromarray(pixels).save(partial, "JPEG", quality=95, subsampling=0)


def averaged(content: MontageSource, out: OutputFiles, warp: bool) -> np.ndarray:
    """Return the average face of a montage, (h, w, 3) uint8."""
    from ..faces import average_face

    count = len(content.photos)

    def frames() -> Iterator[np.ndarray]:
        for number, pixels in enumerate(content.pixels(), 1):
            out.progress("average face", number, count)
            yield pixels

    return average_face(frames(), content.landmarks if warp else None)


@OUTPUT_KINDS.register("face-mosaic")
@dataclass(frozen=True)
class FaceMosaic(MontageOutput):
    """One face made of all others: a mosaic whose tiles are the aligned frames.

    Parameters
    ----------
    target : str
        "average" for the average face, or the name of a photo of the montage.
    columns : int
        Tiles in a row.
    tile_px : int
        Width of a tile in pixels.
    tint : float
        How much tiles take the colour of what they show, from 0 to 1.
    """

    target: str = "average"
    columns: int = 64
    tile_px: int = 40
    tint: float = 0.75
    needs_landmarks: ClassVar[bool] = True

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for options that are not possible."""
        from ..mosaic.options import MosaicOptions

        MosaicOptions(columns=self.columns, tile_px=self.tile_px, tint=self.tint).check_options()
        if not isinstance(self.target, str) or not self.target.strip():
            raise ConfigError(f'FaceMosaic(target={self.target!r}) must be "average" or the name of a photo')

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["face-mosaic.jpg"]

    def write(self, content: MontageSource, out: OutputFiles) -> None:
        """Write `face-mosaic.jpg`."""
        from pathlib import Path

        from ..faces.frames import FOLDER
        from ..mosaic.mosaics import mosaic
        from ..mosaic.painting.posters import write_image

        target = averaged(content, out, warp=True) if self.target == "average" else self._photo(content)
        tiles = Collection(Path("."), tuple(content.sequence.records))
        settings = replace(out.settings, cache=out.settings.cache / FOLDER)  # forget-faces removes it
        made = mosaic(
            target, tiles, settings=settings, columns=self.columns, tile_px=self.tile_px, tint=self.tint,
            min_distance=2, crop="centre",
        )  # fmt: skip
        write_image(out.path("face_mosaic", "face-mosaic.jpg", "image", "Mosaic of faces"), made, quality=90)

    def _photo(self, content: MontageSource) -> np.ndarray:
        from ..core.image_names import ImageNames

        row = ImageNames(content.photos, ()).row(self.target, "FaceMosaic(target=)")
        return next(pixels for number, pixels in enumerate(content.pixels()) if number == row)
