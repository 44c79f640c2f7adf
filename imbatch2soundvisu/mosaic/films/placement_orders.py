"""The order in which the tiles of a mosaic are placed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from ...features.pixels import to_oklab
from ..colours.cell_colours import cell_colours
from ..placed_tiles import PlacedTiles
from .parts import centres

#: Clusters of the colours of tiles.
CLUSTERS = 7


def placement_order(
    mosaic: PlacedTiles, order: Any = "fidelity", background: tuple[int, int, int] = (16, 16, 18), seed: int = 0
) -> np.ndarray:
    """Return the cells of a mosaic in the order in which their tiles are placed.

    Parameters
    ----------
    mosaic : PlacedTiles
        The mosaic.
    order : {"fidelity", "rows", "spiral", "random", "clusters"} or callable
        The cells first in which a tile is nearer to the target than the background by most; in reading order; from the
        middle outwards; at random; by colour, one cluster of similar tiles after the other. Or a function of the mosaic
        that returns the numbers of its cells.
    background : (int, int, int)
        What is there before the tiles, sRGB.
    seed : int
        Of what is random.

    Returns
    -------
    ndarray of shape (n,)
        A permutation of the cells.
    """
    if callable(order):
        return np.asarray(order(mosaic), np.intp)
    rng = np.random.default_rng([seed, len(mosaic.cells)])
    return PLACEMENTS[order](mosaic, background, rng)


def _fidelity(mosaic: PlacedTiles, background: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """Cells first in which a tile improves the picture most."""
    cells, tiles = _lab(cell_colours(mosaic.target, mosaic.cells)[:, 0, 0]), _tile_colours(mosaic)
    before = np.linalg.norm(cells - _lab(np.array([background], np.uint8)), axis=1)
    return np.argsort(-(before - np.linalg.norm(cells - tiles, axis=1)), kind="stable")


def _rows(mosaic: PlacedTiles, background: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """In reading order."""
    left, top = mosaic.cells.boxes[:, 0], mosaic.cells.boxes[:, 1]
    return np.lexsort((left, top))


def _spiral(mosaic: PlacedTiles, background: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """From the middle outwards."""
    offset = (centres(mosaic.cells) - np.array(mosaic.cells.canvas[2:]) / 2) / mosaic.cells.tile_size
    ring = np.floor(np.abs(offset).max(axis=1) + 0.5)
    return np.lexsort((np.arctan2(offset[:, 1], offset[:, 0]), ring))


def _random(mosaic: PlacedTiles, background: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """At random."""
    return rng.permutation(len(mosaic.cells))


def _clusters(mosaic: PlacedTiles, background: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """One cluster of tiles of similar colours after the other, from light to dark; at random within each."""
    colours = _tile_colours(mosaic).astype(np.float32)
    count = min(CLUSTERS, len(np.unique(colours, axis=0)))
    cv2.setRNGSeed(int(rng.integers(1 << 31)))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 1e-4)
    _, labels, middles = cv2.kmeans(colours, count, None, stop, 3, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    rank = np.argsort(np.argsort(-middles[:, 0]))
    return np.lexsort((rng.random(len(colours)), rank[labels.ravel()]))


Placement = Callable[[PlacedTiles, tuple[int, int, int], np.random.Generator], np.ndarray]
#: Orders of placement by name.
PLACEMENTS: dict[str, Placement] = {
    "fidelity": _fidelity,
    "rows": _rows,
    "spiral": _spiral,
    "random": _random,
    "clusters": _clusters,
}


def _tile_colours(mosaic: PlacedTiles) -> np.ndarray:
    """The mean colour of the tile of each cell in Oklab, (n, 3)."""
    rgb = mosaic.codebook.rgb
    means = np.stack([cv2.mean(each)[:3] for each in rgb])
    return _lab(np.round(means).astype(np.uint8))[mosaic.codebook.rows[mosaic.chosen]]


def _lab(rgb: np.ndarray) -> np.ndarray:
    """Colours, (n, 3) uint8, in Oklab."""
    return np.asarray(to_oklab(np.ascontiguousarray(rgb[:, None])), np.float64).reshape(-1, 3)
