"""Which tile each cell gets: draws from the most similar, random tiles, and what depends on the seed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.mosaic import MosaicOptions
from imbatch2soundvisu.mosaic.layout.cells import lay_out
from imbatch2soundvisu.mosaic.matching.choosing import choose, drawn, scattered
from imbatch2soundvisu.mosaic.matching.draws import keys_of, uniform

_DRAWS = 10_000


def grid(columns, rows):
    """The cells of 4 x 4 px."""
    return lay_out(np.zeros((rows * 4, columns * 4, 3), np.uint8), MosaicOptions(tile=(4, 4)))


def counts_of(distances, seed=0):
    """How often each of the tiles at these distances is drawn."""
    squared = np.tile(np.square(distances).astype(np.float32), (_DRAWS, 1))
    indices = np.tile(np.arange(len(distances), dtype=np.int32), (_DRAWS, 1))
    return np.bincount(drawn(indices, squared, keys_of(grid(100, 100)), seed), minlength=len(distances))


@pytest.mark.parametrize("seed", [0, 1, 2**70, -3])
def test_the_nearest_are_drawn_by_the_inverse_of_their_distances(seed):
    distances = np.array([1, 2, 3, 5, 20])
    expected = _DRAWS * (1 / distances) / (1 / distances).sum()
    assert chisquare(counts_of(distances, seed), expected).pvalue > 0.001


def test_of_tiles_equal_to_the_cell_each_is_drawn_as_often_and_no_other():
    counts = counts_of([0, 0, 1, 2])
    assert counts[2:].tolist() == [0, 0]
    assert chisquare(counts[:2]).pvalue > 0.001


def test_more_best_k_than_tiles_are_all_tiles_and_it_is_said():
    options = MosaicOptions(tile=(4, 4), best_k=50)
    rows = np.linspace(0, 1, 100, dtype=np.float32)[:, None]
    tiles = np.array([[0.2], [0.8], [3.0]], np.float32)
    assert set(choose(rows, tiles, grid(10, 10), options).tolist()) == {0, 1, 2}
    assert "best_k=50" in options.notes(3)[0]
    assert options.notes(50) == ()


@pytest.mark.parametrize("p", [0.05, 0.5])
def test_a_share_of_the_cells_is_random(p):
    chosen, keys = np.zeros(_DRAWS, np.int32), keys_of(grid(100, 100))
    changed = (scattered(chosen, 10**9, keys, MosaicOptions(randomness=p)) != 0).mean()
    assert abs(changed - p) < 4 * np.sqrt(p * (1 - p) / _DRAWS)


def test_random_cells_are_spread_over_rows_and_columns():
    random = (uniform(keys_of(grid(100, 100)), 5, 1) < 0.3).reshape(100, 100)
    for axis in (0, 1):
        assert chisquare(random.sum(axis=axis)).pvalue > 0.001
    assert abs(np.corrcoef(random[:, 1:].ravel(), random[:, :-1].ravel())[0, 1]) < 0.04


def test_tiles_that_no_other_cell_has_come_first():
    chosen = np.arange(100, dtype=np.int32) % 10
    keys, options = keys_of(grid(10, 10)), MosaicOptions(randomness=0.4)
    found = scattered(chosen, 1000, keys, options)
    changed = found != chosen
    assert changed.sum() > 20
    assert len(set(found[changed].tolist())) == changed.sum()
    assert set(found[changed].tolist()).isdisjoint(found[~changed].tolist())


def test_when_no_tile_is_unused_every_tile_is_as_probable():
    chosen, keys = np.arange(_DRAWS, dtype=np.int32) % 8, keys_of(grid(100, 100))
    found = scattered(chosen, 8, keys, MosaicOptions(randomness=0.999))
    assert chisquare(np.bincount(found, minlength=8)).pvalue > 0.001


def test_another_cell_elsewhere_changes_no_draw_of_this_one():
    rng, options = np.random.default_rng(0), MosaicOptions(best_k=4, randomness=0.2, seed=7)
    rows, tiles = rng.random((400, 6), np.float32), rng.random((300, 6), np.float32)
    before = choose(rows, tiles, grid(20, 20), options)
    assert np.array_equal(before, choose(rows, tiles, grid(20, 20), options))
    rows[123] = 1 - rows[123]
    changed = np.flatnonzero(choose(rows, tiles, grid(20, 20), options) != before)
    assert 123 in changed
    assert len(changed) <= 4  # a random cell takes another tile, when 123 has the one that it had
    taller = choose(np.concatenate((rows, rows)), tiles, grid(20, 40), MosaicOptions(best_k=4, seed=7))
    assert np.array_equal(taller[:400], choose(rows, tiles, grid(20, 20), MosaicOptions(best_k=4, seed=7)))


def test_another_seed_draws_other_tiles():
    rng = np.random.default_rng(0)
    rows, tiles = rng.random((400, 6), np.float32), rng.random((30, 6), np.float32)
    made = [choose(rows, tiles, grid(20, 20), MosaicOptions(best_k=4, seed=seed)) for seed in (1, 2)]
    assert (made[0] != made[1]).mean() > 0.5


@pytest.mark.parametrize(
    "options", [{"best_k": 0}, {"best_k": 1.5}, {"randomness": 1}, {"randomness": -0.1}, {"detail": 0}, {"edges": -1}]
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ConfigError, match=next(iter(options))):
        MosaicOptions(**options).check_options()
