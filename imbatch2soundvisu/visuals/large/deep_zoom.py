"""Deep Zoom: an image as a pyramid of tiles, which viewers load as they need them.

The format is that of Microsoft's Deep Zoom Composer, which OpenSeadragon and libvips read and write: `name.dzi` says
the sizes, `name_files/<level>/<column>_<row>.jpg` are the tiles. Level 0 is one pixel, each level is twice as large as
the one before, and the last is the image.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...core import Progress, silent
from .encoding import Encoding
from .row_bands import Bands, checked

_NAMESPACE = "http://schemas.microsoft.com/deepzoom/2008"
#: Rows of tiles of a level that wait for their encoding.
_MOST_WAITING = 2


@dataclass(frozen=True)
class DeepZoom:
    """What was written.

    Parameters
    ----------
    size : (int, int)
        Width and height of the image in pixels.
    tile, overlap : int
        Width and height of a tile without what overlaps, and the pixels that it has of each neighbour.
    levels, tiles, bytes : int
        Number of levels, of tiles, and of their bytes.
    """

    size: tuple[int, int]
    tile: int
    overlap: int
    levels: int
    tiles: int
    bytes: int


def level_sizes(size: tuple[int, int]) -> list[tuple[int, int]]:
    """Return width and height of each level of a pyramid, from 1 x 1 to the image.

    Examples
    --------
    >>> level_sizes((6, 3))
    [(1, 1), (2, 1), (3, 2), (6, 3)]
    """
    sizes = [size]
    while max(sizes[-1]) > 1:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    return sizes[::-1]


def write_deep_zoom(
    path: Path,
    rows: Iterable[np.ndarray],
    size: tuple[int, int],
    *,
    tile: tuple[int, int] = (254, 1),
    quality: int | Encoding = 85,
    threads: int = 2,
    progress: Progress = silent,
) -> DeepZoom:
    """Write an image as a Deep Zoom pyramid of tiles.

    One band of tiles of each level is in memory, about 2.7 MB for each 1,000 pixels of width.

    Parameters
    ----------
    path : Path
        `name.dzi`, in a folder that exists; the tiles are written beside it, to `name_files`. The DZI file is written
        last. Nothing is renamed: write into the folder of `runtime.folders.atomic_folder`.
    rows : iterable of ndarray of shape (h, width, 3)
        uint8, sRGB: the rows of the image from top to bottom, as many together as the source likes.
    size : (int, int)
        Width and height of the image in pixels.
    tile : (int, int)
        Width of a tile without what overlaps, and the overlap, in pixels.
    quality : int or Encoding
        Of JPEG tiles, 1 to 100; or a format with its quality.
    threads : int
        That encode tiles.
    progress : callable
        `progress("deep zoom", rows done, rows)`.

    Raises
    ------
    ValueError
        When the rows are not those of an image of the size.
    OSError
        When a tile cannot be written.

    References
    ----------
    .. [1] Microsoft, "Deep Zoom File Format Overview",
       https://learn.microsoft.com/previous-versions/windows/silverlight/dotnet-windows-silverlight/cc645077(v=vs.95)
    """
    sizes, done = level_sizes(size), 0
    encoding = quality if isinstance(quality, Encoding) else Encoding("jpeg", quality)
    with ThreadPoolExecutor(threads, thread_name_prefix="tiles") as pool:
        tiles = _Tiles(path.with_name(f"{path.stem}_files"), tile, encoding, pool)
        level: _Level | None = None
        for number, each in enumerate(sizes):
            level = _Level(number, each, level, tiles)
        assert level is not None
        try:
            for each_rows in checked(rows, size):
                level.add(each_rows)
                progress("deep zoom", done := done + len(each_rows), size[1])
            tiles.finish()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    path.write_text(dzi(size, tile, encoding.ending), encoding="utf-8", newline="\n")
    return DeepZoom(size, *tile, len(sizes), tiles.count, tiles.bytes)


def dzi(size: tuple[int, int], tile: tuple[int, int], ending: str = "jpg") -> str:
    """Return the content of the DZI file of a pyramid whose tiles have names of an ending."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Image xmlns="{_NAMESPACE}" Format="{ending}" Overlap="{tile[1]}" TileSize="{tile[0]}">\n'
        f'  <Size Width="{size[0]}" Height="{size[1]}"/>\n'
        "</Image>\n"
    )


