"""Placements: which image is where in a mosaic, in a file from which it is painted again, at any size."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...config import Settings
from ...core import ImageRecord, Progress, silent
from ...core.errors import CollectionError, ImageError, reason_of
from ...core.text import plural
from ...datasets import discover
from ...datasets.discovery import digest_of
from ...datasets.images import open_image, read_header
from ..colours.palette import ColourMap
from ..layout.cells import Cells
from ..layout.masks import mask_of
from ..options import MosaicOptions
from ..placed_tiles import PlacedTiles
from ..tiles.codebook import Codebook, codebook_of
from ..tiles.pixels import resized
from . import placement_files
from .placement_files import FORMAT, VERSION, Placements

#: Options that say what is painted; the others say how cells were made and matched.
_PAINTED = ("crop", "cover", "tint", "tint_detail", "opacity", "background", "seed")


def write_placements(path: Path, mosaic: PlacedTiles, target: Path | None = None) -> None:
    """Write which image is where in a mosaic.

    Parameters
    ----------
    path : Path
        `.json` or `.csv`. Paths in it are relative to its folder.
    mosaic : PlacedTiles
        The mosaic.
    target : Path, optional
        The file of the target. With it, a mosaic with `opacity` can be painted again.

    Raises
    ------
    ConfigError
        For another ending.
    OSError
        When the file cannot be written.

    Examples
    --------
    >>> write_placements(Path("mosaic.json"), made)  # doctest: +SKIP
    """
    book, folder = mosaic.codebook, Path(os.path.abspath(path)).parent
    rows, chosen = np.unique(book.rows[mosaic.chosen], return_inverse=True)
    record_of = dict(zip(book.rows.tolist(), book.records, strict=True))
    images = [(_relative(record_of[row].path, folder), record_of[row].digest) for row in rows.tolist()]
    head = _head(mosaic, None if target is None else {"path": _relative(target, folder), "digest": digest_of(target)})
    variants = book.variants[mosaic.chosen]
    placement_files.write(
        path,
        Placements(
            head, tuple(images), mosaic.cells.boxes, mosaic.cells.places, chosen.reshape(-1).astype(np.int32), variants,
            mosaic.colours,
        ),
    )  # fmt: skip


def _head(mosaic: PlacedTiles, target: dict[str, str] | None) -> dict[str, Any]:
    down, across = mosaic.colours.shape[1:3]
    return {
        "format": FORMAT,
        "version": VERSION,
        "target": target,
        "target_size": [mosaic.target.shape[1], mosaic.target.shape[0]],
        "canvas": list(mosaic.cells.canvas),
        "shape": mosaic.cells.shape,
        "tile_size": list(mosaic.codebook.size),
        "factor": mosaic.factor,
        "colour_samples": [across, down],
        "recolour": None if mosaic.recolour is None else mosaic.recolour.as_dict(),
        "target_shows": _target_shows(mosaic),
        "mask": _mask_text(mosaic),
        "options": {each.name: _plain(getattr(mosaic.options, each.name)) for each in fields(mosaic.options)},
    }


def _target_shows(mosaic: PlacedTiles) -> bool:
    is_rectangular = mosaic.cells.shape == "rectangle"
    has_gaps = not mosaic.cells.is_complete if is_rectangular else mosaic.options.cover == "whole"
    return mosaic.options.opacity > 0 or mosaic.options.mask is not None or has_gaps


def _mask_text(mosaic: PlacedTiles) -> str | None:
    """The mask of the target as a PNG in base64."""
    mask = mask_of(mosaic.options.mask, (mosaic.target.shape[1], mosaic.target.shape[0]))
    return None if mask is None else base64.b64encode(cv2.imencode(".png", mask)[1].tobytes()).decode("ascii")


def _mask_of_text(text: str | None) -> np.ndarray | None:
    if text is None:
        return None
    return cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_GRAYSCALE)


def read_placements(path: Path, tiles: Any = None, *, settings: Settings, progress: Progress = silent) -> PlacedTiles:
    """Return the mosaic of a file of placements. Nothing is matched, and the target need not be there.

    The colours of its cells are in the file. An image that is missing, or whose content has changed, is replaced by
    the colour of its cell; `codebook.problems` names it.

    Parameters
    ----------
    path : Path
        `.json` or `.csv`, as `write_placements` writes it.
    tiles : str, Path, Collection or iterable of paths, optional
        Where images are that were moved or renamed; they are recognized by their content.
    settings : Settings
        Formats and limits of decoding, and the cache.
    progress : callable
        `progress("tiles", done, total)`.

    Raises
    ------
    ConfigError
        If the file is missing or is not one of placements.
    CollectionError
        If none of its images is there.
    """
    found = placement_files.read(path)
    head, folder = found.head, Path(os.path.abspath(path)).parent
    moved = {} if tiles is None else {each.digest: each for each in discover(tiles, settings=settings)}
    records, problems = _records(found.images, folder, moved, settings)
    book, chosen = _codebook(found, records, settings, progress)
    target, lines = _target(found, folder)
    left, top, width, height = head["canvas"]
    cells = Cells(found.boxes, found.places, (left, top, width, height), head["shape"])
    book = replace(book, problems=(*problems, *book.problems, *lines))
    made = PlacedTiles(target, cells, book, chosen, _options(head), recolour=ColourMap.of(head.get("recolour")))
    made.__dict__["colours"] = found.colours  # a cached property: the target may not be there
    return made


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return Path(os.path.abspath(path)).as_posix()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | int | float | bool | None) else repr(value)[:200]


def _options(head: Mapping[str, Any]) -> MosaicOptions:
    saved, known = head["options"], {each.name for each in fields(MosaicOptions)}
    values = {name: saved[name] for name in _PAINTED if name in known and name in saved}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return MosaicOptions(**values, enlarge=float(head["factor"]), mask=_mask_of_text(head["mask"]))


def _records(
    images: Sequence[tuple[str, str]], folder: Path, moved: dict[str, ImageRecord], settings: Settings
) -> tuple[list[ImageRecord | None], list[str]]:
    """The records of images, None for those that cannot be used, and a line for each of these."""

    def find(image: tuple[str, str]) -> ImageRecord | str:
        name, digest = image
        if digest in moved:
            return moved[digest]
        try:
            if digest_of(folder / name) != digest:
                return f"{name}: its content has changed since; its cells are plain"
            header = read_header(folder / name)
        except FileNotFoundError:
            return f"{name}: is missing; its cells are plain"
        except (OSError, ImageError) as error:
            return f"{name}: {reason_of(error)}; its cells are plain"
        return ImageRecord(folder / name, digest, header.width, header.height, name=name, format=header.format)

    with ThreadPoolExecutor(settings.jobs or 2) as pool:
        found = list(pool.map(find, images))
    lines = [each for each in found if isinstance(each, str)]
    if len(lines) == len(images):
        raise CollectionError(f"none of the {plural(len(images), 'image')} of the mosaic is there: {lines[0]}")
    return [None if isinstance(each, str) else each for each in found], lines


def _codebook(
    found: Placements, records: Sequence[ImageRecord | None], settings: Settings, progress: Progress
) -> tuple[Codebook, np.ndarray]:
    """A tile for each pair of image and variant, and that of each cell; images that are not there are transparent."""
    size, crop = tuple(found.head["tile_size"]), found.head["options"].get("crop", "centre")
    usable = list({record.digest: record for record in records if record is not None}.values())
    read = codebook_of(usable, (size[0], size[1]), crop, settings=settings, progress=progress)
    row_of = {record.digest: row for record, row in zip(read.records, read.rows.tolist(), strict=True)}
    pairs, chosen = np.unique(np.stack((found.chosen, found.variants), axis=1), axis=0, return_inverse=True)
    missing = len(read.rgb)
    rows = [row_of.get(found.images[image][1], missing) for image in pairs[:, 0].tolist()]
    shown = [records[image] or _absent(found.images[image]) for image in pairs[:, 0].tolist()]
    book = read if missing not in rows else _with_transparent_tile(read)
    book = replace(book, records=tuple(shown), rows=np.array(rows, np.int32), variants=pairs[:, 1].astype(np.uint8))
    return book, chosen.reshape(-1).astype(np.int32)


def _absent(image: tuple[str, str]) -> ImageRecord:
    return ImageRecord(Path(image[0]), image[1], 0, 0, name=image[0])


def _with_transparent_tile(book: Codebook) -> Codebook:
    """A codebook with one more row of pixels, in which nothing is visible."""
    alpha = np.full(book.rgb.shape[:3], 255, np.uint8) if book.alpha is None else book.alpha
    rgb, alpha = (np.concatenate((each, np.zeros_like(each[:1]))) for each in (book.rgb, alpha))
    return replace(book, rgb=rgb, alpha=alpha)


def _target(placements: Placements, folder: Path) -> tuple[np.ndarray, list[str]]:
    """The target, or the colours of its cells where it is not there; and what is to be reported."""
    head = placements.head
    size, saved = tuple(head["target_size"]), head["target"]
    why = "the file of placements does not say where it is"
    if saved is not None:
        try:
            if digest_of(folder / saved["path"]) == saved["digest"]:
                pixels = open_image(folder / saved["path"])
                return pixels if pixels.shape[1::-1] == size else resized(pixels, size), []
            why = f"{saved['path']} has changed"
        except (OSError, ImageError) as error:
            why = f"{saved['path']}: {reason_of(error)}"
    line = f"the target, which shows through, is replaced by the colours of the cells: {why}"
    return _from_colours(placements, size), [line] if head["target_shows"] else []


def _from_colours(placements: Placements, size: tuple[int, int]) -> np.ndarray:
    target = np.zeros((size[1], size[0], 3), np.uint8)
    left, top, width, height = placements.head["canvas"]
    canvas = target[top : top + height, left : left + width]
    for (x, y, w, h), colours in zip(placements.boxes.tolist(), placements.colours, strict=True):
        x0, y0 = max(0, x), max(0, y)
        part = canvas[y0 : y + h, x0 : x + w]
        if part.size:
            part[...] = resized(colours, (w, h))[y0 - y :, x0 - x :][: part.shape[0], : part.shape[1]]
    return target
