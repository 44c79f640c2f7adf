"""A map for other viewers: what was written is read back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.atlas.data import AtlasData, Metadata
from imbatch2soundvisu.atlas.exports import write_fiftyone, write_parquet, write_vikus
from imbatch2soundvisu.atlas.layouts import Layout
from imbatch2soundvisu.core import Clusters, FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError, MissingExtra
from tests.conftest import photo

HARSH = '<script>alert("x")</script>'


@pytest.fixture
def data(tmp_path):
    """Four images: wide and tall, with metadata of all kinds, one without a place in the second layout."""
    records = []
    for i in range(4):
        path = tmp_path / f"{i}.png"
        Image.fromarray(photo(i, *((60, 40) if i % 2 else (40, 60)))).save(path)
        records.append(ImageRecord(path, f"{i:02}ab" * 8, 60, 40, name=path.name, format="PNG"))
    metadata = Metadata(
        title=("A", "B", HARSH, "D"),
        dates=np.array(["1917-01-01", "NaT", "1901-05-01", "1917-01-01"], "datetime64[s]"),
        precision=("year", "", "month", "year"), shown_dates=("about 1917", "", "1901-05", "1917"),
        category=("x", "", "x", "y"), tags=(("a, b", "c"), (), (HARSH,), ()), text=("",) * 4,
        link=("https://example.org/?a=<b>", "javascript:alert(1)", "", ""),
        columns={"date": ("[1917]", "", "1901-05", "1917"), "latitude": ("48.1", "", "", ""),
                 "longitude": ("11.5", "", "", ""), "id": ("7", "", "", "")},
    )  # fmt: skip
    columns = {"luminance": np.array([0.1, np.nan, 0.3, 0.4])}
    vectors = np.arange(8, dtype=np.float32).reshape(4, 2)
    clusters = Clusters(np.array([0, 0, 1, -1]), ("dark", "light"), "test")
    return AtlasData(FeatureTable(tuple(records), columns), vectors, "look", metadata, clusters)


@pytest.fixture
def layouts():
    gap = np.array([[0, 0], [1, 0], [0, 1], [np.nan, np.nan]])
    return [Layout("grid", np.array([[0, 0], [1, 0], [0, 1], [1.0, 1]]), spaced=True), Layout("PCA", gap)]


def test_parquet_for_embedding_atlas(tmp_path, data, layouts):
    parquet = pytest.importorskip("pyarrow.parquet")
    near = np.array([[1, 2], [0, -1], [3, 1], [2, -1]])
    write_parquet(tmp_path / "a.parquet", data, layouts, near, side=32)
    table = parquet.read_table(tmp_path / "a.parquet")
    rows = table.to_pylist()
    assert rows[2] | {"image": None, "neighbors": None} == {
        "id": "2.png", "x": 0.0, "y": -1.0, "PCA x": 0.0, "PCA y": -1.0, "title": HARSH, "date": "1901-05",
        "category": "x", "cluster": "light", "link": None, "original date": "1901-05", "latitude": None,
        "longitude": None, "id 2": None, "date from": rows[2]["date from"], "tags": [HARSH], "luminance": 0.3,
        "image": None, "neighbors": None,
    }  # fmt: skip
    assert (rows[3]["PCA x"], rows[1]["luminance"], rows[1]["link"]) == (None, None, None)
    assert rows[0]["neighbors"]["ids"] == [0, 1, 2]
    assert rows[0]["neighbors"]["distances"][0] == 0
    assert Image.open(io.BytesIO(rows[0]["image"]["bytes"])).size == (21, 32)
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features == {"image": {"_type": "Image"}}, "tools of Hugging Face show the column as images"


def test_parquet_without_thumbnails(tmp_path, data, layouts):
    parquet = pytest.importorskip("pyarrow.parquet")
    write_parquet(tmp_path / "a.parquet", data, layouts, np.zeros((4, 0), int), side=0)
    assert "image" not in parquet.read_table(tmp_path / "a.parquet").column_names


def read(path):
    return list(csv.DictReader(path.open(encoding="utf-8", newline="")))


def test_the_data_folder_of_vikus(tmp_path, data, layouts):
    folder = tmp_path / "data"
    folder.mkdir()
    assert write_vikus(folder, data, layouts, title="Mine", sprite=32, detail=48) == ()
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    named = [config["loader"][each] for each in ("info", "timeline", "items")]
    named += [each["url"] for each in config["loader"]["layouts"] if "url" in each]
    assert all((tmp_path / each).is_file() for each in named), "paths are relative to the page of the viewer"
    items = read(folder / "data.csv")
    assert [each["year"] for each in items] == ["1917", "undated", "1901", "1917"]
    assert items[0]["keywords"] == "a  b,c"
    assert (items[0]["_link"], items[1]["_link"]) == ("https://example.org/?a=%3Cb%3E", "")
    assert {"id", "keywords", "year"} <= set(items[0])
    sources = [each["source"] for each in config["detail"]["structure"]]
    assert set(sources) <= set(items[0])
    assert {each["year"] for each in read(folder / "timeline.csv")} == {"1901", "1917", "undated"}
    assert [each["id"] for each in read(folder / "layout-1.csv")] == [each["id"] for each in items[:3]]
    assert float(read(folder / "layout-0.csv")[2]["y"]) == -1, "upward"
    shown = {each["title"]: each.get("scale") for each in config["loader"]["layouts"]}
    assert next(iter(shown)) == "Time", "the viewer computes sizes by the first layout, which has to be a timeline"
    width, years, columns = 1600, 3, config["projection"]["columns"]
    image = 0.8 * width / (years + 0.2) / columns * shown["grid"]  # as the viewer computes it
    assert 0.8 < image / (0.8 * 900 / 1) <= 1, "cells of a grid of 2 x 2 are full, and do not overlap"
    for each in items:
        assert max(Image.open(folder / "48" / f"{each['id']}.jpg").size) == 48


def test_columns_of_like_names_are_all_there_for_vikus(tmp_path, data, layouts):
    columns = {"a b": ("1",) * 4, "a-b": ("2",) * 4, "name": ("3",) * 4}
    folder = tmp_path / "out"
    folder.mkdir()
    write_vikus(folder, replace(data, metadata=replace(data.metadata, columns=columns)), layouts, title="", sprite=32)
    path = next(folder.rglob("data.csv"))
    row = next(csv.DictReader(path.open(encoding="utf-8")))
    assert (row["_a_b"], row["_a_b_2"], row["_name"], row["_name_2"]) == ("1", "2", "0.png", "3")


def test_sprites_of_vikus_are_where_the_manifest_says(tmp_path, data, layouts):
    folder = tmp_path / "data"
    folder.mkdir()
    write_vikus(folder, data, layouts, title="Mine", sprite=1024, detail=48)  # two in a row, two rows
    manifest = json.loads((folder / "sprites" / "sprites.json").read_text(encoding="utf-8"))
    assert (manifest["meta"]["type"], manifest["meta"]["version"]) == ("pixi-packer", 1)
    (sheet,) = manifest["spritesheets"]
    pixels = np.asarray(Image.open(folder / "sprites" / sheet["image"]))
    for sprite, record in zip(sheet["sprites"], data.table.records, strict=True):
        (x, y), (w, h) = sprite["position"].values(), sprite["dimension"].values()
        original = np.asarray(Image.open(record.path).convert("RGB").resize((w, h)), float)
        assert np.abs(pixels[y : y + h, x : x + w] - original).mean() < 12


def test_a_dataset_of_fiftyone(tmp_path, data, layouts):
    folder = tmp_path / "fiftyone"
    folder.mkdir()
    write_fiftyone(folder, data, layouts, title="Mine")
    samples = json.loads((folder / "samples.json").read_text(encoding="utf-8"))["samples"]
    first = samples[0]
    assert first["filepath"] == str(data.table.records[0].path.absolute())
    assert first["tags"] == ["a, b", "c"]
    assert first["metadata"] == {"_cls": "ImageMetadata", "width": 60, "height": 40}
    assert first["cluster"] == {"_cls": "Classification", "label": "dark"}
    assert first["location"] == {"_cls": "GeoLocation", "point": [11.5, 48.1]}
    assert (first["date"], first["original_date"], first["id_2"]) == ("about 1917", "[1917]", "7")
    assert (samples[2]["grid_y"], samples[2]["luminance"]) == (-1, 0.3)
    assert "pca_x" not in samples[3]
    assert "cluster" not in samples[3]
    assert "luminance" not in samples[1]
    assert "version" not in json.loads((folder / "metadata.json").read_text(encoding="utf-8"))


def test_a_plan_writes_all_of_them(tmp_path, folder):
    outputs = ["embedding-atlas", i2s.Vikus(sprite=32, detail=64), "fiftyone"]
    plan = i2s.AtlasPlan("map", on="look", layouts=["pca"], clusters=i2s.KMeans(2), outputs=outputs)
    result = i2s.run([plan], root=folder, outputs=tmp_path / "outputs", cache=tmp_path / "cache").results[0]
    assert not result.problems
    assert {result.path(kind).name for kind in ("embedding-atlas", "vikus", "fiftyone")} == {
        "embedding-atlas.parquet", "config.json", "samples.json",
    }  # fmt: skip


@pytest.mark.parametrize("output", [i2s.EmbeddingAtlas(thumbnails=3), i2s.Vikus(sprite=0), i2s.Vikus(detail="big")])
def test_invalid_sizes_are_refused(output):
    with pytest.raises(ConfigError, match="must be a whole number of pixels"):
        output.check(i2s.config.resolve())


def test_without_pyarrow_the_command_that_installs_it_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"\[notebook\]"):
        i2s.EmbeddingAtlas().check(i2s.config.resolve())
