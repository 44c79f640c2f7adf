"""The colours of tiles are moved towards those of their cells; the texture of the tiles stays."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from .light import codes_of, light_of_oklab, linear, oklab, planes_by

#: Tiles of about so many pixels are tinted together, so that intermediate results stay in the cache of the processor.
_BATCH_PIXELS = 1 << 16
#: The mean light of samples is corrected so many times after colours out of range were brought back.
_CORRECTIONS = 2
#: Share of the darkest and of the lightest pixels of a tile that may leave the range before its contrast is reduced.
_CUT = 0.03
_LUMINANCE = np.array([[0.2126, 0.7152, 0.0722]])
_LEAST_WEIGHT = np.float32(1e-3)
_DARKEST = np.float32(1e-4)


def tinted(tiles: np.ndarray, colours: np.ndarray, amount: float, alpha: np.ndarray | None = None) -> np.ndarray:
    """Return tiles whose colours are moved towards those of their cells.

    A tile is the sum of its samples, smoothly interpolated, and a texture around them. The samples are moved, in OKLab;
    the texture is kept, with less contrast where it would be darker than black or lighter than white. From afar the eye
    averages light, so the mean linear light of each sample is exact at the end: at 1, that of the cell.

    Parameters
    ----------
    tiles : ndarray of shape (n, h, w, 3)
        uint8, sRGB.
    colours : ndarray of shape (n, y, x, 3)
        uint8, sRGB: mean colours of samples of each cell. 1 x 1: its mean colour.
    amount : float
        From 0, where tiles stay as they are, to 1.
    alpha : ndarray of shape (n, h, w), optional
        uint8. What is transparent does not count in the colours of a tile.

    Returns
    -------
    ndarray of shape (n, h, w, 3)
        uint8, sRGB.

    References
    ----------
    Reinhard, Ashikhmin, Gooch & Shirley, "Color transfer between images", IEEE Computer Graphics and Applications
    21(5), 2001. Ottosson, "A perceptual color space for image processing", 2020.

    Examples
    --------
    >>> grey, red = np.full((1, 4, 4, 3), 128, np.uint8), np.array([200, 30, 30], np.uint8).reshape(1, 1, 1, 3)
    >>> tinted(grey, red, 1.0)[0, 0, 0].tolist(), tinted(grey, red, 0.0)[0, 0, 0].tolist()
    ([200, 30, 30], [128, 128, 128])
    """
    if amount == 0:
        return tiles
    result, step = np.empty(tiles.shape, np.uint8), max(1, _BATCH_PIXELS // (tiles.shape[1] * tiles.shape[2]))
    for start in range(0, len(tiles), step):
        some = slice(start, start + step)
        samples = Samples(tiles.shape[1:3], colours.shape[1:3], None if alpha is None else alpha[some])
        light, goal = (linear(np.moveaxis(each[some], -1, 0)) for each in (tiles, colours))
        result[some] = np.moveaxis(codes_of(_moved(light, goal, np.float32(amount), samples)), 0, -1)
    return result


def _moved(light: np.ndarray, goal: np.ndarray, amount: np.float32, samples: Samples) -> np.ndarray:
    """Tiles, (3, n, h, w) linear light, moved towards samples, (3, n, y, x)."""
    texture, means = oklab(light), oklab(samples.means(light))
    own, wanted = samples.means(texture), oklab(goal)
    base = samples.enlarged(own)
    texture -= base
    base = base + amount * samples.enlarged(wanted - own)
    texture *= contrast_in_range(base[0], texture[0])
    texture += base
    moved = in_gamut(light_of_oklab(texture))
    goal = in_gamut(light_of_oklab(means + amount * (wanted - means))) + _DARKEST
    for _ in range(_CORRECTIONS):
        moved *= samples.enlarged(goal / (samples.means(moved) + _DARKEST))
        np.minimum(moved, 1, out=moved)
    return moved


def contrast_in_range(base: np.ndarray, texture: np.ndarray) -> np.ndarray:
    """Return the factors, (n, 1, 1), by which the contrast of textures is reduced so that they stay in range.

    Parameters
    ----------
    base : ndarray of shape (n, h or 1, w or 1)
        Lightness from 0 to 1.
    texture : ndarray of shape (n, h, w)
        Differences from it.
    """
    flat = texture.reshape(len(texture), -1)
    first = int(_CUT * flat.shape[1])
    last = flat.shape[1] - 1 - first
    ordered = np.partition(flat, (first, last), axis=1)
    below, above = -ordered[:, first], ordered[:, last]
    darkest, lightest = base.min(axis=(1, 2)), base.max(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.fmin(np.where(below > 0, darkest / below, 1), np.where(above > 0, (1 - lightest) / above, 1))
    return np.clip(factors, 0, 1)[:, None, None]


def in_gamut(light: np.ndarray) -> np.ndarray:
    """Return planes of linear light within 0 to 1: colours out of range lose saturation, and keep their luminance.

    Parameters
    ----------
    light : ndarray of shape (3, ...)
        float32.
    """
    highest, lowest = np.maximum.reduce(light), np.minimum.reduce(light)
    beyond = (highest > 1) | (lowest < 0)
    if beyond.any():
        some, highest, lowest = light[:, beyond], highest[beyond], lowest[beyond]
        grey = np.clip(planes_by(_LUMINANCE, some)[0], 0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.fmin((1 - grey) / (highest - grey), grey / (grey - lowest))
        light = light.copy()
        light[:, beyond] = np.clip(grey + np.clip(share, 0, 1) * (some - grey), 0, 1)
    return light


class Samples:
    """Mean colours of parts of tiles, and smooth interpolation between them.

    Parameters
    ----------
    tile : (int, int)
        Height and width of a tile in pixels.
    grid : (int, int)
        Number of samples down and across.
    alpha : ndarray of shape (n, h, w), optional
        uint8: how much each pixel counts. A sample without opaque pixels is the mean of its tile.
    """

    def __init__(self, tile: tuple[int, ...], grid: tuple[int, ...], alpha: np.ndarray | None = None) -> None:
        self._down, self._across = (_averaging(*sides) for sides in zip(tile, grid, strict=True))
        self._up, self._out = (_interpolation(*sides) for sides in zip(tile, grid, strict=True))
        self._weights = None if alpha is None else alpha.astype(np.float32) / 255

    def means(self, pixels: np.ndarray) -> np.ndarray:
        """Return (..., y, x) means of (..., h, w) pixels, float32."""
        if self._weights is None:
            return _apply(self._down, self._across, pixels)
        sums, weights = (_apply(self._down, self._across, each) for each in (pixels * self._weights, self._weights))
        whole = sums.sum(axis=(-2, -1), keepdims=True) / np.maximum(weights.sum(axis=(-2, -1), keepdims=True), 1e-6)
        return (sums + _LEAST_WEIGHT * whole) / (weights + _LEAST_WEIGHT)

    def enlarged(self, samples: np.ndarray) -> np.ndarray:
        """Return (..., h, w) of (..., y, x) samples; of 1 x 1, which is the same everywhere, the sample."""
        return samples if samples.shape[-2:] == (1, 1) else _apply(self._up, self._out, samples)


def _apply(rows: np.ndarray, columns: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Multiply (..., h, w) with (y, h) along its height, and with (x, w) along its width."""
    return np.matmul(np.matmul(rows, pixels), columns.T)


@functools.lru_cache(256)
def _averaging(length: int, samples: int) -> np.ndarray:
    """(samples, length) weights of area averaging."""
    return np.asarray(cv2.resize(np.eye(length, dtype=np.float32), (length, samples), interpolation=cv2.INTER_AREA))


@functools.lru_cache(256)
def _interpolation(length: int, samples: int) -> np.ndarray:
    """(length, samples) weights of linear interpolation."""
    return np.asarray(cv2.resize(np.eye(samples, dtype=np.float32), (samples, length), interpolation=cv2.INTER_LINEAR))
