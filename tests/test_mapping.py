"""What steers what: the table, and the changes people make to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

import imbatch2soundvisu as i2s
from imbatch2soundvisu.composing.mapping import MAPPING, OWN, links
from imbatch2soundvisu.errors import WishError
from imbatch2soundvisu.records import FeatureTable
from imbatch2soundvisu.sound.measures import counterparts
from imbatch2soundvisu.styles import Composed
from tests.scores import music, pictures

PICTURES = pictures(32)


def heard(mapping: dict[str, Any] | None, parameter: str = "pitch") -> np.ndarray:
    return counterparts(music(PICTURES, Composed(mapping=mapping)))[parameter]


def agrees(feature: str | np.ndarray, sound: np.ndarray) -> float:
    values = PICTURES.table[feature] if isinstance(feature, str) else feature
    return float(spearmanr(values, sound).statistic)


def darkness(table: FeatureTable) -> np.ndarray:
    return -table["luminance"]


@pytest.mark.parametrize("parameter", MAPPING)
def test_every_row_says_what_it_does_and_what_it_rests_on(parameter: str) -> None:
    row = MAPPING[parameter]
    assert row.feature
    assert row.low
    assert row.high
    assert row.low != row.high
    assert row.source == OWN or any(year in row.source for year in ("2011", "2013", "2018"))


def test_without_changes_the_table_holds() -> None:
    assert links(None) == links({}) == MAPPING


def test_a_change_is_told_as_a_wish_and_the_table_itself_stays() -> None:
    changed = links({"register": "contrast", "density": MAPPING["density"].feature})
    assert changed["register"].feature == "contrast"
    assert changed["register"].source == "as you wished"
    assert changed["density"] == MAPPING["density"]
    assert MAPPING["register"].feature == "luminance"


def test_the_tune_follows_light_unless_asked_otherwise() -> None:
    assert agrees("luminance", heard(None)) > 0.8
    value = heard({"register": "value"})
    assert agrees(PICTURES.values, value) > 0.8
    assert abs(agrees("luminance", value)) < 0.5


@pytest.mark.parametrize("wish", ["-luminance", darkness])
def test_the_other_way_round(wish: Any) -> None:
    assert agrees("luminance", heard({"register": wish})) < -0.8


def test_the_mean_of_two_features_is_followed() -> None:
    mixed = heard({"register": "luminance + saturation"})
    assert min(agrees("luminance", mixed), agrees("saturation", mixed)) > 0.4
    assert agrees("edge_density", mixed) < 0.4


def test_what_follows_nothing_rests() -> None:
    """With dynamics at rest nothing in the piece hangs on saturation any more."""
    other = pictures(32, saturation=PICTURES.table["saturation"][::-1].copy(), hue=np.full(32, 30.0))
    same = pictures(32, hue=np.full(32, 30.0))
    resting = Composed(mapping={"dynamics": None, "tempo": None})
    assert music(same, resting).notes == music(other, resting).notes
    assert music(same).notes != music(other).notes
    told = music(same, resting).decisions[5]["because"]
    assert "dynamics" not in {row["parameter"] for row in told}


def test_a_callable_is_told_by_its_name() -> None:
    score = music(PICTURES, Composed(mapping={"register": darkness}))
    row = next(r for r in score.decisions[3]["because"] if r["parameter"] == "register")
    assert row["feature"] == "darkness"
    assert row["value"] == pytest.approx(-PICTURES.table["luminance"][3], abs=1e-6)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"pitch": "luminance"}, "unknown musical parameter 'pitch'"),
        ({"registr": "luminance"}, "Did you mean 'register'"),
        ({"register": 3}, "must be a feature's name"),
    ],
)
def test_other_parameters_and_wishes_are_refused_at_once(mapping: dict, told: str) -> None:
    with pytest.raises(WishError, match=told):
        Composed(mapping=mapping)


@pytest.mark.parametrize("wish", ["luminence", "-luminence", "hue + luminence"])
def test_a_feature_that_is_not_there_is_refused_before_any_work(wish: str) -> None:
    style = Composed(mapping={"register": wish})
    with pytest.raises(WishError, match="Did you mean 'luminance'"):
        i2s.run([i2s.SequencePlan("x", "hue", music=style)])


def test_a_feature_that_the_table_lacks_is_refused_where_there_is_no_plan() -> None:
    with pytest.raises(WishError, match="unknown feature 'sharpness'"):
        music(PICTURES, Composed(mapping={"density": "sharpness"}))


@pytest.mark.parametrize("wish", [lambda table: table["nothing"], lambda _: [1.0, 2.0], lambda _: "loud"])
def test_a_callable_that_fails_is_told_of(wish: Any) -> None:
    with pytest.raises(WishError, match="mapping="):
        music(PICTURES, Composed(mapping={"dynamics": wish}))
