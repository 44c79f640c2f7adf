"""Orders put the same images in the same sequence, whatever is undefined, equal or shuffled."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.core import FeatureInfo, FeatureTable, Order
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.measurement.spaces import natural_key
from imbatch2soundvisu.sorting import (
    ORDERS,
    ByDate,
    ByFeature,
    ByName,
    LeafOrder,
    Shuffled,
    SmoothPath,
    Weighted,
    criterion,
    resolve_order,
)

from .tables import EVERY_ORDER, HUE, names_in, table_of


def random_table(seed: int, n: int, undefined: float, coarse: bool) -> FeatureTable:
    rng = np.random.default_rng(seed)

    def column(top: float) -> np.ndarray:
        values = rng.uniform(0, top, n)
        values = np.round(values / top * 3) * top / 3 if coarse else values
        return np.where(rng.random(n) < undefined, np.nan, values)

    vectors = np.round(rng.normal(size=(n, 3)), 0 if coarse else 6)
    taken = [None if rng.random() < undefined else datetime(2020, 1, 1 + int(rng.integers(9))) for _ in range(n)]
    return table_of(n, taken=taken, vectors=vectors, luminance=column(1.0), hue=column(360.0), saturation=column(1.0))


tables = st.builds(
    random_table, st.integers(0, 10_000), st.integers(0, 12), st.sampled_from([0.0, 0.4, 1.0]), st.booleans()
)


@pytest.mark.parametrize("order", EVERY_ORDER, ids=lambda order: re.sub(" at 0x.*", "", repr(order))[:60])
@settings(max_examples=25, deadline=None)
@given(table=tables, shuffle=st.randoms(use_true_random=False))
def test_every_order_is_a_permutation_that_row_order_does_not_change(order, table, shuffle):
    rows = list(range(len(table)))
    shuffle.shuffle(rows)
    found = names_in(order, table)
    assert sorted(found) == [record.name for record in table.records]
    assert names_in(order, table.select(rows)) == found


@settings(max_examples=40, deadline=None)
@given(table=tables)
def test_drivers_give_one_number_a_row_of_any_selection(table):
    for order in EVERY_ORDER:
        values, info = order.driver(table.select(order.order(table, np.random.default_rng(0))))
        assert values.shape == (len(table),)
        assert isinstance(info, FeatureInfo)
        assert isinstance(order, Order)


@settings(max_examples=40, deadline=None)
@given(table=tables.filter(len))
def test_values_rise_undefined_ones_come_last_and_equal_ones_keep_the_order_of_names(table):
    for descending in (False, True):
        rows = ByFeature("luminance", descending).order(table, np.random.default_rng(0))
        values = table["luminance"][rows]
        count = int(np.isfinite(values).sum())
        assert np.isfinite(values[:count]).all()
        steps = np.diff(values[:count]) * (-1 if descending else 1)
        assert (steps >= 0).all()
        assert (np.diff(rows[:count])[steps == 0] > 0).all()
        assert (np.diff(rows[count:]) > 0).all()


def test_descending_reverses_where_nothing_is_equal_or_undefined():
    table = table_of(9, luminance=np.random.default_rng(1).random(9), hue=np.linspace(5, 300, 9))
    for up, down in ((ByFeature(f), ByFeature(f, descending=True)) for f in ("luminance", "hue")):
        assert names_in(up, table) == names_in(down, table)[::-1]
    assert names_in(ByName(), table) == names_in(ByName(descending=True), table)[::-1]


def test_hue_starts_at_the_widest_gap_and_greys_follow_from_dark_to_bright():
    hue = [350.0, 10.0, 40.0, 300.0, np.nan, np.nan, 370.0]
    table = table_of(7, hue=hue, luminance=[0, 0, 0, 0, 0.9, 0.1, 0])
    assert ByFeature("hue").order(table, np.random.default_rng(0)).tolist() == [3, 0, 1, 6, 2, 5, 4]
    assert ByFeature("hue", True).order(table, np.random.default_rng(0)).tolist() == [2, 1, 6, 0, 3, 5, 4]


def test_hue_recovers_a_shuffled_wheel_up_to_rotation():
    wheel = np.random.default_rng(4).permutation(36) * 10.0
    table = table_of(36, hue=wheel)
    rows = ByFeature("hue").order(table, np.random.default_rng(0))
    assert (np.mod(np.diff(wheel[rows]), 360) == 10).all()
    assert criterion(table.select(rows), values=wheel[rows], circular=True).spearman == pytest.approx(1.0)


def test_weights_mix_ranks_and_a_negative_one_turns_round():
    table = table_of(4, luminance=[1, 2, 3, 4000], saturation=[0, 5, 1, np.nan], flat=[1, 1, 1, 1])
    assert names_in(Weighted({"luminance": 2}), table) == names_in(ByFeature("luminance"), table)
    assert names_in(Weighted({"luminance": -1}), table) == names_in(ByFeature("luminance", True), table)
    values, info = Weighted({"luminance": 1, "saturation": -1}).driver(table)
    np.testing.assert_allclose(values, [0.5, 1 / 6, 7 / 12, 0.75])
    assert info.name == "luminance - saturation"
    assert Weighted({"luminance": -1, "saturation": 0.5}).driver(table)[1].name == "- luminance + 0.5 saturation"
    assert hash(Weighted({"flat": 1})) == hash(Weighted({"flat": 1}))


def test_weights_are_refused_before_work_where_they_mean_nothing():
    for weights in ({}, {"luminance": 0.0}, {"luminance": float("nan")}):
        with pytest.raises(ConfigError, match="finite weights"):
            Weighted(weights)
    with pytest.raises(ConfigError, match="circular"):
        Weighted({"hue": 1.0}).check({"hue": HUE})
    with pytest.raises(ConfigError, match="circular"):
        Weighted({"hue": 1.0}).order(table_of(2, hue=[1, 2]), np.random.default_rng(0))
    with pytest.raises(ConfigError, match="Did you mean 'luminance'"):
        Weighted({"luminence": 1.0}).check({"luminance": FeatureInfo("luminance")})


def test_dates_rise_and_undated_images_come_last():
    taken = [datetime(2021, 5, 1), None, datetime(1999, 1, 1), datetime(2021, 5, 1), None]
    table = table_of(5, taken=taken)
    assert ByDate().order(table, np.random.default_rng(0)).tolist() == [2, 0, 3, 1, 4]
    assert ByDate(True).order(table, np.random.default_rng(0)).tolist() == [0, 3, 2, 1, 4]
    values, info = ByDate().driver(table)
    assert info.format(values[2]).startswith("1999-01-01")


def test_names_count_as_people_count():
    table = table_of(4, names=["img10.jpg", "Img2.jpg", "img1.jpg", "a/img3.jpg"])
    assert names_in(ByName(), table) == ["a/img3.jpg", "img1.jpg", "Img2.jpg", "img10.jpg"]
    assert names_in(ByName(natural=False), table) == ["Img2.jpg", "a/img3.jpg", "img1.jpg", "img10.jpg"]
    assert natural_key("bild007") == natural_key("BILD7")


def test_shuffles_differ_by_seed_only():
    table = table_of(30)
    assert names_in(Shuffled(1), table) == names_in(Shuffled(1), table) != names_in(Shuffled(2), table)
    rows = (Shuffled(1).order(table, np.random.default_rng(seed)).tolist() for seed in (1, 2))
    assert next(rows) == next(rows)


def test_a_callable_orders_like_the_feature_it_computes_and_its_shape_is_checked():
    table = table_of(3, luminance=[3, 1, 2])
    assert names_in(ByFeature(lambda t: -t["luminance"]), table) == names_in(ByFeature("luminance", True), table)
    with pytest.raises(ConfigError, match="each of the 3 rows"):
        ByFeature(lambda t: 1.0).order(table, np.random.default_rng(0))


def test_values_resolve_to_orders():
    features = ["luminance", "hue"]
    for value, order in (
        ("luminance", ByFeature("luminance")),
        ("-hue", ByFeature("hue", True)),
        ("date", ByDate()),
        ("-date", ByDate(True)),
        ("name", ByName()),
        ("-name", ByName(descending=True)),
        ("shuffled", Shuffled()),
        ("smooth", SmoothPath()),
        ("leaves", LeafOrder()),
        (SmoothPath, SmoothPath()),
        ({"luminance": 1}, Weighted({"luminance": 1})),
        (Shuffled(8), Shuffled(8)),
        (len, ByFeature(len)),
    ):
        assert resolve_order(value, features) == order

    def luminance(pixels):
        raise AssertionError

    assert resolve_order(luminance, features) == ByFeature("luminance")
    assert all(kind.__doc__.splitlines()[0].endswith(".") for kind in ORDERS.values())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("luminence", "unknown order 'luminence'. Did you mean 'luminance'"),
        ("smoth", "Did you mean 'smooth'"),
        ("-smooth", "reverse"),
        ("feature", r"needs parameters: write ByFeature\(feature=...\)"),
        (ByFeature("hu"), "unknown feature 'hu'"),
        ({"hue": 1, "x": 2}, "unknown feature 'x'"),
        (ByFeature, r"write ByFeature\(feature=...\)"),
        (dict, "dict is no order"),
        (3, "3 is no order"),
    ],
)
def test_unknown_orders_are_refused_with_the_choices(value, message):
    with pytest.raises(ConfigError, match=message):
        resolve_order(value, ["luminance", "hue"])
