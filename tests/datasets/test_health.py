"""The health report counts formats, sizes, orientations, dates and the distribution of features."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np

from imbatch2soundvisu.core import Collection, FeatureInfo, FeatureTable, ImageRecord
from imbatch2soundvisu.datasets import health

SIZES = [(100, 100), (101, 100), (300, 200), (200, 300), (400, 300)]
RECORDS = tuple(
    ImageRecord(Path(f"{i}.jpg"), str(i), *size, datetime(2020 + i, 1, 1), "exif" if i else "file", f"{i}.jpg", "JPEG")
    for i, size in enumerate(SIZES)
)


def report(**columns: list[float]) -> dict:
    info = {"luminance": FeatureInfo("luminance", "", 0.0, 1.0), "hue": FeatureInfo("hue", "degrees", 0.0, 360.0)}
    table = FeatureTable(RECORDS, {name: np.array(values) for name, values in columns.items()}, info=info)
    found = health(Collection(Path("."), RECORDS), table)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


def test_images_are_counted_by_format_orientation_and_date():
    found = report()
    assert found["formats"] == {"JPEG": 5}
    assert found["orientations"] == {"landscape": 2, "portrait": 1, "square": 2}
    assert found["sizes"] == {"smallest": "100 × 100", "median": "300 × 200", "largest": "400 × 300"}
    assert found["dates"]["first"] == "2020-01-01 00:00:00"
    assert found["dates"]["from"] == {"file": 1, "exif": 4}


def test_a_distribution_counts_defined_values_in_bins():
    found = report(luminance=[0.0, 0.01, 0.99, 1.0, np.nan])["distribution"]
    assert list(found) == ["luminance"]
    assert found["luminance"]["counts"][0] == 2
    assert found["luminance"]["counts"][-1] == 2
    assert sum(found["luminance"]["counts"]) == 4
    assert len(found["luminance"]["counts"]) == 20


def test_an_empty_collection_has_a_report():
    found = health(Collection(Path("."), ()), FeatureTable(()))
    assert found["sizes"] == {}
    assert found["dates"]["first"] is None
    assert found["orientations"] == {"landscape": 0, "portrait": 0, "square": 0}
