"""Mosaic plans: target and tiles, what is refused, what is kept, and what run.json says."""

from __future__ import annotations

import json
import shutil

import jsonschema
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.cli import dry_run
from imbatch2soundvisu.cli.listing import listing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic import Mosaic
from imbatch2soundvisu.plans import draft_of
from imbatch2soundvisu.report.manifest import schema
from tests.conftest import photo

SMALL = {"columns": 8, "outputs": ["mosaic-image"]}
SETTINGS = config.resolve({}, {})


@pytest.fixture
def target(tmp_path):
    """A target of 120 x 80 pixels that is no image of the collection."""
    path = tmp_path / "portrait.png"
    Image.fromarray(photo(100)).save(path)
    return path


def plan_of(target, **fields):
    return i2s.MosaicPlan("portrait", target=target, **{**SMALL, **fields})


def test_a_run_writes_the_mosaic_and_describes_it(folder, target):
    run = i2s.run([plan_of(target, outputs=["mosaic-image", "mosaic-comparison"])], root=folder)
    assert run.exit_code == 0
    (result,) = run.results
    with Image.open(result.path("mosaic")) as image:
        assert image.size == (384, 256)  # tiles of 15 pixels are shown 48 wide
    with Image.open(result.path("comparison")) as image:
        assert image.size[1] == 720
    entry = run.manifest["results"][0]
    assert entry["summary"].startswith("portrait.png of 32 tiles from ")
    assert (entry["mosaic"]["cells"], entry["mosaic"]["tiles"], entry["mosaic"]["width"]) == (32, 12, 384)
    assert entry["mosaic"]["distinct"] == len(entry["images"])
    jsonschema.validate(json.loads((result.folder.parent / "run.json").read_text(encoding="utf-8")), schema())


def test_it_is_kept_until_a_tile_an_option_or_the_target_changes(folder, target):
    def kept(**fields):
        (result,) = i2s.run([plan_of(target, **fields)], root=folder).results
        return result.kept

    assert not kept()
    assert kept()
    assert not kept(detail=2)
    assert kept(detail=2)
    (folder / "image-03.jpg").unlink()
    assert not kept(detail=2)
    Image.fromarray(photo(101)).save(target)
    assert not kept(detail=2)


def test_a_target_that_is_an_array_of_any_kind(folder):
    def kept(target):
        (result,) = i2s.run([plan_of(target)], root=folder).results
        assert not result.problems
        return result.kept

    grey = np.zeros((40, 80), np.float32)
    assert [kept(grey), kept(grey), kept(grey.reshape(80, 40))] == [False, True, False]
    with pytest.raises(ConfigError, match="pixels are uint8"):
        plan_of(grey - 5).check()


def test_a_comparison_of_a_poster_paints_no_poster(folder, target, monkeypatch):
    sizes = []
    original = Mosaic.pixels
    monkeypatch.setattr(Mosaic, "pixels", lambda made, factor=None: sizes.append(factor) or original(made, factor))
    plan = plan_of(target, enlarge=200, outputs=["mosaic-comparison"])
    (result,) = i2s.run([plan], root=folder).results
    assert not result.problems
    assert sizes == [18.0]


def test_a_mask_that_differs_in_one_pixel_is_another_mosaic(folder, target):
    def kept(mask):
        (result,) = i2s.run([plan_of(target, mask=mask)], root=folder).results
        return result.kept

    mask = np.full((80, 120), 255, np.uint8)
    other = mask.copy()
    other[40, 60] = 0
    assert not kept(mask)
    assert kept(mask.copy())
    assert not kept(other)


@pytest.mark.parametrize("tiling", ["brick", "hexagon", i2s.Quadtree(levels=2)], ids=str)
def test_a_plan_in_each_tiling(folder, target, tiling):
    run = i2s.run([plan_of(target, tiling=tiling)], root=folder)
    assert run.exit_code == 0
    assert run.results[0].path("mosaic").exists()


@pytest.mark.parametrize("name", ["image-04.jpg", "image-04"])
def test_the_target_may_be_an_image_of_the_collection(folder, name):
    (result,) = i2s.run([plan_of(name)], root=folder).results
    assert result.entry["mosaic"]["target"] == "image-04.jpg"


def test_the_target_may_be_chosen_by_a_function_of_the_table(folder):
    (result,) = i2s.run([plan_of(lambda table: int(np.argmax(table["luminance"])))], root=folder).results
    table = i2s.measure(i2s.discover(folder))
    assert result.entry["mosaic"]["target"] == table.records[int(np.argmax(table["luminance"]))].label


def test_the_representative_image_is_nearest_to_all_others(folder):
    (result,) = i2s.run([plan_of("representative")], root=folder).results
    table = i2s.measure(i2s.discover(folder))
    look = table.vectors["look"]
    sums = np.linalg.norm(look[:, None] - look[None], axis=2).sum(axis=1)
    assert result.entry["mosaic"]["target"] == table.records[int(sums.argmin())].label


