"""Tiles at the sizes at which they are painted: from the codebook, or decoded again where they are painted larger."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from .. import config
from ..config import Settings
from ..core.errors import ImageError
from ..datasets.decoders import Decoding
from ..runtime.buffers import mapped, release
from .codebook import Codebook, oriented
from .tile_images import read_tile

Size = tuple[int, int]
#: Rounding makes cells that differ by a pixel. Those that are smaller than a tile by so many pixels show it without
#: its last rows and columns, where that is a small share of it; resizing by a pixel would blur.
_SLACK, _LEAST_SLICED = 1, 12
#: Images that are decoded together.
_BATCH = 32
_IN_MEMORY = 256 << 20


class TilePixels:
    """The tiles of a mosaic at the sizes of its cells.

    Where cells are larger than the tiles of the codebook, each image is decoded once more, before the first strip that
    shows it, and forgotten after the last. An image that cannot be read any more is enlarged from the codebook.

    Parameters
    ----------
    codebook : Codebook
        The tiles.
    size : (int, int)
        Width and height of the largest cell, in pixels of the mosaic.
    uses : sequence of ndarray
        The tiles of each strip, from top to bottom, as rows of the codebook.
    crop : {"centre", "smart"}
        How images are cropped.
    settings : Settings, optional
        Formats and limits of decoding; `config.resolve()` when None.
    """

    def __init__(
        self,
        codebook: Codebook,
        size: Size,
        uses: Sequence[np.ndarray],
        crop: str = "centre",
        settings: Settings | None = None,
    ) -> None:
        self.problems: list[str] = []
        self._codebook, self._crop = codebook, crop
        self._uses = [np.unique(codebook.rows[tiles]) for tiles in uses]
        larger = any(side > have + _SLACK for side, have in zip(size, codebook.size, strict=True))
        self._size = size if larger else codebook.size
        self._channels = 3 if codebook.alpha is None else 4
        self._place = np.full(len(codebook.rgb), -1, np.intp)
        self._decoded: np.ndarray | None = None
        self._banks: dict[Size, tuple[np.ndarray, np.ndarray]] = {}
        if larger:
            settings = settings or config.resolve()
            self._threads, self._decoding = settings.jobs or os.cpu_count() or 1, Decoding.of(settings)
            self._record_of = dict(zip(codebook.rows.tolist(), codebook.records, strict=True))
            self._last = _last_uses(self._uses, len(codebook.rgb))
            slots = _most_live(self._uses, self._last)
            self._free = list(range(slots))[::-1]
            self._decoded = _storage((slots, size[1], size[0], self._channels))

    def begin(self, strip: int) -> None:
        """Read the images that are shown for the first time in a strip."""
        if self._decoded is not None:
            new = self._uses[strip][self._place[self._uses[strip]] < 0]
            for start in range(0, len(new), _BATCH):
                self._read(new[start : start + _BATCH].tolist())

    def end(self, strip: int) -> None:
        """Forget the images that no later strip shows."""
        if self._decoded is not None:
            done = self._uses[strip][self._last[self._uses[strip]] == strip]
            self._free += self._place[done].tolist()
            self._place[done] = -1
            release(self._decoded)

    def at(self, tiles: np.ndarray, size: Size) -> np.ndarray:
        """Return tiles, given as rows of the codebook, turned and mirrored.

        Returns
        -------
        ndarray of shape (n, height, width, c)
            uint8: red, green, blue, and alpha where the codebook has it.
        """
        rows, variants = self._codebook.rows[tiles], self._codebook.variants[tiles]
        if not variants.any():
            return self._upright(rows, size)
        pixels = np.empty((len(tiles), size[1], size[0], self._channels), np.uint8)
        for variant in np.unique(variants).tolist():
            same = variants == variant
            upright = self._upright(rows[same], size[::-1] if variant & 1 else size)
            pixels[same] = np.moveaxis(oriented(np.moveaxis(upright, 0, 2), variant), 2, 0)
        return pixels

    def _upright(self, rows: np.ndarray, size: Size) -> np.ndarray:
        """Images, given as rows of the pixels of the codebook, as (n, height, width, c)."""
        if not _is_sliced(self._size, size):
            return self._resized(rows, size)
        if self._decoded is not None:
            return self._decoded[self._place[rows], : size[1], : size[0]]
        return self._of_codebook(rows)[:, : size[1], : size[0]]

    def _of_codebook(self, rows: np.ndarray) -> np.ndarray:
        pixels = self._codebook.rgb[rows]
        if self._codebook.alpha is None:
            return pixels
        return np.concatenate((pixels, self._codebook.alpha[rows][..., None]), axis=-1)

    def _resized(self, rows: np.ndarray, size: Size) -> np.ndarray:
        if self._decoded is not None:
            shown, inverse = np.unique(self._place[rows], return_inverse=True)
            return np.stack([resized(self._decoded[each], size) for each in shown.tolist()])[inverse]
        if size not in self._banks:  # each is resized once for each size
            empty = np.empty((len(self._codebook.rgb), size[1], size[0], self._channels), np.uint8)
            self._banks[size] = empty, np.zeros(len(empty), bool)
        bank, known = self._banks[size]
        new = np.unique(rows[~known[rows]])
        for row in new.tolist():
            bank[row] = resized(self._of_codebook(np.array([row]))[0], size)
        known[new] = True
        return bank[rows]

    def _read(self, rows: list[int]) -> None:
        assert self._decoded is not None
        with ThreadPoolExecutor(self._threads) as pool:
            for row, found in zip(rows, pool.map(self._read_one, rows), strict=True):
                self._place[row] = self._free.pop()
                self._decoded[self._place[row]] = found

    def _read_one(self, row: int) -> np.ndarray:
        """The pixels of an image at the size of the largest cell, enlarged where it cannot be read any more."""
        record, alpha = self._record_of[row], self._codebook.alpha
        if alpha is not None and not alpha[row].any():  # an image that was missing before
            return np.zeros((self._size[1], self._size[0], self._channels), np.uint8)
        try:
            pixels = read_tile(record.path, self._size, self._crop, self._decoding)
        except ImageError as error:
            self.problems.append(f"{record.name or record.path}: {error}; its tile is enlarged")
            pixels = resized(self._of_codebook(np.array([row]))[0], self._size)
        if pixels.shape[2] < self._channels:
            return np.pad(pixels, ((0, 0), (0, 0), (0, 1)), constant_values=255)
        return pixels[..., : self._channels]


def resized(pixels: np.ndarray, size: Size) -> np.ndarray:
    """Return an image at a size of (width, height): averaged where it gets smaller, else interpolated.

    Colours of (h, w, 4) pixels count as much as they are opaque.

    Examples
    --------
    >>> resized(np.zeros((4, 6, 3), np.uint8), (3, 2)).shape
    (2, 3, 3)
    """
    smaller = size[0] <= pixels.shape[1] and size[1] <= pixels.shape[0]
    filter_ = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    if pixels.shape[2] == 3:
        return cv2.resize(pixels, size, interpolation=filter_)
    weighted = pixels.astype(np.float32)
    weighted[..., :3] *= weighted[..., 3:] / 255
    weighted = np.maximum(cv2.resize(weighted, size, interpolation=filter_), 0)
    weighted[..., :3] *= 255 / np.maximum(weighted[..., 3:], 1)
    return np.minimum(weighted + 0.5, 255).astype(np.uint8)


def _is_sliced(have: Size, wanted: Size) -> bool:
    pairs = list(zip(have, wanted, strict=True))
    if all(side == whole for whole, side in pairs):
        return True
    return all(0 <= whole - side <= _SLACK and side >= _LEAST_SLICED for whole, side in pairs)


def _last_uses(uses: Sequence[np.ndarray], tiles: int) -> np.ndarray:
    last = np.full(tiles, -1, np.intp)
    for strip, shown in enumerate(uses):
        last[shown] = strip
    return last


def _most_live(uses: Sequence[np.ndarray], last: np.ndarray) -> int:
    """The most tiles that are needed during one strip, or before it and after it."""
    live, seen, most = 0, np.zeros(len(last), bool), 1
    for strip, shown in enumerate(uses):
        live += int(np.count_nonzero(~seen[shown]))
        seen[shown] = True
        most = max(most, live)
        live -= int(np.count_nonzero(last[shown] == strip))
    return most


def _storage(shape: tuple[int, int, int, int]) -> np.ndarray:
    if np.prod(shape, dtype=np.int64) <= _IN_MEMORY:
        return np.empty(shape, np.uint8)
    return mapped(shape, np.uint8, "tiles")
