"""Contact sheets and storyboards, read again as pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import visuals
from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.visuals import sheet_drawing, sheets

from .samples import save, scene, sequence


@pytest.fixture
def records(tmp_path: Path) -> list[ImageRecord]:
    return [save(tmp_path / f"{i}.png", scene(i)) for i in range(6)]


def test_contact_sheet_shows_all_images_in_order_uncropped(tmp_path: Path) -> None:
    colours = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (250, 20, 250), (20, 250, 250)]
    plain = [save(tmp_path / f"{i}.png", np.full((40, 60, 3), c, np.uint8)) for i, c in enumerate(colours)]
    visuals.contact_sheet(tmp_path / "sheet.jpg", sequence(plain), columns=5, width=900)
    sheet = np.asarray(Image.open(tmp_path / "sheet.jpg").convert("RGB")).astype(int)
    assert sheet.shape[1] == 900
    places = []
    for colour in colours:
        ys, xs = np.nonzero(np.abs(sheet - colour).sum(axis=2) < 40)
        assert np.ptp(xs) / np.ptp(ys) == pytest.approx(1.5, rel=0.05)
        places.append((xs.mean(), ys.mean()))
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert np.ptp([y for _, y in places]) < 2


def test_contact_sheet_shows_at_most_400_images_with_any_name_and_value(tmp_path: Path) -> None:
    record = save(tmp_path / "a.png", scene(0, 24, 16))
    names = ["日本語.jpg", "😀🎉.png", "line\nbreak\udcff.png", "x" * 300, "", "עברית é.png", "👩‍👩‍👧.gif"]
    many = [ImageRecord(record.path, "", 24, 16, name=names[i % len(names)]) for i in range(1200)]
    values = np.where(np.arange(1200) % 3 == 0, np.nan, np.inf)
    visuals.contact_sheet(tmp_path / "sheet.jpg", sequence(many, values), width=1400)
    assert max(Image.open(tmp_path / "sheet.jpg").size) < 6000
    assert sheets.evenly(1200, 400)[-1] == 1199
    assert len(set(sheets.evenly(1200, 400))) == 400


def test_unreadable_image_is_a_placeholder(tmp_path: Path, records: list[ImageRecord]) -> None:
    gone = [records[0], ImageRecord(tmp_path / "gone.png", "", 96, 64), records[1]]
    visuals.contact_sheet(tmp_path / "sheet.jpg", sequence(gone))
    visuals.storyboard(tmp_path / "storyboard.jpg", sequence(gone), [0, 1, 2])
    visuals.contact_sheet(tmp_path / "whole.jpg", sequence(records[:1] + records[:2]))
    sheet, whole = (np.asarray(Image.open(tmp_path / f"{name}.jpg")).astype(int) for name in ("sheet", "whole"))
    columns = np.flatnonzero((np.abs(sheet - whole) > 40).any(axis=(0, 2)))
    assert sheet.shape[1] / 3 < columns.min() < columns.max() < 2 * sheet.shape[1] / 3
    assert Image.open(tmp_path / "storyboard.jpg").size[0] == 1800


def test_storyboard_shows_times_and_music(tmp_path: Path, records: list[ImageRecord]) -> None:
    shown = sequence(records)
    music = [{"bar": i + 1, "beat": 1, "chord": "Am", "why": "dark"} for i in range(6)]
    visuals.storyboard(tmp_path / "a.jpg", shown, np.arange(7) * 1.5, music)
    visuals.storyboard(tmp_path / "b.jpg", shown, np.arange(7) * 1.5)
    visuals.storyboard(tmp_path / "c.jpg", shown, np.arange(7) * 2.5)
    a, b, c = (np.asarray(Image.open(tmp_path / f"{n}.jpg")).astype(int) for n in "abc")
    assert a.shape == b.shape == c.shape
    assert np.abs(a - b).max() > 60
    assert np.abs(b - c).max() > 60
    with pytest.raises(ValueError, match="start times"):
        visuals.storyboard(tmp_path / "d.jpg", shown, [0, 1])


def test_same_sequence_gives_same_bytes(tmp_path: Path, records: list[ImageRecord]) -> None:
    for name in "ab":
        visuals.contact_sheet(tmp_path / f"{name}.jpg", sequence(records))
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00.0"), (59.99, "00:59.9"), (61.3, "01:01.3"), (6000, "100:00.0")]
)
def test_times_have_minutes_seconds_and_tenths(seconds: float, text: str) -> None:
    assert sheets.format_time(seconds) == text


def test_the_heading_says_in_words_how_well_the_order_follows_its_feature(tmp_path, records, monkeypatch) -> None:
    texts: list[str] = []
    monkeypatch.setattr(sheet_drawing, "draw_text", lambda draw, xy, text, *rest, **more: texts.append(text) or 0.0)
    noted = replace(sequence(records), note="2 dates are only the time of the file")
    visuals.contact_sheet(tmp_path / "sheet.jpg", noted)
    expected = "6 images  ·  by luminance  ·  2 dates are only the time of the file  ·  follows luminance closely"
    assert expected in texts