def test_tiles_may_be_another_folder_and_are_filtered(folder, target, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for seed in range(20, 26):
        Image.fromarray(photo(seed)).save(other / f"{seed}.png")
    plans = [
        plan_of(target, tiles=other, exclude="22.png"),
        i2s.MosaicPlan("bright", target, tiles=other, where=lambda table: table["luminance"] > 0.4, **SMALL),
        i2s.MosaicPlan("some", target, limit=3, **SMALL),
    ]
    first, bright, some = i2s.run(plans, root=folder).results
    assert first.entry["mosaic"]["tiles"] == 5
    assert set(first.entry["images"]) <= {f"{seed}.png" for seed in (20, 21, 23, 24, 25)}
    table = i2s.measure(i2s.discover(other))
    assert bright.entry["mosaic"]["tiles"] == int((table["luminance"] > 0.4).sum())
    assert some.entry["mosaic"]["tiles"] == 3


def test_each_cluster_has_a_mosaic_or_only_the_one_that_is_named(folder, target):
    by = {f"image-{seed:02}.jpg": "first" if seed < 5 else "rest" for seed in range(12)}
    plans = [plan_of(target, clusters=by), i2s.MosaicPlan("one", target, clusters=by, cluster="rest", **SMALL)]
    first, rest, one = i2s.run(plans, root=folder).results
    assert [first.folder.name, rest.folder.name, one.folder.name] == ["first", "rest", "one"]
    assert [each.entry["mosaic"]["tiles"] for each in (first, rest, one)] == [5, 7, 7]
    assert first.entry["title"] == "portrait · first"
    assert set(one.entry["images"]) <= {f"image-{seed:02}.jpg" for seed in range(5, 12)}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"target": 7}, "target=7 must be a file"),
        ({"target": np.zeros((4, 4, 2))}, "an image is (h, w)"),
        ({"tiles": "nowhere/"}, "tiles='nowhere/' does not exist"),
        ({"tiles": 7}, "tiles=7 must be a folder"),
        ({"tint": 2}, "tint=2"),
        ({"tile": (8, 8)}, "not several"),
        ({"limit": 0}, "limit=0"),
        ({"unique": "some"}, "unique"),
        ({"cluster": 1}, "set clusters= as well"),
        ({"clusters": "kmean"}, "kmeans"),
        ({"outputs": "mosaic-image"}, "takes a list"),
        ({"outputs": ["mosaic-imag"]}, "mosaic-image"),
        ({"outputs": [i2s.MosaicImage(), i2s.MosaicImage("png")]}, "stands twice"),
        ({"outputs": [i2s.MosaicImage("gif")]}, "format"),
        ({"outputs": [i2s.MosaicImage(quality=101)]}, "quality=101"),
        ({"outputs": [i2s.MosaicComparison(height=2)]}, "height=2"),
    ],
)
def test_what_is_invalid_is_refused_with_the_line_of_the_plan(target, fields, says):
    made = i2s.MosaicPlan("portrait", **{"target": target, **SMALL, **fields})
    with pytest.raises(ConfigError) as caught:
        made.check(SETTINGS)
    assert says in str(caught.value)
    assert f"{__file__}:" in str(caught.value)


def test_a_target_that_is_not_there_is_refused_before_anything_is_measured(folder, tmp_path):
    with pytest.raises(ConfigError, match=r"'image-4\.jpg' is not among the 12 images\. Did you mean"):
        i2s.run([plan_of("image-4.jpg")], root=folder)
    (tmp_path / "text.jpg").write_text("no image")
    with pytest.raises(ConfigError, match=r"text\.jpg' cannot be used"):
        i2s.run([plan_of("text.jpg")], root=folder)
    assert not (tmp_path / "outputs" / "run.json").exists()


def test_a_cluster_that_is_not_there_is_a_problem_of_the_plan(folder, target):
    run = i2s.run([plan_of(target, clusters="luminance", cluster=9)], root=folder)
    assert "there is no cluster 9" in run.problems[0]


def test_an_unreadable_tile_is_reported_and_left_out(folder, target):
    broken = folder / "image-05.jpg"
    collection = i2s.discover(folder)
    broken.write_bytes(b"broken")
    (result,) = plan_of(target, tiles=collection).make(i2s.measure(i2s.discover(folder)), folder.parent / "made")
    assert not result.problems
    assert any("skipped: image-05.jpg" in each for each in result.entry["lines"])
    assert result.path("mosaic").is_file()


def test_files_of_another_folder_that_are_no_images_are_named(folder, target, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "text.jpg").write_text("no image")
    (result,) = i2s.run([plan_of(target, tiles=other)], root=folder).results
    assert result.entry["lines"] == ["skipped: text.jpg: its content is not an image in a supported format"]


def test_a_tile_that_is_no_pair_is_refused(folder, target):
    with pytest.raises(ConfigError, match=r"tile=0 must be \(width, height\)"):
        i2s.run([plan_of(target, tile=0)], root=folder)


def test_a_dry_run_says_what_would_be_made_and_a_draft_is_small(folder, target):
    settings = config.with_places({"DATA_ROOT": folder}, {"OUTPUTS": "outputs", "CACHE": "cache"})

    def line(plan):
        return list(dry_run.foreseen([plan], settings, lambda *_: None))[2]

    plan = plan_of(target)
    assert "mosaic of 32 tiles, 384 × 256 px from about 12 images; mosaic image" in line(plan)
    i2s.run([plan], session=settings)
    assert "unchanged, would be kept" in line(plan)
    assert "mosaic of 32 tiles, 384 × 256 px from 11 images" in line(plan_of(target, exclude="image-00.jpg"))
    draft = draft_of(plan, settings)
    (result,) = i2s.run([draft], session=settings).results
    assert result.entry["mosaic"]["width"] == 128
    assert draft.declared_at == plan.declared_at


def test_the_listing_shows_the_target_of_a_plan(target):
    assert f"MosaicPlan, target={target!r}" in listing([plan_of(target)])
