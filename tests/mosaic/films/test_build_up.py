"""A mosaic that builds itself up: orders of placement, and frames that end on the whole mosaic."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.mosaic import Codebook, MosaicOptions, make_mosaic
from imbatch2soundvisu.mosaic.films import build_up
from imbatch2soundvisu.mosaic.films.parts import one_cell, part_of
from imbatch2soundvisu.mosaic.films.placement_orders import PLACEMENTS, placement_order
from imbatch2soundvisu.mosaic.painting.strips import painted
from tests.conftest import photo

SIZE = (120, 80)
BLACK = (0, 0, 0)


@pytest.fixture(scope="module")
def mosaic(tmp_path_factory):
    from PIL import Image

    root, records, pixels = tmp_path_factory.mktemp("tiles"), [], []
    for seed in range(12):
        path = root / f"{seed}.png"
        Image.fromarray(photo(seed, 40, 40)).save(path)
        records.append(ImageRecord(path, str(seed), 40, 40, name=path.name))
        pixels.append(photo(seed, 10, 10))
    codebook = Codebook(tuple(records), np.stack(pixels), None, np.zeros(12, np.uint8))
    return make_mosaic(photo(50), codebook, MosaicOptions(tile=(10, 10)))


@pytest.mark.parametrize("order", PLACEMENTS)
def test_an_order_of_placement_has_each_cell_once_and_is_the_same_again(mosaic, order):
    found = placement_order(mosaic, order, BLACK, seed=3)
    assert sorted(found.tolist()) == list(range(len(mosaic.cells)))
    assert np.array_equal(found, placement_order(mosaic, order, BLACK, seed=3))


def test_tiles_that_improve_the_picture_most_come_first(mosaic):
    def error_after(order):
        frame = np.zeros((*SIZE[::-1], 3))
        whole = painted(mosaic, 1.0)
        for cell in order[: len(order) // 3].tolist():
            left, top, width, height = mosaic.cells.boxes[cell]
            frame[top : top + height, left : left + width] = whole[top : top + height, left : left + width]
        return np.abs(frame - mosaic.target).mean()

    best = error_after(placement_order(mosaic, "fidelity", BLACK))
    assert all(best < error_after(placement_order(mosaic, "random", BLACK, seed)) for seed in range(3))


def test_a_spiral_begins_in_the_middle_and_ends_at_the_edge(mosaic):
    order = placement_order(mosaic, "spiral")
    middle = np.array(SIZE) / 2
    distances = np.abs(mosaic.cells.boxes[order, :2] + 5 - middle).max(axis=1)
    assert distances[0] <= 5
    assert distances[-1] == distances.max()
    assert (np.diff(distances // 10) >= 0).all()


def test_clusters_place_the_uses_of_one_tile_in_one_cluster(mosaic):
    order = placement_order(mosaic, "clusters")
    middles = {tile: np.flatnonzero(mosaic.chosen[order] == tile) for tile in np.unique(mosaic.chosen).tolist()}
    spread = np.mean([places.max() - places.min() for places in middles.values()])
    assert spread < 0.6 * len(order)


def test_an_order_may_be_a_function(mosaic):
    backwards = placement_order(mosaic, lambda made: np.arange(len(made.cells))[::-1])
    assert backwards[0] == len(mosaic.cells) - 1


def test_frames_change_on_the_first_frame_of_each_group_and_end_on_the_whole_mosaic(mosaic):
    starts = [0, 20, 40, 60, 80]
    placed = build_up.placing(mosaic, placement_order(mosaic, "random"), starts, SIZE, 10)
    frames = [frame.copy() for frame in build_up.frames(mosaic, placed, 95, SIZE, BLACK)]
    assert len(frames) == 95
    assert frames[0].any()
    for start in starts[1:-1]:
        assert (frames[start - 1] != frames[start]).any()
    assert np.array_equal(frames[-1], painted(mosaic, 1.0))
    covered = [float((frame > 0).any(axis=2).mean()) for frame in frames[19::20]]
    assert covered == sorted(covered)


def test_frames_of_another_shape_have_bars(mosaic):
    *_, last = build_up.frames(mosaic, build_up.stepwise(placement_order(mosaic, "rows"), 4), 4, (160, 80), (9, 8, 7))
    assert (last[:, :20] == (9, 8, 7)).all()
    assert np.array_equal(last[:, 20:140], painted(mosaic, 1.0))


@pytest.mark.parametrize("options", [{"tiling": "hexagon"}, {"tint": 0.5, "opacity": 0.2}, {"tiling": "brick"}])
def test_every_kind_of_mosaic_is_complete_in_the_end(mosaic, options):
    mask = np.ones((80, 120), np.uint8) * 255
    mask[:40, :60] = 0
    made = make_mosaic(mosaic.target, mosaic.codebook, MosaicOptions(tile=(10, 10), mask=mask, **options))
    placed = build_up.placing(made, placement_order(made, "spiral"), [0, 4, 8], SIZE, 4)
    frames = [frame.copy() for frame in build_up.frames(made, placed, 14, SIZE, BLACK)]
    assert np.array_equal(frames[-1], painted(made, 1.0))
    assert np.array_equal(frames[0][2:24, 2:30], made.target[2:24, 2:30])


def test_the_same_seed_gives_the_same_frames_and_memory_holds_a_few(mosaic):
    def digest(seed):
        order = placement_order(mosaic, "random", seed=seed)
        placed = build_up.placing(mosaic, order, [0, 5, 10], SIZE, 10)
        return [int(frame.sum()) for frame in build_up.frames(mosaic, placed, 16, SIZE, BLACK)]

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)


def test_there_are_no_more_groups_than_tiles():
    assert build_up.group_sizes(3, 9) == [1, 1, 1]
    assert min(build_up.group_sizes(1000, 40)) >= 1


def test_a_part_of_a_mosaic_is_painted_as_in_the_whole(mosaic):
    whole = painted(mosaic, 2.0)
    assert np.array_equal(painted(part_of(mosaic, 20, 10, 40, 30), 2.0), whole[20:80, 40:120])
    tinted = make_mosaic(mosaic.target, mosaic.codebook, MosaicOptions(tile=(10, 10), tint=0.7))
    assert np.array_equal(painted(part_of(tinted, 25, 15, 40, 30), 2.0), painted(tinted, 2.0)[30:90, 50:130])
    cell = one_cell(mosaic, 14)
    left, top, width, height = (2 * mosaic.cells.boxes[14]).tolist()
    assert np.array_equal(painted(cell, 2.0), whole[top : top + height, left : left + width])
