"""A grid that was made elsewhere, as a layout."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from tests.plans.test_atlas import images, run


def atlas(grid, **fields):
    return i2s.AtlasPlan("map", on="look", layouts=[], grid=grid, clusters=None, tile=(8, 8),
                         outputs=["atlas-tables", "matrix"], **fields)  # fmt: skip


def cells(result):
    rows = csv.DictReader(result.path("layouts").open(encoding="utf-8"))
    return {row["name"]: (row["given grid x"], row["given grid y"]) for row in rows}


def test_cells_of_the_metadata(tmp_path):
    (tmp_path / "about.csv").write_text("id,grid_col,grid_row\n000,12,79\n001,13,81\n002,12,80\n", encoding="utf-8")
    result = run(tmp_path, images(tmp_path / "images", 4), atlas(i2s.GivenCells(), metadata="about.csv")).results[0]
    assert cells(result) == {
        "000.png": ("12", "79"),
        "001.png": ("13", "81"),
        "002.png": ("12", "80"),
        "003.png": ("", ""),
    }
    layout = result.entry["atlas"]["layouts"][0]
    assert layout["notes"] == ["1 of 4 images has no cell and is not shown in this layout"]
    assert 0 <= layout["quality"]["grid"] <= 1
    assert Image.open(result.path("matrix")).size == (16, 24)


def test_cells_of_a_file_and_packed(tmp_path):
    root = images(tmp_path / "images", 6)
    (tmp_path / "grid.csv").write_text("5,0\n0,9\n50,0\n99,50\n0,50\n50,99\n", encoding="utf-8")
    result = run(tmp_path, root, atlas(i2s.GivenCells(tmp_path / "grid.csv"))).results[0]
    assert cells(result)["002.png"] == ("50", "0")
    packed = cells(run(tmp_path, root, atlas(i2s.GivenCells(tmp_path / "grid.csv", pack=True))).results[0])
    assert {(float(x), float(y)) for x, y in packed.values()} == {(x, y) for x in range(3) for y in range(2)}
    assert packed["000.png"][1] == "0"
    assert packed["003.png"][0] == "2"


@pytest.mark.parametrize(("kind", "message"), [
    (i2s.GivenCells("none.csv"), "no such table"), (i2s.GivenCells(columns="ab"), "two names"),
    (i2s.GivenCells("words.csv"), "needs columns"), (i2s.GivenCells("words.csv", ("a", "c")), "needs columns"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused(tmp_path, kind, message):
    (tmp_path / "words.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        atlas(kind).check(i2s.config.resolve())


def test_cells_that_are_not_possible(tmp_path):
    root = images(tmp_path / "images", 3)
    (tmp_path / "grid.csv").write_text("0,0\n0,0\n1,0\n", encoding="utf-8")
    made = run(tmp_path, root, atlas(i2s.GivenCells("grid.csv")))
    assert "more than one image" in " ".join(made.problems)
    (tmp_path / "grid.csv").write_text("0,0\n0,1\n", encoding="utf-8")
    assert "2 rows without names for 3 images" in " ".join(
        run(tmp_path, root, atlas(i2s.GivenCells("grid.csv"))).problems
    )


def test_the_cells_of_an_archive(shared_data):
    from imbatch2soundvisu.atlas.data import AtlasData
    from imbatch2soundvisu.atlas.metadata import MetadataTable
    from imbatch2soundvisu.core import FeatureTable
    from imbatch2soundvisu.datasets import discover

    root = shared_data("E-archive-amnh")
    records = discover(root / "images").records
    table = FeatureTable(records)
    vectors = np.stack(
        [np.asarray(Image.open(each.path).convert("RGB").resize((4, 4))).reshape(-1) for each in records]
    )
    data = AtlasData(table, vectors.astype(np.float32), "pixels", MetadataTable(root / "metadata.csv").join(table))
    layout = i2s.GivenCells(pack=True).layout(data, 0)
    assert layout.quality["grid"] > layout.quality["random"] + 0.1
