"""Names and thumbnails on scatter plots do not hide each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imbatch2soundvisu.visuals.plots.canvas import overlap
from imbatch2soundvisu.visuals.plots.placement import MOST_THUMBNAILS, Points, place_names, place_thumbnails
from imbatch2soundvisu.visuals.plots.scatters import _plot_area, _to_pixels

from .samples import clusters_of, records_of


def test_thumbnails_hide_neither_each_other_nor_names(image: Path) -> None:
    clusters = clusters_of(np.random.default_rng(0).integers(0, 9, 900))
    coordinates = np.asarray(clusters.points)[:, :2]
    area = _plot_area(coordinates, 9)
    points = Points(_to_pixels(coordinates, area), clusters, area)
    names = [name.box for name in place_names(points)]
    boxes = [box for _, box in place_thumbnails(points, records_of(image, 900), names)]
    assert 20 < len(boxes) <= MOST_THUMBNAILS
    every = [*names, *boxes]
    assert not [1 for i, one in enumerate(every) for other in every[:i] if overlap(one, other)]
    left, top, right, bottom = area
    assert all(left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom for box in every)


def test_ten_thousand_images_have_a_few_hundred_thumbnails(image: Path) -> None:
    clusters = clusters_of(np.random.default_rng(1).integers(-1, 30, 10_000))
    coordinates = np.random.default_rng(2).normal(size=(10_000, 2))
    area = _plot_area(coordinates, 31)
    points = Points(_to_pixels(coordinates, area), clusters, area)
    placed = place_thumbnails(points, records_of(image, 10_000), [])
    assert 50 < len(placed) <= MOST_THUMBNAILS
    assert len({row for row, _ in placed}) == len(placed)
