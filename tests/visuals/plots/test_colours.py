"""Colours of clusters."""

from __future__ import annotations

import colorsys

import numpy as np

from imbatch2soundvisu.visuals import plots
from imbatch2soundvisu.visuals.plots import colours


def test_a_cluster_has_the_same_colour_in_any_number_of_clusters() -> None:
    most = plots.palette(60)
    assert all(plots.palette(k) == most[:k] for k in (0, 1, 5, 20))
    assert len({*most, plots.NOISE}) == 61
    assert len(plots.palette(500)) == 500


def test_colours_differ_more_than_evenly_spaced_hues_for_every_kind_of_vision() -> None:
    def worst(wheel: list[tuple[float, float, float]]) -> float:
        perceived = colours._perceived(np.array(wheel))
        apart = np.array([colours._distance(perceived, perceived[:, i]) for i in range(len(wheel))])
        return float(apart[~np.eye(len(wheel), dtype=bool)].min())

    for k in (8, 16, 30):
        even = [colorsys.hsv_to_rgb(i / k, 0.7, 0.9) for i in range(k)]
        assert worst([colours._rgb(each) for each in plots.palette(k)]) > worst(even)
