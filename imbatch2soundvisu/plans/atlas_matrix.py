"""Outputs that paint a grid: the giant image, and its pyramid for zooming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..atlas.cell_images import FITS, cell_images
from ..atlas.iiif import HERE
from ..atlas.layouts import Layout
from ..atlas.matrix import GridImage, items_of, width_and_height, write_matrix
from ..atlas.pyramids import Pyramid as Tiles
from ..atlas.pyramids import Written, write_pyramid
from ..config import Settings
from ..core.errors import ConfigError, unknown
from ..core.text import plural
from ..visuals.large import Encoding
from ..visuals.large.big_jpeg import LONGEST
from .atlas_outputs import AtlasOutput, AtlasSource
from .mosaic_outputs import check_quality
from .protocols import OutputFiles
from .registry import OUTPUT_KINDS

_CELL_S = 0.005  # to read an image at the size of a cell
#: Of each format of tiles: bytes of a pixel of the image at the usual quality, with all levels, and seconds of one.
_TILES = {"jpeg": (0.42, 2e-8), "webp": (0.31, 1.2e-7), "avif": (0.30, 2.8e-7)}
#: Formats of the giant image; "auto" is JPEG up to 65,500 px a side, else TIFF.
MATRIX_FORMATS = {"auto": "", "jpeg": "matrix.jpg", "tiff": "matrix.tif"}


@dataclass(frozen=True)
class GridOutput(AtlasOutput):
    """What outputs that paint a grid share.

    Parameters
    ----------
    tile : (int, int) or str, optional
        Width and height of an image in pixels, such as "128x128"; that of the plan when None.
    fit : {"fill", "smart", "fit"}
        Crop an image to its middle, or around faces and what draws the eye, or show all of it on the background.
    layout : str, optional
        Name of a layout in which images are in cells, such as "timeline by year"; the first one when None.
    """

    tile: str | tuple[int, int] | None = None
    fit: str = "fill"
    layout: str | None = None

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for values that are not possible."""
        if self.tile is not None:
            width_and_height(self.tile)
        if self.fit not in FITS:
            raise unknown("fit", self.fit, FITS)

    def _image(self, content: AtlasSource, out: OutputFiles) -> GridImage:
        layout = self._layout(content)
        tile = content.tile if self.tile is None else width_and_height(self.tile)
        size = layout.frame.get("size")
        items = items_of(layout.points, None if size is None else (size[0], size[1]))
        records = content.data.table.records
        cells = cell_images(records, tile, out.settings, fit=self.fit, cache=out.settings.cache, progress=out.progress)
        if cells.problems:
            grey = f"{plural(len(cells.problems), 'image')} could not be read, grey in the grid: {cells.problems[0]}"
            content.note(grey)
        return GridImage(items, cells)

    def _layout(self, content: AtlasSource) -> Layout:
        cells = {layout.name: layout for layout in content.layouts if layout.spaced}
        if not cells:
            raise ConfigError("no layout has images in cells: give grid=True, or a timeline in layouts=")
        if self.layout is None:
            return next(iter(cells.values()))
        if self.layout not in cells:
            raise unknown("layout with cells", self.layout, cells)
        return cells[self.layout]


