"""Embedded ICC profiles: which are sRGB whatever their name, and the transform of the others."""

from __future__ import annotations

import functools
import io
import struct
from typing import Any

import numpy as np

from .colour_spaces import linear_to_srgb

_SRGB_COLOURANTS = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
_CURVES = (b"rTRC", b"gTRC", b"bTRC")
_COLOURANT_TOLERANCE = 0.003
_CURVE_TOLERANCE = 1.5 / 255  # of sRGB values
_HEADER = 128
_POINTS = np.linspace(0.0, 1.0, 52)  # every fifth level of 8 bits


@functools.lru_cache(maxsize=64)
def is_srgb(profile: bytes) -> bool:
    """Return whether the primaries and the curves of a profile are those of sRGB.

    Its name does not count. Profiles with a colour table, which have no such curves, are none.
    """
    try:
        tags = _tags(profile)
        if profile[16:20] != b"RGB " or any(name.startswith(b"A2B") for name in tags):
            return False
        colourants = [abs(np.subtract(_xyz(tags[name]), xyz)).max() for name, xyz in _SRGB_COLOURANTS.items()]
        curves = [abs(linear_to_srgb(_curve(tags[name])) - _POINTS).max() for name in _CURVES]
    except (KeyError, IndexError, ValueError, struct.error, ArithmeticError):
        return False
    return bool(max(colourants) <= _COLOURANT_TOLERANCE and max(curves) <= _CURVE_TOLERANCE)


def space_of(profile: bytes) -> str:
    """Return the colour space of the pixels that a profile is for: "RGB", "GRAY", "CMYK"."""
    return profile[16:20].decode("latin-1").strip()


@functools.lru_cache(maxsize=64)
def transform(profile: bytes, mode: str) -> Any | None:
    """Return Pillow's transform from a profile to sRGB; None if it is sRGB already, damaged, or for another mode."""
    from PIL import ImageCms

    if is_srgb(profile):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except MemoryError:
        raise
    except Exception:
        return None


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    entries = (struct.unpack_from(">4sII", profile, _HEADER + 4 + 12 * k) for k in range(min(count, 100)))
    return {name: profile[at : at + size] for name, at, size in entries}


def _xyz(tag: bytes) -> tuple[float, ...]:
    return tuple(value / 65536 for value in struct.unpack_from(">3i", tag, 8))


def _curve(tag: bytes) -> np.ndarray:
    """Linear light at `_POINTS`."""
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise ValueError("not a curve")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return _POINTS
    values = np.frombuffer(tag, ">u2", count, 12)
    if count == 1:
        return _POINTS ** (float(values[0]) / 256)
    return np.interp(_POINTS, np.linspace(0.0, 1.0, count), values / 65535)


def _parametric(tag: bytes) -> np.ndarray:
    """A curve of 1 to 7 parameters (ICC.1:2022, 10.18)."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    count = (1, 3, 4, 5, 7)[kind]
    values: list[float] = [value / 65536 for value in struct.unpack_from(f">{count}i", tag, 12)]
    values += (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)[count:]
    g, a, b, c, d, e, f = values
    if kind in (1, 2):  # constant below -b/a
        d, e, f, c = -b / a, c, c, 0.0
    upper = np.maximum(a * _POINTS + b, 0.0) ** g + e
    return np.where(d <= _POINTS, upper, c * _POINTS + f)
