"""The chunks of a PNG file: colour tags that Pillow does not read, and files that are whole but for a checksum."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import IO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_KEPT_TEXTS = (b"Raw profile type", b"XML:com.adobe.xmp")  # may hold EXIF data
_LONG_TEXT = 1 << 20  # bytes; what Pillow refuses


def cicp(file: IO[bytes]) -> tuple[int, int] | None:
    """Return the code points of primaries and transfer of a PNG file, or None; the position is kept."""
    position = file.tell()
    try:
        file.seek(len(SIGNATURE))
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"cICP" and length == 4:
                primaries, transfer, *_ = file.read(4)
                return primaries, transfer
            if kind in (b"IDAT", b"IEND"):
                break
            file.seek(length + 4, io.SEEK_CUR)
        return None
    finally:
        file.seek(position)


def mended(content: bytes) -> bytes | None:
    """Return a PNG file with right checksums and without long texts; None where nothing is to be mended.

    The header and the pixels are left as they are: a wrong checksum there is damage.
    """
    if not content.startswith(SIGNATURE):
        return None
    parts = [SIGNATURE]
    for kind, data, checksum in _chunks(content):
        if kind in (b"IHDR", b"IDAT"):
            parts += [struct.pack(">I", len(data)), kind, data, checksum]
        elif not (kind in _TEXTS and _is_unwanted(kind, data)):
            parts += [struct.pack(">I", len(data)), kind, data, struct.pack(">I", zlib.crc32(kind + data))]
    made = b"".join(parts)
    return None if made == content else made


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(kind, data, checksum) up to IEND; of a truncated file, the last one is shorter than it says."""
    at = len(SIGNATURE)
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + 8 + length], content[at + 8 + length : at + 12 + length]
        if kind == b"IEND":
            return
        at += 12 + length


def _is_unwanted(kind: bytes, data: bytes) -> bool:
    """Whether a text is without use here, or too long to be read."""
    if not data.startswith(_KEPT_TEXTS):
        return True
    if kind == b"tEXt":
        return len(data) > _LONG_TEXT
    try:
        _, _, packed = data.partition(b"\0")
        text = zlib.decompressobj().decompress(packed[1:], _LONG_TEXT) if kind == b"zTXt" else data
    except zlib.error:
        return True
    return len(text) >= _LONG_TEXT
