"""Pyramids of tiles painted from the images of a grid: Deep Zoom, or IIIF. Only what has changed is painted again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..core import Progress, silent
from ..core.errors import ConfigError
from ..runtime.fingerprints import fingerprint
from ..runtime.folders import atomic_folder
from ..visuals.large import Encoding, dzi, level_sizes
from . import iiif
from .matrix import Box, GridImage

#: The file in a folder of tiles that says what each was painted from.
INDEX = "tiles.json"
_SIZE = 16  # bytes of a digest


@dataclass(frozen=True)
class Pyramid:
    """What tiles a pyramid has.

    Parameters
    ----------
    tile : int
        Width and height of a tile in pixels, without what overlaps.
    overlap : int
        Pixels that a tile has of each neighbour; 0 for IIIF.
    encoding : Encoding
        Of tiles.
    address : str, optional
        Where the folder will be on the web, or `iiif.HERE`: the tiles are those of an IIIF image, not of Deep Zoom.
    """

    tile: int = 254
    overlap: int = 1
    encoding: Encoding = field(default_factory=Encoding)
    address: str | None = None

    def check(self) -> None:
        """Raise ConfigError for values that are not possible."""
        for name, value, least in (("tile size", self.tile, 16), ("overlap", self.overlap, 0)):
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ConfigError(f"{name} {value!r} must be a whole number, at least {least}")
        if self.overlap >= self.tile:
            raise ConfigError(f"overlap {self.overlap} must be less than the size of a tile, {self.tile}")
        if self.address is not None:
            iiif.check_address(self.address)
        self.encoding.check()


@dataclass(frozen=True)
class Written:
    """What was written.

    Parameters
    ----------
    path : Path
        `name.dzi` or `info.json`.
    size : (int, int)
        Width and height of the image in pixels.
    levels, tiles, painted : int
        Number of levels, of tiles, and of those that were painted now; the others are as they were.
    """

    path: Path
    size: tuple[int, int]
    levels: int
    tiles: int
    painted: int


def write_pyramid(
    path: Path, image: GridImage, pyramid: Pyramid | None = None, *, threads: int = 2, progress: Progress = silent
) -> Written:
    """Write a folder with a pyramid of an image.

    A tile that is in the folder already, painted from the same images in the same places, is kept: as a hard link where
    the file system has them, else as a copy. The folder is replaced when all tiles are there.

    Parameters
    ----------
    path : Path
        `name.dzi`: its folder gets this file and `name_files/<level>/<column>_<row>.jpg`. `info.json`: its folder gets
        the tiles of an IIIF image. The folder has nothing else in it.
    image : GridImage
        The image.
    pyramid : Pyramid, optional
        The tiles.
    threads : int
        That paint and encode tiles.
    progress : callable
        `progress("pyramid", tiles done, tiles)`.

    Raises
    ------
    ConfigError
        For values that are not possible.
    NotOursError
        When the folder has files that this program did not write, or that were changed.
    OSError
        When a file cannot be written.
    """
    pyramid = pyramid or Pyramid()
    pyramid.check()
    if pyramid.address is not None and pyramid.overlap:
        raise ConfigError("tiles of an IIIF image have no overlap")
    state = _state(image, pyramid)
    levels = [image.level_size(level) for level in range(len(level_sizes(image.size)))]
    with atomic_folder(path.parent, path.name) as folder:
        before = _Before(path.parent, state)
        writing = _Writing(folder, _naming(path, image.size, pyramid, len(levels)), image, pyramid, before)
        total = sum(-(-width // pyramid.tile) * -(-height // pyramid.tile) for width, height in levels)
        with ThreadPoolExecutor(threads, thread_name_prefix="tiles") as pool:
            for level, size in enumerate(levels):
                for row in _rows_of_boxes(size, pyramid):
                    writing.write(level, row, pool)
                    progress("pyramid", len(writing.index), total)
                image.forget(level)
        _write_description(folder / path.name, image.size, levels, pyramid)
        text = json.dumps({"state": state, "tiles": writing.index}, separators=(",", ":"))
        (folder / INDEX).write_text(text, encoding="utf-8", newline="\n")
    return Written(path, image.size, len(levels), total, writing.painted)


def _write_description(path: Path, size: tuple[int, int], levels: list[tuple[int, int]], pyramid: Pyramid) -> None:
    ending = pyramid.encoding.ending
    if pyramid.address is None:
        text = dzi(size, (pyramid.tile, pyramid.overlap), ending)
    else:
        text = iiif.info(size, pyramid.tile, levels, pyramid.address, ending)
    path.write_text(text, encoding="utf-8", newline="\n")


def _state(image: GridImage, pyramid: Pyramid) -> str:
    """What all tiles depend on besides the images."""
    from PIL import __version__ as pillow

    encoding = pyramid.encoding
    parts = [image.cells.state, encoding.format, encoding.used_quality, pillow, fingerprint(GridImage, Encoding)]
    return hashlib.blake2b(repr(parts).encode(), digest_size=_SIZE).hexdigest()


def _naming(path: Path, size: tuple[int, int], pyramid: Pyramid, levels: int) -> Callable[[int, Box, int, int], str]:
    """A function from level, box, column and row to the path of a tile in the folder."""
    ending = pyramid.encoding.ending
    if pyramid.address is not None:
        return lambda level, box, column, row: iiif.tile_name(size, level, box, ending)
    return lambda level, box, column, row: f"{path.stem}_files/{levels - 1 - level}/{column}_{row}.{ending}"


def _rows_of_boxes(size: tuple[int, int], pyramid: Pyramid) -> Iterator[list[tuple[int, int, Box]]]:
    """Column, row and box of the tiles of a level, row by row."""
    step, overlap = pyramid.tile, pyramid.overlap
    edges = [
        [(max(0, start - overlap), min(side, start + step + overlap)) for start in range(0, side, step)]
        for side in size
    ]
    for row, (top, bottom) in enumerate(edges[1]):
        yield [(column, row, (left, top, right, bottom)) for column, (left, right) in enumerate(edges[0])]


class _Before:
    """The tiles that are in a folder, by what they were painted from."""

    def __init__(self, folder: Path, state: str) -> None:
        self._folder, self._paths = folder, dict[str, str]()
        try:
            found = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            if found["state"] == state:
                self._paths = {str(key): str(name) for name, key in found["tiles"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._paths = {}

    def put(self, key: str, path: Path) -> bool:
        """Link or copy a tile to a path. Returns whether there is one."""
        if key not in self._paths:
            return False
        source = self._folder / self._paths[key]
        try:
            try:
                os.link(source, path)
            except FileNotFoundError:
                return False
            except OSError:  # a file system without hard links
                shutil.copy2(source, path)
        except FileNotFoundError:
            return False
        return True


class _Writing:
    """Writes tiles, and remembers what each was painted from."""

    def __init__(
        self, folder: Path, name: Callable[[int, Box, int, int], str], image: GridImage, pyramid: Pyramid,
        before: _Before,
    ) -> None:  # fmt: skip
        self.index: dict[str, str] = {}
        self.painted = 0
        self._folder, self._name, self._image, self._pyramid, self._before = folder, name, image, pyramid, before
        self._digests = _digests(image)

    def write(self, level: int, boxes: list[tuple[int, int, Box]], pool: ThreadPoolExecutor) -> None:
        """Write one row of tiles."""
        todo: list[tuple[Path, Box]] = []
        for column, row, box in boxes:
            name, key = self._name(level, box, column, row), self._key(level, box)
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self.index[name] = key
            if not self._before.put(key, path):
                todo.append((path, box))
        if not todo:
            return
        if level:
            self._image.prepared(level)
        for _ in pool.map(lambda each: self._paint(level, *each), todo):
            self.painted += 1
        self._image.cells.release()

    def _paint(self, level: int, path: Path, box: Box) -> None:
        path.write_bytes(self._pyramid.encoding.encode(self._image.part(level, box)))

    def _key(self, level: int, box: Box) -> str:
        """A digest of the images that a tile shows, and where in it."""
        size, cell = self._image.size, self._image.cells.size
        left, top, right, bottom = (side << level for side in box)
        right, bottom = min(right, size[0]), min(bottom, size[1])
        column, row = left // cell[0], top // cell[1]
        shown = self._digests[row : -(-bottom // cell[1]), column : -(-right // cell[0])]
        x, y = column * cell[0], row * cell[1]
        place = level, shown.shape, left - x, top - y, right - x, bottom - y
        return hashlib.blake2b(repr(place).encode() + shown.tobytes(), digest_size=_SIZE).hexdigest()


def _digests(image: GridImage) -> np.ndarray:
    """A digest of what is in each cell, (rows, columns, 16) uint8; zeros for empty ones."""
    of_images = np.zeros((len(image.cells) + 1, _SIZE), np.uint8)
    for number, digest in enumerate(image.cells.digests):
        of_images[number] = np.frombuffer(hashlib.blake2b(digest.encode(), digest_size=_SIZE).digest(), np.uint8)
    return of_images[image.items]


def tiles_of(folder: Path) -> Mapping[str, str]:
    """Return {path: digest of what it was painted from} of the tiles of a folder that `write_pyramid` wrote."""
    tiles: dict[str, str] = json.loads((folder / INDEX).read_text(encoding="utf-8"))["tiles"]
    return tiles
