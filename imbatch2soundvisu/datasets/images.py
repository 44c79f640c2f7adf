"""The only place where pixels are opened.

An image comes out upright (EXIF orientation), in sRGB (embedded profiles converted), 8 bits a channel (16-bit and
float scaled), over the background where it was transparent, and no larger than asked for. Of animated and multi-page
files it is the first frame.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import io
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import PIL
import pillow_heif
from PIL import Image, ImageCms, ImageFile

from .. import config
from ..core.errors import ConfigError, I2SError, ImageError, words

Image.init()
pillow_heif.register_heif_opener()
warnings.filterwarnings("ignore", module=r"PIL\..*")
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
logging.getLogger("PIL").addHandler(logging.NullHandler())  # else its errors go to the terminal
# `config.PIXEL_LIMIT` is checked here before any pixel is read; Pillow's own limit must not come first
Image.MAX_IMAGE_PIXELS = max(config.PIXEL_LIMIT, Image.MAX_IMAGE_PIXELS or 0)


def _hush_libtiff() -> None:
    """libtiff writes every fault of a file to the terminal; the reason that Pillow raises is enough.

    Where Pillow has libtiff built in, as on Windows, there is no library to find and its lines stay.
    """
    home = Path(PIL.__file__).parent
    for library in [*home.parent.glob("[Pp]illow.libs/libtiff*"), *home.glob(".dylibs/libtiff*")]:
        with contextlib.suppress(OSError, AttributeError):
            loaded = ctypes.CDLL(str(library))
            loaded.TIFFSetErrorHandler(None)
            loaded.TIFFSetWarningHandler(None)


_hush_libtiff()

#: How an image meets a frame: letterboxed, cropped to fill, or letterboxed over a blurred copy of itself.
FITS = ("fit", "fill", "blur")

Size = tuple[int, int]


class _HasPath(Protocol):
    @property
    def path(self) -> Path: ...


class _TolerantThread(threading.local):
    """Pillow's switch for truncated files is global; this one is true only in a thread that is salvaging a file."""

    on = False

    def __bool__(self) -> bool:
        return self.on


_tolerant = _TolerantThread()
ImageFile.LOAD_TRUNCATED_IMAGES = _tolerant  # type: ignore[assignment]


@dataclass(frozen=True)
class Header:
    """What a file says of itself before its pixels are read. width, height: upright pixels."""

    format: str
    width: int
    height: int
    taken: datetime | None
    frames: int


@dataclass(frozen=True)
class Decoded:
    """rgb: (h, w, 3) uint8. width, height: of the whole image, upright. damage: what is missing, or ""."""

    rgb: np.ndarray
    width: int
    height: int
    damage: str = ""


@contextlib.contextmanager
def decoding() -> Iterator[None]:
    """Whatever a decoder raises within the block becomes an ImageError that says why; errors of this package pass.

    Decoders raise nearly every exception there is on damaged files: struct.error, IndexError, SyntaxError, TypeError.
    """
    try:
        yield
    except I2SError:
        raise
    except Exception as error:
        raise ImageError(_reason(error), lasting=_lasts(error)) from error


@decoding()
def read_header(path: Path) -> Header:
    """Identify a file by its content. Raises ImageError with the reason when it is not a usable image."""
    with _opened(path) as image:
        width, height = image.size
        if _orientation(image) >= 5:
            width, height = height, width
        return Header(str(image.format), width, height, _exif_date(image), _frames(image))


def open_image(source: Path | _HasPath, long_side: int | None = None) -> np.ndarray:
    """The pixels of an image as (h, w, 3) uint8 sRGB, its longer side at most `long_side` px; never enlarged.

    Raises ImageError with the reason when the file cannot be used.
    """
    return decode(source, long_side).rgb


