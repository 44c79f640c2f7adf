"""How good a grouping is: measures within the points, across seeds, and against labels that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core import Quality
from .arrays import centred, centroids, finite_mean, indicator, parallel_map, squared_distances

#: Silhouettes of larger collections are measured on so many images: all distances between all images are needed.
SILHOUETTE_LIMIT = 20_000

_BLOCK = 1024


def quality(
    points: np.ndarray,
    labels: np.ndarray,
    folders: Sequence[str] | None = None,
    others: Sequence[np.ndarray] = (),
    seed: int = 0,
) -> Quality:
    """All measures of a grouping.

    points : (n, d), Euclidean distances mean unlikeness. labels : (n,) int, negative for noise, which does not count.
    folders : (n,) what folder each image lies in; agreement with them is measured where there are two or more.
    others : labels that other seeds gave, for the stability. seed : of the shuffled labels, the random control, and of
    the sample of `SILHOUETTE_LIMIT` images that stands for more of them; silhouettes of the others are NaN.
    Raises ValueError where the lengths differ.
    """
    labels = _labels(labels)
    if len(points) != len(labels):
        raise ValueError(f"{len(points)} points, but {len(labels)} labels")
    rng = np.random.default_rng(seed)
    shuffled = labels.copy()
    placed = np.flatnonzero(labels >= 0)
    shuffled[placed] = labels[rng.permutation(placed)]
    sample = np.sort(rng.choice(placed, SILHOUETTE_LIMIT, replace=False)) if len(placed) > SILHOUETTE_LIMIT else placed
    own, random = silhouettes(np.asarray(points)[sample], [labels[sample], shuffled[sample]])
    every = np.full(len(labels), np.nan)
    every[sample] = np.round(own, 6)
    told = spreads(np.asarray(points)[placed], labels[placed])
    return Quality(
        silhouette=_rounded(finite_mean(own)),
        silhouette_random=_rounded(finite_mean(random)),
        davies_bouldin=_rounded(told[0]),
        calinski_harabasz=_rounded(told[1]),
        inertia=_rounded(told[2]),
        silhouettes=every,
        stability=_rounded(stability(labels, others)) if len(others) else None,
        agreement=agreement(folders, labels, seed),
    )


def silhouettes(points: np.ndarray, labelings: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Silhouettes of the same points under several labelings, a list of (n,) float64 in [-1, 1].

    (b - a) / max(a, b), with a the mean distance to the others of its part and b that to the nearest other part; 0 for
    an image alone in its part; NaN for negative labels, and for all where there is one part, or as many as points.
    The distances, which are most of the work, are computed once for all labelings. Source: Rousseeuw 1987.
    """
    labelings = [_labels(labels) for labels in labelings]
    parts = [int(labels.max(initial=-1)) + 1 for labels in labelings]
    starts = np.concatenate([[0], np.cumsum(parts)]).astype(int)
    if not starts[-1]:
        return [np.full(len(points), np.nan) for _ in labelings]
    points = centred(points)
    members = np.hstack([indicator(labels, k).toarray() for labels, k in zip(labelings, parts, strict=True)])
    sums = _sums_of_distances(points, members.astype(points.dtype))
    return [
        _silhouettes_of(sums[:, start : start + k], labels, k)
        for labels, k, start in zip(labelings, parts, starts[:-1], strict=True)
    ]


def _sums_of_distances(points: np.ndarray, members: np.ndarray) -> np.ndarray:
    """(n, parts) float64: the distances of each point to all of each part, summed. Each pair is computed once."""
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


