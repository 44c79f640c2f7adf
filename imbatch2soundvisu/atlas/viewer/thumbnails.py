"""Thumbnails of a map: sheets of small ones for the graphics card, and a file for each image seen from near."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ...core import ImageRecord, Progress, silent
from ...core.errors import ImageError
from .earlier import Earlier, sheet_key

#: Sides of the thumbnails in sheets, in pixels; all sheets of the first are loaded, of the second those in view.
SIDES = (16, 64)
#: Side of a sheet, in pixels.
SHEET = 2048
#: Long side of the file of each image, in pixels.
LARGE = 1600
_SOURCE = 512  # pixels of what thumbnails of a linked image are reduced from
_AHEAD = 8  # images that are decoded before they are used
_QUALITY = 84
_DRAFT = 2 * SIDES[-1]  # least size of what thumbnails are reduced from, in pixels


@dataclass(frozen=True)
class Thumbnails:
    """What was written.

    Parameters
    ----------
    order : ndarray of shape (n,)
        The image of each place on the sheets.
    sheets : tuple of int
        Number of sheets of each side.
    aspects : ndarray of shape (n,)
        Width / height of each image.
    problems : tuple of str
        Images that could not be read, one line each.
    """

    order: np.ndarray
    sheets: tuple[int, ...]
    aspects: np.ndarray
    problems: tuple[str, ...]


@dataclass(frozen=True)
class ImageFiles:
    """What is shown of each image from near.

    Parameters
    ----------
    long_side : int
        Of the file of each image, in pixels; smaller images are not enlarged.
    linked : frozenset of int
        Images that are shown from where they are, and get no file.
    """

    long_side: int = LARGE
    linked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Small:
    """The thumbnails of one image, one for each of SIDES."""

    number: int
    aspect: float
    pixels: list[np.ndarray]
    problem: str = ""


def write_thumbnails(
    folder: Path,
    records: Sequence[ImageRecord],
    read: Callable[[ImageRecord, int], np.ndarray],
    *,
    order: np.ndarray | None = None,
    files: ImageFiles = ImageFiles(),
    earlier: Earlier | None = None,
    progress: Progress = silent,
) -> Thumbnails:
    """Write sheets and files of all images into a folder; each image is decoded once, or taken from an earlier map.

    Parameters
    ----------
    folder : Path
        Gets `sheet-<side>-<number>.js`, `images/<number // 1000>/<number>.jpg`, and a record for the next time.
    records : sequence of ImageRecord
        The images.
    read : callable
        `read(record, long_side) -> (h, w, 3) uint8`; raises ImageError.
    order : ndarray of shape (n,), optional
        The image of each place on the sheets, so that images near each other on a map are on one sheet.
    files : ImageFiles
        Which images get files, and how large they are.
    earlier : Earlier, optional
        An earlier map: files and sheets of images that are in it are taken from there.
    progress : callable
        `progress("thumbnails", done, total)`.
    """
    count = len(records)
    order = np.arange(count) if order is None else order
    digests = [records[number].digest for number in order.tolist()]
    earlier = earlier or Earlier()
    writers = [_Sheets(folder, side, digests, earlier) for side in SIDES]
    aspects, problems = np.ones(count), []
    prepare = partial(_prepared, folder, records, read, files, earlier, (writers, order))
    with ThreadPoolExecutor(_jobs()) as pool:
        for done, small in enumerate(_ahead(pool, prepare, range(count)), 1):
            aspects[small.number] = small.aspect
            problems += [small.problem] if small.problem else []
            for number, sheets in enumerate(writers):
                sheets.add(small.pixels[number] if small.pixels else None)
            progress("thumbnails", done, count)
    known = Thumbnails(order, tuple(sheets.close() for sheets in writers), aspects, tuple(problems))
    bad = {problem.partition(": ")[0] for problem in problems}
    usable = {
        record.digest: number
        for number, record in enumerate(records)
        if record.name not in bad and number not in files.linked
    }
    earlier.write_record(
        folder, files.long_side, usable, [key for sheets in writers for key in sheets.keys], bool(problems)
    )
    return known


def _jobs() -> int:
    return max(1, min(8, os.cpu_count() or 1))


def _prepared(
    folder: Path,
    records: Sequence[ImageRecord],
    read: Callable[[ImageRecord, int], np.ndarray],
    files: ImageFiles,
    earlier: Earlier,
    wanted: tuple[list[_Sheets], np.ndarray],
    place: int,
) -> _Small:
    """Write the file of the image at a place, and return its thumbnails where a sheet needs them."""
    writers, order = wanted
    number, needed = int(order[place]), any(sheets.needs(place) for sheets in writers)
    record, path = records[number], image_path(folder, number)
    try:
        if number in files.linked:
            return _of_source(number, record, read, needed)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not earlier.take_image(record.digest, files.long_side, path):
            Image.fromarray(read(record, files.long_side)).save(path, "JPEG", quality=_QUALITY)
    except ImageError as error:
        grey = [np.full((side, side, 3), 96, np.uint8) for side in SIDES]
        return _Small(number, 1.0, grey, f"{record.name}: {error}")
    if needed:
        return _reduced(number, path)
    with Image.open(path) as opened:
        return _Small(number, opened.width / opened.height, [])


def _ahead(pool: ThreadPoolExecutor, function: Callable[[int], _Small], numbers: range) -> Iterator[_Small]:
    """Results in order, few of them in memory."""
    waiting = iter(numbers)
    jobs = [pool.submit(function, number) for number in islice(waiting, _AHEAD)]
    while jobs:
        yield jobs.pop(0).result()
        jobs += [pool.submit(function, number) for number in islice(waiting, 1)]


def _of_source(
    number: int, record: ImageRecord, read: Callable[[ImageRecord, int], np.ndarray], needed: bool
) -> _Small:
    """The thumbnails of an image that gets no file, from its source."""
    squares = _squares(read(record, _SOURCE)) if needed else []
    return _Small(number, record.width / record.height, squares)


def _reduced(number: int, path: Path) -> _Small:
    """The thumbnails of a file.

    They come from the file, not from what it was written from, so that they are the same where the file was kept.
    """
    with Image.open(path) as opened:
        width, height = opened.size
        opened.draft("RGB", (_DRAFT, _DRAFT))  # decoded at a half, a quarter or an eighth
        return _Small(number, width / height, _squares(np.asarray(opened.convert("RGB"))))


def _squares(source: np.ndarray) -> list[np.ndarray]:
    """An image stretched to a square for each of SIDES; the viewer gives them their aspect again."""
    found = []
    for side in sorted(SIDES, reverse=True):
        source = cv2.resize(source, (side, side), interpolation=cv2.INTER_AREA)
        found.append(source)
    return found[::-1]


def image_path(folder: Path, number: int) -> Path:
    """Return the file of an image."""
    return folder / "images" / str(number // 1000) / f"{number}.jpg"


class _Sheets:
    """Sheets of one side, filled row by row, each written when it is full; those of an earlier map are taken over."""

    def __init__(self, folder: Path, side: int, digests: Sequence[str], earlier: Earlier) -> None:
        self._folder, self._side, self._filled, self._count = folder, side, 0, len(digests)
        self._columns = SHEET // side
        self._each = self._columns**2
        parts = [digests[start : start + self._each] for start in range(0, len(digests), self._each)]
        self.keys = [(f"sheet-{side}-{number}.js", sheet_key(side, part)) for number, part in enumerate(parts)]
        self._taken = [earlier.take_sheet(key, folder / name) for name, key in self.keys]
        self._sheet = np.zeros((SHEET, SHEET, 3), np.uint8) if not all(self._taken) else None

    def needs(self, place: int) -> bool:
        """Whether the sheet of a place is to be painted."""
        return not self._taken[place // self._each]

    def add(self, pixels: np.ndarray | None) -> None:
        """Paint the next image."""
        number, cell = divmod(self._filled, self._each)
        self._filled += 1
        if self._taken[number] or self._sheet is None or pixels is None:
            return
        row, column = divmod(cell, self._columns)
        side = self._side
        self._sheet[row * side : (row + 1) * side, column * side : (column + 1) * side] = pixels
        if cell + 1 == self._each or self._filled == self._count:
            self._write(self._folder / self.keys[number][0], -(-(cell + 1) // self._columns) * side)

    def close(self) -> int:
        """Return the number of sheets."""
        self._sheet = None
        return len(self.keys)

    def _write(self, path: Path, rows: int) -> None:
        assert self._sheet is not None
        buffer = io.BytesIO()
        Image.fromarray(self._sheet[:rows]).save(buffer, "JPEG", quality=_QUALITY)
        text = base64.b64encode(buffer.getvalue()).decode("ascii")
        script = f'atlasData("{path.stem}","data:image/jpeg;base64,{text}");\n'
        path.write_text(script, encoding="ascii", newline="\n")
        self._sheet[:] = 0
