"""The mapping from features to musical parameters, and changes to it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import FeatureInfo, FeatureTable
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features import FEATURES, Feature
from imbatch2soundvisu.music.analysis.feature_correlation import counterparts, group_means, phrase_groups, phrase_levels
from imbatch2soundvisu.music.composition.mapping import MAPPING, OWN_CHOICE, resolve_mapping
from imbatch2soundvisu.music.styles import Composed, Mix, Sonified
from imbatch2soundvisu.plans.result_cache import state_of
from imbatch2soundvisu.plans.sequence_content import SequenceContent
from tests.music.scores import images, music

IMAGES = images(48)


def counterpart(mapping: dict[str, Any] | None, parameter: str = "pitch") -> tuple[np.ndarray, np.ndarray]:
    """(images,) the phrase of each, and (phrases,) the counterpart."""
    score = music(IMAGES, Composed(mapping=mapping))
    groups = phrase_groups([decision["phrase"] for decision in score.decisions])
    return groups, counterparts(score, groups)[parameter]


def agrees(feature: str | np.ndarray, sound: tuple[np.ndarray, np.ndarray]) -> float:
    """The rank correlation over phrases."""
    values = IMAGES.table[feature] if isinstance(feature, str) else feature
    groups, counterpart = sound
    return float(spearmanr(group_means(values, groups), counterpart).statistic)


def darkness(table: FeatureTable) -> np.ndarray:
    return -table["luminance"]


@pytest.mark.parametrize("parameter", MAPPING)
def test_every_row_has_two_effects_and_a_source(parameter: str) -> None:
    row = MAPPING[parameter]
    assert row.feature
    assert row.low
    assert row.high
    assert row.low != row.high
    assert row.source == OWN_CHOICE or any(year in row.source for year in ("2011", "2013", "2018"))


def test_without_changes_it_is_the_default_mapping() -> None:
    assert resolve_mapping(None) == resolve_mapping({}) == MAPPING


def test_a_change_is_marked_as_set_by_the_user_and_the_table_stays() -> None:
    changed = resolve_mapping({"register": "contrast", "density": MAPPING["density"].feature})
    assert changed["register"].feature == "contrast"
    assert changed["register"].source == "set in the plan"
    assert changed["density"] == MAPPING["density"]
    assert MAPPING["register"].feature == "luminance"


def test_the_melody_follows_luminance_unless_set_otherwise() -> None:
    assert agrees("luminance", counterpart(None)) > 0.8
    value = counterpart({"register": "value"})
    assert agrees(IMAGES.values, value) > 0.8
    assert abs(agrees("luminance", value)) < 0.7


@pytest.mark.parametrize("expression", ["-luminance", darkness])
def test_a_reversed_feature_gives_a_negative_correlation(expression: Any) -> None:
    assert agrees("luminance", counterpart({"register": expression})) < -0.8


def test_the_mean_of_two_features_is_followed() -> None:
    mixed = counterpart({"register": "luminance + saturation"})
    ranks = [IMAGES.table[name].argsort().argsort() for name in ("luminance", "saturation")]
    assert agrees(np.mean(ranks, axis=0), mixed) > 0.4
    assert agrees("edge_density", mixed) < 0.4


def test_a_parameter_set_to_none_follows_nothing() -> None:
    """With dynamics set to None, nothing in the score depends on saturation."""
    other = images(48, saturation=IMAGES.table["saturation"][::-1].copy(), hue=np.full(48, 30.0))
    same = images(48, hue=np.full(48, 30.0))
    resting = Composed(mapping={"dynamics": None, "tempo": None})
    assert music(same, resting).notes == music(other, resting).notes
    assert music(same).notes != music(other).notes
    stated = music(same, resting).decisions[5]["because"]
    assert "dynamics" not in {row["parameter"] for row in stated}


def test_a_callable_is_listed_by_its_name() -> None:
    score = music(IMAGES, Composed(mapping={"register": darkness}))
    row = next(r for r in score.decisions[3]["because"] if r["parameter"] == "register")
    assert row["feature"] == "darkness"
    assert row["value"] == pytest.approx(-IMAGES.table["luminance"][3], abs=1e-6)


@pytest.mark.parametrize(
    ("mapping", "stated"),
    [
        ({"pitch": "luminance"}, "unknown musical parameter 'pitch'"),
        ({"registr": "luminance"}, "Did you mean 'register'"),
        ({"register": 3}, "must be a feature's name"),
        ("luminance", "must be a dict"),
        (["register"], "must be a dict"),
    ],
)
def test_unknown_parameters_and_expressions_are_refused(mapping: Any, stated: str) -> None:
    with pytest.raises(ConfigError, match=stated):
        Composed(mapping=mapping)


@pytest.mark.parametrize("expression", ["luminence", "-luminence", "hue + luminence"])
def test_an_unknown_feature_is_refused_before_any_work(expression: str) -> None:
    style = Composed(mapping={"register": expression})
    with pytest.raises(ConfigError, match="Did you mean 'luminance'"):
        i2s.run([i2s.SequencePlan("x", "hue", music=style)])


def test_composing_refuses_a_feature_that_the_table_lacks() -> None:
    with pytest.raises(ConfigError, match="unknown feature 'sharpness'"):
        music(IMAGES, Composed(mapping={"density": "sharpness"}))


def test_the_state_of_a_plan_depends_on_the_code_of_callables() -> None:
    """The same code gives the same state in every run, other code another, whatever its address in memory."""

    def state(expression: Any) -> str:
        plan, settings = i2s.SequencePlan("x", "hue", Composed(mapping={"register": expression})), config.resolve()
        return state_of(SequenceContent(plan, IMAGES, settings), [], settings)

    def made(sign: float) -> Any:
        def follow(table: FeatureTable) -> np.ndarray:
            return sign * table["luminance"]

        return follow

    same = [made(1.0), made(1.0)]
    assert state(same[0]) == state(same[1])
    assert (
        len({state(expression) for expression in (same[0], made(-1.0), darkness, "luminance", "-luminance", None)}) == 6
    )


@pytest.mark.parametrize("expression", [lambda table: table["nothing"], lambda _: [1.0, 2.0], lambda _: "loud"])
def test_a_callable_that_fails_is_reported(expression: Any) -> None:
    with pytest.raises(ConfigError, match="mapping="):
        music(IMAGES, Composed(mapping={"dynamics": expression}))


def test_a_user_defined_feature_can_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It passes the check once it is registered, and the melody follows it."""
    style = Composed(mapping={"register": "stripes"})
    plan = i2s.SequencePlan("x", "hue", music=style)
    with pytest.raises(ConfigError, match="unknown feature 'stripes'"):
        plan.check()
    info = FeatureInfo("stripes", low=0, high=1)
    FEATURES.add("stripes", Feature(info, lambda _: 0.0, "pixels", __name__))
    plan.check()
    stripes = np.random.default_rng(8).permutation(np.linspace(0.3, 0.7, 48))
    wanted = images(48, stripes=stripes)
    score = music(wanted, style)
    groups = phrase_groups([decision["phrase"] for decision in score.decisions])
    assert spearmanr(phrase_levels(stripes, groups), counterparts(score, groups)["pitch"]).statistic >= 0.8


@pytest.mark.parametrize("style", [Composed, lambda **expression: Mix(Composed(**expression), Sonified())])
def test_a_wrong_mapping_is_refused_within_a_mix(style: Any) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'warmth'"):
        i2s.SequencePlan("x", "hue", music=style(mapping={"timbre": "-warmt"})).check()


def test_a_phrase_has_one_key_although_its_last_chord_may_belong_to_the_next() -> None:
    stated = music(images(48, luminance=np.linspace(0.1, 0.9, 48))).decisions
    runs = [list(run) for _, run in itertools.groupby(stated, key=lambda decision: decision["phrase"])]
    assert all(len({decision["phrase_key"] for decision in run}) == 1 for run in runs)
    assert any(len({decision["key"] for decision in run}) > 1 for run in runs), "or nothing is tested"
    assert stated[-1]["phrase_key"] == stated[-1]["key"]


def test_counts_of_one_are_singular() -> None:
    stated = [row["outcome"] for decision in music(IMAGES).decisions for row in decision["because"]]
    density = [outcome for outcome in stated if "melody note" in outcome]
    assert density
    for count, word in (each for outcome in density for each in re.findall(r"(\d+) (melody notes?|beats?)\b", outcome)):
        assert word.endswith("s") == (count != "1")
