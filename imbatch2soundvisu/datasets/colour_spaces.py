"""Colour spaces that are named by numbers instead of a profile: their primaries, their curve, and the way to sRGB.

Code points are those of ITU-T H.273, which PNG (cICP), HEIF, AVIF (nclx) and videos share. High dynamic range (PQ, HLG)
is tone-mapped to the range of a screen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Primaries = tuple[float, float, float, float, float, float, float, float]
Curve = Callable[[np.ndarray], np.ndarray]

_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
BT709: Primaries = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *_D65)
_BT601: Primaries = (0.63, 0.34, 0.31, 0.595, 0.155, 0.07, *_D65)
#: Red, green, blue and white in xy of each code point; others are taken as BT.709.
PRIMARIES: dict[int, Primaries] = {
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, *_C),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),
    6: _BT601,
    7: _BT601,
    8: (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, *_C),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    10: (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1 / 3, 1 / 3),
    11: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, *_DCI),
    12: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, *_D65),
    22: (0.63, 0.34, 0.295, 0.605, 0.155, 0.077, *_D65),
}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_REFERENCE_WHITE = 203.0  # cd/m2 of a white page in HDR (ITU-R BT.2408)
_HDR_PEAK = 1000.0  # cd/m2; what is brighter is clipped
_TOLERANCE = 0.002  # of chromaticities, which files round


def srgb_to_linear(x: np.ndarray) -> np.ndarray:
    """Return linear light in [0, 1] of sRGB values in [0, 1] (IEC 61966-2-1)."""
    return np.where(x <= 0.04045, x / 12.92, ((np.maximum(x, 0.0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(x: np.ndarray) -> np.ndarray:
    """Return sRGB values in [0, 1] of linear light in [0, 1] (IEC 61966-2-1)."""
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 0.0) ** (1 / 2.4) - 0.055)


def _power(exponent: float) -> Curve:
    return lambda x: np.maximum(x, 0.0) ** exponent


def _log(decades: float) -> Curve:
    return lambda x: np.where(x <= 0, 0.0, 10.0 ** ((x - 1.0) * decades))


def _smpte240(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0.0913, x / 4.0, ((x + 0.1115) / 1.1115) ** (1 / 0.45))


_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128


def _pq_to_nits(x: np.ndarray) -> np.ndarray:
    root = np.maximum(x, 0.0) ** (1 / _M2)
    return 10_000.0 * (np.maximum(root - _C1, 0.0) / (_C2 - _C3 * root)) ** (1 / _M1)


def _nits_to_pq(nits: np.ndarray) -> np.ndarray:
    power = (np.maximum(nits, 0.0) / 10_000.0) ** _M1
    return ((_C1 + _C2 * power) / (1.0 + _C3 * power)) ** _M2


def _tone_mapped(nits: np.ndarray) -> np.ndarray:
    """Linear light in [0, 1]: dark and middle tones as they are, highlights compressed (ITU-R BT.2390, 5.4.1)."""
    source = float(_nits_to_pq(np.array(_HDR_PEAK)))
    level = np.minimum(_nits_to_pq(nits) / source, 1.0)
    top = float(_nits_to_pq(np.array(_REFERENCE_WHITE))) / source
    knee = 1.5 * top - 0.5
    t = np.maximum(level - knee, 0.0) / (1.0 - knee)
    curve = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * top
    return _pq_to_nits(np.where(level < knee, level, curve) * source) / _REFERENCE_WHITE


def _pq(x: np.ndarray) -> np.ndarray:
    return _tone_mapped(_pq_to_nits(x))


def _hlg(x: np.ndarray) -> np.ndarray:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(x <= 0.5, x**2 / 3.0, (np.exp((x - c) / a) + b) / 12.0)
    return _tone_mapped(_HDR_PEAK * scene**1.2)


_PQ, _HLG = 16, 18
#: Linear light of each code point. Players show BT.709 and its equals (1, 6, 14, 15) with the sRGB curve.
TRANSFERS: dict[int, Curve] = {
    4: _power(2.2),
    5: _power(2.8),
    7: _smpte240,
    8: _power(1.0),
    9: _log(2.0),
    10: _log(2.5),
    _PQ: _pq,
    17: lambda x: np.maximum(x, 0.0) ** 2.6 * 52.37 / 48.0,
    _HLG: _hlg,
}


@dataclass(frozen=True)
class ColourSpace:
    """Primaries, and the curve from stored values to linear light.

    Parameters
    ----------
    primaries : tuple of float
        x and y of red, green, blue and white (CIE 1931).
    transfer : int
        Code point of H.273; those without an entry in `TRANSFERS` have the sRGB curve.
    exponent : float, optional
        Instead of `transfer`: linear light is the stored value to this power.

    Examples
    --------
    >>> linear = ColourSpace(BT709, exponent=1.0)
    >>> linear.to_srgb(np.full((1, 1, 3), 128, np.uint8)).tolist()
    [[[188, 188, 188]]]
    """

    primaries: Primaries = BT709
    transfer: int = 13
    exponent: float | None = None

    @property
    def is_srgb(self) -> bool:
        """Whether stored values are sRGB values."""
        return self.exponent is None and self.transfer not in TRANSFERS and has_bt709_primaries(self.primaries)

    @property
    def is_hdr(self) -> bool:
        """Whether values are tone-mapped."""
        return self.exponent is None and self.transfer in (_PQ, _HLG)

    def to_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """Return (h, w, 3) uint8 sRGB of (h, w, 3) uint8 or uint16 pixels in this space."""
        import cv2

        light = _curve_table(self, np.iinfo(pixels.dtype).max + 1)[pixels]
        if not has_bt709_primaries(self.primaries):
            light = cv2.transform(light, _matrix(self.primaries))
        return _srgb_table()[(light.clip(0.0, 1.0) * 65535.0 + 0.5).astype(np.uint16)]


#: Adobe RGB (1998).
ADOBE_RGB = ColourSpace((0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *_D65), exponent=563 / 256)


def of_code_points(primaries: int, transfer: int) -> ColourSpace | None:
    """Return the colour space of code points of H.273, or None where stored values are sRGB values."""
    space = ColourSpace(PRIMARIES.get(primaries, BT709), transfer)
    return None if space.is_srgb else space


def has_bt709_primaries(primaries: Primaries) -> bool:
    """Return whether primaries are those of sRGB, which are those of BT.709."""
    return all(abs(a - b) <= _TOLERANCE for a, b in zip(primaries, BT709, strict=True))


def is_valid(primaries: Primaries) -> bool:
    """Return whether the primaries and the white from a file describe a colour space."""
    inside = all(0 <= value <= 1 for value in primaries) and all(y > 0 for y in primaries[7:])
    return inside and abs(np.linalg.det(_chromaticities(primaries))) > 1e-3


def _chromaticities(primaries: Primaries) -> np.ndarray:
    x, y = np.array(primaries[:6:2]), np.array(primaries[1:6:2])
    return np.stack([x, y, 1.0 - x - y])


def _to_xyz(primaries: Primaries) -> np.ndarray:
    """(3, 3) from linear RGB to XYZ, white being (1, 1, 1)."""
    columns = _chromaticities(primaries)
    return columns * np.linalg.solve(columns, _white(primaries))


def _white(primaries: Primaries) -> np.ndarray:
    x, y = primaries[6:]
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


@functools.lru_cache(maxsize=16)
def _matrix(primaries: Primaries) -> np.ndarray:
    """(3, 3) from linear RGB to linear sRGB; whites are adapted (Bradford)."""
    scale = (_BRADFORD @ _white(BT709)) / (_BRADFORD @ _white(primaries))
    adaptation = np.linalg.solve(_BRADFORD, scale[:, None] * _BRADFORD)
    return np.linalg.solve(_to_xyz(BT709), adaptation @ _to_xyz(primaries)).astype(np.float32)


@functools.lru_cache(maxsize=8)
def _curve_table(space: ColourSpace, levels: int) -> np.ndarray:
    curve = _power(space.exponent) if space.exponent else TRANSFERS.get(space.transfer, srgb_to_linear)
    return curve(np.linspace(0.0, 1.0, levels)).astype(np.float32)


@functools.cache
def _srgb_table() -> np.ndarray:
    return (linear_to_srgb(np.linspace(0.0, 1.0, 65536)) * 255.0 + 0.5).astype(np.uint8)
