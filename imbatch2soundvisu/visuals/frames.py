"""Images out: frames, thumbnails, GIFs, sheets and plots."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from ..core import FeatureTable, ImageRecord
from ..core.errors import ImageError
from ..datasets import images
from ..runtime.files import atomic
from .gif import GifReport, write_gif
from .sheets import contact_sheet, placeholder, storyboard

__all__ = [
    "GifReport",
    "contact_sheet",
    "distribution_plot",
    "frame",
    "storyboard",
    "thumbnail",
    "thumbnail_uri",
    "write_gif",
]

_GROUND, _PANEL, _INK, _QUIET = "#111215", "#1b1d21", "#ecece8", "#96999f"
_TURN = 36


def frame(record: ImageRecord, size: tuple[int, int], fit: str = "fit") -> np.ndarray:
    """An image on a canvas of `size` (width, height) px, never stretched; (height, width, 3) uint8 sRGB.

    fit : "fit" (letterbox), "fill" (centre crop) or "blur" (letterbox over a blurred copy).
    Raises ImageError naming the image when it cannot be read.
    """
    try:
        return images.open_to_fit(record, size, fit)
    except ImageError as error:
        raise ImageError(f"{record.name or record.path}: {error}") from error


def thumbnail(record: ImageRecord, side: int) -> np.ndarray:
    """A whole image, its longer side at most `side` px, (h, w, 3) uint8. Raises ImageError."""
    return images.open_image(record, side)


def thumbnail_uri(record: ImageRecord, side: int) -> str:
    """A thumbnail as a data: URI (JPEG), for HTML; an image that cannot be read gives a neutral box."""
    try:
        pixels = thumbnail(record, side)
    except ImageError:
        pixels = placeholder((side, side))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def distribution_plot(path: Path, table: FeatureTable) -> None:
    """Write how brightness, hue and colourfulness are distributed over a collection, as a PNG of 1200 × 360 px.

    Reads the columns "luminance" [0, 1], "hue" (degrees) and "colourfulness"; a missing or empty one is said to be so.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), dpi=100, facecolor=_GROUND)
    canvas = FigureCanvasAgg(figure)
    _bars(figure.add_axes((0.045, 0.17, 0.33, 0.66)), "Brightness", _finite(table, "luminance"), (0.0, 1.0), _grey)
    _wheel(figure.add_axes((0.395, 0.08, 0.21, 0.78), polar=True), _finite(table, "hue") % 360)
    vivid = _finite(table, "colourfulness")
    top = max(100.0, float(vivid.max())) if vivid.size else 100.0
    _bars(figure.add_axes((0.64, 0.17, 0.33, 0.66)), "Colourfulness", vivid, (0.0, top), _vivid)
    with atomic(path) as partial:
        canvas.print_figure(partial, format="png", facecolor=_GROUND, metadata={"Software": None})


def _finite(table: FeatureTable, name: str) -> np.ndarray:
    column = np.asarray(table.columns.get(name, ()), dtype=np.float64)
    return column[np.isfinite(column)]


def _title(axes, text: str, count: int) -> None:  # type: ignore[no-untyped-def]
    box = axes.get_position()
    axes.figure.text((box.x0 + box.x1) / 2, 0.92, text, color=_INK, fontsize=12, ha="center", va="center")
    if not count:
        axes.text(0.5, 0.5, "not measured", color=_QUIET, ha="center", va="center", transform=axes.transAxes)


def _bars(axes, text: str, values: np.ndarray, span: tuple[float, float], colour) -> None:  # type: ignore[no-untyped-def]
    """A histogram whose bars have the colour of what they count."""
    _title(axes, text, values.size)
    counts, edges = np.histogram(values, bins=24, range=span)
    middles = (edges[:-1] + edges[1:]) / 2
    axes.bar(middles, counts, width=(edges[1] - edges[0]) * 0.86, color=[colour(m / span[1]) for m in middles])
    axes.set_facecolor(_PANEL)
    axes.set_xlim(*span)
    axes.set_ylim(0, max(1, counts.max()) * 1.08)
    axes.tick_params(colors=_QUIET, labelsize=9, length=0)
    axes.locator_params(axis="y", nbins=4, integer=True)
    for side in axes.spines.values():
        side.set_visible(False)


def _wheel(axes, degrees: np.ndarray) -> None:  # type: ignore[no-untyped-def]
    """A rose of hues; the radius grows with the root of the count, so areas compare."""
    _title(axes, "Hue", degrees.size)
    axes.axis("off")
    if not degrees.size:
        return
    counts, edges = np.histogram(degrees, bins=_TURN, range=(0, 360))
    middles = np.radians((edges[:-1] + edges[1:]) / 2)
    inner = 0.35
    radii = np.sqrt(counts / counts.max()) * (1 - inner)
    turn = 2 * np.pi / _TURN
    axes.bar(middles, radii, width=turn * 0.86, bottom=inner, color=[_hue(a) for a in middles])
    axes.bar(middles, 0.05, width=turn, bottom=inner - 0.07, color=[_hue(a) for a in middles])
    axes.set_ylim(0, 1)


def _grey(share: float) -> tuple[float, float, float]:
    level = 0.14 + 0.8 * share
    return level, level, level * 0.98


def _vivid(share: float) -> tuple[float, float, float]:
    red, green, blue = _hue(np.radians(60.0))
    grey, strength = 0.45, min(1.0, 0.15 + 1.1 * share)
    return tuple(float(grey + (c - grey) * strength) for c in (red, green, blue))  # type: ignore[return-value]


def _hue(angle: float) -> tuple[float, float, float]:
    """The sRGB colour of an OKLab hue (radians) at one lightness and chroma. (Ottosson, 2020.)"""
    lightness, a, b = 0.72, 0.13 * np.cos(angle), 0.13 * np.sin(angle)
    cones = np.array([
        lightness + 0.3963377774 * a + 0.2158037573 * b,
        lightness - 0.1055613458 * a - 0.0638541728 * b,
        lightness - 0.0894841775 * a - 1.2914855480 * b,
    ]) ** 3  # fmt: skip
    mixing = np.array([
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ])  # fmt: skip
    linear = np.clip(mixing @ cones, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return float(encoded[0]), float(encoded[1]), float(encoded[2])
