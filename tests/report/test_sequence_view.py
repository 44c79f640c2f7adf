"""Curve, piano roll, criterion and music of a result whose images have an order in time."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests.report.html import Page, links, text_of
from tests.report.manifests import HUE, ROLL, page_of, sequence_entry, with_files, with_roll


def test_the_curve_changes_in_steps_at_the_cuts(tmp_path: Path) -> None:
    html = page_of(tmp_path, sequence_entry(starts_s=[0.0, 0.2, 1.0, 1.5], values=[0.0, 1.0, None, 0.5]))
    line = next(attrs["d"] for tag, attrs in Page(html).elements if attrs.get("class") == "line")
    assert line == "M0 92H100V8H500M750 50H1000"


def test_a_hue_has_its_colour_and_an_undefined_one_is_grey(tmp_path: Path) -> None:
    html = page_of(tmp_path, sequence_entry(driver=HUE, values=[0.0, 120.0, 240.0, None]))
    bars = [attrs for tag, attrs in Page(html).elements if tag == "rect" and attrs.get("class") != "tint"]
    assert [bar.get("style", bar.get("class")) for bar in bars] == [
        "fill:hsl(0.0 70% 55%)", "fill:hsl(120.0 70% 55%)", "fill:hsl(240.0 70% 55%)", "grey",
    ]  # fmt: skip
    tops = [float(bar["y"]) for bar in bars]
    assert tops[0] > tops[1] > tops[2]


@pytest.mark.parametrize(("closeness", "shown"), [(0.5, "50.0"), (-0.4, "0.0"), (1.2, "100.0")])
def test_the_scale_shows_the_closeness_of_the_order(tmp_path: Path, closeness: float, shown: str) -> None:
    made = sequence_entry()
    made["criterion"] |= {"closeness": closeness}
    html = page_of(tmp_path, made)
    assert f'class="scale-mark" style="left:{shown}%"' in html
    assert made["criterion_text"] in text_of(html)


def test_the_piano_roll_has_the_time_axis_of_its_file(tmp_path: Path) -> None:
    html = page_of(tmp_path, with_roll(tmp_path))
    roll = next(attrs for _, attrs in Page(html).elements if attrs.get("class") == "roll scroller")
    assert (float(roll["data-from"]), float(roll["data-to"])) == (40 / 400, 360 / 400)
    shown = [attrs for tag, attrs in Page(html).elements if attrs.get("src") == "dark/piano-roll.png"]
    assert [(attrs["width"], attrs["height"]) for attrs in shown] == [("400", "100")]
    assert "Piano roll" in text_of(html)
    playhead = next(attrs for _, attrs in Page(html).elements if attrs.get("class") == "roll-cursor")
    assert playhead["style"] == "top:25.0%", "below the title"


def test_the_playhead_starts_at_the_top_where_no_ruler_is_given(tmp_path: Path) -> None:
    old = {key: value for key, value in ROLL.items() if key != "top"}
    assert 'class="roll-cursor" style="top:0.0%"' in page_of(tmp_path, with_roll(tmp_path) | {"roll": old})


@pytest.mark.parametrize("roll", [None, {}, {"width": 400}, ROLL | {"left": 500}, ROLL | {"right": math.nan}])
def test_a_piano_roll_without_a_time_axis_is_shown_as_an_image(tmp_path: Path, roll: Any) -> None:
    html = page_of(tmp_path, with_roll(tmp_path) | {"roll": roll})
    assert not [attrs for _, attrs in Page(html).elements if attrs.get("class") == "roll scroller"]
    assert "dark/piano-roll.png" in links(html)


def test_the_time_axis_of_a_real_piano_roll_is_that_of_the_page(tmp_path: Path) -> None:
    from imbatch2soundvisu.core import Score, Timeline
    from imbatch2soundvisu.visuals.pianoroll import geometry_of

    plan = geometry_of(Score(Timeline(30, 44_100, 15, (1, 1, 1, 1)), (), ()), 2)
    html = page_of(tmp_path, with_roll(tmp_path) | {"roll": plan.as_dict()})
    roll = next(attrs for _, attrs in Page(html).elements if attrs.get("class") == "roll scroller")
    ticks = plan.timeline.total_ticks
    for tick in (0, ticks // 3, ticks):
        share = float(roll["data-from"]) + (float(roll["data-to"]) - float(roll["data-from"])) * tick / ticks
        assert share * plan.width == pytest.approx(plan.x(tick), abs=0.5)


def test_a_silent_sequence_has_a_table_and_no_piano_roll(tmp_path: Path) -> None:
    html = page_of(tmp_path, with_files(tmp_path, music=None, decisions=[{}] * 4, roll=None))
    assert "Image by image" in text_of(html)
    assert not [attrs for _, attrs in Page(html).elements if "roll" in attrs.get("class", "").split()]


@pytest.mark.parametrize(("tempo", "expected"), [(112.5, "112.5"), (119.98, "120"), (117.4538, "117.5")])
def test_a_tempo_is_rounded_in_the_same_way_everywhere(tmp_path: Path, tempo: float, expected: str) -> None:
    text = text_of(page_of(tmp_path, sequence_entry(tempo_bpm=tempo, decisions=[{"tempo_bpm": tempo}] * 4)))
    assert f"{expected} bpm" in text
    assert f"tempo bpm {expected}." in text
