"""Plots of the measures of several numbers of clusters."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imbatch2soundvisu.visuals import plots
from imbatch2soundvisu.visuals.plots import colours

from .samples import clusters_of, painted, pixels


def test_the_mark_moves_with_the_chosen_number(tmp_path: Path) -> None:
    centres = []
    for k in (2, 5):
        plots.sweep(tmp_path / "plot.png", clusters_of([*range(k)]))
        left_half = painted(pixels(tmp_path / "plot.png")[:500, :700], colours.ACCENT)
        centres.append(float(np.argwhere(left_half)[:, 1].mean()))
    assert centres[0] < centres[1]


def test_undefined_measures_leave_gaps(tmp_path: Path) -> None:
    holes = ({"k": 2.0, "silhouette": float("nan")}, {"k": 3.0, "silhouette": None, "inertia": 4.0}, {"k": 4.0})
    plots.sweep(tmp_path / "plot.png", clusters_of([0, 1, 2], sweep=holes))
    assert (tmp_path / "plot.png").is_file()
