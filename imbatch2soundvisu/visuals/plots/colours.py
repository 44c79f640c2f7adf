"""Colours of clusters, the same in every plot and on every page, and of the plots themselves."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

#: Of all plots and sheets.
BACKGROUND, PANEL, GRID, TEXT, MUTED, ACCENT = "#111215", "#1b1d21", "#33363d", "#ecece8", "#96999f", "#f0b05c"
#: Colour and name of the images that belong to no cluster.
NOISE, IN_NONE = "#7d8088", "in no cluster"

# Linear sRGB under normal vision, protanopia and deuteranopia. (Machado, Oliveira & Fernandes, "A physiologically-based
# model for simulation of color vision deficiency", IEEE TVCG 15/6, 2009.)
_VISIONS = np.array([
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
])  # fmt: skip
# Linear sRGB to OKLab, by the responses of the cones. (B. Ottosson, "A perceptual color space", 2020.)
_CONES = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip
_FIRST = (ACCENT, "#4f8fe8", "#b2433f", "#7fd8c0")
# With colour vision deficiency fewer colours differ; the same demand would leave only steps of lightness.
_WEIGHTS = np.array([1.0, 1.5, 1.5])


def palette(k: int) -> tuple[str, ...]:
    """Return k colours as "#rrggbb" that differ as much as possible, for all common kinds of colour vision.

    After the first four, each is the one of a fixed set that is farthest from those before it, from grey, and from the
    backgrounds of plots and pages, in OKLab under normal vision, protanopia and deuteranopia. So palette(k) begins
    palette(k + 1), and cluster 3 has one colour everywhere. About 8 can be distinguished at a glance, 20 side by side;
    beyond that, colours nearly repeat.

    Examples
    --------
    >>> palette(3) == palette(5)[:3]
    True
    """
    colours = _farthest_first(max(k, 0) if k <= _MOST else _MOST)
    return tuple(colours[i % len(colours)] for i in range(k))


_MOST = 96


@lru_cache(maxsize=16)
def _farthest_first(count: int) -> tuple[str, ...]:
    rgb = _candidates()
    perceived, first = _perceived(rgb), _perceived(np.array([_rgb(colour) for colour in _FIRST]))
    avoided = _perceived(np.array([_rgb(colour) for colour in (NOISE, BACKGROUND, "#fcfcfb")]))
    nearest = np.min([_distance(perceived, each) for each in avoided.transpose(1, 0, 2)], axis=0)
    nearest = np.minimum(nearest, np.min([_distance(perceived, each) for each in first.transpose(1, 0, 2)], axis=0))
    chosen: list[int] = []
    while len(_FIRST) + len(chosen) < count:
        chosen.append(int(np.argmax(nearest.round(9))))  # rounded, so that no processor's last digit decides
        nearest = np.minimum(nearest, _distance(perceived, perceived[:, chosen[-1]]))
    return (*_FIRST, *("#" + "".join(f"{round(255 * c):02x}" for c in rgb[i]) for i in chosen))[:count]


def hue_colour(degrees: float) -> str:
    """Return the colour "#rrggbb" of an OKLab hue, at one lightness and chroma for all hues.

    Examples
    --------
    >>> hue_colour(60)
    '#df8f48'
    """
    return "#" + "".join(f"{round(255 * c):02x}" for c in hue_rgb(np.radians(degrees)))


def hue_rgb(angle: float) -> tuple[float, float, float]:
    """Return the sRGB colour of an OKLab hue in radians, each channel in [0, 1]; see `hue_colour`."""
    lab = np.array([0.72, 0.13 * np.cos(angle), 0.13 * np.sin(angle)])
    red, green, blue = _encoded(np.clip(_linear(lab), 0, 1))
    return float(red), float(green), float(blue)


def _linear(lab: np.ndarray) -> np.ndarray:
    """OKLab (..., 3) as linear sRGB, which may be out of range."""
    return np.asarray((lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_CONES).T)


def _encoded(linear: np.ndarray) -> np.ndarray:
    """Linear sRGB in [0, 1] as sRGB. (IEC 61966-2-1.)"""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _distance(perceived: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Distances (n,) of colours from one, under the vision that distinguishes them least. (3, n, 3) and (3, 3)."""
    return np.min(np.linalg.norm(perceived - colour[:, None], axis=2) * _WEIGHTS[:, None], axis=0)


def _candidates() -> np.ndarray:
    """(n, 3) sRGB in [0, 1]: lightnesses that contrast with dark and light backgrounds, all hues, three chromas."""
    lightness, chroma, hue = np.meshgrid(
        np.linspace(0.56, 0.86, 7), (0.07, 0.11, 0.15), np.radians(np.arange(0, 360, 7.5)), indexing="ij"
    )
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1).reshape(-1, 3)
    linear = _linear(lab)
    linear = linear[((linear > -1e-3) & (linear < 1.001)).all(axis=1)].clip(0, 1)
    return _encoded(linear)


def _perceived(rgb: np.ndarray) -> np.ndarray:
    """(n, 3) sRGB in [0, 1] as OKLab under each kind of vision, (3, n, 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    visions = np.clip(np.einsum("sij,nj->sni", _VISIONS, linear), 0, 1)
    return np.asarray(np.cbrt(visions @ _CONES.T) @ _LAB.T)


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue
