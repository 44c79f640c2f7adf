"""Colour tags of AVIF files, which Pillow does not read (ISO/IEC 14496-12 and 23008-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

_HEAD = 1 << 20  # the boxes that describe the images are at the beginning


def code_points(file: IO[bytes]) -> tuple[int, int] | None:
    """Return the code points of primaries and transfer of the primary image, or None; the position is kept."""
    position = file.tell()
    try:
        file.seek(0)
        return _code_points(file.read(_HEAD))
    except (struct.error, IndexError):
        return None
    finally:
        file.seek(position)


def _code_points(data: bytes) -> tuple[int, int] | None:
    meta = dict(_boxes(dict(_boxes(data)).get(b"meta", b"")[4:]))
    properties = dict(_boxes(meta.get(b"iprp", b"")))
    owned = _owned(properties.get(b"ipma", b""), _primary_item(meta.get(b"pitm", b"")))
    for number, (kind, content) in enumerate(_boxes(properties.get(b"ipco", b"")), 1):
        if number in owned and kind == b"colr" and content[:4] == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", content, 4)
            return primaries, transfer
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        begin = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, begin)
            begin += 8
        end = at + size if size else len(data)
        if end < begin:
            return
        yield kind, data[begin:end]
        at = end


def _primary_item(box: bytes) -> int:
    if not box:
        return 0
    (number,) = struct.unpack_from(">I" if box[0] else ">H", box, 4)
    return int(number)


def _owned(box: bytes, item: int) -> set[int]:
    """The numbers of the properties that belong to an item, from 1."""
    if not box:
        return set()
    version, wide = box[0], bool(box[3] & 1)
    (count,) = struct.unpack_from(">I", box, 4)
    at, owned = 8, set()
    for _ in range(count):
        (number,) = struct.unpack_from(">I" if version else ">H", box, at)
        at += 4 if version else 2
        associations = box[at]
        at += 1
        form, step, mask = (">H", 2, 0x7FFF) if wide else (">B", 1, 0x7F)
        indices = [struct.unpack_from(form, box, at + step * k)[0] & mask for k in range(associations)]
        at += step * associations
        if number == item:
            owned.update(indices)
    return owned
