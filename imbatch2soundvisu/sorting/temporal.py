"""The order in time of the images of a shot, found from the images alone; and orders that keep a motion going."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core import FeatureTable, Needs
from ..core.errors import ConfigError
from ..features.motion.passes import Motion
from ..features.motion.thumbnails import Thumbnail
from ..measurement.spaces import by_name
from . import paths
from .common import Undriven
from .registry import ORDERS
from .shot_poses import poses

_THUMBNAILS, _FLOW = "thumbnail", "optical_flow"
_APPEARANCE = 0.02  # px of camera motion that one grey level of difference (root mean square) counts as


@ORDERS.register("temporal")
@dataclass(frozen=True)
class TemporalOrder(Undriven):
    """The order in time of a shuffled shot, by where the camera was and what moved.

    Images are aligned with those that look like them; the order is the shortest path through the positions of the
    camera, and through what the images show where the camera stands still. Images that cannot be aligned are of other
    shots, which follow one another by similarity. Whether a shot runs forwards or backwards cannot be seen: it has
    the direction that agrees better with the dates, else with the names.

    Parameters
    ----------
    effort : float
        As for SmoothPath.
    """

    effort: float = 1.0
    title: ClassVar[str] = "recovered order in time"
    space: ClassVar[str] = _THUMBNAILS

    def __post_init__(self) -> None:
        _check_effort(self, self.effort)

    @property
    def needs(self) -> Needs:
        return super().needs | Needs(passes=(Thumbnail(),))

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        rows = by_name(table)
        if len(rows) < 3:
            return rows
        thumbnails = table.vectors[_THUMBNAILS][rows]
        return rows[temporal_order(thumbnails, _names_or_dates(table, rows), self.effort)]


def temporal_order(thumbnails: np.ndarray, hints: np.ndarray, effort: float = 1.0) -> np.ndarray:
    """Return the order in time of images, (n,) intp; see `TemporalOrder`.

    Parameters
    ----------
    thumbnails : ndarray of shape (n, 4096)
        Grey levels.
    hints : ndarray of shape (n,)
        Dates, or places in another order, that decide on the direction of each shot.
    effort : float
        As for SmoothPath.
    """
    found = poses(thumbnails)
    small = np.nan_to_num(np.asarray(thumbnails, np.float64))
    points = np.hstack([found.positions, small * (_APPEARANCE / np.sqrt(small.shape[1]))])
    count = int(found.components.max()) + 1
    shots = [np.flatnonzero(found.components == number) for number in range(count)]
    ordered = [each[_directed(paths.shortest_path(points[each], effort=effort), hints[each])] for each in shots]
    means = np.stack([small[each].mean(axis=0) for each in shots])
    return np.concatenate([ordered[number] for number in paths.shortest_path(means, effort=effort)])


def _directed(path: np.ndarray, hints: np.ndarray) -> np.ndarray:
    values = np.nan_to_num(hints[path])
    rising = float((np.arange(len(path)) - (len(path) - 1) / 2) @ (values - values.mean()))
    return path[::-1] if rising < 0 else path


def _names_or_dates(table: FeatureTable, rows: np.ndarray) -> np.ndarray:
    """Ranks of the dates from EXIF data where all images have one; else places in the order of names."""
    records = [table.records[row] for row in rows]
    if all(record.taken is not None and record.taken_from == "exif" for record in records):
        seconds = np.array([record.taken for record in records], "datetime64[us]").astype(np.int64)
        return np.unique(seconds, return_inverse=True)[1].astype(np.float64)
    return np.arange(len(rows), dtype=np.float64)


@ORDERS.register("motion-path")
@dataclass(frozen=True)
class MotionPath(Undriven):
    """Images whose motion continues: the shortest path through their motions.

    The motion of an image is the optical flow from the image before it in its folder, in 4 x 4 cells. The sum of the
    differences between the motions of neighbours is minimised, so that what moves to the left is followed by what moves
    to the left as fast, and turns are gradual. Differences in speed count by the square root of the speed. Images
    without a motion, such as the first of each shot, come last, in the order of names. Images of several shots are
    mixed where their motions are alike; `clusters=Shots()` keeps shots apart.

    Parameters
    ----------
    effort : float
        As for SmoothPath.
    """

    effort: float = 1.0
    title: ClassVar[str] = "path of continued motion"
    space: ClassVar[str] = _FLOW

    def __post_init__(self) -> None:
        _check_effort(self, self.effort)

    @property
    def needs(self) -> Needs:
        return super().needs | Needs(passes=(Motion(),))

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        rows = by_name(table)
        if len(rows) < 3:
            return rows
        found = np.asarray(table.vectors[_FLOW][rows], np.float64)
        moves = np.isfinite(found).all(axis=1)
        if moves.sum() < 3:
            return np.concatenate([rows[moves], rows[~moves]])
        vectors = found[moves]
        speeds = np.linalg.norm(vectors, axis=1, keepdims=True)
        points = vectors / np.sqrt(np.maximum(speeds, 1e-12))
        path = paths.shortest_path(points, effort=self.effort)
        still_first = speeds[path[0], 0] <= speeds[path[-1], 0]
        return np.concatenate([rows[moves][path if still_first else path[::-1]], rows[~moves]])


def _check_effort(order: object, effort: float) -> None:
    if not 0 < effort < float("inf"):
        raise ConfigError(f"{type(order).__name__} needs an effort above 0, not {effort!r}")
