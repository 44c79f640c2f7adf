"""Profiles of clusters: means, differences from the other images in words, typical images, nearest phrases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..core import Clusters, FeatureTable, Profile
from ..core.errors import ConfigError
from ..measurement.automatic import first_space
from ..measurement.spaces import by_name
from .arrays import precision, strips
from .contents import classified, contents
from .differences import compare, differences
from .medoids import centred_where_finite, medoid, points_of


def profiles(
    table: FeatureTable,
    clusters: Clusters,
    phrases: Mapping[str, np.ndarray] | None = None,
    count: int = 6,
) -> tuple[Profile, ...]:
    """Return the profile of each cluster, in the order of the clusters.

    Parameters
    ----------
    table : FeatureTable
        The table that was clustered.
    clusters : Clusters
    phrases : mapping of str to (d,) array, optional
        Vectors of phrases in the space of an embedding. The profile has the mean cosine of the images to each.
    count : int
        Typical and atypical images, at most so many of each; no image is both.

    Raises
    ------
    ConfigError
        If no vectors of the table have the length of the phrases.
    """
    if len(clusters.labels) != len(table):
        raise ConfigError(f"the clusters have {len(clusters.labels)} images, the table has {len(table)}")
    points = points_of(clusters, table)
    points = None if points is None else centred_where_finite(points)
    unit = _unit(_vectors(table, clusters))
    similar = _similarities(table, clusters, phrases or {})
    names, probabilities = classified(table)
    rank = np.empty(len(table), np.intp)
    rank[by_name(table)] = np.arange(len(table))

    def profile(name: str, rows: np.ndarray) -> Profile:
        inside = np.isin(np.arange(len(table)), rows)
        means, rest, effects = compare(table, inside)
        typical, atypical = _typical(points, rows[np.argsort(rank[rows])], count)  # ties go by name
        shown = contents(names, probabilities, inside)
        words, nearest = differences(table, inside, effects), _nearest_phrases(similar, rows)
        share, variance, first = len(rows) / len(table), _variance(unit, rows), typical[0] if typical else -1
        return Profile(
            name, rows, share, variance, means, rest, words, effects, first, typical, atypical, nearest,
            shown.classes, shown.words,
        )  # fmt: skip

    return tuple(profile(name, rows) for name, rows in clusters)


def _vectors(table: FeatureTable, clusters: Clusters) -> np.ndarray | None:
    """The vectors whose variance is reported: of the clustering's space, else `first_space`, else its points."""
    space = clusters.space if clusters.space in table.vectors else first_space(table)
    return points_of(clusters, table) if space is None else table.vectors[space]


def _unit(vectors: np.ndarray | None) -> np.ndarray | None:
    """Rows of length 1; those without direction stay 0, those that are not finite become NaN."""
    if vectors is None:
        return None
    unit: np.ndarray = np.empty(vectors.shape, precision(vectors))
    for rows in strips(vectors):
        some = vectors[rows].astype(np.float64)
        some[~np.isfinite(some).all(axis=1)] = np.nan
        lengths = np.linalg.norm(some, axis=1, keepdims=True)
        unit[rows] = some / np.where(lengths > 0, lengths, 1.0)
    return unit


def _variance(unit: np.ndarray | None, rows: np.ndarray) -> float:
    """Mean over the dimensions of the variance of unit vectors."""
    if unit is None:
        return np.nan
    known = unit[rows][np.isfinite(unit[rows]).all(axis=1)]
    return float(known.var(axis=0, dtype=np.float64).mean()) if known.size else np.nan


def _typical(points: np.ndarray | None, rows: np.ndarray, count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows nearest to the medoid, that itself first, and those farthest from it, farthest first; none is both."""
    m = len(rows)
    if not m:
        return (), ()
    if points is None:
        return tuple(int(row) for row in rows[: min(count, -(-m // 2))]), ()
    here = points[rows]
    centre = medoid(here)
    apart = np.linalg.norm(here - here[centre], axis=1)
    apart[centre] = -1.0
    ranked = rows[np.argsort(np.round(apart, 9), kind="stable")]
    near, far = min(count, -(-m // 2)), min(count, m // 2)
    return tuple(int(row) for row in ranked[:near]), tuple(int(row) for row in ranked[::-1][:far])


def _similarities(
    table: FeatureTable, clusters: Clusters, phrases: Mapping[str, np.ndarray]
) -> tuple[tuple[str, ...], np.ndarray]:
    """The phrases, and how near each image is to each, (n, phrases) cosines."""
    if not phrases:
        return (), np.zeros((len(table), 0))
    matrix = np.stack([np.asarray(vector, np.float64).ravel() for vector in phrases.values()])
    names = sorted(table.vectors, key=lambda name: name != clusters.space)
    fitting = [name for name in names if table.vectors[name].shape[1] == matrix.shape[1]]
    if not fitting:
        raise ConfigError(f"the phrases have {matrix.shape[1]} numbers, and no vectors of the table have as many")
    unit, directions = _unit(table.vectors[fitting[0]]), _unit(matrix)
    assert unit is not None
    assert directions is not None
    return tuple(phrases), unit @ directions.T


def _nearest_phrases(similar: tuple[Sequence[str], np.ndarray], rows: np.ndarray) -> tuple[tuple[str, float], ...]:
    phrases, cosines = similar
    known = cosines[rows][np.isfinite(cosines[rows]).all(axis=1)] if phrases else np.zeros((0, 0))
    if not len(known):
        return ()
    means = np.round(np.clip(known.mean(axis=0), -1, 1), 6)
    return tuple((phrases[i], float(means[i])) for i in np.argsort(-means, kind="stable"))
