"""Cells and tiles as vectors: the colours of a few samples each, in one colour space."""

from __future__ import annotations

import cv2
import numpy as np

from ..features.pixels import to_oklab
from .cells import Cells
from .codebook import Codebook, oriented
from .options import MosaicOptions


def samples_of(tile: tuple[int, int], detail: int) -> tuple[int, int]:
    """Return the number of samples across and down a tile, at most one for each pixel.

    Examples
    --------
    >>> samples_of((16, 24), 8), samples_of((3, 4), 8)
    ((5, 8), (3, 4))
    """
    longer = max(tile)
    across, down = (max(1, round(min(detail, longer) * side / longer)) for side in tile)
    return across, down


def tile_vectors(codebook: Codebook, samples: tuple[int, int], options: MosaicOptions) -> np.ndarray:
    """Return (m, d) float32: the samples of each tile."""
    small = np.stack([cv2.resize(tile, samples, interpolation=cv2.INTER_AREA) for tile in codebook.rgb])
    return in_space(_variants(small, codebook), options.space).reshape(len(codebook), -1)


def _variants(small: np.ndarray, codebook: Codebook) -> np.ndarray:
    """The samples of each tile from those of each image: a turned tile has turned samples."""
    found = small[codebook.rows]
    for kind in np.unique(codebook.variants[codebook.variants > 0]).tolist():
        chosen = codebook.variants == kind
        found[chosen] = np.stack([oriented(each, kind) for each in found[chosen]])
    return found


def cell_vectors(target: np.ndarray, cells: Cells, samples: tuple[int, int], options: MosaicOptions) -> np.ndarray:
    """Return (n, d) float32: the samples of each cell of a target."""
    small = np.stack([cv2.resize(cell, samples, interpolation=cv2.INTER_AREA) for cell in cut(target, cells)])
    return in_space(small, options.space).reshape(len(small), -1)


def cut(target: np.ndarray, cells: Cells) -> list[np.ndarray]:
    """Return the pixels of each cell; what is beyond the target repeats its edge."""
    canvas, boxes = canvas_of(target, cells), cells.boxes
    over = (boxes[:, :2] + boxes[:, 2:]).max(axis=0) - (canvas.shape[1], canvas.shape[0])
    before = np.maximum(0, -boxes[:, :2].min(axis=0))
    right, bottom = np.maximum(0, over).tolist()
    padded = cv2.copyMakeBorder(canvas, int(before[1]), bottom, int(before[0]), right, cv2.BORDER_REPLICATE)
    corners = boxes[:, :2] + before
    return [
        padded[y : y + h, x : x + w] for (x, y), (w, h) in zip(corners.tolist(), boxes[:, 2:].tolist(), strict=True)
    ]


def canvas_of(target: np.ndarray, cells: Cells) -> np.ndarray:
    """Return the part of a target that the cells cover."""
    left, top, width, height = cells.canvas
    return target[top : top + height, left : left + width]


def in_space(rgb: np.ndarray, space: str) -> np.ndarray:
    """Return sRGB pixels, (..., 3) uint8, in a colour space; float32, of the same shape."""
    if space == "srgb":
        return rgb.astype(np.float32) / 255
    if space == "linear":
        return _LINEAR[rgb]
    flat = np.ascontiguousarray(rgb.reshape(-1, 1, 3))
    if space == "lab":
        return (cv2.cvtColor(flat.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) / 100).reshape(rgb.shape)
    return np.asarray(to_oklab(flat), np.float32).reshape(rgb.shape)


_SRGB = np.arange(256, dtype=np.float32) / 255
_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)
