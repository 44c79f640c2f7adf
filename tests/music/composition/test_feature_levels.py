"""Levels that music can follow, out of whatever the images are like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from imbatch2soundvisu.core import FeatureTable, ImageSequence, Profile
from imbatch2soundvisu.music.composition import feature_levels
from imbatch2soundvisu.music.composition.feature_levels import (
    ORDINARY,
    SHARES,
    STEEPNESS,
    jumps,
    mean_hue,
    read,
    share_of,
    smooth,
    spread,
    varies,
)
from imbatch2soundvisu.music.composition.mapping import MAPPING, links
from tests.music.scores import images, sequence

RNG = np.random.default_rng(2)


def seen(wanted: ImageSequence, **changes: str | None) -> feature_levels.FeatureLevels:
    return read(wanted, links(changes))


def whole_and_half() -> tuple[ImageSequence, ImageSequence]:
    """A collection in the order of its light, and its darker half."""
    whole = images(60, luminance=np.linspace(0.45, 0.85, 60))
    table = replace(whole.table.select(range(30)), everything=whole.table)
    return whole, replace(whole, table=table, values=whole.values[:30])


class TestShares:
    @pytest.mark.parametrize("name", ORDINARY)
    def test_shares_of_ordinary_images_rise_from_none_to_all(self, name: str) -> None:
        values = np.linspace(ORDINARY[name][0], ORDINARY[name][-1], 50)
        shares = share_of(values, name)
        assert (np.diff(shares) > 0).all()
        assert (shares[0], shares[-1]) == (0, 1)
        assert share_of(np.array([ORDINARY[name][3]]), name)[0] == SHARES[3] == 0.5

    def test_what_is_not_known_of_ordinary_images_is_placed_in_its_range(self) -> None:
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

    def test_undefined_values_stay_so(self) -> None:
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

    def test_one_other_image_hardly_moves_the_rest(self) -> None:
        shares = np.linspace(0.2, 0.8, 30)
        other = shares.copy()
        other[15] = 0.7
        moved = np.abs(np.delete(spread(shares), 15) - np.delete(spread(other), 15))
        assert moved.max() == 0

    def test_a_few_of_all_images_keep_their_place_among_them(self) -> None:
        """The darker half of a collection is low, and not spread to the top."""
        everything = np.linspace(0.1, 0.9, 60)
        few = everything[:30]
        assert spread(few, everything).max() < 0.5 < spread(few).max()
        assert spread(few, everything) == pytest.approx(spread(everything)[:30])

    def test_undefined_stay_undefined(self) -> None:
        assert np.isnan(spread(np.array([0.2, np.nan, 0.4, 0.6]))).tolist() == [False, True, False, False]

    @pytest.mark.parametrize(
        ("shares", "told"),
        [([0.1, 0.9], True), ([0.5] * 9, False), ([0.5] * 8 + [0.6], False), ([0.1, 0.2, 0.3, 0.3], True), ([], False)],
    )
    def test_a_feature_varies_where_no_value_has_more_than_half(self, shares: list[float], told: bool) -> None:
        assert varies(np.array(shares)) is told
        assert varies(np.array([*shares, np.nan])) is told


class TestRead:
    def test_each_parameter_follows_its_feature(self) -> None:
        found = seen(images(24))
        for parameter in ("register", "dynamics", "density", "timbre"):
            name = MAPPING[parameter].feature
            assert found.sources[parameter] == name
            values = images(24).table[name]  # type: ignore[index]
            assert (found.values[parameter] == values).all()
            assert (rankdata(found.levels[parameter]) == rankdata(values)).all()

    def test_every_level_is_between_0_and_1(self) -> None:
        for wanted in (images(24), sequence(np.full(9, np.nan)), sequence([3.0, 1.0])):
            for parameter, levels in seen(wanted).levels.items():
                assert levels.shape == (len(wanted),), parameter
                assert np.isfinite(levels).all(), parameter
                assert 0 <= levels.min() <= levels.max() <= 1, parameter

    def test_grey_images_are_as_loud_as_their_contrast_and_say_so(self) -> None:
        contrast = RNG.permutation(np.linspace(0.1, 0.3, 24))
        found = seen(images(24, saturation=np.zeros(24), contrast=contrast))
        assert found.sources["dynamics"] == "contrast"
        assert (found.values["dynamics"] == contrast).all()
        assert (rankdata(found.levels["dynamics"]) == rankdata(contrast)).all()

    def test_without_anything_to_follow_there_is_an_arch_that_follows_nothing(self) -> None:
        found = seen(sequence(np.full(15, np.nan)))
        assert found.sources["register"] == ""
        levels = found.levels["register"]
        assert levels.argmax() == 7
        assert (np.diff(levels[:8]) > 0).all()
        assert levels == pytest.approx(levels[::-1])

    def test_a_wish_for_rest_does_not_fall_back(self) -> None:
        found = seen(images(24), density=None)
        assert found.sources["density"] == ""
        assert np.ptp(found.levels["density"]) == 0

    def test_a_wish_of_ones_own_is_followed_as_soon_as_two_values_differ(self) -> None:
        wanted = images(24)

        def rare(table: FeatureTable) -> np.ndarray:
            return (np.arange(len(table)) % 4 == 0).astype(float)

        found = feature_levels.read(
            wanted, links({"density": rare, "register": lambda table: np.full(len(table), 3.0)})
        )
        assert found.sources["density"] == "rare"
        assert found.levels["density"][::4].min() > found.levels["density"][1::4].max()
        (note,) = found.notes
        assert "does not vary" in note
        assert f"register follows {found.sources['register'] or 'nothing'}" in note
        assert seen(wanted).notes == ()

    def test_undefined_values_take_what_their_neighbours_have(self) -> None:
        light = np.linspace(0.5, 0.8, 21)
        light[10] = np.nan
        found = seen(images(21, luminance=light))
        before, here, after = found.levels["register"][9:12]
        assert here == pytest.approx((before + after) / 2)
        assert np.isnan(found.values["register"][10])

    def test_minus_turns_levels_round(self) -> None:
        up, down = seen(images(24)), seen(images(24), register="-luminance")
        assert (up.sources["register"], down.sources["register"]) == ("luminance", "-luminance")
        assert up.levels["register"].argmax() == down.levels["register"].argmin()

    def test_a_short_sequence_is_read_against_the_whole_collection(self) -> None:
        whole, few = whole_and_half()
        assert seen(few).levels["register"] == pytest.approx(seen(whole).levels["register"][:30])
        assert seen(few).whole["register"] == pytest.approx(seen(whole).whole["register"])
        assert seen(few).hue == pytest.approx(seen(whole).hue)

    def test_a_part_of_a_split_has_a_character_of_its_own(self) -> None:
        whole, few = whole_and_half()
        own = replace(few, profile=object.__new__(Profile))
        assert np.ptp(seen(own).levels["register"]) > np.ptp(seen(few).levels["register"]) + 0.2
        assert seen(own).whole["register"] < seen(whole).whole["register"]

    def test_dark_collections_are_told_from_light_ones(self) -> None:
        dark, light = (seen(images(20, luminance=np.linspace(a, a + 0.1, 20))) for a in (0.3, 0.75))
        assert dark.whole["register"] < 0.25
        assert light.whole["register"] > 0.75
        assert min(np.ptp(each.levels["register"]) for each in (dark, light)) > 0.3  # spread over the range
        assert dark.levels["mode"].max() < light.levels["mode"].min()  # but not so the mode


class TestJumps:
    def test_the_first_image_has_none(self) -> None:
        assert jumps(sequence([1, 2, 4]))[0] == 0

    def test_without_vectors_they_are_steps_of_the_value(self) -> None:
        assert jumps(sequence([0, 1, 3, 10])).argmax() == 3

    def test_vectors_know_better(self) -> None:
        vectors = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
        wanted = sequence(np.arange(8.0))
        wanted = replace(wanted, table=replace(wanted.table, vectors={"look": vectors}))
        assert jumps(wanted) == pytest.approx([0, 0, 0, 0, np.sqrt(2), 0, 0, 0])

    def test_a_image_without_a_vector_is_no_jump(self) -> None:
        vectors = np.array([[0.0], [np.nan], [1.0], [1.0]], np.float32)
        wanted = sequence(np.arange(4.0))
        wanted = replace(wanted, table=replace(wanted.table, vectors={"look": vectors}))
        assert jumps(wanted).tolist() == [0, 0, 0, 0]


class TestHue:
    def test_the_mean_goes_round_the_wheel(self) -> None:
        hue = mean_hue(sequence([0, 1], hue=np.array([350.0, 20.0])).table)
        assert hue == pytest.approx(5)

    def test_grey_images_have_no_say(self) -> None:
        table = sequence([0, 1], hue=np.array([120.0, 300.0]), saturation=np.array([0.2, 0.0])).table
        assert mean_hue(table) == pytest.approx(120)

    def test_opposite_hues_and_none_at_all_have_no_mean(self) -> None:
        assert mean_hue(sequence([0, 1], hue=np.array([0.0, 180.0])).table) is None
        assert mean_hue(sequence([0, 1], hue=np.full(2, np.nan)).table) is None
        assert mean_hue(sequence([0, 1]).table) is None


def test_smoothing_keeps_a_constant_and_moves_nothing_beyond_its_width() -> None:
    assert smooth(np.full(9, 0.3), 3) == pytest.approx(np.full(9, 0.3))
    bump = np.zeros(9)
    bump[4] = 1
    assert (np.flatnonzero(smooth(bump, 3)) == [3, 4, 5]).all()
