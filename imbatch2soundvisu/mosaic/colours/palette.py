"""The colours of a target fitted to those of its tiles, or those of the tiles to the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..layout.cells import Cells
from ..matching.vectors import image_samples
from ..tiles.codebook import Codebook
from .cell_colours import cell_colours
from .light import codes_of, light_of_oklab, linear, oklab
from .tint import in_gamut

#: Places where the curve of lightness is given, from 0 to 1.
_KNOTS = 33
#: Least and greatest slope of the curve: a steeper one would show steps and noise, a flatter one would lose shapes.
_SLOPES = (0.25, 3.0)
#: The most by which chroma is multiplied or divided: more would make the noise of grey images colourful.
MOST_CHROMA = 2.5
#: Pixels that are mapped together.
_BATCH_PIXELS = 1 << 16


@dataclass(frozen=True)
class ColourMap:
    """A smooth change of colours: a rising curve of OKLab lightness, and an affine map of a and b.

    Parameters
    ----------
    curve : tuple of float
        Lightness at equal distances from 0 to 1.
    matrix : ((float, float), (float, float))
        Of a and b, about `centre`.
    centre, shifted : (float, float)
        Values of a and b, and where they go.
    """

    curve: tuple[float, ...]
    matrix: tuple[tuple[float, float], tuple[float, float]]
    centre: tuple[float, float]
    shifted: tuple[float, float]

    def __call__(self, rgb: np.ndarray) -> np.ndarray:
        """Return sRGB pixels, (..., 3) uint8, with the colours changed."""
        flat = rgb.reshape(-1, 3)
        found = np.empty_like(flat)
        for start in range(0, len(flat), _BATCH_PIXELS):
            some = slice(start, start + _BATCH_PIXELS)
            found[some] = codes_of(in_gamut(light_of_oklab(self._mapped(oklab(linear(flat[some].T)))))).T
        return found.reshape(rgb.shape)

    def _mapped(self, colours: np.ndarray) -> np.ndarray:
        lightness = np.interp(colours[0], np.linspace(0, 1, len(self.curve)), self.curve)
        one, two = colours[1] - self.centre[0], colours[2] - self.centre[1]
        rows = zip(self.matrix, self.shifted, strict=True)
        return np.stack([lightness, *(row[0] * one + row[1] * two + shift for row, shift in rows)]).astype(np.float32)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, which JSON can hold; see `of`."""
        return asdict(self)

    @classmethod
    def of(cls, saved: Mapping[str, Any] | None) -> ColourMap | None:
        """Return the map of what `as_dict` returned, also after a way through JSON; None for None."""
        if saved is None:
            return None
        one, two = saved["matrix"]
        fields = {name: tuple(saved[name]) for name in ("curve", "centre", "shifted")}
        return cls(**fields, matrix=(tuple(one), tuple(two)))


def colour_maps(
    target: np.ndarray, cells: Cells, codebook: Codebook, palette: str | None
) -> tuple[ColourMap | None, ColourMap | None]:
    """Return how the colours of a target and of its tiles are changed before they are compared; None: not at all.

    Parameters
    ----------
    target : ndarray of shape (h, w, 3)
        uint8, sRGB.
    cells : Cells
        Its cells, whose mean colours are fitted.
    codebook : Codebook
        The tiles, whose mean colours are fitted.
    palette : {None, "target", "tiles"}
        What is changed.
    """
    if palette is None:
        return None, None
    of_cells, of_tiles = cell_colours(target, cells)[:, 0, 0], image_samples(codebook, (1, 1))[:, 0, 0]
    if palette == "target":  # colours that the target has not are not added
        return colour_map(of_cells, of_tiles, most_chroma=1.0), None
    return None, colour_map(of_tiles, of_cells)


def colour_map(source: np.ndarray, wanted: np.ndarray, most_chroma: float = MOST_CHROMA) -> ColourMap:
    """Return the map that gives colours the distribution of others.

    Lightness is mapped by its quantiles, with limited slopes; a and b by the linear map between the covariances.

    Parameters
    ----------
    source : ndarray of shape (n, 3)
        uint8, sRGB: the colours to change, such as the mean colours of cells.
    wanted : ndarray of shape (m, 3)
        uint8, sRGB: colours with the distribution that is wanted.
    most_chroma : float
        The most by which chroma is multiplied.

    References
    ----------
    Pitié & Kokaram, "The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer", CVMP 2007.

    Examples
    --------
    >>> dark = np.arange(10, 110, dtype=np.uint8)[:, None].repeat(3, axis=1)
    >>> brighter = colour_map(dark, dark + 100)
    >>> bool(brighter(dark[:1])[0, 0] > 100), bool(brighter(dark[-1:])[0, 0] > 200)
    (True, True)
    """
    one, two = (oklab(linear(np.ascontiguousarray(each.T))).astype(np.float64) for each in (source, wanted))
    matrix = _between(_covariance(one[1:]), _covariance(two[1:]), most_chroma)
    centre, shifted = (tuple(each[1:].mean(axis=1).tolist()) for each in (one, two))
    rows = [tuple(row) for row in matrix.tolist()]
    return ColourMap(tuple(_curve(one[0], two[0]).tolist()), (rows[0], rows[1]), centre, shifted)


def _curve(source: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The curve that maps the quantiles of lightness, smooth, with limited slopes, in 0 to 1."""
    shares, places = np.linspace(0, 1, 101), np.linspace(0, 1, _KNOTS)
    from_, to = (np.quantile(each, shares) for each in (source, wanted))
    from_, kept = np.unique(from_, return_index=True)
    values = np.interp(places, from_, to[kept])
    values += np.minimum(0, places - from_[0]) + np.maximum(0, places - from_[-1])  # beyond the colours: slope 1
    smooth = np.convolve(np.pad(values, 2, mode="reflect", reflect_type="odd"), np.array([1, 2, 3, 2, 1]) / 9, "valid")
    steps = np.clip(np.diff(smooth), _SLOPES[0] / (_KNOTS - 1), _SLOPES[1] / (_KNOTS - 1))
    curve = np.concatenate(([0], np.cumsum(steps)))
    curve += np.median(wanted) - np.interp(np.median(source), places, curve)
    return np.clip(curve, 0, 1)


def _covariance(planes: np.ndarray) -> np.ndarray:
    return np.cov(planes, bias=True) + 1e-5 * np.eye(len(planes))


def _between(source: np.ndarray, wanted: np.ndarray, most: float) -> np.ndarray:
    """The symmetric linear map that gives one covariance from another, with limited factors."""
    root = _power(source, 0.5)
    inverse = _power(source, -0.5)
    values, vectors = np.linalg.eigh(inverse @ _power(root @ wanted @ root, 0.5) @ inverse)
    return np.asarray((vectors * np.clip(values, 1 / MOST_CHROMA, most)) @ vectors.T)


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T)
