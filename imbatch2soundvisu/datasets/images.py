"""The only place where pixels of images are read.

Images are upright (EXIF orientation), in sRGB (embedded profiles are converted), 8 bits a channel (16-bit and float
images are scaled), composed over the background where they are transparent, and never enlarged. Of animations and
files of several pages, the first frame is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from ..core.errors import ImageError
from .colours import Colour, Size, decode_jpeg, is_opaque_srgb, to_array
from .decoders import Decoding, decoder_errors, decoder_reason, is_lasting, opened, tolerant_of_truncation
from .fitting import FITS as FITS
from .fitting import fit_to, placed_size

_BLOCK_ROWS = 16  # rows of a JPEG block
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class _HasPath(Protocol):
    @property
    def path(self) -> Path: ...


@dataclass(frozen=True)
class Header:
    """What the header of a file says; `width` and `height` are upright, in pixels."""

    format: str
    width: int
    height: int
    taken: datetime | None
    frames: int


@dataclass(frozen=True)
class Decoded:
    """Pixels of an image, and what is missing of it.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.
    width, height : int
        Full size of the image, upright, in pixels.
    damage : str
        What could not be read, "" for an intact file.
    """

    rgb: np.ndarray
    width: int
    height: int
    damage: str = ""


@decoder_errors()
def read_header(path: Path, decoding: Decoding | None = None) -> Header:
    """Identify a file by its content, without reading its pixels.

    Parameters
    ----------
    path : Path
        Any file.
    decoding : Decoding, optional
        Formats and limits; those of `config.resolve()` when None.

    Raises
    ------
    ImageError
        With the reason, if the file is not a usable image.
    """
    with opened(path, decoding or Decoding.of()) as image:
        width, height = _swapped(image.size, _orientation(image))
        return Header(str(image.format), width, height, _exif_date(image), _frames(image))


def open_image(source: Path | _HasPath, long_side: int | None = None, decoding: Decoding | None = None) -> np.ndarray:
    """Return the pixels of an image.

    Parameters
    ----------
    source : Path or ImageRecord
        The file.
    long_side : int, optional
        Largest width and height in pixels; smaller images are not enlarged. None for the full size.
    decoding : Decoding, optional
        Formats, limits and background; those of `config.resolve()` when None.

    Returns
    -------
    ndarray of shape (h, w, 3)
        uint8, sRGB.

    Raises
    ------
    ImageError
        With the reason, if the file cannot be used.
    """
    return decode(source, long_side, decoding).rgb


def decode(source: Path | _HasPath, long_side: int | None = None, decoding: Decoding | None = None) -> Decoded:
    """Return the pixels of an image with its full size and its damage; parameters and errors as in `open_image`."""

    def target(width: int, height: int) -> Size:
        scale = 1.0 if long_side is None else min(1.0, long_side / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    return _decode(_path_of(source), target, Image.Resampling.BILINEAR, decoding or Decoding.of())


def open_to_fit(
    source: Path | _HasPath,
    size: Size,
    fit: str = "fit",
    background: Colour | None = None,
    decoding: Decoding | None = None,
) -> np.ndarray:
    """Return an image on a canvas, decoded no larger than the canvas needs; see `fit_to`.

    Parameters
    ----------
    source : Path or ImageRecord
        The file.
    size : tuple of int
        (width, height) of the canvas in pixels.
    fit : {"fit", "fill", "blur"}
        How the image is placed.
    background : tuple of int, optional
        sRGB colour beside a letterboxed image; that of `decoding` when None.
    decoding : Decoding, optional
        Formats, limits and background; those of `config.resolve()` when None.

    Returns
    -------
    ndarray of shape (height, width, 3)
        uint8, sRGB.

    Raises
    ------
    ImageError
        With the reason, if the file cannot be used.
    ConfigError
        If `fit` is unknown.
    """
    decoding = decoding or Decoding.of()

    def target(width: int, height: int) -> Size:
        placed = placed_size((width, height), size, fit)
        return placed if placed[0] < width else (width, height)

    rgb = _decode(_path_of(source), target, Image.Resampling.LANCZOS, decoding).rgb
    return fit_to(rgb, size, fit, background or decoding.background)


def _path_of(source: Path | _HasPath) -> Path:
    return source if isinstance(source, Path) else source.path


@decoder_errors()
def _decode(
    path: Path, target_of: Callable[[int, int], Size], resample: Image.Resampling, decoding: Decoding
) -> Decoded:
    damage = ""
    with opened(path, decoding) as image:
        orientation = _orientation(image)
        full = image.size
        target = _swapped(target_of(*_swapped(full, orientation)), orientation)
        _draft(image, target)
        pixels = _decode_small_jpeg(image, target, resample)
        if pixels is None:
            image, share = _loaded(image, path, target, decoding)
            if share is not None:
                damage = f"damaged: {share:.0%} of its rows could be read"
                full = full[0], max(1, round(full[1] * share))
                target = target[0], max(1, round(target[1] * share))
            pixels = to_array(image, target, resample, decoding.background)
    if orientation > 1:
        pixels = np.asarray(Image.fromarray(pixels).transpose(_TRANSPOSE[orientation]))
    width, height = _swapped(full, orientation)
    return Decoded(pixels, width, height, damage)


def _draft(image: Image.Image, target: Size) -> None:
    """Let the JPEG decoder skip detail that the target size does not show."""
    if image.format in ("JPEG", "MPO") and target != image.size:
        image.draft(image.mode, target)


def _decode_small_jpeg(image: Image.Image, target: Size, resample: Image.Resampling) -> np.ndarray | None:
    """The pixels, where no profile, transparency, fault or other filter stands against the fast path."""
    plain = image.format == "JPEG" and resample == Image.Resampling.BILINEAR and is_opaque_srgb(image)
    return decode_jpeg(image, target) if plain else None


def _loaded(image: Image.Image, path: Path, target: Size, decoding: Decoding) -> tuple[Image.Image, float | None]:
    """The image with its pixels, and of a damaged one the share of its rows that could be read."""
    try:
        image.load()
    except Exception as error:
        return _salvage(path, target, error, decoding)
    return image, None


def _salvage(path: Path, target: Size, error: Exception, decoding: Decoding) -> tuple[Image.Image, float]:
    """Return the intact top of a damaged file, and its share of the rows. Raises ImageError if the share is small."""
    if isinstance(error, MemoryError):
        raise error
    try:
        with tolerant_of_truncation(), opened(path, decoding) as image:
            _draft(image, target)
            image.load()
            rows = np.asarray(image.convert("RGB"))
            whole = image.copy()
    except Exception as again:
        raise ImageError(decoder_reason(error), lasting=is_lasting(error) and is_lasting(again)) from again
    intact = _intact_rows(rows)
    share = intact / rows.shape[0]
    if share < decoding.intact_share:
        raise ImageError(f"damaged: only {share:.0%} of its rows could be read") from error
    return whole.crop((0, 0, whole.width, intact)), share


def _intact_rows(rows: np.ndarray) -> int:
    """The number of rows before the filler of the decoder; rows : (h, w, 3), the last pixel being filler."""
    differs = (rows != rows[-1, -1]).any(axis=2)
    touched, finished = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs[:, -1])
    last = int(touched[-1]) + 1 if touched.size else 0
    whole = int(finished[-1]) + 1 if finished.size else 0
    return whole if last - whole <= _BLOCK_ROWS else last


def _swapped(size: Size, orientation: int) -> Size:
    return (size[1], size[0]) if orientation >= 5 else size


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 for invalid values, and for TIFF, which Pillow turns upright itself."""
    if image.format == "TIFF":
        return 1
    try:
        value = int(image.getexif().get(0x0112, 1))
    except Exception:
        return 1
    return value if 1 <= value <= 8 else 1


def _frames(image: Image.Image) -> int:
    """The number of frames; 1 where the later ones are damaged, since only the first is shown."""
    try:
        return int(getattr(image, "n_frames", 1)) if image.format in ("GIF", "WEBP", "TIFF", "MPO") else 1
    except Exception:
        return 1


def _exif_date(image: Image.Image) -> datetime | None:
    """DateTimeOriginal, else DateTimeDigitized, else DateTime; None where they are missing or invalid."""
    try:
        exif = image.getexif()
        detail = exif.get_ifd(0x8769)
        dates = [str(value) for value in (detail.get(0x9003), detail.get(0x9004), exif.get(0x0132))]
    except Exception:
        return None
    for value in dates:
        try:
            moment = datetime.strptime(value.strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")
        except ValueError:
            continue
        if 1826 <= moment.year <= 2200:
            return moment
    return None
