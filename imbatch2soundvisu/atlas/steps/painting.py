"""From cells of a grid to one image, and from an image to tiles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ... import config
from ...config import Settings
from ...core import Collection, ImageRecord, Progress, silent
from ...core.errors import ConfigError, ImageError
from ...core.text import plural
from ...datasets import discover
from ...runtime.files import atomic
from ...runtime.folders import atomic_folder
from ...runtime.ownership import guarding
from ...visuals.large import Encoding, write_deep_zoom
from ..cell_images import CellImages, cell_images
from ..grid_tables import PlaceTable, read_grid_csv, rows_of
from ..matrix import GridImage, check_matrix, items_of, width_and_height, write_matrix
from ..pyramids import Pyramid, write_pyramid
from .files import check_free, images_of

_ROWS = 256  # of an image that are read together


def grid_to_image(
    grid: str | Path,
    out: str | Path,
    *,
    images: str | Path | None = None,
    tile: str | tuple[int, int] = "128x128",
    size: str | tuple[int, int] | None = None,
    fit: str = "fill",
    progress: Progress = silent,
) -> list[str]:
    """Write one giant image of all images on their grid.

    Parameters
    ----------
    grid : str
        The CSV file of cells.
    out : str
        The image: .jpg up to 65,500 px a side, .tif of any size.
    images : str, optional
        A pattern in quotes, or a folder; the names in the file of cells when None.
    tile : str
        Width and height of an image in pixels.
    size : str, optional
        Columns and rows, such as "114x116"; as many as there are when None.
    fit : {"fill", "smart", "fit"}
        Crop an image to its middle, or around faces and what draws the eye, or show all of it.
    progress : callable
        `progress(stage, done, total)`.

    Returns
    -------
    list of str
        What was written, for display.
    """
    path = Path(out).expanduser()
    painted, lines = _grid_image(grid, images, tile, size, fit, progress, path)
    with guarding(path.parent):
        write_matrix(path, painted, progress=progress)
    return [f"Wrote {path}: {_described(painted)}", *lines]


def grid_to_tiles(
    grid: str | Path,
    out: str | Path,
    *,
    images: str | Path | None = None,
    tile: str | tuple[int, int] = "128x128",
    tile_size: int = 254,
    format: str = "jpeg",
    progress: Progress = silent,
) -> list[str]:
    """Write the tiles of a grid without the giant image; in a later call, only those that have changed.

    Parameters
    ----------
    grid : str
        The CSV file of cells.
    out : str
        A folder of its own, which gets map.dzi and map_files.
    images : str, optional
        A pattern in quotes, or a folder; the names in the file of cells when None.
    tile : str
        Width and height of an image in pixels.
    tile_size : int
        Width of a tile in pixels, without what overlaps.
    format : {"jpeg", "webp", "avif"}
        Of tiles.
    progress : callable
        `progress(stage, done, total)`.

    Returns
    -------
    list of str
        What was written, for display.
    """
    folder = Path(out).expanduser()
    pyramid = Pyramid(tile_size, encoding=Encoding(format))
    pyramid.check()
    painted, lines = _grid_image(grid, images, tile, None, "fill", progress)
    made = write_pyramid(folder / "map.dzi", painted, pyramid, progress=progress)
    what = f"{plural(made.tiles, 'tile')} on {plural(made.levels, 'level')}, {made.painted} painted now"
    return [f"Wrote {made.path}: {what}", *lines]


def image_to_tiles(
    image: str | Path,
    out: str | Path,
    *,
    tile_size: int = 128,
    overlap: int = 1,
    format: str = "jpeg",
    progress: Progress = silent,
) -> list[str]:
    """Write an image of any size as Deep Zoom tiles.

    Parameters
    ----------
    image : str
        The image. With pyvips, only a few rows of it are in memory.
    out : str
        The .dzi file; the tiles are beside it, in a folder that ends with _files.
    tile_size : int
        Width of a tile in pixels, without what overlaps.
    overlap : int
        Pixels that a tile has of each neighbour.
    format : {"jpeg", "webp", "avif"}
        Of tiles.
    progress : callable
        `progress(stage, done, total)`.

    Returns
    -------
    list of str
        What was written, for display.
    """
    path, source, encoding = Path(out).expanduser(), Path(image).expanduser(), Encoding(format)
    Pyramid(tile_size, overlap, encoding).check()
    if path.suffix.lower() != ".dzi":
        raise ConfigError(f"{path}: the ending must be .dzi")
    if not source.is_file():
        raise ConfigError(f"{source}: there is no such image; grid_to_image writes it")
    check_free(path)
    size, rows = _rows_of_image(source)
    files = path.with_name(f"{path.stem}_files")
    with guarding(path.parent):
        with atomic_folder(files, f"0/0_0.{encoding.ending}") as folder:
            inside = folder / "image.dzi"
            made = write_deep_zoom(inside, rows, size, tile=(tile_size, overlap), quality=encoding, progress=progress)
            text = inside.read_text(encoding="utf-8")
            inside.unlink()
            for level in (folder / "image_files").iterdir():
                os.replace(level, folder / level.name)
            (folder / "image_files").rmdir()
        with atomic(path) as partial:
            partial.write_text(text, encoding="utf-8", newline="\n")
    return [f"Wrote {path}: {size[0]} × {size[1]} px, {plural(made.tiles, 'tile')} on {plural(made.levels, 'level')}"]


def _described(image: GridImage) -> str:
    rows, columns = image.items.shape
    size = f"{image.size[0]} × {image.size[1]} px"
    return f"{size}, {plural(int((image.items >= 0).sum()), 'image')} on {columns} × {rows} cells"


def _rows_of_image(path: Path) -> tuple[tuple[int, int], Iterator[np.ndarray]]:
    """The size of an image, and its rows from top to bottom; by libvips, where it is installed, a few at a time."""
    try:
        import pyvips
    except (ImportError, OSError):
        from ...datasets.images import open_image

        pixels = open_image(path)
        return (pixels.shape[1], pixels.shape[0]), iter([pixels])
    try:
        opened = pyvips.Image.new_from_file(str(path), access="sequential")
        if opened.get("vips-loader") in ("csvload", "matrixload"):
            raise ImageError(f"{path}: is a table, not an image", lasting=True)
        image = opened.colourspace("srgb")
        image = image.flatten() if image.hasalpha() else image
        image = image.cast("uchar")
    except pyvips.Error as error:
        raise ImageError(f"{path}: {str(error).splitlines()[0]}", lasting=True) from error

    def rows() -> Iterator[np.ndarray]:
        region = pyvips.Region.new(image)
        for top in range(0, image.height, _ROWS):
            height = min(_ROWS, image.height - top)
            found = region.fetch(0, top, image.width, height)
            yield np.frombuffer(found, np.uint8).reshape(height, image.width, image.bands)[..., :3]

    return (image.width, image.height), rows()


def _grid_image(
    grid: str | Path, images: str | Path | None, tile: str | tuple[int, int], size: str | tuple[int, int] | None,
    fit: str, progress: Progress, path: Path | None = None,
) -> tuple[GridImage, list[str]]:  # fmt: skip
    """The image of a grid, and lines about images that could not be used; `path` is checked before any work."""
    settings, shape = config.resolve(), None if size is None else width_and_height(size, "grid")
    pixels = width_and_height(tile)
    table = read_grid_csv(Path(grid).expanduser())
    if shape is None and table.names is None:
        table = PlaceTable(table.places - np.nanmin(table.places, axis=0), None)
    items = items_of(table.places, shape)
    if path is not None:
        check_matrix(path, (items.shape[1] * pixels[0], items.shape[0] * pixels[1]))
        check_free(path)
    records, rows = _images(table, images, Path(grid).expanduser(), settings, progress)
    found = cell_images(records, pixels, settings, fit=fit, progress=progress)
    without = int((rows < 0).sum())
    lines = [f"  {plural(without, 'cell')} without an image: grey"] if without else []
    lines += [f"  grey, cannot be read: {each}" for each in found.problems[:5]]
    return GridImage(items, _in_order(found, rows)), lines


def _in_order(found: CellImages, rows: np.ndarray) -> CellImages:
    """The images of the rows of a table."""
    digests = (*found.digests, "no image")
    cells = np.append(found.rows, -1)
    return CellImages(
        found.rgb, found.alpha, cells[rows], tuple(digests[row] for row in rows), found.background, found.state
    )


def _images(
    table: PlaceTable, images: str | Path | None, grid: Path, settings: Settings, progress: Progress
) -> tuple[tuple[ImageRecord, ...], np.ndarray]:
    """Images, and which of them each row of a table is about, -1 for none."""
    if images is None and table.names is None:
        raise ConfigError(f'{grid} does not name the images: give them by -image "images/*.jpg"')
    if images is not None:
        collection = images_of(images, settings, progress)
        if table.names is None:
            if len(collection.records) != len(table.places):
                raise ConfigError(
                    f"{plural(len(collection.records), 'usable image')} of {str(images)!r} for "
                    f"{plural(len(table.places), 'row')} of {grid} without names"
                )
            return collection.records, np.arange(len(table.places))
    else:
        collection = _named(table.names or (), grid, settings, progress)
    names = [Path(record.path).absolute().as_posix() for record in collection.records]
    return collection.records, rows_of(names, table.names or (), str(images or grid))


def _named(names: tuple[str, ...], grid: Path, settings: Settings, progress: Progress) -> Collection:
    """The images that a table names, by their paths or beside it."""
    paths = [Path(name) if Path(name).exists() else grid.parent / name for name in names]
    there = [path for path in paths if path.is_file()]
    if not there:
        raise ConfigError(f"{grid}: {names[0]!r} and its other images are not there: give them by -image")
    return discover(there, settings=settings, progress=progress)
