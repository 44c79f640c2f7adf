"""The tree of a hierarchical clustering: which images, then which clusters, were merged, and where it was cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from ...core import Clusters, ImageRecord
from ..text_drawing import text_width
from .canvas import MARGIN, Box, cropped, draw_halo, grid_lines, heading, new_axes, new_figure, render, rgb, save, write
from .colours import IN_NONE, MUTED, NOISE, TEXT, palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: At most so many leaves; of larger trees only the last merges are shown.
MOST_LEAVES = 32
_WIDTH, _LEFT, _TOP, _TREE = 1800, MARGIN + 62, 146, 560
_FRAME = 2
_NAME_PX, _NAME_ROWS = 15, 2  # names that would touch each other are in the next row


@dataclass(frozen=True)
class _Tree:
    """A linkage matrix with its images.

    linkage : (n - 1, 4) float64. rows : (n,) row of each leaf. cluster_of : (2n - 1,) cluster of all images under a
    node; -1 for noise, and for several clusters.
    """

    linkage: np.ndarray
    rows: np.ndarray
    cluster_of: np.ndarray

    @classmethod
    def of(cls, clusters: Clusters) -> _Tree:
        linkage = np.asarray(clusters.tree, np.float64)
        rows = _leaf_rows(clusters, len(linkage) + 1)
        return cls(linkage, rows, _clusters_of_nodes(linkage, clusters.labels[rows]))

    @property
    def leaves(self) -> int:
        return len(self.rows)

    def rows_under(self, node: int) -> np.ndarray:
        """Return the rows of the images under a node, ascending by leaf."""
        found, waiting = [], [node]
        while waiting:
            each = waiting.pop()
            if each < self.leaves:
                found.append(each)
            else:
                left, right = self.linkage[each - self.leaves, :2]
                waiting += [int(left), int(right)]
        return self.rows[np.array(sorted(found), np.intp)]

    def cut_height(self, clusters: int) -> float | None:
        """Return the height between the last merge that was made and the first that was not; None without a cut."""
        heights = self.linkage[:, 2]
        if not 1 < clusters <= len(heights):
            return None
        return float((heights[-clusters] + heights[1 - clusters]) / 2)


def dendrogram(path: Path, clusters: Clusters, records: Sequence[ImageRecord]) -> None:
    """Write the tree of a hierarchical clustering in the colours of the clusters, as a PNG 1800 pixels wide.

    Under each leaf is its image, or the image nearest to the mean of those below the leaf, and their number;
    under them, the clusters. A dashed line marks where the tree was cut.

    Parameters
    ----------
    path : Path
        The file.
    clusters : Clusters
        With `tree`.
    records : sequence of ImageRecord
        The images.

    Raises
    ------
    ValueError
        If the clusters have no tree, or one of another number of images.
    """
    if clusters.tree is None or not len(clusters.tree):
        raise ValueError("a dendrogram needs the tree of a hierarchical clustering")
    tree = _Tree.of(clusters)
    colours = (*palette(len(clusters)), NOISE)
    layout = _layout(tree, colours)
    nodes = [int(node) for node in layout["leaves"]]
    truncated = len(nodes) < tree.leaves
    area: Box = (_LEFT, _TOP, _WIDTH - MARGIN, _TOP + _TREE)
    step = (area[2] - area[0]) / len(nodes)
    side = round(min(step - 6, 96))
    names_top = area[3] + side + (50 if truncated else 26)
    figure = new_figure(_WIDTH, round(names_top) + 62 + 20 * (_NAME_ROWS - 1))
    axes = new_axes(figure, area, "y")
    cut = tree.cut_height(len(clusters))
    _draw_tree(axes, layout, len(nodes), cut)
    canvas = render(figure)
    shown = f"the last {len(nodes) - 1:,} of {tree.leaves - 1:,} merges" if truncated else ""
    heading(canvas, "How the clusters were merged", "  ·  ".join(text for text in (clusters.by, shown) if text))
    write(canvas, (area[0] - 8, area[1] - 12), "distance", 14, MUTED, align="right")
    _write_cut(canvas, area, axes.get_ylim(), cut, len(clusters))
    for place, node in enumerate(nodes):
        rows, centre = tree.rows_under(node), area[0] + (place + 0.5) * step
        record = records[_nearest_to_mean(clusters, rows)]
        _draw_leaf(canvas, record, (round(centre - side / 2), round(area[3] + 8)), side, colours[tree.cluster_of[node]])
        if truncated:
            write(canvas, (centre, area[3] + side + 32), f"{len(rows):,}", 14, MUTED, align="centre")
    _write_names(canvas, clusters, [int(tree.cluster_of[node]) for node in nodes], step, names_top)
    save(path, canvas)


def _leaf_rows(clusters: Clusters, leaves: int) -> np.ndarray:
    """The row of each leaf: all images, or those that have a vector."""
    rows = np.arange(len(clusters.labels))
    if len(rows) != leaves and clusters.points is not None:
        rows = rows[np.isfinite(clusters.points).all(axis=1)]
    if len(rows) != leaves:
        raise ValueError(f"the tree has {leaves} leaves, for {len(rows)} images")
    return rows


def _clusters_of_nodes(linkage: np.ndarray, labels: np.ndarray) -> np.ndarray:
    n = len(linkage) + 1
    found = np.full(2 * n - 1, -1, np.intp)
    found[:n] = labels
    for i, (left, right) in enumerate(linkage[:, :2].astype(int)):
        found[n + i] = found[left] if found[left] == found[right] else -1
    return found


def _layout(tree: _Tree, colours: Sequence[str]) -> dict[str, Any]:
    """Return the coordinates and colours of the tree's lines, as scipy computes them."""
    from scipy.cluster.hierarchy import dendrogram as lay_out

    def colour_of(node: int) -> str:
        return colours[tree.cluster_of[node]] if tree.cluster_of[node] >= 0 else MUTED

    mode = "lastp" if tree.leaves > MOST_LEAVES else None
    p = min(tree.leaves, MOST_LEAVES)
    options = {"no_plot": True, "no_labels": True, "link_color_func": colour_of}
    return dict(lay_out(tree.linkage, p=p, truncate_mode=mode, **options))


