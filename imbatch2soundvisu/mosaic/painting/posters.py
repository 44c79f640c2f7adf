"""Mosaics as files of any size: images, BigTIFF, Deep Zoom. Each is written strip by strip, where its format can be."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...core import Progress, silent
from ...core.errors import ConfigError, UnwritableError
from ...runtime.files import atomic
from ...runtime.folders import atomic_folder
from ...visuals.large import write_big_tiff
from ...visuals.large import write_deep_zoom as write_pyramid
from ..placed_tiles import PlacedTiles
from .strips import Painting

#: Endings of TIFF files.
TIFF_ENDINGS = (".tif", ".tiff")
#: Name of the Deep Zoom description in a folder.
DZI = "mosaic.dzi"
#: Widest and tallest image of formats, in pixels.
_LONGEST_SIDES = {"JPEG": 65_500, "WEBP": 16_383, "AVIF": 65_536, "GIF": 65_535}
_MOST_PIXELS = 600_000_000
_CANNOT_WRITE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EROFS, errno.EFBIG)


@dataclass(frozen=True)
class Poster:
    """What was written.

    Parameters
    ----------
    path : Path
        The file or folder.
    size : (int, int)
        Width and height in pixels.
    problems : tuple of str
        Images that could not be decoded again at the size of the poster, one line each; they are enlarged.
    """

    path: Path
    size: tuple[int, int]
    problems: tuple[str, ...] = ()


def factor_of(mosaic: PlacedTiles, factor: float | None = None, width: int | None = None) -> float:
    """Return how many times larger than its target a mosaic is painted.

    Parameters
    ----------
    mosaic : PlacedTiles
        The mosaic.
    factor : float, optional
        As it is.
    width : int, optional
        Instead, the width in pixels. With neither, what the options of the mosaic say.

    Raises
    ------
    ConfigError
        When both are given, or one is not above 0.
    """
    if factor is not None and width is not None:
        raise ConfigError("give one of factor= and width=, not both")
    for name, value in (("factor", factor), ("width", width)):
        if value is not None and not 0 < value < float("inf"):
            raise ConfigError(f"{name}={value!r} must be above 0")
    if width is not None:
        return width / mosaic.cells.canvas[2]
    return mosaic.factor if factor is None else factor


def write_image(path: Path, mosaic: PlacedTiles, factor: float | None = None, **keywords: Any) -> Poster:
    """Write a mosaic as an image; the ending of the name says the format. TIFF is written by `write_tiff`.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    mosaic : PlacedTiles
        The mosaic.
    factor : float, optional
        How many times larger than the target; None: as the options of the mosaic say.
    **keywords
        Those of Pillow for the format, such as `quality`; for TIFF, those of `write_tiff`.

    Raises
    ------
    ConfigError
        For an unknown ending, or a size that the format or the memory does not allow.
    """
    if path.suffix.lower() in TIFF_ENDINGS:
        return write_tiff(path, mosaic, factor, **keywords)
    kind = _format_of(path)
    painting = Painting(mosaic, factor_of(mosaic, factor))
    _check_size(path, kind, painting.size)
    whole = np.empty((painting.size[1], painting.size[0], 3), np.uint8)
    for top, rows in painting.strips():
        whole[top : top + len(rows)] = rows
    defaults = {"quality": 92, "subsampling": 0} if kind == "JPEG" else {}
    with unwritable_in_one_line(path), atomic(path) as partial:
        Image.fromarray(whole).save(partial, format=kind, **defaults | keywords)
    return Poster(path, painting.size, tuple(painting.problems))


def write_tiff(
    path: Path,
    mosaic: PlacedTiles,
    factor: float | None = None,
    *,
    dpi: float = 300,
    compression: str = "jpeg",
    quality: int = 92,
    progress: Progress = silent,
) -> Poster:
    """Write a mosaic of any size as TIFF (BigTIFF above 3 GB of pixels), strip by strip.

    Parameters
    ----------
    path : Path
        The file; written beside its name and renamed when complete.
    mosaic : PlacedTiles
        The mosaic.
    factor : float, optional
        How many times larger than the target; None: as the options of the mosaic say. See `factor_of` for a width.
    dpi : float
        Pixels per inch: they give the size of a print.
    compression : {"jpeg", "deflate"}
        Small, or exact.
    quality : int
        Of JPEG, 1 to 100.
    progress : callable
        `progress("tiff", rows done, rows)`.

    Raises
    ------
    ConfigError
        For values that are not possible.
    UnwritableError
        When the disk is full; no file of the name is there then, or the one from before.
    """
    if dpi <= 0 or not 1 <= quality <= 100:
        raise ConfigError(f"dpi={dpi!r} must be above 0, and quality={quality!r} from 1 to 100")
    painting = Painting(mosaic, factor_of(mosaic, factor))
    with unwritable_in_one_line(path):
        write_big_tiff(
            path, _rows(painting), painting.size, dpi=dpi, compression=compression, quality=quality, progress=progress
        )
    return Poster(path, painting.size, tuple(painting.problems))


def write_deep_zoom(
    folder: Path,
    mosaic: PlacedTiles,
    factor: float | None = None,
    *,
    quality: int = 85,
    progress: Progress = silent,
) -> Poster:
    """Write a mosaic of any size as a Deep Zoom pyramid: `mosaic.dzi` and `mosaic_files/` in a folder of their own.

    Parameters
    ----------
    folder : Path
        Written beside its name and renamed when complete. One that is there is replaced if this program wrote it.
    mosaic : PlacedTiles
        The mosaic.
    factor : float, optional
        How many times larger than the target; None: as the options of the mosaic say.
    quality : int
        Of the JPEG tiles, 1 to 100.
    progress : callable
        `progress("deep zoom", rows done, rows)`.

    Raises
    ------
    NotOursError
        When the folder has files that this program did not write.
    UnwritableError
        When the disk is full; nothing of the name is there then, or what was there before.
    """
    painting = Painting(mosaic, factor_of(mosaic, factor))
    with unwritable_in_one_line(folder), atomic_folder(folder, DZI) as partial:
        write_pyramid(partial / DZI, _rows(painting), painting.size, quality=quality, progress=progress)
    return Poster(folder, painting.size, tuple(painting.problems))


def _rows(painting: Painting) -> Iterator[np.ndarray]:
    return (rows for _, rows in painting.strips())


def _format_of(path: Path) -> str:
    endings = Image.registered_extensions()
    kind = endings.get(path.suffix.lower(), "")
    if kind not in Image.SAVE:
        raise ConfigError(f"{path.name}: images can be written as .jpg, .png, .webp, .tif; not as {path.suffix!r}")
    return kind


def _check_size(path: Path, kind: str, size: tuple[int, int]) -> None:
    longest = _LONGEST_SIDES.get(kind, max(size))
    shown = f"{path.name}: {size[0]:,} x {size[1]:,} pixels"
    if max(size) > longest:
        raise ConfigError(f"{shown} are more than {kind} can hold, {longest:,} a side; write a .tif, or a smaller one")
    if size[0] * size[1] > _MOST_PIXELS:
        raise ConfigError(f"{shown} are too many for one image in memory; write a .tif, or a smaller one")


@contextlib.contextmanager
def unwritable_in_one_line(path: Path) -> Iterator[None]:
    """Raise UnwritableError, which names `path`, for a full or read-only disk within the block."""
    try:
        yield
    except OSError as error:
        if error.errno not in _CANNOT_WRITE:
            raise
        raise UnwritableError(f"{path} cannot be written: {error.strerror}. Nothing of it was left") from error
