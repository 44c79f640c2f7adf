"""The outputs of an atlas: what is written, and how."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..atlas.data import AtlasData
from ..atlas.layouts import Layout
from ..atlas.viewer import MapPath
from ..config import Settings
from ..core.errors import ConfigError, unknown
from ..core.text import plural
from ..runtime.files import atomic
from ..runtime.folders import atomic_folder
from .protocols import Content, OutputFiles
from .registry import OUTPUT_KINDS


class AtlasSource(ABC):
    """The content of an atlas, as its outputs use it; see `atlas_content.AtlasContent`."""

    @property
    @abstractmethod
    def plan(self) -> str:
        """The plan's name."""

    @property
    @abstractmethod
    def data(self) -> AtlasData:
        """The images with their space, metadata and clusters."""

    @property
    @abstractmethod
    def layouts(self) -> Sequence[Layout]:
        """The layouts, in the order of the page."""

    @property
    @abstractmethod
    def tile(self) -> tuple[int, int]:
        """Width and height of an image in pixels, in the image of a grid."""

    @property
    @abstractmethod
    def paths(self) -> Sequence[MapPath]:
        """The sequences that are drawn over the map and played."""

    @abstractmethod
    def note(self, line: str) -> None:
        """Add a line about what was written to the result in `run.json`."""


#: Bytes of a pixel of an image that is seen from near, and seconds to write it; measured on photographs.
IMAGE_BYTES, IMAGE_S = 0.2, 3e-8
_SMALL_BYTES, _SMALL_S = 2_500, 0.002  # of an image's thumbnails, texts and values


#: Whether the page has files of the images.
ORIGINALS = ("copy", "link")


def pixels_of(images: Sequence[tuple[int, int]], long_side: int) -> float:
    """Return the number of pixels of images reduced to a long side; smaller ones are as they are.

    Examples
    --------
    >>> pixels_of([(200, 100), (50, 40)], 100)
    7000.0
    """
    return sum(width * height * min(1.0, long_side / max(width, height, 1)) ** 2 for width, height in images)


class AtlasOutput:
    """What outputs of an atlas share."""

    plan_kind: ClassVar[str] = "atlas"

    def cost(self, images: Sequence[tuple[int, int]], grid: tuple[int, int]) -> tuple[float, float]:
        """Return bytes and seconds, roughly, from the sizes of the images and of the image of a grid in pixels."""
        return 200 * len(images), 0.001 * len(images)

    def makes(self, content: Content) -> bool:
        """Whether this output applies: only to an atlas."""
        return isinstance(content, AtlasSource)


@OUTPUT_KINDS.register("atlas-page")
@dataclass(frozen=True)
class AtlasPage(AtlasOutput):
    """The map as a folder with a page that needs no server: zoom, layouts, filters, and sequences that play.

    The folder can be copied anywhere, and put on any web server. When it is written again, files of images that have
    not changed are kept.

    Parameters
    ----------
    long_side : int
        Of the file of each image that is shown from near, in pixels; smaller images are not enlarged.
    originals : str
        "copy": the folder has a file of each image and can be moved. "link": images are shown from where they are, and
        only those in formats that browsers do not show are copied; the folder works as long as neither it nor the
        images are moved, or both are moved together.
    """

    long_side: int = 1600
    originals: str = "copy"

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a size that is not possible."""
        if not isinstance(self.long_side, int) or isinstance(self.long_side, bool) or not 64 <= self.long_side <= 16384:
            raise ConfigError(f"AtlasPage(long_side={self.long_side!r}): a whole number of pixels from 64 to 16384")
        if self.originals not in ORIGINALS:
            raise unknown("originals", self.originals, ORIGINALS)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["map/index.html", "atlas-preview.jpg"]

    def cost(self, images: Sequence[tuple[int, int]], grid: tuple[int, int]) -> tuple[float, float]:
        """Return bytes and seconds, roughly, from the sizes of the images and of the image of a grid in pixels."""
        pixels = 0.0 if self.originals == "link" else pixels_of(images, self.long_side)
        return pixels * IMAGE_BYTES + len(images) * _SMALL_BYTES, pixels * IMAGE_S + len(images) * _SMALL_S

    def write(self, content: AtlasSource, out: OutputFiles) -> None:
        """Write `map/`, and its first layout as `atlas-preview.jpg`."""
        from ..atlas.viewer import ViewerOptions, write_viewer

        page = out.path("map", "map/index.html", "page", "Map")
        preview = out.path("atlas_preview", "atlas-preview.jpg", "image", "The map")
        with atomic(preview) as partial, atomic_folder(page.parent, page.name) as folder:
            linked_from = page.parent if self.originals == "link" else None
            options = ViewerOptions(partial, long_side=self.long_side, linked_from=linked_from, earlier=page.parent)
            problems = write_viewer(
                folder, content.data, content.layouts, title=content.plan, paths=content.paths,
                options=options, progress=out.progress,
            )  # fmt: skip
        content.note("The page needs its folder: copy or publish the whole folder map")
        if problems:
            content.note(f"{plural(len(problems), 'image')} of the map could not be read: {problems[0]}")


@OUTPUT_KINDS.register("atlas-tables")
@dataclass(frozen=True)
class AtlasTables(AtlasOutput):
    """The place of each image in each layout as `layouts.csv`, with its cluster."""

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["layouts.csv"]

    def write(self, content: AtlasSource, out: OutputFiles) -> None:
        """Write `layouts.csv`."""
        path = out.path("layouts", "layouts.csv", "table", "Layouts as a table")
        data, layouts = content.data, content.layouts
        clusters = data.keys("cluster") if data.clusters is not None else [""] * len(data)
        with atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["name", "cluster", *(f"{each.name} {axis}" for each in layouts for axis in "xy")])
            for i, record in enumerate(data.table.records):
                writer.writerow(
                    [record.name, clusters[i], *(_number(value) for each in layouts for value in each.points[i])]
                )


def _number(value: float) -> str:
    return f"{value:.9g}" if value == value else ""
