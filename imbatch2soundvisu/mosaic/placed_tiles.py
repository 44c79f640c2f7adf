"""What a mosaic consists of: a target, its cells, and the tile of each."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from .colours.cell_colours import cell_colours
from .colours.palette import ColourMap
from .layout.cells import Cells
from .matching.assignment import Assignment
from .matching.vectors import samples_of
from .options import MosaicOptions
from .tiles.codebook import Codebook


@dataclass(frozen=True)
class PlacedTiles:
    """A target with a tile in each of its cells.

    Parameters
    ----------
    target : ndarray of shape (h, w, 3)
        uint8, sRGB.
    cells : Cells
        Where the tiles are.
    codebook : Codebook
        The tiles.
    chosen : ndarray of shape (n,)
        int32: the tile of each cell, as a row of the codebook.
    options : MosaicOptions
        How it was made.
    assignment : Assignment, optional
        How good the choice of tiles is under the limits of their uses.
    recolour : ColourMap, optional
        How the colours of all tiles are changed, before tint.
    """

    target: np.ndarray
    cells: Cells
    codebook: Codebook
    chosen: np.ndarray
    options: MosaicOptions
    assignment: Assignment | None = None
    recolour: ColourMap | None = None

    @functools.cached_property
    def colours(self) -> np.ndarray:
        """(n, down, across, 3) uint8, sRGB: the mean colours of parts of each cell, towards which tiles are tinted."""
        samples = samples_of(self.cells.tile_size, self.options.tint_detail)
        return cell_colours(self.target, self.cells, samples)

    @property
    def factor(self) -> float:
        """How many times larger than the target it is painted."""
        return self.options.factor(self.options.tile_size(self.target.shape[1], self.target.shape[0])[0])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.cells.canvas_size(self.factor)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing about the images and the options, one line each."""
        tiles, width = len(self.codebook), self.target.shape[1]
        limits = () if self.assignment is None else self.assignment.notes
        return (*self.codebook.notes, *self.options.notes(tiles), *self.options.notes_of_size(width), *limits)
