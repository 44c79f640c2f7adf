"""Large PNG files: reduced strip by strip to what Pillow's decoding gives, in little memory."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from imbatch2soundvisu.datasets import colours, images, large, png_strips
from imbatch2soundvisu.datasets.png_strips import reduced_png

WIDTH, HEIGHT = 403, 301
_TYPES = {"grey": (0, 1), "RGB": (2, 3), "palette": (3, 1), "LA": (4, 2), "RGBA": (6, 4)}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(kind: str, depth: int, extra: bytes = b"", interlaced: int = 0) -> bytes:
    """A PNG whose rows have all five filters in turn, in chunks of odd sizes."""
    colour_type, channels = _TYPES[kind]
    rng = np.random.default_rng(5)
    smooth = cv2.resize(rng.random((6, 8, channels)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    values = np.round(smooth.reshape(HEIGHT, -1) * (2**depth - 1)).astype(">u2" if depth == 16 else np.uint8)
    if depth < 8:
        bits = np.unpackbits(values[..., None], axis=2)[:, :, -depth:].reshape(HEIGHT, -1)
        values = np.packbits(bits, axis=1)
    rows = np.frombuffer(values.tobytes(), np.uint8).reshape(HEIGHT, -1)
    packed = zlib.compress(b"".join(filtered(rows, y, max(1, channels * depth // 8)) for y in range(HEIGHT)), 6)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour_type, 0, 0, interlaced)
    palette = chunk(b"PLTE", rng.integers(0, 256, 3 << min(depth, 8), np.uint8).tobytes()) if kind == "palette" else b""
    data = b"".join(chunk(b"IDAT", packed[at : at + 7001]) for at in range(0, len(packed), 7001))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + extra + data + chunk(b"IEND", b"")


def filtered(rows: np.ndarray, y: int, size: int) -> bytes:
    row, up = rows[y].astype(int), (rows[y - 1] if y else np.zeros_like(rows[0])).astype(int)
    left, corner = (np.concatenate([np.zeros(size, int), line[:-size]]) for line in (row, up))
    distances = np.abs(np.stack([up - corner, left - corner, left + up - 2 * corner]))
    paeth = np.choose(distances.argmin(axis=0), [left, up, corner])
    guess = (np.zeros_like(row), left, up, (left + up) // 2, paeth)[y % 5]
    return bytes([y % 5]) + ((row - guess) % 256).astype(np.uint8).tobytes()


@pytest.fixture
def strips(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Every image is large; a function that reads one as an array with all of its pixels, and in strips."""
    monkeypatch.setattr(png_strips, "STRIP_PIXELS", 5000)
    monkeypatch.setattr(large, "STRIP_PIXELS", 5000)

    def read(path: Path, opening) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[no-untyped-def]
        whole = opening(path)
        with monkeypatch.context() as patch:
            patch.setattr(colours, "LARGE_PIXELS", 1000)
            patch.setattr(large, "LARGE_PIXELS", 1000)
            patch.setattr(ImageFile.ImageFile, "load", no_load)
            return whole, opening(path)

    return read


def no_load(self: Image.Image, *_: object) -> None:
    pytest.fail("all pixels were read")


def measured(path: Path) -> np.ndarray:
    return images.open_image(path, 64)


def shown(path: Path) -> np.ndarray:
    return images.open_to_fit(path, (40, 24), "fill")


_KINDS = [("grey", d) for d in (1, 2, 4, 8, 16)] + [("palette", d) for d in (1, 2, 4, 8)]
_KINDS += [(kind, depth) for kind in ("RGB", "LA", "RGBA") for depth in (8, 16)]


@pytest.mark.parametrize("opening", [measured, shown])
@pytest.mark.parametrize(("kind", "depth"), _KINDS)
def test_strips_are_what_pillow_decodes(kind: str, depth: int, opening, tmp_path: Path, strips) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.png").write_bytes(png(kind, depth))
    whole, read = strips(tmp_path / "a.png", opening)
    sixteen_grey = kind == "grey" and depth == 16  # is averaged by another filter there
    assert np.abs(whole.astype(int) - read).max() <= (4 if sixteen_grey else 1)
    assert np.abs(whole.astype(int) - read).mean() < 1


@pytest.mark.parametrize(
    ("kind", "transparent"),
    [("palette", bytes(range(256))), ("grey", struct.pack(">H", 90)), ("RGB", struct.pack(">3H", 90, 80, 70))],
)
def test_transparent_colours(kind: str, transparent: bytes, tmp_path: Path, strips) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.png").write_bytes(png(kind, 8, chunk(b"tRNS", transparent)))
    whole, read = strips(tmp_path / "a.png", shown)
    assert np.abs(whole.astype(int) - read).max() <= 1


@pytest.mark.parametrize("opening", [measured, shown])
def test_profiles_and_orientation(opening, tmp_path: Path, strips) -> None:  # type: ignore[no-untyped-def]
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    with Image.open(io.BytesIO(png("RGB", 8))) as image:
        image.save(tmp_path / "turned.png", exif=exif)
        image.save(tmp_path / "profile.png", icc_profile=profile)
    (tmp_path / "gamma.png").write_bytes(png("RGB", 8, chunk(b"gAMA", struct.pack(">I", 100000))))
    for name in ("turned.png", "profile.png", "gamma.png"):
        whole, read = strips(tmp_path / name, opening)
        assert whole.shape == read.shape
        assert np.abs(whole.astype(int) - read).max() <= 1


def test_unusual_and_damaged_files_are_left_to_pillow(tmp_path: Path) -> None:
    def reduced(content: bytes) -> Image.Image | None:
        with Image.open(io.BytesIO(content)) as image:
            return reduced_png(image, 4, lambda strip: strip)

    good = png("RGB", 8)
    assert reduced(good) is not None
    assert reduced(png("RGB", 8, interlaced=1)) is None
    assert reduced(good[: len(good) // 2]) is None
    at = good.index(b"IDAT") + 3000
    assert reduced(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]) is None


def test_a_damaged_large_file_is_salvaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = png("RGB", 8)
    (tmp_path / "a.png").write_bytes(good[: len(good) * 4 // 5])
    before = images.decode(tmp_path / "a.png", 64)
    for module in (colours, large):
        monkeypatch.setattr(module, "LARGE_PIXELS", 1000)
    after = images.decode(tmp_path / "a.png", 64)
    assert before.damage == after.damage != ""
    np.testing.assert_array_equal(before.rgb, after.rgb)


def test_a_large_png_is_read_in_the_memory_of_a_strip(tmp_path: Path) -> None:
    width, height, row = 8000, 5200, bytes(1 + 3 * 8000)
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    largest: list[int] = []
    core = Image.core.new

    def noted(mode: str, size: tuple[int, int], *more: object):  # type: ignore[no-untyped-def]
        largest.append(size[0] * size[1])
        return core(mode, size, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.core, "new", noted)
        patch.setattr(Image.core, "fill", lambda mode, size, *more: noted(mode, size))
        tracemalloc.start()
        assert images.open_image(path, 256).shape == (166, 256, 3)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert max(largest) <= 1.1 * png_strips.STRIP_PIXELS
    assert peak < 40e6
