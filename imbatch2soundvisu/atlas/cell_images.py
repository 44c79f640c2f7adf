"""Images at the size of a cell of a grid: each is decoded once, and kept in the cache by its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..config import Settings
from ..core import ImageRecord, Progress, silent
from ..core.errors import unknown
from ..runtime.buffers import release

#: How an image is placed in its cell, and what `mosaic.tiles.images` names it.
FITS = {"fill": "centre", "smart": "smart", "fit": "none"}
_UNREADABLE = (96, 96, 96)


@dataclass(frozen=True)
class CellImages:
    """Images at the size of a cell.

    Parameters
    ----------
    rgb : ndarray of shape (m, h, w, 3)
        uint8, sRGB; may be a file.
    alpha : ndarray of shape (m, h, w) or None
        uint8.
    rows : ndarray of shape (n,)
        int64: the row of `rgb` of each image, -1 for one that cannot be read and is grey.
    digests : tuple of str
        Of the content of each image.
    background : (int, int, int)
        sRGB colour of empty cells, and behind transparent images.
    state : str
        What the pixels depend on besides the images.
    problems : tuple of str
        Images that could not be read, one line each.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None
    rows: np.ndarray
    digests: tuple[str, ...]
    background: tuple[int, int, int] = (0, 0, 0)
    state: str = ""
    problems: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a cell in pixels."""
        return self.rgb.shape[2], self.rgb.shape[1]

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, images: np.ndarray) -> np.ndarray:
        """Return the pixels of images, -1 for empty cells; (..., h, w, 3) uint8."""
        flat = images.reshape(-1)
        rows = np.where(flat >= 0, self.rows[flat], -1)
        found = self.rgb[np.maximum(rows, 0)] if len(self.rgb) else np.zeros((len(rows), *self.rgb.shape[1:]), np.uint8)
        if self.alpha is not None and len(rows):
            found = _composed(found, self.alpha[np.maximum(rows, 0)], self.background)
        found[rows < 0] = _UNREADABLE
        found[flat < 0] = self.background
        return found.reshape(*images.shape, *self.rgb.shape[1:])

    def release(self) -> None:
        """Release the memory of a file that was read."""
        release(self.rgb if self.rgb.base is None else self.rgb.base)


def _composed(rgb: np.ndarray, alpha: np.ndarray, background: tuple[int, int, int]) -> np.ndarray:
    if int(alpha.min(initial=255)) == 255:
        return rgb
    opaque = alpha[..., None].astype(np.float32) / 255
    return np.asarray(rgb * opaque + np.array(background, np.float32) * (1 - opaque) + 0.5, np.uint8)


def cell_images(
    records: Sequence[ImageRecord],
    size: tuple[int, int],
    settings: Settings,
    *,
    fit: str = "fill",
    background: tuple[int, int, int] | None = None,
    cache: Path | None = None,
    progress: Progress = silent,
) -> CellImages:
    """Return images at the size of a cell.

    Parameters
    ----------
    records : sequence of ImageRecord
        The images.
    size : (int, int)
        Width and height of a cell in pixels.
    settings : Settings
        Formats and limits of decoding, and where the work is done.
    fit : {"fill", "smart", "fit"}
        Crop an image to its middle, or around faces and what draws the eye, or show all of it on the background.
    background : (int, int, int), optional
        sRGB colour; that of the settings when None.
    cache : Path, optional
        The folder in which cells are kept for the next time; None keeps nothing.
    progress : callable
        `progress("tiles", done, total)`.

    Raises
    ------
    ConfigError
        For an unknown fit.
    MakeError
        When the cells cannot be kept in the cache.
    """
    from ..datasets.images import decoding_code
    from ..mosaic.tiles.store import TileStore

    if fit not in FITS:
        raise unknown("fit", fit, FITS)
    different = list({record.digest: record for record in records}.values())
    tiles, passing = TileStore(cache, size, FITS[fit], settings).tiles(different, progress)
    row_of, reasons = tiles.row_of(), passing | tiles.reasons()
    rows = np.array([row_of.get(record.digest, -1) for record in records], np.int64)
    problems = tuple(
        f"{record.name or record.path}: {reasons.get(record.digest, 'cannot be read')}"
        for record, row in zip(records, rows, strict=True)
        if row < 0
    )
    colour = settings.background if background is None else background
    state = f"{size} {fit} {colour} {decoding_code()}"
    digests = tuple(
        record.digest if row >= 0 else f"{record.digest} unread" for record, row in zip(records, rows, strict=True)
    )
    return CellImages(tiles.rgb, tiles.alpha, rows, digests, colour, state, problems)
