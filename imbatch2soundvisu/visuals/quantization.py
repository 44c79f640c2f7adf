"""Adaptive palettes, and error diffusion whose result compresses well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

_BITS = 5  # of each channel in the lookup table of nearest colours
_STRENGTH = 0.85  # share of the error that is diffused
_FLAT_SHARE, _MOST_FLAT = 0.005, 4  # colours that fill more of an image are kept exactly, at most so many
_LEAST_SLACK, _MOST_SLACK = 40, 600  # squared error that may be added for the sake of a run


def adaptive_palette(frame: np.ndarray, colours: int) -> np.ndarray:
    """Return at most `colours` colours that suit an image: an octree's, moved to the means of their pixels.

    Colours that fill more than half a percent of the image are kept exactly, so that bars and plain areas stay flat.

    Parameters
    ----------
    frame : ndarray of shape (h, w, 3)
        uint8, sRGB.
    colours : int
        From 2 to 256.

    Returns
    -------
    ndarray of shape (k, 3)
        uint8, k at most `colours`.
    """
    tree = Image.fromarray(frame).quantize(colours, method=Image.Quantize.FASTOCTREE)
    centres = np.array(tree.getpalette(), np.float32).reshape(-1, 3)[:colours]
    pixels = frame.reshape(-1, 3)
    sample = pixels[:: max(1, len(pixels) // 12_000)].astype(np.float32)
    for _ in range(2):
        nearest = _nearest(sample, centres)
        count = np.bincount(nearest, minlength=len(centres))
        sums = np.stack([np.bincount(nearest, sample[:, c], len(centres)) for c in range(3)], axis=1)
        centres[count > 0] = (sums[count > 0] / count[count > 0, None]).astype(np.float32)
    palette = np.clip(np.rint(centres), 0, 255).astype(np.uint8)
    for flat in _flat_colours(pixels):
        palette[((palette.astype(np.int32) - flat) ** 2).sum(axis=1).argmin()] = flat
    return palette


def dither(frames: np.ndarray, palettes: Sequence[np.ndarray]) -> np.ndarray:
    """Reduce images to palettes by error diffusion that keeps the left neighbour's colour where it is close enough.

    A run of one colour compresses better, and its error is diffused like any other; more error is accepted in busy
    areas, where it is less visible, than in smooth ones. Flat areas receive no error. All pixels on a line x + 2y are
    independent of each other, so rows are stored sheared by two columns each and computed together.

    Parameters
    ----------
    frames : ndarray of shape (b, h, w, 3)
        uint8, sRGB.
    palettes : sequence of ndarray of shape (k, 3)
        uint8, one for each image.

    Returns
    -------
    ndarray of shape (b, h, w)
        uint8, indices into the palettes.

    References
    ----------
    R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial grey scale", Proc. SID 17/2, 1976.
    """
    count, height, width, _ = frames.shape
    work = _Diffusion.of(frames, palettes)
    error = np.zeros((width + 2 * height + 3, count, height + 1, 3), np.float32)
    chosen = np.zeros((width + 2 * height, count, height), np.uint8)
    for t in range(width + 2 * (height - 1)):
        top, bottom = max(0, (t - width + 2) // 2), min(height, t // 2 + 1)
        here, below = slice(top, bottom), slice(top + 1, bottom + 1)
        chosen[t, :, here], miss = work.choose(t, here, error[t, :, here], chosen[t - 1, :, here])
        error[t + 1, :, here] += 7 * miss
        error[t + 1, :, below] += 3 * miss
        error[t + 2, :, below] += 5 * miss
        error[t + 3, :, below] += miss
    return np.stack([chosen[2 * y : 2 * y + width, :, y].T for y in range(height)], axis=1)


@dataclass(frozen=True)
class _Diffusion:
    """Constants of one diffusion; arrays over pixels are sheared.

    palette : (b, k, 3). tables : (b, cells) indices of the nearest colours. source : the images. slack : squared error
    that may be added for a run. receives : 0 where no error is received.
    """

    palette: np.ndarray
    tables: np.ndarray
    source: np.ndarray
    slack: np.ndarray
    receives: np.ndarray

    @classmethod
    def of(cls, frames: np.ndarray, palettes: Sequence[np.ndarray]) -> _Diffusion:
        rows = max(map(len, palettes))
        palette = np.stack([np.pad(p, ((0, rows - len(p)), (0, 0)), mode="edge") for p in palettes]).astype(np.float32)
        tables = np.stack([_lookup(p) for p in palettes])
        flat = np.stack([_flat_areas(f, p, t) for f, p, t in zip(frames, palettes, tables, strict=True)])
        slack = np.stack([_slack(frame) for frame in frames]) * ~flat
        return cls(palette, tables, _sheared(frames), _sheared(slack), _sheared(~flat))

    def choose(self, t: int, here: slice, error: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices (b, m) for column t, and a sixteenth of the error to diffuse (b, m, 3)."""
        which = np.arange(len(self.palette))[:, None]
        value = self.source[t, :, here] + error * self.receives[t, :, here, None]
        np.clip(value, 0, 255, out=value)
        index = self.tables[which, _cell(value)]
        miss = value - self.palette[which, index]
        left = left.astype(np.intp)
        left_miss = value - self.palette[which, left]
        keep = (left_miss * left_miss).sum(axis=-1) <= (miss * miss).sum(axis=-1) + self.slack[t, :, here]
        miss = np.where(keep[..., None], left_miss, miss) * np.float32(_STRENGTH / 16)
        return np.where(keep, left, index), miss


