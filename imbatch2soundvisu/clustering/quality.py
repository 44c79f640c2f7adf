"""Quality of a clustering: measures of the points, across seeds, and against known labels.

Silhouettes of several labelings share their distances; `benchmarks/bench_clusters.py` compares with scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core import Quality
from .arrays import centred, finite_mean, indicator, parallel_map, strips

#: Silhouettes of larger collections are measured on so many images, since they need all pairwise distances.
SILHOUETTE_LIMIT = 20_000

_BLOCK = 1024


def quality(
    points: np.ndarray,
    labels: np.ndarray,
    folders: Sequence[str] | None = None,
    others: Sequence[np.ndarray] = (),
    seed: int = 0,
) -> Quality:
    """Return all measures of a clustering.

    Parameters
    ----------
    points : (n, d) array
    labels : (n,) array of int
        Negative for noise, which does not count.
    folders : sequence of str, optional
        The folder of each image. Agreement with them is measured if there are two or more.
    others : sequence of (n,) arrays
        Labels of runs with other seeds, for the stability.
    seed : int
        Of the shuffled labels (the random control), and of the sample of `SILHOUETTE_LIMIT` images of a larger
        collection; silhouettes of the others are NaN.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    labels = _labels(labels)
    if len(points) != len(labels):
        raise ValueError(f"{len(points)} points, but {len(labels)} labels")
    placed = np.flatnonzero(labels >= 0)
    own, random = _sampled_silhouettes(points, labels, seed)
    davies_bouldin, calinski_harabasz, inertia = spreads(np.asarray(points)[placed], labels[placed])
    return Quality(
        silhouette=_rounded(finite_mean(own)),
        silhouette_random=_rounded(finite_mean(random)),
        davies_bouldin=_rounded(davies_bouldin),
        calinski_harabasz=_rounded(calinski_harabasz),
        inertia=_rounded(inertia),
        silhouettes=np.round(own, 6),
        stability=_rounded(stability(labels, others)) if len(others) else None,
        agreement=agreement(folders, labels, seed),
    )


