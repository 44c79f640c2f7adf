"""Which images a plan takes, and in which order."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from tests.small import small_plan


@pytest.fixture
def table(folder):
    return i2s.measure(i2s.discover(folder))


def names(sequence):
    return [record.name for record in sequence.records]


def test_filters_limits_and_reversal(table):
    whole = small_plan(limit=None).sequence(table)
    assert len(whole) == 12
    few = small_plan(limit=4).sequence(table)
    assert names(few) == [names(whole)[i] for i in (0, 3, 7, 11)]
    back = small_plan(limit=4, reverse=True).sequence(table)
    assert names(back) == names(few)[::-1]
    assert back.criterion.spearman == -1
    bright = small_plan(where=lambda t: t["luminance"] > np.median(t["luminance"])).sequence(table)
    assert len(bright) == 6
    assert bright.values.min() > np.median(table["luminance"])


def test_a_limit_takes_images_with_a_value_first(table):
    values = {record.name: float(i) for i, record in enumerate(table.records)}

    def height(some):
        known = [values[record.name] for record in some.records]
        return np.where(np.array(known) < 5, known, np.nan)

    few = small_plan(order=height, limit=3).sequence(table)
    assert few.values.tolist() == [0, 2, 4]
    more = small_plan(order=height, limit=7).sequence(table)
    assert more.values[:5].tolist() == [0, 1, 2, 3, 4]
    assert np.isnan(more.values[5:]).tolist() == [True, True]


def test_the_default_limit_is_that_of_the_settings(table):
    settings = i2s.config.resolve({"LIMIT": 5})
    assert len(small_plan().sequence(table, settings)) == 5
    assert len(small_plan(limit=7).sequence(table, settings)) == 7
    assert len(small_plan(limit=None).sequence(table, settings)) == 12


def test_unique_keeps_one_image_of_each_group_of_duplicates(folder):
    shutil.copy(folder / "image-00.jpg", folder / "z-copy.jpg")
    Image.open(folder / "image-01.jpg").save(folder / "z-poor.jpg", quality=25)
    table = i2s.measure(i2s.discover(folder))
    assert len(small_plan().sequence(table)) == 14
    exact = names(small_plan(unique="exact").sequence(table))
    assert len(exact) == 13
    assert "z-copy.jpg" not in exact
    assert len(small_plan(unique="near").sequence(table)) == 12


def test_a_limited_smooth_path_is_the_shortest_through_its_images(table):
    sequence = small_plan(order=i2s.SmoothPath(), limit=6).sequence(table)
    assert sequence.criterion.length == pytest.approx(sequence.criterion.best)
    name = table.records[3].name
    assert names(small_plan(order=i2s.SmoothPath(start=name), limit=6).sequence(table))[0] == name


def test_a_track_without_a_folder_takes_the_setting_of_the_session(tmp_path):
    plan = i2s.SequencePlan("plan", music=i2s.Track())
    settings = i2s.config.resolve({"MUSIC": str(tmp_path)})
    assert plan.style_for(settings).folder == tmp_path
    assert plan.style_for(i2s.config.resolve()).folder is None


def test_the_line_of_a_result_says_when_images_share_beats(folder: Path, tmp_path: Path) -> None:
    table = i2s.measure(i2s.discover(folder))
    for seconds, said in ((3.0, True), (24.0, False)):
        plan = i2s.SequencePlan("a", order="name", music=i2s.Composed("calm"), total_seconds=seconds, outputs=["midi"])
        (result,) = plan.make(table, tmp_path / f"{seconds}")
        assert (" images a beat" in result.entry["summary"]) == said, result.entry["summary"]
