"""Images on a grid, with the quality of the arrangement beside what else there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..core.errors import ConfigError, unknown
from .grid_quality import dpq
from .grid_sorting import SortingOptions, sort_grid
from .point_assignment import assign_points
from .shapes import usable_cells

#: How a grid is arranged.
METHODS = {
    "sorted": "by small assignments to a smoothed grid, from a random start",
    "assigned": "the places of a map, moved to the nearest cells",
    "sorted-map": "the places of a map moved to cells, then sorted",
    "best": "all of these; the one with the highest quality is kept",
}
_FROM_MAP = 0.12  # first radius of the smoothing where a map is sorted


@dataclass(frozen=True)
class ImageGrid:
    """Images on a grid.

    Parameters
    ----------
    items : ndarray of shape (rows, columns)
        int64: the image of each cell, -1 for empty ones.
    method : str
        One of METHODS.
    quality : mapping
        Distance preservation quality of "grid", of what it was chosen from, and of a "random" arrangement.
    """

    items: np.ndarray
    method: str
    quality: Mapping[str, float] = field(default_factory=dict)

    @property
    def cells(self) -> np.ndarray:
        """Column and row of each image, (n, 2) int64."""
        return cells_of(self.items)


def make_grid(
    vectors: np.ndarray,
    usable: np.ndarray | None = None,
    *,
    points: np.ndarray | None = None,
    pinned: Mapping[int, tuple[int, int]] | None = None,
    wrap: bool = False,
    method: str = "best",
    seed: int = 0,
) -> ImageGrid:
    """Return images on a grid, similar ones near each other.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        The images as points.
    usable : ndarray of shape (rows, columns), optional
        bool: cells that may hold an image, as `usable_cells` returns them; None for a square.
    points : ndarray of shape (n, 2), optional
        Places on a map, for the methods that begin with one; the first two principal components when None.
    pinned : mapping, optional
        {image: (column, row)} of images that keep their cell.
    wrap : bool
        Whether opposite edges of the grid are neighbours.
    method : {"best", "sorted", "assigned", "sorted-map"}
        See METHODS.
    seed : int
        Of the search.

    Raises
    ------
    ConfigError
        For an unknown method, no image, vectors that are not finite, too few cells, and pins outside the grid or on
        one cell.

    Examples
    --------
    >>> colours = np.random.default_rng(0).uniform(size=(64, 3))
    >>> grid = make_grid(colours, usable_cells(64, (8, 8)))
    >>> grid.quality["grid"] > grid.quality["random"]
    True
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    if not len(vectors) or not np.isfinite(vectors).all():
        raise ConfigError("a grid needs at least one image, and finite vectors")
    usable = usable_cells(len(vectors)) if usable is None else usable
    if usable.sum() < len(vectors):
        raise ConfigError(f"{int(usable.sum())} cells for {len(vectors)} images: give a larger grid")
    held, movable = _pinned(usable, pinned or {}, len(vectors))
    shape = (usable.shape[1], usable.shape[0]) if wrap else None
    tried: dict[str, np.ndarray] = {}
    for each in METHODS if method == "best" else (method,):
        if each != "best":
            tried[each] = _arranged(each, vectors, _points(vectors, points), held, movable, wrap, seed)
    quality = {name: dpq(vectors, cells_of(items), wrap=shape) for name, items in tried.items()}
    random = _filled(held, movable, np.random.default_rng(seed).permutation(_free(held, len(vectors))))
    best = max(quality, key=lambda name: (quality[name], name))
    reported = {"grid": quality[best], **quality, "random": dpq(vectors, cells_of(random), wrap=shape)}
    return ImageGrid(tried[best], best, reported)


def cells_of(items: np.ndarray) -> np.ndarray:
    """Return column and row of each image of a grid; (n, 2) int64."""
    rows, columns = np.nonzero(items >= 0)
    cells = np.empty((len(rows), 2), np.int64)
    cells[items[rows, columns]] = np.stack((columns, rows), axis=1)
    return cells


def _arranged(
    method: str, vectors: np.ndarray, points: np.ndarray, held: np.ndarray, movable: np.ndarray, wrap: bool, seed: int
) -> np.ndarray:
    free = _free(held, len(vectors))
    if method == "sorted":
        start = _filled(held, movable, np.random.default_rng([seed, 1]).permutation(free))
        return sort_grid(vectors, start, movable=movable, wrap=wrap, seed=seed)
    placed = assign_points(points[free], movable, seed) if len(free) else np.full(held.shape, -1, np.int64)
    items = np.where(placed >= 0, free[placed] if len(free) else -1, held)
    if method == "assigned":
        return np.asarray(items)
    options = SortingOptions.for_count(len(vectors), start=_FROM_MAP)
    return sort_grid(vectors, items, movable=movable, wrap=wrap, seed=seed, options=options)


def _points(vectors: np.ndarray, points: np.ndarray | None) -> np.ndarray:
    if points is not None:
        return np.asarray(points, np.float64)
    centred = np.asarray(vectors, np.float64) - np.mean(vectors, axis=0)
    found = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    return found if found.shape[1] == 2 else np.concatenate((found, np.zeros_like(found)), axis=1)


def _pinned(usable: np.ndarray, pinned: Mapping[int, tuple[int, int]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """The grid with the pinned images only, and the cells that are free."""
    items, movable = np.full(usable.shape, -1, np.int64), usable.astype(bool).copy()
    for image, (column, row) in pinned.items():
        inside = 0 <= column < usable.shape[1] and 0 <= row < usable.shape[0] and usable[row, column]
        if not inside or not 0 <= image < count or items[row, column] >= 0:
            raise ConfigError(
                f"image {image} cannot be pinned to column {column}, row {row}: no such image or free cell"
            )
        items[row, column], movable[row, column] = image, False
    return items, movable


def _free(held: np.ndarray, count: int) -> np.ndarray:
    return np.setdiff1d(np.arange(count), held[held >= 0])


def _filled(held: np.ndarray, movable: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Put images into the free cells, in reading order."""
    items, free = held.copy().reshape(-1), np.flatnonzero(movable)
    items[free[: len(images)]] = images
    return items.reshape(held.shape)
