"""Walks: orders in which neighbours are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import pdist

from ..clustering import LINKAGES
from ..core import FeatureTable, Needs
from ..core.errors import ConfigError, unknown
from ..measurement.spaces import Space, by_name, check_space, find_image, space_needs, space_points
from . import paths
from .common import Undriven, brightness
from .registry import ORDERS

#: `LeafOrder` takes at most so many different images, a second or so of work; points of fewer than 32 numbers give
#: lopsided trees that take some ten times as long, so half as many of them.
LEAF_LIMIT = 2000

LEAF_METHODS = LINKAGES


class _Walk(Undriven):
    """What walks share: the space they look at, and luminance, which is seen along the way."""

    on: Space

    @property
    def needs(self) -> Needs:
        return super().needs | space_needs(self.on)


def _check_effort(wanted_by: str, effort: float) -> None:
    if not 0 < effort < float("inf"):
        raise ConfigError(f"{wanted_by} needs an effort above 0, not {effort!r}")


@ORDERS.register("smooth")
@dataclass(frozen=True)
class SmoothPath(_Walk):
    """The smoothest walk: from each image to one that is like it, over the whole collection.

    on : a space of vectors ("look"), an embedding, "features" (all of them), a feature, or a tuple of features.
    loop : the last image is near the first again. start, end : an image's name (the path in the collection, or its
    last part), or its number in the order of names, from 0. seconds : time to search, at most.

    An open walk begins at its darker end (at the one with the lower name where luminance is not known), unless an end
    is given; a loop at `start` or the darkest image, and on to the darker of its two neighbours.
    """

    on: Space = "look"
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
        """All rows, [shape=(n,), intp]. Raises ConfigError for a space, a start or an end that the table lacks."""
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
            walk = paths.shortest_path(points, True, first, None, self.effort)
            turned = len(walk) > 2 and _before(light, walk[-1], walk[1])
            return rows[np.concatenate([walk[:1], walk[:0:-1]]) if turned else walk]
        walk = paths.shortest_path(points, False, start, end, self.effort)
        return rows[_directed(walk, light) if start is None and end is None else walk]


@ORDERS.register("leaves")
@dataclass(frozen=True)
class LeafOrder(_Walk):
    """A family tree of the images, its branches turned so that neighbours are alike (optimal leaf ordering).

    on : as for SmoothPath. method : how the tree is grown, one of scipy's linkage methods. The darker end comes first.
    Source: Bar-Joseph, Gifford & Jaakkola 2001.
    """

    on: Space = "look"
    method: str = "average"

    def __post_init__(self) -> None:
        check_space(self.on)
        if self.method not in LEAF_METHODS:
            raise unknown("linkage method", self.method, LEAF_METHODS)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]. Raises ConfigError above 2,000 different images (1,000 on features)."""
        rows = by_name(table)
        ordered = table.select(rows)
        if not len(rows):
            return rows
        points = space_points(ordered, self.on)
        return rows[_directed(_leaves(points, self.method), brightness(ordered))]


@ORDERS.register("next")
@dataclass(frozen=True)
class TowardsNext(_Walk):
    """The smooth walk through a part of a split that begins near the part before it and ends near the part after it.

    on : as for SmoothPath. Of a whole collection, or of the only part, it is an open smooth path.
    """

    on: Space = "look"
    effort: float = 1.0
    title: ClassVar[str] = "smooth path towards the next part"

    def __post_init__(self) -> None:
        check_space(self.on)
        _check_effort("TowardsNext", self.effort)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]."""
        return SmoothPath(self.on, effort=self.effort).order(table, rng)

    def between(
        self, table: FeatureTable, part: np.ndarray, before: np.ndarray | None, after: np.ndarray | None
    ) -> np.ndarray:
        """The rows `part` of a table in order, from the one nearest to the middle of `before` to that of `after`.

        before, after : rows of the parts beside it; None: the walk is open at that end.
        """
        rows = part[by_name(table.select(part))]
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


def _directed(walk: np.ndarray, light: np.ndarray) -> np.ndarray:
    return walk[::-1] if _before(light, walk[-1], walk[0]) else walk


def _leaves(points: np.ndarray, method: str) -> np.ndarray:
    """Rows in the order of the leaves; equal points stay together, in row order."""
    different, group = np.unique(points, axis=0, return_inverse=True)
    limit = LEAF_LIMIT if points.shape[1] >= 32 else LEAF_LIMIT // 2
    if len(different) > limit:
        raise ConfigError(
            f"LeafOrder takes at most {limit:,} different images, not {len(different):,}: "
            f"use SmoothPath, which has no limit, or filter with where="
        )
    leaves = np.arange(len(different))
    if len(different) > 2:
        distances = pdist(different.astype(np.float64))
        leaves = leaves_list(optimal_leaf_ordering(linkage(distances, method), distances))
    position = np.empty(len(leaves), np.intp)
    position[leaves] = np.arange(len(leaves))
    return np.argsort(position[group.reshape(-1)], kind="stable")
