"""Placements: the same mosaic again, at any size, without matching and without the target."""

from __future__ import annotations

import csv
import json
import os
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import CollectionError, ConfigError
from imbatch2soundvisu.mosaic import load_placements
from imbatch2soundvisu.mosaic.matching import choosing
from imbatch2soundvisu.mosaic.painting import placement_files
from tests.conftest import photo


@pytest.fixture
def target(tmp_path):
    Image.fromarray(photo(99, 90, 70)).save(tmp_path / "target.png")
    return tmp_path / "target.png"


@pytest.fixture
def made(folder, target):
    return i2s.mosaic(target, folder, tile=(12, 9), flip=True, seed=3)


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_the_same_mosaic_again(made, tmp_path, target, ending, monkeypatch):
    made.save_placements(tmp_path / f"placed/mosaic.{ending}")
    target.unlink()
    monkeypatch.setattr(choosing, "choose", None)
    loaded = load_placements(tmp_path / f"placed/mosaic.{ending}")
    assert loaded.size == made.size
    assert loaded.codebook.problems == ()
    for factor in (None, 0.7, 4.3):
        assert np.array_equal(loaded.pixels(factor), made.pixels(factor))
    loaded.save_placements(tmp_path / f"placed/again.{ending}")
    first, second = (placement_files.read(tmp_path / f"placed/{name}.{ending}") for name in ("mosaic", "again"))
    assert (first.images, list(first.rows())) == (second.images, list(second.rows()))


OPTIONS = [
    {"tint": 0.6}, {"tile_px": 30}, {"cover": "whole"}, {"tint": 1.0, "enlarge": 2}, {"tiling": "hexagon"},
    {"tiling": "brick", "tint": 0.5}, {"tiling": "quadtree"},
    {"background": (9, 8, 7)}, {"palette": "tiles", "tint": 0.3}, {"palette": "target"},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options_that_are_painted(folder, target, tmp_path, options):
    made = i2s.mosaic(target, folder, tile=(12, 9), **options)
    made.save_placements(tmp_path / "mosaic.json")
    target.unlink()
    loaded = load_placements(tmp_path / "mosaic.json")
    assert loaded.size == made.size
    assert np.array_equal(loaded.pixels(), made.pixels())


def test_opacity_needs_the_target(folder, target, tmp_path):
    made = i2s.mosaic(target, folder, tile=(12, 9), opacity=0.4)
    made.save_placements(tmp_path / "mosaic.json", target)
    loaded = load_placements(tmp_path / "mosaic.json")
    assert np.array_equal(loaded.pixels(2), made.pixels(2))
    assert loaded.codebook.problems == ()
    target.unlink()
    loaded = load_placements(tmp_path / "mosaic.json")
    [problem] = loaded.codebook.problems
    assert problem.startswith("the target, which shows through, is replaced by the colours of the cells: target.png: ")
    assert cv2.PSNR(loaded.pixels(), made.pixels()) > 15


def test_a_mask_is_in_the_file(folder, target, tmp_path):
    mask = np.zeros((70, 90), np.uint8)
    mask[20:50, 30:70] = 255
    made = i2s.mosaic(target, folder, tile=(12, 9), mask=mask)
    made.save_placements(tmp_path / "mosaic.csv", target)
    assert np.array_equal(load_placements(tmp_path / "mosaic.csv").pixels(2), made.pixels(2))


def test_images_that_are_gone_or_changed(made, folder, tmp_path):
    made.save_placements(tmp_path / "mosaic.json")
    used = sorted({made.codebook.records[tile].name for tile in made.chosen.tolist()})
    (folder / used[0]).unlink()
    Image.fromarray(photo(50)).save(folder / used[1])
    loaded = load_placements(tmp_path / "mosaic.json")
    assert list(loaded.codebook.problems) == [
        f"images/{used[0]}: is missing; its cells are plain",
        f"images/{used[1]}: its content has changed since; its cells are plain",
    ]
    for factor in (1, 5):
        before, after = made.pixels(factor), loaded.pixels(factor)
        boxes = made.cells.scaled(factor)
        for box, tile, colour in zip(boxes.tolist(), made.chosen.tolist(), made.colours.mean(axis=(1, 2)), strict=True):
            x0, y0, x1, y1 = max(0, box[0]), max(0, box[1]), box[0] + box[2], box[1] + box[3]
            if made.codebook.records[tile].name in used[:2]:
                assert np.abs(after[y0:y1, x0:x1].astype(int) - colour).max() <= 3
            else:
                assert np.array_equal(after[y0:y1, x0:x1], before[y0:y1, x0:x1])


def test_moved_images_are_recognized_by_their_content(made, folder, tmp_path):
    made.save_placements(tmp_path / "mosaic.csv")
    expected = made.pixels(3)
    for number, path in enumerate(sorted(folder.iterdir())):
        (tmp_path / "moved").mkdir(exist_ok=True)
        shutil.move(path, tmp_path / f"moved/{number}.jpg")
    with pytest.raises(CollectionError, match=r"none of the \d+ images of the mosaic is there: images/image"):
        load_placements(tmp_path / "mosaic.csv")
    loaded = load_placements(tmp_path / "mosaic.csv", tmp_path / "moved")
    assert loaded.codebook.problems == ()
    assert np.array_equal(loaded.pixels(3), expected)


def test_paths_are_relative_to_the_file(made, folder, tmp_path):
    made.save_placements(tmp_path / "mosaic.json")
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "mosaic.json", tmp_path / "elsewhere/mosaic.json")
    shutil.move(folder, tmp_path / "elsewhere/images")
    os.chdir("/")
    assert np.array_equal(load_placements(tmp_path / "elsewhere/mosaic.json").pixels(), made.pixels())


