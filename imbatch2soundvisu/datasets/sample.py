"""The built-in sample: crops of the photographs that scikit-image and scikit-learn contain."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
from PIL import Image

from ..core.errors import CollectionError, ImageError
from ..runtime.ownership import WrittenFiles
from . import decoders

#: (package, folder, file, number of crops): 240 images.
_PHOTOGRAPHS = (
    ("sklearn", "datasets/images", "china.jpg", 26),
    ("sklearn", "datasets/images", "flower.jpg", 22),
    ("skimage", "data", "astronaut.png", 24),
    ("skimage", "data", "chelsea.png", 18),
    ("skimage", "data", "coffee.png", 24),
    ("skimage", "data", "rocket.jpg", 24),
    ("skimage", "data", "hubble_deep_field.jpg", 26),
    ("skimage", "data", "retina.jpg", 16),
    ("skimage", "data", "ihc.png", 16),
    ("skimage", "data", "motorcycle_left.png", 24),
    ("skimage", "data", "camera.png", 6),
    ("skimage", "data", "coins.png", 4),
    ("skimage", "data", "moon.png", 4),
    ("skimage", "data", "brick.png", 3),
    ("skimage", "data", "gravel.png", 3),
)
_ASPECTS = (3 / 2, 1.0, 2 / 3, 16 / 9, 4 / 3, 4 / 5)
_LONG_SIDE_PX = 640
_FIRST_SECOND = 946_684_800  # 2000-01-01; one minute between images
_R3 = np.array([0.8191725133961645, 0.6710436067037893, 0.5497004779019703])  # inverse powers of 1.2207


def built_in_sample(cache: Path) -> Path:
    """Return the folder of the sample in a cache folder; it is made at the first call, always with the same crops.

    Parameters
    ----------
    cache : Path
        Folder of the cache.

    Raises
    ------
    CollectionError
        If neither package contains its photographs, or the cache cannot be written.
    """
    folder = cache / "sample-1"
    if folder.is_dir():
        return folder
    try:
        with WrittenFiles(cache).making_folder(folder) as partial:
            if not _write_crops(partial):
                raise CollectionError("the photographs of the sample are missing; set DATA_ROOT to a folder of images")
    except OSError as error:
        if not folder.is_dir():  # else another run was faster
            raise CollectionError(f"the sample cannot be written to {cache}: {error.strerror or error}") from error
    return folder


def _write_crops(folder: Path) -> int:
    """Write all crops; returns their number."""
    written = 0
    for package, inside, name, count in _PHOTOGRAPHS:
        path = _path_in_package(package, inside, name)
        photograph = _photograph(path) if path is not None else None
        if path is None or photograph is None:
            continue
        for number, crop in enumerate(_crops(photograph, count)):
            crop.thumbnail((_LONG_SIDE_PX, _LONG_SIDE_PX), Image.Resampling.LANCZOS)
            target = folder / f"{path.stem.replace('_', '-')}-{number:02}.jpg"
            crop.save(target, quality=90)
            os.utime(target, (_FIRST_SECOND + 60 * written,) * 2)
            written += 1
    return written


def _path_in_package(package: str, inside: str, name: str) -> Path | None:
    """A file of an installed package, found without importing the package."""
    found = importlib.util.find_spec(package)
    if not (found and found.submodule_search_locations):
        return None
    path = Path(found.submodule_search_locations[0], inside, name)
    return path if path.is_file() else None


def _photograph(path: Path) -> Image.Image | None:
    """None for a damaged file. Raises CollectionError where reading it again may succeed."""
    try:
        with decoders.decoder_errors(), Image.open(path) as photograph:
            return photograph.convert("RGB")
    except ImageError as error:
        if error.lasting:
            return None
        raise CollectionError(f"{path}: {error}") from error


def _crops(image: Image.Image, count: int) -> list[Image.Image]:
    """The whole image, then crops spread evenly over positions and sizes (the R3 sequence, Roberts 2018)."""
    crops = [image.copy()]
    number = 0
    while len(crops) < count and number < 20 * count:
        number += 1
        x, y, size = (number * _R3) % 1.0
        aspect = _ASPECTS[number % len(_ASPECTS)]
        height = min(image.height, image.width / aspect) * (0.45 + 0.5 * size)
        width = height * aspect
        left, top = x * (image.width - width), y * (image.height - height)
        crop = image.crop((round(left), round(top), round(left + width), round(top + height)))
        if np.asarray(crop.convert("L")).std() > 12:
            crops.append(crop)
    return crops
