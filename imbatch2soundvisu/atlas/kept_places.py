"""New images on layouts that follow from values: others keep their places as far as the values allow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from .layouts import Label, disc_of

_ASSIGNED = 1500  # new images of a cluster up to which those that are alike get cells near each other


def order_again(values: np.ndarray, before: np.ndarray, rows: bool, down: bool = False) -> np.ndarray:
    """Return ranks by value, (n,); equal ones keep the order in which they were, new images follow.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN last.
    before : ndarray of shape (n, 2)
        Places in columns (from the bottom up), in rows, or in blocks (`down`).
    """
    x, y = before.T
    along, across = (y, x) if down else (x, y) if rows else (-y, x)
    unknown = np.where(np.isfinite(values), values, np.inf)
    order = np.lexsort((across, along, ~np.isfinite(x), unknown))
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    return ranks


def plane_again(values: np.ndarray, before: np.ndarray, ranks: bool) -> np.ndarray | None:
    """Return places on a plane of two values, where images keep theirs; None where theirs contradict the values.

    Parameters
    ----------
    values : ndarray of shape (n, 2)
    before : ndarray of shape (n, 2)
        NaN for new images.
    ranks : bool
        Whether places are ranks: a new image is between those with less and with more, the least and the most are at
        the ends. Else they are proportional to the values.
    """
    known = np.isfinite(before).all(axis=1) & np.isfinite(values).all(axis=1)
    if not known.any():
        return None
    points = np.full(values.shape, np.nan)
    for axis in range(2):
        values_before, places = values[known, axis], before[known, axis]
        order = np.lexsort((places, values_before))
        found = (_between if ranks else _in_proportion)(values_before[order], places[order], values[:, axis])
        if found is None:
            return None
        points[:, axis] = found
    points[~np.isfinite(values).all(axis=1)] = np.nan
    points[known] = before[known]
    return points


def _between(values: np.ndarray, places: np.ndarray, wanted: np.ndarray) -> np.ndarray | None:
    """Places between those of ascending values; beyond the ends, each different value is one step further."""
    if (np.diff(places) < -1e-9).any():
        return None
    steps, first = np.unique(values, return_index=True)
    found = np.interp(wanted, steps, places[first])
    step = 1 / max(len(values) - 1, 1)
    above, below = np.unique(wanted[wanted > steps[-1]]), np.unique(-wanted[wanted < steps[0]])
    found += step * np.where(wanted > steps[-1], np.searchsorted(above, wanted) + 1, 0)
    return found - step * np.where(wanted < steps[0], np.searchsorted(below, -wanted) + 1, 0)


def _in_proportion(values: np.ndarray, places: np.ndarray, wanted: np.ndarray) -> np.ndarray | None:
    spread = values[-1] - values[0]
    factor = (places[-1] - places[0]) / spread if spread > 0 else 1.0
    if not np.allclose(places - places[0], (values - values[0]) * factor, atol=1e-6 * max(1.0, abs(factor * spread))):
        return None
    return np.asarray(places[0] + (wanted - values[0]) * factor)


def islands_again(
    numbers: np.ndarray, names: Sequence[str], before: np.ndarray, blocks: np.ndarray, flat: np.ndarray
) -> tuple[np.ndarray, tuple[Label, ...]] | None:
    """Return blocks of clusters, where images stay that are still in their cluster; None where most would move.

    Parameters
    ----------
    numbers : ndarray of shape (n,)
        The cluster of each image, -1 for none.
    names : sequence of str
        Of the clusters.
    before : ndarray of shape (n, 2)
        Where images were, whole numbers; NaN for new ones.
    blocks : ndarray of shape (n,)
        The cluster in which each was, -1 for none.
    flat : ndarray of shape (n, 2)
        A map: a new image gets a cell near those of its cluster that it is near there.
    """
    known = np.isfinite(before).all(axis=1)
    stays = known & (_same_clusters(numbers, blocks, known) == numbers)
    if stays.sum() * 2 < known.sum() or not stays.any():
        return None
    island = _Cells(before[stays], numbers[stays], len(numbers))
    points = np.where(stays[:, None], before, np.nan)
    counts = [((numbers == number).sum(), number) for number in (*range(len(names)), -1)]
    for _, number in sorted(((count, number) for count, number in counts if count), key=lambda each: -each[0]):
        old, new = np.flatnonzero(stays & (numbers == number)), np.flatnonzero(~stays & (numbers == number))
        if not len(old):
            apart = ((flat[stays] - flat[new].mean(axis=0)) ** 2).sum(axis=1)
            points[new] = island.add_block(number, disc_of(len(new), flat[new]), before[stays][int(apart.argmin())])
        elif len(new):
            cells = island.add_to(number, len(new), before[old].mean(axis=0))
            points[new] = _near_alike(cells, before[old], flat[old], flat[new])
    return points, tuple(_label(points[numbers == number], number, names) for count, number in counts if count)


def _same_clusters(numbers: np.ndarray, blocks: np.ndarray, known: np.ndarray) -> np.ndarray:
    """For each image, the present number of the cluster in which it was: the one that shares most images with it."""
    then, rows = np.unique(blocks[known], return_inverse=True)
    now, columns = np.unique(numbers[known], return_inverse=True)
    shared = np.zeros((len(then), len(now)), np.int64)
    np.add.at(shared, (rows, columns), 1)
    same = np.full(len(numbers), -2)
    for a, b in zip(*linear_sum_assignment(-shared), strict=True):
        if shared[a, b]:
            same[known & (blocks == then[a])] = now[b]
    return same


def _label(points: np.ndarray, number: int, names: Sequence[str]) -> Label:
    middle, top = np.median(points[:, 0]), points[:, 1].min()
    return Label(names[number] if number >= 0 else "in no cluster", float(middle), float(top) - 1.5, len(points))


def _near_alike(cells: np.ndarray, places: np.ndarray, flat_of_places: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Cells for images so that they are near the places of those that they are like."""
    if len(flat) > _ASSIGNED:
        return cells
    apart = ((flat[:, None] - flat_of_places) ** 2).sum(axis=2)
    wanted = places[apart.argmin(axis=1)]
    images, chosen = linear_sum_assignment(((wanted[:, None] - cells) ** 2).sum(axis=2))
    found = np.empty((len(flat), 2))
    found[images] = cells[chosen]
    return found


