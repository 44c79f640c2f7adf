"""The map: images as points, those that lie together beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ...core import Clusters, ImageRecord
from ...core.errors import ImageError
from ...datasets import images
from ..text_drawing import shorten, text_width
from .board import MARGIN, Box, colour, head, mixed, new_axes, new_figure, overlap, pixels, save, write, write_up
from .colours import GROUND, IN_NONE, INK, LINE, NOISE, PANEL, QUIET, palette

#: At most this many images are shown as thumbnails; the others are dots.
MOST_THUMBNAILS = 260
_WIDTH, _LEFT, _TOP, _RIGHT, _LEGEND = 1800, MARGIN + 26, 124, 1436, 1472
_LOWEST, _HIGHEST = 640, 1080  # of the map
_BELOW = 66
_INSET = 52.0
_ROW = 16.5  # of the legend, at least
_FRAME = 3
_TRIED = 60  # rows of a part that are tried for its first thumbnail


def scatter(
    path: Path,
    points: np.ndarray,
    groups: Clusters,
    records: Sequence[ImageRecord],
    title: str,
    axes: tuple[str, str] = ("", ""),
) -> None:
    """Write a map of the images with the colours of their parts, as a PNG 1800 px wide.

    points : (n, 2), undefined ones are left out. axes : what runs to the right and upwards. Both have one scale, so
    distances compare. Thumbnails stand at their points, in the frame of their part, and never hide each other or a
    name: what finds no room is a dot. Names stand at the medians of their parts.
    """
    shown = np.isfinite(points).all(axis=1)
    places = np.full(points.shape, np.nan)
    legend = _legend_rows(groups)
    area = _area(points[shown], len(legend))
    places[shown] = _placed(points[shown], area)
    colours = np.array([*palette(len(groups)), NOISE])
    board = _dots(places[shown], colours[groups.labels[shown]], area)
    names = _names(places, groups, shown, area)
    thumbnails = _chosen(places, groups, records, shown, [box for _, _, box in names], area)
    for row, box in thumbnails:
        _thumbnail(board, records[row], box, str(colours[groups.labels[row]]))
    for part, text, box in names:
        fill = mixed(str(colours[part]), "#ffffff", 0.35)
        size = _name_size(len(groups))
        write(
            board, ((box[0] + box[2]) / 2, box[3] - 0.36 * size), text, size, fill, align="centre", bold=True, halo=True
        )
    count = f"{int(shown.sum()):,} images, {len(thumbnails):,} of them as thumbnails"
    head(board, title, "  ·  ".join(part for part in (count, groups.by) if part))
    left, top, right, bottom = area
    write(board, ((left + right) / 2, bottom + 34), axes[0], 16, QUIET, align="centre", room=right - left)
    write_up(board, (left - 20, (top + bottom) / 2), axes[1], 16, QUIET, bottom - top)
    _write_legend(board, legend, colours, area)
    save(path, board)


def _area(points: np.ndarray, rows: int) -> Box:
    """Where the map stands: as high as its points and its legend ask for, within limits."""
    spans = np.ptp(points, axis=0).astype(np.float64) if len(points) else np.ones(2)
    height = (_RIGHT - _LEFT - 2 * _INSET) * spans[1] / max(spans[0], 1e-12) + 2 * _INSET
    return _LEFT, _TOP, _RIGHT, _TOP + round(float(np.clip(max(height, rows * _ROW), _LOWEST, _HIGHEST)))


def _placed(points: np.ndarray, area: Box) -> np.ndarray:
    """Points in px of the map, at one scale, upwards for larger values."""
    left, top, right, bottom = area
    if not len(points):
        return points
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    spans = np.maximum(high - low, 1e-12)
    scale = min((right - left - 2 * _INSET) / spans[0], (bottom - top - 2 * _INSET) / spans[1])
    if (high - low).max() <= 1e-12:
        scale = 0.0
    middle = (low + high) / 2
    return np.array([(left + right) / 2, (top + bottom) / 2]) + (points - middle) * scale * np.array([1.0, -1.0])


def _dots(places: np.ndarray, colours: np.ndarray, area: Box) -> Image.Image:
    left, top, right, bottom = area
    figure = new_figure(_WIDTH, round(bottom) + _BELOW)
    axes = new_axes(figure, area, "")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    for at in (0.25, 0.5, 0.75):
        axes.axvline(left + at * (right - left), color=LINE, linewidth=0.7, alpha=0.6)
        axes.axhline(top + at * (bottom - top), color=LINE, linewidth=0.7, alpha=0.6)
    width = float(np.clip(140 / max(len(places), 1) ** 0.5, 3.2, 9.0)) * 0.72  # px to points
    turn = np.random.default_rng(0).permutation(len(places))  # so that no part lies on top of all others
    x, y = places[turn].T
    axes.scatter(x, y, s=width**2, c=list(colours[turn]), edgecolors=GROUND, linewidths=0.25, zorder=3)
    return pixels(figure)


def _names(places: np.ndarray, groups: Clusters, shown: np.ndarray, area: Box) -> list[tuple[int, str, Box]]:
    """(part, text, box) of each name: at the median of its part, or near to it; without room there, only the legend
    has it."""
    size = _name_size(len(groups))
    taken: list[tuple[int, str, Box]] = []
    for part in np.argsort(-groups.sizes, kind="stable"):
        rows = groups.rows(int(part))
        rows = rows[shown[rows]]
        if not len(rows):
            continue
        text = shorten(groups.names[part], (13 if len(groups) <= 12 else 8) * size, size, True)
        width, height = text_width(text, size, True) + 10, 1.3 * size
        middle = np.median(places[rows], axis=0)
        away, side = np.linalg.norm(places[rows] - middle, axis=1), _side(int(shown.sum()))
        if len(rows) < 4 or np.percentile(away, 80) < 0.6 * side:  # a name on top would hide all there is
            below = 0.5 * side + height
            middle = middle + [0.0, below if middle[1] + below + height < area[3] else -below]
        for x, y in _around(middle, height):
            box = _inside((x - width / 2, y - height / 2, x + width / 2, y + height / 2), area)
            if not any(overlap(box, other) for _, _, other in taken):
                taken.append((int(part), text, box))
                break
    return taken


def _name_size(parts: int) -> int:
    return 21 if parts <= 12 else 17 if parts <= 30 else 14


def _around(middle: np.ndarray, step: float) -> Iterable[tuple[float, float]]:
    """A place, and those around it in growing rings."""
    yield float(middle[0]), float(middle[1])
    for ring in range(1, 5):
        for turn in np.linspace(0, 2 * np.pi, 8 + 2 * ring, endpoint=False):
            yield float(middle[0] + 1.6 * ring * step * np.cos(turn)), float(middle[1] + ring * step * np.sin(turn))


def _inside(box: Box, area: Box) -> Box:
    """A box, moved into the map."""
    left, top, right, bottom = area
    x = max(left + 4 - box[0], 0) + min(right - 4 - box[2], 0)
    y = max(top + 4 - box[1], 0) + min(bottom - 4 - box[3], 0)
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _chosen(
    places: np.ndarray,
    groups: Clusters,
    records: Sequence[ImageRecord],
    shown: np.ndarray,
    taken: Sequence[Box],
    area: Box,
) -> list[tuple[int, Box]]:
    """(row, box) of the images that are shown as thumbnails, no two of which touch each other or a name.

    Each part gets one, the nearest to its middle that finds room; then come all others in no order, so that the choice
    is even, noise last; smaller ones fill what room is left.
    """
    rows = np.flatnonzero(shown)
    side = _side(len(rows))
    sizes = side, 0.66 * side, 0.48 * side
    mixed_up = np.random.default_rng(0).permutation(rows)
    noise_last = mixed_up[np.argsort(groups.labels[mixed_up] < 0, kind="stable")].tolist()
    found: dict[int, Box] = {}
    bins: dict[tuple[int, int], list[Box]] = {}

    def fits(row: int, size: float) -> bool:
        box = _frame_box(places[row], records[row], size, area)
        near = (other for key in _bins(box, side) for other in bins.get(key, ()))
        if row in found or len(found) >= MOST_THUMBNAILS or any(overlap(box, other) for other in near):
            return False
        found[row] = box
        _put(bins, box, side)
        return True

    for box in taken:
        _put(bins, box, side)
    for members in _from_the_middle(places, groups, shown):
        any(fits(row, size) for size in sizes for row in members)
    for size in sizes:
        for row in noise_last:
            fits(row, size)
    return list(found.items())


def _side(images: int) -> float:
    """Px of the larger thumbnails."""
    return float(np.clip(1250 / max(images, 1) ** 0.5, 54, 132))


def _put(bins: dict[tuple[int, int], list[Box]], box: Box, step: float) -> None:
    for key in _bins(box, step):
        bins.setdefault(key, []).append(box)


def _bins(box: Box, step: float) -> list[tuple[int, int]]:
    """The squares of a grid that a box lies in."""
    across = range(int(box[0] // step), int(box[2] // step) + 1)
    return [(x, y) for x in across for y in range(int(box[1] // step), int(box[3] // step) + 1)]


def _from_the_middle(places: np.ndarray, groups: Clusters, shown: np.ndarray) -> list[list[int]]:
    """The rows of each part, from the one nearest to its median outwards; the smallest part first."""
    found = []
    for part in np.argsort(groups.sizes, kind="stable"):
        rows = groups.rows(int(part))
        rows = rows[shown[rows]]
        if len(rows):
            away = np.linalg.norm(places[rows] - np.median(places[rows], axis=0), axis=1)
            found.append(rows[np.argsort(away, kind="stable")][:_TRIED].tolist())
    return found


def _frame_box(place: np.ndarray, record: ImageRecord, side: float, area: Box) -> Box:
    """Where a thumbnail stands, its frame and a px around it counted in; all take the same area."""
    aspect = float(np.clip(record.width / max(record.height, 1), 0.5, 2.0)) ** 0.5
    width, height = round(side * aspect), round(side / aspect)
    left, top = round(float(place[0]) - width / 2), round(float(place[1]) - height / 2)
    return _inside((left, top, left + width, top + height), area)


def _thumbnail(board: Image.Image, record: ImageRecord, box: Box, frame: str) -> None:
    left, top, right, bottom = (round(each) for each in box)
    draw = ImageDraw.Draw(board)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=colour(GROUND))
    draw.rectangle((left + 1, top + 1, right - 2, bottom - 2), fill=colour(frame))
    inner = (right - left - 2 * _FRAME - 2, bottom - top - 2 * _FRAME - 2)
    try:
        image = images.open_to_fit(record, inner, "fill")
    except ImageError:
        image = np.full((inner[1], inner[0], 3), colour(PANEL), np.uint8)
    board.paste(Image.fromarray(image), (left + 1 + _FRAME, top + 1 + _FRAME))


def _legend_rows(groups: Clusters) -> list[tuple[int, str, int]]:
    """(part, name, size) of every part, noise last."""
    rows = [(part, name, int(groups.sizes[part])) for part, name in enumerate(groups.names)]
    noise = int((groups.labels < 0).sum())
    return [*rows, (-1, IN_NONE, noise)] if noise else rows


def _write_legend(board: Image.Image, rows: list[tuple[int, str, int]], colours: np.ndarray, area: Box) -> None:
    """Every part with its colour, name and size; as many as there is room for."""
    room = area[3] - area[1]
    step = float(np.clip(room / max(len(rows), 1), _ROW, 34))
    most = int(room / step + 1e-6)
    left = rows[most - 1 :] if len(rows) > most else []
    rows = rows[: most - 1] if left else rows
    size = int(np.clip(step * 0.68, 12, 17))
    draw, end = ImageDraw.Draw(board), _WIDTH - MARGIN
    for line, (part, name, count) in enumerate(rows):
        y = area[1] + (line + 0.5) * step
        side = 0.4 * size
        draw.rectangle((_LEGEND, y - side, _LEGEND + 2 * side, y + side), fill=colour(str(colours[part])))
        used = write(board, (end, y + 0.36 * size), f"{count:,}", size, QUIET, align="right")
        start = _LEGEND + 1.5 * size
        write(board, (start, y + 0.36 * size), name, size, INK, room=end - used - 12 - start)
    if left:
        more = f"and {len(left):,} more, {sum(count for _, _, count in left):,} images"
        write(board, (_LEGEND, area[1] + (most - 0.5) * step + 0.36 * size), more, size, QUIET)
