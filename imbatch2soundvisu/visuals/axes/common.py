"""What the plots into an axis share: new axes, thumbnails at points, rows of thumbnails, text without formulas."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import FeatureInfo, FeatureTable, ImageRecord
from ...core.errors import ConfigError, ImageError, unknown
from ...core.tables import dates_of
from ..fonts import font_files
from ..frames import thumbnail
from ..placeholders import placeholder

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colours that are legible on light and dark backgrounds.
LINE, DOT, SOFT = "#8a8f98", "#e0703c", "#8a8f98"
#: Side of a thumbnail at a point, in typographic points, and in pixels of the image.
SIDE_PT, SIDE_PX = 34.0, 96


def axes_or_new(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return the axes, or those of a new figure of that many inches."""
    if ax is not None:
        if not callable(getattr(ax, "scatter", None)):
            raise ConfigError(f"ax= takes a Matplotlib axis, such as plt.gca(), not {ax!r:.60}")
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def check_kind(kind: object, kinds: Sequence[str]) -> None:
    """Raise ConfigError for a plot that there is not."""
    if kind not in kinds:
        raise unknown("kind of plot", kind, kinds)


def write(ax: Axes, xy: tuple[float, float], text: str, **style: Any) -> Any:
    """Write a text that is no formula, whatever characters it has."""
    return ax.text(xy[0], xy[1], text, **{"parse_math": False, **fonts(text), **style})


def set_title(ax: Axes, text: str) -> None:
    """Set the title, left-aligned, without formulas."""
    ax.set_title(text, loc="left", fontsize="medium", parse_math=False, **fonts(text))


def fonts(*texts: str) -> dict[str, Any]:
    """Return the `fontfamily` of texts: that of the style, then installed fonts for characters that it may lack."""
    if all(text.isascii() for text in texts):
        return {}
    import matplotlib

    return {"fontfamily": [*matplotlib.rcParams["font.family"], *_wide_fonts()]}


@lru_cache(maxsize=1)
def _wide_fonts() -> tuple[str, ...]:
    from matplotlib import font_manager

    listed = font_manager.fontManager.ttflist
    known = {font.fname: font.name for font in reversed(listed)}  # of a collection of faces, the first
    names = []
    for file in map(str, font_files()):
        try:
            if file not in known:
                before = len(listed)
                font_manager.fontManager.addfont(file)
                known[file] = listed[before].name
        except (OSError, RuntimeError):  # a format that Matplotlib does not read, such as bitmap emoji
            continue
        names.append(known[file])
    return tuple(names)


def label_of(info: FeatureInfo) -> str:
    """Return the name of a feature with its unit, for an axis."""
    return f"{info.name} [{info.unit}]" if info.unit and info.unit not in ("share", "ratio", "date") else info.name


def values_of(values: np.ndarray, info: FeatureInfo) -> np.ndarray:
    """Return values as Matplotlib shows them: dates as such."""
    return dates_of(values) if info.unit == "date" else values


def pixels_of(record: ImageRecord, side: int = SIDE_PX) -> np.ndarray:
    """Return a thumbnail, or a placeholder where the file cannot be read."""
    try:
        return thumbnail(record, side)
    except ImageError:
        return placeholder((side, side))


def draw_at(ax: Axes, record: ImageRecord, xy: tuple[Any, Any], frame: str | None = None, **place: Any) -> None:
    """Draw a thumbnail at a point, framed in a colour."""
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    pixels = pixels_of(record)
    size = place.pop("side_pt", SIDE_PT)
    image = OffsetImage(pixels, zoom=size / max(pixels.shape[:2]), interpolation="lanczos")
    style = {"edgecolor": frame or "none", "facecolor": "none", "linewidth": 1.6 if frame else 0}
    ax.add_artist(AnnotationBbox(image, xy, pad=0.0, bboxprops=style, frameon=frame is not None, **place))


