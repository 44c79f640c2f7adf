"""Dendrograms."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from imbatch2soundvisu.visuals import plots
from imbatch2soundvisu.visuals.plots import dendrograms

from .samples import clusters_of, painted, pixels, records_of


@pytest.mark.parametrize("count", [12, 300])
def test_the_tree_has_the_colours_of_the_clusters(tmp_path: Path, image: Path, count: int) -> None:
    points = np.random.default_rng(2).normal(size=(count, 3)) + 9 * (np.arange(count) % 3)[:, None]
    tree = linkage(points, "ward")
    labels = fcluster(tree, 3, "maxclust") - 1
    clusters = clusters_of(labels, points=points.astype(np.float32), tree=tree)
    plots.dendrogram(tmp_path / "plot.png", clusters, records_of(image, count))
    image = pixels(tmp_path / "plot.png")
    middles = [np.argwhere(painted(image, colour))[:, 1] for colour in plots.palette(3)]
    spans = sorted((int(each.min()), int(each.max())) for each in middles)
    assert all(one[1] < other[0] for one, other in zip(spans, spans[1:], strict=False))


def test_leaves_are_the_images_that_have_a_vector(tmp_path: Path, image: Path) -> None:
    points = np.array([[0.0], [np.nan], [1.0], [9.0], [10.0]], np.float32)
    tree = linkage(points[[0, 2, 3, 4]], "ward")
    clusters = clusters_of([0, -1, 0, 1, 1], points=points, tree=tree)
    plots.dendrogram(tmp_path / "plot.png", clusters, records_of(image, 5))
    image = pixels(tmp_path / "plot.png")
    first, second = (np.argwhere(painted(image, colour))[:, 1] for colour in plots.palette(2))
    assert first.max() < second.min() or second.max() < first.min()
    with pytest.raises(ValueError, match="4 leaves"):
        plots.dendrogram(tmp_path / "plot.png", dataclasses.replace(clusters, points=None), records_of(image, 5))


def test_names_of_narrow_clusters_do_not_touch(tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[float, float, float]] = []

    def noted(canvas, xy, text, size, fill, **options) -> float:  # type: ignore[no-untyped-def]
        width = write(canvas, xy, text, size, fill, **options)
        if size == dendrograms._NAME_PX and options.get("align") == "centre":
            written.append((xy[1], xy[0] - width / 2, xy[0] + width / 2))
        return width

    write = dendrograms.write
    monkeypatch.setattr(dendrograms, "write", noted)
    points = np.arange(24, dtype=np.float32)[:, None] ** 2
    clusters = clusters_of(np.arange(24), points=points, tree=linkage(points, "ward"))
    plots.dendrogram(tmp_path / "plot.png", clusters, records_of(image, 24))
    assert len(written) > 12
    for y, left, right in written:
        assert all(right <= other[1] or other[2] <= left for other in written if other[0] == y and other[1] != left)
        assert right <= 1800