class _Cells:
    """Cells of blocks, with free cells around them for `count` more images."""

    def __init__(self, points: np.ndarray, numbers: np.ndarray, count: int) -> None:
        margin = 2 * int(np.ceil(np.sqrt(count))) + 4
        self._origin = points.min(axis=0) - margin
        size = (points.max(axis=0) - self._origin).astype(int) + margin + 1
        self._owners = np.full((size[1], size[0]), -2)  # -2 is a free cell
        self._own(points, numbers)

    def _own(self, points: np.ndarray, numbers: np.ndarray | int) -> None:
        x, y = (points - self._origin).astype(int).T
        self._owners[y, x] = numbers

    def add_to(self, number: int, count: int, middle: np.ndarray) -> np.ndarray:
        """Return the free cells that are nearest to the middle of a block, one cell apart from other blocks."""
        others = (self._owners != -2) & (self._owners != number)
        free = (self._owners == -2) & ~ndimage.binary_dilation(others, np.ones((3, 3)))
        y, x = np.nonzero(free)
        cells = np.stack((x, y), axis=1) + self._origin
        nearest = cells[np.argsort(((cells - middle) ** 2).sum(axis=1), kind="stable")[:count]]
        self._own(nearest, number)
        return np.asarray(nearest, np.float64)

    def add_block(self, number: int, offsets: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return the places of a disc of images, where it is free, as near as possible to a place."""
        radius = np.linalg.norm(offsets, axis=1).max()
        distance = ndimage.distance_transform_edt(np.pad(self._owners == -2, 1, constant_values=False))[1:-1, 1:-1]
        y, x = np.nonzero(distance > radius + 2)
        centres = np.stack((x, y), axis=1) + self._origin
        placed = centres[int(((centres - wanted) ** 2).sum(axis=1).argmin())] + offsets
        self._own(placed, number)
        return np.asarray(placed, np.float64)
