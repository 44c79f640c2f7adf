"""Every plot can write any name, gives the same bytes twice, and draws clusters of any number and size."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.core import Clusters, ImageRecord
from imbatch2soundvisu.visuals import plots

from .samples import clusters_of, pixels, records_of

Drawing = Callable[[Path, Clusters, list[ImageRecord]], None]

NAMES = ["$x_{", "家族と猫", "🦩🏳️‍🌈", "שלום", "W" * 300, "", "\udcff\x00\n", "<b>&amp;</b>"]
DRAWINGS: dict[str, Drawing] = {
    "scatter": lambda path, g, r: plots.scatter(path, np.asarray(g.points)[:, :2], g, r, g.names[0], ("$", "家")),
    "silhouettes": lambda path, g, r: plots.silhouettes(path, g),
    "sizes": lambda path, g, r: plots.sizes(path, g),
    "sweep": lambda path, g, r: plots.sweep(path, g),
    "dendrogram": plots.dendrogram,
}


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_any_name_can_be_written_and_the_same_clusters_give_the_same_bytes(
    drawing: str, tmp_path: Path, image: Path
) -> None:
    labels = [i % len(NAMES) for i in range(3 * len(NAMES))]
    odd = clusters_of(labels, names=tuple(NAMES), by="\udcff $ 🦩")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("one.png", "two.png"):
            DRAWINGS[drawing](tmp_path / name, odd, records_of(image, len(labels)))
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_many_small_clusters_noise_and_unreadable_images_are_drawn(drawing: str, tmp_path: Path) -> None:
    labels = [-1, -1, *range(70), *range(70)]
    gone = [ImageRecord(tmp_path / "gone.jpg", str(i), 0, 0) for i in range(len(labels))]
    DRAWINGS[drawing](tmp_path / "plot.png", clusters_of(labels), gone)
    assert pixels(tmp_path / "plot.png").std() > 0


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_two_images_in_two_clusters_are_drawn(drawing: str, tmp_path: Path, image: Path) -> None:
    DRAWINGS[drawing](tmp_path / "plot.png", clusters_of([0, 1]), records_of(image, 2))
    assert pixels(tmp_path / "plot.png").std() > 0


def test_clusters_without_the_data_of_a_plot_are_refused(tmp_path: Path, image: Path) -> None:
    bare = clusters_of([0, 1], quality=None, sweep=(), tree=None)
    with pytest.raises(ValueError, match="quality"):
        plots.silhouettes(tmp_path / "a.png", bare)
    with pytest.raises(ValueError, match="sweep"):
        plots.sweep(tmp_path / "a.png", bare)
    with pytest.raises(ValueError, match="tree"):
        plots.dendrogram(tmp_path / "a.png", bare, records_of(image, 2))