class _Level:
    """One level: cuts the rows that come into tiles, and passes them on at half the size."""

    def __init__(self, number: int, size: tuple[int, int], smaller: _Level | None, tiles: _Tiles) -> None:
        self._number, self._size, self._smaller, self._tiles = number, size, smaller, tiles
        self._bands, self._band, self._seen = Bands(size, *tiles.tile), 0, 0
        self._odd: np.ndarray | None = None
        tiles.make_level(number)

    def add(self, rows: np.ndarray) -> None:
        for band in self._bands.add(rows):
            self._tiles.write(self._number, self._band, band, self._size[0])
            self._band += 1
        self._seen += len(rows)
        if self._smaller is not None:
            self._pass_on(rows, self._smaller)

    def _pass_on(self, rows: np.ndarray, smaller: _Level) -> None:
        if self._odd is not None:
            rows, odd = rows[1:], np.concatenate((self._odd, rows[:1]))
            self._odd = None
            smaller.add(halved(odd))
        even = len(rows) // 2 * 2
        if even:
            smaller.add(halved(rows[:even]))
        if even < len(rows):
            if self._seen == self._size[1]:
                smaller.add(halved(rows[even:]))
            else:
                self._odd = rows[even:].copy()


def halved(rgb: np.ndarray) -> np.ndarray:
    """Return an image at half the size: the mean of each 2 x 2 pixels; a last odd row or column counts twice.

    Examples
    --------
    >>> halved(np.arange(9, dtype=np.uint8).reshape(3, 3, 1).repeat(3, axis=2))[..., 0].tolist()
    [[2, 4], [7, 8]]
    """
    height, width = rgb.shape[:2]
    if height % 2 or width % 2:
        rgb = cv2.copyMakeBorder(rgb, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return cv2.resize(rgb, (rgb.shape[1] // 2, rgb.shape[0] // 2), interpolation=cv2.INTER_AREA)


class _Tiles:
    """Encodes and writes tiles in threads; the rows of tiles that wait are limited."""

    def __init__(self, folder: Path, tile: tuple[int, int], encoding: Encoding, pool: ThreadPoolExecutor) -> None:
        self.tile, self.count, self.bytes = tile, 0, 0
        self._folder, self._encoding, self._pool = folder, encoding, pool
        self._waiting: deque[list[Future[int]]] = deque()

    def make_level(self, number: int) -> None:
        (self._folder / str(number)).mkdir(parents=True)

    def write(self, level: int, row: int, band: np.ndarray, width: int) -> None:
        step, overlap = self.tile
        starts = range(0, width, step)
        jobs = []
        for column, start in enumerate(starts):
            pixels = band[:, max(0, start - overlap) : start + step + overlap]
            path = self._folder / str(level) / f"{column}_{row}.{self._encoding.ending}"
            jobs.append(self._pool.submit(self._write_one, path, pixels))
        self._waiting.append(jobs)
        while len(self._waiting) > _MOST_WAITING:
            self._wait_for(self._waiting.popleft())

    def finish(self) -> None:
        while self._waiting:
            self._wait_for(self._waiting.popleft())

    def _wait_for(self, jobs: list[Future[int]]) -> None:
        self.count += len(jobs)
        self.bytes += sum(job.result() for job in jobs)

    def _write_one(self, path: Path, pixels: np.ndarray) -> int:
        content = self._encoding.encode(pixels)
        path.write_bytes(content)
        return len(content)
