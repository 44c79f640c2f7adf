"""What steers what: the table, and the changes people make to it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import FeatureInfo, FeatureTable
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features import FEATURES, Feature
from imbatch2soundvisu.music.analysis.measures import counterparts
from imbatch2soundvisu.music.composition.mapping import MAPPING, OWN, links
from imbatch2soundvisu.music.styles import Composed, Mix, Sonified
from imbatch2soundvisu.plans.result_cache import state_of
from tests.music.scores import images, music

IMAGES = images(32)


def heard(mapping: dict[str, Any] | None, parameter: str = "pitch") -> np.ndarray:
    return counterparts(music(IMAGES, Composed(mapping=mapping)))[parameter]


def agrees(feature: str | np.ndarray, sound: np.ndarray) -> float:
    values = IMAGES.table[feature] if isinstance(feature, str) else feature
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
    assert agrees(IMAGES.values, value) > 0.8
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
    other = images(32, saturation=IMAGES.table["saturation"][::-1].copy(), hue=np.full(32, 30.0))
    same = images(32, hue=np.full(32, 30.0))
    resting = Composed(mapping={"dynamics": None, "tempo": None})
    assert music(same, resting).notes == music(other, resting).notes
    assert music(same).notes != music(other).notes
    told = music(same, resting).decisions[5]["because"]
    assert "dynamics" not in {row["parameter"] for row in told}


def test_a_callable_is_told_by_its_name() -> None:
    score = music(IMAGES, Composed(mapping={"register": darkness}))
    row = next(r for r in score.decisions[3]["because"] if r["parameter"] == "register")
    assert row["feature"] == "darkness"
    assert row["value"] == pytest.approx(-IMAGES.table["luminance"][3], abs=1e-6)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"pitch": "luminance"}, "unknown musical parameter 'pitch'"),
        ({"registr": "luminance"}, "Did you mean 'register'"),
        ({"register": 3}, "must be a feature's name"),
        ("luminance", "must be a dict"),
        (["register"], "must be a dict"),
    ],
)
def test_other_parameters_and_wishes_are_refused_at_once(mapping: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Composed(mapping=mapping)


@pytest.mark.parametrize("wish", ["luminence", "-luminence", "hue + luminence"])
def test_a_feature_that_is_not_there_is_refused_before_any_work(wish: str) -> None:
    style = Composed(mapping={"register": wish})
    with pytest.raises(ConfigError, match="Did you mean 'luminance'"):
        i2s.run([i2s.SequencePlan("x", "hue", music=style)])


def test_a_feature_that_the_table_lacks_is_refused_where_there_is_no_plan() -> None:
    with pytest.raises(ConfigError, match="unknown feature 'sharpness'"):
        music(IMAGES, Composed(mapping={"density": "sharpness"}))


def test_what_is_kept_knows_the_code_of_callables() -> None:
    """The same code is the same wish in every run, other code another: not by where it lies in memory."""

    def state(wish: Any) -> str:
        return state_of(i2s.SequencePlan("x", "hue", Composed(mapping={"register": wish})), IMAGES, [])

    def made(sign: float) -> Any:
        def follow(table: FeatureTable) -> np.ndarray:
            return sign * table["luminance"]

        return follow

    same = [made(1.0), made(1.0)]
    assert state(same[0]) == state(same[1])
    assert len({state(wish) for wish in (same[0], made(-1.0), darkness, "luminance", "-luminance", None)}) == 6


@pytest.mark.parametrize("wish", [lambda table: table["nothing"], lambda _: [1.0, 2.0], lambda _: "loud"])
def test_a_callable_that_fails_is_told_of(wish: Any) -> None:
    with pytest.raises(ConfigError, match="mapping="):
        music(IMAGES, Composed(mapping={"dynamics": wish}))


def test_a_feature_of_ones_own_can_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known before any work as soon as it is declared, and heard."""
    style = Composed(mapping={"register": "stripes"})
    plan = i2s.SequencePlan("x", "hue", music=style)
    with pytest.raises(ConfigError, match="unknown feature 'stripes'"):
        plan.check()
    info = FeatureInfo("stripes", low=0, high=1)
    monkeypatch.setitem(FEATURES, "stripes", Feature(info, lambda _: 0.0, "pixels", __name__))
    plan.check()
    stripes = np.random.default_rng(8).permutation(np.linspace(0.3, 0.7, 32))
    wanted = images(32, stripes=stripes)
    assert spearmanr(stripes, counterparts(music(wanted, style))["pitch"]).statistic > 0.8


@pytest.mark.parametrize("style", [Composed, lambda **wish: Mix(Composed(**wish), Sonified())])
def test_a_plan_is_refused_whatever_plays_along(style: Any) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'warmth'"):
        i2s.SequencePlan("x", "hue", music=style(mapping={"timbre": "-warmt"})).check()


def test_a_phrase_has_one_key_though_its_last_chord_may_be_of_the_next() -> None:
    told = music(images(48, luminance=np.linspace(0.1, 0.9, 48))).decisions
    runs = [list(run) for _, run in itertools.groupby(told, key=lambda decision: decision["phrase"])]
    assert all(len({decision["phrase_key"] for decision in run}) == 1 for run in runs)
    assert any(len({decision["key"] for decision in run}) > 1 for run in runs), "or nothing is tested"
    assert told[-1]["phrase_key"] == told[-1]["key"]


def test_one_is_told_as_one() -> None:
    told = [row["outcome"] for decision in music(IMAGES).decisions for row in decision["because"]]
    density = [outcome for outcome in told if "tune note" in outcome]
    assert density
    for count, word in (each for outcome in density for each in re.findall(r"(\d+) (tune notes?|beats?)\b", outcome)):
        assert word.endswith("s") == (count != "1")
