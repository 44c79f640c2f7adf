"""`AtlasPlan`: the map of a collection."""

from __future__ import annotations

import csv
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from tests.conftest import photo
from tests.small import small_plan


def images(folder, count, start=0):
    """A folder of photographs with `count` more of them."""
    folder.mkdir(exist_ok=True)
    for i in range(start, start + count):
        Image.fromarray(photo(i)).save(folder / f"{i:03}.png")
    return folder


def atlas(**fields):
    return i2s.AtlasPlan("map", **{"on": "look", "layouts": ["pca", "plane"], "clusters": i2s.KMeans(3), **fields})


def run(tmp_path, root, *plans, name="outputs"):
    return i2s.run(plans, root=root, outputs=tmp_path / name, cache=tmp_path / "cache")


def places(result):
    """{image name: {layout: (x, y)}} of the stored table."""
    rows = csv.DictReader(result.path("layouts").open(encoding="utf-8"))
    return {row["name"]: (row["grid x"], row["grid y"], row["PCA x"], row["PCA y"]) for row in rows}


def test_a_run_writes_a_map_that_has_everything(tmp_path):
    root = images(tmp_path / "images", 14)
    (tmp_path / "about.csv").write_text("id,title,date,tags\n001,First,1901,a;b\n002,Second,1902,a\n", encoding="utf-8")
    plan = atlas(metadata=tmp_path / "about.csv", outputs=["atlas-page", "atlas-tables"])
    made = run(tmp_path, root, plan, small_plan(limit=5, outputs=["wav"]))
    assert made.problems == ()
    result = next(each for each in made.results if each.entry["kind"] == "atlas")
    assert result.path("map").is_file()
    entry = result.entry["atlas"]
    assert [each["name"] for each in entry["layouts"]] == ["grid", "PCA", "luminance and saturation"]
    assert entry["layouts"][0]["quality"]["grid"] > entry["layouts"][0]["quality"]["random"]
    assert entry["paths"] == ["dark to bright"]
    assert (result.folder / "map" / "data" / "sound-0.m4a").stat().st_size > 1000
    text = (result.folder / "map" / "data" / "atlas.js").read_text(encoding="ascii")
    manifest = json.loads(text.partition(",")[2].rpartition(")")[0])
    assert manifest["count"] == 14
    assert manifest["paths"][0]["sound"] == "data/sound-0.m4a"
    assert len(manifest["paths"][0]["rows"]) == 5
    assert manifest["tags"]["names"] == ["a", "b"]
    assert "12 images without a row in about.csv" in " ".join(result.entry["lines"])


