"""How alike two sets of pieces are, measure by measure: overlap, divergence, a classifier, and the spread.

Tables have a row per piece and a column per measure; NaN where a measure is undefined.

References
----------
.. [1] Yang and Lerch, "On the evaluation of generative models in music", Neural Computing and Applications 32, 2020.
.. [2] Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Points at which densities are compared, and the least density, so that logarithms are finite.
POINTS, FLOOR = 400, 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of pieces compared in each measure.

    Parameters
    ----------
    overlap : (measures,) array
        Overlapping area of the distances within the reference and those between the sets, [0, 1].
    divergence : (measures,) array
        Kullback-Leibler divergence of the same in nats, 0 for equal ones.
    """

    overlap: np.ndarray
    divergence: np.ndarray


def compare(pieces: np.ndarray, reference: np.ndarray) -> Comparison:
    """Return overlap and divergence of each measure, as Yang and Lerch [1]_ define them.

    The distances between all pairs of pieces of the reference, and between all pieces of one set and the other, are
    smoothed by a Gaussian kernel density with Scott's bandwidth. NaN where a set has fewer than 3 defined values.

    Parameters
    ----------
    pieces, reference : (n, measures) and (m, measures) arrays
    """
    pairs = [_compared(_known(a), _known(b)) for a, b in zip(pieces.T, reference.T, strict=True)]
    overlap, divergence = np.array(pairs).reshape(-1, 2).T
    return Comparison(overlap, divergence)


def value_overlap(pieces: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the overlapping area of the densities of the values themselves, (measures,) in [0, 1]."""
    found = []
    for a, b in zip(pieces.T, reference.T, strict=True):
        a, b = _known(a), _known(b)
        found.append(_areas(a, b)[0] if len(a) >= 3 and len(b) >= 3 else np.nan)
    return np.array(found)


def nearest_neighbour_share(pieces: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Return how often the nearest other piece is of the same set, for the pieces and for the reference, [0, 1].

    A 1-NN classifier, leave one out, on standardized measures [2]_: 0.5 for sets that cannot be distinguished, 1 for
    sets that always can. Undefined values count as the mean.

    Parameters
    ----------
    pieces, reference : (n, measures) and (m, measures) arrays
        The larger set is thinned evenly to the size of the smaller one, in every possible phase, so that none is
        favoured by its number.

    Examples
    --------
    >>> apart = nearest_neighbour_share(np.array([[0.0], [0.1], [0.2]]), np.array([[5.0], [5.1], [5.2]]))
    >>> [float(share) for share in apart]
    [1.0, 1.0]
    """
    everything = standardized(np.concatenate([pieces, reference]))
    a, b = everything[: len(pieces)], everything[len(pieces) :]
    found = []
    for first, second in _equal_sizes(a, b):
        both = np.concatenate([first, second])
        distances = np.linalg.norm(both[:, None] - both[None], axis=2)
        np.fill_diagonal(distances, np.inf)
        is_first = np.arange(len(both)) < len(first)
        same = is_first[distances.argmin(axis=1)] == is_first
        found.append((same[is_first].mean(), same[~is_first].mean()))
    ours, human = np.mean(found, axis=0)
    return float(ours), float(human)


def spread(pieces: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each measure among the pieces, divided by that among the reference."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.nanstd(pieces, axis=0) / np.nanstd(reference, axis=0)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def standardized(table: np.ndarray) -> np.ndarray:
    """Return the columns with mean 0 and deviation 1; undefined values and constant columns are 0."""
    deviation = np.nanstd(table, axis=0)
    scaled = (table - np.nanmean(table, axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return np.nan_to_num(scaled, nan=0.0)


def _equal_sizes(a: np.ndarray, b: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Both sets with the size of the smaller, in every phase of an even choice among the larger."""
    if len(a) > len(b):
        return [(first, second) for second, first in _equal_sizes(b, a)]
    phases = max(1, len(b) // len(a))
    places = np.arange(len(a)) * len(b) // len(a)
    return [(a, b[(places + k) % len(b)]) for k in range(phases + 1)]


def _compared(values: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    if len(values) < 3 or len(reference) < 3:
        return np.nan, np.nan
    row, column = np.triu_indices(len(reference), 1)
    within = np.abs(reference[row] - reference[column])
    between = np.abs(np.subtract.outer(values, reference)).ravel()
    return _areas(within, between)


def _areas(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Overlapping area, and divergence of the second from the first."""
    from scipy.stats import gaussian_kde

    scale = max(float(np.concatenate([first, second]).std()), 1e-12)
    smooth = [
        each if np.ptp(each) > 1e-9 * scale else each + scale * 1e-3 * _ramp(len(each)) for each in (first, second)
    ]
    kernels = [gaussian_kde(each) for each in smooth]
    margin = 3 * max(float(np.sqrt(kernel.covariance[0, 0])) for kernel in kernels)
    low, high = min(each.min() for each in smooth) - margin, max(each.max() for each in smooth) + margin
    points = np.linspace(low, high, POINTS)
    p, q = (np.maximum(kernel(points), FLOOR) for kernel in kernels)
    p, q = p / p.sum(), q / q.sum()
    return float(np.minimum(p, q).sum()), float((p * np.log(p / q)).sum())


def _ramp(count: int) -> np.ndarray:
    return np.linspace(-1, 1, count) if count > 1 else np.zeros(count)


def _known(values: np.ndarray) -> np.ndarray:
    return np.asarray(values[np.isfinite(values)])