def decode(source: Path | _HasPath, long_side: int | None = None) -> Decoded:
    """Like `open_image`, with the full size and what is damaged."""

    def wanted(width: int, height: int) -> Size:
        scale = 1.0 if long_side is None else min(1.0, long_side / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    return _decode(source if isinstance(source, Path) else source.path, wanted, Image.Resampling.BILINEAR)


def open_to_fit(
    source: Path | _HasPath, size: Size, fit: str = "fit", background: tuple[int, int, int] = config.BACKGROUND
) -> np.ndarray:
    """An image on a canvas of `size` (width, height) px, decoded no larger than that needs; see `fit_to`."""
    path = source if isinstance(source, Path) else source.path

    def wanted(width: int, height: int) -> Size:
        placed = _placed((width, height), size, fit)
        return placed if placed[0] < width else (width, height)

    return fit_to(_decode(path, wanted, Image.Resampling.LANCZOS).rgb, size, fit, background)


def fit_to(
    rgb: np.ndarray, size: Size, fit: str = "fit", background: tuple[int, int, int] = config.BACKGROUND
) -> np.ndarray:
    """Place an image on a canvas of `size` (width, height) without stretching it.

    rgb : (h, w, 3) uint8. fit : "fit" shows all of it on `background`, "fill" crops its centre, "blur" shows all of
    it over an enlarged, blurred and darkened copy. Returns (height, width, 3) uint8.
    Raises ConfigError for another fit.
    """
    width, height = size
    placed_width, placed_height = _placed((rgb.shape[1], rgb.shape[0]), size, fit)
    placed = _resize(rgb, (placed_width, placed_height))
    if fit == "fill":
        left, top = (placed_width - width) // 2, (placed_height - height) // 2
        return np.ascontiguousarray(placed[top : top + height, left : left + width])
    if (placed_width, placed_height) == size:
        return placed
    canvas = _blurred(rgb, size) if fit == "blur" else np.full((height, width, 3), background, np.uint8)
    left, top = (width - placed_width) // 2, (height - placed_height) // 2
    canvas[top : top + placed_height, left : left + placed_width] = placed
    return canvas


def _placed(image: Size, canvas: Size, fit: str) -> Size:
    """The size an image has on a canvas."""
    if fit not in FITS:
        raise ConfigError(f"unknown fit {fit!r}; choose one of {', '.join(FITS)}")
    ratios = canvas[0] / image[0], canvas[1] / image[1]
    scale = max(ratios) if fit == "fill" else min(ratios)
    width, height = max(1, round(image[0] * scale)), max(1, round(image[1] * scale))
    if fit == "fill":
        return max(width, canvas[0]), max(height, canvas[1])
    return min(width, canvas[0]), min(height, canvas[1])


def _resize(rgb: np.ndarray, size: Size) -> np.ndarray:
    if (rgb.shape[1], rgb.shape[0]) == size:
        return rgb
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def _blurred(rgb: np.ndarray, size: Size) -> np.ndarray:
    small = (max(8, size[0] // 8), max(8, size[1] // 8))
    cover = fit_to(_resize(rgb, _placed((rgb.shape[1], rgb.shape[0]), small, "fill")), small, "fill")
    soft = cv2.GaussianBlur(cover, (0, 0), max(small) / 22)
    large = cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC)
    return (large.astype(np.float32) * 0.45).astype(np.uint8)


@decoding()
def _decode(path: Path, wanted: Callable[[int, int], Size], resample: Image.Resampling) -> Decoded:
    damage = ""
    with _opened(path) as image:
        orientation = _orientation(image)
        full = image.size
        target = _sideways(wanted(*_sideways(full, orientation)), orientation)
        _draft(image, target)
        try:
            image.load()
        except Exception as error:
            salvaged, share = _salvage(path, target, error)
            damage = f"damaged: {share:.0%} of its rows could be read"
            full = full[0], max(1, round(full[1] * share))
            target = target[0], max(1, round(target[1] * share))
            image = salvaged
        small = _to_array(image, target, resample)
    if orientation > 1:
        small = np.asarray(Image.fromarray(small).transpose(_TRANSPOSE[orientation]))
    width, height = _sideways(full, orientation)
    return Decoded(small, width, height, damage)


def _sideways(size: Size, orientation: int) -> Size:
    return (size[1], size[0]) if orientation >= 5 else size


def _opened(path: Path) -> Image.Image:
    try:
        image = Image.open(_content(path), formats=_formats(config.FORMATS))
    except Exception as error:
        raise ImageError(_open_reason(path, error), lasting=_lasts(error)) from error
    width, height = image.size
    if width < 1 or height < 1:
        image.close()
        raise ImageError("has no pixels")
    if width * height > config.PIXEL_LIMIT:
        image.close()
        raise ImageError(_over_limit(f"{width} × {height} px"), lasting=False)
    return image


def _over_limit(what: str) -> str:
    return f"{what} is over the limit of {config.PIXEL_LIMIT / 1e6:.0f} megapixels (config.PIXEL_LIMIT)"


def _lasts(error: Exception) -> bool:
    """Whether an error is of the bytes, and not of the system, which may be in a better mood tomorrow."""
    passing = isinstance(error, MemoryError | Image.DecompressionBombError) or _is_short_of_memory(error)
    return not passing and getattr(error, "errno", None) is None


def _is_short_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem)


@functools.lru_cache(maxsize=8)
def _formats(names: tuple[str, ...]) -> list[str]:
    """Those that this Pillow can open; it tries them in turn, so the most common stand first."""
    return [name for name in names if name in Image.OPEN]


def _content(path: Path) -> Path | io.BytesIO:
    """The file in memory: decoders read in small steps, which costs more than the decoding of a small image."""
    with open(path, "rb", buffering=0) as file:
        return path if os.fstat(file.fileno()).st_size > _LARGE_FILE else io.BytesIO(file.readall())


_LARGE_FILE = 32 << 20


def _open_reason(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, FileNotFoundError):
        return "it is gone"
    try:
        if path.stat().st_size == 0:
            return "empty file"
    except OSError as trouble:
        return _reason(trouble)
    if not isinstance(error, Image.UnidentifiedImageError):
        return _reason(error)
    claimed = _claimed(path)
    return f"damaged {claimed}: its header cannot be read" if claimed else _FOREIGN


_FOREIGN = "its content is not an image in a format that is opened here"


def _claimed(path: Path) -> str:
    """The format that a file's first bytes are those of, or ""."""
    with contextlib.suppress(Exception):
        with open(path, "rb") as file:
            start = file.read(16)
        accepts = ((name, Image.OPEN[name][1]) for name in _formats(config.FORMATS))
        return next((name for name, accept in accepts if accept is not None and accept(start) is True), "")
    return ""


def _reason(error: Exception) -> str:
    if _is_short_of_memory(error):
        return "too large for the memory there is"
    if isinstance(error, Image.DecompressionBombError):
        return _over_limit("it")
    return f"cannot be decoded ({words(error)})"


def _draft(image: Image.Image, target: Size) -> None:
    """Let the JPEG decoder skip the detail nobody asked for."""
    if image.format in ("JPEG", "MPO") and target != image.size:
        image.draft(image.mode, target)


def _salvage(path: Path, target: Size, error: Exception) -> tuple[Image.Image, float]:
    """Read a damaged file as far as it goes. Returns its intact top and the share of the rows that is."""
    if isinstance(error, MemoryError):
        raise error
    _tolerant.on = True
    try:
        with _opened(path) as image:
            _draft(image, target)
            image.load()
            rows = np.asarray(image.convert("RGB"))
            whole = image.copy()
    except Exception as again:
        raise ImageError(_reason(error), lasting=_lasts(error) and _lasts(again)) from again
    finally:
        _tolerant.on = False
    intact = _intact_rows(rows)
    share = intact / rows.shape[0]
    if share < config.INTACT_SHARE:
        raise ImageError(f"damaged: only {share:.0%} of its rows could be read") from error
    return whole.crop((0, 0, whole.width, intact)), share


def _intact_rows(rows: np.ndarray) -> int:
    """How many rows come before the decoder's filler. rows: (h, w, 3), the last pixel being filler."""
    differs = (rows != rows[-1, -1]).any(axis=2)
    touched, finished = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs[:, -1])
    last = int(touched[-1]) + 1 if touched.size else 0
    whole = int(finished[-1]) + 1 if finished.size else 0
    return whole if last - whole <= 16 else last  # a block row that was begun: at most 16 rows of JPEG


