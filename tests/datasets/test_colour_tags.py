"""Colours by the tags of PNG, AVIF and HEIF, which files made here have in all combinations."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from imbatch2soundvisu.datasets import images

GREEN = (40, 200, 60)
GREEN_OF_P3 = (0, 204, 12)  # in sRGB
BT709, P3, BT2020, LINEAR, SRGB, PQ, HLG = 1, 12, 9, 8, 13, 16, 18
P3_XY = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
SRGB_XY = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gamma(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def chromaticities(xy: tuple[float, ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in xy)))


def cicp(primaries: int, transfer: int) -> bytes:
    return chunk(b"cICP", bytes([primaries, transfer, 0, 1]))


def profile() -> bytes:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return chunk(b"iCCP", b"Display P3\0\0" + zlib.compress(srgb))


IS_SRGB = chunk(b"sRGB", b"\0")


def shown(folder: Path, chunks: bytes, colour: tuple[int, int, int] = GREEN) -> list[int]:
    """The colour of a PNG whose chunks are written one by one."""
    rows = zlib.compress((b"\0" + bytes(colour) * 8) * 8)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    path = folder / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunks + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    colours = np.unique(images.open_image(path).reshape(-1, 3), axis=0).tolist()
    assert len(colours) == 1
    return list(colours[0])


@pytest.mark.parametrize(
    ("chunks", "stored", "expected"),
    [
        (b"", GREEN, GREEN),
        (gamma(1.0), (128, 128, 128), (188, 188, 188)),
        (gamma(1 / 1.8), (128, 128, 128), (147, 147, 147)),
        (gamma(0.45455), GREEN, GREEN),
        (gamma(0.45455) + chromaticities(SRGB_XY), GREEN, GREEN),
        (gamma(0.45455) + chromaticities(P3_XY), GREEN, GREEN_OF_P3),
        (chromaticities(P3_XY), GREEN, GREEN_OF_P3),
        (cicp(P3, SRGB), GREEN, GREEN_OF_P3),
        (cicp(BT709, SRGB), GREEN, GREEN),
        (cicp(BT709, BT709), GREEN, GREEN),
        (cicp(BT709, LINEAR), (128, 128, 128), (188, 188, 188)),
    ],
    ids=[
        "none", "linear", "1.8", "2.2", "sRGB primaries", "P3 primaries", "no gAMA", "cICP P3", "cICP sRGB", "cICP HD",
        "cICP linear",
    ],
)  # fmt: skip
def test_tags_of_png(tmp_path, chunks, stored, expected):
    assert shown(tmp_path, chunks, stored) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (cicp(P3, SRGB) + profile() + gamma(1.0), GREEN_OF_P3),
        (profile() + gamma(1.0) + chromaticities(P3_XY), GREEN),
        (IS_SRGB + gamma(1.0) + chromaticities(P3_XY), GREEN),
        (cicp(P3, SRGB) + IS_SRGB, GREEN_OF_P3),
    ],
    ids=["cICP first", "then the profile", "then sRGB", "cICP before sRGB"],
)
def test_the_precedence_of_tags_of_png(tmp_path, chunks, expected):
    assert shown(tmp_path, chunks) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize(
    "chunks",
    [
        gamma(0.0),
        chromaticities((0.3,) * 8),
        chromaticities((0.0,) * 8),
        chunk(b"cICP", b"\x0c"),
        cicp(2, 2),
        cicp(255, 255),
    ],
    ids=["gAMA 0", "one colour", "zeros", "short cICP", "unspecified", "unknown"],
)
def test_impossible_tags_of_png_are_as_if_missing(tmp_path, chunks):
    assert shown(tmp_path, chunks) == pytest.approx(GREEN, abs=1)


@pytest.mark.parametrize(
    ("nits", "grey"), [(0, 0), (5, 43), (36.5, 118), (1000, 255)], ids=["black", "dark", "middle grey", "peak"]
)
def test_hdr_png_is_tone_mapped(tmp_path, nits, grey):
    """Dark and middle tones of PQ have the lightness that they have beside a page of 203 cd/m2 (ITU-R BT.2408)."""
    power = (nits / 10_000) ** 0.1593017578125
    level = round(255 * ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)
    assert shown(tmp_path, cicp(BT2020, PQ), (level,) * 3) == pytest.approx([grey] * 3, abs=4)


def test_hlg_png_is_tone_mapped(tmp_path):
    black, middle, white = (shown(tmp_path, cicp(BT2020, HLG), (level,) * 3)[0] for level in (0, 97, 255))
    assert (black, white) == (0, 255)
    assert 95 <= middle <= 130


@pytest.mark.parametrize(
    ("primaries", "transfer", "expected"),
    [(P3, SRGB, GREEN_OF_P3), (BT709, SRGB, GREEN), (2, 2, GREEN)],
    ids=["P3", "sRGB", "unspecified"],
)
def test_nclx_of_avif(tmp_path, primaries, transfer, expected):
    path = tmp_path / "a.avif"
    Image.new("RGB", (64, 64), GREEN).save(path, quality=100, subsampling="4:4:4")
    content = bytearray(path.read_bytes())
    at = content.index(b"colrnclx") + 8
    struct.pack_into(">HH", content, at, primaries, transfer)
    path.write_bytes(content)
    assert images.open_image(path)[32, 32].tolist() == pytest.approx(expected, abs=4)


@pytest.mark.parametrize(
    ("primaries", "transfer", "expected"),
    [(P3, SRGB, GREEN_OF_P3), (BT709, SRGB, GREEN), (BT709, BT709, GREEN)],
    ids=["P3", "sRGB", "HD"],
)
def test_nclx_of_heif(tmp_path, primaries, transfer, expected):
    pillow_heif.register_heif_opener()
    path = tmp_path / "a.heic"
    tags = {"color_primaries": primaries, "transfer_characteristics": transfer}
    Image.new("RGB", (64, 64), GREEN).save(path, quality=100, **tags)
    assert images.open_image(path)[32, 32].tolist() == pytest.approx(expected, abs=6)
