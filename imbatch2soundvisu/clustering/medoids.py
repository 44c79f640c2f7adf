"""Images that stand for a part, and parts in an order that makes neighbours alike."""

from __future__ import annotations

import numpy as np

from ..core import Clusters, FeatureTable
from ..core.errors import ConfigError
from ..measurement.spaces import first_space, space_points
from ..sorting.paths import shortest_path
from .arrays import centred, centroids, finite_mean, squared_distances
from .lloyd import runs_of_kmeans

#: Up to so many images the medoid is exact; of more, it is the image nearest to the centroid.
MEDOID_LIMIT = 4000


def medoid(points: np.ndarray) -> int:
    """The row with the least sum of distances to all others, the lowest of equal ones; above 4,000 rows, the one
    nearest to the centroid. Raises ValueError for no points. Kaufman & Rousseeuw 1987.

    >>> medoid(np.array([[0.0], [1.0], [5.0]]))
    1
    """
    if not len(points):
        raise ValueError("no points, no medoid")
    points = centred(points)
    if len(points) > MEDOID_LIMIT:
        return int(np.argmin(np.einsum("ij,ij->i", points, points)))
    sums = np.sqrt(squared_distances(points, points)).sum(axis=1, dtype=np.float64)
    largest = float(sums.max())
    return int(np.argmin(np.round(sums / largest, 6))) if largest > 0 else 0


def representatives(points: np.ndarray, count: int) -> np.ndarray:
    """Rows of `count` images that cover all of a part, (min(count, n),) intp, ascending: not the first, nor the most
    typical ones only. The part is divided in `count` by k-means, and the image nearest to each centre chosen, and the
    medoid for the one nearest to it; equal images come in only when nothing else is left. Raises ConfigError for a
    count below 1.
    """
    if isinstance(count, bool) or count < 1:
        raise ConfigError(f"a part needs 1 or more images to represent it, not {count!r}")
    n = len(points)
    if count >= n:
        return np.arange(n)
    order = np.lexsort(np.asarray(points).T[::-1]) if np.shape(points)[1] else np.arange(n)
    ordered = centred(np.asarray(points)[order])
    labels = runs_of_kmeans(ordered, count, (0, 1, 2), 100, batches=False)[0].labels
    centres = centroids(ordered, labels, count)
    apart = ordered - centres[labels]
    squares = np.einsum("ij,ij->i", apart, apart)
    chosen: list[int] = []
    for part in range(count):
        rows = np.flatnonzero(labels == part)
        if len(rows):
            chosen.append(int(rows[np.lexsort((order[rows], np.round(squares[rows], 9)))[0]]))
    middle = medoid(ordered)
    if middle not in chosen:
        away = squared_distances(ordered[[middle]], ordered[chosen])[0]
        chosen[int(np.argmin(away))] = middle
    while len(chosen) < count:  # fewer different images than were asked for
        nearest = squared_distances(ordered, ordered[chosen]).min(axis=1)
        nearest[chosen] = -1.0
        chosen.append(int(np.lexsort((order, -nearest))[0]))
    return np.sort(order[chosen])


def part_order(groups: Clusters, table: FeatureTable | None = None, seconds: float = 0.5) -> np.ndarray:
    """Parts in an order that makes neighbours alike, (k,) intp: the shortest path through their centroids.

    It begins at its darker end where `table` has luminance, else at the larger. Bins and dates stay in the order they
    have. Centroids are those of the grouping's own points; of parts without points (folders) those of
    `first_space`, or of the features. Exact up to 18 parts. seconds : to search, at most, for more.
    """
    k = len(groups)
    points = points_of(groups, table)
    if groups.ordered or k < 2 or points is None:
        return np.arange(k)
    walk = shortest_path(centroids(centred_where_finite(points), groups.labels, k), seconds=seconds)
    brightness = None
    if table is not None and "luminance" in table.columns:
        values = table["luminance"]
        brightness = [finite_mean(values[groups.rows(part)]) for part in (walk[0], walk[-1])]
    if brightness is not None and np.isfinite(brightness).all() and brightness[0] != brightness[1]:
        return walk if brightness[0] < brightness[1] else walk[::-1].copy()
    first, last = (int(groups.sizes[part]) for part in (walk[0], walk[-1]))
    turned = (last, -walk[-1]) > (first, -walk[0])
    return walk[::-1].copy() if turned else walk


def points_of(groups: Clusters, table: FeatureTable | None) -> np.ndarray | None:
    """The points the grouping saw, else those of `first_space`, else the features; None where there is neither."""
    if groups.points is not None or table is None:
        return groups.points
    space = first_space(table)
    if space is not None:
        return space_points(table, space)
    return space_points(table, "features") if table.columns else None


def centred_where_finite(points: np.ndarray) -> np.ndarray:
    """Points about their mean, rows that are not finite (images without a vector) at the middle."""
    points = np.asarray(points, np.float64)
    finite = np.isfinite(points).all(axis=1)
    middle = points[finite].mean(axis=0) if finite.any() else 0.0
    return np.where(finite[:, None], points - middle, 0.0)
