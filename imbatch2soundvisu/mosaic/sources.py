"""What a mosaic is made of: a target, and the images of its tiles."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from ..config import Settings
from ..core import Clusters, Collection, FeatureTable, ImageRecord, ImageSequence, Progress, silent
from ..core.errors import CollectionError, ConfigError, ImageError
from ..core.text import looked_for
from ..datasets import discover
from ..datasets.images import open_image
from ..datasets.videos import is_video
from ..runtime.cache import Cache
from .arrays import FOLDER, is_pixels, kept_record, over_background, pixels_of

_TILES = "a folder, a video, a list of files, a Collection, a FeatureTable or an ImageSequence"


def target_of(target: Any) -> np.ndarray:
    """Return the pixels of a target, (h, w, 3) uint8, sRGB.

    Parameters
    ----------
    target : str, Path, ImageRecord, ndarray or PIL.Image.Image
        A file in any format, decoded upright; or pixels, as in `arrays.pixels_of`. Transparent parts have the colour
        BACKGROUND.

    Raises
    ------
    ConfigError
        If it is nothing of these, or there is no such file.
    ImageError
        If the file cannot be read.
    """
    if is_pixels(target):
        return over_background(pixels_of(target, "target="), config.resolve().background)
    if not isinstance(target, str | Path | ImageRecord):
        raise ConfigError(f"target={target!r} must be the path of an image, an ImageRecord or an array")
    path = target.path if isinstance(target, ImageRecord) else Path(target).expanduser()
    if not path.is_file():
        what = "is a folder; a target is one image" if path.is_dir() else f"does not exist{looked_for(path)}"
        raise ConfigError(f"target={str(path)!r} {what}")
    if is_video(path):
        raise ConfigError(f"target={str(path)!r} is a video: video_mosaic() and VideoMosaicPlan make mosaics of videos")
    try:
        return open_image(path)
    except ImageError as error:
        raise ImageError(f"target={str(path)!r} cannot be used: {error}", error.lasting) from error


def records_of(tiles: Any, settings: Settings, cache: Cache | None = None, progress: Progress = silent) -> Collection:
    """Return the images of tiles.

    Parameters
    ----------
    tiles : str, Path, Collection, FeatureTable, ImageSequence, Album or iterable
        A folder, a `.txt` list, a video (VIDEO_FRAMES_PER_SECOND or VIDEO_EVERY_NTH of `settings` say which frames), or
        one image; images that were found before, such as one cluster, `table.select(clusters.rows(0))`; or paths,
        records, arrays of pixels and images of Pillow.
    settings : Settings
        Formats and limits, and where frames and arrays are kept.
    cache : Cache, optional
        Where headers are kept between calls.
    progress : callable
        `progress("discover", done, total)`.

    Raises
    ------
    CollectionError
        If a folder or file is missing.
    ConfigError
        For anything else.
    """
    if isinstance(tiles, Collection):
        return tiles
    if isinstance(tiles, Clusters):
        raise ConfigError("tiles= has no images: give one cluster as table.select(clusters.rows(0))")
    if isinstance(getattr(tiles, "table", None), FeatureTable):  # an Album, or the result of a clustering
        tiles = tiles.table
    if isinstance(tiles, FeatureTable | ImageSequence):
        return Collection(Path("."), tuple(tiles.records), skipped=tuple(getattr(tiles, "skipped", ())))
    if isinstance(tiles, str | Path):
        return _found(Path(tiles).expanduser(), settings, cache, progress)
    if is_pixels(tiles) and getattr(tiles, "ndim", 2) < 4:
        tiles = [tiles]
    if not isinstance(tiles, Iterable):
        raise ConfigError(f"tiles={tiles!r} must be {_TILES}")
    return _listed(list(tiles), settings, cache, progress)


def _found(path: Path, settings: Settings, cache: Cache | None, progress: Progress) -> Collection:
    if not path.exists():
        raise CollectionError(f"tiles={str(path)!r} does not exist{looked_for(path)}")
    one = path.is_file() and path.suffix.lower() != ".txt" and not is_video(path, settings)
    return discover([path] if one else path, cache=cache, settings=settings, progress=progress)


def _listed(tiles: Sequence[Any], settings: Settings, cache: Cache | None, progress: Progress) -> Collection:
    """Paths, records, arrays and images of Pillow, in their order."""
    if not tiles:
        raise ConfigError(f"tiles= is an empty list; it must be {_TILES}")
    for each in tiles:
        if not (isinstance(each, str | Path | ImageRecord) or is_pixels(each)):
            raise ConfigError(f"tiles= has {each!r} in it; an item must be a path, an ImageRecord or an array")
    paths = [Path(each).expanduser() for each in tiles if isinstance(each, str | Path)]
    collection = Collection(Path("."), ())
    if paths:
        collection = discover(paths, cache=cache, settings=settings, progress=progress)
    known = {record.path: record for record in collection.records}
    folder = settings.cache if cache is None else cache.folder or Path(tempfile.gettempdir()) / "imbatch2soundvisu"
    records = []
    for number, each in enumerate(tiles, 1):
        if isinstance(each, ImageRecord):
            records.append(each)
        elif is_pixels(each):
            records.append(kept_record(pixels_of(each, f"tiles=: array {number}"), folder / FOLDER, number))
        elif (path := Path(each).expanduser()) in known:
            records.append(known[path])
    return replace(collection, records=tuple(records))
