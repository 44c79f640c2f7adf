"""Bars are as long as the values they show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.visuals import plots

from .samples import clusters_of, painted, pixels


def test_bars_of_silhouettes_are_proportional_to_their_values(tmp_path: Path) -> None:
    labels = np.repeat([0, 1], 30)
    plots.silhouettes(tmp_path / "plot.png", clusters_of(labels, np.where(labels == 0, 0.8, 0.2)))
    image = pixels(tmp_path / "plot.png")[:, 390:]
    good, poor = (painted(image, colour).any(axis=0).sum() for colour in plots.palette(2))
    assert good / poor == pytest.approx(4, rel=0.05)


def test_bars_of_sizes_are_proportional_to_the_sizes(tmp_path: Path) -> None:
    plots.sizes(tmp_path / "plot.png", clusters_of([0] * 40 + [1] * 10 + [-1] * 5))
    image = pixels(tmp_path / "plot.png")[:, 390:]
    long, short = (painted(image, colour).any(axis=0).sum() for colour in plots.palette(2))
    assert long / short == pytest.approx(4, rel=0.05)
