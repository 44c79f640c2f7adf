"""JPEG, written as its rows come: one baseline file, of up to 65,500 pixels a side, in little memory.

Rows of blocks are encoded one by one. Each is a restart interval of the file, so their codes are joined as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ...core import Progress, silent
from ...core.errors import ConfigError
from ...runtime.files import atomic
from .encoding import encoded
from .row_bands import Bands, checked

#: The longest side that libjpeg reads, in pixels.
LONGEST = 65_500
_START_OF_FRAME, _RESTARTS, _START_OF_SCAN = 0xC0, 0xDD, 0xDA


def write_big_jpeg(
    path: Path,
    rows: Iterable[np.ndarray],
    size: tuple[int, int],
    *,
    quality: int = 90,
    progress: Progress = silent,
) -> None:
    """Write an image as JPEG while its rows come.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    rows : iterable of ndarray of shape (h, width, 3)
        uint8, sRGB: the rows of the image from top to bottom, as many together as the source likes.
    size : (int, int)
        Width and height of the image in pixels.
    quality : int
        1 to 100.
    progress : callable
        `progress("jpeg", rows done, rows)`.

    Raises
    ------
    ConfigError
        When a side is longer than the format, as libjpeg reads it, allows.
    ValueError
        When the rows are not those of an image of the size.
    OSError
        When the file cannot be written.

    References
    ----------
    ITU-T Recommendation T.81 (1992), sections B.2 and E.1.4.
    """
    if max(size) > LONGEST:
        raise ConfigError(f"{path}: {size[0]} x {size[1]} px; a JPEG has at most {LONGEST:,} px a side: write .tif")
    with atomic(path) as unfinished, open(unfinished, "wb") as file:
        first = True
        for number, band in enumerate(_bands(rows, size, 16 if quality < 90 else 8, progress)):
            head, codes = _parts(encoded(band, quality))
            if first:
                file.write(_whole_head(head, size, 16 if quality < 90 else 8))
                first = False
            else:
                file.write(bytes((0xFF, 0xD0 + (number - 1) % 8)))
            file.write(codes)
        file.write(b"\xff\xd9")


def _bands(rows: Iterable[np.ndarray], size: tuple[int, int], height: int, progress: Progress) -> Iterator[np.ndarray]:
    bands, done = Bands(size, height), 0
    for each in checked(rows, size):
        yield from bands.add(each)
        progress("jpeg", done := done + len(each), size[1])


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment before the codes."""
    at = 2
    while True:
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        yield marker, at, at + 2 + length
        if marker == _START_OF_SCAN:
            return
        at += 2 + length


def _parts(content: bytes) -> tuple[bytes, bytes]:
    """Everything before the codes, and the codes, of a JPEG with one scan."""
    end = max(end for _, _, end in _segments(content))
    return content[:end], content[end : content.rindex(b"\xff\xd9")]


def _whole_head(head: bytes, size: tuple[int, int], block: int) -> bytes:
    """The head of a band, with the size of the whole image and a restart after each row of blocks."""
    found = bytearray(head[:2])
    for marker, start, end in _segments(head):
        segment = bytearray(head[start:end])
        if marker == _START_OF_FRAME:
            segment[5:9] = struct.pack(">HH", size[1], size[0])
        if marker == _START_OF_SCAN:
            found += struct.pack(">BBHH", 0xFF, _RESTARTS, 4, -(-size[0] // block))
        found += segment
    return bytes(found)
