"""Outputs of an atlas for other viewers: Apple's Embedding Atlas, VIKUS Viewer, FiftyOne."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..atlas import exports
from ..atlas.exports.parquet import require_pyarrow
from ..atlas.viewer.data_files import nearest_images
from ..config import Settings
from ..core.errors import ConfigError
from ..core.text import plural
from ..runtime.files import atomic
from ..runtime.folders import atomic_folder
from .atlas_outputs import IMAGE_BYTES, IMAGE_S, AtlasOutput, AtlasSource, pixels_of
from .protocols import OutputFiles
from .registry import OUTPUT_KINDS


@OUTPUT_KINDS.register("embedding-atlas")
@dataclass(frozen=True)
class EmbeddingAtlas(AtlasOutput):
    """The map as a Parquet file for Apple's Embedding Atlas; needs the extra `notebook`.

    `embedding-atlas embedding-atlas.parquet --x x --y y --neighbors neighbors --text title` opens it.

    Parameters
    ----------
    thumbnails : int
        Long side of the images in the file, in pixels; 0 for none.

    References
    ----------
    Ren and others 2025, "Embedding Atlas: Low-friction, interactive embedding visualization".
    """

    thumbnails: int = 256

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for an invalid size, MissingExtra without pyarrow."""
        _check_side("thumbnails", self.thumbnails, 0)
        require_pyarrow()

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["embedding-atlas.parquet"]

    def cost(self, images: Sequence[tuple[int, int]], grid: tuple[int, int]) -> tuple[float, float]:
        """Return bytes and seconds, roughly, from the sizes of the images and of the image of a grid in pixels."""
        return _cost_of_images(images, self.thumbnails)

    def write(self, content: AtlasSource, out: OutputFiles) -> None:
        """Write `embedding-atlas.parquet`."""
        path = out.path("embedding-atlas", "embedding-atlas.parquet", "download", "Parquet for Embedding Atlas")
        near = nearest_images(content.data.vectors)
        with atomic(path) as partial:
            exports.write_parquet(
                partial, content.data, content.layouts, near, side=self.thumbnails, progress=out.progress
            )


@OUTPUT_KINDS.register("vikus")
@dataclass(frozen=True)
class Vikus(AtlasOutput):
    """The map as the data folder of a VIKUS Viewer: put it as `data/` beside the viewer's `index.html`.

    Parameters
    ----------
    sprite : int
        Long side of the images seen from afar, in pixels.
    detail : int
        Long side of those seen from near.

    References
    ----------
    Pietsch and Dörk, VIKUS Viewer, https://vikusviewer.fh-potsdam.de.
    """

    sprite: int = exports.vikus.SPRITE
    detail: int = exports.vikus.DETAIL

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for an invalid size."""
        _check_side("sprite", self.sprite, 16)
        _check_side("detail", self.detail, 16)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["vikus/config.json"]

    def cost(self, images: Sequence[tuple[int, int]], grid: tuple[int, int]) -> tuple[float, float]:
        """Return bytes and seconds, roughly, from the sizes of the images and of the image of a grid in pixels."""
        sizes = [_cost_of_images(images, side) for side in (self.sprite, self.detail)]
        return sizes[0][0] + sizes[1][0], sizes[0][1] + sizes[1][1]

    def write(self, content: AtlasSource, out: OutputFiles) -> None:
        """Write `vikus/`."""
        config = out.path("vikus", "vikus/config.json", "download", "Data folder of VIKUS Viewer")
        with atomic_folder(config.parent, config.name) as folder:
            problems = exports.write_vikus(
                folder, content.data, content.layouts, title=content.plan, sprite=self.sprite, detail=self.detail,
                progress=out.progress,
            )  # fmt: skip
        if problems:
            content.note(f"{plural(len(problems), 'image')} could not be read for VIKUS: {problems[0]}")


@OUTPUT_KINDS.register("fiftyone")
@dataclass(frozen=True)
class FiftyOne(AtlasOutput):
    """The map as a dataset of FiftyOne, which refers to the images where they are.

    `fiftyone.Dataset.from_dir("fiftyone", dataset_type=fiftyone.types.FiftyOneDataset)` imports it.

    References
    ----------
    Moore and Corso 2020, "FiftyOne", https://github.com/voxel51/fiftyone.
    """

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["fiftyone/samples.json"]

    def write(self, content: AtlasSource, out: OutputFiles) -> None:
        """Write `fiftyone/`."""
        samples = out.path("fiftyone", "fiftyone/samples.json", "download", "Dataset of FiftyOne")
        with atomic_folder(samples.parent, samples.name) as folder:
            exports.write_fiftyone(folder, content.data, content.layouts, title=content.plan)


def _cost_of_images(images: Sequence[tuple[int, int]], side: int) -> tuple[float, float]:
    pixels = pixels_of(images, side)
    return pixels * IMAGE_BYTES + 500 * len(images), pixels * IMAGE_S + 0.001 * len(images)


def _check_side(name: str, value: int, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not (value == 0 == least or 16 <= value <= 8192):
        zero = " or 0 for none" if least == 0 else ""
        raise ConfigError(f"{name}={value!r} must be a whole number of pixels from 16 to 8192{zero}")
