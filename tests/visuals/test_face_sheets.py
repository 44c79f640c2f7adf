"""Crops of faces, and sheets of them, on images whose faces are coloured squares."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import Region
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.visuals.face_sheets import FaceCell, face_crop, face_sheet

SIZE = (400, 300)


def record_of(tmp_path, left, top, side):
    """An image with a red square as its face, and the region of that."""
    pixels = np.full((SIZE[1], SIZE[0], 3), 200, np.uint8)
    pixels[top : top + side, left : left + side] = (230, 20, 20)
    Image.fromarray(pixels).save(tmp_path / "face.png")
    box = Region(left / SIZE[0], top / SIZE[1], side / SIZE[0], side / SIZE[1], label="face")
    return discover(tmp_path).records[0], box


@pytest.mark.parametrize(("left", "top", "side"), [(160, 120, 80), (0, 0, 60), (330, 230, 70), (120, 60, 240)])
def test_a_crop_has_all_of_the_face_and_is_not_stretched(tmp_path, left, top, side):
    record, box = record_of(tmp_path, left, top, side)
    crop = face_crop(record, box, 120)
    assert crop.shape == (120, 120, 3)
    red = (crop[..., 0] > 200) & (crop[..., 1] < 100)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    high, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert abs(high - wide) <= 2
    assert wide == pytest.approx(120 / min(1.9, 300 / side), abs=3)


def test_a_sheet_shows_each_face_and_a_placeholder_for_one_that_is_gone(tmp_path):
    record, box = record_of(tmp_path, 160, 120, 80)
    done = []
    cells = [FaceCell(record, box, f"{number}.jpg", "0.50", level=0.5) for number in range(9)]
    face_sheet(tmp_path / "sheet.jpg", "Faces", "9 faces", cells, lambda *each: done.append(each))
    sheet = np.asarray(Image.open(tmp_path / "sheet.jpg"))
    assert sheet.shape[1] == 1400
    red = (sheet[..., 0] > 180) & (sheet[..., 1] < 90)
    assert 0.02 < red.mean() < 0.5
    assert done[-1] == (9, 9)
    record.path.unlink()
    face_sheet(tmp_path / "sheet.jpg", "Faces", "9 faces", cells)
    sheet = np.asarray(Image.open(tmp_path / "sheet.jpg"))
    assert ((sheet[..., 0] > 180) & (sheet[..., 1] < 90)).mean() < 0.001