@OUTPUT_KINDS.register("matrix")
@dataclass(frozen=True)
class Matrix(GridOutput):
    """The grid as one giant image, `matrix.jpg` or `matrix.tif`, written row by row in little memory.

    Parameters
    ----------
    tile : (int, int) or str, optional
        Width and height of an image in pixels, such as "128x128"; that of the plan when None.
    fit : {"fill", "smart", "fit"}
        Crop an image to its middle, or around faces and what draws the eye, or show all of it on the background.
    layout : str, optional
        Name of a layout in which images are in cells, such as "timeline by year"; the first one when None.
    format : {"auto", "jpeg", "tiff"}
        JPEG has at most 65,500 px a side, TIFF any size; "auto" is JPEG where that is enough.
    quality : int
        Of JPEG, in TIFF too, from 1 to 100.
    """

    format: str = "auto"
    quality: int = 90

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for values that are not possible."""
        super().check(settings)
        if self.format not in MATRIX_FORMATS:
            raise unknown("format", self.format, MATRIX_FORMATS)
        check_quality(self.quality)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return [name for kind, name in MATRIX_FORMATS.items() if name and self.format in ("auto", kind)]

    def cost(self, images: Sequence[tuple[int, int]], grid: tuple[int, int]) -> tuple[float, float]:
        """Return bytes and seconds, roughly, from the sizes of the images and of the image of a grid in pixels."""
        pixels = grid[0] * grid[1]
        return pixels * 0.31 * _finer(self.quality, 85), pixels * 1e-8 + len(images) * _CELL_S

    def write(self, content: Any, out: OutputFiles) -> None:
        """Write the image."""
        image = self._image(content, out)
        auto = "jpeg" if max(image.size) <= LONGEST else "tiff"
        name = MATRIX_FORMATS[auto if self.format == "auto" else self.format]
        label = f"Grid as one image ({image.size[0]} × {image.size[1]} px)"
        path = out.path("matrix" if name.endswith("jpg") else "matrix_tiff", name, "download", label)
        write_matrix(path, image, quality=self.quality, progress=out.progress)


@OUTPUT_KINDS.register("pyramid")
@dataclass(frozen=True)
class Pyramid(GridOutput):
    """The grid as a Deep Zoom pyramid, `deep-zoom/map.dzi`, for OpenSeadragon and other viewers.

    In the next run, only tiles that show a new or changed image are painted again.

    Parameters
    ----------
    tile : (int, int) or str, optional
        Width and height of an image in pixels, such as "128x128"; that of the plan when None.
    fit : {"fill", "smart", "fit"}
        Crop an image to its middle, or around faces and what draws the eye, or show all of it on the background.
    layout : str, optional
        Name of a layout in which images are in cells, such as "timeline by year"; the first one when None.
    tile_size, overlap : int
        Width of a tile of the pyramid without what overlaps, and the overlap, in pixels.
    format : {"jpeg", "webp", "avif"}
        Of the tiles.
    quality : int, optional
        Of the tiles, from 1 to 100; a usual one of the format when None.
    iiif : bool or str
        Write an IIIF image of level 0 (`iiif/info.json`), too; as a text, the address that the folder will have on the
        web, which most viewers need. True leaves it open, for viewers that put in where they found it.
    """

    tile_size: int = 254
    overlap: int = 1
    format: str = "jpeg"
    quality: int | None = None
    iiif: bool | str = False

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for values that are not possible."""
        super().check(settings)
        self._tiles.check()
        if not isinstance(self.iiif, bool | str):
            raise ConfigError(f"iiif={self.iiif!r} must be True, False or the address of the folder on the web")
        if self.iiif:
            self._iiif_tiles.check()

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        return ["deep-zoom/map.dzi", *(["iiif/info.json"] if self.iiif else [])]

    def cost(self, images: Sequence[tuple[int, int]], grid: tuple[int, int]) -> tuple[float, float]:
        """Return bytes and seconds, roughly, from the sizes of the images and of the image of a grid in pixels."""
        pixels, (size, seconds) = grid[0] * grid[1] * (2 if self.iiif else 1), _TILES[self.format]
        size *= _finer(self._tiles.encoding.used_quality, Encoding(self.format).used_quality)
        return pixels * size, pixels * seconds + len(images) * _CELL_S

    def write(self, content: Any, out: OutputFiles) -> None:
        """Write the folder `deep-zoom`, and `iiif` where it is asked for."""
        image = self._image(content, out)
        threads = min(2, out.settings.jobs or 2)
        path = out.path("pyramid", "deep-zoom/map.dzi", "download", "Deep Zoom image")
        made = write_pyramid(path, image, self._tiles, threads=threads, progress=out.progress)
        described = {"deep zoom": _account(made)}
        if self.iiif:
            path = out.path("iiif", "iiif/info.json", "download", "IIIF image")
            image.forget(1 << 30)
            made = write_pyramid(path, image, self._iiif_tiles, threads=threads, progress=out.progress)
            described["IIIF"] = _account(made)
        out.describe(pyramids=described)

    @property
    def _tiles(self) -> Tiles:
        return Tiles(self.tile_size, self.overlap, Encoding(self.format, self.quality))

    @property
    def _iiif_tiles(self) -> Tiles:
        address = self.iiif if isinstance(self.iiif, str) else HERE
        return Tiles(self.tile_size + 2 * self.overlap, 0, self._tiles.encoding, address)


def _finer(quality: int, usual: int) -> float:
    """How many times larger a file is than at the usual quality, roughly."""
    return (105 - usual) / (105 - quality)


def _account(made: Written) -> dict[str, Any]:
    """A pyramid in `run.json`."""
    return {
        "size": made.size, "levels": made.levels, "tiles": made.tiles, "painted": made.painted,
        "summary": f"{plural(made.tiles, 'tile')}, {made.painted} painted now",
    }  # fmt: skip
