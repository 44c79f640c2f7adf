"""Raw photos of cameras: recognised by content, and shown by the large preview that most of them contain.

A raw photo holds the values of the sensor, which take a developing program to become an image. The camera writes its
own JPEG beside them, at full size or at about 1,600 pixels in most makes, and often a thumbnail, which is never used.
"""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from PIL import Image

from ..core.errors import ImageError

#: File name endings of raw photos, for messages only.
EXTENSIONS = (
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq", ".kdc", ".mef", ".mos",
    ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
)  # fmt: skip
#: The name of raw photos among FORMATS, and the format of their images.
RAW = "RAW"
EXIF = "raw_exif"  # the key of `info` that holds EXIF data of the raw photo around a preview
_EXIF_BYTES = 4 << 20
PREVIEW_PX = 1000  # smallest long side of a preview that is used
_TIFF_HEADS = {b"II*\0": "<", b"MM\0*": ">"}
_OTHER_HEADS = (
    b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR", b"FOVb", b"\0MRM", b"II\x1a\0\0\0HEAPCCDR",
)  # fmt: skip
_SUB_IFDS, _PHOTOMETRIC, _DNG_VERSION = 330, 262, 50706
_SENSOR_VALUES = (32803, 34892)  # colour filter array, linear raw
_MOST_IFDS = 20
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 13: 4}


def is_raw(file: IO[bytes]) -> bool:
    """Return whether a file is a raw photo, by its content."""
    file.seek(0)
    head = file.read(16)
    if head.startswith(_OTHER_HEADS) or head[4:12] == b"ftypcrx ":
        return True
    order = _TIFF_HEADS.get(head[:4])
    with contextlib.suppress(struct.error):
        return order is not None and (head[8:10] == b"CR" or any(map(_has_sensor_values, _ifds(file, order))))
    return False


def preview(path: Path) -> Image.Image:
    """Return the largest embedded preview, not loaded yet, with the EXIF data of the raw photo in its `info`.

    Where it is too small, the photo is developed by rawpy, if that is installed.

    Raises
    ------
    ImageError
        If there is no preview of `PREVIEW_PX`, and no rawpy.
    """
    content = path.read_bytes()
    image = _largest(content)
    if image is not None and max(image.size) >= PREVIEW_PX:
        with contextlib.suppress(Exception):
            image.info[EXIF] = _exif(content)
        return image
    developed = _developed(path)
    if developed is not None:
        return developed
    found = f"only a preview of {image.width} × {image.height} px" if image is not None else "no preview"
    raise ImageError(
        f"a raw photo with {found}: export it as JPEG or TIFF, or install rawpy (pip install 'imbatch2soundvisu[raw]')",
        lasting=False,
    )


def _has_sensor_values(tags: dict[int, list[int]]) -> bool:
    return _DNG_VERSION in tags or bool(set(tags.get(_PHOTOMETRIC, ())) & set(_SENSOR_VALUES))


def _ifds(file: IO[bytes], order: str) -> Iterator[dict[int, list[int]]]:
    """The integer tags of the directories of a TIFF and of their sub-directories."""
    file.seek(4)
    waiting = list(struct.unpack(f"{order}I", file.read(4)))
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_IFDS:
        offset = waiting.pop(0)
        if offset in seen or not offset:
            continue
        seen.add(offset)
        file.seek(offset)
        (count,) = struct.unpack(f"{order}H", file.read(2))
        table = file.read(12 * count + 4)
        tags = {}
        for k in range(count):
            tag, kind, length = struct.unpack_from(f"{order}HHI", table, 12 * k)
            if tag in (_SUB_IFDS, _PHOTOMETRIC, _DNG_VERSION):
                tags[tag] = _integers(file, order, kind, length, table[12 * k + 8 : 12 * k + 12])
        yield tags
        waiting += [*tags.get(_SUB_IFDS, ()), *struct.unpack_from(f"{order}I", table, 12 * count)]


def _integers(file: IO[bytes], order: str, kind: int, length: int, field: bytes) -> list[int]:
    size = _SIZES.get(kind, 0)
    length = min(length, _MOST_IFDS)
    if size * length > 4:
        file.seek(struct.unpack(f"{order}I", field)[0])
        field = file.read(size * length)
    return list(struct.unpack(f"{order}{length}{'?BHxI'[size]}", field[: size * length])) if size else []


def _largest(content: bytes) -> Image.Image | None:
    """The JPEG of most pixels inside a file. Sensor values are JPEGs, too: lossless ones, which are passed over."""
    best: tuple[int, int] | None = None
    at = content.find(b"\xff\xd8\xff")
    while at >= 0:
        width, height = _jpeg_size(content, at)
        if best is None or width * height > best[0]:
            best = width * height, at
        at = content.find(b"\xff\xd8\xff", at + 3)
    if best is None or not best[0]:
        return None
    return Image.open(io.BytesIO(content[best[1] :]), formats=["JPEG"])


def _jpeg_size(content: bytes, at: int) -> tuple[int, int]:
    """(width, height) of an 8-bit JPEG in grey or colour that begins at a position; (0, 0) for anything else."""
    at += 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = struct.unpack_from(">BH", content, at + 1)
        if marker in (0xC0, 0xC1, 0xC2):
            bits, height, width, channels = struct.unpack_from(">BHHB", content, at + 4)
            return (width, height) if bits == 8 and channels in (1, 3) else (0, 0)
        if not (0xC0 <= marker <= 0xFE) or marker == 0xDA:
            return 0, 0
        at += 2 + length
    return 0, 0


def _exif(content: bytes) -> Image.Exif:
    """EXIF data of the container: orientation and date, which the previews of many makes lack."""
    begin = 0 if content[:4] in _TIFF_HEADS else content.find(b"CMT1") + 4  # Canon CR3
    exif = Image.Exif()
    if content[begin : begin + 4] in _TIFF_HEADS:
        exif.load(b"Exif\0\0" + content[begin : begin + _EXIF_BYTES])
    return exif


def _developed(path: Path) -> Image.Image | None:
    try:
        import rawpy
    except ImportError:
        return None
    raw: Any
    with rawpy.imread(str(path)) as raw:
        image = Image.fromarray(raw.postprocess(use_camera_wb=True, output_bps=8))
    image.info[EXIF] = Image.Exif()  # it is upright
    return image
