"""How well a map of two dimensions keeps the neighbours of a space."""

from __future__ import annotations

import numpy as np

_SAMPLE = 2000  # images whose neighbours are compared, of larger collections
_BLOCK = 256


def map_quality(vectors: np.ndarray, points: np.ndarray, k: int = 10, seed: int = 0) -> dict[str, float]:
    """Return how well the neighbours of images in a space are their neighbours on a map.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        The images in the space.
    points : ndarray of shape (n, 2)
        The images on the map; those without a place (NaN) do not count.
    k : int
        Neighbours that count; fewer for fewer than 3 k images.
    seed : int
        Of the sample of 2,000 images that larger collections are measured by.

    Returns
    -------
    dict
        Each from 0 to 1, higher is better. "trustworthiness": neighbours on the map are neighbours in the space;
        "continuity": neighbours in the space are neighbours on the map; "kNN recall": the share of the k nearest in the
        space that are among the k nearest on the map. NaN for fewer than 4 images.

    References
    ----------
    J. Venna and S. Kaski (2001), "Neighborhood preservation in nonlinear projection methods", ICANN.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(60, 2))
    >>> map_quality(points, points * 3)["kNN recall"]
    1.0
    """
    placed = np.isfinite(points).all(axis=1) & np.isfinite(vectors).all(axis=1)
    vectors, points = np.asarray(vectors, np.float64)[placed], np.asarray(points, np.float64)[placed]
    count = len(points)
    k = min(k, (count - 1) // 3)
    if k < 1:
        return dict.fromkeys(("trustworthiness", "continuity", "kNN recall"), float("nan"))
    rows = np.arange(count)
    if count > _SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(count, _SAMPLE, replace=False))
    intruders, missing, shared = 0.0, 0.0, 0
    for start in range(0, len(rows), _BLOCK):
        some = rows[start : start + _BLOCK]
        near, there = _ranks(vectors, some), _ranks(points, some)
        near_k, there_k = near < k, there < k
        intruders += float((near - k + 1)[there_k & ~near_k].sum())
        missing += float((there - k + 1)[near_k & ~there_k].sum())
        shared += int((near_k & there_k).sum())
    scale = 2 / (len(rows) * k * (2 * count - 3 * k - 1))
    return {
        "trustworthiness": 1 - scale * intruders,
        "continuity": 1 - scale * missing,
        "kNN recall": shared / (len(rows) * k),
    }


def _ranks(points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rank of every image by its distance from each of `rows`, 0 for the nearest other one; itself is last."""
    squares = np.einsum("ij,ij->i", points, points)
    far = squares - 2 * points[rows] @ points.T
    far[np.arange(len(rows)), rows] = np.inf
    order = np.argsort(far, axis=1, kind="stable")
    ranks = np.empty(order.shape, np.int64)
    np.put_along_axis(ranks, order, np.arange(len(points))[None].repeat(len(rows), axis=0), axis=1)
    return ranks
