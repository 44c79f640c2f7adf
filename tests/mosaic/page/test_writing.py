"""The page of a mosaic: what is in its folder, and what its viewer knows."""

from __future__ import annotations

import base64
import errno
import json
import re
from html import unescape

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError, UnwritableError
from imbatch2soundvisu.mosaic.page import photos, write_page, writing
from imbatch2soundvisu.mosaic.page.data import packed
from imbatch2soundvisu.visuals.large import level_sizes
from tests.conftest import photo

BAD = "<img src=x onerror=alert(1)> & \"quotes\" 'too'.jpg"


@pytest.fixture
def made(folder):
    (folder / "image-00.jpg").rename(folder / BAD)
    return i2s.mosaic(photo(99, 90, 70), folder, tile=(12, 9))


def data_of(folder):
    page = (folder / "index.html").read_text(encoding="utf-8")
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert not set(text) & set("<>&")
    return json.loads(text)


def numbers(found):
    return np.frombuffer(base64.b64decode(found["data"]), found["type"])


def test_the_folder(made, tmp_path):
    report = write_page(tmp_path / "page", made, 4, title="</title><b>")
    assert report.size == (360, 280)
    names = {path.name for path in (tmp_path / "page").iterdir() if path.name[0] != "."}
    assert names == {"index.html", "mosaic.dzi", "mosaic_files", "photos"}
    assert len(list((tmp_path / "page/mosaic_files").iterdir())) == len(level_sizes((360, 280)))
    page = (tmp_path / "page/index.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "<b>" not in page
    assert "http" not in re.sub(r"\bxmlns\b|http://www\.w3\.org", "", page)
    assert unescape(re.findall("<title>(.*?)</title>", page)[0]) == "</title><b>"


def test_the_data_says_which_photo_is_where(made, tmp_path):
    write_page(tmp_path / "page", made, 4)
    data = data_of(tmp_path / "page")
    shown = [data["photos"][number][0] for number in numbers(data["photo"]).tolist()]
    assert shown == [made.codebook.records[tile].name for tile in made.chosen.tolist()]
    assert data["cells"]["x"] == sorted({*(4 * made.cells.boxes[:, 0]).tolist(), 4 * (made.cells.boxes[-1, 0] + 12)})
    assert [BAD, 120, 80, ""] in data["photos"]
    for number, (name, width, height, _) in enumerate(data["photos"]):
        small = Image.open(tmp_path / f"page/photos/{number}.jpg")
        assert small.size == (width, height)
        whole = Image.open(next(record.path for record in made.codebook.records if record.name == name))
        assert np.abs(np.asarray(small).astype(int) - np.asarray(whole)).mean() < 8


def test_irregular_cells(folder, tmp_path):
    made = i2s.mosaic(photo(99, 90, 70), folder, tile=(12, 9), tiling="hexagon")
    write_page(tmp_path / "page", made, 4)
    data = data_of(tmp_path / "page")
    assert data["shape"] == "hexagon"
    assert np.array_equal(numbers(data["cells"]["boxes"]).reshape(4, -1).T, made.cells.scaled(4))


def test_text_of_the_user_ends_no_script():
    assert writing.page_text("a", {"b": "</script>"}, "c").count("</script>") == 2


def test_large_numbers():
    for values in ([0, 32767, -3], [0, 32768], [60_000, -2]):
        assert numbers(packed(np.array(values))).tolist() == values


def test_a_photo_that_is_gone_is_its_tile(made, tmp_path, folder):
    name = made.codebook.records[made.chosen[5]].name
    (folder / name).unlink()
    report = write_page(tmp_path / "page", made, 4)
    assert any(name in line for line in report.problems)
    data = data_of(tmp_path / "page")
    number = [each[0] for each in data["photos"]].index(name)
    assert Image.open(tmp_path / f"page/photos/{number}.jpg").size == made.codebook.size


def test_its_size_unless_one_is_given(made, tmp_path, monkeypatch):
    assert write_page(tmp_path / "a", made).size == (1440, 1120)
    monkeypatch.setattr(writing, "_MOST_PIXELS", 90 * 70 * 9)
    assert write_page(tmp_path / "b", made).size == (270, 210)


def test_a_full_disk_leaves_nothing(made, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = sorted(path.name for path in tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(photos, "encoded", full)
        with pytest.raises(UnwritableError, match="page cannot be written: No space left on device"):
            write_page(tmp_path / "page", made, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    made.save_page(tmp_path / "page", 4, title="again")
    with pytest.raises(ConfigError, match="quality=0"):
        write_page(tmp_path / "page", made, quality=0)


def test_it_is_in_no_collection(made, tmp_path, folder):
    count = len(i2s.discover(folder))
    write_page(folder / "page", made, 4)
    assert len(i2s.discover(folder)) == count
