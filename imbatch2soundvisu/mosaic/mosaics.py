"""From a target and tiles to a mosaic."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .. import config
from ..config import Settings
from ..core import Progress, silent
from ..core.text import plural
from ..runtime.cache import Cache
from .colours.palette import colour_maps
from .fidelity import DISTANCE, Fidelity, fidelity_of, plain_options
from .layout.cells import Cells, lay_out
from .matching.assignment import assign
from .matching.vectors import cell_vectors, samples_of, tile_vectors
from .options import MosaicOptions, options_of
from .page import write_page
from .painting import posters
from .painting.placements import read_placements, write_placements
from .painting.strips import painted
from .placed_tiles import PlacedTiles
from .sources import records_of, target_of
from .tiles.codebook import Codebook, codebook_of

#: The most bytes of a codebook: tiles of posters are kept smaller than they are painted.
MOST_BYTES = 1 << 30


#: The widest mosaic in a notebook, in pixels.
_NOTEBOOK_PX = 960


@dataclass(frozen=True, repr=False)
class Mosaic(PlacedTiles):
    """A target with a tile in each of its cells, as an image."""

    def __repr__(self) -> str:
        width, height = self.size
        return f"<Mosaic: {plural(len(self.cells), 'tile')}, {width} × {height} px, from {self._images_used()}>"

    def _images_used(self) -> str:
        rows = self.codebook.rows
        return f"{len(np.unique(rows[self.chosen]))} of {plural(len(np.unique(rows)), 'image')}"

    def _repr_jpeg_(self) -> bytes:
        """The mosaic in a notebook, at most 960 pixels wide."""
        file = io.BytesIO()
        width = min(self.size[0], _NOTEBOOK_PX)
        Image.fromarray(self.pixels(posters.factor_of(self, None, width))).save(file, "JPEG", quality=90)
        return file.getvalue()

    def pixels(self, factor: float | None = None) -> np.ndarray:
        """Return the mosaic as (h, w, 3) uint8, `factor` times as large as the target; None: as the options say."""
        return painted(self, posters.factor_of(self, factor))

    def fidelity(self, distance: float = DISTANCE) -> Fidelity:
        """Return how close it is to its target, near and seen from `distance` widths of it, and how images are used."""
        best_match = _matched(self.target, self.cells, self.codebook, plain_options(self.options))
        return fidelity_of(self, best_match, distance)

    def save(self, path: str | Path, factor: float | None = None, *, width: int | None = None, **keywords: Any) -> Path:
        """Write the mosaic as an image of any size; the ending of the name says the format.

        Parameters
        ----------
        path : str or Path
            The file. `.tif` has no limit of size: it is written strip by strip.
        factor : float, optional
            How many times larger than the target.
        width : int, optional
            Instead, the width in pixels. With neither, what the options say.
        **keywords
            Those of Pillow for the format, such as `quality`; for TIFF, those of `posters.write_tiff`.
        """
        path = Path(path)
        posters.write_image(path, self, posters.factor_of(self, factor, width), **keywords)
        return path

    def save_deep_zoom(
        self, folder: str | Path, factor: float | None = None, *, width: int | None = None, quality: int = 85
    ) -> Path:
        """Write the mosaic as a Deep Zoom pyramid into a folder; see `posters.write_deep_zoom`."""
        folder = Path(folder)
        posters.write_deep_zoom(folder, self, posters.factor_of(self, factor, width), quality=quality)
        return folder

    def save_page(self, folder: str | Path, factor: float | None = None, *, title: str = "Mosaic") -> Path:
        """Write a page that zooms, where each tile shows its photo and its name; see `page.write_page`."""
        folder = Path(folder)
        write_page(folder, self, factor, title=title)
        return folder

    def save_placements(self, path: str | Path, target: str | Path | None = None) -> Path:
        """Write which image is where, as `.json` or `.csv`; `load_placements` reads it.

        Parameters
        ----------
        path : str or Path
            The file.
        target : str or Path, optional
            The file of the target: with it, a mosaic with `opacity` can be painted again.
        """
        write_placements(Path(path), self, None if target is None else Path(target))
        return Path(path)


def load_placements(
    path: str | Path, tiles: Any = None, *, settings: Settings | None = None, progress: Progress = silent
) -> Mosaic:
    """Return the mosaic of a placements file, to be painted at any size. Nothing is matched.

    The target need not be there, except for `opacity`. An image that is missing, or whose content has changed, is
    replaced by the colour of its cell; `codebook.problems` names it.

    Parameters
    ----------
    path : str or Path
        What `Mosaic.save_placements` wrote.
    tiles : str, Path, Collection or iterable of paths, optional
        Where images are that were moved or renamed; they are recognized by their content.
    settings : Settings, optional
        Formats, limits and cache; `config.resolve()` when None.
    progress : callable
        `progress("tiles", done, total)`.

    Raises
    ------
    ConfigError
        If the file is missing or is not one of placements.
    CollectionError
        If none of its images is there.

    Examples
    --------
    >>> from imbatch2soundvisu.mosaic import load_placements
    >>> load_placements("mosaic.json").save("poster.tif", width=20_000)  # doctest: +SKIP
    """
    made = read_placements(Path(path), tiles, settings=settings or config.resolve(), progress=progress)
    loaded = Mosaic(made.target, made.cells, made.codebook, made.chosen, made.options, recolour=made.recolour)
    loaded.__dict__["colours"] = made.colours
    return loaded


def make_mosaic(target: np.ndarray, codebook: Codebook, options: MosaicOptions) -> Mosaic:
    """Return the mosaic of a target with the tiles of a codebook.

    Parameters
    ----------
    target : ndarray of shape (h, w, 3)
        uint8, sRGB.
    codebook : Codebook
        The tiles.
    options : MosaicOptions
        How it is made.
    """
    codebook = codebook.with_variants(options.flip, options.rotate)
    return _matched(target, lay_out(target, options), codebook, options)


def _matched(target: np.ndarray, cells: Cells, codebook: Codebook, options: MosaicOptions) -> Mosaic:
    """The mosaic with the tiles of a codebook, as they are, in given cells."""
    samples = samples_of(cells.tile_size, options.detail)
    of_target, of_tiles = colour_maps(target, cells, codebook, options.palette)
    rows = cell_vectors(target, cells, samples, options, of_target)
    tiles = tile_vectors(codebook, samples, options, cells.shape, of_tiles)
    found = assign(rows, tiles, codebook.rows, cells, options)
    return Mosaic(target, cells, codebook, found.chosen, options, found, of_tiles)


def mosaic(
    target: Any,
    tiles: Any,
    *,
    settings: Settings | None = None,
    cache: Cache | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Mosaic:
    """Return the mosaic of an image, made of other images.

    Parameters
    ----------
    target : str, Path, ImageRecord or ndarray of shape (h, w, 3)
        The image that the mosaic shows.
    tiles : str, Path, Collection, FeatureTable, ImageSequence or iterable of paths
        The images that it is made of: a folder, a video, a list, or images that were found before.
    settings : Settings, optional
        Formats, limits and cache; `config.resolve()` when None.
    cache : Cache, optional
        Where tiles are kept between calls; None: the cache of `settings`.
    progress : callable
        `progress(stage, done, total)`.
    **options
        Those of `MosaicOptions`.

    Raises
    ------
    ConfigError
        For options that are not possible.
    CollectionError
        When no image can be used as a tile.
    ImageError
        When the target cannot be read.

    Examples
    --------
    >>> from imbatch2soundvisu.mosaic import mosaic
    >>> mosaic("portrait.jpg", "photos/", columns=80, tint=0.5).save("mosaic.jpg")  # doctest: +SKIP
    """
    chosen, settings = options_of(options), settings or config.resolve()
    chosen.check_options()
    pixels = target_of(target)
    size = chosen.painted_tile_size(pixels.shape[1], pixels.shape[0])
    return make_mosaic(pixels, tiles_of(tiles, size, chosen, settings, cache, progress), chosen)


def tiles_of(
    tiles: Any,
    size: tuple[int, int],
    options: MosaicOptions,
    settings: Settings,
    cache: Cache | None = None,
    progress: Progress = silent,
) -> Codebook:
    """Return images, in all the ways in which `mosaic` takes them, as tiles of (width, height) pixels.

    They are smaller where they would be more than `MOST_BYTES` together.

    Raises
    ------
    CollectionError
        When no image can be used as a tile.
    """
    with contextlib.ExitStack() as stack:
        kept = cache or stack.enter_context(Cache(settings.cache))
        images = records_of(tiles, settings, kept, progress)
        return codebook_of(
            images, _kept_size(size, len(images)), options.crop, settings=settings, cache=kept, progress=progress
        )


def _kept_size(size: tuple[int, int], images: int) -> tuple[int, int]:
    """The size of tiles in a codebook: smaller than they are painted, where it would be too large.

    Painting decodes again what it paints larger.
    """
    scale = (MOST_BYTES / (4 * max(1, images) * size[0] * size[1])) ** 0.5
    return size if scale >= 1 else (max(1, int(size[0] * scale)), max(1, int(size[1] * scale)))
