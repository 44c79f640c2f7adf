"""The tiles of a mosaic: images cropped to one size, each decoded once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

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
    rgb : ndarray of shape (i, h, w, 3)
        uint8, sRGB: the pixels of each image; may be mapped from a file, so that they are not in memory.
    alpha : ndarray of shape (i, h, w), optional
        uint8, 255 for opaque; None where all are opaque.
    variants : ndarray of shape (m,)
        uint8, for each tile: quarter turns counter-clockwise, plus 4 for tiles that are mirrored before.
    problems : tuple of str
        Images that cannot be used, one line each.
    rows : ndarray of shape (m,), optional
        int32: the row of `rgb` that each tile is a variant of; None: each image is one tile.
    notes : tuple of str
        What is worth knowing about the images that are used, one line each.
    """

    records: tuple[ImageRecord, ...]
    rgb: np.ndarray
    alpha: np.ndarray | None
    variants: np.ndarray
    problems: tuple[str, ...] = ()
    rows: np.ndarray = None  # type: ignore[assignment]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rows is None:
            object.__setattr__(self, "rows", np.arange(len(self.rgb), dtype=np.int32))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a tile in pixels."""
        return self.rgb.shape[2], self.rgb.shape[1]

    def tile(self, number: int) -> np.ndarray:
        """Return the pixels of a tile, turned and mirrored; (h, w, 3) uint8."""
        return oriented(self.rgb[self.rows[number]], int(self.variants[number]))

    def tile_alpha(self, number: int) -> np.ndarray | None:
        """Return the opacity of a tile, turned and mirrored, (h, w) uint8; None where all tiles are opaque."""
        return None if self.alpha is None else oriented(self.alpha[self.rows[number]], int(self.variants[number]))

    def with_variants(self, flip: bool, rotate: bool) -> Codebook:
        """Return a codebook that has mirrored and turned tiles, too. Pixels are not copied.

        Parameters
        ----------
        flip : bool
            Add the mirror image of each tile.
        rotate : bool
            Add quarter turns of each tile; half turns, where tiles are not square.
        """
        turns = (0,) if not rotate else (0, 1, 2, 3) if self.size[0] == self.size[1] else (0, 2)
        kinds = [mirrored + turn for mirrored in ((0, 4) if flip else (0,)) for turn in turns]
        if kinds == [0]:
            return self
        records = tuple(record for record in self.records for _ in kinds)
        variants = np.tile(np.array(kinds, np.uint8), len(self))
        return replace(self, records=records, variants=variants, rows=np.repeat(self.rows, len(kinds)))


def oriented(tile: np.ndarray, variant: int) -> np.ndarray:
    """Return a tile, (h, w, ...), as a variant of `Codebook.variants`.

    Examples
    --------
    >>> oriented(np.array([[1, 2]]), 4).tolist(), oriented(np.array([[1, 2]]), 1).tolist()
    ([[2, 1]], [[2], [1]])
    """
    return np.rot90(tile[:, ::-1] if variant & 4 else tile, variant & 3)


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