def apart(points: np.ndarray, records: Sequence[ImageRecord], ax: Axes, most: int = 150) -> list[int]:
    """Return the rows of images whose thumbnails do not overlap, the first ones first.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        In the units of the axes, whose limits are set; NaN for images without a point.
    records : sequence of ImageRecord
        The images.
    ax : Axes
    most : int
        At most so many.
    """
    width, height = size_pt(ax)
    limits = np.array([ax.get_xlim(), ax.get_ylim()], np.float64)
    spans = np.where(np.ptp(limits, axis=1) > 0, np.ptp(limits, axis=1), 1.0)
    if ax.get_aspect() in (1.0, "equal"):
        scale = min(width / spans[0], height / spans[1])
        width, height = spans * scale
    at = (points - limits.min(axis=1)) / spans * (width, height)
    sizes = np.array([(each.width, each.height) for each in records], np.float64).reshape(-1, 2)
    sizes = (SIDE_PT + 3) * sizes / np.maximum(sizes.max(axis=1, keepdims=True), 1.0)
    chosen: list[int] = []
    for row in np.flatnonzero(np.isfinite(at).all(axis=1)):
        needed = (sizes[chosen] + sizes[row]) / 2
        if not chosen or (np.abs(at[chosen] - at[row]) > needed).any(axis=1).all():
            chosen.append(int(row))
            if len(chosen) == most:
                break
    return chosen


def size_pt(ax: Axes) -> tuple[float, float]:
    """Return the width and height of the axes in typographic points."""
    box = ax.get_window_extent()
    dpi = ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    return box.width * 72 / dpi, box.height * 72 / dpi


def whole_numbers(axis: Any) -> None:
    """Let the ticks of an axis be whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins="auto", integer=True))


def pad_limits(ax: Axes, points: np.ndarray) -> None:
    """Leave a margin for thumbnails around points, which are drawn afterwards."""
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        return
    low, high = known.min(axis=0), known.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    share = 0.65 * SIDE_PT / np.maximum(np.array(size_pt(ax)) - 1.3 * SIDE_PT, SIDE_PT)
    if ax.get_aspect() in (1.0, "equal"):  # Matplotlib extends the limits as the shape of the axes needs
        ax.margins(*share)
        return
    ax.set_xlim(low[0] - share[0] * span[0], high[0] + share[0] * span[0])
    ax.set_ylim(low[1] - share[1] * span[1], high[1] + share[1] * span[1])


def map_points(table: FeatureTable, points: np.ndarray | None) -> np.ndarray:
    """Return points in two dimensions, the first two principal components, (n, 2); NaN where they are not finite."""
    from ...measurement.spaces import first_space, space_points

    if points is None:
        space = first_space(table) or ("features" if table.columns else None)
        if space is None:
            raise ConfigError("a map needs features or an embedding: measure(collection) has both")
        points = space_points(table, space)
    points = np.asarray(points, np.float64)
    known = np.isfinite(points).all(axis=1)
    centred = points[known] - points[known].mean(axis=0) if known.any() else points[known]
    found = np.full((len(points), 2), np.nan)
    if len(centred):
        if len(centred) > centred.shape[1]:  # the same directions, in time that grows with the number of images only
            axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1].T
        else:
            axes = np.linalg.svd(centred, full_matrices=False)[2]
        flat = centred @ axes[:2].T
        flat *= np.sign(flat[np.argmax(np.abs(flat), axis=0), np.arange(flat.shape[1])])  # the same on every machine
        found[known] = 0.0
        found[known, : flat.shape[1]] = flat
    return found


def rows_of_images(
    ax: Axes, rows: Sequence[Sequence[tuple[ImageRecord, str]]], columns: int, names: Sequence[str] = ()
) -> None:
    """Draw rows of thumbnails with captions, uncropped; the axes lose their ticks."""
    for down, row in enumerate(rows):
        for across, (record, caption) in enumerate(row):
            pixels = pixels_of(record, 160)
            height, width = pixels.shape[:2]
            w, h = 0.92 * width / max(width, height), 0.92 * height / max(width, height)
            x, y = across + 0.5, 1.28 * down + 0.5
            ax.imshow(pixels, extent=(x - w / 2, x + w / 2, y + h / 2, y - h / 2), interpolation="lanczos", zorder=2)
            write(ax, (x, y + 0.5), caption, ha="center", va="top", fontsize="x-small")
        if down < len(names):
            write(ax, (-0.08, 1.28 * down + 0.5), names[down], ha="right", va="center", fontsize="small")
    ax.set_xlim(0, columns)
    ax.set_ylim(1.28 * max(len(rows), 1), 0)
    ax.set_aspect("equal")
    ax.set_axis_off()


def short(text: str, length: int = 18) -> str:
    """Return a text shortened in its middle.

    Examples
    --------
    >>> short("a_very_long_file_name.jpg", 15)
    'a_very_…ame.jpg'
    """
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"
