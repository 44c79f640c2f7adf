"""The tiles of a mosaic: images cropped to one size, each decoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...config import Settings
from ...core import Collection, ImageRecord, Progress, silent
from ...core.errors import CollectionError
from ...runtime.cache import Cache
from .store import TileStore

_LISTED = 5  # unusable images that an error message lists


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
    images: Collection | Sequence[ImageRecord],
    size: tuple[int, int],
    crop: str = "centre",
    *,
    settings: Settings,
    cache: Cache | None = None,
    progress: Progress = silent,
) -> Codebook:
    """Return images as tiles of one size. Each is decoded once: tiles are kept in the cache by the content of images.

    Parameters
    ----------
    images : Collection or sequence of ImageRecord
        The images. Files that a collection skipped are among the problems.
    size : (int, int)
        Width and height of a tile in pixels.
    crop : {"centre", "smart"}
        How an image is cropped to the aspect of a tile. Transparent images are not cropped: what is visible of them is
        shown whole.
    settings : Settings
        Formats and limits of decoding, and the folder of the cache.
    cache : Cache, optional
        In whose folder tiles are kept, rather than in `settings.cache`; one without a folder keeps nothing.
    progress : callable
        `progress("tiles", done, total)`, while images are decoded.

    Raises
    ------
    CollectionError
        When no image can be used.
    MakeError
        When tiles cannot be kept in the cache.
    """
    records = tuple(images)
    skipped = [f"{each.name}: {each.reason}" for each in getattr(images, "skipped", ())]
    if not records:
        where = f" in {images.root}" if isinstance(images, Collection) else ""
        raise CollectionError(f"no usable image for tiles{where}{_listed(skipped)}")
    different = list({record.digest: record for record in records}.values())
    store = TileStore(settings.cache if cache is None else cache.folder, size, crop, settings)
    tiles, passing = store.tiles(different, progress)
    row_of, reasons = tiles.row_of(), tiles.reasons()
    kept = [record for record in records if record.digest in row_of]
    problems = (
        *skipped,
        *(
            f"{record.name or record.path}: {passing.get(record.digest) or reasons[record.digest]}"
            for record in records
            if record.digest not in row_of
        ),
    )
    if not kept:
        raise CollectionError(f"none of {len(records)} images can be used as a tile{_listed(problems)}")
    rows = np.array([row_of[record.digest] for record in kept], np.int32)
    variants = np.zeros(len(kept), np.uint8)
    return Codebook(tuple(kept), tiles.rgb, tiles.alpha, variants, problems, rows, _notes(kept, size))


def _listed(problems: Sequence[str]) -> str:
    """The first problems, a line each."""
    more = f"\n  … and {len(problems) - _LISTED} more" if len(problems) > _LISTED else ""
    return "".join(f"\n  {each}" for each in problems[:_LISTED]) + more


def _notes(records: Sequence[ImageRecord], size: tuple[int, int]) -> tuple[str, ...]:
    small = sum(record.width < size[0] or record.height < size[1] for record in records)
    if not small:
        return ()
    which = "1 image is" if small == 1 else f"{small} images are"
    return (f"{which} smaller than a tile of {size[0]} × {size[1]} px and enlarged",)
