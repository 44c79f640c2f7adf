"""When a tile is kept, and when it is replaced."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.mosaic import MosaicOptions
from imbatch2soundvisu.mosaic.videos.stabilization import StableChoice

RNG = np.random.default_rng(3)
TILES = RNG.uniform(0, 1, (60, 12)).astype(np.float32)
KEYS = np.arange(40, dtype=np.uint64)


def frames(count: int, noise: float, drift: float = 0.0) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    first, way = rng.uniform(0.2, 0.8, (2, 40, 12))
    moved = [first + (way - first) * drift * number for number in range(count)]
    return [(each + rng.normal(0, noise, each.shape)).astype(np.float32) for each in moved]


def following(choice: StableChoice, cells: np.ndarray):
    """The next step, where the colours of a cell are the mean of its vector."""
    colours = cells.reshape(len(cells), -1, 3).mean(axis=1) * 255
    return choice.next(cells, np.clip(colours, 0, 255).astype(np.uint8))


def distances(cells: np.ndarray) -> np.ndarray:
    return ((cells[:, None].astype(np.float64) - TILES) ** 2).sum(axis=2)


def choices(cells: list[np.ndarray], stabilization: float, **options) -> list[np.ndarray]:
    choice = StableChoice(TILES, KEYS, MosaicOptions(**options), stabilization)
    return [following(choice, each).chosen for each in cells]


def changes(chosen: list[np.ndarray]) -> float:
    return float(np.mean([before != after for before, after in zip(chosen, chosen[1:], strict=False)]))


@pytest.mark.parametrize("stabilization", [1.0, 0.9, 0.5])
@pytest.mark.parametrize("drift", [0.0, 0.02])
def test_the_rule_holds_in_each_frame(stabilization, drift):
    """As if every tile was compared in every frame."""
    cells = frames(30, 0.03, drift)
    found = choices(cells, stabilization)
    kept = distances(cells[0]).argmin(axis=1)
    assert np.array_equal(found[0], kept)
    for each, chosen in zip(cells[1:], found[1:], strict=True):
        every = distances(each)
        best, now = every.argmin(axis=1), every[np.arange(40), kept]
        kept = np.where(every.min(axis=1) < stabilization * now, best, kept)
        assert np.array_equal(chosen, kept)


def test_a_lower_threshold_changes_fewer_tiles():
    cells = frames(30, 0.05)
    shares = [changes(choices(cells, threshold)) for threshold in (1.0, 0.9, 0.7, 0.0)]
    assert shares[0] > 1.7 * shares[1] > 3 * shares[2]
    assert shares[3] == 0


def test_tiles_that_match_are_not_replaced_for_noise():
    """Two tiles between which a cell lies are as near as its noise."""
    pair = np.concatenate((np.full((1, 12), 0.50), np.full((1, 12), 0.502))).astype(np.float32)
    noisy = [
        np.float32(0.501) + np.random.default_rng(n).normal(0, 0.002, (40, 12)).astype(np.float32) for n in range(9)
    ]
    shares = []
    for unseen in (0.0, 4 * 0.03**2):
        choice = StableChoice(pair, KEYS, MosaicOptions(), 0.9, unseen)
        shares.append(changes([following(choice, each).chosen for each in noisy]))
    assert shares[0] > 0.1
    assert shares[1] == 0


def test_still_cells_are_not_searched():
    cells = frames(1, 0)[0]
    choice = StableChoice(TILES, KEYS, MosaicOptions(), 0.9)
    assert [following(choice, cells).searched for _ in range(3)] == [40, 0, 0]


def test_a_cut_begins_anew():
    dark, bright = (np.full((40, 12), value, np.float32) for value in (0.1, 0.8))
    choice = StableChoice(TILES, KEYS, MosaicOptions(), 0.0)
    steps = [following(choice, each) for each in (dark, dark, bright, bright)]
    assert [step.cut for step in steps] == [False, False, True, False]
    assert np.array_equal(steps[2].chosen, distances(bright).argmin(axis=1))


def test_motion_of_all_cells_is_no_cut():
    choice = StableChoice(TILES, KEYS, MosaicOptions(), 0.9)
    ramp = [np.full((40, 12), 0.1 + 0.03 * number, np.float32) for number in range(20)]
    assert not any(following(choice, each).cut for each in ramp)


@pytest.mark.parametrize("options", [{"best_k": 4}, {"randomness": 0.3}])
def test_draws_do_not_flicker(options):
    still = [frames(1, 0)[0]] * 5
    found = choices(still, 0.9, **options)
    assert changes(found) == 0
    assert not np.array_equal(found[0], choices(still, 0.9)[0])
    assert not np.array_equal(found[0], choices(still, 0.9, seed=1, **options)[0])


def test_random_cells_keep_their_tile_at_cuts():
    dark, bright = (np.full((40, 12), value, np.float32) for value in (0.1, 0.8))
    before, after = choices([dark, bright], 0.9, randomness=0.5)
    plain, _ = choices([dark, bright], 0.9)
    random = before != plain
    assert 8 < random.sum() < 32
    assert np.array_equal(before[random], after[random])


def test_one_tile():
    choice = StableChoice(TILES[:1], KEYS, MosaicOptions(best_k=5), 0.9)
    assert all(following(choice, each).chosen.max() == 0 for each in frames(3, 0.1))
