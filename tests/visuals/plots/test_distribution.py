"""The distribution plot of a collection."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import visuals
from imbatch2soundvisu.core import FeatureTable, ImageRecord


@pytest.mark.parametrize("columns", [
    {},
    {"luminance": np.array([0.1, 0.9, np.nan]), "hue": np.array([10.0, 200.0, np.nan])},
    {"luminance": np.full(3, np.nan), "hue": np.full(3, np.nan), "colourfulness": np.array([1.0, 250.0, 30.0])},
])  # fmt: skip
def test_distribution_plot_takes_missing_columns_and_values(columns: dict, tmp_path: Path) -> None:
    table = FeatureTable(tuple(ImageRecord(Path(str(i)), "", 1, 1) for i in range(3)), columns)
    for name in "ab":
        visuals.distribution_plot(tmp_path / f"{name}.png", table)
    assert Image.open(tmp_path / "a.png").size == (1200, 360)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_distribution_plot_differs_with_the_values(tmp_path: Path) -> None:
    images = tuple(ImageRecord(Path(str(i)), "", 1, 1) for i in range(30))
    for name, level in (("dark", 0.1), ("bright", 0.9)):
        table = FeatureTable(images, {"luminance": np.full(30, level)})
        visuals.distribution_plot(tmp_path / f"{name}.png", table)
    assert (tmp_path / "dark.png").read_bytes() != (tmp_path / "bright.png").read_bytes()
