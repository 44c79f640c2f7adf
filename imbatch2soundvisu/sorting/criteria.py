"""The criterion: how good an order is, against random ones and the best known."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from ..core import Criterion, FeatureTable
from ..measurement.spaces import by_name, space_points
from . import paths

#: Above so many images the mean of random orders is that of a sample of so many.
SAMPLE = 5000


def criterion(
    table_in_order: FeatureTable,
    space: str = "look",
    values: np.ndarray | None = None,
    circular: bool = False,
    rng: np.random.Generator | None = None,
    memo: paths.Memo | None = None,
) -> Criterion:
    """How good the order of the rows is.

    Distances are Euclidean, in the vectors of `space`; in all features, scaled, where the table has no such vectors.
    random : exactly the mean over all orders, (n - 1) times the mean distance of two images; above 5,000 images
    that of 5,000 drawn with `rng`. best : the shorter of this path and one searched for, in at most half a second
    beside what it takes to measure the distances; kept in `memo` (or the memory of `paths.remembering`) by content.
    values : (n,) what drives the order; circular ones, in degrees, are unrolled from the first image on.
    """
    spearman = None if values is None else _spearman(np.asarray(values, np.float64), circular)
    if space in table_in_order.vectors:
        points = space_points(table_in_order, space)
    elif table_in_order.columns:
        space, points = "features", space_points(table_in_order, "features")
    else:
        return Criterion("nothing", 0.0, 0.0, 0.0, 0.0, 0.0, spearman)
    if len(points) < 2:
        return Criterion(space, 0.0, 0.0, 0.0, 0.0, 0.0, spearman)
    walked = paths.steps(points)
    length = float(walked.sum())
    canonical = points[by_name(table_in_order)]
    found = paths.shortest_path(canonical, seconds=0.5, memo=memo)
    return Criterion(
        space=space,
        length=length,
        random=_random_length(canonical, rng),
        best=min(length, paths.path_length(canonical[found])),
        mean_step=length / len(walked),
        largest_step=float(walked.max()),
        spearman=spearman,
    )


def _random_length(points: np.ndarray, rng: np.random.Generator | None) -> float:
    sample = points
    if len(points) > SAMPLE:
        rng = np.random.default_rng(0) if rng is None else rng
        sample = points[rng.choice(len(points), SAMPLE, replace=False)]
    return (len(points) - 1) * paths.mean_distance(sample)


def _spearman(values: np.ndarray, circular: bool) -> float | None:
    """Rank correlation of position and value where it is defined; None where there is none."""
    defined = np.isfinite(values)
    values = values[defined]
    if len(values) < 2 or np.ptp(values) == 0:
        return None
    if not circular:
        return _rank_correlation(values)
    forwards, backwards = (_rank_correlation(np.mod(way * (values - values[0]), 360.0)) for way in (1.0, -1.0))
    return forwards if abs(forwards) >= abs(backwards) else -backwards


def _rank_correlation(values: np.ndarray) -> float:
    ranks = rankdata(values)
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.clip(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1], -1.0, 1.0))