def _sampled_silhouettes(points: np.ndarray, labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Silhouettes of the labels and of shuffled ones, (n,) each, NaN for noise and for images that are not sampled."""
    rng = np.random.default_rng(seed)
    shuffled = labels.copy()
    sample = np.flatnonzero(labels >= 0)
    shuffled[sample] = labels[rng.permutation(sample)]
    if len(sample) > SILHOUETTE_LIMIT:
        sample = np.sort(rng.choice(sample, SILHOUETTE_LIMIT, replace=False))
    own, random = (np.full(len(labels), np.nan) for _ in range(2))
    own[sample], random[sample] = silhouettes(np.asarray(points)[sample], [labels[sample], shuffled[sample]])
    return own, random


def silhouettes(points: np.ndarray, labelings: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the silhouettes of the same points under several labelings, a list of (n,) float64 in [-1, 1].

    (b - a) / max(a, b), with a the mean distance to the others of the cluster and b that to the nearest other cluster;
    0 for an image alone in its cluster; NaN for negative labels, and for all if there is one cluster, or as many as
    points. The distances, which are most of the work, are computed once for all labelings.

    References
    ----------
    Rousseeuw 1987, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis".
    """
    labelings = [_labels(labels) for labels in labelings]
    counts = [int(labels.max(initial=-1)) + 1 for labels in labelings]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(int)
    if not starts[-1]:
        return [np.full(len(points), np.nan) for _ in labelings]
    points = centred(points)
    members = np.hstack([indicator(labels, k).toarray() for labels, k in zip(labelings, counts, strict=True)])
    sums = _sums_of_distances(points, members.astype(points.dtype))
    return [
        _silhouettes_of(sums[:, start : start + k], labels, k)
        for labels, k, start in zip(labelings, counts, starts[:-1], strict=True)
    ]


def _sums_of_distances(points: np.ndarray, members: np.ndarray) -> np.ndarray:
    """(n, k) float64: the distances of each point to all of each cluster, summed. Each pair is computed once."""
    n = len(points)
    total = np.zeros(members.shape)
    norms = np.einsum("ij,ij->i", points, points)

    def row_of_blocks(first: int) -> np.ndarray:
        mine = slice(first, min(n, first + _BLOCK))
        sums = np.zeros((n - first, members.shape[1]), points.dtype)
        for start in range(first, n, _BLOCK):
            theirs = slice(start, min(n, start + _BLOCK))
            block = points[mine] @ points[theirs].T
            block *= -2.0
            block += norms[mine, None]
            block += norms[theirs]
            np.maximum(block, 0.0, out=block)
            np.sqrt(block, out=block)
            if start == first:
                np.fill_diagonal(block, 0.0)
            else:
                sums[start - first : theirs.stop - first] += block.T @ members[mine]
            sums[: mine.stop - first] += block @ members[theirs]
        return sums

    firsts = range(0, n, _BLOCK)
    for first, sums in zip(firsts, parallel_map(row_of_blocks, firsts), strict=True):
        total[first:] += sums
    return total


def _silhouettes_of(sums: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    placed = labels >= 0
    sizes = np.bincount(labels[placed], minlength=k)
    result = np.full(len(labels), np.nan)
    if np.count_nonzero(sizes) < 2 or np.count_nonzero(sizes) == placed.sum():
        return result
    rows = np.flatnonzero(placed)
    own, at = labels[rows], np.arange(len(rows))
    within = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums[rows] / sizes
    means[:, sizes == 0] = np.inf
    means[at, own] = np.inf
    between = means.min(axis=1)
    larger = np.maximum(within, between)
    result[rows] = np.where((sizes[own] > 1) & (larger > 0), (between - within) / np.where(larger > 0, larger, 1.0), 0)
    return result


def spreads(points: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """Return the Davies-Bouldin index, the Calinski-Harabasz index and the inertia.

    The indices are NaN unless there are 2 to n - 1 clusters that differ. Inertia is the sum of squared distances to the
    own centroid.

    References
    ----------
    Davies & Bouldin 1979, "A cluster separation measure"; Caliński & Harabasz 1974, "A dendrite method for cluster
    analysis".
    """
    found, labels = np.unique(labels, return_inverse=True)
    k, n = len(found), len(labels)
    if not n:
        return np.nan, np.nan, np.nan
    points = np.asarray(points)
    middle = points.mean(axis=0, dtype=np.float64)
    sizes = np.bincount(labels, minlength=k)
    centres = np.stack([points[labels == each].mean(axis=0, dtype=np.float64) for each in range(k)]) - middle
    apart = np.concatenate([_squared_distances(points[rows], middle, centres, labels[rows]) for rows in strips(points)])
    inertia = float(apart.sum())
    if not 2 <= k < n or len(np.unique(centres, axis=0)) < k:
        return np.nan, np.nan, inertia
    radii = np.bincount(labels, weights=np.sqrt(apart), minlength=k) / sizes
    between = float((sizes * np.square(centres).sum(axis=1)).sum())
    calinski_harabasz = between / (k - 1) * (n - k) / inertia if inertia > 0 else np.nan
    return _davies_bouldin(radii, centres), calinski_harabasz, inertia


def _squared_distances(rows: np.ndarray, middle: np.ndarray, centres: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Squared distance of each row to its own centre, float64."""
    apart = rows.astype(np.float64) - middle - centres[own]
    return np.einsum("ij,ij->i", apart, apart)


def _davies_bouldin(radii: np.ndarray, centres: np.ndarray) -> float:
    """Mean over the clusters of the largest ratio of two radii to the distance of the centres; 0 where all are 0."""
    from scipy.spatial.distance import cdist

    apart = cdist(centres, centres)
    if np.allclose(radii, 0.0) or np.allclose(apart, 0.0):
        return 0.0
    apart[apart == 0] = np.inf
    return float(((radii[:, None] + radii) / apart).max(axis=1).mean())


def agreement(folders: Sequence[str] | None, labels: np.ndarray, seed: int = 0) -> dict[str, float]:
    """Return NMI, adjusted Rand index and purity against the folders, and for shuffled labels as `nmi_random` ...

    Noise does not count. Empty if the images lie in fewer than two folders.
    """
    labels = _labels(labels)
    placed = np.flatnonzero(labels >= 0)
    if folders is None or len(set(folders)) < 2:
        return {}
    kinds, truth = np.unique(np.asarray(folders, str)[placed], return_inverse=True)
    if len(kinds) < 2:
        return {}
    found = labels[placed]
    random = np.random.default_rng(seed).permutation(found)
    measures = {"nmi": mutual_information, "ari": adjusted_rand, "purity": purity}
    values = {name: measure(truth, found) for name, measure in measures.items()}
    values |= {f"{name}_random": measure(truth, random) for name, measure in measures.items()}
    return {name: _rounded(value) for name, value in values.items()}


def adjusted_rand(a: np.ndarray, b: np.ndarray) -> float:
    """Return the adjusted Rand index of two labelings: 1 for the same clusters, about 0 for random ones.

    References
    ----------
    Hubert & Arabie 1985, "Comparing partitions".
    """
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(a, b)) if len(a) > 1 else 1.0


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mutual information of two labelings over the mean of their entropies, [0, 1]; 1 if both are 0.

    References
    ----------
    Strehl & Ghosh 2002, "Cluster ensembles".
    """
    from sklearn.metrics import normalized_mutual_info_score

    return float(np.clip(normalized_mutual_info_score(a, b), 0.0, 1.0)) if len(a) else 1.0


def purity(truth: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose true label is the most frequent of their cluster, ]0, 1].

    References
    ----------
    Manning, Raghavan & Schütze 2008, "Introduction to information retrieval", section 16.3.
    """
    from sklearn.metrics.cluster import contingency_matrix

    return float(contingency_matrix(truth, labels).max(axis=0).sum() / len(labels)) if len(labels) else 0.0


def stability(labels: np.ndarray, others: Sequence[np.ndarray]) -> float:
    """Return the mean adjusted Rand index of the labels and those of other seeds."""
    return float(np.mean([adjusted_rand(labels, other) for other in others])) if len(others) else np.nan


def _labels(labels: np.ndarray) -> np.ndarray:
    return np.asarray(labels, np.intp)


def _rounded(value: float) -> float:
    """To 6 significant digits: further digits depend on the order of summation."""
    return float(f"{value:.6g}")