def test_what_the_files_say(made, tmp_path):
    made.save_placements(tmp_path / "mosaic.json")
    made.save_placements(tmp_path / "mosaic.csv")
    found = json.loads((tmp_path / "mosaic.json").read_text())
    assert found["options"]["flip"] is True
    assert found["options"]["tile"] == [12, 9]
    assert len(found["cells"]) == len(made.cells)
    with open(tmp_path / "mosaic.csv", newline="") as file:
        file.readline()
        rows = list(csv.DictReader(file))
    first = dict(zip(found["columns"], found["cells"][0], strict=True))
    assert [int(rows[0][name]) for name in ("left", "top", "width", "height")] == made.cells.boxes[0].tolist()
    assert (rows[0]["path"], rows[0]["digest"]) == tuple(found["images"][first["image"]])
    assert rows[0]["colours"] == first["colours"] == made.colours[0].tobytes().hex()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "{", "is not a file of placements"),
        ("a.json", "{}", "is not a file of placements"),
        ("a.json", '{"format": "x", "version": 1}', "its format is 'x'"),
        ("a.csv", "left,top\n1,2\n", "is not a file of placements"),
        ("a.csv", "", "is not a file of placements"),
        ("a.txt", "", r"placements are written as \.json or \.csv"),
    ],
)
def test_other_files(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_placements(tmp_path / name)


def test_a_cut_file(made, tmp_path):
    made.save_placements(tmp_path / "mosaic.csv")
    text = (tmp_path / "mosaic.csv").read_text()
    (tmp_path / "mosaic.csv").write_text(text[: len(text) * 2 // 3 - 5])
    with pytest.raises(ConfigError, match="is not a file of placements"):
        load_placements(tmp_path / "mosaic.csv")
    with pytest.raises(ConfigError, match="there is no such file"):
        load_placements(tmp_path / "none.csv")


def test_tiles_that_were_arrays_are_found_again(tmp_path):
    made = i2s.mosaic(photo(99, 90, 70), [photo(number, 30, 20) for number in range(6)], tile=(12, 9))
    made.save_placements(tmp_path / "mosaic.json")
    assert np.array_equal(load_placements(tmp_path / "mosaic.json").pixels(), made.pixels())


def test_the_fidelity_of_a_loaded_mosaic_is_that_of_its_own_cells(made, target, tmp_path):
    made.save_placements(tmp_path / "mosaic.json", target)
    found = load_placements(tmp_path / "mosaic.json").fidelity()
    assert found.mosaic == made.fidelity().mosaic
    assert found.best_match == found.mosaic  # of the tiles that are used, each cell has the best


@pytest.mark.parametrize(("cover", "lines"), [("whole", 1), ("all", 0)])
def test_what_shows_between_hexagons_is_reported(folder, target, tmp_path, cover, lines):
    made = i2s.mosaic(target, folder, tile=(12, 12), tiling="hexagon", cover=cover)
    made.save_placements(tmp_path / "mosaic.json")
    problems = load_placements(tmp_path / "mosaic.json").codebook.problems
    assert sum("which shows through" in line for line in problems) == lines