def _silhouettes_of(sums: np.ndarray, labels: np.ndarray, parts: int) -> np.ndarray:
    placed = labels >= 0
    sizes = np.bincount(labels[placed], minlength=parts)
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
    """Davies-Bouldin index, Calinski-Harabasz index and inertia; the first two NaN where there is nothing to compare.

    Davies-Bouldin: mean over the parts of the worst (s_i + s_j) / d_ij, with s the mean distance to the own centroid
    and d that between centroids (Davies & Bouldin 1979). Calinski-Harabasz: variance between over variance within, each
    by its degrees of freedom (Caliński & Harabasz 1974). Inertia: sum of squared distances to the own centroid.
    """
    found, labels = np.unique(labels, return_inverse=True)
    k, n = len(found), len(labels)
    if not n:
        return np.nan, np.nan, np.nan
    points = np.asarray(points, np.float64)
    points = points - points.mean(axis=0)
    centres = centroids(points, labels, k)
    apart = points - centres[labels]
    squares = np.einsum("ij,ij->i", apart, apart)
    inertia = float(squares.sum())
    if k < 2:
        return np.nan, np.nan, inertia
    sizes = np.bincount(labels)
    scatter = np.bincount(labels, np.sqrt(squares)) / sizes
    distances = np.sqrt(squared_distances(centres, centres))
    np.fill_diagonal(distances, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (scatter[:, None] + scatter) / distances
    davies_bouldin = float(ratios.max(axis=1).mean()) if np.isfinite(ratios).all() else np.nan
    between = float((sizes * np.einsum("ij,ij->i", centres, centres)).sum())
    calinski = between / (k - 1) / (inertia / (n - k)) if n > k and inertia > 0 else np.nan
    return davies_bouldin, calinski, inertia


def agreement(folders: Sequence[str] | None, labels: np.ndarray, seed: int = 0) -> dict[str, float]:
    """NMI, adjusted Rand index and purity with the folders as labels, and of shuffled labels as `nmi_random` ...

    Of the images that are in a part. Empty where these lie in fewer than two folders.
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
    told = {name: measure(truth, found) for name, measure in measures.items()}
    told |= {f"{name}_random": measure(truth, random) for name, measure in measures.items()}
    return {name: _rounded(value) for name, value in told.items()}


def adjusted_rand(a: np.ndarray, b: np.ndarray) -> float:
    """How far two labelings put the same pairs together: 1 the same parts, 0 as by chance. Hubert & Arabie 1985."""
    table = _contingency(a, b)
    together, pairs_a, pairs_b = (_pairs(counts) for counts in (table, table.sum(axis=1), table.sum(axis=0)))
    every = _pairs(np.array([len(a)]))
    if not every:
        return 1.0
    expected = pairs_a * pairs_b / every
    most = (pairs_a + pairs_b) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """Normalised mutual information, [0, 1], over the mean of both entropies. Strehl & Ghosh 2002; 1 if both are 0."""
    table = _contingency(a, b) / max(len(a), 1)
    outer = np.outer(table.sum(axis=1), table.sum(axis=0))
    seen = table > 0
    shared = float((table[seen] * np.log(table[seen] / outer[seen])).sum())
    mean = (_entropy(table.sum(axis=1)) + _entropy(table.sum(axis=0))) / 2
    return min(max(shared / mean, 0.0), 1.0) if mean > 0 else 1.0


def purity(truth: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose label of truth is the commonest of their part, ]0, 1]. Manning et al. 2008."""
    return float(_contingency(truth, labels).max(axis=0).sum() / max(len(labels), 1))


def stability(labels: np.ndarray, others: Sequence[np.ndarray]) -> float:
    """Mean adjusted Rand index of a grouping and of those that other seeds gave."""
    return float(np.mean([adjusted_rand(labels, other) for other in others])) if len(others) else np.nan


def _contingency(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    rows, a = np.unique(a, return_inverse=True)
    columns, b = np.unique(b, return_inverse=True)
    return np.bincount(a * len(columns) + b, minlength=len(rows) * len(columns)).reshape(len(rows), len(columns))


def _pairs(counts: np.ndarray) -> float:
    counts = counts.astype(np.float64)
    return float((counts * (counts - 1)).sum() / 2)


def _entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _labels(labels: np.ndarray) -> np.ndarray:
    return np.asarray(labels, np.intp)


def _rounded(value: float) -> float:
    """To 6 significant digits: what lies beyond depends on how sums were shared among cores."""
    return float(f"{value:.6g}")