_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 for anything else, for garbage, and for TIFF, which Pillow turns upright itself."""
    if image.format == "TIFF":
        return 1
    try:
        value = int(image.getexif().get(0x0112, 1))
    except Exception:
        return 1
    return value if 1 <= value <= 8 else 1


def _frames(image: Image.Image) -> int:
    """How many frames there are; 1 where the later ones are too damaged to be counted: only the first is shown."""
    try:
        return int(getattr(image, "n_frames", 1)) if image.format in ("GIF", "WEBP", "TIFF", "MPO") else 1
    except Exception:
        return 1


def _exif_date(image: Image.Image) -> datetime | None:
    """DateTimeOriginal, else DateTimeDigitized, else DateTime; None when absent or nonsense."""
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


def _to_array(image: Image.Image, target: Size, resample: Image.Resampling) -> np.ndarray:
    """(h, w, 3) uint8 of `target` size. Plain RGB for measuring takes a short way."""
    plain = image.mode == "RGB" and not {"icc_profile", "transparency"} & image.info.keys()
    if plain and resample == Image.Resampling.BILINEAR and target[0] <= image.width:
        # whole steps by averaging, the rest (less than half) by interpolation: a quarter of the time of area averaging
        whole = max(1, min(image.width // target[0], image.height // target[1]))
        nearly = np.asarray(image.reduce(whole) if whole > 1 else image)
        return nearly if image.size == target else cv2.resize(nearly, target, interpolation=cv2.INTER_LINEAR)
    return np.asarray(_to_rgb(image, target, resample))


def _to_rgb(image: Image.Image, target: Size, resample: Image.Resampling) -> Image.Image:
    """Any Pillow mode to RGB of `target` size: scaled to 8 bits, converted to sRGB, composed over the background."""
    profile = image.info.get("icc_profile")
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode[0] in "IF":
        image, profile = Image.fromarray(_to_8_bits(np.asarray(image), target)), None
    elif image.mode in ("L", "RGB") and "transparency" in image.info or image.mode == "RGBa":
        image = image.convert("RGBA")
    if image.size != target:
        image = image.resize(target, resample, reducing_gap=3.0)
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    if alpha is not None:
        image = image.convert(image.mode[:-1])
    colour = _to_srgb(image, profile)
    if alpha is None:
        return colour
    canvas = Image.new("RGB", colour.size, config.BACKGROUND)
    canvas.paste(colour, mask=alpha)
    return canvas


def _to_8_bits(values: np.ndarray, target: Size) -> np.ndarray:
    """(h, w) integers or floats of any range to uint8, shrunk to `target` on the way.

    16-bit integers are scaled by 65535, whatever values they use, so that images compare. Of 32-bit integers and of
    floats nobody knows the range: it is the smallest of [0, 1] (floats), [0, 255] and [0, 65535] that holds them, else
    their own.
    """
    if values.dtype.itemsize == 2 and np.issubdtype(values.dtype, np.integer):
        low, high = 0.0, 65535.0
        values = values.astype(np.uint16, copy=False)
    else:
        whole = bool(np.issubdtype(values.dtype, np.integer))
        values = values.astype(np.float32)
        finite = np.isfinite(values)
        if not finite.all():
            values = np.where(finite, values, values[finite].min() if finite.any() else 0.0)
        values = values.clip(-_LARGEST_VALUE, _LARGEST_VALUE)
        low, high = float(values.min()), float(values.max())
        tops = [top for top in ((255.0, 65535.0) if whole else (1.0, 255.0, 65535.0)) if low >= 0 and high <= top]
        low, high = (0.0, tops[0]) if tops else (low, high)
    if target[0] < values.shape[1] or target[1] < values.shape[0]:
        values = cv2.resize(values, target, interpolation=cv2.INTER_AREA)
    scaled = (values.astype(np.float32) - low) * (255.0 / max(high - low, 1e-12))
    return (np.clip(scaled, 0, 255) + 0.5).astype(np.uint8)


_LARGEST_VALUE = 1e37  # of a float; differences of larger ones overflow


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode == "LAB":
        return _apply(_lab_transform(), image)
    transform = _profile_transform(profile, image.mode) if profile else None
    if transform is not None:
        return _apply(transform, image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _apply(transform: Any, image: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None
    return converted


@functools.lru_cache(maxsize=1)
def _lab_transform() -> Any:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")


@functools.lru_cache(maxsize=64)
def _profile_transform(profile: bytes, mode: str) -> Any | None:
    """The way from an embedded profile to sRGB; None when it is sRGB already, or broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except MemoryError:
        raise
    except Exception:
        return None
