"""The pixels of large PNG files strip by strip, for images that are needed much smaller than they are.

A strip of rows is inflated, and decoded by Pillow as an image of its own below its last known row: PNG predicts each
row from the one above, and each byte from the one at the same place in the pixel to its left.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from PIL import Image

from .png_chunks import SIGNATURE

#: A strip has about so many pixels; it is held some six times while it is converted.
STRIP_PIXELS = 1_000_000
_PIECE = 1 << 16  # bytes that are read at a time
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_CARRIERS = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # modes in which pixels of so many bytes pass unchanged


@dataclass(frozen=True)
class _Layout:
    """How the pixels are stored: bits a sample, bits a pixel, bytes a row (without its filter)."""

    depth: int
    bits: int
    stride: int

    @property
    def halves(self) -> bool:
        """Whether only the high bytes of 16-bit samples are decoded: low bytes predict only low bytes."""
        return self.bits > 32


def reduced_png(image: Image.Image, factor: int, plain: Callable[[Image.Image], Image.Image]) -> Image.Image | None:
    """Return an opened PNG reduced by a whole factor, without ever holding all of its pixels.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened, not loaded; it stays so.
    factor : int
        So many rows and columns become one, by averaging; the last ones may be of fewer.
    plain : callable
        Converts a strip to a mode whose pixels can be averaged.

    Returns
    -------
    PIL.Image.Image or None
        None for interlaced and animated images, and for files with a fault.
    """
    file: Any = getattr(image, "fp", None)
    if file is None or image.format != "PNG" or getattr(image, "is_animated", False):
        return None
    position = file.tell()
    try:
        layout = _layout_of(file, image.size)
        if layout is None:
            return None
        rows = max(1, STRIP_PIXELS // image.width // factor) * factor
        return _joined((plain(strip).reduce(factor) for strip in _strips(image, file, layout, rows)), image, factor)
    except (EOFError, ValueError, zlib.error):
        return None
    finally:
        file.seek(position)


def _joined(parts: Iterator[Image.Image], image: Image.Image, factor: int) -> Image.Image:
    first = next(parts)
    whole, top = Image.new(first.mode, (first.width, -(-image.height // factor))), 0
    for part in itertools.chain([first], parts):
        whole.paste(part, (0, top))
        top += part.height
    return whole


def _layout_of(file: IO[bytes], size: tuple[int, int]) -> _Layout | None:
    """The layout, None where rows do not follow each other."""
    file.seek(len(SIGNATURE) + 8)
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", file.read(13))
    if interlaced or (width, height) != size or kind not in _CHANNELS:
        return None
    bits = depth * _CHANNELS[kind]
    return _Layout(depth, bits, (width * bits + 7) // 8)


def _strips(image: Image.Image, file: IO[bytes], layout: _Layout, rows: int) -> Iterator[Image.Image]:
    """The image in strips of so many rows; the last one may have fewer."""
    pieces = _pieces(file)
    inflated, above = _Inflated(pieces), b""
    for top in range(0, image.height, rows):
        count = min(rows, image.height - top)
        data = _unfiltered(inflated.read(count * (layout.stride + 1)), above, count, image.width, layout)
        above = data[len(data) - len(data) // count :]
        yield _strip(image, data, count, layout)
    for _ in pieces:  # their checksums are verified
        pass


def _unfiltered(filtered: bytes, above: bytes, rows: int, width: int, layout: _Layout) -> bytes:
    """The bytes of some rows, of which each is stored as a filter type and differences."""
    size = max(1, layout.bits // 8)
    if layout.halves:
        lines = np.frombuffer(filtered, np.uint8).reshape(rows, -1)
        filtered = np.concatenate([lines[:, :1], lines[:, 1::2]], axis=1).tobytes()
        size //= 2
    stride = len(filtered) // rows - 1
    known = b"\0" + (above or bytes(stride))
    pixels = Image.frombytes(
        _CARRIERS[size], (stride // size, rows + 1), zlib.compress(known + filtered, 0), "zip", _CARRIERS[size]
    )
    return pixels.crop((0, 1, pixels.width, rows + 1)).tobytes()


def _strip(image: Any, data: bytes, rows: int, layout: _Layout) -> Image.Image:
    raw_mode = image.mode if layout.halves else image.tile[0].args
    strip: Any = Image.frombytes(image.mode, (image.width, rows), data, "raw", raw_mode)
    strip.info = dict(image.info)
    if image.palette is not None:
        strip.palette = image.palette.copy()
    return strip  # type: ignore[no-any-return]


class _Inflated:
    """The inflated bytes of a file, of which only as many as are asked for are in memory."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._inflater = pieces, zlib.decompressobj()

    def read(self, count: int) -> bytes:
        """Return exactly so many bytes, or raise EOFError."""
        found = bytearray()
        while len(found) < count:
            packed = self._inflater.unconsumed_tail or next(self._pieces, b"")
            more = self._inflater.decompress(packed, count - len(found))
            if not more and not packed:
                raise EOFError("the pixels are not complete")
            found += more
        return bytes(found)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The data of the IDAT chunks, in pieces; ValueError for a wrong checksum."""
    file.seek(len(SIGNATURE))
    while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
        left, kind = struct.unpack(">I4s", head)
        if kind != b"IDAT":
            file.seek(left + 4, 1)
            continue
        checksum = zlib.crc32(kind)
        while left:
            piece = file.read(min(left, _PIECE))
            if not piece:
                raise EOFError("a chunk is not complete")
            left, checksum = left - len(piece), zlib.crc32(piece, checksum)
            yield piece
        if file.read(4) != struct.pack(">I", checksum):
            raise ValueError("wrong checksum")
