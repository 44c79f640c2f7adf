"""Small files of every format that is written here, and damaged copies of them, the same in every run."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, features

from tests.conftest import photo

LARGEST = 200_000


def images() -> dict[str, bytes]:
    """{file name: bytes}: one image in every format, with EXIF, profiles, frames and compressions."""
    image = Image.fromarray(photo(7, 60, 40))
    exif = Image.Exif()
    exif[0x0112], exif[0x0132] = 6, "2020:01:02 03:04:05"
    exif.get_ifd(0x8769)[0x9003] = "2020:01:02 03:04:05"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    more = {"save_all": True, "append_images": (image.rotate(10), image.rotate(20))}
    wide = Image.fromarray(photo(7, 60, 40)[..., 0].astype(np.uint16) * 257)
    made = [
        ("exif.jpg", image, {"exif": exif}), ("progressive.jpg", image, {"progressive": True}),
        ("cmyk.jpg", image.convert("CMYK"), {"icc_profile": profile}), ("a.mpo", image, more),
        ("8.png", image, {"exif": exif, "icc_profile": profile}), ("16.png", wide, {}),
        ("palette.png", image.quantize(16), {}), ("animated.png", image, more), ("animated.gif", image, more),
        ("exif.webp", image, {"exif": exif}), ("animated.webp", image, more), ("whole.webp", image, {"lossless": True}),
        *((f"{kind}.tif", image, {"compression": kind}) for kind in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits")),
        ("pages.tif", image, more), ("float.tif", Image.fromarray(photo(7, 60, 40)[..., 0].astype(np.float32)), {}),
        ("fax.tif", image.convert("1"), {"compression": "group4"}), ("16.tif", wide, {}),
        ("a.bmp", image, {}), ("a.ppm", image, {}), ("a.ico", image, {"sizes": [(16, 16), (32, 32)]}),
        ("old.ico", image, {"bitmap_format": "bmp", "sizes": [(16, 16)]}),
        ("a.tga", image, {}), ("short.tga", image, {"compression": "tga_rle"}), ("a.heic", image, {"exif": exif}),
    ]  # fmt: skip
    made += [("a.jp2", image, {})] if features.check("jpg_2000") else []
    made += [("exif.avif", image, {"exif": exif}), ("animated.avif", image, more)] if features.check("avif") else []
    return {name: _saved(name, image, options) for name, image, options in made}


def _saved(name: str, image: Image.Image, options: Mapping[str, Any]) -> bytes:
    file, own = io.BytesIO(), dict(options)
    if "append_images" in own:  # copies: an image keeps the settings of the encoder it was saved by
        own["append_images"] = [each.copy() for each in own["append_images"]]
    image.copy().save(file, Image.registered_extensions()[Path(name).suffix], **own)
    return file.getvalue()


def files_of(*folders: Path) -> dict[str, bytes]:
    """{path: bytes} of the small files below folders."""
    found = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): path.read_bytes() for path in found if 0 < path.stat().st_size <= LARGEST}


def damaged(sources: Mapping[str, bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(file name, bytes) of so many files with bytes changed, cut off, cut out, or spliced with another file."""
    rng, names = np.random.default_rng(seed), sorted(sources)
    for number in range(count):
        name, other = names[number % len(names)], names[int(rng.integers(len(names)))]
        yield f"{number:04}-{Path(name).name[-60:]}", _damage(rng, sources[name], sources[other])


def _damage(rng: np.random.Generator, content: bytes, other: bytes) -> bytes:
    way, at, there = int(rng.integers(6)), int(rng.integers(len(content))), int(rng.integers(len(other)))
    if way < 2:  # anywhere, or in the header
        return _flipped(rng, content, len(content) if way else min(len(content), 200))
    if way == 2:
        return content[: at + 1]
    if way == 3:
        return content[:at] + content[at + int(rng.integers(1, 64)) :]
    if way == 4:
        return content[:at] + other[there : there + int(rng.integers(1, 400))] + content[at:]
    return content[:at] + other[there:]


def _flipped(rng: np.random.Generator, content: bytes, within: int) -> bytes:
    changed = bytearray(content)
    for at in rng.integers(within, size=int(rng.integers(1, 12))):
        changed[at] = int(rng.integers(256))
    return bytes(changed)
