"""The tree of a hierarchy: which images, then which parts, were joined, and where it was cut."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from ...core import Clusters, ImageRecord
from ...core.errors import ImageError
from ...datasets import images
from ..text_drawing import text_width
from .board import MARGIN, Box, colour, head, new_axes, new_figure, pixels, rules, save, write
from .colours import IN_NONE, INK, NOISE, PANEL, QUIET, palette

#: At most so many leaves; of larger trees only the topmost joins are shown.
MOST_LEAVES = 32
_WIDTH, _TOP, _TREE = 1800, 124, 560


def dendrogram(path: Path, groups: Clusters, records: Sequence[ImageRecord]) -> None:
    """Write the tree of `groups.tree` in the colours of the parts, the cut marked, as a PNG 1800 px wide.

    Under each leaf is its image, or the one in the middle of those it stands for, and how many these are; under
    them, the parts. Raises ValueError where there is no tree.
    """
    if groups.tree is None or not len(groups.tree):
        raise ValueError("a dendrogram needs the tree of a hierarchy")
    tree = np.asarray(groups.tree, np.float64)
    n = len(tree) + 1
    images = _images(groups, n)
    colours = (*palette(len(groups)), NOISE)
    parts = _parts_of_nodes(tree, groups.labels[images])
    drawn = _drawn(tree, min(n, MOST_LEAVES), parts, colours)
    leaves = [int(node) for node in drawn["leaves"]]
    area: Box = (MARGIN + 62, _TOP + 22, _WIDTH - MARGIN, _TOP + 22 + _TREE)
    step = (area[2] - area[0]) / len(leaves)
    side = round(min(step - 6, 96))
    below = side + (50 if len(leaves) < n else 26)
    figure = new_figure(_WIDTH, round(area[3]) + below + 62)
    axes = new_axes(figure, area, "y")
    rules(axes, "y")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    _draw_tree(axes, drawn, len(leaves))
    cut = _cut(tree, len(groups))
    if cut is not None:
        axes.axhline(cut, color=INK, linewidth=1.3, linestyle=(0, (5, 3)), zorder=4)
    limits = axes.get_ylim()
    board = pixels(figure)
    shown = "" if len(leaves) == n else f"the topmost {len(leaves) - 1:,} of {n - 1:,} joins"
    head(board, "How the parts grew together", "  ·  ".join(text for text in (groups.by, shown) if text))
    write(board, (area[0] - 8, area[1] - 12), "distance", 14, QUIET, align="right")
    if cut is not None:
        y = area[3] - (area[3] - area[1]) * (cut - limits[0]) / (limits[1] - limits[0])
        text = f"cut at {cut:.3g}: {len(groups)} parts"
        write(board, (area[2] - 10, y - 8), text, 15, INK, align="right", halo=True)
    for place, node in enumerate(leaves):
        middle = area[0] + (place + 0.5) * step
        rows = images[_leaves(tree, node)]
        _leaf(board, groups, records, rows, (middle, area[3] + 8), side, colours[parts[node]])
        if len(leaves) < n:
            write(board, (middle, area[3] + side + 32), f"{len(rows):,}", 14, QUIET, align="centre")
    _name_parts(board, groups, [int(parts[node]) for node in leaves], colours, (area[0], step), area[3] + below)
    save(path, board)


def _parts_of_nodes(tree: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The part that every image under a node is in, (2n - 1,) int; -1 for noise, and for several."""
    n = len(tree) + 1
    parts = np.full(2 * n - 1, -1, np.intp)
    parts[:n] = labels
    for at, (left, right) in enumerate(tree[:, :2].astype(int)):
        parts[n + at] = parts[left] if parts[left] == parts[right] else -1
    return parts


