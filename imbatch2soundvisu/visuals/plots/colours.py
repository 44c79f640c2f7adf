"""The colours of parts, the same in every plot and on every page."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

#: The house look, as on the other plots and sheets.
GROUND, PANEL, LINE, INK, QUIET, ACCENT = "#111215", "#1b1d21", "#33363d", "#ecece8", "#96999f", "#f0b05c"
#: The colour and the name of what belongs to no part.
NOISE, IN_NONE = "#7d8088", "in no part"

# Colours as people without one kind of cone see them, in linear sRGB. (Machado, Oliveira & Fernandes, 2009: protanopia,
# deuteranopia.)
_SIGHTS = np.array([
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
])  # fmt: skip
# sRGB to OKLab by way of the cones. (Ottosson, 2020.)
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
# The house's accent and three that go with it.
_FIRST = (ACCENT, "#4f8fe8", "#b2433f", "#7fd8c0")
# Without full sight fewer colours differ; asking for as much would leave only steps of lightness.
_WEIGHTS = np.array([1.0, 1.5, 1.5])


def palette(k: int) -> tuple[str, ...]:
    """k colours as "#rrggbb" that differ as much as they can, for all common kinds of sight.

    After the first four, each is the one of a fixed set that lies farthest from those before it, from grey, and from
    the grounds of plot and page, in OKLab as full sight, protanopes and deuteranopes see it. So palette(k) begins
    palette(k + 1), and part 3 is of one colour everywhere. About 8 can be told apart at a glance, 20 side by side;
    beyond that they nearly repeat themselves, and names must help.

    >>> palette(3) == palette(5)[:3]
    True
    """
    colours = _farthest_first(max(k, 0) if k <= _MOST else _MOST)
    return tuple(colours[i % len(colours)] for i in range(k))


_MOST = 96


@lru_cache(maxsize=16)
def _farthest_first(count: int) -> tuple[str, ...]:
    rgb = _candidates()
    seen, first = _seen(rgb), _seen(np.array([_rgb(colour) for colour in _FIRST]))
    avoided = _seen(np.array([_rgb(colour) for colour in (NOISE, GROUND, "#fcfcfb")]))
    nearest = np.min([_distance(seen, each) for each in avoided.transpose(1, 0, 2)], axis=0)
    nearest = np.minimum(nearest, np.min([_distance(seen, each) for each in first.transpose(1, 0, 2)], axis=0))
    chosen: list[int] = []
    while len(_FIRST) + len(chosen) < count:
        chosen.append(int(np.argmax(nearest.round(9))))  # rounded, so that no processor's last digit decides
        nearest = np.minimum(nearest, _distance(seen, seen[:, chosen[-1]]))
    return (*_FIRST, *("#" + "".join(f"{round(255 * c):02x}" for c in rgb[i]) for i in chosen))[:count]


def wheel(degrees: float) -> str:
    """The colour "#rrggbb" of a hue on OKLab's wheel, all of one lightness."""
    turn = np.radians(degrees)
    lab = np.array([0.72, 0.13 * np.cos(turn), 0.13 * np.sin(turn)])
    linear = np.clip((lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_CONES).T, 0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb)


def _distance(seen: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """How far colours lie from one, for the sight that tells them worst. seen : (3, n, 3); colour : (3, 3); (n,)."""
    return np.min(np.linalg.norm(seen - colour[:, None], axis=2) * _WEIGHTS[:, None], axis=0)


def _candidates() -> np.ndarray:
    """(n, 3) sRGB in [0, 1]: lightnesses that stand out from dark and light grounds, every hue, soft to strong."""
    lightness, chroma, hue = np.meshgrid(
        np.linspace(0.56, 0.86, 7), (0.07, 0.11, 0.15), np.radians(np.arange(0, 360, 7.5)), indexing="ij"
    )
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1).reshape(-1, 3)
    linear = (lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_CONES).T
    linear = linear[((linear > -1e-3) & (linear < 1.001)).all(axis=1)].clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _seen(rgb: np.ndarray) -> np.ndarray:
    """(n, 3) sRGB in [0, 1] as OKLab, for each kind of sight, (3, n, 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    sights = np.clip(np.einsum("sij,nj->sni", _SIGHTS, linear), 0, 1)
    return np.asarray(np.cbrt(sights @ _CONES.T) @ _LAB.T)


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue
