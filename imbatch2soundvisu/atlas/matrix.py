"""The giant image of a grid: one row of cells after the other, or any part of it at any level of a pyramid.

A level is half as large as the one before. Where a cell has a whole number of pixels at a level, the level is painted
from images reduced to that size; the few small levels below are reduced from the last of these. Either way, each pixel
is the mean of 2 x 2 pixels of the level before, without the whole image ever being in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..core import Progress, silent
from ..core.errors import ConfigError
from ..runtime.buffers import mapped, release
from ..visuals.large import write_big_jpeg, write_big_tiff
from ..visuals.large.big_jpeg import LONGEST
from ..visuals.large.deep_zoom import halved
from .cell_images import CellImages

Box = tuple[int, int, int, int]
_SOME = 256  # images that are reduced together
_IN_MEMORY = 64 << 20  # bytes of reduced images; more are in a temporary file
_ROWS = 512  # of a level, reduced together
#: Cells that a grid may have, with the empty ones.
MOST_CELLS = 50_000_000
#: Endings of file names of a matrix.
ENDINGS = (".jpg", ".jpeg", ".tif", ".tiff")


def width_and_height(text: str | tuple[int, int], what: str = "tile") -> tuple[int, int]:
    """Return width and height from "128x128", or from a pair of whole numbers.

    Raises
    ------
    ConfigError
        For anything else.

    Examples
    --------
    >>> width_and_height("114x116"), width_and_height((128, 96))
    ((114, 116), (128, 96))
    """
    sides = text.lower().replace("×", "x").split("x") if isinstance(text, str) else text
    try:
        width, height = (int(side) for side in sides)
    except (TypeError, ValueError):
        width = height = 0
    if min(width, height) < 1 or any(isinstance(side, bool | float) for side in sides):
        raise ConfigError(f'{what}={text!r} must be a width and a height, such as "128x128"')
    return width, height


@dataclass
class GridImage:
    """The image of a grid, of which parts are painted when they are asked for.

    Parameters
    ----------
    items : ndarray of shape (rows, columns)
        int64: the image of each cell, -1 for empty ones.
    cells : CellImages
        The images.

    Examples
    --------
    >>> black = CellImages(np.zeros((1, 4, 6, 3), np.uint8), None, np.zeros(1, int), ("a",), (255, 255, 255))
    >>> image = GridImage(np.array([[0, -1]]), black)
    >>> image.size, image.part(0, (5, 0, 7, 1)).tolist(), image.part(1, (0, 0, 6, 1))[0, :, 0].tolist()
    ((12, 4), [[[0, 0, 0], [255, 255, 255]]], [0, 0, 0, 255, 255, 255])
    """

    items: np.ndarray
    cells: CellImages
    _levels: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.items.shape[1] * self.cells.size[0], self.items.shape[0] * self.cells.size[1]

    def level_size(self, level: int) -> tuple[int, int]:
        """Return width and height of a level in pixels; level 0 is the whole image, and 1 is half as large."""
        return _halves(self.size[0], level), _halves(self.size[1], level)

    def rows(self) -> Iterator[np.ndarray]:
        """Yield the rows of the image, (height of a cell, width, 3) uint8, one row of cells after the other."""
        for row in self.items:
            yield _joined(self.cells.at(row[None]))
            self.cells.release()

    def part(self, level: int, box: Box) -> np.ndarray:
        """Return a part of a level, (h, w, 3) uint8.

        Parameters
        ----------
        level : int
            0 is the whole image.
        box : (int, int, int, int)
            Left, top, right and bottom in pixels of the level.
        """
        left, top, right, bottom = box
        if not self._has_whole_cells(level):
            return self.prepared(level)[top:bottom, left:right]
        width, height = self.cells.size[0] >> level, self.cells.size[1] >> level
        column, row = left // width, top // height
        images = self.items[row : -(-bottom // height), column : -(-right // width)]
        block = self.cells.at(images) if level == 0 else self.prepared(level)[images]
        x, y = column * width, row * height
        return np.ascontiguousarray(_joined(block)[top - y : bottom - y, left - x : right - x])

    def prepared(self, level: int) -> np.ndarray:
        """Return what a level above 0 is painted from: its reduced images, the last for empty cells, or its pixels."""
        if level not in self._levels:
            whole_cells = self._has_whole_cells(level)
            if level > 1:
                self.prepared(level - 1)
            self._levels[level] = self._reduced_images(level) if whole_cells else self._reduced_level(level)
        return self._levels[level]

    def forget(self, level: int) -> None:
        """Free the memory of the levels before a level: they are not needed any more."""
        self._levels = {number: pixels for number, pixels in self._levels.items() if number >= level}

    def _has_whole_cells(self, level: int) -> bool:
        return not any(side % (1 << level) for side in self.cells.size)

    def _reduced_images(self, level: int) -> np.ndarray:
        width, height = self.cells.size[0] >> level, self.cells.size[1] >> level
        count = len(self.cells) + 1
        found = _array((count, height, width, 3))
        for start in range(0, count, _SOME):
            images = np.arange(start, min(start + _SOME, count))
            images[images == count - 1] = -1
            source = self.cells.at(images) if level == 1 else self._levels[level - 1][images]
            stacked = np.ascontiguousarray(source).reshape(-1, *source.shape[2:])
            found[start : start + len(images)] = halved(stacked).reshape(len(images), height, width, 3)
            self.cells.release()
            release(found)
        return found

    def _reduced_level(self, level: int) -> np.ndarray:
        (width, height), (wide, high) = self.level_size(level), self.level_size(level - 1)
        found = _array((height, width, 3))
        for top in range(0, height, _ROWS):
            part = self.part(level - 1, (0, 2 * top, wide, min(high, 2 * (top + _ROWS))))
            found[top : top + _ROWS] = halved(part)
            self.cells.release()
            release(found)
        return found


def _halves(side: int, level: int) -> int:
    return -(-side // (1 << level))


def _array(shape: tuple[int, ...]) -> np.ndarray:
    if int(np.prod(shape)) <= _IN_MEMORY:
        return np.empty(shape, np.uint8)
    return mapped(shape, np.uint8, "tiles")


def _joined(block: np.ndarray) -> np.ndarray:
    """Cells, (rows, columns, h, w, 3), side by side."""
    rows, columns, height, width, _ = block.shape
    return block.swapaxes(1, 2).reshape(rows * height, columns * width, 3)


def items_of(points: np.ndarray, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Return which image is in each cell, from the column and row of each image.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Whole numbers; NaN for images without a cell. Without a shape, the least column and row are the first.
    shape : (int, int), optional
        Columns and rows.

    Returns
    -------
    ndarray of shape (rows, columns)
        int64, -1 for empty cells.

    Raises
    ------
    ConfigError
        For places that are no cells, two images in one cell, cells outside the shape, and more than 50 million cells.

    Examples
    --------
    >>> items_of(np.array([[2.0, 5], [0, 5], [np.nan, np.nan]])).tolist()
    [[1, -1, 0]]
    """
    placed = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(placed):
        raise ConfigError("no image has a cell")
    cells = np.rint(points[placed]).astype(np.int64)
    if np.abs(points[placed] - cells).max() > 1e-6:
        raise ConfigError("images are not in cells: the columns and rows must be whole numbers")
    if shape is None:
        cells = cells - cells.min(axis=0)
        shape = tuple((cells.max(axis=0) + 1).tolist())
    if cells.min() < 0 or (cells >= np.array(shape)).any():
        most = cells.max(axis=0) + 1
        raise ConfigError(f"cells reach {most[0]} x {most[1]} but the grid is {shape[0]} x {shape[1]}")
    if shape[0] * shape[1] > MOST_CELLS:
        raise ConfigError(f"{shape[0]} x {shape[1]} cells are more than {MOST_CELLS:,}: are the places in pixels?")
    items = np.full((shape[1], shape[0]), -1, np.int64)
    items[cells[:, 1], cells[:, 0]] = placed
    if int((items >= 0).sum()) < len(placed):
        raise ConfigError(f"{len(placed) - int((items >= 0).sum())} cells have more than one image")
    return items


def write_matrix(path: Path, image: GridImage, *, quality: int = 90, progress: Progress = silent) -> None:
    """Write the image of a grid as JPEG or TIFF, one row of cells after the other.

    Parameters
    ----------
    path : Path
        `.jpg` up to 65,500 px a side, or `.tif` of any size (BigTIFF above 3 GB of pixels, in tiles of JPEG).
    image : GridImage
        The image.
    quality : int
        Of JPEG, 1 to 100.
    progress : callable
        `progress(stage, rows done, rows)`.

    Raises
    ------
    ConfigError
        For another ending, or an image that is too large for JPEG.
    OSError
        When the file cannot be written.
    """
    check_matrix(path, image.size)
    write = write_big_jpeg if path.suffix.lower() in ENDINGS[:2] else write_big_tiff
    write(path, image.rows(), image.size, quality=quality, progress=progress)


def check_matrix(path: Path, size: tuple[int, int]) -> None:
    """Raise ConfigError where an image of a size cannot be written to a file of this name."""
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(f"{path}: the ending must be one of {', '.join(ENDINGS)}")
    if path.suffix.lower() in ENDINGS[:2] and max(size) > LONGEST:
        raise ConfigError(
            f"{path}: {size[0]} x {size[1]} px; a JPEG has at most {LONGEST:,} px a side: write .tif, or smaller tiles"
        )
