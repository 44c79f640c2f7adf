"""What a mosaic is made of: a target, and the images of its tiles."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..config import Settings
from ..core import Collection, FeatureTable, ImageRecord, ImageSequence, Progress, silent
from ..core.errors import ConfigError
from ..datasets import discover
from ..datasets.images import open_image
from ..runtime.cache import Cache


def target_of(target: Any) -> np.ndarray:
    """Return the pixels of a target, (h, w, 3) uint8: an array as it is, a path or an image record decoded.

    Raises
    ------
    ImageError
        If the file cannot be read.
    """
    if isinstance(target, np.ndarray):
        return np.ascontiguousarray(target)
    return open_image(Path(target).expanduser() if isinstance(target, str) else target)


def records_of(tiles: Any, settings: Settings, cache: Cache | None = None, progress: Progress = silent) -> Collection:
    """Return the images of tiles: a folder, a `.txt` list, a video, paths, a collection, a table or a sequence.

    Raises
    ------
    CollectionError
        If a folder or file is missing.
    ConfigError
        For anything else.
    """
    if isinstance(tiles, Collection):
        return tiles
    if isinstance(tiles, FeatureTable | ImageSequence):
        return Collection(Path("."), tuple(tiles.records))
    if isinstance(tiles, str | Path):
        return discover(tiles, cache=cache, settings=settings, progress=progress)
    if isinstance(tiles, Iterable):
        found = list(tiles)
        if all(isinstance(each, ImageRecord) for each in found):
            return Collection(Path("."), tuple(found))
        return discover(found, cache=cache, settings=settings, progress=progress)
    raise ConfigError(f"tiles={tiles!r} must be a folder, a video, a list of files, a Collection or a FeatureTable")
