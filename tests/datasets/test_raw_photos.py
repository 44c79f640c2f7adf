"""Raw photos with and without a large preview; the files have the structure of a Nikon NEF."""

from __future__ import annotations

import io
import struct
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core.errors import ImageError
from imbatch2soundvisu.datasets import discover, images

Tag = tuple[int, int, list[int] | bytes]
ASCII, SHORT, LONG = 2, 3, 4


def directory(at: int, tags: list[Tag]) -> bytes:
    """A directory of a TIFF that begins at a position; values that do not fit into a field follow it."""
    entries, after = b"", b""
    behind = at + 2 + 12 * len(tags) + 4
    for code, kind, values in sorted(tags):
        data = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{'HI'[kind == LONG]}", *values)
        field = data.ljust(4, b"\0")
        if len(data) > 4:
            field = struct.pack("<I", behind + len(after))
            after += data + b"\0" * (len(data) % 2)
        entries += struct.pack("<HHI", code, kind, len(values)) + field
    return struct.pack("<H", len(tags)) + entries + bytes(4) + after


def raw_photo(path: Path, size: tuple[int, int] | None, orientation: int = 1) -> Path:
    """A thumbnail of 160 x 120 in the first directory, sensor values in a second one, a preview in a third."""
    thumbnail, sensor = bytes([250, 10, 10]) * 160 * 120, bytes(2 * 64 * 48)
    preview = io.BytesIO()
    if size:
        pixels = np.full((size[1], size[0], 3), (20, 60, 200), np.uint8)
        pixels[: size[1] // 4] = 230
        Image.fromarray(pixels).save(preview, "JPEG", quality=90)
    data = [thumbnail, sensor, preview.getvalue()]
    places = np.cumsum([4096, *map(len, data)]).tolist()
    subs = [1024, 2048] if size else [1024]
    first: list[Tag] = [
        (254, LONG, [1]), (256, LONG, [160]), (257, LONG, [120]), (258, SHORT, [8, 8, 8]), (259, SHORT, [1]),
        (262, SHORT, [2]), (273, LONG, [places[0]]), (274, SHORT, [orientation]), (277, SHORT, [3]),
        (278, LONG, [120]), (279, LONG, [len(thumbnail)]), (306, ASCII, b"2021:06:05 04:03:02\0"), (330, LONG, subs),
    ]  # fmt: skip
    values: list[Tag] = [
        (256, LONG, [64]), (257, LONG, [48]), (258, SHORT, [16]), (259, SHORT, [1]), (262, SHORT, [32803]),
        (273, LONG, [places[1]]), (279, LONG, [len(sensor)]),
    ]  # fmt: skip
    jpeg: list[Tag] = [(259, SHORT, [6]), (513, LONG, [places[2]]), (514, LONG, [len(data[2])])]
    content = bytearray(4096)
    content[:8] = struct.pack("<2sHI", b"II", 42, 8)
    for at, tags in ((8, first), (1024, values), (2048, jpeg)):
        made = directory(at, tags)
        content[at : at + len(made)] = made
    path.write_bytes(bytes(content) + b"".join(data))
    return path


@pytest.fixture(autouse=True)
def _without_rawpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "rawpy", None)


def test_a_large_preview_is_the_photo(tmp_path):
    path = raw_photo(tmp_path / "a.nef", (1200, 800))
    assert images.open_image(path).shape == (800, 1200, 3)
    assert images.open_image(path)[600, 600].tolist() == pytest.approx([20, 60, 200], abs=6)


def test_orientation_and_date_are_those_of_the_raw_photo(tmp_path):
    (record,) = discover([raw_photo(tmp_path / "a.nef", (1200, 800), orientation=6)])
    assert (record.width, record.height) == (800, 1200)
    assert (record.taken, record.taken_from) == (datetime(2021, 6, 5, 4, 3, 2), "exif")
    pixels = images.open_image(record, long_side=300)
    assert pixels.shape == (300, 200, 3)
    assert pixels[150, 195].mean() > 200 > pixels[150, 5].mean()


def test_the_content_says_that_it_is_a_raw_photo(tmp_path):
    assert discover([raw_photo(tmp_path / "photo.tif", (1200, 800))]).records[0].format == "RAW"
    with pytest.raises(ImageError, match="raw photo"):
        images.open_image(raw_photo(tmp_path / "photo.jpg", None))


@pytest.mark.parametrize(("size", "found"), [((640, 424), "only a preview of 640 × 424 px"), (None, "no preview")])
def test_without_a_large_preview_it_is_skipped(tmp_path, size, found):
    raw_photo(tmp_path / "a.nef", size)
    (skipped,) = discover(tmp_path).skipped
    assert skipped.reason.startswith(f"a raw photo with {found}")
    assert "rawpy" in skipped.reason
    assert "export it as JPEG" in skipped.reason


def test_a_small_preview_is_developed_by_rawpy(tmp_path, monkeypatch):
    """rawpy is replaced here; what counts is that its pixels are taken, and not the preview."""
    monkeypatch.setitem(sys.modules, "rawpy", _Rawpy())
    pixels = images.open_image(raw_photo(tmp_path / "a.nef", (640, 424), orientation=6))
    assert pixels.shape == (900, 1400, 3)
    assert pixels[0, 0].tolist() == [10, 90, 30]


class _Rawpy:
    def imread(self, path: str) -> _Rawpy:
        assert Path(path).name == "a.nef"
        return self

    def __enter__(self) -> _Rawpy:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def postprocess(self, **options: object) -> np.ndarray:
        assert options == {"use_camera_wb": True, "output_bps": 8}
        return np.full((900, 1400, 3), (10, 90, 30), np.uint8)


def test_sensor_values_of_the_real_developer(tmp_path, monkeypatch):
    """With rawpy installed, a file that it cannot develop is skipped with a reason."""
    monkeypatch.undo()
    pytest.importorskip("rawpy")
    (skipped,) = discover([raw_photo(tmp_path / "a.nef", (640, 424))]).skipped
    assert "raw" in skipped.reason or "decoded" in skipped.reason
