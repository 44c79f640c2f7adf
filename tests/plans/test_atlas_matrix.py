"""`Matrix` and `Pyramid`: the outputs of an atlas that paint a grid."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.atlas.pyramids import tiles_of
from imbatch2soundvisu.core.errors import ConfigError
from tests.plans.test_atlas import images, run


def atlas(*outputs, **fields):
    fields = {"on": "look", "layouts": [], "grid": "6x4", "tile": "24x16", "clusters": None, **fields}
    return i2s.AtlasPlan("map", outputs=list(outputs), **fields)


def test_a_run_writes_the_image_and_its_pyramids(tmp_path):
    plan = atlas(i2s.Matrix(), i2s.Matrix(format="tiff", tile=(12, 12), fit="fit"), "atlas-tables",
                 i2s.Pyramid(tile_size=64, iiif="https://a.org/map"))  # fmt: skip
    made = run(tmp_path, images(tmp_path / "images", 22), plan)
    assert made.problems == ()
    result = made.results[0]
    assert Image.open(result.folder / "matrix.jpg").size == (144, 64)
    assert Image.open(result.folder / "matrix.tif").size == (72, 48)
    assert 'Width="144" Height="64"' in result.path("pyramid").read_text()
    assert json.loads(result.path("iiif").read_text())["id"] == "https://a.org/map"
    account = result.entry["pyramids"]
    assert (
        account["deep zoom"]["painted"] == account["deep zoom"]["tiles"] == len(tiles_of(result.folder / "deep-zoom"))
    )
    exact = np.asarray(Image.open(result.folder / "matrix.jpg"), float)
    tile = np.asarray(Image.open(result.folder / "deep-zoom" / "map_files" / "8" / "1_0.jpg"), float)
    assert tile.shape == (64, 66, 3)
    assert np.abs(tile - exact[:64, 63:129]).mean() < 10
    assert run(tmp_path, tmp_path / "images", plan).results[0].kept


def test_a_grid_of_a_given_size_has_its_empty_cells(tmp_path):
    root, plan = images(tmp_path / "images", 10), atlas(i2s.Matrix(), grid="6x5", tile="8x8")
    assert Image.open(run(tmp_path, root, plan).results[0].folder / "matrix.jpg").size == (48, 40)
    images(root, 2, start=10)
    assert Image.open(run(tmp_path, root, plan).results[0].folder / "matrix.jpg").size == (48, 40)


def test_another_address_of_an_iiif_image_repaints_nothing(tmp_path):
    root = images(tmp_path / "images", 22)
    result = run(tmp_path, root, atlas(i2s.Pyramid(tile_size=64, iiif=True))).results[0]
    assert json.loads(result.path("iiif").read_text())["id"] == ".", "where it is put"
    result = run(tmp_path, root, atlas(i2s.Pyramid(tile_size=64, iiif="https://a.org/map/"))).results[0]
    assert json.loads(result.path("iiif").read_text())["id"] == "https://a.org/map"
    assert result.entry["pyramids"]["IIIF"]["painted"] == 0


def test_new_images_repaint_only_their_tiles(tmp_path):
    root, plan = images(tmp_path / "images", 60), atlas(i2s.Pyramid(tile_size=16), grid="10x9")
    first = run(tmp_path, root, plan).results[0].entry["pyramids"]["deep zoom"]
    images(root, 2, start=60)
    second = run(tmp_path, root, plan).results[0].entry["pyramids"]["deep zoom"]
    assert first["painted"] == first["tiles"]
    assert 0 < second["painted"] < second["tiles"] * 0.8


def test_a_timeline_is_painted_too(tmp_path):
    (tmp_path / "about.csv").write_text("id,year\n000,1901\n001,1903\n002,1903\n", encoding="utf-8")
    plan = atlas(i2s.Matrix(layout="timeline by year"), grid=False, layouts=["pca", "timeline"],
                 metadata=tmp_path / "about.csv")  # fmt: skip
    result = run(tmp_path, images(tmp_path / "images", 4), plan).results[0]
    with Image.open(result.path("matrix")) as image:
        assert (image.width % 24, image.height % 16) == (0, 0)
        assert image.height >= 32


def test_what_has_no_cells_is_said(tmp_path):
    made = run(tmp_path, images(tmp_path / "images", 4), atlas(i2s.Matrix(), grid=False, layouts=["pca"]))
    assert "no layout has images in cells" in made.problems[0]
    made = run(tmp_path, tmp_path / "images", atlas(i2s.Matrix(layout="x")))
    assert "unknown layout with cells" in made.problems[0]


@pytest.mark.parametrize(("make", "message"), [
    (lambda: atlas(tile="a"), "tile='a'"), (lambda: atlas(i2s.Matrix(tile=3)), "tile=3"),
    (lambda: atlas(i2s.Matrix(format="png")), "unknown format"), (lambda: atlas(i2s.Matrix(fit="x")), "unknown fit"),
    (lambda: atlas(i2s.Matrix(quality=0)), "quality"), (lambda: atlas(i2s.Pyramid(tile_size=2)), "tile size"),
    (lambda: atlas(i2s.Pyramid(overlap=-1)), "overlap"), (lambda: atlas(i2s.Pyramid(format="x")), "unknown format"),
    (lambda: atlas(i2s.Pyramid(iiif=3)), "iiif=3"), (lambda: atlas(i2s.Pyramid(iiif="/map/iiif")), "one of the web"),
    (lambda: atlas(i2s.Pyramid(iiif="https://a.org/?map")), "one of the web"),
    (lambda: atlas(i2s.Pyramid(quality=101)), "quality"),
])  # fmt: skip
def test_invalid_outputs_are_refused(make, message):
    with pytest.raises(ConfigError, match=message):
        make().check(i2s.config.resolve())
