"""Zooms through mosaics: no jump between stages and octaves, sharp at every distance, exact ends, endless loops."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.mosaic import mosaic
from imbatch2soundvisu.mosaic.films.mip_levels import View
from imbatch2soundvisu.mosaic.films.zoom_film import Zoom, eased
from imbatch2soundvisu.mosaic.films.zoom_stages import picture_cell, ring_of, stages_to, with_picture
from imbatch2soundvisu.mosaic.painting.strips import painted
from tests.conftest import photo

SIZE = (96, 64)
SETTINGS = config.resolve({}, {})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    for seed in range(14):
        Image.fromarray(photo(seed, 240, 200)).save(root / f"{seed:02}.png")
    return root


@pytest.fixture(scope="module")
def records(folder):
    return discover(folder, settings=SETTINGS).records


@pytest.fixture(scope="module")
def last(folder, records):
    target = cv2.resize(photo(3, 240, 200), (240, 160), interpolation=cv2.INTER_AREA)
    return mosaic(target, records, tile=(12, 8), settings=SETTINGS)


@pytest.fixture(scope="module")
def zoom(last):
    return Zoom(stages_to(last, 2, SETTINGS), SIZE, settings=SETTINGS)


def difference(one, other):
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def test_it_begins_with_one_photo_and_ends_with_the_whole_mosaic(zoom, last):
    first = zoom.stages[0]
    record = first.mosaic.codebook.records[first.mosaic.chosen[first.cell]]
    with Image.open(record.path) as image:
        pixels = np.asarray(image.convert("RGB"))
    middle = pixels[20:180]  # the tile has the aspect 3:2
    shown = cv2.resize(middle, SIZE, interpolation=cv2.INTER_AREA)
    assert difference(zoom.drawn(0, zoom.view(0, 0.0)), shown) < 4
    whole = cv2.resize(painted(last, 1.6), SIZE, interpolation=cv2.INTER_AREA)
    assert difference(zoom.drawn(1, zoom.view(1, 1.0)), whole) < 6


def test_a_mosaic_becomes_a_tile_of_the_next_without_a_jump(zoom):
    before, after = zoom.drawn(0, zoom.view(0, 1.0)), zoom.drawn(1, zoom.view(1, 0.0))
    assert difference(before, after) < 0.5
    shown = zoom.stages[0].mosaic.target
    later = zoom.drawn(1, zoom.view(1, 0.5))  # the mosaic is the photo then
    left, top, width, height = zoom.stages[1].box
    view = zoom.view(1, 0.5)
    scale = SIZE[0] / view.width
    x, y = (left - view.x) * scale + SIZE[0] / 2, (top - view.y) * scale + SIZE[1] / 2
    x0, y0, x1, y1 = (int(round(each)) for each in (x + 1, y + 1, x + width * scale - 1, y + height * scale - 1))
    tile = cv2.resize(shown, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    assert difference(later[y0:y1, x0:x1], tile[1 : 1 + y1 - y0, 1 : 1 + x1 - x0]) < 12


def test_frames_follow_each_other_smoothly(zoom):
    frames = list(zoom.frames([0, 50, 100], 104))
    assert len(frames) == 104
    steps = np.array([difference(a, b) for a, b in zip(frames, frames[1:], strict=False)])
    assert not steps[100:].any()
    beside = np.maximum(np.roll(steps, 1), np.roll(steps, -1))[1:99]
    assert (steps[1:99] <= 2 * beside + 1.5).all()


def test_an_octave_begins_as_the_one_before_ends(zoom):
    near = zoom.view(1, 0.0).width
    for octave in (1, 2):
        at = near * 2**octave
        views = [zoom._levels[1].at(at * factor) for factor in (1 - 1e-4, 1 + 1e-4)]
        assert difference(*(zoom.drawn(1, view) for view in views)) < 0.3


def test_it_is_sharp_at_every_distance(zoom, last):
    for share in (0.4, 0.6, 0.8):
        view = zoom.view(1, share)
        whole = painted(zoom.stages[1].mosaic, 4 * SIZE[0] / view.width, settings=SETTINGS)
        factor = whole.shape[1] / 240
        corner = (view.x - view.width / 2) * factor, (view.y - view.width / 3) * factor
        step = view.width * factor / SIZE[0] / 4
        matrix = np.array([[step, 0, corner[0]], [0, step, corner[1]]])
        large = cv2.warpAffine(whole, matrix, (384, 256), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        exact = cv2.resize(large, SIZE, interpolation=cv2.INTER_AREA)
        drawn = zoom.drawn(1, view)
        detail = [float(cv2.Laplacian(each, cv2.CV_64F).std()) for each in (drawn, exact)]
        assert detail[0] > 0.7 * detail[1]


def test_the_scale_changes_at_a_constant_rate_between_eased_ends(zoom):
    widths = [zoom.view(1, share).width for share in np.linspace(0.2, 0.8, 7)]
    ratios = np.array(widths[1:]) / np.array(widths[:-1])
    assert np.allclose(ratios, ratios[0])
    assert eased(0.01) < 0.001
    assert np.all(np.diff([eased(each) for each in np.linspace(0, 1, 50)]) > 0)


def test_views_have_no_sideways_motion(zoom):
    """Each view contains the ones before it: the camera moves away from one point."""
    views = [zoom.view(1, share) for share in np.linspace(0, 1, 20)]
    for near, far in zip(views, views[1:], strict=False):
        assert abs(near.x - far.x) <= (far.width - near.width) / 2 + 1e-9
        assert abs(near.y - far.y) <= (far.width - near.width) / 3 + 1e-9


def test_a_loop_ends_as_it_begins(last, records):
    stages = ring_of(last, 2, SETTINGS, records[3])
    assert stages[0].mosaic.codebook.records[stages[0].mosaic.chosen[stages[0].cell]] == records[3]
    zoom = Zoom(stages, SIZE, loop=True, settings=SETTINGS)
    frames = list(zoom.frames([0, 4, 8], 9))
    assert difference(frames[0], frames[8]) < 0.5


def test_a_frame_of_another_shape_shows_the_next_mosaic_around(last):
    zoom = Zoom(stages_to(last, 2, SETTINGS), (128, 64), (255, 0, 0), settings=SETTINGS)
    turn, end = zoom.drawn(0, zoom.view(0, 1.0)), zoom.drawn(1, zoom.view(1, 1.0))
    assert not (turn == (255, 0, 0)).all(axis=2).any()
    assert (end[:, :14] == (255, 0, 0)).all()


def test_photos_may_be_named(last, records):
    stages = stages_to(last, 2, SETTINGS, [records[5], records[7]])
    shown = [each.mosaic.codebook.records[each.mosaic.chosen[each.cell]].name for each in stages]
    assert shown == ["05.png", "07.png"]
    with pytest.raises(ConfigError, match=r"no tile of the mosaic"):
        with_picture(last, discover([records[0].path]).records[0].__class__(records[0].path, "x", 1, 1, name="x.png"))


def test_the_picture_is_in_the_middle_and_whole(last):
    left, top, width, height = last.cells.boxes[picture_cell(last)].tolist()
    assert abs((left + width / 2) / 240 - 0.5) < 0.25
    assert abs((top + height / 2) / 160 - 0.5) < 0.25
    assert View(left, top, width).width == 12
