"""Orders in which neighbours are similar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..clustering import LINKAGES
from ..core import FeatureTable, Needs
from ..core.errors import ConfigError, unknown
from ..measurement.spaces import Space, by_name, check_space, find_image, space_needs, space_points
from . import paths
from .common import Undriven, brightness
from .registry import ORDERS

#: `LeafOrder` takes at most so many different images, about a second of work; half as many points of fewer than 32
#: numbers, whose unbalanced trees take some ten times as long.
LEAF_LIMIT = 2000

LEAF_METHODS = LINKAGES


class _PathOrder(Undriven):
    """Base of orders along a path: needs their space, and luminance."""

    on: Space

    @property
    def needs(self) -> Needs:
        return super().needs | space_needs(self.on)


def _check_effort(used_by: str, effort: float) -> None:
    if not 0 < effort < float("inf"):
        raise ConfigError(f"{used_by} needs an effort above 0, not {effort!r}")


@ORDERS.register("smooth")
@dataclass(frozen=True)
class SmoothPath(_PathOrder):
    """The shortest path through all images, so that neighbours are similar.

    An open path begins at its darker end (at the lower name where luminance is unknown) unless an end is given; a loop
    at `start` or the darkest image, and goes on to the darker of its two neighbours.

    Parameters
    ----------
    on : str, embedding or tuple
        A space: "auto" (`Cnn()` where it is installed, else `Look()`), an embedding, "features" (all of them), a
        feature, or a tuple of features.
    loop : bool
        The last image is near the first again.
    start, end : str or int, optional
        The name of an image (its path in the collection, or the last component), or its number in the order of names.
    effort : float
        Multiplies the iterations of the search, and so its time. Up to 18 images the path is exact.

    Examples
    --------
    >>> SmoothPath(on=("warmth", "sharpness"), loop=True).start is None
    True
    """

    on: Space = "auto"
    loop: bool = False
    start: str | int | None = None
    end: str | int | None = None
    effort: float = 1.0

    def __post_init__(self) -> None:
        check_space(self.on)
        if self.loop and self.end is not None:
            raise ConfigError("SmoothPath(loop=True) ends where it starts: give it a start only")
        if self.start is not None and self.start == self.end:
            raise ConfigError(f"SmoothPath cannot start and end with the same image, {self.start!r}")
        _check_effort("SmoothPath", self.effort)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp. Raise ConfigError if the table lacks the space, the start or the end."""
        rows = by_name(table)
        ordered = table.select(rows)
        start, end = find_image(ordered, self.start, "start"), find_image(ordered, self.end, "end")
        if start is not None and start == end:
            raise ConfigError(f"SmoothPath cannot start and end with the same image, {ordered.records[start].name}")
        if not len(rows):
            return rows
        points, light = space_points(ordered, self.on), brightness(ordered)
        if self.loop:
            first = int(np.argmin(light)) if start is None else start
            path = paths.shortest_path(points, True, first, None, self.effort)
            turned = len(path) > 2 and _before(light, path[-1], path[1])
            return rows[np.concatenate([path[:1], path[:0:-1]]) if turned else path]
        path = paths.shortest_path(points, False, start, end, self.effort)
        return rows[_directed(path, light) if start is None and end is None else path]


@ORDERS.register("leaves")
@dataclass(frozen=True)
class LeafOrder(_PathOrder):
    """The leaves of a hierarchical clustering, its branches turned so that neighbours are similar.

    The darker end comes first.

    Parameters
    ----------
    on : str, embedding or tuple
        A space, as for SmoothPath.
    method : str
        One of SciPy's linkage methods.

    References
    ----------
    Bar-Joseph, Gifford & Jaakkola 2001, "Fast optimal leaf ordering for hierarchical clustering".
    """

    on: Space = "auto"
    method: str = "average"

    def __post_init__(self) -> None:
        check_space(self.on)
        if self.method not in LEAF_METHODS:
            raise unknown("linkage method", self.method, LEAF_METHODS)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp. Raise ConfigError above 2,000 different images (1,000 on features)."""
        rows = by_name(table)
        ordered = table.select(rows)
        if not len(rows):
            return rows
        points = space_points(ordered, self.on)
        return rows[_directed(_leaves(points, self.method), brightness(ordered))]


@ORDERS.register("next")
@dataclass(frozen=True)
class TowardsNext(_PathOrder):
    """The shortest path through a cluster, from the cluster before it towards the cluster after it.

    Of a whole collection, or of the only cluster, it is an open smooth path.

    Parameters
    ----------
    on : str, embedding or tuple
        A space, as for SmoothPath.
    effort : float
        As for SmoothPath.
    """

    on: Space = "auto"
    effort: float = 1.0
    title: ClassVar[str] = "smooth path towards the next cluster"

    def __post_init__(self) -> None:
        check_space(self.on)
        _check_effort("TowardsNext", self.effort)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        return SmoothPath(self.on, effort=self.effort).order(table, rng)

    def between(
        self, table: FeatureTable, rows: np.ndarray, before: np.ndarray | None, after: np.ndarray | None
    ) -> np.ndarray:
        """Return the rows of a cluster in order, from the one nearest to the mean of `before` to that of `after`.

        before, after : rows of the neighbouring clusters; None: the path is open at that end.
        """
        rows = rows[by_name(table.select(rows))]
        if len(rows) < 2 or (before is None and after is None):
            return rows[self.order(table.select(rows), np.random.default_rng(0))]
        points = space_points(table, self.on)
        start = None if before is None else _nearest(points[rows], points[before].mean(axis=0))
        end = None if after is None else _nearest(points[rows], points[after].mean(axis=0), start)
        return rows[paths.shortest_path(points[rows], False, start, end, self.effort)]


def _nearest(points: np.ndarray, target: np.ndarray, but: int | None = None) -> int:
    distances = np.linalg.norm(points - target, axis=1)
    if but is not None:
        distances[but] = np.inf
    return int(np.argmin(distances))


def _before(light: np.ndarray, a: int, b: int) -> bool:
    return (light[a], a) < (light[b], b)


def _directed(path: np.ndarray, light: np.ndarray) -> np.ndarray:
    return path[::-1] if _before(light, path[-1], path[0]) else path


def _leaves(points: np.ndarray, method: str) -> np.ndarray:
    """Rows in the order of the leaves; equal points stay together, in row order."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    different, index = np.unique(points, axis=0, return_inverse=True)
    limit = LEAF_LIMIT if points.shape[1] >= 32 else LEAF_LIMIT // 2
    if len(different) > limit:
        raise ConfigError(
            f"LeafOrder takes at most {limit:,} different images, not {len(different):,}: "
            f"use SmoothPath, which has no limit, or select fewer images with where="
        )
    leaves = np.arange(len(different))
    if len(different) > 2:
        distances = pdist(different.astype(np.float64))
        leaves = leaves_list(optimal_leaf_ordering(linkage(distances, method), distances))
    position = np.empty(len(leaves), np.intp)
    position[leaves] = np.arange(len(leaves))
    return np.argsort(position[index.reshape(-1)], kind="stable")
