"""What is refused before any work, with the line that declares it."""

from __future__ import annotations

import dataclasses
import re

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from tests.small import small_outputs, small_plan

HERE = r".*test_run_checks\.py:\d+: "


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"order": "luminence"}, "Did you mean 'luminance'"),
        ({"order": i2s.Weighted({"hue": 1.0})}, "hue"),
        ({"order": i2s.SmoothPath(on="lock")}, "Did you mean 'look'"),
        ({"limit": 1}, "at least 2"),
        ({"limit": "all"}, 'None for all images, or "default"'),
        ({"unique": "nearly"}, "near"),
        ({"choose": "first"}, "evenly"),
        ({"seconds_per_image": 0}, "0.02 to 3600"),
        ({"total_seconds": 5}, "give one of them"),
        ({"music": "jazz"}, "unknown style of music 'jazz'"),
        ({"music": 7}, "not a style"),
        ({"where": "bright"}, "function of the table"),
        ({"name": ""}, "name"),
        ({"outputs": "film"}, "takes a list"),
        ({"outputs": ["flim"]}, "Did you mean 'film'"),
        ({"outputs": [i2s.Film(size=(4, 4))]}, "16 to 8192"),
        ({"outputs": [i2s.Film(), i2s.Film(fit="fill")]}, "Film stands twice"),
        ({"outputs": small_outputs(fps=23)}, "fps|frames"),
    ],
)
def test_an_invalid_field_is_refused_with_the_line_of_the_plan(fields, message):
    with pytest.raises(ConfigError, match=message) as error:
        i2s.check([_declared(**{"name": "invalid", **fields})])
    assert re.match(HERE, str(error.value))


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": "ten"},
        {"limit": 3.5},
        {"seconds_per_image": "2"},
        {"beats_per_image": True},
        {"seed": -1},
        {"music": i2s.Composed},
        {"reverse": "no"},
        {"order": None},
        {"outputs": i2s.Film()},
        {"outputs": [5]},
        {"outputs": [i2s.Film(size=1080)]},
        {"outputs": [i2s.Film(size=("a", "b"))]},
        {"outputs": [i2s.Film(fps="fast")]},
        {"outputs": [i2s.Film(transition="wipe")]},
    ],
)
def test_a_field_of_the_wrong_type_is_refused_with_the_line_of_the_plan(fields):
    with pytest.raises(ConfigError, match=HERE):
        i2s.check([_declared(**fields)])


def test_a_changed_copy_of_a_plan_names_its_own_line():
    with pytest.raises(ConfigError, match=HERE):
        i2s.check([dataclasses.replace(small_plan(), unique="zz")])


def test_two_plans_may_not_share_a_folder():
    with pytest.raises(ConfigError, match="share the folder.*Give each its own name"):
        i2s.check([small_plan("Dark to bright"), small_plan("dark-to-BRIGHT!")])


@pytest.mark.parametrize(
    ("plans", "message"),
    [([], "no plans"), (["dark to bright"], "not a plan"), (small_plan(), r"write \[plan\]")],
)
def test_plans_are_a_list_of_plans(plans, message):
    with pytest.raises(ConfigError, match=message):
        i2s.check(plans)


def test_a_sound_font_that_does_not_exist_is_refused_before_any_work(monkeypatch):
    monkeypatch.setenv("SOUNDFONT", "nowhere.sf2")
    with pytest.raises(ConfigError, match=r"nowhere\.sf2"):
        i2s.check([small_plan()])


def test_outputs_and_their_classes_and_names_are_all_accepted():
    i2s.check([small_plan(outputs=["film", i2s.Gif, i2s.Tables(), "piano-roll"])])


def _declared(name="dark to bright", **fields):
    """A plan that is declared in this file."""
    return i2s.SequencePlan(name, **{"outputs": small_outputs(), "seconds_per_image": 0.5, **fields})