def _drawn(tree: np.ndarray, leaves: int, parts: np.ndarray, colours: Sequence[str]) -> dict[str, Any]:
    """What scipy would draw."""
    from scipy.cluster.hierarchy import dendrogram as lay_out

    def tint(node: int) -> str:
        return colours[parts[node]] if parts[node] >= 0 else QUIET

    truncated = leaves < len(tree) + 1
    return dict(
        lay_out(
            tree, p=leaves, truncate_mode="lastp" if truncated else None, no_plot=True, no_labels=True,
            link_color_func=tint,
        )
    )  # fmt: skip


def _draw_tree(axes, drawn: dict[str, Any], leaves: int) -> None:  # type: ignore[no-untyped-def]
    from matplotlib.collections import LineCollection

    lines = [np.column_stack(ends) for ends in zip(drawn["icoord"], drawn["dcoord"], strict=True)]
    axes.add_collection(LineCollection(lines, colors=drawn["color_list"], linewidths=1.8, capstyle="round", zorder=3))
    axes.set_xlim(0, 10 * leaves)
    axes.set_ylim(0, max(float(np.max(drawn["dcoord"])), 1e-12) * 1.06)


def _cut(tree: np.ndarray, parts: int) -> float | None:
    """The height between the last join that was made and the first that was not; None where nothing was cut."""
    heights = tree[:, 2]
    if not 1 < parts <= len(heights):
        return None
    return float((heights[-parts] + heights[1 - parts]) / 2)


def _images(groups: Clusters, leaves: int) -> np.ndarray:
    """The row of each leaf: all images, or those that have a vector. Raises ValueError where they are not as many."""
    rows = np.arange(len(groups.labels))
    if len(rows) != leaves and groups.points is not None:
        rows = rows[np.isfinite(groups.points).all(axis=1)]
    if len(rows) != leaves:
        raise ValueError(f"the tree has {leaves} leaves, for {len(rows)} images")
    return rows


def _leaves(tree: np.ndarray, node: int) -> np.ndarray:
    """The leaves under a node, ascending."""
    n, found, waiting = len(tree) + 1, [], [node]
    while waiting:
        each = waiting.pop()
        if each < n:
            found.append(each)
        else:
            waiting += [int(tree[each - n, 0]), int(tree[each - n, 1])]
    return np.array(sorted(found), np.intp)


def _leaf(
    board: Image.Image,
    groups: Clusters,
    records: Sequence[ImageRecord],
    rows: np.ndarray,
    at: tuple[float, float],
    side: int,
    tint: str,
) -> None:
    row = int(rows[0])
    if groups.points is not None and len(rows) > 1:
        points = groups.points[rows].astype(np.float64)
        row = int(rows[np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1).round(9))])
    x, y = round(at[0] - side / 2), round(at[1])
    draw = ImageDraw.Draw(board)
    draw.rectangle((x, y, x + side - 1, y + side - 1), fill=colour(tint))
    try:
        image = images.open_to_fit(records[row], (side - 4, side - 4), "fill")
    except ImageError:
        draw.rectangle((x + 2, y + 2, x + side - 3, y + side - 3), fill=colour(PANEL))
        return
    board.paste(Image.fromarray(image), (x + 2, y + 2))


def _name_parts(
    board: Image.Image,
    groups: Clusters,
    parts: Sequence[int],
    colours: Sequence[str],
    grid: tuple[float, float],
    y: float,
) -> None:
    """A bracket under the leaves of each part, and its name where there is room."""
    left, step = grid
    draw = ImageDraw.Draw(board)
    starts = [0, *(i for i in range(1, len(parts)) if parts[i] != parts[i - 1]), len(parts)]
    for first, last in zip(starts, starts[1:], strict=False):
        part, x, end = parts[first], left + first * step + 3, left + last * step - 3
        draw.rectangle((x, y - 4, end, y - 1), fill=colour(colours[part]))
        name = groups.names[part] if part >= 0 else IN_NONE
        if end - x >= min(34.0, text_width(name, 15)):
            write(board, ((x + end) / 2, y + 22), name, 15, INK, align="centre", room=end - x)
