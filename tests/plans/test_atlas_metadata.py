"""What the map knows of its images besides their pixels: tables, files, clusters, classes and faces."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.atlas.data import Metadata
from imbatch2soundvisu.atlas.metadata import metadata_of, of_files
from imbatch2soundvisu.atlas.metadata.of_files import embedded_of_each
from imbatch2soundvisu.atlas.metadata.of_measurements import with_measurements, with_words
from imbatch2soundvisu.core import Clusters, FeatureTable, ImageRecord
from imbatch2soundvisu.core.regions import Region
from imbatch2soundvisu.plans.atlas_content import AtlasContent
from imbatch2soundvisu.runtime.cache import Cache
from tests.conftest import photo

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li>Lake</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li>In the morning</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>water</rdf:li><rdf:li>sky</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.fixture
def root(tmp_path):
    """Six images; the first says what it is and where."""
    folder = tmp_path / "images"
    folder.mkdir()
    for i in range(6):
        Image.fromarray(photo(i)).save(folder / f"{i}.jpg", **({"xmp": XMP.encode(), "exif": gps()} if i == 0 else {}))
    return folder


def gps():
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 30.0, 0.0), 3: "E", 4: (151.0, 0.0, 0.0)})
    return exif


def texts(result):
    text = (result.folder / "map" / "data" / "texts-0.js").read_text(encoding="ascii")
    return json.loads(text.partition(",")[2].rpartition(")")[0])


def run(tmp_path, root, **fields):
    plan = i2s.AtlasPlan("map", **{"on": "look", "layouts": ["pca"], "clusters": None, **fields})
    return i2s.run([plan], root=root, outputs=tmp_path / "outputs", cache=tmp_path / "cache").results[0]


def table(*records, **fields):
    return FeatureTable(tuple(records), **fields)


def record(name, taken=None, source=""):
    return ImageRecord(Path(name), name, 4, 3, taken, source, name)


def test_the_map_shows_what_the_files_say(tmp_path, root):
    result = run(tmp_path, root)
    found = texts(result)
    assert found["titles"][:2] == ["Lake", "1.jpg"]
    assert found["texts"][0] == "In the morning"
    assert found["tags"][0] == "water; sky"
    assert found["columns"]["latitude"][0] == "-33.5"
    assert "titles, texts, keywords and places come from inside 1 image file (XMP, IPTC, EXIF)" in result.entry["lines"]


def test_a_table_comes_before_the_files(tmp_path, root):
    (tmp_path / "about.csv").write_text("id,title,tags,text\n0,Pond,,\n1,,b,\n", encoding="utf-8")
    found = texts(run(tmp_path, root, metadata=tmp_path / "about.csv"))
    assert found["titles"][:2] == ["Pond", "1.jpg"]
    assert found["tags"][:2] == ["water; sky", "b"]
    assert found["texts"][0] == "In the morning"


def test_files_are_read_once(root, tmp_path, monkeypatch):
    records = i2s.discover(root).records
    with Cache(tmp_path / "cache") as cache:
        first = embedded_of_each(records, cache)
        monkeypatch.setattr(of_files, "embedded_of", lambda path: pytest.fail(f"{path} is read again"))
        assert embedded_of_each(records, cache) == first
    assert first[0].keywords == ("water", "sky")


def test_dates_are_shown_as_they_were_understood(tmp_path):
    path = tmp_path / "about.csv"
    path.write_text('id,date\na,"[1917, approximate]"\nb,1907-1909\nc,some day\nd,\n', encoding="utf-8")
    taken = datetime(2020, 5, 1, 12, 30)
    rows = table(record("a.jpg"), record("b.jpg"), record("c.jpg"), record("d.jpg", taken, "exif"))
    found = metadata_of(rows, path)
    assert found.shown_dates == ("about 1917", "1907 to 1909", "some day", "2020-05-01 12:30")
    assert found.columns["date"] == ("[1917, approximate]", "1907-1909", "some day", "")
    assert found.precision == ("year", "year", "", "second")


def test_times_of_files_are_the_last_resort(tmp_path):
    taken = datetime(2020, 5, 1)
    copies = table(record("a.jpg", taken, "file"), record("b.jpg", taken, "file"))
    found = Metadata.of_table(copies)
    assert found.shown_dates[0] == "2020-05-01 00:00 (time of the file)"
    assert "times of the files" in found.notes[0]
    mixed = Metadata.of_table(table(record("a.jpg", taken, "file"), record("b.jpg", taken, "exif")))
    assert np.isnat(mixed.dates).tolist() == [True, False]
    path = tmp_path / "about.csv"
    path.write_text("id,title\na,A\n", encoding="utf-8")
    assert np.isnat(metadata_of(copies, path).dates).all(), "with a table, times of files are no dates"


class Classifier:
    """An embedding with two classes, whose vectors are their probabilities."""

    name = "test"

    def classify(self, vectors):
        return ("cat", "dog"), vectors


def classified(count=8):
    shares = np.array([[0.9, 0.1]] * (count // 2) + [[0.2, 0.8]] * (count // 2), np.float32)
    names = [record(f"{i}.jpg") for i in range(count)]
    return table(*names, vectors={"test": shares}, embedders={"test": Classifier()})


def test_clusters_are_named_by_what_they_show():
    rows = classified()
    found = with_words(Clusters(np.array([0] * 4 + [1] * 4), ("cluster 1", "cluster 2"), "test"), rows)
    assert found.names == ("cat", "dog")
    assert with_words(Clusters(np.zeros(8, int), ("holiday",), "folders"), rows).names == ("holiday",)


def test_clusters_are_named_by_tags_of_people_first():
    rows = classified()
    tags = [("Ice", "photo")] * 3 + [("photo",)] + [("Ships", "photo")] * 2 + [("Ships", "Ports", "photo")] * 2
    found = with_words(Clusters(np.array([0] * 4 + [1] * 4), ("cluster 1", "cluster 2"), "test"), rows, tags)
    assert found.names == ("Ice", "Ships, Ports")


def test_clusters_without_words_keep_their_numbers_and_no_name_is_there_twice():
    rows = table(*(record(f"{i}.jpg") for i in range(4)))
    assert with_words(Clusters(np.array([0, 0, 1, 1]), ("cluster 1", "cluster 2"), "test"), rows).names == (
        "cluster 1", "cluster 2",
    )  # fmt: skip
    rows = classified(12)
    found = with_words(Clusters(np.arange(12) // 4, tuple(f"cluster {i + 1}" for i in range(3)), "test"), rows)
    assert len(set(found.names)) == 3


def test_classes_and_faces_are_metadata():
    face = Region(0.1, 0.1, 0.2, 0.2, 1.0, "face")
    rows = classified(2)
    rows = FeatureTable(rows.records, vectors=rows.vectors, embedders=rows.embedders, regions={"faces": ((face,), ())})
    found = with_measurements(Metadata.of_table(rows), rows)
    assert found.columns["shows"] == ("cat", "dog, cat")
    assert found.columns["faces"] == ("1", "0")
    assert found.tags == (("cat",), ("dog", "cat"))


def test_a_kept_map_is_neither_clustered_nor_placed_again(tmp_path, root, monkeypatch):
    fields = {"clusters": i2s.KMeans(2), "layouts": ["pca", "islands"]}
    assert not run(tmp_path, root, **fields).kept
    for name in ("layouts", "data", "_clusters"):
        monkeypatch.setattr(AtlasContent, name, property(lambda self: pytest.fail("computed again")))
    assert run(tmp_path, root, **fields).kept