def _draw_tree(axes: Axes, layout: dict[str, Any], leaves: int, cut: float | None) -> None:
    from matplotlib.collections import LineCollection

    grid_lines(axes, "y")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    lines = [np.column_stack(ends) for ends in zip(layout["icoord"], layout["dcoord"], strict=True)]
    colours = layout["color_list"]
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=1.8, capstyle="round", zorder=3))
    axes.set_xlim(0, 10 * leaves)
    axes.set_ylim(0, max(float(np.max(layout["dcoord"])), 1e-12) * 1.06)
    if cut is not None:
        axes.axhline(cut, color=TEXT, linewidth=1.3, linestyle=(0, (5, 3)), zorder=4)


def _write_cut(canvas: Image.Image, area: Box, limits: tuple[float, float], cut: float | None, clusters: int) -> None:
    if cut is not None:
        y = area[3] - (area[3] - area[1]) * (cut - limits[0]) / (limits[1] - limits[0])
        text = f"cut at {cut:.3g}: {clusters} clusters"
        draw_halo(canvas, (area[2] - 10, y - 8), text, 15, "right")
        write(canvas, (area[2] - 10, y - 8), text, 15, TEXT, "right")


def _nearest_to_mean(clusters: Clusters, rows: np.ndarray) -> int:
    if clusters.points is None or len(rows) == 1:
        return int(rows[0])
    points = clusters.points[rows].astype(np.float64)
    return int(rows[np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1).round(9))])


def _draw_leaf(canvas: Image.Image, record: ImageRecord, xy: tuple[int, int], side: int, frame: str) -> None:
    x, y = xy
    ImageDraw.Draw(canvas).rectangle((x, y, x + side - 1, y + side - 1), fill=rgb(frame))
    canvas.paste(cropped(record, (side - 2 * _FRAME, side - 2 * _FRAME)), (x + _FRAME, y + _FRAME))


def _write_names(canvas: Image.Image, clusters: Clusters, found: Sequence[int], step: float, top: float) -> None:
    """Draw a bracket under the leaves of each cluster, and write its name in the first row where it fits."""
    draw = ImageDraw.Draw(canvas)
    colours = (*palette(len(clusters)), NOISE)
    starts = [0, *(i for i in range(1, len(found)) if found[i] != found[i - 1]), len(found)]
    free = [0.0] * _NAME_ROWS
    for first, last in zip(starts, starts[1:], strict=False):
        cluster, x, end = found[first], _LEFT + first * step + 3, _LEFT + last * step - 3
        draw.rectangle((x, top - 4, end, top - 1), fill=rgb(colours[cluster]))
        name = clusters.names[cluster] if cluster >= 0 else IN_NONE
        longest = max(end - x, 3 * step)
        half = min(text_width(name, _NAME_PX), longest) / 2
        centre = min((x + end) / 2, canvas.width - 10 - half)
        row = next((i for i, edge in enumerate(free) if centre - half >= edge), None)
        if row is not None:
            free[row] = centre + half + 10
            write(canvas, (centre, top + 22 + 20 * row), name, _NAME_PX, TEXT, align="centre", max_width=longest)
