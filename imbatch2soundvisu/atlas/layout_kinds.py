"""Layouts by name: projections, planes of two features, timelines, categories, clusters, grids."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from ..clustering import PCA, TSNE, UMAP
from ..core import Needs
from ..core.errors import unknown
from ..core.registry import Registry
from ..core.text import words_of
from .data import AtlasData
from .grids import METHODS, make_grid
from .layouts import Layout, columns_of, crossed, islands, sorted_keys
from .map_quality import map_quality
from .shapes import usable_cells


@runtime_checkable
class LayoutKind(Protocol):
    """Places images on a map. A frozen dataclass."""

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the place of each image."""
        ...


def _adapted(value: Any) -> Any:
    """A reduction of the clusterings as a layout."""
    return Projection(value) if callable(getattr(value, "reduce", None)) and not isinstance(value, type) else None


LAYOUTS: Registry[Any] = Registry(
    "layout",
    "layout",
    "layouts=",
    modules=("imbatch2soundvisu.atlas.layout_kinds", "imbatch2soundvisu.atlas.given_cells"),
    adapt=_adapted,
)


@dataclass(frozen=True)
class Projection:
    """A projection of the space to two dimensions: `PCA()`, `TSNE()`, `UMAP()`.

    Parameters
    ----------
    reduce : Reduction
        What projects. Its dimensions are set to 2.
    """

    reduce: Any

    def check(self) -> None:
        """Raise MissingExtra where the package of the reduction is not installed."""
        getattr(self.reduce, "check", lambda: None)()

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the projection, with its quality; it is computed once for the same data."""
        flat = replace(self.reduce, dimensions=2) if hasattr(self.reduce, "dimensions") else self.reduce
        key = (type(flat), repr(flat), seed)
        if key not in data.projected:
            data.projected[key] = self._computed(flat, data, seed)
        return data.projected[key]  # type: ignore[no-any-return]

    def _computed(self, flat: Any, data: AtlasData, seed: int) -> Layout:
        points, notes = flat.reduce(data.vectors, seed)
        wide = np.zeros((len(points), 2))
        wide[:, : points.shape[1]] = points[:, :2]
        return Layout(self.title, wide, quality=map_quality(data.vectors, wide), notes=tuple(notes))

    @property
    def title(self) -> str:
        """Its name in menus."""
        name = type(self.reduce).__name__
        return {"TSNE": "t-SNE"}.get(name, words_of(name))


@LAYOUTS.register("plane")
@dataclass(frozen=True)
class Plane:
    """One feature from left to right, another from the bottom up.

    Parameters
    ----------
    x, y : str
        Features.
    ranks : bool
        Place images by their rank among the values, so that they fill the plane evenly.
    """

    x: str = "luminance"
    y: str = "saturation"
    ranks: bool = True

    @property
    def needs(self) -> Needs:
        """The two features."""
        return Needs(features=frozenset({self.x, self.y}))

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the values as places; images without one of them have no place."""
        for name in (self.x, self.y):
            if name not in data.table.columns:
                raise unknown("feature", name, data.table.columns)
        values = np.stack((data.table[self.x], -data.table[self.y]), axis=1)
        points = _ranked(values) if self.ranks else values / np.maximum(np.nanstd(values, axis=0), 1e-12)
        return Layout(f"{self.x} and {self.y}", points)


def _ranked(values: np.ndarray) -> np.ndarray:
    """The share of values that are less, in each column; NaN stays."""
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=0, nan_policy="omit")
    return np.asarray((ranks - 1) / np.maximum(np.nanmax(ranks, axis=0, initial=1) - 1, 1))


