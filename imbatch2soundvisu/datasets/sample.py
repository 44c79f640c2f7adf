"""The built-in sample: images cut from the photographs that scikit-image and scikit-learn carry."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
from PIL import Image

from ..core.errors import CollectionError, ImageError
from ..runtime.ownership import WrittenFiles
from . import images

#: (package, folder, file, how many cuts): 240 images.
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
_LONG_SIDE = 640
_FIRST_SECOND = 946_684_800  # 2000-01-01; one minute from image to image


def built_in_sample(cache: Path) -> Path:
    """The folder of the sample in a cache, cut there on first use. The same cuts every time.

    Raises CollectionError when neither package carries its photographs, or the cache cannot be written.
    """
    folder = cache / "sample-1"
    if folder.is_dir():
        return folder
    try:
        with WrittenFiles(cache).making_folder(folder) as partial:
            if not _cut_all(partial):
                raise CollectionError("the photographs of the sample are missing; set DATA_ROOT to a folder of images")
    except OSError as error:
        if not folder.is_dir():
            raise CollectionError(f"the sample cannot be written to {cache}: {error.strerror or error}") from error
    return folder


def _cut_all(folder: Path) -> int:
    made = 0
    for package, inside, name, count in _PHOTOGRAPHS:
        found = importlib.util.find_spec(package)
        path = (
            Path(found.submodule_search_locations[0], inside, name)
            if found and found.submodule_search_locations
            else None
        )
        if path is None or not path.is_file():
            continue
        image = _photograph(path)
        if image is None:
            continue
        for number, cut in enumerate(_cuts(image, count)):
            cut.thumbnail((_LONG_SIDE, _LONG_SIDE), Image.Resampling.LANCZOS)
            target = folder / f"{path.stem.replace('_', '-')}-{number:02}.jpg"
            cut.save(target, quality=90)
            os.utime(target, (_FIRST_SECOND + 60 * made,) * 2)
            made += 1
    return made


def _photograph(path: Path) -> Image.Image | None:
    """None for a file that is damaged. Raises CollectionError where another try may succeed."""
    try:
        with images.decoding(), Image.open(path) as photograph:
            return photograph.convert("RGB")
    except ImageError as error:
        if error.lasting:
            return None
        raise CollectionError(f"{path}: {error}") from error


def _cuts(image: Image.Image, count: int) -> list[Image.Image]:
    """The whole image, then cuts spread evenly over places, sizes and aspects (the R2 sequence, Roberts 2018)."""
    cuts = [image.copy()]
    number = 0
    while len(cuts) < count and number < 20 * count:
        number += 1
        x, y, size = (number * _R3) % 1.0
        aspect = _ASPECTS[number % len(_ASPECTS)]
        height = min(image.height, image.width / aspect) * (0.45 + 0.5 * size)
        width = height * aspect
        left, top = x * (image.width - width), y * (image.height - height)
        cut = image.crop((round(left), round(top), round(left + width), round(top + height)))
        if np.asarray(cut.convert("L")).std() > 12:
            cuts.append(cut)
    return cuts


_R3 = np.array([0.8191725133961645, 0.6710436067037893, 0.5497004779019703])
