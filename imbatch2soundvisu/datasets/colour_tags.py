"""The colour space of an image that has no ICC profile, from the tags that its format has for it."""

from __future__ import annotations

import contextlib

from PIL import Image

from . import nclx, png_chunks
from .colour_spaces import ADOBE_RGB, BT709, ColourSpace, Primaries, has_bt709_primaries, is_valid, of_code_points

SPACE = "colour_space"  # the key of `info`
_EXIF_IFD, _INTEROP_IFD, _COLOUR_SPACE, _INTEROP_INDEX = 0x8769, 0xA005, 0xA001, 1
#: Bytes that EXIF data of an image in Adobe RGB contain: InteropIndex "R03", or ColorSpace 2 in either byte order.
_ADOBE_SIGNS = (b"R03", b"\x01\xa0\x03\x00\x01\x00\x00\x00\x02\x00", b"\xa0\x01\x00\x03\x00\x00\x00\x01\x00\x02")
_ADOBE_SPACE = 2
_SRGB_GAMMA = 1 / 2.2
_GAMMA_TOLERANCE = 0.01


def add_colour_space(image: Image.Image) -> None:
    """Note the colour space of an opened image in its `info`, where it is neither sRGB nor given by a profile.

    The order of precedence is that of the formats: PNG cICP, then a profile, sRGB, gAMA and cHRM; nclx of HEIF and
    AVIF; EXIF. Tags that are damaged are as if they were missing.
    """
    space = None
    with contextlib.suppress(Exception):
        space = _space(image)
    if space is not None:
        image.info[SPACE] = space
        image.info.pop("icc_profile", None)


def _space(image: Image.Image) -> ColourSpace | None:
    points, has_profile = _code_points(image), bool(image.info.get("icc_profile"))
    if points is not None and image.format == "PNG":
        image.info.pop("icc_profile", None)
        return of_code_points(*points)
    if has_profile or "srgb" in image.info:
        return None
    if points is not None:
        return of_code_points(*points)
    if image.format == "PNG" and {"gamma", "chromaticity"} & image.info.keys():
        return _png_space(image.info.get("gamma"), image.info.get("chromaticity"))
    return ADOBE_RGB if _is_adobe_rgb(image) else None


def _code_points(image: Image.Image) -> tuple[int, int] | None:
    if image.format == "PNG" and image.fp is not None:
        return png_chunks.cicp(image.fp)
    if image.format == "AVIF" and image.fp is not None:
        return nclx.code_points(image.fp)
    tags = image.info.get("nclx_profile")
    return (tags["color_primaries"], tags["transfer_characteristics"]) if tags else None


def _png_space(gamma: float | None, chromaticity: tuple[float, ...] | None) -> ColourSpace | None:
    """The space of gAMA, the exponent of encoding, and cHRM: white, red, green and blue."""
    primaries = _primaries(chromaticity)
    if gamma is None or not 0.1 <= gamma <= 10:
        gamma = _SRGB_GAMMA
    if abs(gamma - _SRGB_GAMMA) <= _GAMMA_TOLERANCE:
        return None if has_bt709_primaries(primaries) else ColourSpace(primaries)
    return ColourSpace(primaries, exponent=1 / gamma)


def _primaries(chromaticity: tuple[float, ...] | None) -> Primaries:
    if chromaticity is None or len(chromaticity) != 8:
        return BT709
    white_x, white_y, *rest = chromaticity
    red_x, red_y, green_x, green_y, blue_x, blue_y = rest
    given = red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y
    return given if is_valid(given) else BT709


def _is_adobe_rgb(image: Image.Image) -> bool:
    """Whether EXIF says so (DCF 2.0). The bytes are searched before they are parsed, which takes longer."""
    data = image.info.get("exif") or b""
    if not any(sign in data for sign in _ADOBE_SIGNS):
        return False
    exif = image.getexif()
    detail = exif.get_ifd(_EXIF_IFD)
    interop = exif.get_ifd(_INTEROP_IFD) if _INTEROP_IFD in detail else {}
    index = interop.get(_INTEROP_INDEX, "")
    index = index.decode("latin-1") if isinstance(index, bytes) else str(index)
    return index.strip("\0 ") == "R03" or detail.get(_COLOUR_SPACE) == _ADOBE_SPACE
