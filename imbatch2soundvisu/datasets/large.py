"""Large images with little memory: PNG in strips, others one at a time, and no second copy of full size."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from .png_strips import reduced_png

if TYPE_CHECKING:
    from filelock import FileLock

#: Images of more pixels are decoded one at a time, in all processes of this package.
LARGE_PIXELS = 40_000_000
#: Images of more pixels are converted and reduced in strips of about so many pixels.
STRIP_PIXELS = 4_000_000
_METADATA = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
_STRAIGHT = {premultiplied: straight for straight, premultiplied in _PREMULTIPLIED.items()}
_GAP = 3  # a strip is reduced no further than to so many times the target


@contextlib.contextmanager
def one_at_a_time(pixels: int) -> Iterator[None]:
    """Wait, before an image of many pixels is decoded, until no other such image is being decoded or converted."""
    if pixels <= LARGE_PIXELS:
        yield
        return
    lock = _lock()
    try:
        if lock is not None:
            lock.acquire()
    except OSError:  # no lock can be made here: decode at the same time
        lock = None
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def exif_of(image: Image.Image) -> Image.Exif:
    """Return EXIF data. Pillow decodes a whole PNG to look for them after its pixels; here only if there are some."""
    if image.format == "PNG" and not _has_late_metadata(image):
        return Image.Image.getexif(image)
    return image.getexif()


def _has_late_metadata(image: Image.Image) -> bool:
    """Whether a PNG has chunks of metadata after its pixels, or cannot be searched for them."""
    file: Any = getattr(image, "fp", None)
    if file is None:
        return True
    position = file.tell()
    try:
        return any(kind in _METADATA for kind in _kinds_after_pixels(file))
    finally:
        file.seek(position)


def _kinds_after_pixels(file: Any) -> Iterator[bytes]:
    file.seek(8)
    seen = False
    while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
        seen = seen or head[4:] == b"IDAT"
        if seen:
            yield head[4:]
        file.seek(int.from_bytes(head[:4], "big") + 4, os.SEEK_CUR)


def _lock() -> FileLock | None:
    from filelock import FileLock

    user = os.getuid() if hasattr(os, "getuid") else ""
    try:
        return FileLock(Path(tempfile.gettempdir()) / f"imbatch2soundvisu-{user}-large-image.lock")
    except OSError:
        return None


def resized_in_strips(
    image: Image.Image, target: tuple[int, int], resample: Image.Resampling, plain: Callable[[Image.Image], Image.Image]
) -> Image.Image:
    """Convert an image and reduce it by a whole factor, strip by strip, then resize it.

    Parameters
    ----------
    image : PIL.Image.Image
        Loaded.
    target : tuple of int
        (width, height) in pixels.
    resample : PIL.Image.Resampling
        Filter of the last step.
    plain : callable
        Converts a strip to L, LA, RGB, RGBA or CMYK.

    Returns
    -------
    PIL.Image.Image
        Of the target's size; the image as it is where it is small, or hardly reduced.
    """
    factor = strip_factor(image.size, target)
    if factor < 2 or image.width * image.height <= STRIP_PIXELS:
        return image
    rows = max(1, STRIP_PIXELS // image.width // factor) * factor
    parts = [_reduced(image, top, min(top + rows, image.height), factor, plain) for top in range(0, image.height, rows)]
    whole, top = Image.new(parts[0].mode, (parts[0].width, sum(part.height for part in parts))), 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    return _finished(whole, image.size, factor, target, resample)


def png_in_strips(
    image: Image.Image, target: tuple[int, int], resample: Image.Resampling, plain: Callable[[Image.Image], Image.Image]
) -> Image.Image | None:
    """Do what `resized_in_strips` does to a large PNG that is not loaded, without decoding all of it.

    Returns
    -------
    PIL.Image.Image or None
        Of the target's size. None where all pixels are needed: for small images, those that are hardly reduced, and
        the files that `reduced_png` refuses.
    """
    factor = strip_factor(image.size, target)
    if factor < 2 or image.width * image.height <= LARGE_PIXELS:
        return None
    whole = reduced_png(image, factor, lambda strip: _premultiplied(plain(strip)))
    return None if whole is None else _finished(whole, image.size, factor, target, resample)


def strip_factor(size: tuple[int, int], target: tuple[int, int]) -> int:
    """Return by how much strips are reduced: so far that the last step still filters."""
    return min(size[0] // (_GAP * target[0]), size[1] // (_GAP * target[1]))


def _finished(
    whole: Image.Image, full: tuple[int, int], factor: int, target: tuple[int, int], resample: Image.Resampling
) -> Image.Image:
    box = 0, 0, full[0] / factor, full[1] / factor
    return whole.resize(target, resample, box).convert(_STRAIGHT.get(whole.mode, whole.mode))


def _reduced(
    image: Image.Image, top: int, bottom: int, factor: int, plain: Callable[[Image.Image], Image.Image]
) -> Image.Image:
    return _premultiplied(plain(image.crop((0, top, image.width, bottom)))).reduce(factor)


def _premultiplied(strip: Image.Image) -> Image.Image:
    return strip.convert(_PREMULTIPLIED.get(strip.mode, strip.mode))
