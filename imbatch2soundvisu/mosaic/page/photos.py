"""The photos of a page: each image that is used, whole and small."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ...config import Settings
from ...core import ImageRecord, Progress
from ...core.errors import ImageError
from ...datasets.decoders import Decoding
from ...datasets.images import open_image
from ...visuals.large.encoding import encoded
from ..placed_tiles import PlacedTiles

#: Long side of a photo in pixels.
PHOTO_PX = 480
_QUALITY = 82
_BATCH = 256


def used_rows(mosaic: PlacedTiles) -> np.ndarray:
    """Return the rows of the codebook's pixels that a mosaic shows, ascending."""
    return np.unique(mosaic.codebook.rows[mosaic.chosen])


def records_by_row(mosaic: PlacedTiles) -> dict[int, ImageRecord]:
    """Return the image of each row of the codebook's pixels."""
    return dict(zip(mosaic.codebook.rows.tolist(), mosaic.codebook.records, strict=True))


def write_photos(folder: Path, mosaic: PlacedTiles, settings: Settings, progress: Progress) -> None:
    """Write the images that a mosaic shows as `photos/<number>.jpg`; one that cannot be read is its tile.

    Parameters
    ----------
    folder : Path
        Of the page.
    mosaic : PlacedTiles
        The mosaic.
    settings : Settings
        Formats and limits of decoding.
    progress : callable
        `progress("photos", done, total)`.
    """
    place, decoding, records = folder / "photos", Decoding.of(settings), records_by_row(mosaic)
    place.mkdir()
    rows = used_rows(mosaic).tolist()

    def write(number: int, row: int) -> None:
        try:
            pixels = open_image(records[row].path, PHOTO_PX, decoding)
        except ImageError:
            pixels = np.asarray(mosaic.codebook.rgb[row])
        (place / f"{number}.jpg").write_bytes(encoded(pixels, _QUALITY))

    with ThreadPoolExecutor(settings.jobs or 2) as pool:
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            list(pool.map(write, range(start, start + len(some)), some))
            progress("photos", start + len(some), len(rows))
