"""Scatter plots."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.visuals import plots

from .samples import clusters_of, painted, pixels


def test_larger_coordinates_are_further_right_and_up(tmp_path: Path) -> None:
    gone = [ImageRecord(tmp_path / "gone.jpg", str(i), 9, 9) for i in range(4)]
    where = np.array([[0.0, 0.0], [8.0, 1.0], [3.0, 9.0], [np.nan, 2.0]])
    plots.scatter(tmp_path / "map.png", where, clusters_of([0, 1, 2, 2]), gone, "map")
    image = pixels(tmp_path / "map.png")[:, :1436]
    x, y = zip(*(np.argwhere(painted(image, colour)).mean(axis=0)[::-1] for colour in plots.palette(3)), strict=True)
    assert x[0] < x[2] < x[1]
    assert y[2] < y[1] < y[0]  # rows count downwards
