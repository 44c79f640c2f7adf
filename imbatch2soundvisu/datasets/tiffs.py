"""TIFF files that Pillow cannot open or reads wrongly: wide integers and floats, in colour or with white as zero."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from ..core.errors import ImageError
from .depths import BITS, WHITE_IS_ZERO, to_8_bits

_BITS, _COMPRESSION, _PHOTOMETRIC, _PLANAR, _FORMAT = 258, 259, 262, 284, 339
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_SEPARATE, _UNSIGNED = 2, 1
_PROFILE = 34675
MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def note_depth(image: Image.Image) -> None:
    """Note in the `info` of an opened TIFF what Pillow does not apply: that white is zero, and unused bits."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        image.info[WHITE_IS_ZERO] = True
    bits = tags.get(_BITS, (8,))
    if image.mode.startswith("I;16") and bits[0] < 16:
        image.info[BITS] = int(bits[0])


def is_misread(image: Image.Image) -> bool:
    """Return whether Pillow reads wrong pixels from an opened TIFF: of unsigned 32 bits, or separate 16-bit planes."""
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS, (8,))[0]
    unsigned = tags.get(_FORMAT, (_UNSIGNED,))[0] == _UNSIGNED
    return bool((bits == 32 and unsigned) or (bits > 8 and tags.get(_PLANAR) == _SEPARATE))


def read(file: Path | io.BytesIO, pixel_limit: int) -> Image.Image:
    """Return the first page of a TIFF as an 8-bit image, turned upright.

    Parameters
    ----------
    file : Path or BytesIO
        The file.
    pixel_limit : int
        Images of more pixels are refused before their pixels are read.

    Raises
    ------
    ImageError
        For what this reads no better than Pillow, with the reason.
    Exception
        Whatever the reader raises on damaged files.
    """
    import tifffile

    if isinstance(file, io.BytesIO):
        file.seek(0)  # where Pillow has read in it; tifffile begins at the position
    with tifffile.TiffFile(file) as content:
        page = content.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        width, height = page.imagewidth, page.imagelength
        if width < 1 or height < 1:
            raise ImageError("damaged TIFF: its header cannot be read")
        if width * height > pixel_limit:
            raise ImageError(
                f"{width} × {height} px is over the limit of {pixel_limit / 1e6:.0f} megapixels (PIXEL_LIMIT)",
                lasting=False,
            )
        if page.photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB) or page.imagedepth != 1:
            raise ImageError(f"a TIFF of a kind that is not supported: {_kind(page)}")
        try:
            values = page.asarray()
        except (ValueError, KeyError, NotImplementedError, ImportError) as error:
            raise ImageError(f"a TIFF of a kind that is not supported: {_kind(page)}") from error
        return _image(values, page, {tag.code: tag.value for tag in page.tags})


def _kind(page: Any) -> str:
    names = (getattr(each, "name", str(each)) for each in (page.photometric, page.compression))
    return f"{page.dtype} {' '.join(names)}, {page.samplesperpixel} samples a pixel"


def _image(values: np.ndarray, page: Any, tags: Mapping[int, Any]) -> Image.Image:
    if page.planarconfig == _SEPARATE and values.ndim == 3:
        values = np.moveaxis(values, 0, 2)
    channels = values.shape[2] if values.ndim == 3 else 1
    colours = 3 if page.photometric == _RGB else 1
    if channels < colours:
        raise ImageError(f"a TIFF of a kind that is not supported: {_kind(page)}")
    pixels = to_8_bits(values.reshape(*values.shape[:2], channels)[..., :colours])
    if page.photometric == _WHITE_IS_ZERO:
        pixels = 255 - pixels
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if colours == 1 else pixels))
    if isinstance(tags.get(_PROFILE), bytes):
        image.info["icc_profile"] = tags[_PROFILE]
    exif = Image.Exif()
    exif[0x0112] = int(tags.get(0x0112, 1))
    for code, name in ((0x9003, "DateTimeOriginal"), (0x9004, "DateTimeDigitized")):
        if name in (tags.get(0x8769) or {}):
            exif.get_ifd(0x8769)[code] = tags[0x8769][name]
    if 0x0132 in tags:
        exif[0x0132] = str(tags[0x0132])
    image.info["exif"] = exif.tobytes()
    image = ImageOps.exif_transpose(image)
    image.format = "TIFF"
    return image
