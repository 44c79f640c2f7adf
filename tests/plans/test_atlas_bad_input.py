"""Bad input of a map: tables in a wrong encoding, doubled ids, scripts, endless titles, no match, no space."""

from __future__ import annotations

import errno
import json

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.atlas import viewer
from imbatch2soundvisu.core.errors import ConfigError, I2SError

HARSH = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'


def run(tmp_path, folder, table, **fields):
    (tmp_path / "about.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    plan = i2s.AtlasPlan("map", on="look", layouts=["pca"], clusters=None, metadata=tmp_path / "about.csv", **fields)
    return i2s.run([plan], root=folder, outputs=tmp_path / "outputs", cache=tmp_path / "cache").results[0]


def data_of(result, name):
    text = (result.folder / "map" / "data" / f"{name}.js").read_text(encoding="ascii")
    return json.loads(text.partition(",")[2].rpartition(")")[0])


def test_a_wrong_encoding_is_read_and_reported(tmp_path, folder):
    result = run(tmp_path, folder, "id,title\nimage-00,Müller in Köln\n".encode("cp1252"))
    assert data_of(result, "texts-0")["titles"][0] == "Müller in Köln"
    assert "not in UTF-8" in " ".join(result.entry["lines"])


def test_doubled_and_missing_ids_are_counted(tmp_path, folder):
    result = run(tmp_path, folder, "id,title\nimage-00,First\n,Nobody\nIMAGE-00,Second\nother,Other\n")
    lines = " ".join(result.entry["lines"])
    assert data_of(result, "texts-0")["titles"][0] == "First"
    assert "1 row of about.csv without an id" in lines
    assert "more than once in about.csv, the first row counts: image-00" in lines
    assert "without an image: IMAGE-00, other" in lines
    assert "11 images without a row" in lines


def test_scripts_in_every_field_are_only_text(tmp_path, folder):
    columns = ["id", "title", "date", "category", "tags", "link", "text", "note", HARSH.replace(",", "")]
    quoted = '"' + HARSH.replace('"', '""') + '"'
    head = ",".join('"' + each.replace('"', '""') + '"' for each in columns)
    result = run(tmp_path, folder, f"{head}\nimage-00,{','.join([quoted] * 8)}\n")
    assert HARSH not in (result.folder / "map" / "index.html").read_text(encoding="utf-8")
    texts = data_of(result, "texts-0")
    assert texts["titles"][0] == HARSH
    assert texts["links"][0] == "", "only addresses of the web are links"
    assert HARSH not in (tmp_path / "outputs" / "index.html").read_text(encoding="utf-8")


def test_a_title_of_100000_characters_is_shortened(tmp_path, folder):
    texts = data_of(run(tmp_path, folder, f"id,title\nimage-00,{'word ' * 20_000}\n"), "texts-0")
    assert len(texts["titles"][0]) <= 2000
    assert texts["titles"][0].endswith("…")


def test_no_match_at_all_is_refused_before_the_images_are_measured(tmp_path, folder, monkeypatch):
    monkeypatch.setattr("imbatch2soundvisu.pipeline.measure_for", lambda *_, **__: pytest.fail("measured"))
    with pytest.raises(ConfigError) as caught:
        run(tmp_path, folder, "id,title\n7,Seven\n8,Eight\n")
    text = str(caught.value)
    assert "test_atlas_bad_input.py" in text
    assert "none of its 2 rows is about an image" in text
    assert "7, 8" in text
    assert "image-00.jpg" in text


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"", "no row"), (b"id,title\n", "no row"), (b"title\nA\n", "no column names the images"),
        (b"\xff\xfe\x00", "about.csv"), (b"\x00\x01\x02\x03", "about.csv"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_one_clear_line(tmp_path, folder, table, said):
    with pytest.raises(ConfigError, match=said):
        run(tmp_path, folder, table)
    assert not (tmp_path / "outputs" / "map").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_or_read_only_folder_is_one_line_and_leaves_nothing_half_written(tmp_path, folder, number, monkeypatch):
    table = "id,title\nimage-00,First\n"
    before = run(tmp_path, folder, table)
    files = {path: path.read_bytes() for path in (before.folder / "map").rglob("*") if path.is_file()}

    def full(*_, **__):
        raise OSError(number, "No space left on device", str(before.folder))

    monkeypatch.setattr(viewer, "write_data", full)
    with pytest.raises(I2SError, match="No space left on device") as caught:
        run(tmp_path, folder, "id,title\nimage-00,Other\n")
    assert "\n" not in str(caught.value)
    after = {path: path.read_bytes() for path in (before.folder / "map").rglob("*") if path.is_file()}
    assert after == files, "the map of the run before is as it was"
    assert {path.name for path in before.folder.iterdir()} <= {
        "map",
        "layouts.json",
        "result.json",
        "atlas-preview.jpg",
    }
