"""The criterion: how good an order is, against random orders and the best path known, as numbers and in words."""

from __future__ import annotations

import numpy as np

from ..core import Criterion, FeatureTable
from ..measurement.spaces import by_name, space_points
from . import paths

#: Above so many images the mean of random orders is that of a sample of this size.
SAMPLE = 5000


def criterion(
    table_in_order: FeatureTable,
    space: str = "look",
    values: np.ndarray | None = None,
    circular: bool = False,
    rng: np.random.Generator | None = None,
) -> Criterion:
    """Return how good the order of the rows is.

    Distances are Euclidean, in the vectors of `space`, or in all features, scaled, if the table has no such vectors.
    The mean over random orders is exact, (n - 1) times the mean distance of two images, up to 5,000 images; above, that
    of a sample.
    The best path known is the shorter of this one and one found by `paths.shortest_path`.

    Parameters
    ----------
    table_in_order : FeatureTable
    space : str
    values : (n,) array, optional
        What drives the order. Circular values, in degrees, are unrolled from the first image on.
    rng : Generator, optional
        Draws the sample.
    """
    spearman, monotonic = (None, False) if values is None else _follows(np.asarray(values, np.float64), circular)
    if space in table_in_order.vectors:
        points = space_points(table_in_order, space)
    elif table_in_order.columns:
        space, points = "features", space_points(table_in_order, "features")
    else:
        return Criterion("nothing", 0.0, 0.0, 0.0, 0.0, 0.0, spearman, monotonic)
    if len(points) < 2:
        return Criterion(space, 0.0, 0.0, 0.0, 0.0, 0.0, spearman, monotonic)
    distances = paths.steps(points)
    length = float(distances.sum())
    canonical = points[by_name(table_in_order)]
    found = paths.shortest_path(canonical, effort=0.25)
    return Criterion(
        space=space,
        length=length,
        random=_random_length(canonical, rng),
        best=min(length, paths.path_length(canonical[found])),
        mean_step=length / len(distances),
        largest_step=float(distances.max()),
        spearman=spearman,
        monotonic=monotonic,
    )


def describe(criterion: Criterion, by: str = "its feature") -> str:
    """Return in plain words how well an order does what it is for; "" if there is nothing to compare.

    Parameters
    ----------
    criterion : Criterion
    by : str
        What drives the order.

    Examples
    --------
    >>> describe(Criterion("look", 1.0, 2.0, 1.0, 0.1, 0.2, spearman=-0.97), "luminance")
    'follows luminance closely'
    >>> describe(Criterion("look", 59.0, 100.0, 58.0, 0.1, 0.2))
    'neighbours are as similar as possible'
    """
    if criterion.spearman is not None:
        if criterion.monotonic:
            return f"follows {by} exactly"
        return _first_word(abs(criterion.spearman), _FOLLOWS).format(by=by)
    return _first_word(criterion.closeness, _SIMILAR) if criterion.random > 0 else ""


def describe_details(criterion: Criterion) -> str:
    """Return the numbers behind `describe` in a sentence; "" if there is nothing to compare.

    Examples
    --------
    >>> describe_details(Criterion("look", 59.0, 100.0, 58.0, 0.1, 0.2, spearman=1.0))
    "neighbours differ by 59% of a random order's distance (best known path: 58%); rank correlation +1.000"
    """
    parts = []
    if criterion.random > 0:
        length, best = (value / criterion.random for value in (criterion.length, criterion.best))
        parts.append(f"neighbours differ by {length:.0%} of a random order's distance (best known path: {best:.0%})")
    if criterion.spearman is not None:
        parts.append(f"rank correlation {criterion.spearman:+.3f}")
    return "; ".join(parts)


#: (lowest value, words) for the rank correlation with the driving value, and for the closeness to the best path.
_FOLLOWS = (
    (0.9995, "follows {by} exactly"), (0.9, "follows {by} closely"), (0.5, "follows {by} loosely"),
    (0.0, "hardly follows {by}"),
)  # fmt: skip
_SIMILAR = (
    (0.95, "neighbours are as similar as possible"), (0.5, "neighbours are similar"),
    (0.1, "neighbours are somewhat similar"), (-np.inf, "neighbours are hardly more similar than in a random order"),
)  # fmt: skip


def _first_word(value: float, words: tuple[tuple[float, str], ...]) -> str:
    return next(text for lowest, text in words if value >= lowest)


def _random_length(points: np.ndarray, rng: np.random.Generator | None) -> float:
    sample = points
    if len(points) > SAMPLE:
        rng = np.random.default_rng(0) if rng is None else rng
        sample = points[rng.choice(len(points), SAMPLE, replace=False)]
    return (len(points) - 1) * paths.mean_distance(sample)


def _follows(values: np.ndarray, circular: bool) -> tuple[float | None, bool]:
    """Rank correlation of position and value, None if it is undefined; and whether the value never turns back."""
    defined = np.isfinite(values)
    values = values[defined]
    if len(values) < 2 or np.ptp(values) == 0:
        return None, False
    if not circular:
        return _rank_correlation(values), _is_monotonic(values)
    unrolled = [np.mod(way * (values - values[0]), 360.0) for way in (1.0, -1.0)]
    forwards, backwards = map(_rank_correlation, unrolled)
    monotonic = any(bool((np.diff(each) >= 0).all()) for each in unrolled)
    return (forwards if abs(forwards) >= abs(backwards) else -backwards), monotonic


def _is_monotonic(values: np.ndarray) -> bool:
    steps = np.diff(values)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _rank_correlation(values: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(values)
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.clip(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1], -1.0, 1.0))
