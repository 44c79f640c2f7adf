"""Which tile each cell gets."""

from __future__ import annotations

import numpy as np

from .cells import Cells
from .matching import nearest
from .options import MosaicOptions


def choose(cell_rows: np.ndarray, tile_rows: np.ndarray, cells: Cells, options: MosaicOptions) -> np.ndarray:
    """Return the tile of each cell.

    Parameters
    ----------
    cell_rows : ndarray of shape (n, d)
        The cells as vectors.
    tile_rows : ndarray of shape (m, d)
        The tiles as vectors.
    cells : Cells
        The places of the cells.
    options : MosaicOptions
        How tiles are chosen.

    Returns
    -------
    ndarray of shape (n,)
        int32 rows of `tile_rows`.
    """
    indices, _ = nearest(cell_rows, tile_rows, 1)
    return indices[:, 0]
