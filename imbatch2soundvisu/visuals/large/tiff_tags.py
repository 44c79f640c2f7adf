"""The header and the directory of a TIFF file with one image in tiles, with 32-bit or 64-bit offsets."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

#: Tag -> (type, values); types as in the specification.
Tags = Mapping[int, tuple[int, Sequence[int] | bytes]]
_ASCII, _SHORT, _LONG, _RATIONAL, _LONG8 = 2, 3, 4, 5, 16
_CODES = {_SHORT: "H", _LONG: "I", _RATIONAL: "I", _LONG8: "Q"}
_TILE_OFFSETS, _TILE_BYTE_COUNTS = 324, 325


def image_tags(
    size: tuple[int, int], tile: int, dpi: float, jpeg_quality: int | None
) -> dict[int, tuple[int, Sequence[int] | bytes]]:
    """Return the tags of an RGB image in square tiles: JPEG of a quality, or, for None, deflate with predictor 2."""
    per_inch = Fraction(dpi).limit_denominator(1000)
    density = per_inch.numerator, per_inch.denominator
    tags: dict[int, tuple[int, Sequence[int] | bytes]] = {
        256: (_LONG, size[:1]),
        257: (_LONG, size[1:]),
        258: (_SHORT, (8, 8, 8)),
        259: (_SHORT, (7 if jpeg_quality else 8,)),
        262: (_SHORT, (6 if jpeg_quality else 2,)),  # YCbCr or RGB
        277: (_SHORT, (3,)),
        282: (_RATIONAL, density),
        283: (_RATIONAL, density),
        284: (_SHORT, (1,)),
        296: (_SHORT, (2,)),  # resolution per inch
        305: (_ASCII, b"imbatch2soundvisu\0"),
        322: (_SHORT, (tile,)),
        323: (_SHORT, (tile,)),
    }
    if jpeg_quality is None:
        return tags | {317: (_SHORT, (2,))}
    sampling = (2, 2) if jpeg_quality < 90 else (1, 1)
    black_and_white = [part for value in (0, 255, 128, 255, 128, 255) for part in (value, 1)]
    return tags | {530: (_SHORT, sampling), 532: (_RATIONAL, black_and_white)}


@dataclass(frozen=True)
class TiffFormat:
    """Little-endian TIFF; `big` for 64-bit offsets."""

    big: bool

    def header(self, directory: int) -> bytes:
        """Return the start of a file whose directory begins at an offset."""
        if self.big:
            return struct.pack("<2sHHHQ", b"II", 43, 8, 0, directory)
        return struct.pack("<2sHI", b"II", 42, directory)

    def tile_tags(self, places: Sequence[tuple[int, int]]) -> dict[int, tuple[int, Sequence[int] | bytes]]:
        """Return the tags that say where tiles are, from their (offset, bytes)."""
        offsets, lengths = zip(*places, strict=True)
        return {_TILE_OFFSETS: (_LONG8 if self.big else _LONG, offsets), _TILE_BYTE_COUNTS: (_LONG, lengths)}

    def directory(self, tags: Tags, start: int) -> bytes:
        """Return the directory, with the values that do not fit into it after it, for an offset in the file."""
        count, entry, offset = ("<Q", "<HHQ", "<Q") if self.big else ("<H", "<HHI", "<I")
        size = struct.calcsize(count) + len(tags) * (struct.calcsize(entry) + struct.calcsize(offset))
        after = start + size + struct.calcsize(offset)
        head, rest = struct.pack(count, len(tags)), b""
        for tag, (kind, values) in sorted(tags.items()):
            content = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{_CODES[kind]}", *values)
            number = len(values) // 2 if kind == _RATIONAL else len(values)
            head += struct.pack(entry, tag, kind, number)
            if len(content) <= struct.calcsize(offset):
                head += content.ljust(struct.calcsize(offset), b"\0")
            else:
                head += struct.pack(offset, after + len(rest))
                rest += content + b"\0" * (len(content) % 2)
        return head + struct.pack(offset, 0) + rest
