"""Which tile each cell gets, where the uses of images are limited: how often, how near each other, at least once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import ConfigError
from ...core.text import plural
from ..layout.cells import Cells
from ..options import MosaicOptions
from .choosing import choose
from .draws import IS_RANDOM, keys_of, uniform
from .neighbours import nearest

if TYPE_CHECKING:
    from .auction import Problem


@dataclass(frozen=True)
class Assignment:
    """The tile of each cell, and how good the choice is.

    Parameters
    ----------
    chosen : ndarray of shape (n,)
        int32 rows of the tiles.
    cost : float, optional
        Sum of the squared distances of cells and tiles, where the uses of images are limited.
    bound : float, optional
        No choice under the same limits has a lower sum. None where images are random or `min_distance` cannot be kept.
        It is near the optimum with `max_uses` and `use_all`, far below it with `min_distance`.
    conflicts : int
        Pairs of cells with the same image that are nearer to each other than `min_distance`.
    """

    chosen: np.ndarray
    cost: float | None = None
    bound: float | None = None
    conflicts: int = 0

    @property
    def gap(self) -> float | None:
        """How much above the least possible cost it is, at most, as a part of the cost.

        Examples
        --------
        >>> Assignment(np.zeros(1, np.int32), cost=2.0, bound=1.99).gap
        0.005
        """
        if self.cost is None or self.bound is None:
            return None
        return round(1 - self.bound / self.cost, 9) if self.cost else 0.0

    @property
    def summary(self) -> str:
        """What is known about the choice, in a few words; empty where images have no limits.

        Examples
        --------
        >>> Assignment(np.zeros(1, np.int32), cost=2.0, bound=1.99).summary
        'at most 0.5 % above the least possible sum of squared distances'
        >>> Assignment(np.zeros(1, np.int32), conflicts=3).summary
        '3 pairs of equal images are nearer than min_distance: add images or lower it'
        """
        parts = []
        if self.gap is not None:
            parts.append(f"at most {100 * self.gap:.1f} % above the least possible sum of squared distances")
        return "; ".join([*parts, *self.notes])

    @property
    def notes(self) -> tuple[str, ...]:
        """What was asked for and is not possible, one line each."""
        if not self.conflicts:
            return ()
        pairs, verb = plural(self.conflicts, "pair"), "is" if self.conflicts == 1 else "are"
        return (f"{pairs} of equal images {verb} nearer than min_distance: add images or lower it",)

    def as_dict(self) -> dict[str, float | int | None]:
        """Return cost, bound, gap and conflicts, for JSON."""
        return {"cost": self.cost, "bound": self.bound, "gap": self.gap, "conflicts": self.conflicts}


def assign(
    cell_rows: np.ndarray, tile_rows: np.ndarray, images: np.ndarray, cells: Cells, options: MosaicOptions
) -> Assignment:
    """Return the tile of each cell, with the limits of the options.

    Parameters
    ----------
    cell_rows : ndarray of shape (n, d)
        The cells as vectors.
    tile_rows : ndarray of shape (r, d)
        The tiles as vectors.
    images : ndarray of shape (r,)
        A number of the image that each tile is a variant of: limits are those of images.
    cells : Cells
        The places of the cells.
    options : MosaicOptions
        How tiles are chosen.

    Raises
    ------
    ConfigError
        When `max_uses` is too low for so many cells.
    """
    if options.max_uses is None and not options.use_all and options.min_distance <= 0:
        return Assignment(choose(cell_rows, tile_rows, cells, options))
    order = np.argsort(images, kind="stable")
    _, images = np.unique(images[order], return_inverse=True)
    lower, upper = uses(len(cell_rows), int(images.max()) + 1, options)
    from .auction import Problem  # compiles loops

    problem = Problem(cell_rows, tile_rows[order], images.astype(np.int32), lower, upper)
    found, prices = _within_uses(problem, order, cells, options)
    if options.min_distance > 0:
        found = _apart(problem, found, prices, cells, options)
    return replace(found, chosen=order[found.chosen].astype(np.int32))


def uses(cells: int, images: int, options: MosaicOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the greatest number of uses of each image, two arrays of (images,) int64.

    Raises
    ------
    ConfigError
        When `max_uses` is too low for so many cells.

    Examples
    --------
    >>> uses(100, 20, MosaicOptions(max_uses=4))
    Traceback (most recent call last):
    ...
    imbatch2soundvisu.core.errors.ConfigError: max_uses=4: 100 cells but 20 images x 4 uses = 80: set max_uses to at \
least 5, add images, or use larger tiles
    """
    most = cells if options.max_uses is None else min(options.max_uses, cells)
    if most * images < cells:
        raise ConfigError(
            f"max_uses={most}: {cells:,} cells but {images:,} images x {most:,} uses = {most * images:,}: "
            f"set max_uses to at least {-(-cells // images):,}, add images, or use larger tiles"
        )
    if options.use_all and cells <= images:
        return np.zeros(images, np.int64), np.ones(images, np.int64)
    return np.full(images, int(options.use_all), np.int64), np.full(images, most, np.int64)


