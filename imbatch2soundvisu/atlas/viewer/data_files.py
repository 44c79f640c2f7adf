"""The data of a map as scripts that a page loads, from disk as well as from a server.

A browser refuses to fetch files beside a page that was opened from disk, but it loads scripts. So each file calls
`atlasData(name, value)`; numbers are little-endian arrays in base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...core import Clusters
from ...core.text import plural
from ...runtime.files import plain
from ..data import AtlasData, Metadata
from ..items import pages_of_items
from ..layouts import Label, Layout
from .thumbnails import Thumbnails

#: Images whose texts are in one file.
CHUNK = 5000
_NEAREST = 8  # most alike images that the detail panel shows


@dataclass(frozen=True)
class MapPath:
    """A sequence of images that is drawn over a map and played.

    Parameters
    ----------
    name : str
        For the menu.
    rows : tuple of int
        Its images, as rows of the table, in order.
    starts_s : tuple of float
        When each begins, in seconds.
    seconds : float
        How long it lasts.
    sound : str
        File of its sound, a film or a recording; in the data, a path relative to the page. "" for silence.
    """

    name: str
    rows: tuple[int, ...]
    starts_s: tuple[float, ...]
    seconds: float
    sound: str = ""


def write_data(
    folder: Path,
    data: AtlasData,
    layouts: Sequence[Layout],
    *,
    title: str,
    thumbnails: Thumbnails,
    paths: Sequence[MapPath] = (),
    links: Sequence[str] = (),
) -> None:
    """Write `atlas.js`, `layout-<i>.js`, `features.js` and `texts-<i>.js` into a folder.

    Parameters
    ----------
    folder : Path
    data : AtlasData
    layouts : sequence of Layout
        The first is shown first.
    title : str
        Of the page.
    thumbnails : Thumbnails
        What was written of the images.
    paths : sequence of MapPath
        Sequences that can be played.
    links : sequence of str
        Of each image the address where it is, "" for one whose file is in the folder; empty where all have files there.
    """
    if links:
        _script(folder, "originals", list(links))
    places = np.empty(len(data), np.uint32)
    places[thumbnails.order] = np.arange(len(data))
    for number, layout in enumerate(layouts):
        _script(folder, f"layout-{number}", _packed(on_map(layout).astype("<f4")))
    for start in range(0, max(1, len(data)), CHUNK):
        _script(folder, f"texts-{start // CHUNK}", _texts(data, start, min(len(data), start + CHUNK)))
    _script(
        folder, "features", {name: _packed(np.asarray(values, "<f4")) for name, values in data.table.columns.items()}
    )
    _script(folder, "nearest", _packed(nearest_images(data.vectors).astype("<i4")))
    _script(folder, "atlas", {
        "title": title, "count": len(data), "counted": plural(len(data), "image"), "space": data.space, "chunk": CHUNK,
        "nearest": _NEAREST, "items": pages_of_items(data.table.names), "sheets": list(thumbnails.sheets),
        "places": _packed(places.astype("<u4")), "aspects": _packed(thumbnails.aspects.astype("<f4")),
        "dates": _packed(_days(data)), "features": _features(data), "phrases": list(data.phrases),
        "linked": bool(links),
        "clusters": _clusters(data), "categories": _codes(data.metadata.category), "tags": _tags(data),
        "layouts": [
            {"name": layout.name, "labels": [[each.text, each.x, each.y, each.count] for each in layout.labels],
             "quality": dict(layout.quality), "notes": list(layout.notes), "spaced": layout.spaced}
            for layout in (_with_scaled_labels(_labelled(each, data.clusters)) for each in layouts)
        ],
        "paths": [
            {"name": each.name, "rows": list(each.rows), "starts": list(each.starts_s), "seconds": each.seconds,
             "sound": each.sound}
            for each in paths
        ],
    })  # fmt: skip


def scale_of(layout: Layout) -> tuple[float, np.ndarray]:
    """Return factor and origin that bring a layout into units of one image."""
    placed = layout.points[np.isfinite(layout.points).all(axis=1)]
    if not len(placed):
        return 1.0, np.zeros(2)
    low, high = placed.min(axis=0), placed.max(axis=0)
    if layout.spaced:
        return 1.0, low
    wanted = 1.7 * np.sqrt(len(placed))
    return float(wanted / max(float((high - low).max()), 1e-9)), low


def on_map(layout: Layout) -> np.ndarray:
    """Return the points of a layout in units of one image, from 0; (n, 2), NaN for images without a place."""
    factor, origin = scale_of(layout)
    return np.asarray((layout.points - origin) * factor)


def _labelled(layout: Layout, clusters: Clusters | None) -> Layout:
    """The layout with the names of clusters at the medians of their images, unless it has labels."""
    if layout.labels or clusters is None:
        return layout
    placed = np.isfinite(layout.points).all(axis=1)
    found = []
    for number, name in enumerate(clusters.names):
        points = layout.points[placed & (clusters.labels == number)]
        if len(points) and name:
            x, y = np.median(points, axis=0).tolist()
            found.append(Label(name, x, y, len(points)))
    return replace(layout, labels=tuple(found))


def _with_scaled_labels(layout: Layout) -> Layout:
    factor, origin = scale_of(layout)
    labels = tuple(
        replace(each, x=(each.x - origin[0]) * factor, y=(each.y - origin[1]) * factor) for each in layout.labels
    )
    return replace(layout, labels=labels)


def _script(folder: Path, name: str, value: Any) -> None:
    text = json.dumps(plain(value), ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    (folder / f"{name}.js").write_text(f'atlasData("{name}",{text});\n', encoding="ascii", newline="\n")


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def _texts(data: AtlasData, start: int, end: int) -> dict[str, Any]:
    metadata, records = data.metadata, data.table.records
    return {
        "names": [record.name for record in records[start:end]],
        "titles": list(metadata.title[start:end]),
        "dates": _shown_dates(metadata)[start:end],
        "links": [link if link.startswith(("http://", "https://")) else "" for link in metadata.link[start:end]],
        "texts": list(metadata.text[start:end]),
        "tags": ["; ".join(tags) for tags in metadata.tags[start:end]],
        "columns": {name: list(values[start:end]) for name, values in metadata.columns.items()},
    }


def _shown_dates(metadata: Metadata) -> list[str]:
    if metadata.shown_dates:
        return list(metadata.shown_dates)
    dates = zip(metadata.dates, metadata.precision, strict=True)
    return [_shown(str(date), precision) for date, precision in dates]


def _shown(date: str, precision: str) -> str:
    """A date as exactly as it is known."""
    lengths = {"second": 19, "day": 10, "month": 7, "year": 4}
    if date == "NaT" or not precision:
        return ""
    if precision in lengths:
        return date[: lengths[precision]].replace("T", " ")
    return f"{int(date[:4]) // 10 * 10}s" if precision == "decade" else f"from {int(date[:4])}"


def _days(data: AtlasData) -> np.ndarray:
    """Days since 1970 of each image; NaN where unknown."""
    dates = data.metadata.dates
    days = dates.astype("datetime64[D]").astype("int64").astype(np.float64)
    return np.where(np.isnat(dates), np.nan, days).astype("<f4")


def _features(data: AtlasData) -> list[dict[str, Any]]:
    found = []
    for name, values in data.table.columns.items():
        info, known = data.table.info.get(name), values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        unit, text = (info.unit, info.description) if info is not None else ("", "")
        found.append({"name": name, "unit": unit, "low": low, "high": high, "description": text})
    return found


def _clusters(data: AtlasData) -> dict[str, Any] | None:
    if data.clusters is None:
        return None
    return {"names": list(data.clusters.names), "codes": _packed(data.clusters.labels.astype("<i4"))}


def _codes(values: Sequence[str]) -> dict[str, Any] | None:
    """Values of a column by number; None where all are unknown."""
    names = sorted({value for value in values if value})
    if not names:
        return None
    number = {name: i for i, name in enumerate(names)}
    return {"names": names, "codes": _packed(np.array([number.get(value, -1) for value in values], "<i4"))}


def _tags(data: AtlasData) -> dict[str, Any] | None:
    """Tags by number: those of image i are `codes[starts[i]:starts[i + 1]]`."""
    names = sorted({tag for tags in data.metadata.tags for tag in tags})
    if not names:
        return None
    number = {name: i for i, name in enumerate(names)}
    starts = np.cumsum([0, *(len(tags) for tags in data.metadata.tags)])
    codes = [number[tag] for tags in data.metadata.tags for tag in tags]
    return {"names": names, "starts": _packed(starts.astype("<u4")), "codes": _packed(np.array(codes, "<u4"))}


def nearest_images(vectors: np.ndarray) -> np.ndarray:
    """Return the most alike images of each, (n, 8), -1 where there are fewer."""
    from ...clustering.neighbours import nearest_others

    count = len(vectors)
    others = np.full((count, _NEAREST), -1, np.int64)
    k = min(_NEAREST, count - 1)
    others[:, :k] = nearest_others(vectors, k)[0]
    return others
