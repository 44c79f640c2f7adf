"""Outputs of mosaics for print and for zooming: large TIFF files, pages, and the placements of the tiles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import Settings
from ..core import ImageRecord
from ..core.errors import ConfigError, unknown
from .mosaic_outputs import MosaicOutput, check_quality
from .output_checks import check_whole
from .protocols import OutputFiles
from .registry import OUTPUT_KINDS

#: Compressions of a TIFF file.
COMPRESSIONS = ("jpeg", "deflate")
#: The folder of the page.
PAGE = "mosaic-page"
#: The width of a tile on the page in pixels, and the most megapixels of the page, if nothing is set.
PAGE_TILE_PX = 96


@OUTPUT_KINDS.register("placements")
@dataclass(frozen=True)
class Placements(MosaicOutput):
    """Which image is where in the mosaic, as CSV and JSON; the mosaic is painted again from it, at any size."""

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["placements.csv", "placements.json"]

    def draft(self) -> None:
        """Return nothing: a draft has no placements."""

    def cost(self, width: int, height: int) -> tuple[float, float]:
        """Return bytes and seconds, roughly, for a mosaic of the given size."""
        return 1_000_000, 0.5

    def write(self, content: Any, out: OutputFiles) -> None:
        """Write `placements.csv` and `placements.json`."""
        from ..mosaic.painting.placements import write_placements

        target = _file_of(content.target.source)
        for kind, name, viewer, label in (
            ("placements", "placements.csv", "table", "Placements of the tiles"),
            ("placements_json", "placements.json", "download", "Placements (JSON)"),
        ):
            write_placements(out.path(kind, name, viewer, label), content.mosaic, target)


@OUTPUT_KINDS.register("big-tiff")
@dataclass(frozen=True)
class BigTiff(MosaicOutput):
    """The mosaic as a TIFF file for print, of any size: it is written strip by strip.

    Parameters
    ----------
    width : int, optional
        In pixels; None: as large as `enlarge` or `tile_px` of the plan say. Photos are decoded at the size that this
        needs.
    dpi : float
        Pixels per inch: they give the size of a print.
    compression : {"jpeg", "deflate"}
        Small, or exact.
    quality : int
        Of JPEG, from 1 to 100.
    """

    width: int | None = None
    dpi: float = 300
    compression: str = "jpeg"
    quality: int = 92

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for values that are not possible."""
        if self.width is not None:
            check_whole("BigTiff(width)", self.width, 16)
        if isinstance(self.dpi, bool) or not isinstance(self.dpi, int | float) or not 1 <= self.dpi <= 10_000:
            raise ConfigError(f"dpi={self.dpi!r} must be a number from 1 to 10000")
        if self.compression not in COMPRESSIONS:
            raise unknown("compression", self.compression, COMPRESSIONS)
        check_quality(self.quality)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["mosaic.tif"]

    def draft(self) -> None:
        """Return nothing: a draft has no large files."""

    def cost(self, width: int, height: int) -> tuple[float, float]:
        """Return bytes and seconds, roughly, for a mosaic of the given size."""
        scale = 1 if self.width is None else (self.width / width) ** 2
        pixels = width * height * scale
        return pixels * (2.2 if self.compression == "deflate" else 0.6), pixels * 8e-8 + 1

    def write(self, content: Any, out: OutputFiles) -> None:
        """Write `mosaic.tif`."""
        from ..mosaic.painting.posters import factor_of, write_tiff

        poster = write_tiff(
            out.path("tiff", "mosaic.tif", "download", "Mosaic for print (TIFF)"), content.mosaic,
            factor_of(content.mosaic, None, self.width),
            dpi=self.dpi, compression=self.compression, quality=self.quality, progress=out.progress,
        )  # fmt: skip
        if poster.problems:
            out.describe(lines=list(poster.problems))


@OUTPUT_KINDS.register("zoom-page")
@dataclass(frozen=True)
class ZoomPage(MosaicOutput):
    """A page that zooms into the mosaic, where each tile shows its photo and its name; it opens from the disk.

    Parameters
    ----------
    tile_px : int
        The width of a tile in pixels when the page is zoomed in.
    megapixels : float
        At most so many, whatever `tile_px` says.
    quality : int
        Of the JPEG files, from 1 to 100.
    """

    tile_px: int = PAGE_TILE_PX
    megapixels: float = 100.0
    quality: int = 85

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for values that are not possible."""
        check_whole("ZoomPage(tile_px)", self.tile_px, 8)
        number = self.megapixels
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0.1 <= number <= 10_000:
            raise ConfigError(f"megapixels={number!r} must be a number from 0.1 to 10000")
        check_quality(self.quality)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return [f"{PAGE}/index.html"]

    def draft(self) -> None:
        """Return nothing: a draft has no page."""

    def cost(self, width: int, height: int) -> tuple[float, float]:
        """Return bytes and seconds, roughly, for a mosaic of the given size."""
        pixels = min(self.megapixels * 1e6, 4.0 * width * height)
        return pixels * 0.5, pixels * 1.5e-7 + 3

    def write(self, content: Any, out: OutputFiles) -> None:
        """Write the folder of the page."""
        from ..mosaic.page import write_page

        made = content.mosaic
        width, height = made.cells.canvas[2:]
        factor = min(self.tile_px / made.cells.tile_size[0], (self.megapixels * 1e6 / (width * height)) ** 0.5)
        path = out.path("page", f"{PAGE}/index.html", "page", "Zoom into the mosaic")
        poster = write_page(
            path.parent, made, factor, title=content.plan, quality=self.quality, settings=out.settings,
            progress=out.progress,
        )  # fmt: skip
        if poster.problems:
            out.describe(lines=list(poster.problems))


def _file_of(source: Any) -> Path | None:
    return source.path if isinstance(source, ImageRecord) else source if isinstance(source, Path) else None
