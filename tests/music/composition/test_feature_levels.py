"""Levels of musical parameters from the features of a sequence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from imbatch2soundvisu.core import FeatureTable, ImageSequence, Profile
from imbatch2soundvisu.music.composition import feature_levels
from imbatch2soundvisu.music.composition.feature_levels import jumps, mean_hue
from imbatch2soundvisu.music.composition.mapping import MAPPING, resolve_mapping
from tests.music.scores import images, sequence

RNG = np.random.default_rng(2)


def levels_of(wanted: ImageSequence, **changes: str | None) -> feature_levels.FeatureLevels:
    return feature_levels.feature_levels(wanted, resolve_mapping(changes))


def whole_and_half() -> tuple[ImageSequence, ImageSequence]:
    """A collection ordered by luminance, and its darker half."""
    whole = images(60, luminance=np.linspace(0.45, 0.85, 60))
    table = replace(whole.table.select(range(30)), unfiltered=whole.table)
    return whole, replace(whole, table=table, values=whole.values[:30])


class TestFeatureLevels:
    def test_each_parameter_follows_its_feature(self) -> None:
        found = levels_of(images(24))
        for parameter in ("register", "dynamics", "density", "timbre"):
            name = MAPPING[parameter].feature
            assert found.sources[parameter] == name
            values = images(24).table[name]  # type: ignore[index]
            assert (found.values[parameter] == values).all()
            assert (rankdata(found.levels[parameter]) == rankdata(values)).all()

    def test_every_level_is_between_0_and_1(self) -> None:
        for wanted in (images(24), sequence(np.full(9, np.nan)), sequence([3.0, 1.0])):
            for parameter, levels in levels_of(wanted).levels.items():
                assert levels.shape == (len(wanted),), parameter
                assert np.isfinite(levels).all(), parameter
                assert 0 <= levels.min() <= levels.max() <= 1, parameter

    def test_dynamics_of_grey_images_follow_contrast(self) -> None:
        contrast = RNG.permutation(np.linspace(0.1, 0.3, 24))
        found = levels_of(images(24, saturation=np.zeros(24), contrast=contrast))
        assert found.sources["dynamics"] == "contrast"
        assert (found.values["dynamics"] == contrast).all()
        assert (rankdata(found.levels["dynamics"]) == rankdata(contrast)).all()

    def test_without_a_feature_that_varies_the_level_is_an_arch(self) -> None:
        found = levels_of(sequence(np.full(15, np.nan)))
        assert found.sources["register"] == ""
        levels = found.levels["register"]
        assert levels.argmax() == 7
        assert (np.diff(levels[:8]) > 0).all()
        assert levels == pytest.approx(levels[::-1])

    def test_none_has_no_fallback(self) -> None:
        found = levels_of(images(24), density=None)
        assert found.sources["density"] == ""
        assert np.ptp(found.levels["density"]) == 0

    def test_a_feature_set_by_the_user_is_followed_if_two_values_differ(self) -> None:
        wanted = images(24)

        def rare(table: FeatureTable) -> np.ndarray:
            return (np.arange(len(table)) % 4 == 0).astype(float)

        found = feature_levels.feature_levels(
            wanted, resolve_mapping({"density": rare, "register": lambda table: np.full(len(table), 3.0)})
        )
        assert found.sources["density"] == "rare"
        assert found.levels["density"][::4].min() > found.levels["density"][1::4].max()
        (note,) = found.notes
        assert "does not vary" in note
        assert f"register follows {found.sources['register'] or 'nothing'}" in note
        assert levels_of(wanted).notes == ()

    def test_undefined_values_are_interpolated(self) -> None:
        light = np.linspace(0.5, 0.8, 21)
        light[10] = np.nan
        found = levels_of(images(21, luminance=light))
        before, here, after = found.levels["register"][9:12]
        assert here == pytest.approx((before + after) / 2)
        assert np.isnan(found.values["register"][10])

    def test_minus_reverses_the_levels(self) -> None:
        up, down = levels_of(images(24)), levels_of(images(24), register="-luminance")
        assert (up.sources["register"], down.sources["register"]) == ("luminance", "-luminance")
        assert up.levels["register"].argmax() == down.levels["register"].argmin()

    def test_a_subset_is_scaled_by_the_whole_collection(self) -> None:
        whole, few = whole_and_half()
        assert levels_of(few).levels["register"] == pytest.approx(levels_of(whole).levels["register"][:30])
        assert levels_of(few).whole["register"] == pytest.approx(levels_of(whole).whole["register"])
        assert levels_of(few).hue == pytest.approx(levels_of(whole).hue)

    def test_a_cluster_is_scaled_by_itself(self) -> None:
        whole, few = whole_and_half()
        own = replace(few, profile=object.__new__(Profile))
        assert np.ptp(levels_of(own).levels["register"]) > np.ptp(levels_of(few).levels["register"]) + 0.2
        assert levels_of(own).whole["register"] < levels_of(whole).whole["register"]

    def test_dark_and_light_collections_differ(self) -> None:
        dark, light = (levels_of(images(20, luminance=np.linspace(a, a + 0.1, 20))) for a in (0.3, 0.75))
        assert dark.whole["register"] < 0.25
        assert light.whole["register"] > 0.75
        assert min(np.ptp(each.levels["register"]) for each in (dark, light)) > 0.3  # spread over the range
        assert dark.levels["mode"].max() < light.levels["mode"].min()  # but not so the mode


class TestJumps:
    def test_the_first_image_has_none(self) -> None:
        assert jumps(sequence([1, 2, 4]))[0] == 0

    def test_without_vectors_they_are_steps_of_the_value(self) -> None:
        assert jumps(sequence([0, 1, 3, 10])).argmax() == 3

    def test_vectors_take_precedence_over_values(self) -> None:
        vectors = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
        wanted = sequence(np.arange(8.0))
        wanted = replace(wanted, table=replace(wanted.table, vectors={"look": vectors}))
        assert jumps(wanted) == pytest.approx([0, 0, 0, 0, np.sqrt(2), 0, 0, 0])

    def test_an_image_without_a_vector_is_no_jump(self) -> None:
        vectors = np.array([[0.0], [np.nan], [1.0], [1.0]], np.float32)
        wanted = sequence(np.arange(4.0))
        wanted = replace(wanted, table=replace(wanted.table, vectors={"look": vectors}))
        assert jumps(wanted).tolist() == [0, 0, 0, 0]


class TestHue:
    def test_the_mean_is_circular(self) -> None:
        hue = mean_hue(sequence([0, 1], hue=np.array([350.0, 20.0])).table)
        assert hue == pytest.approx(5)

    def test_grey_images_do_not_count(self) -> None:
        table = sequence([0, 1], hue=np.array([120.0, 300.0]), saturation=np.array([0.2, 0.0])).table
        assert mean_hue(table) == pytest.approx(120)

    def test_opposite_hues_and_none_at_all_have_no_mean(self) -> None:
        assert mean_hue(sequence([0, 1], hue=np.array([0.0, 180.0])).table) is None
        assert mean_hue(sequence([0, 1], hue=np.full(2, np.nan)).table) is None
        assert mean_hue(sequence([0, 1]).table) is None
