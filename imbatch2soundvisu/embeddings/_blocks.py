"""The descriptors that `Look` consists of: statistics of one image, each a unit vector.

Where an image can lack what a descriptor measures (a flat one has no edges), the vector has one more coordinate, which
makes its length 1: such images get the same vector, instead of one of length 0.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import cv2
import numpy as np
import scipy.fft

from ..features import Pixels

Block = Callable[[Pixels], np.ndarray]

_DIRECTIONS = 6
_CHROMA = 2.0  # a and b span about half as much as L
_SHADES = np.array([1, _CHROMA, _CHROMA], np.float32)


def layout(pixels: Pixels) -> np.ndarray:
    """Return the mean OKLab colours of 6 × 6 cells, relative to mid-grey and with doubled chroma, (109,) float32."""
    cells = cv2.resize(pixels.small, (6, 6), interpolation=cv2.INTER_AREA)
    return _lifted((cells - np.array([0.5, 0, 0], np.float32)) * _SHADES / (6 * _FARTHEST))


_FARTHEST = 0.75  # no colour of sRGB, with doubled chroma, lies farther from mid-grey


def palette(pixels: Pixels) -> np.ndarray:
    """Return the square roots of a soft histogram of OKLab, wherever the colours are, (100,) float32.

    Euclidean distances of square roots are Hellinger distances. Chroma is compressed by tanh, so that bins are finest
    near grey, where most colours of photographs are.
    """
    lightness, a, b = (plane.ravel() for plane in cv2.split(pixels.small))
    axes = [_shares(lightness, 4), *(_shares((np.tanh(plane / _VIVID) + 1) / 2, 5) for plane in (a, b))]
    joint = axes[0] @ (axes[1][:, None] * axes[2]).reshape(-1, lightness.size).T
    return np.sqrt(np.maximum(joint, 0) / lightness.size).ravel()


_VIVID = 0.12  # chroma that counts as strong


def _shares(values: np.ndarray, bins: int) -> np.ndarray:
    """(bins, n) float32: the share of each value in [0, 1] that each bin gets, linear between the two nearest."""
    places = np.clip(values, 0, 1) * (bins - 1)
    return np.maximum(1 - np.abs(places - np.arange(bins, dtype=np.float32)[:, None]), 0)


def form(pixels: Pixels) -> np.ndarray:
    """Return the orientations of lightness and colour at four scales, (193,) float32.

    Amplitudes of 4 scales × 6 directions of log-Gabor filters in 4 × 4 cells, of L, a and b together; their square
    roots, less their mean, since every image has some of each.

    References
    ----------
    Oliva & Torralba, "Modeling the shape of the scene" (gist), IJCV 2001.
    """
    bands = []
    spectra = [scipy.fft.fft2(plane) for plane in _evened(pixels)]
    for scale, filters in enumerate(_log_gabor()):
        # a coarse band has no fine detail: fewer samples hold the same information
        side, margin = (_SIDE + 2 * _MARGIN) >> scale, _MARGIN >> scale
        power = np.zeros(filters.shape, np.float32)
        for spectrum in spectra:
            parts = scipy.fft.ifft2(_low(spectrum, side) * filters).view(np.float32)
            parts *= parts
            power += parts[..., ::2]
            power += parts[..., 1::2]
        amplitude = np.sqrt(power[:, margin : side - margin, margin : side - margin]) / np.float32(4**scale)
        bands.append(_symmetric(_pooled(amplitude, 4)))
    roots = np.sqrt(np.stack(bands))
    centred = roots - roots.mean()
    return _lifted(centred / np.sqrt(float((centred * centred).sum()) + _SILENT**2))


_SIDE = 64
_MARGIN = 8  # mirrored pixels around a plane before its Fourier transform
_SCALES = 4
_AROUND = (17, 17)  # px of the window that a pixel is compared with
_SILENT = 0.1  # norm of centred roots below which an image has no form


def edges(pixels: Pixels) -> np.ndarray:
    """Return histograms of the directions of colour edges: 6 bins in 6 × 6 cells, (109,) float32.

    Each cell has about unit length. Of the three channels, that of the strongest gradient counts, as in the paper, but
    in OKLab and without overlapping blocks.

    References
    ----------
    Dalal & Triggs, "Histograms of oriented gradients for human detection", CVPR 2005.
    """
    colours = pixels.small * _SHADES
    x = cv2.Sobel(colours, cv2.CV_32F, 1, 0, scale=0.125, borderType=cv2.BORDER_REPLICATE)
    y = cv2.Sobel(colours, cv2.CV_32F, 0, 1, scale=0.125, borderType=cv2.BORDER_REPLICATE)
    strength = x * x + y * y
    best = (strength == strength.max(axis=-1, keepdims=True)).argmax(axis=-1).ravel()
    x, y, strength = (each.reshape(-1, 3)[np.arange(best.size), best].reshape(48, 48) for each in (x, y, strength))
    places = cv2.phase(x, y) % np.float32(np.pi) * np.float32(_DIRECTIONS / np.pi)
    apart = np.abs(places - np.arange(_DIRECTIONS, dtype=np.float32)[:, None, None])
    maps = np.maximum(1 - np.minimum(apart, _DIRECTIONS - apart), 0) * np.sqrt(strength)
    cells = _pooled(maps, 6)
    cells /= np.sqrt((cells * cells).sum(axis=0) + _FAINT**2)
    return _lifted(_symmetric(cells) / 6)


_FAINT = 0.02  # mean gradient of a cell, in lightness a pixel, below which its directions mean little


def grain(pixels: Pixels) -> np.ndarray:
    """Return the square roots of the histogram of uniform local binary patterns of lightness, (59,) float32.

    A neighbour counts as brighter by 0.01 or more, so that noise in flat places does not.

    References
    ----------
    Ojala, Pietikäinen & Mäenpää, "Multiresolution gray-scale and rotation invariant texture classification with local
    binary patterns", PAMI 2002.
    """
    height, width = pixels.lightness.shape
    around = cv2.copyMakeBorder(pixels.lightness, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    threshold = pixels.lightness + np.float32(0.01)
    codes = np.zeros((height, width), np.uint8)
    for bit, (down, right) in enumerate(_NEIGHBOURS):
        codes |= (around[down : down + height, right : right + width] > threshold).view(np.uint8) << bit
    counts = np.bincount(_uniform()[codes.ravel()], minlength=59)
    return np.sqrt(counts / codes.size).astype(np.float32)


_NEIGHBOURS = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))  # once round the middle of 3 × 3


@functools.cache
def _uniform() -> np.ndarray:
    """(256,): the bin of each pattern: one each where bits change at most twice around, the last for the others."""
    codes = np.arange(256, dtype=np.uint8)
    turned = (codes << 1) | (codes >> 7)
    changes = np.unpackbits((codes ^ turned).astype(np.uint8)[:, None], axis=1).sum(axis=1)
    return np.where(changes <= 2, np.cumsum(changes <= 2) - 1, 58)


def _evened(pixels: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """L, and a + ib, mirrored at their margins, less their surroundings, over the contrast around; complex64.

    So that weak edges in dim places count as strong ones in bright places do. The power of a + ib is that of a plus
    that of b wherever both change together, as they do where one colour meets another.
    """
    colours = cv2.resize(pixels.oklab, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) * _SHADES
    tile = cv2.copyMakeBorder(colours, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REFLECT)
    detail = tile - cv2.blur(tile, _AROUND, borderType=cv2.BORDER_REFLECT)
    power = cv2.blur((detail * detail).sum(axis=-1), _AROUND, borderType=cv2.BORDER_REFLECT)
    detail /= (np.sqrt(np.maximum(power, 0)) + np.float32(0.05))[..., None]
    return detail[..., 0].astype(np.complex64), np.ascontiguousarray(detail[..., 1:]).view(np.complex64)[..., 0]


@functools.cache
def _log_gabor() -> list[np.ndarray]:
    """For each scale, finest first, (6, side, side) float32 of one-sided filters; sides halve.

    Field, "Relations between the statistics of natural images and the response properties of cortical cells", 1987.
    Centres at 0.35 cycles a pixel and octaves below; bandwidth 0.55 in natural logarithm.
    """
    banks = []
    step = np.pi / _DIRECTIONS
    for scale in range(_SCALES):
        axis = scipy.fft.fftfreq((_SIDE + 2 * _MARGIN) >> scale)
        ring = np.exp(-(np.log(np.maximum(np.hypot(axis[:, None], axis), 1e-6) / 0.35) ** 2) / (2 * 0.55**2))
        angle = np.arctan2(axis[:, None], axis) - np.arange(_DIRECTIONS)[:, None, None] * step
        turned = (angle + np.pi) % (2 * np.pi) - np.pi
        banks.append((ring * np.exp(-(turned**2) / (2 * (0.6 * step) ** 2))).astype(np.float32))
    return banks


def _low(spectrum: np.ndarray, side: int) -> np.ndarray:
    """The lowest frequencies of a square spectrum, (side, side)."""
    half = side // 2
    rows = np.concatenate((spectrum[:half], spectrum[-half:]))
    return np.concatenate((rows[:, :half], rows[:, -half:]), axis=1)


def _pooled(maps: np.ndarray, cells: int) -> np.ndarray:
    """Means of (k, side, side) maps in cells, (k, cells, cells)."""
    count, side, _ = maps.shape
    size = side // cells
    return maps.reshape(count, cells, size, cells, size).mean(axis=(2, 4))


def _symmetric(cells: np.ndarray) -> np.ndarray:
    """Mean of (directions, rows, columns) and its mirror image, the left half of it, of the length of the whole.

    So that an image and its mirror image have the same vector. In a mirror, columns and directions are reversed.
    """
    mirrored = np.roll(cells[::-1, :, ::-1], 1, axis=0)
    half = (cells + mirrored)[..., : cells.shape[-1] // 2]
    return half * np.float32(0.5**0.5)


def _lifted(values: np.ndarray) -> np.ndarray:
    """On the unit sphere: (d,) of length up to 1 and the coordinate that is missing, (d + 1,) float32."""
    flat = np.asarray(values, np.float32).ravel()
    length = float(np.linalg.norm(flat))
    return np.append(flat / max(length, 1.0), np.float32(np.sqrt(max(0.0, 1 - length**2))))


#: Descriptors of colour, and of form: weight, and the typical squared distance of two photographs.
COLOUR: dict[Block, tuple[float, float]] = {layout: (1, 0.15), palette: (1, 0.7)}
FORM: dict[Block, tuple[float, float]] = {form: (2, 1.3), edges: (1, 0.35), grain: (1, 0.15)}


def scales(colour: float) -> dict[Block, float]:
    """Return the factor of each descriptor, so that the squared distances of colour are `colour` of the whole."""
    found = {}
    for blocks, share in ((COLOUR, colour), (FORM, 1 - colour)):
        total = sum(weight for weight, _ in blocks.values())
        for block, (weight, typical) in blocks.items():
            found[block] = float(np.sqrt(share * weight / total / typical))
    return found
