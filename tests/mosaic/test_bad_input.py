"""What cannot be made into a mosaic: one clear line each."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import CollectionError, ConfigError, I2SError, ImageError
from imbatch2soundvisu.mosaic import MosaicOptions
from tests.conftest import photo

TARGET = photo(7, 64, 48)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("columns", 0, "columns=0 must be a whole number, at least 1"),
        ("columns", -3, "at least 1"),
        ("columns", 2.5, "whole number"),
        ("columns", True, "whole number"),
        ("columns", "60", "whole number"),
        ("tile", (0, 4), r"tile=\(0, 4\) must be \(width, height\)"),
        ("tile", 24, "must be"),
        ("tile", (4, 4, 4), "must be"),
        ("tile", (4.5, 4), "must be"),
        ("tile", (4, float("nan")), "must be"),
        ("scale", 0, "scale=0 must be a number above 0"),
        ("scale", float("nan"), "scale=nan must be a number above 0"),
        ("scale", float("inf"), "above 0"),
        ("width_aspect", 0, "above 0"),
        ("height_aspect", -4, "above 0"),
        ("enlarge", 0, "above 0"),
        ("enlarge", None, "above 0"),
        ("tile_px", 0, "at least 1"),
        ("tiling", "hexagons", "Did you mean 'hexagon'"),
        ("tiling", 3, "3 is no tiling. There are: brick, grid, hexagon, quadtree"),
        ("cover", "most", "unknown cover 'most'"),
        ("crop", "center", "unknown crop 'center'"),
        ("space", "rgb", "unknown space 'rgb'"),
        ("detail", 0, "at least 1"),
        ("edges", float("nan"), "edges=nan must be a number from 0"),
        ("best_k", 0, "at least 1"),
        ("randomness", 1, "randomness=1 must be below 1"),
        ("randomness", float("nan"), "from 0 to 1"),
        ("max_uses", 0, "at least 1"),
        ("min_distance", -1, "from 0"),
        ("use_all", 1, "must be True or False"),
        ("flip", "yes", "must be True or False"),
        ("tint", 1.1, "tint=1.1 must be a number from 0 to 1"),
        ("opacity", "half", "from 0 to 1"),
        ("mask", 7, "mask=7 must be the path of an image"),
        ("seed", 1.5, "whole number"),
    ],
)
def test_options_that_are_refused(name, value, message):
    with pytest.raises(ConfigError, match=message) as caught:
        MosaicOptions(**{name: value}).check_options()
    assert "\n" not in str(caught.value)


def test_a_misspelt_option_is_refused_with_the_nearest_one(folder):
    with pytest.raises(ConfigError, match="unknown option 'tints'. Did you mean 'tint'"):
        i2s.mosaic(TARGET, folder, tints=1)


def test_options_that_contradict_each_other():
    with pytest.raises(ConfigError, match="one of tile=, columns= and scale="):
        MosaicOptions(columns=10, scale=3).check_options()
    with pytest.raises(ConfigError, match="enlarge= or tile_px=, not both"):
        MosaicOptions(enlarge=2, tile_px=30).check_options()


def test_an_unknown_option_says_which_are_known(folder):
    with pytest.raises(ConfigError, match="unknown option 'colums'. Did you mean 'columns'"):
        i2s.mosaic(TARGET, folder, colums=8)


def test_limits_that_cannot_be_kept_are_among_the_notes(folder):
    notes = i2s.mosaic(TARGET, [TARGET], columns=4, min_distance=1.5).notes
    assert any("of equal images are nearer than min_distance" in note for note in notes)


def test_numbers_of_numpy_are_numbers(folder):
    made = i2s.mosaic(TARGET, folder, tile=(np.int64(8), np.int32(8)), tint=np.float32(0.5), seed=np.uint8(3))
    assert made.size == (64, 48)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("missing.jpg", r"target='missing.jpg' does not exist \(looked for"),
        (".", "target='.' is a folder; a target is one image"),
        ("film.mp4", "film.mp4' is a video: video_mosaic"),
        ("text.jpg", "text.jpg' cannot be used: its content is not an image"),
        ("empty.png", "empty.png' cannot be used: empty file"),
        (7, "target=7 must be the path of an image"),
        (np.zeros((0, 5, 3), np.uint8), "it has no pixels"),
        (np.zeros((5, 5, 2), np.uint8), r"shape \(5, 5, 2\)"),
        (np.zeros(5, np.uint8), "shape"),
        (np.full((5, 5), np.nan), "target= is float64; pixels are"),
        (np.full((5, 5), 300), "target= is int64; pixels are"),
    ],
)
def test_targets_that_are_refused(folder, tmp_path, target, message):
    (tmp_path / "film.mp4").write_bytes(b"x")
    (tmp_path / "text.jpg").write_text("text")
    (tmp_path / "empty.png").touch()
    with pytest.raises((ConfigError, ImageError), match=message) as caught:
        i2s.mosaic(target, folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "target",
    [TARGET, TARGET[..., 0], TARGET[..., :1], TARGET / 255, TARGET.astype(np.uint16) * 257, TARGET.astype(int)],
    ids=["rgb", "grey", "one channel", "float", "16 bit", "int"],
)
def test_targets_of_all_types(folder, target):
    made = i2s.mosaic(target, folder, tile=(8, 8))
    assert made.target.shape == (48, 64, 3)
    assert np.abs(made.target[..., 0].astype(int) - TARGET[..., 0]).max() <= 1


def test_a_transparent_target_has_the_background(folder):
    target = Image.fromarray(TARGET).convert("RGBA")
    target.putalpha(0)
    assert (i2s.mosaic(target, folder, tile=(8, 8)).target == i2s.config.BACKGROUND).all()


def test_a_target_of_one_pixel(folder):
    made = i2s.mosaic(np.full((1, 1, 3), 90, np.uint8), folder)
    assert made.size == (1, 1)
    assert made.pixels(20).shape == (20, 20, 3)


@pytest.mark.parametrize("tiling", ["grid", "brick", "hexagon", "quadtree"])
def test_a_long_target(folder, tiling):
    target = np.repeat(photo(3, 200, 4), 100, axis=1)
    made = i2s.mosaic(target, folder, columns=100, tiling=tiling)
    assert made.size == (20_000, 4)
    assert made.pixels(0.01).shape == (1, 200, 3)


def test_a_tile_that_is_larger_than_the_target(folder):
    with pytest.raises(ConfigError, match="a tile of 100 × 90 px is larger than the target of 64 × 48 px"):
        i2s.mosaic(TARGET, folder, tile=(100, 90))
    assert len(i2s.mosaic(TARGET, folder, tile=(100, 24)).cells) == 2


@pytest.mark.parametrize(
    ("tiles", "message"),
    [
        ("nowhere", "tiles='nowhere' does not exist"),
        (7, "tiles=7 must be a folder"),
        ([7], "tiles= has 7 in it"),
        ([], "tiles= is an empty list"),
        (["missing.jpg"], "missing.jpg: No such file"),
        ("text.jpg", "its content is not an image"),
        (np.zeros((2, 0, 4, 3), np.uint8), "tiles=: array 1 has the shape .* no pixels"),
    ],
)
def test_tiles_that_are_refused(tmp_path, tiles, message):
    (tmp_path / "text.jpg").write_text("text")
    with pytest.raises(I2SError, match=message):
        i2s.mosaic(TARGET, tiles, tile=(8, 8))


def test_a_folder_of_broken_files_names_some_of_them(tmp_path):
    (tmp_path / "broken").mkdir()
    for number in range(9):
        (tmp_path / "broken" / f"{number}.jpg").write_bytes(b"\xff\xd8\xff" + bytes(20))
    with pytest.raises(CollectionError, match=r"no usable image for tiles in .*\n  0.jpg: .*\n(.*\n)+  … and 4 more"):
        i2s.mosaic(TARGET, tmp_path / "broken", tile=(8, 8))


@pytest.mark.parametrize("options", [{}, {"best_k": 5}, {"tiling": "hexagon"}, {"flip": True}, {"randomness": 0.5}])
def test_one_tile(tmp_path, options):
    Image.fromarray(photo(1)).save(tmp_path / "one.jpg")
    made = i2s.mosaic(TARGET, tmp_path / "one.jpg", tile=(8, 8), **options)
    assert {record.name for record in made.codebook.records} == {"one.jpg"}
    assert made.pixels().shape == (48, 64, 3)


def test_more_neighbours_than_tiles(folder):
    made = i2s.mosaic(TARGET, folder, tile=(8, 8), best_k=500)
    assert made.notes == ("best_k=500: there are 12 tiles, so each is drawn from all of them",)


def test_images_that_are_smaller_than_a_tile(tmp_path):
    (tmp_path / "tiles").mkdir()
    for number in range(3):
        Image.fromarray(photo(number, 6, 4)).save(tmp_path / "tiles" / f"{number}.png")
    made = i2s.mosaic(TARGET, tmp_path / "tiles", tile=(8, 8), tile_px=32)
    assert made.notes == ("3 images are smaller than a tile of 32 × 32 px and enlarged",)


def test_tiles_of_all_kinds(folder, tmp_path):
    found = i2s.discover(folder)
    table = i2s.measure(found, ["luminance"], embeddings=())
    paths = sorted(folder.iterdir())
    (tmp_path / "list.txt").write_text("\n".join(map(str, paths)))
    expected = i2s.mosaic(TARGET, folder, tile=(8, 8))
    for tiles in (found, table, paths, iter(found), [*map(str, paths[:6]), *found.records[6:]], "list.txt"):
        made = i2s.mosaic(TARGET, tiles, tile=(8, 8))
        assert np.array_equal(made.chosen, expected.chosen)
    cluster = table.select(np.arange(4))
    assert len(i2s.mosaic(TARGET, cluster, tile=(8, 8)).codebook) == 4


def test_a_clustering_without_images(folder):
    clusters = i2s.Clusters(np.zeros(3, int), ("one",), "folder") if hasattr(i2s, "Clusters") else None
    if clusters is not None:
        with pytest.raises(ConfigError, match="give one cluster as table.select"):
            i2s.mosaic(TARGET, clusters)


def test_tiles_from_arrays(tmp_path):
    arrays = [photo(seed) for seed in range(5)]
    made = i2s.mosaic(TARGET, [*arrays, Image.fromarray(photo(9))], tile=(8, 8))
    assert [record.name for record in made.codebook.records][-1] == "array 6"
    again = i2s.mosaic(TARGET, np.stack(arrays), tile=(8, 8))
    assert len(again.codebook) == 5
    assert len(list(i2s.config.resolve().cache.glob("arrays/*.png"))) == 6


def test_odd_files(shared_data):
    made = i2s.mosaic(TARGET, shared_data("F-odd/made"), tile=(8, 8))
    problems = made.codebook.problems
    assert len(made.codebook) > 30
    assert len(problems) > 5
    assert all(": " in problem and "\n" not in problem for problem in problems)