def test_the_page_is_in_the_gallery(tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    made = run(tmp_path, images(tmp_path / "images", 6), atlas(clusters=None, outputs=["atlas-page", "atlas-tables"]))
    gallery = (tmp_path / "outputs" / "index.html").read_text(encoding="utf-8")
    assert '<a class="open" href="map/map/index.html">Open: Map</a>' in gallery
    assert '<img src="map/atlas-preview.jpg" alt="map: The map"' in gallery
    assert 'href="map/layouts.csv" download' in gallery
    assert 'href="map/map/index.html" download' not in gallery, "without its data it shows nothing"
    schema = Path(i2s.__file__).parent / "report" / "run-schema.json"
    account = json.loads((tmp_path / "outputs" / "run.json").read_text(encoding="utf-8"))
    jsonschema.validate(account, json.loads(schema.read_text(encoding="utf-8")))
    assert account["results"][0]["files"]["map"] == "map/map/index.html"
    assert [each["name"] for each in account["results"][0]["atlas"]["layouts"]][:2] == ["grid", "PCA"]
    assert made.index == tmp_path / "outputs" / "index.html"


def test_a_second_run_keeps_the_map(tmp_path):
    root = images(tmp_path / "images", 8)
    first, again = (run(tmp_path, root, atlas()).results[0] for _ in range(2))
    assert (first.kept, again.kept) == (False, True)


def test_new_images_get_places_and_no_other_image_moves(tmp_path):
    root, plan = images(tmp_path / "images", 20), atlas(outputs=["atlas-tables"])
    before = places(run(tmp_path, root, plan).results[0])
    images(root, 3, start=20)
    result = run(tmp_path, root, plan).results[0]
    after = places(result)
    assert {name: after[name] for name in before} == before
    assert len(after) == 23
    assert len({place[:2] for place in after.values()}) == 23, "each image has a cell"
    assert all(all(place) for place in after.values())
    assert "3 new images placed, 20 kept" in result.entry["atlas"]["layouts"][1]["notes"]


def test_a_new_image_is_near_those_that_it_is_like(tmp_path):
    from imbatch2soundvisu.atlas.data import AtlasData, Metadata
    from imbatch2soundvisu.atlas.layout_kinds import Projection
    from imbatch2soundvisu.atlas.layouts import PlacesBefore
    from imbatch2soundvisu.atlas.placing import placed_again
    from imbatch2soundvisu.core import FeatureTable

    vectors = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    before = vectors.astype(float) * 10
    before[7] = np.nan
    data = AtlasData(FeatureTable(()), vectors, "test", Metadata())
    points = placed_again(Projection(i2s.PCA(2)), data, 0, PlacesBefore(before)).points
    assert np.linalg.norm(points[7] - vectors[7] * 10) < 5


def test_a_layout_that_is_not_possible_costs_only_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(i2s.Plane, "again", None)
    monkeypatch.setattr(i2s.Plane, "layout", lambda *_: (_ for _ in ()).throw(ConfigError("no values")))
    made = run(tmp_path, images(tmp_path / "images", 6), atlas(clusters=None, layouts=["plane", "pca"]))
    assert [each["name"] for each in made.results[0].entry["atlas"]["layouts"]] == ["grid", "PCA"]
    assert [each.rpartition(": ")[2] for each in made.problems] == ["no values"]


def test_without_clusters_the_usual_layouts_have_no_islands(tmp_path):
    made = run(tmp_path, images(tmp_path / "images", 6), i2s.AtlasPlan("map", on="look", clusters=None))
    assert made.problems == ()
    assert "cluster islands" not in [each["name"] for each in made.results[0].entry["atlas"]["layouts"]]


def test_each_layout_is_there_once():
    plan = atlas(layouts=["grid", "map", "tsne", "pca", i2s.PCA(2), i2s.Plane("hue", "aspect")], grid="8x6")
    kinds = [type(each).__name__ for each in plan.kinds]
    assert kinds == ["GridLayout", "Map", *(["Projection"] if not find_spec("openTSNE") else []), "Projection", "Plane"]
    masks = [np.zeros((40, 40), bool), np.zeros((40, 40), bool)]
    masks[0][20, 20] = True
    assert len(atlas(grid=False, layouts=[i2s.GridLayout(mask) for mask in (*masks, masks[0])]).kinds) == 2


def test_an_empty_layout_is_left_out_and_said(tmp_path):
    folder = images(tmp_path / "images", 6)
    made = run(tmp_path, folder, atlas(clusters=None, layouts=["pca", "category-by-date"]))
    assert [each["name"] for each in made.results[0].entry["atlas"]["layouts"]] == ["grid", "PCA"]
    assert "layout category by decade: left out, since no image has a category" in " ".join(made.problems)
    (tmp_path / "about.csv").write_text("id,title\n000,First\n", encoding="utf-8")
    usual = i2s.AtlasPlan("usual", on="look", clusters=None, metadata=tmp_path / "about.csv")
    made = run(tmp_path, folder, usual)
    assert made.problems == ()
    assert "layout timeline by year: left out, since no image has a year" in made.results[0].entry["lines"]


def test_images_without_a_vector_are_counted(tmp_path):
    folder = images(tmp_path / "images", 6)
    (tmp_path / "two.csv").write_text("path,a,b\n000.png,1,0\n001.png,0,1\n", encoding="utf-8")
    plan = atlas(on=i2s.Vectors(tmp_path / "two.csv"), layouts=["pca"], clusters=None)
    made = run(tmp_path, folder, plan)
    assert "4 of 6 images have no vector and are not on the map" in made.results[0].entry["lines"]


def test_vectors_take_a_file():
    with pytest.raises(ConfigError, match=r"not an array of \(3, 2\).*save_embeddings"):
        i2s.Vectors(np.zeros((3, 2)))


def test_tags_are_no_columns(tmp_path):
    (tmp_path / "about.csv").write_text("id,subjects,year\n000,a; b,1900\n", encoding="utf-8")
    plan = atlas(metadata=tmp_path / "about.csv", layouts=[i2s.TimelineLayout("subjects")])
    with pytest.raises(ConfigError, match="an image can have several tags") as caught:
        run(tmp_path, images(tmp_path / "images", 2), plan)
    assert "test_atlas.py:" in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"grid": "2x2"}, "a grid of 2 x 2 has 4 cells for 6 images: give a larger one, such as 3 x 2"),
        ({"layouts": [i2s.TimelineLayout("yeer")]}, "unknown column for TimelineLayout 'yeer'. Did you mean 'year'"),
        ({"layouts": ["islands"], "clusters": None}, r"unknown column for Islands \(clusters=None\) 'cluster'"),
        ({"grid": i2s.GridLayout(pinned={"7.png": (0, 0)})}, "unknown image for pinned= '7.png'"),
        ({"grid": i2s.GridLayout("3x2", pinned={"001.png": (5, 0)})}, "'001.png'.*the grid of 3 x 2 has no such cell"),
        ({"grid": i2s.GridLayout(pinned={"001.png": (0, 0), "002.png": (0, 0)})}, "'001.png' and '002.png'"),
        ({"include": "00[0-3]*", "exclude": "*.png"}, "leave none of 6 images"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_images_is_refused_before_they_are_measured(tmp_path, monkeypatch, fields, message):
    monkeypatch.setattr("imbatch2soundvisu.pipeline.measure_for", lambda *_, **__: pytest.fail("measured"))
    with pytest.raises(ConfigError, match=message) as caught:
        run(tmp_path, images(tmp_path / "images", 6), atlas(**fields))
    assert "test_atlas.py:" in str(caught.value)
    assert not (tmp_path / "outputs" / "map").exists()


def test_filters_that_leave_fewer_images_may_have_a_smaller_grid(tmp_path):
    plan = atlas(grid="2x2", clusters=None, where=lambda table: np.arange(len(table)) < 4)
    assert run(tmp_path, images(tmp_path / "images", 6), plan).problems == ()


def test_few_images_have_no_clusters_and_no_problem(tmp_path):
    plan = i2s.AtlasPlan("map", on="look")
    made = run(tmp_path, images(tmp_path / "images", 3), plan)
    assert made.problems == ()
    assert "3 images are too few for clusters, and for layouts by cluster" in made.results[0].entry["lines"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"layouts": ["nothing"]}, "unknown layout"), ({"layouts": "pca"}, "takes a list"),
        ({"layouts": [], "grid": False}, "needs a layout"), ({"metadata": "none.csv"}, "does not exist"),
        ({"dimensions": 1}, "at least 2"), ({"paths": "some"}, "paths="), ({"on": 3}, "on="),
        ({"on": "lok"}, "unknown space for on= 'lok'. Did you mean 'look'"), ({"seed": "a"}, "seed='a'"),
        ({"paths": 3}, "paths=3"), ({"seed": -1}, "from 0"),
        ({"layouts": [i2s.Plane("hue", "lum")]}, "unknown feature for Plane 'lum'"),
        ({"layouts": [i2s.TimelineLayout(sort="lum")]}, "unknown feature for TimelineLayout 'lum'"),
        ({"grid": (3, -1)}, "two whole numbers"), ({"grid": 3.5}, "a grid of 3.5"), ({"grid": ""}, "a grid of ''"),
        ({"grid": "0x4"}, "a grid of '0x4'"), ({"grid": "shape.png"}, r"shape.png, does not exist \(looked for /"),
        ({"grid": "20"}, r"a grid of '20': give columns and rows, such as \(20, 8\)"),
        ({"on": np.zeros((200, 40))}, r"not an array of \(200, 40\): write it .* save_embeddings"),
        ({"on": i2s.Vectors("nix.npz")}, "nix.npz"),
        ({"keep_layouts": "no"}, "keep_layouts='no'"),
        ({"grid": i2s.GridLayout(method="x")}, "unknown method"), ({"outputs": "atlas-page"}, "takes a list"),
    ],
)  # fmt: skip
def test_invalid_plans_are_refused_with_their_line(fields, message):
    with pytest.raises(ConfigError, match=message) as caught:
        atlas(**fields).check(i2s.config.resolve())
    assert "test_atlas.py:" in str(caught.value)


def test_files_of_the_user_are_not_replaced(tmp_path):
    place = tmp_path / "outputs" / "map" / "map"
    place.mkdir(parents=True)
    (place / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="not written by this program"):
        run(tmp_path, images(tmp_path / "images", 4), atlas())
    assert (place / "index.html").read_text(encoding="utf-8") == "mine"
