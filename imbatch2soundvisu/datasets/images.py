"""The only place where pixels of images are read.

Images are upright (EXIF orientation), in sRGB (embedded profiles are converted), 8 bits a channel (16-bit and float
images are scaled), composed over the background where they are transparent, and never enlarged. Of animations and
files of several pages, the first frame is read.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from ..core.errors import ImageError as ImageError
from ..runtime.fingerprints import fingerprint
from . import raw_photos
from .colours import Colour, Size, decode_jpeg, decode_large_png, is_opaque_srgb, to_array
from .cropping import Focus as Focus
from .cropping import focus_of as focus_of
from .dates import exif_date
from .decoders import Decoding, decoder_errors, opened
from .fitting import FITS as FITS
from .fitting import fit_to, placed_size
from .large import exif_of, one_at_a_time
from .salvage import loaded

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


@functools.cache
def decoding_code() -> str:
    """Return a digest of the code that reads headers and pixels; measured values depend on it."""
    return fingerprint(read_header, decode)


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
        kind = raw_photos.RAW if raw_photos.EXIF in image.info else str(image.format)
        return Header(kind, width, height, _exif_date(image), _frames(image))


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


def open_scaled(
    source: Path | _HasPath, size_of: Callable[[int, int], Size], decoding: Decoding | None = None
) -> np.ndarray:
    """Return the pixels of an image at the size (width, height) that `size_of` gives for its own; see `open_image`."""
    return _decode(_path_of(source), size_of, Image.Resampling.BILINEAR, decoding or Decoding.of()).rgb


def open_layers(
    source: Path | _HasPath, size_of: Callable[[int, int], Size], decoding: Decoding | None = None
) -> np.ndarray:
    """Return the pixels of an image with its transparency, at the size that `size_of` gives; see `open_scaled`.

    Returns
    -------
    ndarray of shape (h, w, 3) or (h, w, 4)
        uint8, sRGB; with alpha, not premultiplied, where the format of the file has it.
    """
    decoding = replace(decoding or Decoding.of(), background=None)
    return _decode(_path_of(source), size_of, Image.Resampling.LANCZOS, decoding).rgb


def open_to_fit(
    source: Path | _HasPath,
    size: Size,
    fit: str = "fit",
    background: Colour | None = None,
    decoding: Decoding | None = None,
    focus: Focus | None = None,
) -> np.ndarray:
    """Return an image on a canvas, decoded no larger than the canvas needs; see `fit_to`.

    Parameters
    ----------
    source : Path or ImageRecord
        The file.
    size : tuple of int
        (width, height) of the canvas in pixels.
    fit : {"fit", "fill", "smart", "blur"}
        How the image is placed.
    background : tuple of int, optional
        sRGB colour beside a letterboxed image; that of `decoding` when None.
    decoding : Decoding, optional
        Formats, limits and background; those of `config.resolve()` when None.
    focus : Focus, optional
        As in `fit_to`.

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
    return fit_to(rgb, size, fit, background or decoding.background, focus=focus)


def _path_of(source: Path | _HasPath) -> Path:
    return source if isinstance(source, Path) else source.path


@decoder_errors()
def _decode(
    path: Path, target_of: Callable[[int, int], Size], resample: Image.Resampling, decoding: Decoding
) -> Decoded:
    damage = ""
    with contextlib.ExitStack() as stack:
        image = stack.enter_context(opened(path, decoding))
        orientation = _orientation(image)
        full = image.size
        target = _swapped(target_of(*_swapped(full, orientation)), orientation)
        _draft(image, target)
        pixels = decode_large_png(image, target, resample, decoding.background)
        if pixels is None:
            stack.enter_context(one_at_a_time(image.width * image.height))
            pixels = _decode_small_jpeg(image, target, resample)
        if pixels is None:
            image, share = loaded(image, path, decoding, functools.partial(_draft, target=target))
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


def _swapped(size: Size, orientation: int) -> Size:
    return (size[1], size[0]) if orientation >= 5 else size


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 for invalid values, and for TIFF, which Pillow turns upright itself."""
    if image.format == "TIFF":
        return 1
    for exif in _exifs(image):
        try:
            value = int(exif().get(0x0112, 0))
        except Exception:
            continue
        if 1 <= value <= 8:
            return value
    return 1


def _exifs(image: Image.Image) -> list[Callable[[], Image.Exif]]:
    """EXIF data of the image, then of the raw photo that it is the preview of."""
    around = getattr(image, "info", {}).get(raw_photos.EXIF)
    own = functools.partial(exif_of, image)
    return [own] if around is None else [own, lambda: around]


def _frames(image: Image.Image) -> int:
    """The number of frames; 1 where the later ones are damaged, since only the first is shown."""
    try:
        return int(getattr(image, "n_frames", 1)) if image.format in ("GIF", "WEBP", "TIFF", "MPO") else 1
    except Exception:
        return 1


def _exif_date(image: Image.Image) -> datetime | None:
    """DateTimeOriginal, else DateTimeDigitized, else DateTime; None where they are missing or invalid."""
    values: list[Any] = []
    for read in _exifs(image):
        try:
            exif = read()
            detail = exif.get_ifd(0x8769)
            values += [detail.get(0x9003), detail.get(0x9004), exif.get(0x0132)]
        except Exception:
            continue
    return next(filter(None, map(exif_date, values)), None)
