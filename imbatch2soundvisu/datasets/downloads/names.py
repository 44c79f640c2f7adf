"""Names of downloaded files and folders: valid on every file system, and never outside of the target folder."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from ...core.image_names import IMAGE_ENDINGS

_LONGEST = 120  # bytes of a name; file systems allow 255, and a number may be added
_UNKNOWN = ".img"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)
# (offset of the signature, signature, ending of the format)
_SIGNATURES = (
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"\x89PNG\r\n", ".png"),
    (0, b"GIF8", ".gif"),
    (8, b"WEBP", ".webp"),
    (0, b"II*\0", ".tif"),
    (0, b"MM\0*", ".tif"),
    (4, b"ftypavif", ".avif"),
    (4, b"ftyphe", ".heic"),
    (4, b"ftypmif1", ".heic"),
    (4, b"jP  ", ".jp2"),
    (0, b"BM", ".bmp"),
    (0, b"8BPS", ".psd"),
    (0, b"\0\0\1\0", ".ico"),
    (4, b"JXL ", ".jxl"),
    *((0, b"P%d\n" % kind, ".ppm") for kind in range(1, 7)),
)


def safe_name(name: str) -> str:
    """Return a name as one part of a path that every file system accepts.

    Separators, control and bidirectional characters become "_", leading and trailing dots are removed, device names get
    a "_", and long names are cut before their ending.

    Examples
    --------
    >>> safe_name("../../etc/passwd")
    '_.._etc_passwd'
    """
    text = unicodedata.normalize("NFC", name.encode("utf-8", "backslashreplace").decode())
    text = "".join("_" if unicodedata.category(each) in ("Cc", "Cf", "Cs") else each for each in text)
    text = _FORBIDDEN.sub("_", text).strip(". ") or "untitled"
    text = f"_{text}" if _DEVICE.fullmatch(text) else text
    stem, ending = os.path.splitext(text)
    if len(ending.encode()) > 10:
        stem, ending = text, ""
    while len((stem + ending).encode()) > _LONGEST:
        stem = stem[:-1]
    return (stem + ending).rstrip(". ")


def file_name(name: str, content: object, number: int) -> str:
    """Return a safe file name with the ending of an image.

    Parameters
    ----------
    name : str
        The name in the data set; "" for the number.
    content : Path, bytes or object
        A file, its bytes, or a decoded image, which is written as PNG.
    number : int
        Number of the item.
    """
    name = safe_name(name or f"{number:06}")
    if not isinstance(content, bytes | Path):
        stem, ending = os.path.splitext(name)
        return f"{stem if ending.lower() in IMAGE_ENDINGS else name}.png"
    return name if os.path.splitext(name)[1].lower() in IMAGE_ENDINGS else name + (_ending(content) or _UNKNOWN)


def folder_name(label: str) -> str:
    """Return a safe folder name. It never ends like an image, so that no file has the same name."""
    name = safe_name(label)
    return f"{name}_" if os.path.splitext(name)[1].lower() in (*IMAGE_ENDINGS, _UNKNOWN) else name


def first_free(names: Iterable[str], taken: set[str]) -> str:
    """Return the first name that is not taken, upper and lower case being the same."""
    return next(each for each in names if each.casefold() not in taken)


def is_image(path: Path) -> bool:
    """Return whether a file has the ending or the first bytes of an image."""
    return path.suffix.lower() in IMAGE_ENDINGS or has_image_signature(path)


def has_image_signature(content: bytes | Path) -> bool:
    """Return whether a file, or bytes, begin with the signature of an image format; TGA has none."""
    return bool(_ending(content))


def _ending(content: bytes | Path) -> str:
    if isinstance(content, Path):
        with open(content, "rb") as file:
            content = file.read(16)
    return next((ending for at, magic, ending in _SIGNATURES if content[at : at + len(magic)] == magic), "")
