"""Places of images on a map: what a layout is, and the functions that compute those that follow values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..measurement.spaces import natural_key

#: The space between columns, and between clusters, in images.
_GAP = 1.0
#: Columns that are never divided into bands.
_ONE_BAND = 60
_CANDIDATES = 128  # places of a block that are looked at together


@dataclass(frozen=True)
class Label:
    """A text on a map: the name of a column, of a cluster, a tick of an axis.

    Parameters
    ----------
    text : str
    x, y : float
        In the units of the layout's points.
    count : int
        Images it stands for; larger ones are shown first.
    """

    text: str
    x: float
    y: float
    count: int = 0


@dataclass(frozen=True)
class Layout:
    """Where each image is on a map.

    Parameters
    ----------
    name : str
        For menus: "t-SNE", "timeline by year".
    points : ndarray of shape (n, 2)
        float64: x to the right, y down. In columns and on grids, images are 1 apart. NaN for images without a place.
    labels : tuple of Label
        Names of columns, clusters or ticks.
    quality : mapping
        "trustworthiness", "continuity" and "kNN recall" of a map; "DPQ16" of a grid.
    notes : tuple of str
        One sentence each.
    spaced : bool
        Whether images are at least 1 apart, so that none covers another.
    frame : mapping
        JSON values that are stored with the places, so that those of new images fit them: the axis of a timeline, the
        clusters of islands.
    """

    name: str
    points: np.ndarray
    labels: tuple[Label, ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    spaced: bool = False
    frame: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlacesBefore:
    """Where images were in the run before.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        NaN for new images, and for those that had no place.
    frame : mapping
        That of the layout.
    seen : ndarray of shape (n,), optional
        bool: which images were there, with or without a place; those with one when None.
    """

    points: np.ndarray
    frame: Mapping[str, Any] = field(default_factory=dict)
    seen: np.ndarray | None = None

    @property
    def known(self) -> np.ndarray:
        """Which images had a place, (n,) bool."""
        return np.asarray(np.isfinite(self.points).all(axis=1))

    @property
    def new(self) -> np.ndarray:
        """Which images were not there, (n,) bool."""
        return ~self.known if self.seen is None else ~self.seen


@dataclass(frozen=True)
class ColumnSizes:
    """How images are stacked in columns.

    Parameters
    ----------
    width : int
        Images beside each other in a column.
    per_band : int
        Columns beside each other, before the next band begins below; 0 for all.
    apart : float
        How far bands are apart.
    """

    width: int
    per_band: int = 0
    apart: float = 0.0

    @classmethod
    def of_counts(cls, counts: Sequence[int]) -> ColumnSizes:
        """Return sizes with which columns of so many images are together about 1.6 times as wide as high.

        Of more than 60 columns that would be a thin line, such as 1,000 days, several bands are below each other.
        """
        width = _width(counts)
        return cls(width, *_bands(counts, width))

    def fit(self, counts: Sequence[int]) -> bool:
        """Whether columns of so many images fit into their bands, and the whole is not much too high or wide."""
        high = -(-max(1, *counts, 1) // self.width)
        if self.per_band and high + 2 * _GAP > self.apart:
            return False
        return 0.5 <= _width(counts) / self.width <= 2


def columns_of(
    keys: Sequence[str],
    order: Sequence[str],
    within: np.ndarray | None = None,
    sizes: ColumnSizes | None = None,
    rows: bool = False,
) -> tuple[np.ndarray, tuple[Label, ...]]:
    """Return images in one column for each key, from the bottom up, as a histogram.

    Parameters
    ----------
    keys : sequence of str
        Of each image; "" for images without a place.
    order : sequence of str
        The keys from left to right; keys without an image leave a gap.
    within : ndarray of shape (n,), optional
        What sorts the images of a column, ascending from its base; NaN last.
    sizes : ColumnSizes, optional
        `ColumnSizes.of_counts` of the columns when None.
    rows : bool
        Rows from left to right, one below the other, in place of columns.

    Returns
    -------
    points : ndarray of shape (n, 2)
    labels : tuple of Label
        One at the base of each column.

    Examples
    --------
    >>> columns_of(["b", "a", "b"], ["a", "b"], sizes=ColumnSizes(1))[0].tolist()
    [[2.0, 0.0], [0.0, 0.0], [2.0, -1.0]]
    """
    columns: dict[str, list[int]] = {}
    for image, key in enumerate(keys):
        columns.setdefault(key, []).append(image)
    sizes = sizes or ColumnSizes.of_counts([len(columns.get(key, ())) for key in order])
    width, per_band = sizes.width, sizes.per_band or len(order) or 1
    points, labels = np.full((len(keys), 2), np.nan), []
    sorter = np.zeros(len(keys)) if within is None else np.where(np.isfinite(within), within, np.inf)
    for place, key in enumerate(order):
        images = np.array(columns.get(key, ()), np.int64)
        images = images[np.argsort(sorter[images], kind="stable")]
        along, across = np.divmod(np.arange(len(images)), width)
        band, place_in_band = divmod(place, per_band)
        base, foot = place_in_band * (width + _GAP), band * (-sizes.apart if rows else sizes.apart)
        points[images] = np.stack((base + across, foot - along), axis=1)
        labels.append(Label(key, base + (width - 1) / 2, foot + 1.0, len(images)))
    if rows:
        points = np.stack((-points[:, 1], points[:, 0]), axis=1)
        labels = [Label(each.text, -each.y, each.x, each.count) for each in labels]
    return points, tuple(labels)


def _width(counts: Sequence[int], aspect: float = 1.6) -> int:
    """The width of columns of so many images that together are about `aspect` times as wide as high."""
    most = max(1, *counts, 1)
    widths = range(1, max(2, int(np.sqrt(most)) + 2))
    return min(widths, key=lambda width: abs(np.log(max(1, len(counts)) * (width + _GAP) / -(-most // width) / aspect)))


def _bands(counts: Sequence[int], width: int, aspect: float = 1.6) -> tuple[int, float]:
    """How many columns are side by side in a band, 0 for all, and how far bands are apart."""
    high = -(-max(1, *counts, 1) // width)
    apart = high + 2 * _GAP
    number = round(float(np.sqrt(len(counts) * (width + _GAP) / (aspect * apart))))
    return (0, 0.0) if len(counts) <= _ONE_BAND or number < 3 else (-(-len(counts) // number), apart)


def crossed(
    across: Sequence[str],
    down: Sequence[str],
    columns: Sequence[str],
    rows: Sequence[str],
    within: np.ndarray | None = None,
    side: int = 0,
) -> tuple[np.ndarray, tuple[Label, ...], int]:
    """Return images in a block for each pair of keys, such as category and decade.

    Parameters
    ----------
    across, down : sequences of str
        Keys of each image; "" for images without a place.
    columns, rows : sequences of str
        The keys from left to right, and from top to bottom.
    within : ndarray of shape (n,), optional
        What sorts the images of a block.
    side : int
        Images beside each other in a block, where theirs fit into all blocks; else as many as the largest needs.

    Returns
    -------
    points : ndarray of shape (n, 2)
    labels : tuple of Label
        One above each column, and one at the left of each row.
    side : int
        The side of a block.
    """
    pairs: dict[tuple[str, str], list[int]] = {}
    column_of, row_of = ({key: number for number, key in enumerate(each)} for each in (columns, rows))
    for image in range(len(across)) if within is None else np.argsort(within, kind="stable").tolist():
        if across[image] in column_of and down[image] in row_of:
            pairs.setdefault((across[image], down[image]), []).append(image)
    most = max((len(each) for each in pairs.values()), default=1)
    side = side if side**2 >= most else max(1, int(np.ceil(np.sqrt(most))))
    points = np.full((len(across), 2), np.nan)
    for (column, row), images in pairs.items():
        y, x = np.divmod(np.arange(len(images)), side)
        points[images] = np.stack((column_of[column] * (side + _GAP) + x, row_of[row] * (side + _GAP) + y), 1)
    middle, in_columns, in_rows = (side - 1) / 2, Counter(across), Counter(down)
    top = [Label(key, i * (side + _GAP) + middle, -1.0, in_columns[key]) for i, key in enumerate(columns)]
    left = [Label(key, -1.0, i * (side + _GAP) + middle, in_rows[key]) for i, key in enumerate(rows)]
    return points, (*top, *left), side


def islands(
    labels: np.ndarray, names: Sequence[str], points: np.ndarray | None = None
) -> tuple[np.ndarray, tuple[Label, ...]]:
    """Return each cluster as a round block of images that are 1 apart, the blocks side by side without overlap.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Cluster of each image; negative for none, which form the last block.
    names : sequence of str
        Of the clusters.
    points : ndarray of shape (n, 2), optional
        A map: clusters are near those they are near there, and so are images within a cluster.

    Returns
    -------
    points : ndarray of shape (n, 2)
        Whole numbers.
    labels : tuple of Label
        One above each block.
    """
    clusters = [number for number in (*range(len(names)), -1) if (labels == number).any()]
    blocks = [np.flatnonzero(labels == number) for number in clusters]
    local = [disc_of(len(block), None if points is None else points[block]) for block in blocks]
    radii = np.array([np.linalg.norm(each, axis=1).max() + 1 + _GAP / 2 for each in local])
    wanted = None if points is None else np.array([points[block].mean(axis=0) for block in blocks])
    centres = _packed(radii, wanted)
    placed, found = np.full((len(labels), 2), np.nan), []
    for number, block, offsets, centre, radius in zip(clusters, blocks, local, centres, radii, strict=True):
        placed[block] = np.rint(centre) + offsets
        text = names[number] if number >= 0 else "in no cluster"
        found.append(Label(text, float(np.rint(centre[0])), float(np.rint(centre[1]) - radius), len(block)))
    return placed, tuple(found)


def disc_of(count: int, points: np.ndarray | None) -> np.ndarray:
    """Return the `count` whole-numbered places nearest to 0; images go to those that their points are nearest to."""
    reach = int(np.ceil(np.sqrt(count / np.pi))) + 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    order = np.lexsort((x, y, x**2 + y**2))[:count]
    places = np.stack((x[order], y[order]), axis=1)
    if points is None or count < 3:
        return np.asarray(places, np.float64)
    from .point_assignment import assign_points

    usable = np.zeros((2 * reach + 1, 2 * reach + 1), bool)
    usable[places[:, 1] + reach, places[:, 0] + reach] = True
    items = assign_points(points, usable)
    rows, columns = np.nonzero(items >= 0)
    found = np.empty((count, 2))
    found[items[rows, columns]] = np.stack((columns, rows), axis=1) - reach
    return found


def _packed(radii: np.ndarray, wanted: np.ndarray | None) -> np.ndarray:
    """Centres of discs that do not overlap: the largest in the middle, each further one at the nearest free place."""
    if wanted is not None:
        spread = np.ptp(wanted, axis=0).max()
        scale = 2 * np.sqrt((radii**2).sum()) / max(spread, 1e-12)
        wanted = (wanted - np.average(wanted, axis=0, weights=radii**2)) * scale
    else:
        wanted = np.zeros((len(radii), 2))
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    directions = np.stack((np.cos(angles), np.sin(angles)), axis=1)
    centres, done = np.zeros((len(radii), 2)), np.zeros(len(radii), bool)
    for disc in np.argsort(-radii, kind="stable"):
        placed = np.flatnonzero(done)
        around = (centres[placed, None] + (radii[placed] + radii[disc])[:, None, None] * directions).reshape(-1, 2)
        candidates = np.concatenate((wanted[disc][None], around))
        cost = np.linalg.norm(candidates - wanted[disc], axis=1) + 0.05 * np.linalg.norm(candidates, axis=1)
        candidates = candidates[np.argsort(np.round(cost, 6), kind="stable")]
        centres[disc] = _first_free(candidates, centres[placed], radii[placed] + radii[disc])
        done[disc] = True
    return centres


def _first_free(candidates: np.ndarray, centres: np.ndarray, least: np.ndarray) -> np.ndarray:
    """The first point that is at least so far from each of the centres."""
    for start in range(0, len(candidates), _CANDIDATES):
        some = candidates[start : start + _CANDIDATES]
        squares = (some[:, :1] - centres[:, 0]) ** 2 + (some[:, 1:] - centres[:, 1]) ** 2
        free = np.flatnonzero((squares > (least - 1e-9) ** 2).all(axis=1))
        if len(free):
            return np.asarray(some[free[0]])
    raise AssertionError("beside the outermost disc there is always a free place")


def sorted_keys(keys: Sequence[str]) -> list[str]:
    """Return the different keys, without "", digits compared as numbers.

    Examples
    --------
    >>> sorted_keys(["10", "9", "", "9"])
    ['9', '10']
    """
    return sorted({key for key in keys if key}, key=lambda key: (natural_key(key), key))
