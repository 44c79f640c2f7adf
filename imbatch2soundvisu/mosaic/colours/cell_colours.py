"""The mean colours of each cell of a target, and of parts of it."""

from __future__ import annotations

import numpy as np

from ..layout.cells import Cells
from .light import codes_of, linear
from .sampling import box_averages


def cell_colours(target: np.ndarray, cells: Cells, samples: tuple[int, int] = (1, 1)) -> np.ndarray:
    """Return the colours of the mean light of parts of each cell: what the eye sees of them from afar.

    Parameters
    ----------
    target : ndarray of shape (h, w, 3)
        uint8, sRGB. What is beyond it repeats its edge.
    cells : Cells
        Where the tiles are.
    samples : (int, int)
        Parts across and down a cell.

    Returns
    -------
    ndarray of shape (n, down, across, 3)
        uint8, sRGB.
    """
    return codes_of(box_averages(cells.part_of(target), cells.boxes, samples, linear))
