"""Frames and thumbnails: whole images at the requested size, and what is shown for images that cannot be read."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import visuals
from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ImageError

from .samples import save, scene


@pytest.fixture
def records(tmp_path: Path) -> list[ImageRecord]:
    return [save(tmp_path / f"{i}.png", scene(i)) for i in range(6)]


def test_error_names_the_image_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"not an image")
    with pytest.raises(ImageError, match=r"sub/bad\.png"):
        visuals.frame(ImageRecord(tmp_path / "bad.png", "", 1, 1, name="sub/bad.png"), (32, 32))


def test_thumbnails_are_whole_and_small(tmp_path: Path, records: list[ImageRecord]) -> None:
    assert visuals.thumbnail(records[0], 48).shape == (32, 48, 3)
    uri = visuals.thumbnail_uri(records[0], 48)
    assert uri.startswith("data:image/jpeg;base64,")
    assert Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).size == (48, 32)
    missing = visuals.thumbnail_uri(ImageRecord(tmp_path / "gone.png", "", 1, 1), 20)
    assert Image.open(io.BytesIO(base64.b64decode(missing.split(",")[1]))).size == (20, 20)


def test_background_is_beside_letterboxed_images(tmp_path: Path) -> None:
    record = save(tmp_path / "tall.png", scene(1, 20, 60))
    shown = visuals.frame(record, (60, 60), background=(1, 2, 3))
    assert (shown[:, :18] == (1, 2, 3)).all()
    assert not (shown[:, 22:38] == (1, 2, 3)).all(axis=2).any()


def test_placeholders_have_a_mark_in_the_middle() -> None:
    box = visuals.frames.placeholder((40, 30)).astype(int)
    assert box.shape == (30, 40, 3)
    assert np.abs(box[15, 20] - box[0, 0]).max() > 30
