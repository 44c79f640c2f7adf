"""Metadata of images: tables, dates, and what files say of themselves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.atlas.items import pages_of_items
from imbatch2soundvisu.atlas.metadata import MetadataTable, archive_date, embedded_of, metadata_of, read_rows
from imbatch2soundvisu.core import FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError


def table(*names):
    records = (ImageRecord(Path(name), f"{i:032x}", 4, 3, name=name) for i, name in enumerate(names))
    return FeatureTable(tuple(records))


def written(folder, text, name="data.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1917", "1917"), ("[1917]", "1917"), ("[1917, approximate]", "about 1917"), 
        ("1917, approximate", "about 1917"),
        ("circa 1890", "about 1890"), ("c. 1890", "about 1890"), ("ca.1890", "about 1890"), ("1890?", "about 1890"),
        ("1901-05", "1901-05"), ("1901-05-17", "1901-05-17"), ("1901/5/7", "1901-05-07"),
        ("1907-1909", "1907 to 1909"), ("1907–09", "1907 to 1909"), ("between 1900 and 1910", "1900 to 1910"),
        ("1890s", "1890s"), ("c. 1890s", "about 1890s"), ("189-", "1890s"), ("18--", "1800 to 1899"),
        ("19th century", "1801 to 1900"), ("20th c.", "1901 to 2000"), ("late 19th century", "1867 to 1900"),
        ("March 1925", "1925-03"), ("Mar. 4, 1925", "1925-03-04"), ("4th March 1925", "1925-03-04"),
        ("Summer 1910", "1910-06"), ("before 1900", "before 1900"),
        ("after c. 1910", "after 1910"), ("03/04/1910", "1910"),
        ("2024-01-31T12:30:00Z", "2024-01-31 12:30:00"), ("2016-12-31 23:59:60", "2016-12-31 23:59:59"),
        ("1917-01-01 12:30:75", "1917-01-01"), ("1917-00-05", "1917"), ("1917-05-00", "1917-05"),
        ("20240131", "2024-01-31"), ("１９１７", "1917"), ("c1890", "about 1890"), ("1890 ca.", "about 1890"),
        ("[191?]", "about 1910s"), ("19??", "about 1900 to 1999"), ("1917 May 4", "1917-05-04"),
        ("1917 May", "1917-05"),
        ("Jan-1900", "1900-01"), ("Fall of 1920", "1920-09"), ("from 1890 to 1900", "1890 to 1900"),
        ("1917 or 1918", "1917 to 1918"), ("1910s-1920s", "1910 to 1929"), ("mid-1920s", "1920s"),
        ("<1890>", "1890"),
        ("1917-03-01/1918-05-01", "1917 to 1918"), ("1917-03/1917-05", "1917"),
    ],
)  # fmt: skip
def test_dates_of_archives(text, said):
    assert archive_date(text).describe() == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Unknown",
        "n.d.",
        "undated",
        "1925-13",
        "1925-02-30",
        "1899-1890",
        "no. 7",
        "12",
        "850-",
        "85--",
        "10000",
        "Martha 1917",
        "Decorated 1920",
        "Marble, 1890",
        "١٩١٧",
        "1920s-1910s",
        "500 BC",
    ],  # fmt: skip
)
def test_what_is_no_date(text):
    assert archive_date(text) is None


def test_rows_are_joined_by_file_name_path_and_digest(tmp_path):
    path = written(tmp_path, f"id,title,date\nA1,First,1901\nsub/b.png,Second,[1917]\n{2:032x},Third,\n")
    found = metadata_of(table("a1.jpg", "sub/b.png", "other.jpg"), path)
    assert found.title == ("First", "Second", "Third")
    assert [str(date)[:4] for date in found.dates] == ["1901", "1917", "NaT"]
    assert found.precision == ("year", "year", "")


def test_what_does_not_match_is_reported_on_both_sides(tmp_path):
    path = written(tmp_path, "id,title\na,A\nx,X\n,empty\na,again\n")
    found = metadata_of(table("a.jpg", "b.jpg"), path)
    assert found.title == ("A", "b.jpg")
    assert found.notes == (
        "1 image without a row in data.csv: b.jpg",
        "2 rows of data.csv without an image: x, a",
        "1 row of data.csv without an id",
        "1 id more than once in data.csv, the first row counts: a",
    )


def test_numbers_after_a_point_are_part_of_an_id(tmp_path):
    path = written(tmp_path, "id,title\n1917.12,A\n1917.13,B\n")
    found = metadata_of(table("1917.12.jpg", "1917.13.jpg", "1917.jpg"), path)
    assert found.title == ("A", "B", "1917.jpg")
    assert found.notes == ("1 image without a row in data.csv: 1917.jpg",)


def test_missing_numbers_are_empty(tmp_path):
    assert read_rows(written(tmp_path, '[{"id": "a", "year": NaN}]', "data.json")).rows == ({"id": "a", "year": ""},)


def test_json_lines_end_with_line_feeds_only(tmp_path):
    path = written(tmp_path, '{"id": "a", "title": "one\u2028two"}\n{"id": "b"}\n', "data.jsonl")
    assert [row["title"] for row in read_rows(path).rows] == ["one two", ""]


@pytest.mark.parametrize("text", ["5", "null", '"text"', "true"])
def test_json_that_is_no_table_is_refused(tmp_path, text):
    with pytest.raises(ConfigError, match="not a list of rows"):
        read_rows(written(tmp_path, text, "data.json"))


def test_no_match_says_what_is_on_both_sides(tmp_path):
    path = written(tmp_path, "id,title\n7,A\n")
    with pytest.raises(ConfigError, match=r"none of its 1 row .* has 7 …, the images are a\.jpg"):
        metadata_of(table("a.jpg"), path)


def test_tags_are_separated_and_a_second_table_adds_more(tmp_path):
    path = written(tmp_path, "id,subjects\na,Birds; Rivers ;Birds\nb,\n")
    subjects = written(tmp_path, "id,subject\na,Trees\nb,Ships\nb,Ships\n", "subjects.csv")
    found = metadata_of(table("a.jpg", "b.jpg"), MetadataTable(path, subjects=subjects))
    assert found.tags == (("Birds", "Rivers", "Trees"), ("Ships",))


def test_a_comma_separates_only_where_nothing_else_does(tmp_path):
    path = written(tmp_path, 'id;tags\na;"x, y"\nb;"z"\n')
    assert metadata_of(table("a.jpg", "b.jpg"), path).tags == (("x", "y"), ("z",))


def test_pages_of_one_item_share_its_row(tmp_path):
    path = written(tmp_path, "id,title\n12,Album\n")
    assert metadata_of(table("12.jpg", "12-1.jpg", "12-2.jpg"), path).title == ("Album",) * 3


def test_json_that_is_nested_without_end_is_one_clear_line(tmp_path):
    (tmp_path / "a.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"a\.json: cannot be read as metadata"):
        read_rows(tmp_path / "a.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(tmp_path, encoding):
    found = metadata_of(table("a.jpg"), written(tmp_path, "id,title\na,Château\n", encoding=encoding))
    assert found.title == ("Château",)
    assert bool(found.notes) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.json", json.dumps([{"id": "a", "title": "A", "tags": ["x", "y"], "n": 3.0, "none": None}])),
        ("d.json", json.dumps({"images": [{"id": "a", "title": "A", "tags": ["x", "y"], "n": 3}]})),
        ("d.json", json.dumps({"a": {"title": "A", "tags": "x;y", "n": "3"}})),
        ("d.jsonl", json.dumps({"id": "a", "title": "A", "tags": "x; y", "n": 3}) + "\n\n"),
        ("d.tsv", "id\ttitle\ttags\tn\na\tA\tx|y\t3\n"),
    ],
)
def test_formats(tmp_path, name, text):
    found = metadata_of(table("a.jpg"), written(tmp_path, text, name))
    assert (found.title, found.tags, found.columns["n"]) == (("A",), (("x", "y"),), ("3",))


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"id": ["a"], "tags": [["x", "y"]]}), tmp_path / "d.parquet")
    assert metadata_of(table("a.jpg"), tmp_path / "d.parquet").tags == (("x", "y"),)


def test_long_values_are_shortened(tmp_path):
    found = metadata_of(table("a.jpg"), written(tmp_path, "id,title\na," + "x" * 100_000 + "\n"))
    assert len(found.title[0]) == 2000


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("d.xls", "x", "must be a file of"), ("d.json", "{", "cannot be read"), ("d.csv", "id,title\n", "no row"),
        ("d.csv", "a,b\n1,2\n", "no column names the images"),
    ],
)  # fmt: skip
def test_bad_files_are_refused(tmp_path, name, text, message):
    with pytest.raises(ConfigError, match=message):
        MetadataTable(written(tmp_path, text, name)).check()


def test_a_missing_file_and_a_missing_column_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        read_rows(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="unknown column for title 'headline'"):
        MetadataTable(written(tmp_path, "id,title\na,A\n"), title="headline").check()


def test_the_archive_of_the_museum(shared_data):
    import imbatch2soundvisu as i2s

    folder = shared_data("E-archive-amnh")
    images = i2s.measure(i2s.discover(folder), features=())
    found = metadata_of(images, folder / "metadata.csv")
    assert found.notes == ("68 dates are approximate",)
    assert not np.isnat(found.dates).any()
    assert all(found.tags)
    years = [int(row) for row in found.columns["year"]]
    assert np.mean(np.array([int(str(date)[:4]) for date in found.dates]) == years) > 0.99


def test_what_files_say_of_themselves(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "A caption"
    exif[0x9C9E] = "one;two;one".encode("utf-16-le")
    exif[0x8825] = {1: "S", 2: (10.0, 30.0, 0.0), 3: "E", 4: (20.0, 0.0, 36.0)}
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    found = embedded_of(tmp_path / "a.jpg")
    assert (found.caption, found.keywords) == ("A caption", ("one", "two"))
    assert (found.latitude, found.longitude) == (-10.5, 20.01)


def test_xmp_comes_first(tmp_path):
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description><dc:title><rdf:Alt><rdf:li>T</rdf:li></rdf:Alt>'
        "</dc:title><dc:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></dc:subject>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    exif = Image.Exif()
    exif[0x9C9B] = "other".encode("utf-16-le")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", xmp=packet.encode(), exif=exif)
    found = embedded_of(tmp_path / "a.jpg")
    assert (found.title, found.keywords) == ("T", ("a", "b"))


def test_a_file_that_is_no_image_says_nothing(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no image")
    assert embedded_of(tmp_path / "a.jpg").keywords == ()


def test_numbered_frames_are_no_pages_of_one_item():
    frames = [f"IMG-{i:03}.jpg" for i in range(200)]
    assert pages_of_items(frames) == []
    assert pages_of_items(["a-5.jpg", "a-6.jpg"]) == []
    assert pages_of_items(["a-1.jpg", "b/a-2.jpg", "a-2.jpg"]) == [[0, 2]]
    assert pages_of_items(["a.jpg", "a-2.jpg", "a-3.jpg"]) == [[0, 1, 2]]
