"""A grid that was made elsewhere, as a layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import ConfigError, unknown
from .data import AtlasData
from .grid_quality import dpq
from .grid_tables import CELL_COLUMNS, numbers_of, read_grid_csv, rows_of
from .grids import cells_of
from .layout_kinds import LAYOUTS
from .layouts import Layout
from .matrix import items_of
from .point_assignment import assign_points
from .shapes import usable_cells


@LAYOUTS.register("given-cells")
@dataclass(frozen=True)
class GivenCells:
    """The cells of a grid that was made elsewhere, from a file or from columns of the metadata.

    Parameters
    ----------
    path : str or Path, optional
        A table as `read_grid_csv` reads it; None for columns of the metadata.
    columns : (str, str), optional
        Names of the columns that hold column and row, such as ("grid_col", "grid_row"); found by usual names when None.
    pack : bool
        Move images to a grid without empty cells, each as near to its place as possible: for a few images of a large
        grid, of which only their places relative to each other count.
    """

    path: str | Path | None = None
    columns: tuple[str, str] | None = None
    pack: bool = False

    def check(self) -> None:
        """Raise ConfigError when the file is missing or has no such columns."""
        if self.columns is not None and (isinstance(self.columns, str) or len(self.columns) != 2):
            raise ConfigError(f"columns={self.columns!r} must be two names, such as ('grid_col', 'grid_row')")
        if self.path is not None:
            read_grid_csv(Path(self.path).expanduser(), self.columns)

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the cells, with their quality; images without one have no place, and are counted in a note."""
        places = self._of_metadata(data) if self.path is None else self._of_file(data, Path(self.path).expanduser())
        placed = np.flatnonzero(np.isfinite(places).all(axis=1))
        if self.pack and len(placed):
            packed = assign_points(places[placed], usable_cells(len(placed), aspect=1.5), seed)
            places[placed] = cells_of(packed)
        items_of(places)  # every image has a cell of its own
        quality = {}
        if len(placed) > 2:
            cells = places[placed].astype(np.int64)
            random = np.random.default_rng(seed).permutation(len(placed))
            vectors = data.vectors[placed]
            quality = {"grid": dpq(vectors, cells), "random": dpq(vectors[random], cells)}
        missing = len(data) - len(placed)
        have, are = ("has", "is") if missing == 1 else ("have", "are")
        note = f"{missing} of {len(data)} images {have} no cell and {are} not shown in this layout"
        notes = (note,) if missing else ()
        return Layout("given grid", places, quality=quality, notes=notes, spaced=True)

    def _of_file(self, data: AtlasData, path: Path) -> np.ndarray:
        table, names = read_grid_csv(path, self.columns), [record.name for record in data.table.records]
        if table.names is None:
            if len(table.places) != len(names):
                raise ConfigError(f"{path}: {len(table.places)} rows without names for {len(names)} images")
            order = sorted(range(len(names)), key=names.__getitem__)
            places = np.empty((len(names), 2))
            places[order] = table.places
            return places
        rows = rows_of(table.names, names, str(path))
        return np.where(rows[:, None] >= 0, table.places[rows], np.nan)

    def _of_metadata(self, data: AtlasData) -> np.ndarray:
        known = data.metadata.columns
        pairs = CELL_COLUMNS if self.columns is None else (self.columns,)
        pair = next((each for each in pairs if all(name in known for name in each)), None)
        if pair is None:
            raise unknown("columns of cells in the metadata", " and ".join(pairs[0]), known)
        return numbers_of(list(zip(known[pair[0]], known[pair[1]], strict=True)), "the metadata")
