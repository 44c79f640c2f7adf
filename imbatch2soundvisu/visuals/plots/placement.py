"""Positions of names and thumbnails on a scatter plot, without overlaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...core import Clusters, ImageRecord
from ..text_drawing import shorten, text_width
from .canvas import Box, overlap

#: At most this many images are shown as thumbnails; the others are dots.
MOST_THUMBNAILS = 260
_TRIED = 60  # images of a cluster that are tried for its first thumbnail
_SCALES = (1.0, 0.66, 0.48)  # of thumbnails: smaller ones where larger ones do not fit


@dataclass(frozen=True)
class Points:
    """Images as points on a plot.

    Parameters
    ----------
    xy : ndarray of shape (n, 2)
        Positions in pixels; NaN for images that are not shown.
    clusters : Clusters
        Of the n images.
    area : tuple of float
        The plot: left, top, right, bottom.
    """

    xy: np.ndarray
    clusters: Clusters
    area: Box

    @property
    def rows(self) -> np.ndarray:
        """Rows of the images that are shown."""
        return np.flatnonzero(np.isfinite(self.xy).all(axis=1))

    @property
    def thumbnail_side(self) -> float:
        """Side of the larger thumbnails in pixels."""
        return float(np.clip(1250 / max(len(self.rows), 1) ** 0.5, 54, 132))

    def rows_of(self, cluster: int) -> np.ndarray:
        """Return the rows of a cluster that are shown."""
        rows = self.clusters.rows(cluster)
        return rows[np.isfinite(self.xy[rows]).all(axis=1)]


@dataclass(frozen=True)
class Name:
    """The name of a cluster, as it is written in a box."""

    cluster: int
    text: str
    box: Box


def name_size(clusters: int) -> int:
    """Return the font size of names in pixels, for a number of clusters."""
    return 21 if clusters <= 12 else 17 if clusters <= 30 else 14


def place_names(points: Points) -> list[Name]:
    """Return the names of the clusters at their medians, or near them; names that find no free place are left out."""
    clusters = points.clusters
    size = name_size(len(clusters))
    placed: list[Name] = []
    for cluster in np.argsort(-clusters.sizes, kind="stable").tolist():
        rows = points.rows_of(cluster)
        if not len(rows):
            continue
        text = shorten(clusters.names[cluster], (13 if len(clusters) <= 12 else 8) * size, size, True)
        width, height = text_width(text, size, True) + 10, 1.3 * size
        for x, y in _rings(_name_position(points, rows, height), height):
            box = _moved_inside((x - width / 2, y - height / 2, x + width / 2, y + height / 2), points.area)
            if not any(overlap(box, other.box) for other in placed):
                placed.append(Name(cluster, text, box))
                break
    return placed


def _name_position(points: Points, rows: np.ndarray, height: float) -> np.ndarray:
    """The median of the images, or below or above it where a name on top would hide them all."""
    median = np.median(points.xy[rows], axis=0)
    distances, side = np.linalg.norm(points.xy[rows] - median, axis=1), points.thumbnail_side
    if len(rows) >= 4 and np.percentile(distances, 80) >= 0.6 * side:
        return np.asarray(median)
    below = 0.5 * side + height
    return np.asarray(median + [0.0, below if median[1] + below + height < points.area[3] else -below])


def _rings(centre: np.ndarray, step: float) -> Iterator[tuple[float, float]]:
    """A position, and those around it in growing rings."""
    yield float(centre[0]), float(centre[1])
    for ring in range(1, 5):
        for angle in np.linspace(0, 2 * np.pi, 8 + 2 * ring, endpoint=False):
            yield float(centre[0] + 1.6 * ring * step * np.cos(angle)), float(centre[1] + ring * step * np.sin(angle))


def place_thumbnails(points: Points, records: Sequence[ImageRecord], occupied: Sequence[Box]) -> list[tuple[int, Box]]:
    """Return (row, box) of the images shown as thumbnails, none of which touches another or an occupied box.

    Each cluster gets one, the nearest to its median that fits. The others are tried in random order, so that the choice
    is even, images in no cluster last; smaller thumbnails fill what is left.
    """
    side = points.thumbnail_side
    sizes = [scale * side for scale in _SCALES]
    shuffled = np.random.default_rng(0).permutation(points.rows)
    noise_last = shuffled[np.argsort(points.clusters.labels[shuffled] < 0, kind="stable")].tolist()
    index = _BoxIndex(side)
    for box in occupied:
        index.add(box)
    found: dict[int, Box] = {}

    def fits(row: int, size: float) -> bool:
        if row in found or len(found) >= MOST_THUMBNAILS:
            return False
        box = _thumbnail_box(points, row, records[row], size)
        if index.overlaps(box):
            return False
        found[row] = box
        index.add(box)
        return True

    for rows in _from_medians(points):
        any(fits(row, size) for size in sizes for row in rows)
    for size in sizes:
        for row in noise_last:
            fits(row, size)
    return list(found.items())


@dataclass
class _BoxIndex:
    """Boxes by the cells of a grid that they touch."""

    step: float
    cells: dict[tuple[int, int], list[Box]] = field(default_factory=dict)

    def add(self, box: Box) -> None:
        for cell in self._touched(box):
            self.cells.setdefault(cell, []).append(box)

    def overlaps(self, box: Box) -> bool:
        return any(overlap(box, other) for cell in self._touched(box) for other in self.cells.get(cell, ()))

    def _touched(self, box: Box) -> list[tuple[int, int]]:
        across = range(int(box[0] // self.step), int(box[2] // self.step) + 1)
        return [(x, y) for x in across for y in range(int(box[1] // self.step), int(box[3] // self.step) + 1)]


def _from_medians(points: Points) -> Iterator[list[int]]:
    """The rows of each cluster, from the nearest to its median outwards; the smallest cluster first."""
    for cluster in np.argsort(points.clusters.sizes, kind="stable").tolist():
        rows = points.rows_of(cluster)
        if len(rows):
            distances = np.linalg.norm(points.xy[rows] - np.median(points.xy[rows], axis=0), axis=1)
            yield rows[np.argsort(distances, kind="stable")][:_TRIED].tolist()


def _thumbnail_box(points: Points, row: int, record: ImageRecord, side: float) -> Box:
    """The box of a thumbnail with its frame; all have the same area, whatever their aspect."""
    aspect = float(np.clip(record.width / max(record.height, 1), 0.5, 2.0)) ** 0.5
    width, height = round(side * aspect), round(side / aspect)
    left, top = round(float(points.xy[row, 0]) - width / 2), round(float(points.xy[row, 1]) - height / 2)
    return _moved_inside((left, top, left + width, top + height), points.area)


def _moved_inside(box: Box, area: Box) -> Box:
    left, top, right, bottom = area
    x = max(left + 4 - box[0], 0) + min(right - 4 - box[2], 0)
    y = max(top + 4 - box[1], 0) + min(bottom - 4 - box[3], 0)
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y
