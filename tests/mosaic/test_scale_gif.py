"""A GIF of one target in several scales."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageSequence

from imbatch2soundvisu import ConfigError
from imbatch2soundvisu.mosaic import MosaicOptions, scale_gif
from imbatch2soundvisu.mosaic import scales as scales_module
from imbatch2soundvisu.mosaic.scales import reduced, scale_range, scaled_mosaics
from imbatch2soundvisu.mosaic.tiles.codebook import Codebook
from tests.conftest import photo
from tests.mosaic.test_mosaics import plain_tiles

GREYS = [(value, value, value) for value in range(0, 256, 15)]


def frames_of(path):
    """Pixels and milliseconds of each frame."""
    with Image.open(path) as image:
        frames = [(np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]
    return [pixels for pixels, _ in frames], [duration for _, duration in frames]


def cell_width(frame):
    """The width of the equal pixels at the left of the first row, in a mosaic of plain tiles of a gradient."""
    changes = np.flatnonzero(np.abs(np.diff(frame[0, :, 0].astype(int))) > 5)
    return int(np.diff(changes).min())


@pytest.fixture
def gradient():
    return np.tile(np.linspace(0, 255, 120).astype(np.uint8)[None, :, None], (80, 1, 3))


def test_scales_rise_and_frames_have_the_size_of_the_target(tmp_path, gradient):
    report = scale_gif(gradient, plain_tiles(tmp_path / "tiles", GREYS), tmp_path / "a.gif", 2, 4, hold_s=0)
    frames, durations = frames_of(tmp_path / "a.gif")
    assert report.frames == len(frames) == 3
    assert {frame.shape for frame in frames} == {(80, 120, 3)}
    assert [cell_width(frame) for frame in frames] == [6, 9, 12]
    assert sum(durations) == pytest.approx(1000, abs=10)


def test_descending_begins_with_the_largest_scale(tmp_path, gradient):
    scale_gif(gradient, plain_tiles(tmp_path / "tiles", GREYS), tmp_path / "a.gif", 2, 4, order="descending")
    frames, _ = frames_of(tmp_path / "a.gif")
    assert [cell_width(frame) for frame in frames] == [12, 9, 6]


def test_both_ends_are_held_and_both_ways_are_shown(tmp_path, gradient):
    tiles = plain_tiles(tmp_path / "tiles", GREYS)
    scale_gif(gradient, tiles, tmp_path / "a.gif", 2, 4, order="both", hold_s=0.5, fps=10, side=60)
    frames, durations = frames_of(tmp_path / "a.gif")
    assert durations == [600, 100, 100, 600]
    assert {frame.shape for frame in frames} == {(40, 60, 3)}


def test_the_same_images_give_the_same_bytes(tmp_path):
    tiles = plain_tiles(tmp_path / "tiles", GREYS)
    for name in ("a.gif", "b.gif"):
        scale_gif(photo(3), tiles, tmp_path / name, 2, 3, best_k=3)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_the_file_is_as_small_as_asked(tmp_path):
    tiles = plain_tiles(tmp_path / "tiles", GREYS)
    free = scale_gif(photo(3), tiles, tmp_path / "a.gif", 2, 4)
    limit = free.bytes * 2 // 3
    assert scale_gif(photo(3), tiles, tmp_path / "b.gif", 2, 4, max_bytes=limit).bytes <= limit
    assert (tmp_path / "b.gif").stat().st_size <= limit


def test_tiles_are_decoded_once(tmp_path, gradient, monkeypatch):
    seen = []
    original = scales_module.tiles_of
    monkeypatch.setattr(scales_module, "tiles_of", lambda *given: seen.append(given[1]) or original(*given))
    scale_gif(gradient, plain_tiles(tmp_path / "tiles", GREYS), tmp_path / "a.gif", 2, 4)
    assert seen == [(12, 16)]


def test_a_tile_that_is_made_smaller_is_the_mean_of_its_areas():
    tile = np.zeros((1, 4, 4, 3), np.uint8)
    tile[:, :, :2] = 200
    small = reduced(Codebook((), tile, None, np.zeros(1, np.uint8)), (2, 2))
    assert small.rgb[0, :, :, 0].tolist() == [[200, 0], [200, 0]]


def test_transparent_pixels_do_not_colour_a_smaller_tile():
    tile, alpha = np.zeros((1, 4, 4, 3), np.uint8), np.zeros((1, 4, 4), np.uint8)
    tile[:, :, ::2], alpha[:, :, ::2] = 200, 255
    small = reduced(Codebook((), tile, alpha, np.zeros(1, np.uint8)), (2, 2))
    assert np.unique(small.rgb).tolist() == [200]
    assert small.alpha is not None
    assert np.unique(small.alpha).tolist() == [128]


def test_a_preview_has_the_cells_of_its_scale(tmp_path, gradient):
    tiles = plain_tiles(tmp_path / "tiles", GREYS)
    made = scaled_mosaics(gradient, tiles, (2, 4), MosaicOptions(edges=0.5, best_k=2))
    assert made.tile(4) == (12, 16)
    for scale in made.scales:
        assert np.array_equal(made.preview(scale).cells.boxes, made.at(scale).cells.boxes)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"order": "down"}, "unknown order 'down'"),
        ({"fps": 0}, "fps=0 must be above 0"),
        ({"fps": 60}, "at most 50"),
        ({"hold_s": -1}, "hold_s=-1"),
        ({"max_bytes": 0}, "max_bytes=0"),
        ({"side": 0}, "side=0"),
        ({"step": 0}, "step=0"),
        ({"min_scale": 0}, "min_scale=0"),
        ({"min_scale": 9, "max_scale": 3}, "max_scale=3 must not be below min_scale=9"),
        ({"cover": "whole"}, 'cover="all"'),
        ({"tile_px": 30}, "enlarge="),
        ({"columns": 30}, "columns= gives one size"),
        ({"space": "cmyk"}, "unknown space"),
        ({"min_scale": 1.5}, "min_scale=1.5 must be a whole number"),
        ({"max_use": 2}, "unknown option 'max_use'. Did you mean 'max_uses'"),
    ],
)
def test_what_is_not_possible_is_refused_before_any_work(tmp_path, given, message):
    with pytest.raises(ConfigError, match=message):
        scale_gif("missing.jpg", "missing", tmp_path / "a.gif", **given)
    assert list(tmp_path.iterdir()) == []


def test_a_gif_has_the_name_of_one(tmp_path):
    with pytest.raises(ConfigError, match=r"its name must end with \.gif"):
        scale_gif("missing.jpg", "missing", tmp_path / "a.png")


def test_a_range_ends_with_its_largest_scale():
    assert scale_range(1, 6, 2) == (1, 3, 5, 6)