def _flat_colours(pixels: np.ndarray) -> np.ndarray:
    codes, counts = np.unique(pixels.astype(np.int32) @ np.array([65_536, 256, 1]), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_MOST_FLAT]
    codes = codes[order[counts[order] > _FLAT_SHARE * len(pixels)]]
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1)


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the index of the centre nearest to each point. points : (n, 3) float32, centres : (k, 3) float32."""
    return ((centres * centres).sum(axis=1) - 2 * points @ centres.T).argmin(axis=1)


def _sheared(pixels: np.ndarray) -> np.ndarray:
    """(b, h, w, ...) -> (w + 2h, b, h, ...) float32, pixel (y, x) at column x + 2y."""
    count, height, width = pixels.shape[:3]
    sheared = np.zeros((width + 2 * height, count, height, *pixels.shape[3:]), np.float32)
    for y in range(height):
        sheared[2 * y : 2 * y + width, :, y] = pixels[:, y].swapaxes(0, 1)
    return sheared


def _cell(values: np.ndarray) -> np.ndarray:
    """The cell of (..., 3) values in [0, 255] in a lookup table of 2^(3·_BITS) cells."""
    cells = values.astype(np.intp) >> (8 - _BITS)
    return (cells[..., 0] << 2 * _BITS) | (cells[..., 1] << _BITS) | cells[..., 2]


def _lookup(palette: np.ndarray) -> np.ndarray:
    """The palette index nearest to the middle of each cell, (2^(3·_BITS),) intp."""
    middles = (np.arange(1 << _BITS, dtype=np.float32) + 0.5) * (256 >> _BITS)
    grid = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1).reshape(-1, 3)
    table = _nearest(grid, palette.astype(np.float32))
    table[_cell(palette)] = np.arange(len(palette))
    return table


def _flat_areas(frame: np.ndarray, palette: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Mask of pixels in flat areas whose colour is in the palette, (h, w) bool."""
    import cv2

    exact = (palette[table[_cell(frame)]] == frame).all(axis=-1)
    exact[:, 1:] &= (frame[:, 1:] == frame[:, :-1]).all(axis=-1)
    exact[1:] &= (frame[1:] == frame[:-1]).all(axis=-1)
    return cv2.erode(exact.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)


def _slack(frame: np.ndarray) -> np.ndarray:
    """The squared error that may be added for the sake of a run, (h, w) float32, by local variance."""
    import cv2

    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (3, 3))
    variance = np.maximum(cv2.blur(grey * grey, (3, 3)) - mean * mean, 0)
    return np.clip(_LEAST_SLACK + 2 * cv2.blur(variance, (5, 5)), 0, _MOST_SLACK)
