"""Runs of k-means (k-means++ and Lloyd's algorithm) whose results do not depend on the number of cores.

`benchmarks/bench_clusters.py` compares them with scikit-learn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import centred, centroids, parallel_map

#: Runs initialised together: their candidates are measured against the points in one matrix product.
_TOGETHER = 5
_TOLERANCE = 1e-4
_BATCH = 4096


@dataclass(frozen=True)
class Run:
    """One run: (n,) labels, the sum of squared distances to the centres, whether it converged within `max_iter`."""

    labels: np.ndarray
    inertia: float
    converged: bool


def runs_of_kmeans(points: np.ndarray, k: int, seeds: Sequence[int], max_iter: int, batches: bool) -> list[Run]:
    """Return independent runs, the best (lowest inertia, then first) first and the others in the order of their seeds.

    k-means++ with 2 + log k candidates a step, then Lloyd's algorithm until no label changes or the centres move by
    less than 1e-4 of the mean variance. batches : use scikit-learn's mini-batches instead. Matrix products make an
    iteration two to three times as fast as scikit-learn's.
    """
    points = centred(points)
    if batches:
        found = list(parallel_map(lambda seed: _mini_batches(points, k, seed, max_iter), seeds))
    else:
        together = [seeds[i : i + _TOGETHER] for i in range(0, len(seeds), _TOGETHER)]
        size = points.size
        starts = [
            start
            for starts in parallel_map(lambda each: _kmeans_plus_plus(points, k, each), together, size)
            for start in starts
        ]
        found = list(parallel_map(lambda start: _lloyd(points, start, max_iter), starts, size))
    best = min(range(len(found)), key=lambda i: (float(f"{found[i].inertia:.6g}"), i))
    return [found[best], *found[:best], *found[best + 1 :]]


def _kmeans_plus_plus(points: np.ndarray, k: int, seeds: Sequence[int]) -> list[np.ndarray]:
    """The k initial centres of k-means++ for each seed, (k, d)."""
    n, trials = len(points), 2 + int(math.log(k))
    generators = [np.random.default_rng(seed) for seed in seeds]
    norms = np.einsum("ij,ij->i", points, points)
    chosen = [[int(rng.integers(n))] for rng in generators]
    nearest = np.stack([_from(points, norms, np.array(rows))[0] for rows in chosen])
    for _ in range(k - 1):
        candidates = np.concatenate(
            [_drawn(apart, rng, trials) for apart, rng in zip(nearest, generators, strict=True)]
        )
        apart = _from(points, norms, candidates).reshape(len(seeds), trials, n)
        np.minimum(apart, nearest[:, None], out=apart)
        best = apart.sum(axis=2, dtype=np.float64).argmin(axis=1)
        for i, trial in enumerate(best):
            chosen[i].append(int(candidates[i * trials + trial]))
            nearest[i] = apart[i, trial]
    return [points[rows] for rows in chosen]


def _from(points: np.ndarray, norms: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Squared distances of all points from some of them, (len(rows), n); rounding noise counts as 0."""
    apart = points[rows] @ points.T
    apart *= -2.0
    apart += norms
    apart += norms[rows, None]
    apart[apart < 16 * np.finfo(points.dtype).eps * norms.max(initial=0.0)] = 0.0
    return apart


def _drawn(apart: np.ndarray, rng: np.random.Generator, trials: int) -> np.ndarray:
    """Rows drawn with probability proportional to their squared distance from the nearest centre."""
    sums = np.cumsum(apart, dtype=np.float64)
    return np.minimum(np.searchsorted(sums, rng.random(trials) * sums[-1], side="right"), len(apart) - 1)


def _lloyd(points: np.ndarray, centres: np.ndarray, max_iter: int) -> Run:
    limit = _TOLERANCE * float(points.var(axis=0, dtype=np.float64).mean())
    labels, converged = _nearest(points, centres), False
    for _ in range(max_iter):
        moved = _without_empty_clusters(points, labels, centroids(points, labels, len(centres)))
        shift = float(np.square(moved - centres, dtype=np.float64).sum())
        centres, before = moved, labels
        labels = _nearest(points, centres)
        if shift <= limit or np.array_equal(labels, before):
            converged = True
            break
    inertia = math.fsum(
        _inertia(points[at : at + _BATCH], centres, labels[at : at + _BATCH]) for at in range(0, len(points), _BATCH)
    )
    return Run(labels, inertia, converged)


def _inertia(points: np.ndarray, centres: np.ndarray, labels: np.ndarray) -> float:
    apart = points - centres[labels]
    return float(np.einsum("ij,ij->i", apart, apart).sum(dtype=np.float64))


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    scores = points @ centres.T
    scores *= -2.0
    scores += np.einsum("ij,ij->i", centres, centres)
    return scores.argmin(axis=1)


def _without_empty_clusters(points: np.ndarray, labels: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """A centre that lost all its points moves to the point that lies farthest from its own."""
    empty = np.flatnonzero(np.isnan(centres[:, 0])) if centres.shape[1] else np.empty(0, np.intp)
    if len(empty):
        apart = points - centres[labels]
        farthest = np.argsort(-np.einsum("ij,ij->i", apart, apart), kind="stable")[: len(empty)]
        centres[empty] = points[farthest]
    return centres


def _mini_batches(points: np.ndarray, k: int, seed: int, max_iter: int) -> Run:
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(k, n_init=1, batch_size=_BATCH, max_iter=max_iter, random_state=seed, compute_labels=True)
    model.fit(points)
    return Run(np.asarray(model.labels_, np.intp), float(model.inertia_), True)
