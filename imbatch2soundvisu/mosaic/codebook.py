"""The tiles of a mosaic: images cropped to one size, each decoded once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..config import Settings
from ..core import ImageRecord, Progress, silent
from ..core.errors import CollectionError, ImageError
from ..datasets.images import open_to_fit


@dataclass(frozen=True)
class Codebook:
    """Tiles of one size.

    Parameters
    ----------
    records : tuple of ImageRecord
        The image of each tile; several tiles may be variants of one image.
    rgb : ndarray of shape (m, h, w, 3)
        uint8, sRGB; may be mapped from a file.
    alpha : ndarray of shape (m, h, w), optional
        uint8, 255 for opaque; None where all are opaque.
    variants : ndarray of shape (m,)
        uint8: quarter turns counter-clockwise, plus 4 for tiles that are mirrored before.
    problems : tuple of str
        Images that cannot be used, one line each.
    """

    records: tuple[ImageRecord, ...]
    rgb: np.ndarray
    alpha: np.ndarray | None
    variants: np.ndarray
    problems: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.records)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a tile in pixels."""
        return self.rgb.shape[2], self.rgb.shape[1]


def codebook_of(
    records: Sequence[ImageRecord],
    size: tuple[int, int],
    crop: str = "centre",
    *,
    settings: Settings,
    progress: Progress = silent,
) -> Codebook:
    """Return images as tiles of one size.

    Parameters
    ----------
    records : sequence of ImageRecord
        The images.
    size : (int, int)
        Width and height of a tile in pixels.
    crop : {"centre", "smart"}
        How an image is cropped to the aspect of a tile.
    settings : Settings
        Formats and limits of decoding.
    progress : callable
        `progress("tiles", done, total)`.

    Raises
    ------
    CollectionError
        When no image can be used.
    """

    def read(record: ImageRecord) -> np.ndarray | str:
        try:
            return open_to_fit(record, size, "smart" if crop == "smart" else "fill")
        except ImageError as error:
            return f"{record.name or record.path}: {error}"

    read_tiles: list[np.ndarray | str] = []
    with ThreadPoolExecutor(settings.jobs or 2) as pool:
        for number, found in enumerate(pool.map(read, records), 1):
            read_tiles.append(found)
            progress("tiles", number, len(records))
    tiles = [(record, each) for record, each in zip(records, read_tiles, strict=True) if not isinstance(each, str)]
    problems = tuple(each for each in read_tiles if isinstance(each, str))
    if not tiles:
        raise CollectionError("no image can be used as a tile" + "".join(f"\n  {each}" for each in problems[:5]))
    pixels = np.stack([each for _, each in tiles])
    kept = tuple(record for record, _ in tiles)
    return Codebook(kept, pixels, None, np.zeros(len(kept), np.uint8), problems)
