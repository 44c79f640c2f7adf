"""How good an order is, in numbers and words; limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.sorting import (
    criterion,
    describe,
    describe_details,
    limit_evenly,
)

from .tables import line_table, table_of


def test_the_criterion_tells_a_good_order_from_a_bad_one():
    table, place = line_table(30)
    rng = np.random.default_rng(0)
    good = criterion(table.select(np.argsort(place)), values=np.sort(place))
    assert good.closeness == pytest.approx(1.0)
    assert good.spearman == pytest.approx(1.0)
    assert good.mean_step == pytest.approx(good.length / 29)
    assert good.largest_step >= good.mean_step
    bad = criterion(table.select(np.arange(30)), values=place)
    assert bad.closeness < 0.5
    assert bad.best == pytest.approx(good.best)
    lengths = [criterion(table.select(rng.permutation(30))).length for _ in range(30)]
    assert np.mean(lengths) == pytest.approx(good.random, rel=0.07)


def test_an_order_is_described_in_plain_words():
    table, place = line_table(30)
    good = criterion(table.select(np.argsort(place)), values=np.sort(place))
    assert describe(good, "luminance") == "follows luminance exactly"
    assert "rank correlation +1.000" in describe_details(good)
    nearly = np.sort(place)
    nearly[[3, 9]] = nearly[[9, 3]]
    assert describe(criterion(table, values=nearly), "hue") == "follows hue closely"
    assert describe(replace(good, spearman=None)) == "neighbours are as similar as possible"
    assert describe(criterion(table)) == "neighbours are hardly more similar than in a random order"
    assert (describe(criterion(table_of(1))), describe_details(criterion(table_of(1)))) == ("", "")


def test_the_criterion_of_little_or_nothing_is_quiet():
    for n in range(3):
        for table in (table_of(n), table_of(n, vectors=np.zeros((n, 4))), table_of(n, luminance=np.full(n, np.nan))):
            found = criterion(table, values=np.full(n, np.nan))
            assert found.spearman is None
            assert found.length == found.best == found.random == 0.0
    assert criterion(table_of(3, luminance=[1, 2, 3])).space == "features"


def test_spearman_ignores_undefined_values_and_unrolls_the_wheel():
    table = table_of(6, vectors=np.arange(12).reshape(6, 2))
    assert criterion(table, values=np.array([1, 2, np.nan, 7, 9, np.nan])).spearman == pytest.approx(1.0)
    wheel = np.array([300.0, 350, 10, 40, 200, np.nan])
    assert criterion(table, values=wheel, circular=True).spearman == pytest.approx(1.0)
    assert criterion(table, values=wheel[4::-1].tolist() + [np.nan], circular=True).spearman == pytest.approx(-1.0)
    assert criterion(table, values=np.ones(6)).spearman is None


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_limit_is_even_and_keeps_both_ends(size, n):
    rows = limit_evenly(np.arange(size)[::-1], n)
    assert len(rows) == min(size, n)
    assert rows[0] == size - 1
    assert (np.diff(rows) < 0).all()
    if n > 1:
        assert rows[-1] == 0
        assert len(set(np.diff(rows).tolist())) <= 2


def test_a_limit_below_one_is_refused():
    with pytest.raises(ConfigError, match="at least 1"):
        limit_evenly(np.arange(3), 0)