def _within_uses(
    problem: Problem, order: np.ndarray, cells: Cells, options: MosaicOptions
) -> tuple[Assignment, np.ndarray]:
    """The assignment with limits on the number of uses, and the prices of images."""
    if options.max_uses is None and not options.use_all:
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        tiles = np.empty_like(problem.tiles)
        tiles[order] = problem.tiles
        chosen = places[choose(problem.cells, tiles, cells, options)]
        best = nearest(problem.cells, problem.tiles)[1].sum(dtype=np.float64)
        return Assignment(chosen.astype(np.int32), bound=float(best)), np.zeros(len(problem.upper))
    return _limited(problem, _random_images(cells, problem, options))


def _random_images(cells: Cells, problem: Problem, options: MosaicOptions) -> np.ndarray:
    """The images of cells that get a random one, -1 for the others; (n,). Each image once, then each once more ..."""
    drawn, images = np.full(len(cells), -1, np.int64), len(problem.upper)
    random = np.flatnonzero(_is_random(cells, options))
    draws = np.random.default_rng(options.seed & (1 << 64) - 1)
    for start in range(0, len(random), images):
        some = random[start : start + images]
        drawn[some] = draws.permutation(images)[: len(some)]
    return drawn


def _is_random(cells: Cells, options: MosaicOptions) -> np.ndarray:
    return uniform(keys_of(cells), options.seed, IS_RANDOM) < options.randomness


def _limited(problem: Problem, drawn: np.ndarray) -> tuple[Assignment, np.ndarray]:
    """The best assignment of the cells without a drawn image, and the prices of images."""
    from .auction import solve  # compiles loops

    free, chosen = drawn < 0, np.empty(len(drawn), np.int32)
    chosen[~free] = np.searchsorted(problem.images, drawn[~free])
    if not free.any():
        return Assignment(chosen), np.zeros(len(problem.upper))
    taken = np.bincount(drawn[~free], minlength=len(problem.upper))
    lower, upper = (np.maximum(limit - taken, 0) for limit in (problem.lower, problem.upper))
    found = solve(replace(problem, cells=problem.cells[free], lower=lower, upper=upper))
    chosen[free] = found.chosen
    return Assignment(chosen, found.cost, found.bound), found.prices


def _apart(problem: Problem, found: Assignment, prices: np.ndarray, cells: Cells, options: MosaicOptions) -> Assignment:
    from .spacing import least_cost, neighbours, spaced  # compiles loops

    near = neighbours(cells.places, options.min_distance)
    search = options.best_k == 1
    chosen, cost, conflicts = spaced(problem, found.chosen, prices, near, _is_random(cells, options), search)
    if not search or options.randomness or conflicts:
        return Assignment(chosen, cost, conflicts=conflicts)
    bound = max(found.bound or 0.0, least_cost(problem, cells.places, options.min_distance))
    return Assignment(chosen, cost, min(bound, cost))
