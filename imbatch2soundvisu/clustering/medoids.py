"""Medoids, and images that represent a cluster."""

from __future__ import annotations

import numpy as np

from ..core import Clusters, FeatureTable
from ..core.errors import ConfigError
from ..measurement.automatic import first_space
from ..measurement.spaces import space_points
from .arrays import centred, centroids, precision, squared_distances, strips
from .lloyd import runs_of_kmeans

#: Up to so many images the medoid is exact; of more, it is the image nearest to the centroid.
MEDOID_LIMIT = 4000


def medoid(points: np.ndarray) -> int:
    """Return the row with the least sum of distances to all others; above 4,000 rows, the one nearest to the centroid.

    Raises
    ------
    ValueError
        If there are no points.

    References
    ----------
    Kaufman & Rousseeuw 1987, "Clustering by means of medoids".

    Examples
    --------
    >>> medoid(np.array([[0.0], [1.0], [5.0]]))
    1
    """
    if not len(points):
        raise ValueError("no points have no medoid")
    points = centred(points)
    if len(points) > MEDOID_LIMIT:
        return int(np.argmin(np.einsum("ij,ij->i", points, points)))
    sums = np.sqrt(squared_distances(points, points)).sum(axis=1, dtype=np.float64)
    largest = float(sums.max())
    return int(np.argmin(np.round(sums / largest, 6))) if largest > 0 else 0


def representatives(points: np.ndarray, count: int) -> np.ndarray:
    """Return rows of `count` images that represent a cluster, (min(count, n),) intp, ascending.

    These are the images nearest to the centres of k-means with k = count, one of them replaced by the medoid. Equal
    images are chosen only when no others are left.

    Raises
    ------
    ConfigError
        If count is below 1.
    """
    if isinstance(count, bool) or count < 1:
        raise ConfigError(f"a cluster needs 1 or more images to represent it, not {count!r}")
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
    for cluster in range(count):
        rows = np.flatnonzero(labels == cluster)
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


def points_of(clusters: Clusters, table: FeatureTable | None) -> np.ndarray | None:
    """Return the points of the clusters, else those of `first_space`, else the features; None without either."""
    if clusters.points is not None or table is None:
        return clusters.points
    space = first_space(table)
    if space is not None:
        return space_points(table, space)
    return space_points(table, "features") if table.columns else None


def centred_where_finite(points: np.ndarray) -> np.ndarray:
    """Return the points minus their mean; rows that are not finite (images without a vector) become 0."""
    points = np.asarray(points)
    finite = np.isfinite(points).all(axis=1)
    middle = points.mean(axis=0, dtype=np.float64, where=finite[:, None]) if finite.any() else 0.0
    moved: np.ndarray = np.zeros(points.shape, precision(points))
    for rows in strips(points):
        np.subtract(points[rows], middle, out=moved[rows], where=finite[rows, None], casting="same_kind")
    return moved
