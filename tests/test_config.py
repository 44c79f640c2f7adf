"""Settings: where they come from, which are refused, and that none is read at import."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import ConfigError
from tests.small import small_plan


def test_the_environment_wins_over_the_session_and_the_session_over_the_file(monkeypatch):
    monkeypatch.setattr(config, "OUTPUTS", "file")
    assert config.resolve({}, {}).outputs == Path("file")
    assert config.resolve({"OUTPUTS": "session"}, {}).outputs == Path("session")
    environment = {"IMBATCH2SOUNDVISU_OUTPUTS": "environment"}
    assert config.resolve({"OUTPUTS": "session"}, environment).outputs == Path("environment")


@pytest.mark.parametrize(("name", "variable"), config.ENVIRONMENT.items())
def test_each_environment_variable_sets_its_setting(name, variable):
    assert str(getattr(config.resolve({}, {variable: "there"}), name.lower())) == "there"


def test_the_environment_of_the_process_is_the_default(monkeypatch):
    monkeypatch.setenv("IMBATCH2SOUNDVISU_CACHE", "elsewhere")
    assert config.resolve().cache == Path("elsewhere")


def test_none_in_a_session_stands_for_the_default():
    assert config.resolve({"FPS": None, "DATA_ROOT": None}, {}) == config.resolve({}, {})


@pytest.mark.parametrize("name", ["DATA_ROOT", "OUTPUTS", "CACHE", "MUSIC", "SOUNDFONT"])
def test_paths_have_the_home_folder_expanded(name):
    assert getattr(config.resolve({name: "~/here"}, {}), name.lower()) == Path.home() / "here"


@pytest.mark.parametrize(
    ("name", "suggestion"), [("OUTPUT", "OUTPUTS"), ("FRAMES", ""), ("LIMITS", "LIMIT"), ("fps", ""), ("GIF_SIZE", "")]
)
def test_an_unknown_setting_is_refused_with_a_suggestion(name, suggestion):
    with pytest.raises(ConfigError, match=f"unknown setting '{name}'") as error:
        config.resolve({name: 1}, {})
    assert not suggestion or f"Did you mean '{suggestion}'" in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FPS", [24], r"FPS=\[24\] is of the wrong type; config.py has FPS = 30"),
        ("FPS", 24.5, "wrong type"),
        ("FPS", True, "wrong type"),
        ("FPS", "30000/0", "wrong type"),
        ("VIDEO_SIZE", "tall", "unknown size 'tall'.*vertical"),
        ("FPS", 0, "must be above 0"),
        ("LIMIT", -3, "must be above 0"),
        ("SECONDS_PER_IMAGE", "1", "wrong type"),
        ("OUTPUTS", 7, "must be a path"),
        ("VIDEO_SIZE", 1080, r"must look like \(1280, 720\)"),
        ("VIDEO_SIZE", (1, 2, 3), "must look like"),
        ("VIDEO_SIZE", ("a", "b"), "must look like"),
        ("BACKGROUND", "black", "must look like"),
        ("FORMATS", (), "must look like"),
        ("SCHEDULER", 8786, "wrong type"),
        ("UMAP_MAPS", 1, "wrong type"),
    ],
)
def test_a_value_of_the_wrong_type_or_range_is_refused(name, value, message):
    with pytest.raises(ConfigError, match=message):
        config.resolve({name: value}, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECONDS_PER_IMAGE", 2),
        ("LOUDNESS_LUFS", -20.0),
        ("PEAK_DBFS", -3),
        ("VIDEO_SIZE", [640, 360]),
        ("FORMATS", ["PNG"]),
        ("VIDEO_EVERY_NTH", 5),
        ("UMAP_MAPS", False),
        ("SCHEDULER", "tcp://127.0.0.1:8786"),
    ],
)
def test_values_of_the_right_type_are_accepted(name, value):
    expected = tuple(value) if isinstance(value, list) else value
    assert getattr(config.resolve({name: value}, {}), name.lower()) == expected


def test_sizes_have_names_and_frame_rates_are_exact():
    settings = config.resolve({"VIDEO_SIZE": "vertical", "FPS": 29.97}, {})
    assert (settings.video_size, settings.fps) == ((1080, 1920), Fraction(30_000, 1001))


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_environment_variable_is_refused(value):
    with pytest.raises(ConfigError, match="IMBATCH2SOUNDVISU_OUTPUTS is set but empty"):
        config.resolve({}, {"IMBATCH2SOUNDVISU_OUTPUTS": value})


def test_settings_are_frozen_and_have_every_name_of_the_module():
    settings = config.resolve({}, {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.fps = 12
    assert all(hasattr(config, name) for name in config.NAMES)


def test_a_setting_that_is_changed_after_import_has_an_effect(folder, monkeypatch):
    table = i2s.measure(i2s.discover(folder))
    plan = small_plan(outputs=[i2s.Film()], limit="default")
    monkeypatch.setattr(config, "FPS", 25)
    monkeypatch.setattr(config, "LIMIT", 5)
    settings = config.resolve()
    assert len(plan.sequence(table)) == 5
    assert plan.fps(settings) == 25


def test_a_run_uses_the_settings_of_its_session_only(folder):
    plan = small_plan(outputs=[i2s.Tables()])
    first = i2s.run([plan], root=folder, session={"FPS": 25, "LIMIT": 3}).results[0].entry
    second = i2s.run([plan], root=folder).results[0].entry
    assert (first["fps"], len(first["images"])) == (25, 3)
    assert (second["fps"], len(second["images"])) == (30, 12)
