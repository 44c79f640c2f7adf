"""Tiles at the sizes at which they are painted: from the codebook, or decoded again where they are painted larger."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from ... import config
from ...config import Settings
from ...core.errors import ImageError
from ...datasets.decoders import Decoding
from ...runtime.buffers import mapped, release
from .codebook import Codebook, oriented
from .images import read_tile

Size = tuple[int, int]
#: Rounding makes cells that differ by a pixel. Those that are smaller than a tile by so many pixels show it without
#: its last rows and columns, where that is a small share of it; resizing by a pixel would blur.
_SLACK, _LEAST_SLICED = 1, 12
#: Decoded images are in memory up to so many bytes, and in temporary files above.
_IN_MEMORY = 256 << 20


class TilePixels:
    """The tiles of a mosaic at the sizes of its cells.

    Where cells are larger than the tiles of the codebook, each image is decoded once more, before the first strip that
    shows it, and forgotten after the last. An image that cannot be read any more is enlarged from the codebook.

    Parameters
    ----------
    codebook : Codebook
        The tiles.
    uses : sequence of (ndarray, ndarray)
        Of each strip, from top to bottom: the tile of each cell, (n,), as rows of the codebook, and width and height of
        each cell, (n, 2), in pixels of the mosaic.
    crop : {"centre", "smart"}
        How images are cropped.
    settings : Settings, optional
        Formats and limits of decoding; `config.resolve()` when None.
    """

    def __init__(
        self,
        codebook: Codebook,
        uses: Sequence[tuple[np.ndarray, np.ndarray]],
        crop: str = "centre",
        settings: Settings | None = None,
    ) -> None:
        self.problems: list[str] = []
        self._codebook, self._crop, settings = codebook, crop, settings or config.resolve()
        self._channels = 3 if codebook.alpha is None else 4
        self._needed = _needed_sizes(codebook, uses)
        larger = np.any(self._needed > np.array(codebook.size) + _SLACK, axis=1)
        shown = [np.unique(codebook.rows[tiles]) for tiles, _ in uses]
        self._uses = [rows[larger[rows]] for rows in shown]
        self._last = _last_uses(self._uses, len(larger))
        self._in_memory = self._channels * _most_live(self._uses, self._last, self._needed.prod(axis=1)) <= _IN_MEMORY
        self._decoded: dict[int, np.ndarray] = {}
        self._banks: dict[Size, tuple[np.ndarray, np.ndarray]] = {}
        self._threads, self._decoding = settings.jobs or os.cpu_count() or 1, Decoding.of(settings)
        self._record_of = dict(zip(codebook.rows.tolist(), codebook.records, strict=True))

    def begin(self, strip: int) -> None:
        """Read the images that are shown for the first time in a strip."""
        new = [row for row in self._uses[strip].tolist() if row not in self._decoded]
        if new:
            with ThreadPoolExecutor(self._threads) as pool:
                for row, found in zip(new, pool.map(self._read, new), strict=True):
                    self._decoded[row] = found

    def end(self, strip: int) -> None:
        """Forget the images that no later strip shows."""
        for row in self._uses[strip][self._last[self._uses[strip]] == strip].tolist():
            del self._decoded[row]
        for pixels in self._decoded.values():
            release(pixels)

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
        decoded = np.isin(rows, list(self._decoded)) if self._decoded else np.zeros(len(rows), bool)
        if not decoded.any():
            return self._small(rows, size)
        pixels = np.empty((len(rows), size[1], size[0], self._channels), np.uint8)
        if not decoded.all():
            pixels[~decoded] = self._small(rows[~decoded], size)
        for row in np.unique(rows[decoded]).tolist():
            pixels[rows == row] = _fitted(self._decoded[row], size)
        return pixels

    def _small(self, rows: np.ndarray, size: Size) -> np.ndarray:
        """Images that are not painted larger than in the codebook."""
        if _is_sliced(self._codebook.size, size):
            return self._of_codebook(rows)[:, : size[1], : size[0]]
        return self._resized(rows, size)

    def _of_codebook(self, rows: np.ndarray) -> np.ndarray:
        pixels = self._codebook.rgb[rows]
        if self._codebook.alpha is None:
            return pixels
        return np.concatenate((pixels, self._codebook.alpha[rows][..., None]), axis=-1)

    def _resized(self, rows: np.ndarray, size: Size) -> np.ndarray:
        if size not in self._banks:  # each is resized once for each size
            empty = np.empty((len(self._codebook.rgb), size[1], size[0], self._channels), np.uint8)
            self._banks[size] = empty, np.zeros(len(empty), bool)
        bank, known = self._banks[size]
        new = np.unique(rows[~known[rows]])
        for row in new.tolist():
            bank[row] = resized(self._of_codebook(np.array([row]))[0], size)
        known[new] = True
        return bank[rows]

    def _read(self, row: int) -> np.ndarray:
        """The pixels of an image at the size of its largest cell, enlarged where it cannot be read any more."""
        pixels = self._pixels(row, (int(self._needed[row, 0]), int(self._needed[row, 1])))
        if self._in_memory:
            return pixels
        kept = mapped(pixels.shape, np.uint8, "tiles")
        kept[...] = pixels
        release(kept)
        return kept

    def _pixels(self, row: int, size: Size) -> np.ndarray:
        record, alpha = self._record_of[row], self._codebook.alpha
        if alpha is not None and not alpha[row].any():  # an image that was missing before
            return np.zeros((size[1], size[0], self._channels), np.uint8)
        try:
            pixels = read_tile(record.path, size, self._crop, self._decoding)
        except ImageError as error:
            self.problems.append(f"{record.name or record.path}: {error}; its tile is enlarged")
            pixels = resized(self._of_codebook(np.array([row]))[0], size)
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


def _most_live(uses: Sequence[np.ndarray], last: np.ndarray, weights: np.ndarray) -> int:
    """The largest sum of the weights of images that are needed during one strip, or before it and after it."""
    live, seen, most = 0, np.zeros(len(last), bool), 0
    for strip, shown in enumerate(uses):
        live += int(weights[shown[~seen[shown]]].sum())
        seen[shown] = True
        most = max(most, live)
        live -= int(weights[shown[last[shown] == strip]].sum())
    return most


def _needed_sizes(codebook: Codebook, uses: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Width and height of the largest cell that shows each row of the codebook's pixels, (i, 2); 0 for none."""
    needed = np.zeros((len(codebook.rgb), 2), np.int64)
    for tiles, sizes in uses:
        is_turned = (codebook.variants[tiles] & 1).astype(bool)
        np.maximum.at(needed, codebook.rows[tiles], np.where(is_turned[:, None], sizes[:, ::-1], sizes))
    return needed


def _fitted(pixels: np.ndarray, size: Size) -> np.ndarray:
    if _is_sliced((pixels.shape[1], pixels.shape[0]), size):
        return pixels[: size[1], : size[0]]
    return resized(pixels, size)
