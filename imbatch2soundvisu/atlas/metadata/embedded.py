"""What image files say of themselves: title, caption, keywords and place, from XMP, IPTC and EXIF."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, IptcImagePlugin

_DC = "{http://purl.org/dc/elements/1.1/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PACKET = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>", re.DOTALL)
_LONGEST = 2000  # characters of a text that are kept
_LARGEST = 4 << 20  # bytes of XMP that are read


@dataclass(frozen=True)
class Embedded:
    """What an image file says of itself.

    Parameters
    ----------
    title, caption : str
        "" where the file has none.
    keywords : tuple of str
    latitude, longitude : float, optional
        In degrees, north and east positive.
    """

    title: str = ""
    caption: str = ""
    keywords: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None


def embedded_of(path: Path) -> Embedded:
    """Return what an image file says of itself; XMP comes first, then IPTC, then EXIF.

    Parameters
    ----------
    path : Path
        An image. One that cannot be read says nothing; damaged parts are left out.
    """
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")  # Pillow warns of damaged tags
            xmp, iptc, exif = (_safe(read, image, {}) for read in (_xmp, _iptc, _exif))
    except Exception:  # Pillow raises whatever a damaged file leads to
        return Embedded()
    first = {key: xmp.get(key) or iptc.get(key) or exif.get(key) for key in ("title", "caption", "keywords")}
    place = exif.get("place") or (None, None)
    return Embedded(first["title"] or "", first["caption"] or "", tuple(first["keywords"] or ()), *place)


def _safe(read: Callable[[Any], Any], image: Any, otherwise: Any) -> Any:
    try:
        return read(image)
    except Exception:
        return otherwise


def _xmp(image: Image.Image) -> dict[str, Any]:
    data = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    data = data.encode() if isinstance(data, str) else bytes(data)
    match = _PACKET.search(data[:_LARGEST])
    if match is None or b"<!DOCTYPE" in match[0] or b"<!ENTITY" in match[0]:
        return {}
    root = ElementTree.fromstring(match[0])

    def texts(name: str) -> list[str]:
        return [_plain(item.text or "") for each in root.iter(_DC + name) for item in each.iter(f"{_RDF}li")]

    title, caption = (next(filter(None, texts(name)), "") for name in ("title", "description"))
    return {"title": title, "caption": caption, "keywords": _distinct(texts("subject"))}


def _iptc(image: Any) -> dict[str, Any]:
    found = IptcImagePlugin.getiptcinfo(image) or {}
    values = {key: value if isinstance(value, list) else [value] for key, value in found.items()}

    def texts(number: int) -> list[str]:
        return [_plain(_decoded(each)) for each in values.get((2, number), [])]

    return {
        "title": next(filter(None, (*texts(105), *texts(5))), ""),
        "caption": next(filter(None, texts(120)), ""),
        "keywords": _distinct(texts(25)),
    }


def _exif(image: Image.Image) -> dict[str, Any]:
    exif = image.getexif()
    words = _decoded(exif.get(0x9C9E, b""), "utf-16-le").split(";")
    return {
        "title": _plain(_decoded(exif.get(0x9C9B, b""), "utf-16-le")),
        "caption": _plain(_decoded(exif.get(0x010E, ""))),
        "keywords": _distinct([_plain(word) for word in words]),
        "place": _safe(_place, exif.get_ifd(0x8825), None),
    }


def _place(gps: Any) -> tuple[float, float] | None:
    latitude, longitude = _degrees(gps.get(2), gps.get(1)), _degrees(gps.get(4), gps.get(3))
    if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return None if latitude == longitude == 0 else (round(latitude, 6), round(longitude, 6))


def _degrees(parts: Any, reference: Any) -> float | None:
    if not parts or len(parts) != 3:
        return None
    degrees, minutes, seconds = (float(each) for each in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(reference).strip("\0 ").upper() in ("S", "W") else value


def _decoded(value: Any, encoding: str = "utf-8") -> str:
    if isinstance(value, bytes):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            return value.decode("latin-1")
    return str(value)


def _plain(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())[:_LONGEST]


def _distinct(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
