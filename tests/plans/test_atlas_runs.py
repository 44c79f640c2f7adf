"""Runs with a map: its paths, drafts, dry runs, and its preview in the gallery."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.cli.dry_run import foreseen
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.plans import draft_of
from imbatch2soundvisu.plans.stored_layouts import FILE as STORED
from tests.conftest import photo
from tests.small import small_plan


def atlas(**fields):
    return i2s.AtlasPlan("map", **{"on": "look", "layouts": ["pca"], "clusters": None, **fields})


def run(tmp_path, root, *plans):
    made = i2s.run(plans, root=root, outputs=tmp_path / "outputs", cache=tmp_path / "cache")
    return next(each for each in made.results if each.entry["kind"] == "atlas")


def paths_of(result):
    text = (result.folder / "map" / "data" / "atlas.js").read_text(encoding="ascii")
    return json.loads(text.partition(",")[2].rpartition(")")[0])["paths"]


def test_a_path_without_sound_is_silent_but_timed(tmp_path, folder):
    (path,) = paths_of(run(tmp_path, folder, atlas(), small_plan(limit=4, outputs=["midi"])))
    assert path["sound"] == ""
    assert len(path["starts"]) == 4
    assert path["seconds"] > path["starts"][-1] > 0


def test_clusters_and_their_tour_are_paths(tmp_path, folder):
    album = small_plan(name="album", clusters=i2s.KMeans(2, on="look"), tour=True, outputs=["midi"])
    names = [path["name"] for path in paths_of(run(tmp_path, folder, atlas(), album))]
    assert names[0].startswith("album · ")
    assert any("tour" in name for name in names)


def test_a_path_keeps_the_images_that_are_on_the_map(tmp_path, folder):
    plan = atlas(exclude="image-0[0-3]*")
    result = run(tmp_path, folder, plan, small_plan(name="all", limit=12, outputs=["midi"]))
    (path,) = paths_of(result)
    assert len(path["rows"]) == len(path["starts"]) == 8
    assert "path all: 8 of 12 images are on the map" in result.entry["lines"]


def test_a_path_that_is_no_plan_is_refused_before_work(tmp_path, folder):
    with pytest.raises(ConfigError, match=r"test_atlas_runs.py.*unknown plan for paths= 'dark'.*'?bright"):
        run(tmp_path, folder, atlas(paths=["dark"]), small_plan(name="bright"))
    assert not (tmp_path / "outputs" / "map").exists()


def test_a_path_of_a_plan_that_is_not_run_is_refused_in_plain_words(tmp_path, folder):
    with pytest.raises(ConfigError, match=r"paths= names 'dark', but this run makes no other plan, and none was made"):
        run(tmp_path, folder, atlas(paths=["dark"]))


def test_a_path_that_was_made_before_is_there(tmp_path, folder):
    run(tmp_path, folder, atlas(), small_plan(name="before", limit=4, outputs=["midi"]))
    assert [path["name"] for path in paths_of(run(tmp_path, folder, atlas(paths=["before"])))] == ["before"]


def test_a_dry_run_says_what_would_be_made_and_kept(tmp_path, folder):
    plans = [atlas(), small_plan(limit=4, outputs=["midi"])]
    settings = i2s.config.with_places(
        None, {"DATA_ROOT": folder, "OUTPUTS": tmp_path / "outputs", "CACHE": tmp_path / "cache"}
    )
    before = "\n".join(foreseen(plans, settings, lambda *_: None))
    assert "map: map of about 12 images, 2 layouts; atlas page; about" in before
    run(tmp_path, folder, *plans)
    assert "map of 12 images, 2 layouts; atlas page; unchanged, would be kept" in "\n".join(
        foreseen(plans, settings, lambda *_: None)
    )


def test_a_draft_has_quick_layouts_and_a_page(tmp_path):
    plan = atlas(layouts=["map", "plane", i2s.TSNE()], grid="4x4", outputs=["atlas-tables", "vikus"])
    draft = draft_of(plan, i2s.config.resolve())
    assert [type(each).__name__ for each in draft.kinds] == ["GridLayout", "Plane"]
    assert draft.kinds[0].method == "sorted"
    assert [type(each).__name__ for each in draft.written] == ["AtlasPage"]
    assert [type(each).__name__ for each in draft_of(atlas(layouts=["map"]), i2s.config.resolve()).kinds] == [
        "GridLayout", "Projection",
    ]  # fmt: skip


def test_a_notebook_shows_the_page(tmp_path, folder):
    plan = atlas(outputs=["atlas-page"])
    with pytest.raises(ConfigError, match="make the map first"):
        plan.show(tmp_path / "outputs")
    run(tmp_path, folder, plan)
    frame = plan.show("outputs", height=500)
    assert frame.source == "outputs/map/map/index.html", "relative to the notebook"
    assert 'src="outputs/map/map/index.html"' in frame._repr_html_()
    assert 'height="500"' in frame._repr_html_()


def test_deleted_places_are_computed_again(tmp_path, folder):
    stored = run(tmp_path, folder, atlas()).folder / STORED
    stored.unlink()
    assert not run(tmp_path, folder, atlas()).kept
    assert stored.is_file()
    assert run(tmp_path, folder, atlas()).kept


def stored(result):
    return json.loads((result.folder / STORED).read_text(encoding="utf-8"))["layouts"]


def added(folder, number, of=None):
    """One more image in a folder: another, or a copy."""
    pixels = np.asarray(Image.open(of)) if of else photo(number)
    Image.fromarray(pixels).save(folder / f"new-{number}.png")


@pytest.fixture
def own(folder, tmp_path):
    """A folder of images to which a test adds some."""
    return Path(shutil.copytree(folder, tmp_path / "own"))


def test_layouts_are_kept_or_computed_anew_as_the_plan_says(tmp_path, own):
    first = stored(run(tmp_path, own, atlas()))
    added(own, 40)
    kept = stored(run(tmp_path, own, atlas()))
    assert all(kept[key]["places"].items() >= each["places"].items() for key, each in first.items())
    result = run(tmp_path, own, atlas(keep_layouts=False))
    assert not result.kept, "the option is an input of the result"
    assert stored(result) != kept
    other = i2s.run(
        [atlas(keep_layouts=False)], root=own, outputs=tmp_path / "empty", cache=tmp_path / "cache"
    ).results[0]
    assert stored(other) == stored(result), "as in an empty folder"
    assert stored(run(tmp_path, own, atlas())) == stored(result), "from now on these are kept"


@pytest.mark.parametrize("fields", [{"on": ("hue", "luminance")}, {"seed": 1}, {"dimensions": 3}])
def test_a_map_by_something_else_is_another_map(tmp_path, folder, fields):
    keys = set(stored(run(tmp_path, folder, atlas())))
    assert keys.isdisjoint(stored(run(tmp_path, folder, atlas(**fields))))


def test_islands_of_another_clustering_are_others_and_the_map_stays(tmp_path, folder):
    before = stored(run(tmp_path, folder, atlas(layouts=["pca", "islands"], clusters=i2s.KMeans(2))))
    after = stored(run(tmp_path, folder, atlas(layouts=["pca", "islands"], clusters=i2s.KMeans(3))))
    assert len(set(before) & set(after)) == 2, "grid and map"


def test_copies_of_an_image_have_places_as_well(tmp_path, own):
    added(own, 1, of=own / "image-00.jpg")
    added(own, 2, of=own / "new-1.png")
    run(tmp_path, own, atlas())
    added(own, 40)
    (places,) = (each["places"] for each in stored(run(tmp_path, own, atlas(layouts=[]))).values())
    assert len(places) == 15
    assert len({tuple(place) for place in places.values()}) == 15


def test_a_changed_table_of_cells_makes_the_map_again(tmp_path, folder):
    names = [record.name for record in i2s.discover(folder).records]
    table = tmp_path / "cells.csv"
    plan = atlas(layouts=[], grid=i2s.GivenCells(table), outputs=["atlas-tables"])
    kept = []
    for order in (names, names, names[::-1]):
        table.write_text("name,col,row\n" + "".join(f"{name},{i},0\n" for i, name in enumerate(order)))
        kept.append(run(tmp_path, folder, plan).kept)
    assert kept == [False, True, False]


def test_the_preview_shows_the_images_where_they_are(tmp_path, folder):
    result = run(tmp_path, folder, atlas(grid="4x3"))
    preview = np.asarray(Image.open(result.path("atlas_preview")), float)
    assert max(preview.shape) <= 1200
    text = json.loads((result.folder / STORED).read_text(encoding="utf-8"))["layouts"]
    cells = next(
        each["places"] for each in text.values() if all(float(x).is_integer() for x, _ in each["places"].values())
    )
    side = preview.shape[1] / 4
    for record in i2s.discover(folder).records:
        x, y = cells[record.digest]
        shown = preview[int((y + 0.5) * side), int((x + 0.5) * side)]
        image = np.asarray(Image.open(record.path), float)
        assert np.abs(shown - image[38:42, 58:62].mean(axis=(0, 1))).mean() < 25
    page = (tmp_path / "outputs" / "index.html").read_text(encoding="utf-8")
    assert "map/atlas-preview.jpg" in page
    assert "map/map/index.html" in page
