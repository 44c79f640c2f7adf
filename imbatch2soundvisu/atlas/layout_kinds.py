"""Layouts by name: projections and grids. Those that follow from values are in `value_layouts`."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..clustering import PCA, TSNE, UMAP
from ..core.errors import ConfigError, unknown
from ..core.registry import Registry
from ..core.text import words_of
from .data import AtlasData
from .grids import METHODS, make_grid
from .layouts import Layout
from .map_quality import map_quality
from .shapes import check_shape, size_given, usable_cells


@runtime_checkable
class LayoutKind(Protocol):
    """Places images on a map. A frozen dataclass.

    It may have `again(data, seed, before) -> Layout or None`, which places images that are new since the run `before`
    (`PlacesBefore`), and moves no other without need; None where all places must be computed anew.
    """

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
    modules=tuple(f"imbatch2soundvisu.atlas.{name}" for name in ("layout_kinds", "value_layouts", "given_cells")),
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
        """Raise ConfigError for an unknown method, or what is no shape."""
        if self.method not in METHODS:
            raise unknown("method", self.method, METHODS)
        check_shape(self.shape)

    def check_images(self, names: Sequence[str], complete: bool) -> None:
        """Raise ConfigError when the grid is too small for the images, or has no cell for a pinned one.

        Parameters
        ----------
        names : sequence of str
            Of the images.
        complete : bool
            Whether all of them will be on the grid; else some may be left out, and only pinned names are checked.
        """
        self._pins(names, self._usable(len(names)) if complete else None)

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the grid, with its quality."""
        usable = self._usable(len(data))
        points = None if self.method == "sorted" else self._map().layout(data, seed).points
        pinned = self._pins([record.name for record in data.table.records], usable)
        grid = make_grid(
            data.vectors, usable, points=points, pinned=pinned, wrap=self.wrap, method=self.method, seed=seed
        )
        return Layout(
            "grid", grid.cells.astype(np.float64), quality=grid.quality, spaced=True, frame=frame_of(self.shape)
        )

    def _map(self) -> Any:
        return Map() if self.map is None else LAYOUTS.resolve(self.map)

    def _usable(self, count: int) -> np.ndarray:
        return usable_cells(count, self.shape, aspect=1.5)

    def _pins(self, names: Sequence[str], usable: np.ndarray | None) -> dict[int, tuple[int, int]] | None:
        """The cell of each pinned image, by its number."""
        if self.pinned is None:
            return None
        rows, taken = {name: row for row, name in enumerate(names)}, dict[tuple[int, int], str]()
        for name, (column, row) in self.pinned.items():
            if name not in rows:
                raise unknown("image for pinned=", name, rows)
            if usable is not None and not _has(usable, column, row):
                size = f"{usable.shape[1]} x {usable.shape[0]}"
                raise ConfigError(f"pinned={{{name!r}: {(column, row)}}}: the grid of {size} has no such cell")
            if (column, row) in taken:
                raise ConfigError(f"pinned=: {taken[column, row]!r} and {name!r} cannot both be in {(column, row)}")
            taken[column, row] = name
        return {rows[name]: (column, row) for name, (column, row) in self.pinned.items()}


def frame_of(shape: Any) -> dict[str, Any]:
    """Return what a grid has beside its places: its columns and rows where these were given, with the empty cells."""
    size = size_given(shape)
    return {"size": list(size)} if size else {}


def _has(usable: np.ndarray, column: int, row: int) -> bool:
    return 0 <= row < usable.shape[0] and 0 <= column < usable.shape[1] and bool(usable[row, column])


@LAYOUTS.register("map")
@dataclass(frozen=True)
class Map:
    """The best map that is installed: t-SNE, else the first two principal components."""

    @property
    def title(self) -> str:
        """Its name in menus."""
        return self.projection.title

    @property
    def projection(self) -> Projection:
        """The one that is used."""
        return Projection(TSNE()) if importlib.util.find_spec("openTSNE") else Projection(PCA(2))

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the map, with its quality."""
        return self.projection.layout(data, seed)


LAYOUTS.add("tsne", Projection(TSNE()))
LAYOUTS.add("umap", Projection(UMAP()))
LAYOUTS.add("pca", Projection(PCA(2)))
