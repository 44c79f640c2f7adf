"""Scaling of feature values to shares and levels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata

from imbatch2soundvisu.music.composition.scaling import (
    QUANTILES,
    REACH,
    SHARES,
    STEEPNESS,
    share_of,
    smooth,
    spread,
    varies,
    with_wide_groups,
)

RNG = np.random.default_rng(2)


class TestShares:
    @pytest.mark.parametrize("name", QUANTILES)
    def test_shares_rise_from_0_to_1_over_the_quantiles(self, name: str) -> None:
        values = np.linspace(QUANTILES[name][0], QUANTILES[name][-1], 50)
        shares = share_of(values, name)
        assert (np.diff(shares) > 0).all()
        assert (shares[0], shares[-1]) == (0, 1)
        assert share_of(np.array([QUANTILES[name][3]]), name)[0] == SHARES[3] == 0.5

    def test_other_features_are_positions_in_their_range(self) -> None:
        assert share_of(np.array([2.0, 3.0, 4.0]), "x", low=0, high=8).tolist() == [0.25, 0.375, 0.5]
        assert share_of(np.array([2.0, 3.0, 4.0]), "x").tolist() == [0, 0.5, 1]
        assert share_of(np.array([9.0, -9.0]), "x", low=0, high=8).tolist() == [1, 0]

    def test_one_value_is_in_the_middle(self) -> None:
        assert share_of(np.array([7.0, 7.0]), "x").tolist() == [0.5, 0.5]

    def test_degrees_have_no_ends(self) -> None:
        red, other_red, yellow, blue = share_of(np.array([359.0, 1.0, 80.0, 260.0]), "hue", circular=True)
        assert abs(red - other_red) < 0.05
        assert blue < red < yellow
        assert (yellow, blue) == (pytest.approx(1), pytest.approx(0))

    def test_undefined_values_stay_undefined(self) -> None:
        assert np.isnan(share_of(np.array([0.5, np.nan]), "luminance")).tolist() == [False, True]
        assert np.isnan(share_of(np.full(3, np.nan), "x")).all()


class TestSpread:
    @pytest.mark.parametrize("span", [(0.4, 0.6), (0.02, 0.98), (0.8, 0.97), (0.45, 0.5), (0.05, 0.2)])
    def test_ranks_are_kept_and_the_range_is_used(self, span: tuple[float, float]) -> None:
        """The middle lies at most half a step of its grid off (1.5 / 2 of the scale), the scale half an octave."""
        shares = RNG.permutation(np.linspace(*span, 40))
        levels = spread(shares)
        assert (rankdata(levels) == rankdata(shares)).all()
        assert levels.min() > 0
        assert levels.max() < 1
        off = 1 / (1 + np.exp(STEEPNESS * 0.75))
        assert off - 0.01 <= np.median(levels) <= 1 - off + 0.01
        low, high = np.percentile(np.log(levels / (1 - levels)), (25, 75))
        assert STEEPNESS / np.sqrt(2) - 0.1 <= high - low <= STEEPNESS * np.sqrt(2) + 0.1

    def test_exchanging_one_image_does_not_change_the_others(self) -> None:
        shares = np.linspace(0.2, 0.8, 30)
        other = shares.copy()
        other[15] = 0.7
        moved = np.abs(np.delete(spread(shares), 15) - np.delete(spread(other), 15))
        assert moved.max() == 0

    def test_a_subset_keeps_its_position_in_the_collection(self) -> None:
        """The darker half of a collection keeps low levels."""
        everything = np.linspace(0.1, 0.9, 60)
        few = everything[:30]
        assert spread(few, everything).max() < 0.5 < spread(few).max()
        assert spread(few, everything) == pytest.approx(spread(everything)[:30])

    def test_undefined_stay_undefined(self) -> None:
        assert np.isnan(spread(np.array([0.2, np.nan, 0.4, 0.6]))).tolist() == [False, True, False, False]

    @pytest.mark.parametrize(
        ("shares", "stated"),
        [([0.1, 0.9], True), ([0.5] * 9, False), ([0.5] * 8 + [0.6], False), ([0.1, 0.2, 0.3, 0.3], True), ([], False)],
    )
    def test_a_feature_varies_where_no_value_has_more_than_half(self, shares: list[float], stated: bool) -> None:
        assert varies(np.array(shares)) is stated
        assert varies(np.array([*shares, np.nan])) is stated


def test_smoothing_keeps_a_constant_and_moves_nothing_beyond_its_width() -> None:
    assert smooth(np.full(9, 0.3), 3) == pytest.approx(np.full(9, 0.3))
    bump = np.zeros(9)
    bump[4] = 1
    assert (np.flatnonzero(smooth(bump, 3)) == [3, 4, 5]).all()


def test_groups_are_moved_apart_and_keep_their_order_and_what_is_within_them() -> None:
    levels, groups = np.array([0.3, 0.5, 0.6, 0.6, 0.45, 0.45, 0.0, 0.1]), np.array([0, 0, 1, 1, 2, 2, 3, 3])
    wide = with_wide_groups(levels, groups)
    assert wide[1] - wide[0] == pytest.approx(0.2)
    assert wide[2] - wide[4] > 1.8 * 0.15
    assert (rankdata(wide[[2, 4, 6]]) == rankdata(levels[[2, 4, 6]])).all()
    assert wide.min() > 0.5 - REACH - 0.1
    assert with_wide_groups(levels[2:], groups[2:] - 1)[:2] == pytest.approx(wide[2:4])  # whatever the others are


def test_dark_sets_have_low_levels_and_bright_ones_high() -> None:
    rng = np.random.default_rng(0)
    for low in np.linspace(0.02, 0.4, 20):
        dark = spread(low + 0.1 * rng.random(24))
        bright = spread(1 - low - 0.1 * rng.random(24))
        assert np.median(dark) <= 0.5 <= np.median(bright)
        assert np.ptp(dark) > 0.3
        assert np.ptp(bright) > 0.3
