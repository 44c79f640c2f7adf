"""Columns of a table of metadata as features: orders, filters and planes that follow the dates of an archive."""

from __future__ import annotations

import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import MetadataColumn, add_feature
from imbatch2soundvisu.core.errors import ConfigError

ABOUT = """filename,date,height,subject
image-00.jpg,"[1917, approximate]",12,Ships
image-01.jpg,circa 1890,7.5,Ice
image-02.jpg,March 4 1925,,Ice
image-03.jpg,unknown,3,Ice
nobody.jpg,1800,1,Ice
"""


@pytest.fixture
def about(tmp_path):
    path = tmp_path / "about.csv"
    path.write_text(ABOUT, encoding="utf-8")
    return path


def test_a_path_follows_the_dates_of_the_table(tmp_path, folder, about):
    add_feature("made", MetadataColumn(about, "date"))
    plans = [
        i2s.SequencePlan("by date", order="made", where=lambda table: table["made"] > -3e9, outputs=["tables"]),
        i2s.AtlasPlan("map", on="look", layouts=[i2s.Plane("made", "hue")], grid=False, metadata=about, clusters=None),
    ]
    run = i2s.run(plans, root=folder, outputs=tmp_path / "outputs", cache=tmp_path / "cache")
    assert run.results[0].entry["images"] == ["image-01.jpg", "image-00.jpg", "image-02.jpg"]
    assert run.results[1].entry["atlas"]["layouts"][0]["name"] == "made and hue"
    notes = " ".join(run.table.notes)
    assert "8 images without a row in about.csv" in notes
    assert "1 of 12 values of date are no date: unknown" in notes


def test_numbers_stay_numbers_and_dates_have_their_unit(folder, about):
    add_feature("height", MetadataColumn(about, "height"))
    add_feature("made", MetadataColumn(i2s.MetadataTable(about), "date"))
    table = i2s.measure(i2s.discover(folder), ["height", "made"])
    np.testing.assert_array_equal(table["height"][:4], [12, 7.5, np.nan, 3])
    assert table.info["height"].unit == ""
    assert table.info["made"].unit == "date"
    assert table.info["made"].format(table["made"][0]).startswith("1917-01-01")
    assert np.isnan(table["made"][3:]).all()


@pytest.mark.parametrize(
    ("column", "said"),
    [("dat", "Did you mean 'date'"), ("subject", "neither numbers nor dates")],
)
def test_what_is_no_feature_is_refused_when_it_is_declared(about, column, said):
    with pytest.raises(ConfigError, match=said):
        MetadataColumn(about, column)


def test_a_path_by_the_times_of_files_says_how_it_follows_the_table(tmp_path, folder, about):
    plans = [
        i2s.SequencePlan("by date", order="date", outputs=["wav"]),
        i2s.AtlasPlan("map", on="look", layouts=["pca"], grid=False, metadata=about, clusters=None),
    ]
    run = i2s.run(plans, root=folder, outputs=tmp_path / "outputs", cache=tmp_path / "cache")
    line = f'add_feature("made", MetadataColumn("{about}", "date")) and order="made"'
    assert line in " ".join(run.results[1].entry["lines"])
