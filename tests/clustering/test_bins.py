"""Bins and dates cut where they say, in the order of the values, and lose no image."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbatch2soundvisu.clustering import DateGaps, FeatureBins, feature_values, widest_gap
from imbatch2soundvisu.clustering.dates import seconds_in
from imbatch2soundvisu.core import FeatureInfo, FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError

INFO = {
    "luminance": FeatureInfo("luminance", "", 0.0, 1.0),
    "hue": FeatureInfo("hue", "degrees", 0.0, 360.0, circular=True),
    "aspect": FeatureInfo("aspect", "ratio", 0.0),
}


def table_of(name, values):
    records = tuple(ImageRecord(Path(f"{i:03}.jpg"), f"{i:03}", 4, 3, name=f"{i:03}.jpg") for i in range(len(values)))
    return FeatureTable(records, columns={name: np.asarray(values, float)}, info=INFO)


def taken(*moments):
    records = tuple(
        ImageRecord(Path(f"{i:03}.jpg"), f"{i:03}", 4, 3, None if m is None else datetime.fromisoformat(m), name=f"{i}")
        for i, m in enumerate(moments)
    )
    return FeatureTable(records)


def bins_of(table, feature, bins):
    return FeatureBins(feature, bins).cluster(table, np.random.default_rng(0))


def runs_of(table, gap=None):
    return DateGaps(gap).cluster(table, np.random.default_rng(0))


def test_a_number_of_bins_shares_the_images_evenly():
    result = bins_of(table_of("luminance", [0.9, 0.1, 0.5, 0.2, 0.6, 0.8]), "luminance", 3)
    assert result.labels.tolist() == [2, 0, 1, 0, 1, 2]
    assert result.names == ("luminance 0.100 to 0.500", "luminance 0.500 to 0.800", "luminance 0.800 to 0.900")
    assert result.ordered
    assert result.points is None


def test_equal_values_stay_together_and_undefined_ones_are_in_no_cluster():
    result = bins_of(table_of("luminance", [0.5, 0.5, np.nan, 0.5, 0.5, 0.9]), "luminance", 4)
    assert result.labels.tolist() == [0, 0, -1, 0, 0, 1]
    assert result.notes == (
        "1 of 6 images have no luminance and are in no cluster",
        "2 bins instead of 4: equal values stay together",
    )


def test_cuts_that_are_given_are_kept():
    result = bins_of(table_of("luminance", [0.1, 0.3, 0.59, 0.6, 1.0]), "luminance", (0.3, 0.6))
    assert result.labels.tolist() == [0, 1, 1, 2, 2]
    assert result.names == ("luminance below 0.300", "luminance 0.300 to 0.600", "luminance from 0.600")
    ends = bins_of(table_of("luminance", [0.1, 0.3, 0.59, 0.6, 1.0]), "luminance", (0, 0.3, 0.6, 1))
    assert ends.labels.tolist() == result.labels.tolist()
    empty = bins_of(table_of("luminance", [0.1, 0.9]), "luminance", (0.3, 0.6))
    assert empty.names == ("luminance below 0.300", "luminance from 0.600")


def test_a_wheel_is_cut_at_its_widest_gap():
    # reds on both sides of 0, and blues: the widest gap lies between 20 and 240, so reds stay together
    result = bins_of(table_of("hue", [350, 10, 250, 20, 260, 240]), "hue", 2)
    assert result.labels.tolist() == [1, 1, 0, 1, 0, 0]
    assert result.names == ("hue 240° to 350°", "hue 350° to 20°")


def test_cuts_of_a_wheel_go_round():
    result = bins_of(table_of("hue", [0, 59, 60, 299, 300, 359]), "hue", (60, 300))
    assert result.labels.tolist() == [1, 1, 0, 0, 1, 1]
    assert result.names == ("hue 60° to 300°", "hue 300° to 60°")
    assert bins_of(table_of("hue", [5, 100]), "hue", (50,)).labels.tolist() == [0, 0]


@given(st.lists(st.floats(0, 1) | st.just(float("nan")), min_size=1, max_size=40), st.integers(1, 8))
def test_bins_rise_and_lose_nothing(values, bins):
    for name, shown in (("luminance", values), ("hue", [value * 360 for value in values])):
        result = bins_of(table_of(name, shown), name, bins)
        assert len(result) <= bins
        assert len(set(result.names)) == len(result)
        assert (result.sizes > 0).all()
        assert np.array_equal(result.labels < 0, np.isnan(shown))
        if name == "luminance":
            for low, high in zip(range(len(result) - 1), range(1, len(result)), strict=True):
                assert np.array(shown)[result.rows(low)].max() < np.array(shown)[result.rows(high)].min()


def test_functions_are_features_too():
    def twice(table):
        return 2 * table["luminance"]

    result = bins_of(table_of("luminance", [0.1, 0.4, 0.2, 0.3]), twice, (0.5,))
    assert result.labels.tolist() == [0, 1, 0, 1]
    assert result.names == ("twice below 0.500", "twice from 0.500")


@pytest.mark.parametrize("bins", [0, -1, True, 2.5, (), (0.5, 0.5), (0.6, 0.3), (0.1, float("nan")), "three", None])
def test_bins_that_are_none_are_refused(bins):
    with pytest.raises((ConfigError, ValueError), match="bins=|could not convert") as caught:
        bins_of(table_of("luminance", [0.1, 0.2]), "luminance", bins)
    assert isinstance(caught.value, ConfigError)


def test_unknown_features_are_refused():
    with pytest.raises(ConfigError, match="Did you mean 'luminance'"):
        bins_of(table_of("luminance", [0.1]), "luminence", 2)


def test_a_collection_without_values_has_no_clusters():
    result = bins_of(table_of("luminance", [np.nan, np.nan]), "luminance", 2)
    assert (result.names, result.labels.tolist()) == ((), [-1, -1])


def test_a_new_cluster_begins_after_the_gap():
    table = taken("2019-05-03T10:00", None, "2019-05-03T15:59", "2019-05-03T22:00", "2019-05-01T09:00")
    result = runs_of(table, "6h")
    assert result.labels.tolist() == [1, -1, 1, 2, 0]
    assert result.names == ("2019-05-01", "2019-05-03 10:00 to 15:59", "2019-05-03 22:00")
    assert result.notes == ("1 of 5 images have no date and are in no cluster",)
    assert runs_of(table, timedelta(hours=7)).labels.tolist() == [1, -1, 1, 1, 0]
    assert runs_of(table, 5 * 3600).labels.tolist() == [1, -1, 2, 3, 0]
    assert result.ordered


def test_dates_are_named_as_shortly_as_they_can_be():
    table = taken("2019-05-03T10:00", "2019-05-07T10:00", "2019-12-30T10:00", "2020-01-02T10:00")
    assert runs_of(table, "1w").names == ("2019-05-03 to 05-07", "2019-12-30 to 2020-01-02")


def test_the_automatic_gap_lies_between_two_kinds_of_pauses():
    source = np.random.default_rng(0)
    days = [datetime(2019, 5, day, 9) for day in (1, 4, 5, 9)]
    moments = [
        (day + timedelta(minutes=float(m))).isoformat() for day in days for m in np.cumsum(source.uniform(1, 20, 15))
    ]
    result = runs_of(taken(*moments))
    assert result.names == ("2019-05-01", "2019-05-04", "2019-05-05", "2019-05-09")
    assert "a new cluster begins after" in result.notes[0]
    assert "min or from" in result.notes[0]


@pytest.mark.parametrize(
    "minutes",
    [
        pytest.param(np.arange(30) * 10.0, id="regular"),
        pytest.param(np.cumsum(np.random.default_rng(1).exponential(30, 60)), id="at random"),
        pytest.param([0.0, 60.0], id="two"),
        pytest.param([0.0], id="one"),
        pytest.param([0.0] * 8, id="all equal"),
    ],
)
def test_pauses_of_one_kind_make_one_cluster(minutes):
    moments = [(datetime(2019, 5, 1) + timedelta(minutes=float(m))).isoformat() for m in minutes]
    result = runs_of(taken(*moments))
    assert len(result) == 1
    assert result.notes[0].startswith("one cluster: ")


def test_no_dates_no_clusters():
    result = runs_of(taken(None, None), "6h")
    assert (result.names, result.labels.tolist()) == ((), [-1, -1])


def test_pauses_in_words():
    assert [seconds_in(each) for each in ("90 min", "6h", "3d", "2 weeks", "1.5 days", "30s", "1 hour")] == [
        5400, 21600, 259200, 1209600, 129600, 30, 3600,
    ]  # fmt: skip


@pytest.mark.parametrize("gap", ["soon", "6", "h", "-3d", 0, -1, True, float("nan"), float("inf"), timedelta(0), [6]])
def test_pauses_that_are_none_are_refused(gap):
    with pytest.raises(ConfigError, match="a gap is a pause such as"):
        runs_of(taken("2019-05-03T10:00"), gap)


@pytest.mark.parametrize(("values", "gap"), [([350, 10, 40], (40, 350)), ([-10, 90], (90, 350)), ([5], (5, 5))])
def test_the_widest_gap_of_a_wheel(values, gap):
    assert widest_gap(np.array(values, float), 360.0) == gap


def test_feature_values_are_those_of_a_name_or_a_function():
    table = table_of("hue", [10, 20, 30])
    values, info = feature_values(table, "hue")
    assert (values.tolist(), info.circular) == ([10, 20, 30], True)
    values, info = feature_values(table, lambda each: 2 * each["hue"])
    assert (values.tolist(), info.circular) == ([20, 40, 60], False)
    with pytest.raises(ConfigError, match="one number for each of the 3 rows"):
        feature_values(table, lambda each: [1])
