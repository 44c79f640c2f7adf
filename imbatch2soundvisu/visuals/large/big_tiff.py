"""BigTIFF: one file of any size, in tiles, as printers, image editors and libvips read it."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from ...core import Progress, silent
from ...core.errors import unknown
from ...runtime.files import atomic
from .encoding import encoded
from .row_bands import Bands, checked
from .tiff_tags import TiffFormat, image_tags

#: How tiles are compressed: "jpeg" is small, "deflate" is exact.
COMPRESSIONS = ("jpeg", "deflate")
_TILE = 512
#: Rows of tiles that wait for their encoding.
_MOST_WAITING = 2
#: Images of more bytes have 64-bit offsets; more programs read the files without.
_MOST_CLASSIC_BYTES = 3 << 30


def write_big_tiff(
    path: Path,
    rows: Iterable[np.ndarray],
    size: tuple[int, int],
    *,
    dpi: float = 300,
    compression: str = "jpeg",
    quality: int = 92,
    progress: Progress = silent,
) -> None:
    """Write an image as TIFF in tiles, with 64-bit offsets where its pixels are more than 3 GB.

    A few bands of 512 rows are in memory.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    rows : iterable of ndarray of shape (h, width, 3)
        uint8, sRGB: the rows of the image from top to bottom, as many together as the source likes.
    size : (int, int)
        Width and height of the image in pixels.
    dpi : float
        Pixels per inch: they give the size of a print.
    compression : {"jpeg", "deflate"}
        Of the tiles.
    quality : int
        Of JPEG tiles, 1 to 100.
    progress : callable
        `progress("tiff", rows done, rows)`.

    Raises
    ------
    ConfigError
        For an unknown compression.
    ValueError
        When the rows are not those of an image of the size.
    OSError
        When the file cannot be written.

    References
    ----------
    .. [1] Adobe, "TIFF Revision 6.0", 1992.
    .. [2] "The BigTIFF File Format", https://libtiff.gitlab.io/libtiff/specification/bigtiff.html
    """
    if compression not in COMPRESSIONS:
        raise unknown("compression", compression, COMPRESSIONS)
    kind = TiffFormat(big=3 * size[0] * size[1] > _MOST_CLASSIC_BYTES)
    encode: Callable[[np.ndarray], bytes] = partial(encoded, quality=quality) if compression == "jpeg" else _deflated
    tags = image_tags(size, _TILE, dpi, quality if compression == "jpeg" else None)
    with (
        atomic(path) as unfinished,
        open(unfinished, "wb") as file,
        ThreadPoolExecutor(2, thread_name_prefix="tiff") as pool,
    ):
        file.write(kind.header(0))
        places = []
        for tile in _tiles(_bands(checked(rows, size), size, progress), encode, pool):
            places.append((file.tell(), len(tile)))
            file.write(tile)
        start = file.seek(file.tell() + file.tell() % 2)
        file.write(kind.directory(tags | kind.tile_tags(places), start))
        file.seek(0)
        file.write(kind.header(start))


def _bands(rows: Iterable[np.ndarray], size: tuple[int, int], progress: Progress) -> Iterator[np.ndarray]:
    bands, done = Bands(size, _TILE), 0
    for each in rows:
        yield from bands.add(each)
        progress("tiff", done := done + len(each), size[1])


def _tiles(
    bands: Iterable[np.ndarray], encode: Callable[[np.ndarray], bytes], pool: ThreadPoolExecutor
) -> Iterator[bytes]:
    """Encoded tiles in reading order."""
    waiting: deque[list[Future[bytes]]] = deque()
    for band in bands:
        waiting.append([pool.submit(_tile, band, left, encode) for left in range(0, band.shape[1], _TILE)])
        if len(waiting) > _MOST_WAITING:
            yield from (job.result() for job in waiting.popleft())
    for jobs in waiting:
        yield from (job.result() for job in jobs)


def _tile(band: np.ndarray, left: int, encode: Callable[[np.ndarray], bytes]) -> bytes:
    pixels = band[:, left : left + _TILE]
    missing = _TILE - pixels.shape[0], _TILE - pixels.shape[1]
    if any(missing):
        pixels = np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
    return encode(pixels)


def _deflated(pixels: np.ndarray) -> bytes:
    """Differences of pixels to those on their left, which TIFF calls predictor 2, deflated."""
    differences = pixels.copy()
    differences[:, 1:] -= pixels[:, :-1]
    return zlib.compress(differences.tobytes(), 6)
