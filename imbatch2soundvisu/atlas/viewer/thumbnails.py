"""Thumbnails of a map: sheets of small ones for the graphics card, and a file for each image seen from near."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ...core import ImageRecord, Progress, silent
from ...core.errors import ImageError

#: Sides of the thumbnails in sheets, in pixels; all sheets of the first are loaded, of the second those in view.
SIDES = (16, 64)
#: Side of a sheet, in pixels.
SHEET = 2048
#: Long side of the file of each image, in pixels.
LARGE = 1600
_AHEAD = 8  # images that are decoded before they are used
_QUALITY = 84


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
    jobs: int = 2,
    progress: Progress = silent,
) -> Thumbnails:
    """Write sheets and files of all images into a folder; each image is decoded once.

    Parameters
    ----------
    folder : Path
        Gets `sheet-<side>-<number>.js` and `images/<number // 1000>/<number>.jpg`.
    records : sequence of ImageRecord
        The images.
    read : callable
        `read(record, long_side) -> (h, w, 3) uint8`; raises ImageError.
    order : ndarray of shape (n,), optional
        The image of each place on the sheets, so that images near each other on a map are on one sheet.
    jobs : int
        Images that are decoded side by side.
    progress : callable
        `progress("thumbnails", done, total)`.
    """
    count = len(records)
    order = np.arange(count) if order is None else order
    aspects, problems = np.ones(count), []
    writers = [_Sheets(folder, side, count) for side in SIDES]

    def prepared(number: int) -> _Small:
        try:
            rgb = read(records[number], LARGE)
        except ImageError as error:
            grey = [np.full((side, side, 3), 96, np.uint8) for side in SIDES]
            return _Small(number, 1.0, grey, f"{records[number].name}: {error}")
        _write_image(folder, number, rgb)
        return _Small(number, rgb.shape[1] / rgb.shape[0], _reduced(rgb))

    with ThreadPoolExecutor(jobs) as pool:
        for done, small in enumerate(_ahead(pool, prepared, order.tolist()), 1):
            aspects[small.number] = small.aspect
            problems += [small.problem] if small.problem else []
            for sheets, pixels in zip(writers, small.pixels, strict=True):
                sheets.add(pixels)
            progress("thumbnails", done, count)
    return Thumbnails(order, tuple(sheets.close() for sheets in writers), aspects, tuple(problems))


def _ahead(pool: ThreadPoolExecutor, function: Callable[[int], _Small], numbers: list[int]) -> Iterator[_Small]:
    """Results in order, few of them in memory."""
    waiting = iter(numbers)
    jobs = [pool.submit(function, number) for number in islice(waiting, _AHEAD)]
    while jobs:
        yield jobs.pop(0).result()
        jobs += [pool.submit(function, number) for number in islice(waiting, 1)]


def _reduced(rgb: np.ndarray) -> list[np.ndarray]:
    """The image stretched to squares, largest first reduced; the viewer gives them their aspect again."""
    found, source = [], rgb
    for side in sorted(SIDES, reverse=True):
        source = cv2.resize(source, (side, side), interpolation=cv2.INTER_AREA)
        found.append(source)
    return found[::-1]


def _write_image(folder: Path, number: int, rgb: np.ndarray) -> None:
    path = image_path(folder, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path, "JPEG", quality=_QUALITY)


def image_path(folder: Path, number: int) -> Path:
    """Return the file of an image."""
    return folder / "images" / str(number // 1000) / f"{number}.jpg"


class _Sheets:
    """Sheets of one side, filled row by row, each written when it is full."""

    def __init__(self, folder: Path, side: int, count: int) -> None:
        self._folder, self._side, self._number, self._filled = folder, side, 0, 0
        self._columns = SHEET // side
        self._left = count
        self._begin()

    def add(self, pixels: np.ndarray) -> None:
        row, column = divmod(self._filled, self._columns)
        side = self._side
        self._sheet[row * side : (row + 1) * side, column * side : (column + 1) * side] = pixels
        self._filled += 1
        if self._filled == self._columns**2:
            self._write()

    def close(self) -> int:
        """Write what is left, and return the number of sheets."""
        if self._filled:
            self._write()
        return self._number

    def _begin(self) -> None:
        self._sheet = np.zeros((SHEET, SHEET, 3), np.uint8)

    def _write(self) -> None:
        buffer = io.BytesIO()
        rows = -(-self._filled // self._columns) * self._side
        Image.fromarray(self._sheet[:rows]).save(buffer, "JPEG", quality=_QUALITY)
        text = base64.b64encode(buffer.getvalue()).decode("ascii")
        name = f"sheet-{self._side}-{self._number}"
        script = f'atlasData("{name}","data:image/jpeg;base64,{text}");\n'
        (self._folder / f"{name}.js").write_text(script, encoding="ascii", newline="\n")
        self._left -= self._filled
        self._number, self._filled = self._number + 1, 0
        if self._left > 0:
            self._begin()
