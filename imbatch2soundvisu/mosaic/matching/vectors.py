"""Cells and tiles as vectors, whose Euclidean distances say how unlike they look: weighted colours of a few samples.

How space, detail and weights were chosen: `docs/mosaic-matching.md`.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...features.pixels import to_oklab
from ..colours.colouring import rgb_of
from ..colours.light import Recolour, linear
from ..colours.sampling import averages, box_averages
from ..layout.cells import Cells
from ..layout.shapes import hexagon
from ..options import MosaicOptions
from ..tiles.codebook import Codebook, oriented

#: Weight of a and b of OKLab beside L, which makes a difference of hue count about as much as CIEDE2000 has it.
CHROMA_WEIGHT = 2.0
#: Weight of the mean colour of a cell beside its pattern: the mean is what is seen from afar.
MEAN_WEIGHT = 1.5
#: The least weight of the mean, where tint gives a tile the mean of its cell anyway: among equal patterns, it decides.
LEAST_MEAN_WEIGHT = 0.1

_BATCH_SAMPLES = 1 << 16


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


def tile_vectors(
    codebook: Codebook,
    samples: tuple[int, int],
    options: MosaicOptions,
    shape: str = "rectangle",
    recolour: Recolour | None = None,
) -> np.ndarray:
    """Return (m, d) float32: the tiles as vectors.

    Transparent parts have the mean colour of the opaque ones, or that of the option `background`.

    Parameters
    ----------
    codebook : Codebook
        The tiles.
    samples : (int, int)
        Samples across and down a tile, as of the cells.
    options : MosaicOptions
        See `vectors_of`.
    shape : {"rectangle", "hexagon"}
        Of the cells.
    recolour : callable, optional
        Changes the colours of samples before, (..., 3) uint8.
    """
    found = _variants(codebook, samples, options.background)
    return vectors_of(found if recolour is None else recolour(found), options, shape)


def cell_vectors(
    target: np.ndarray,
    cells: Cells,
    samples: tuple[int, int],
    options: MosaicOptions,
    recolour: Recolour | None = None,
) -> np.ndarray:
    """Return (n, d) float32: the cells of a target as vectors. What is beyond the target repeats its edge.

    `recolour` changes the colours of samples before, (..., 3) uint8.
    """
    found = box_averages(cells.part_of(target), cells.boxes, samples)
    return vectors_of(found if recolour is None else recolour(found), options, cells.shape)


def vectors_of(samples: np.ndarray, options: MosaicOptions, shape: str = "rectangle") -> np.ndarray:
    """Return samples as vectors.

    Parameters
    ----------
    samples : ndarray of shape (n, down, across, 3)
        uint8, sRGB: means of the colours of parts of a cell or tile.
    options : MosaicOptions
        With `space`, `edges` and `tint`.
    shape : {"rectangle", "hexagon"}
        Of the cells: a sample counts as much as it is inside.

    Returns
    -------
    ndarray of shape (n, d)
        float32: the colours in the space, where their mean counts `mean_weight` times; with `edges`, so many times the
        differences of the lightness (linear and srgb: colour) of neighbouring samples behind them.
    """
    inside = _inside(samples.shape[2], samples.shape[1], shape)
    step = max(1, _BATCH_SAMPLES // inside.size)
    first = _vectors(samples[:step], options, inside)
    if len(samples) <= step:
        return first
    rows = np.empty((len(samples), first.shape[1]), np.float32)
    rows[:step] = first
    for start in range(step, len(samples), step):
        rows[start : start + step] = _vectors(samples[start : start + step], options, inside)
    return rows


def _vectors(samples: np.ndarray, options: MosaicOptions, inside: np.ndarray) -> np.ndarray:
    colours = _in_space(samples, options.space)
    whole = bool((inside == 1).all())
    mean = averages(colours if whole else colours * inside / inside.mean(), (1, 1))
    weighted = colours + np.float32(mean_weight(options.tint) - 1) * mean
    parts = [weighted if whole else weighted * np.sqrt(inside)]
    if options.edges:
        edged = colours[..., :1] if options.space in ("oklab", "lab") else colours
        for axis in (1, 2):
            both = np.minimum(*(np.delete(inside, end, axis - 1) for end in (0, -1)))  # of two neighbours
            parts.append(options.edges * np.diff(edged, axis=axis) * np.sqrt(both))
    return np.concatenate([part.reshape(len(samples), -1) for part in parts], axis=1, dtype=np.float32)


def mean_weight(tint: float) -> float:
    """Return how much the mean colour counts beside the pattern: as much of it as tint leaves.

    Examples
    --------
    >>> mean_weight(0), mean_weight(0.5), mean_weight(1)
    (1.5, 0.75, 0.1)
    """
    return max(LEAST_MEAN_WEIGHT, MEAN_WEIGHT * (1 - tint))


def _inside(across: int, down: int, shape: str) -> np.ndarray:
    """How much of each sample is inside the cell, (down, across, 1) float32, from 0 to 1."""
    if shape == "hexagon":
        return hexagon((across, down))[..., None].astype(np.float32) / 255
    return np.ones((down, across, 1), np.float32)


def _variants(codebook: Codebook, samples: tuple[int, int], background: Any = "target") -> np.ndarray:
    """The samples of each tile from those of each image: a turned tile has turned samples."""
    found = np.empty((len(codebook), samples[1], samples[0], 3), np.uint8)
    for kind in np.unique(codebook.variants).tolist():
        turned = samples[::-1] if kind & 1 else samples
        chosen = codebook.variants == kind
        upright = image_samples(codebook, turned, background)[codebook.rows[chosen]]
        found[chosen] = np.moveaxis(oriented(np.moveaxis(upright, 0, 2), kind), 2, 0)
    return found


def image_samples(codebook: Codebook, samples: tuple[int, int], background: Any = "target") -> np.ndarray:
    """Return (i, down, across, 3) uint8, sRGB: the samples of each image of a codebook, over a background."""
    if codebook.alpha is None:
        return averages(codebook.rgb, samples)
    step = 1024
    batches = [slice(start, start + step) for start in range(0, len(codebook.rgb), step)]
    ground = None if background == "target" else np.array(rgb_of(background), np.float32)
    return np.concatenate([_filled(codebook.rgb[each], codebook.alpha[each], samples, ground) for each in batches])


def _filled(rgb: np.ndarray, alpha: np.ndarray, samples: tuple[int, int], ground: np.ndarray | None) -> np.ndarray:
    """Samples of images that stand on a colour; None: on their own mean colour.

    They are painted on that of the cell, which is about the same where a tile matches. So a tile is near the cells that
    it fits, and not near any cell for being mostly transparent.
    """
    opaque = alpha[..., None].astype(np.float32) / 255
    colours, shares = averages(rgb * opaque, samples), averages(opaque, samples)
    if ground is None:
        ground = colours.sum(axis=(1, 2), keepdims=True) / np.maximum(shares.sum(axis=(1, 2), keepdims=True), 1e-6)
    return np.clip(colours + (1 - shares) * ground + 0.5, 0, 255).astype(np.uint8)


def _in_space(rgb: np.ndarray, space: str) -> np.ndarray:
    """sRGB pixels, (..., 3) uint8, in a colour space with its weights; float32, of the same shape."""
    if space == "srgb":
        return rgb.astype(np.float32) / 255
    if space == "linear":
        return linear(rgb)
    flat = np.ascontiguousarray(rgb.reshape(-1, 1, 3))
    if space == "lab":
        return (cv2.cvtColor(flat.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) / 100).reshape(rgb.shape)
    weights = np.array([1, CHROMA_WEIGHT, CHROMA_WEIGHT], np.float32)
    return np.asarray(to_oklab(flat) * weights, np.float32).reshape(rgb.shape)
