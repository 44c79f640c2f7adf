"""Pillow prepared for files of any kind: which formats are opened, which limits apply, and what errors become."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import io
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import PIL
from PIL import Image, ImageFile

from .. import config
from ..config import Settings
from ..core.errors import I2SError, ImageError, reason_of
from . import colour_tags, png_chunks, raw_photos, tiffs

_LARGE_FILE = 32 << 20
_FOREIGN = "its content is not an image in a supported format"


@dataclass(frozen=True)
class Decoding:
    """The settings that decoding depends on. Picklable, so that it can be part of jobs.

    Parameters
    ----------
    formats : tuple of str
        Pillow's names of the formats that are opened.
    pixel_limit : int
        Images of more pixels are refused before their pixels are read.
    intact_share : float
        Share of the rows of a damaged file that must be readable, in [0, 1].
    background : tuple of int, optional
        sRGB colour behind transparent pixels and letterboxed images, 0 to 255. None keeps transparency: the pixels of
        images that have it get an alpha channel.
    """

    formats: tuple[str, ...]
    pixel_limit: int
    intact_share: float
    background: tuple[int, int, int] | None

    @classmethod
    def of(cls, settings: Settings | None = None) -> Decoding:
        """Return the decoding of some settings; of `config.resolve()` when None."""
        settings = config.resolve() if settings is None else settings
        return cls(settings.formats, settings.pixel_limit, settings.intact_share, settings.background)


class _TolerantThread(threading.local):
    """Pillow's global switch for truncated files; this one is on only in a thread that reads a damaged file."""

    on = False

    def __bool__(self) -> bool:
        return self.on


_tolerant = _TolerantThread()


@functools.cache
def _prepare_pillow() -> None:
    import pillow_heif

    Image.init()
    pillow_heif.register_heif_opener()
    ImageFile.LOAD_TRUNCATED_IMAGES = _tolerant  # type: ignore[assignment]
    for name in ("PIL", "tifffile"):
        logging.getLogger(name).addHandler(logging.NullHandler())  # without a handler, errors go to the terminal
    _silence_libtiff()


def _silence_libtiff() -> None:
    """Remove the handlers of libtiff, which write each fault of a file to the terminal.

    Where Pillow is linked to libtiff statically, as on Windows, its messages remain.
    """
    home = Path(PIL.__file__).parent
    for library in [*home.parent.glob("[Pp]illow.libs/libtiff*"), *home.glob(".dylibs/libtiff*")]:
        with contextlib.suppress(OSError, AttributeError):
            loaded = ctypes.CDLL(str(library))
            loaded.TIFFSetErrorHandler(None)
            loaded.TIFFSetWarningHandler(None)


warnings.filterwarnings("ignore", module=r"PIL\..*")
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@contextlib.contextmanager
def decoder_errors() -> Iterator[None]:
    """Turn whatever a decoder raises within the block into an ImageError; errors of this package pass.

    Decoders raise nearly every exception there is on damaged files: struct.error, IndexError, SyntaxError, TypeError.
    """
    try:
        yield
    except I2SError:
        raise
    except Exception as error:
        raise ImageError(decoder_reason(error), lasting=is_lasting(error)) from error


def opened(path: Path, decoding: Decoding) -> Image.Image:
    """Return a file as a Pillow image whose pixels are not read yet.

    Raises
    ------
    ImageError
        If the file cannot be read, is not an image of the given formats, or exceeds the pixel limit.
    """
    _prepare_pillow()
    _raise_pillow_limit(decoding.pixel_limit)
    try:
        image = _identified(path, decoding)
    except I2SError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(_over_limit("it", decoding), lasting=False) from error
    except Exception as error:
        raise ImageError(_open_reason(path, error, decoding), lasting=is_lasting(error)) from error
    width, height = image.size
    if width >= 1 and height >= 1 and width * height <= decoding.pixel_limit:
        return image
    image.close()
    if width < 1 or height < 1:
        raise ImageError("has no pixels")
    raise ImageError(_over_limit(f"{width} × {height} px", decoding), lasting=False)


def _identified(path: Path, decoding: Decoding) -> Image.Image:
    """The image of a file by its content, with the tags of its colours in `info`."""
    content = _content(path)
    with contextlib.nullcontext(content) if isinstance(content, io.BytesIO) else open(path, "rb") as file:
        is_raw = raw_photos.is_raw(file)
        file.seek(0)
    if not is_raw:
        image = _by_pillow(content, decoding)
    elif raw_photos.RAW in decoding.formats:
        image = raw_photos.preview(path)
    else:
        raise ImageError(f"a raw photo ({raw_photos.RAW} is not among FORMATS)", lasting=False)
    colour_tags.add_colour_space(image)
    if image.format == "TIFF":
        tiffs.note_depth(image)
    return image


def _by_pillow(content: Path | io.BytesIO, decoding: Decoding) -> Image.Image:
    try:
        image = Image.open(content, formats=_available(decoding.formats))
    except Image.DecompressionBombError:
        raise
    except Exception as error:
        return _by_other_ways(content, decoding, error)
    if image.format == "TIFF" and tiffs.is_misread(image):
        return tiffs.read(content, decoding.pixel_limit)
    return image


def _by_other_ways(content: Path | io.BytesIO, decoding: Decoding, error: Exception) -> Image.Image:
    """What Pillow cannot open: PNG files that are whole but for a checksum, and TIFF files of unusual depth."""
    with contextlib.nullcontext(content) if isinstance(content, io.BytesIO) else open(content, "rb") as file:
        file.seek(0)
        head = file.read(8)
        file.seek(0)
        if head == png_chunks.SIGNATURE and "PNG" in decoding.formats:
            mended = png_chunks.mended(file.read())
            if mended is not None:
                return Image.open(io.BytesIO(mended), formats=["PNG"])
    if head.startswith(tiffs.MAGIC) and "TIFF" in decoding.formats:
        try:
            return tiffs.read(content, decoding.pixel_limit)
        except (ImageError, MemoryError):
            raise
        except Exception:
            raise error from None
    raise error


def _over_limit(what: str, decoding: Decoding) -> str:
    return f"{what} is over the limit of {decoding.pixel_limit / 1e6:.0f} megapixels (PIXEL_LIMIT)"


@contextlib.contextmanager
def tolerant_of_truncation() -> Iterator[None]:
    """Let Pillow fill the missing part of truncated files, in this thread and block only."""
    _tolerant.on = True
    try:
        yield
    finally:
        _tolerant.on = False


def is_lasting(error: Exception) -> bool:
    """Return whether an error comes from the bytes of a file, so that reading it again gives the same error."""
    passing = isinstance(error, Image.DecompressionBombError) or _is_short_of_memory(error)
    return not passing and getattr(error, "errno", None) is None


def _is_short_of_memory(error: Exception) -> bool:
    cv2 = sys.modules.get("cv2")
    in_opencv = cv2 is not None and isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem
    return isinstance(error, MemoryError) or in_opencv


def _raise_pillow_limit(pixels: int) -> None:
    """Pillow's own limit, which holds for images inside files too, must not be below ours."""
    if Image.MAX_IMAGE_PIXELS is not None and pixels > Image.MAX_IMAGE_PIXELS:
        Image.MAX_IMAGE_PIXELS = pixels


@functools.lru_cache(maxsize=8)
def _available(formats: tuple[str, ...]) -> list[str]:
    """The formats that this Pillow can open, in the order in which it tries them."""
    return [name for name in formats if name in Image.OPEN]


def _content(path: Path) -> Path | io.BytesIO:
    """The file in memory, where it is small: decoders read in small steps, which takes longer than the decoding."""
    with open(path, "rb", buffering=0) as file:
        return path if os.fstat(file.fileno()).st_size > _LARGE_FILE else io.BytesIO(file.readall())


def _open_reason(path: Path, error: Exception, decoding: Decoding) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, FileNotFoundError):
        return "the file does not exist any more"
    try:
        if path.stat().st_size == 0:
            return "empty file"
    except OSError as failure:
        return decoder_reason(failure)
    if not isinstance(error, Image.UnidentifiedImageError):
        return decoder_reason(error)
    claimed = _claimed_format(path, decoding)
    return f"damaged {claimed}: its header cannot be read" if claimed else _FOREIGN


def _claimed_format(path: Path, decoding: Decoding) -> str:
    """The format that the first bytes of a file belong to, or ""."""
    with contextlib.suppress(Exception):
        with open(path, "rb") as file:
            start = file.read(16)
        accepts = ((name, Image.OPEN[name][1]) for name in _available(decoding.formats))
        return next((name for name, accept in accepts if accept is not None and accept(start) is True), "")
    return ""


def decoder_reason(error: Exception) -> str:
    """Return in a few words why a decoder failed."""
    if _is_short_of_memory(error):
        return "too large for the available memory"
    if isinstance(error, Image.DecompressionBombError):
        return "an image inside the file is over the limit of PIXEL_LIMIT"
    return f"cannot be decoded ({reason_of(error)})"
