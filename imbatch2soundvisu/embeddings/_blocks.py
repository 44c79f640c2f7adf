"""What `Look` is made of: statistics of one image, each a unit vector.

Where an image can lack what a block describes (a flat one has no edges), the block ends in a coordinate that lifts it
to the unit sphere: such images stand at its pole, alike to each other, instead of having no direction at all.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
import scipy.fft

from ..features import Pixels

_DIRECTIONS = 6
_CHROMA = 2.0  # a and b span about half as much as L
_SHADES = np.array([1, _CHROMA, _CHROMA], np.float32)


def layout(pixels: Pixels) -> np.ndarray:
    """(109,): which colour is where, as 6 × 6 cells of OKLab around mid-grey, with doubled chroma."""
    cells = cv2.resize(pixels.small, (6, 6), interpolation=cv2.INTER_AREA)
    return _lifted((cells - np.array([0.5, 0, 0], np.float32)) * _SHADES / (6 * _FARTHEST))


_FARTHEST = 0.75  # no colour of sRGB, with doubled chroma, lies farther from mid-grey


def palette(pixels: Pixels) -> np.ndarray:
    """(100,): which colours there are, wherever they are: square roots of a soft histogram of OKLab.

    Distances of square roots are Hellinger's. Chroma is compressed by tanh, so that bins are finest near grey, where
    most of what is photographed lies.
    """
    lightness, a, b = (plane.ravel() for plane in cv2.split(pixels.small))
    axes = [_shares(lightness, 4), *(_shares((np.tanh(plane / _VIVID) + 1) / 2, 5) for plane in (a, b))]
    joint = axes[0] @ (axes[1][:, None] * axes[2]).reshape(-1, lightness.size).T
    return np.sqrt(np.maximum(joint, 0) / lightness.size).ravel()


_VIVID = 0.12  # chroma that counts as strong


def _shares(values: np.ndarray, bins: int) -> np.ndarray:
    """(bins, n) float32: how much of each value in [0, 1] each bin gets, linearly between the two nearest."""
    places = np.clip(values, 0, 1) * (bins - 1)
    return np.maximum(1 - np.abs(places - np.arange(bins, dtype=np.float32)[:, None]), 0)


def form(pixels: Pixels) -> np.ndarray:
    """(193,): what runs in which direction where, coarse to fine, whether light or colour changes there.

    Amplitudes of 4 scales × 6 directions of log-Gabor filters in 4 × 4 cells: the gist of Oliva & Torralba, "Modeling
    the shape of the scene", IJCV 2001, here of L, a and b together. Their square roots, less their mean, since all
    images have some of everything.
    """
    bands = []
    spectra = [scipy.fft.fft2(plane) for plane in _evened(pixels)]
    for scale, filters in enumerate(_log_gabor()):
        # a coarse band has no fine detail: fewer samples of it say the same
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
_AROUND = (17, 17)  # px that a place is compared with
_SILENT = 0.1  # norm of centred roots below which an image has no form


def edges(pixels: Pixels) -> np.ndarray:
    """(109,): directions of colour edges, as 6 bins in 6 × 6 cells, each cell of about unit length.

    Dalal & Triggs, "Histograms of oriented gradients for human detection", CVPR 2005, with their choice of the channel
    of the strongest gradient, but in OKLab and without overlapping blocks.
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
    """(59,): texture: square roots of the histogram of uniform local binary patterns of lightness.

    Ojala, Pietikäinen & Mäenpää, "Multiresolution gray-scale and rotation invariant texture classification with local
    binary patterns", PAMI 2002. A neighbour counts as brighter by 0.01, so that noise in flat places does not.
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

    Mirrored images have the same form to the eye. In a mirror, columns and directions run the other way.
    """
    mirrored = np.roll(cells[::-1, :, ::-1], 1, axis=0)
    half = (cells + mirrored)[..., : cells.shape[-1] // 2]
    return half * np.float32(0.5**0.5)


def _lifted(values: np.ndarray) -> np.ndarray:
    """On the unit sphere: (d,) of length up to 1 and the coordinate that is missing, (d + 1,) float32."""
    flat = np.asarray(values, np.float32).ravel()
    length = float(np.linalg.norm(flat))
    return np.append(flat / max(length, 1.0), np.float32(np.sqrt(max(0.0, 1 - length**2))))
