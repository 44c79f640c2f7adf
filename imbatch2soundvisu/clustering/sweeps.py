"""The number of clusters: measures over a range of k, the choice of k, and a test for any structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .quality import silhouettes, spreads
from .reductions import principal_axes

#: A sweep uses at most so many images; the clusters are then computed from all.
SWEEP_LIMIT = 5000
#: Ranges with more values of k than this are swept coarse to fine.
FULL_SWEEP = 20

_COARSE = 10
_REFERENCE_LIMIT = 1000
_REFERENCES = 5

#: Points, k and a seed to labels.
Assign = Callable[[np.ndarray, int, int], np.ndarray]


def sweep(points: np.ndarray, low: int, high: int, assign: Assign, seed: int) -> list[dict[str, float]]:
    """Return the measures for each k from low to high, ascending; of more than 20 values coarse to fine.

    Each is {k, silhouette, davies_bouldin, calinski_harabasz, inertia}.
    """
    ks = range(low, high + 1)
    if len(ks) <= FULL_SWEEP:
        return _measured(points, ks, assign, seed)
    coarse = sorted({int(k) for k in np.rint(np.linspace(low, high, _COARSE))})
    found = _measured(points, coarse, assign, seed)
    best = coarse.index(int(max(found, key=lambda each: _score(each["silhouette"]))["k"]))
    near = range(coarse[max(best - 1, 0)], coarse[min(best + 1, len(coarse) - 1)] + 1)
    finer = [k for k in near if k not in coarse]
    step = -(-len(finer) // FULL_SWEEP)
    return sorted(found + _measured(points, finer[::step] if step else [], assign, seed), key=lambda each: each["k"])


def _measured(points: np.ndarray, ks: Sequence[int], assign: Assign, seed: int) -> list[dict[str, float]]:
    labelings = [assign(points, k, seed) for k in ks]
    found = []
    for k, labels, each in zip(ks, labelings, silhouettes(points, labelings), strict=True):
        silhouette = float(np.mean(each)) if len(each) else np.nan
        measures = (silhouette, *spreads(points, labels))
        names = ("silhouette", "davies_bouldin", "calinski_harabasz", "inertia")
        rounded = {name: float(f"{value:.6g}") for name, value in zip(names, measures, strict=True)}
        found.append({"k": float(k)} | rounded)
    return found


def elbow(ks: Sequence[float], inertias: Sequence[float]) -> int | None:
    """Return the k at which the inertia is farthest below the chord between its ends; None for under 3 values.

    References
    ----------
    Satopää et al. 2011, "Finding a kneedle in a haystack".
    """
    at = bend(ks, inertias)
    return None if at is None else int(ks[at])


def bend(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> int | None:
    """Return the index of the point farthest below the chord between the ends of a curve; None if none is."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)  # type: ignore[assignment]
    if len(x) < 3 or np.ptp(x) <= 0 or np.ptp(y) <= 0:
        return None
    along, up = (x - x[0]) / (x[-1] - x[0]), (y - y.min()) / np.ptp(y)
    below = np.round(up[0] + (up[-1] - up[0]) * along - up, 9)
    at = int(np.argmax(below))
    return at if below[at] > 0 else None


def choose(found: Sequence[Mapping[str, float]]) -> tuple[int, str]:
    """Return k and the reason in one sentence.

    k has the highest silhouette; among those within 1 % of it, most of the other measures favour it, then it is
    the lowest.
    """
    ks = [int(each["k"]) for each in found]
    scores = [_score(each["silhouette"]) for each in found]
    top = max(scores)
    bend_at = elbow(ks, [each["inertia"] for each in found])
    favourites = {
        "Davies-Bouldin": _favourite(found, "davies_bouldin", lowest=True),
        "Calinski-Harabasz": _favourite(found, "calinski_harabasz", lowest=False),
    }
    votes = [*favourites.values(), bend_at]
    as_good = [k for k, score in zip(ks, scores, strict=True) if score >= top - 0.01 * abs(top)]
    k = min(as_good, key=lambda each: (-votes.count(each), each))
    silhouette = scores[ks.index(k)]
    span = f" of k = {ks[0]} to {ks[-1]}" if len(ks) > 1 else ""
    if silhouette >= top:
        reason = f"highest silhouette ({silhouette:.2f}){span}"
    else:
        leader = ks[scores.index(top)]
        preferred = votes.count(k) > votes.count(leader)
        why = "more of the other measures favour it" if preferred else "it has fewer clusters"
        reason = f"silhouette {silhouette:.3f}, within 1 % of the highest{span} ({top:.3f} at {leader}), and {why}"
    agree = [name for name, favourite in favourites.items() if favourite == k]
    differ = [f"{name} would take {favourite}" for name, favourite in favourites.items() if favourite not in (k, None)]
    sentences = [f"{' and '.join(agree)} {'agree' if len(agree) > 1 else 'agrees'}"] if agree else []
    sentences.append(", ".join(differ))
    if bend_at is not None:
        sentences.append("the elbow is there too" if bend_at == k else f"the elbow is at {bend_at}")
    return k, f"k = {k}: " + "; ".join([reason, *(each for each in sentences if each)])


def _favourite(found: Sequence[Mapping[str, float]], name: str, lowest: bool) -> int | None:
    values = [(each[name] if lowest else -each[name], int(each["k"])) for each in found if np.isfinite(each[name])]
    return min(values)[1] if values else None


def _score(silhouette: float) -> float:
    return round(silhouette, 3) if np.isfinite(silhouette) else -1.0


def structureless(points: np.ndarray, k: int, assign: Assign, seed: int) -> tuple[float, float, float]:
    """Return the silhouette of k clusters, and the mean and standard deviation of those of five random references.

    The references are uniform in the box along the principal axes of at most 1,000 points.

    References
    ----------
    Tibshirani, Walther & Hastie 2001, "Estimating the number of clusters in a data set via the gap statistic".
    """
    rng = np.random.default_rng(seed)
    points = np.asarray(points, np.float64)
    if len(points) > _REFERENCE_LIMIT:
        points = points[np.sort(rng.choice(len(points), _REFERENCE_LIMIT, replace=False))]
    axes = principal_axes(points)[1]
    turned = (points - points.mean(axis=0)) @ axes
    low, high = turned.min(axis=0), turned.max(axis=0)
    drawn = [rng.uniform(low, high, turned.shape) for _ in range(_REFERENCES)]
    own, *references = (_one_silhouette(each, k, assign, seed) for each in (turned, *drawn))
    return own, float(np.mean(references)), float(np.std(references, ddof=1))


def _one_silhouette(points: np.ndarray, k: int, assign: Assign, seed: int) -> float:
    values = silhouettes(points, [assign(points, k, seed)])[0]
    return float(np.mean(values)) if len(values) else np.nan


def doubt(points: np.ndarray, k: int, assign: Assign, seed: int) -> str:
    """Return a note if the silhouette of k clusters is not above that of unstructured points; else "".

    Above means by three standard deviations of the references, and by 0.02. There is no note for fewer than two images
    a cluster, whose silhouettes mean nothing.
    """
    if 2 * k > min(len(points), _REFERENCE_LIMIT):
        return ""
    own, mean, deviation = structureless(points, k, assign, seed)
    if not np.isfinite([own, mean]).all() or own > mean + max(3 * deviation, 0.02):
        return ""
    return (
        f"no clear clusters: at k = {k}, a silhouette of {own:.2f} is {'hardly' if own > mean else 'no'} better than "
        f"the {mean:.2f} of evenly scattered points: the clusters are slices of one whole"
    )