@LAYOUTS.register("timeline")
@dataclass(frozen=True)
class TimelineLayout:
    """One column, or row, for each year, month or day, or for each value of a column of the metadata.

    Parameters
    ----------
    by : str
        "century", "decade", "year", "month", "day", "category", "cluster", or a column of the metadata.
    rows : bool
        Rows in place of columns.
    sort : str, optional
        A feature that sorts the images of a column; the date when None.
    """

    by: str = "year"
    rows: bool = False
    sort: str | None = None

    @property
    def needs(self) -> Needs:
        """The feature that sorts."""
        return Needs(features=frozenset({self.sort} if self.sort else ()))

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the columns; images without the value have no place, and are counted in a note."""
        keys = data.keys(self.by)
        order = _steps_between(sorted_keys(keys), self.by)
        within = data.table[self.sort] if self.sort else _seconds(data)
        points, labels = columns_of(keys, order, within, rows=self.rows)
        return Layout(
            f"{'rows' if self.rows else 'timeline'} by {self.by}",
            points,
            labels,
            notes=_missing(keys, self.by),
            spaced=True,
        )


def _seconds(data: AtlasData) -> np.ndarray:
    dates = data.metadata.dates
    return np.where(np.isnat(dates), np.nan, dates.astype("int64").astype(np.float64))


def _steps_between(keys: list[str], by: str) -> list[str]:
    """The keys with the empty years or decades between them, where these are not many more than the keys."""
    if by not in ("decade", "year") or not keys:
        return keys
    step, ending = (10, "s") if by == "decade" else (1, "")
    years = [int(key[:4]) for key in keys]
    every = [f"{year}{ending}" for year in range(min(years), max(years) + 1, step)]
    return every if len(every) <= 4 * len(keys) else keys


def _missing(keys: list[str], by: str) -> tuple[str, ...]:
    missing = keys.count("")
    return (f"{missing} of {len(keys)} images have no {by} and no place",) if missing else ()


@LAYOUTS.register("category-by-date")
@dataclass(frozen=True)
class CategoryByDate:
    """A block of images for each pair of a category and a period.

    Parameters
    ----------
    category : str
        "category", "cluster", or a column of the metadata: from top to bottom.
    by : str
        The period, as in `TimelineLayout`: from left to right.
    """

    category: str = "category"
    by: str = "decade"

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the blocks; images without one of the values have no place."""
        across, down = data.keys(self.by), data.keys(self.category)
        columns = _steps_between(sorted_keys(across), self.by)
        points, labels = crossed(across, down, columns, sorted_keys(down))
        both = ["x" if a and d else "" for a, d in zip(across, down, strict=True)]
        notes = _missing(both, f"{self.category} and {self.by}")
        return Layout(f"{self.category} by {self.by}", points, labels, notes=notes, spaced=True)


@LAYOUTS.register("islands")
@dataclass(frozen=True)
class Islands:
    """Each cluster as a round block of images, near the clusters that it resembles."""

    by: str = "cluster"

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the blocks."""
        keys = data.keys(self.by)
        names = list(data.clusters.names) if self.by == "cluster" and data.clusters else sorted_keys(keys)
        numbers = np.array([names.index(key) if key else -1 for key in keys])
        flat, _ = PCA(2).reduce(data.vectors, seed)
        points = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
        placed, labels = islands(numbers, names, points)
        return Layout(f"{self.by} islands", placed, labels, spaced=True)


@LAYOUTS.register("grid")
@dataclass(frozen=True)
class GridLayout:
    """All images on a grid, similar ones next to each other.

    Parameters
    ----------
    shape : (int, int), str, Path or ndarray, optional
        Columns and rows, "114x116", "circle", a text, an image; None for the smallest rectangle.
    method : {"best", "sorted", "assigned", "sorted-map"}
        See `grids.METHODS`.
    map : layout, optional
        The map that "assigned" and "sorted-map" begin with; t-SNE where it is installed, else PCA.
    pinned : mapping, optional
        {image name: (column, row)} of images that keep their cell.
    wrap : bool
        Whether opposite edges are neighbours.
    """

    shape: Any = None
    method: str = "best"
    map: Any = None
    pinned: Mapping[str, tuple[int, int]] | None = None
    wrap: bool = False

    def check(self) -> None:
        """Raise ConfigError for an unknown method."""
        if self.method not in METHODS:
            raise unknown("method", self.method, METHODS)

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the grid, with its quality."""
        usable = usable_cells(len(data), self.shape, aspect=1.5)
        points = None if self.method == "sorted" else self._map().layout(data, seed).points
        grid = make_grid(
            data.vectors, usable, points=points, pinned=self._pins(data), wrap=self.wrap, method=self.method, seed=seed
        )
        return Layout("grid", grid.cells.astype(np.float64), quality=grid.quality, spaced=True)

    def _map(self) -> Any:
        return Map() if self.map is None else LAYOUTS.resolve(self.map)

    def _pins(self, data: AtlasData) -> dict[int, tuple[int, int]] | None:
        if self.pinned is None:
            return None
        rows = {record.name: row for row, record in enumerate(data.table.records)}
        for name in self.pinned:
            if name not in rows:
                raise unknown("image", name, rows)
        return {rows[name]: cell for name, cell in self.pinned.items()}


@LAYOUTS.register("map")
@dataclass(frozen=True)
class Map:
    """The best map that is installed: t-SNE, else the first two principal components."""

    keeps_places: ClassVar[bool] = True

    @property
    def title(self) -> str:
        """Its name in menus."""
        return self._projection.title

    @property
    def _projection(self) -> Projection:
        return Projection(TSNE()) if importlib.util.find_spec("openTSNE") else Projection(PCA(2))

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the map, with its quality."""
        return self._projection.layout(data, seed)


LAYOUTS.add("tsne", Projection(TSNE()))
LAYOUTS.add("umap", Projection(UMAP()))
LAYOUTS.add("pca", Projection(PCA(2)))
