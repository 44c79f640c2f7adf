"""What the gallery shows of the collection: its name, counts, health, and the measured features."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core import FeatureInfo
from .formatting import clamp, number_or_none
from .pages import link

_COUNTS = {
    "usable": "images used",
    "found": "files found",
    "skipped": "skipped",
    "damaged": "damaged, used as far as they can be read",
    "duplicates": "sets of exact duplicates",
    "near_duplicates": "sets of images that look the same",
}
_DATE_SOURCES = {"exif": "the camera (EXIF)", "name": "the file's name", "file": "the file's own time"}


def collection_name(collection: Mapping[str, Any]) -> str:
    """Return the last part of the collection's root."""
    if collection.get("source") == "sample":
        return "The built-in sample"
    parts = re.split(r"[/\\]", str(collection.get("root") or "").rstrip("/\\"))
    return parts[-1] or "A collection of images"


def collection_counts(collection: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return (count, what is counted) for everything the manifest has."""
    known = {key: collection[key] for key in _COUNTS if collection.get(key) is not None}
    return [(value if isinstance(value, int) else len(value), _COUNTS[key]) for key, value in known.items()]


def health_view(outputs: Path, health: Mapping[str, Any]) -> dict[str, Any]:
    """Return formats, orientations, sizes, dates and the plot of the collection, as the template needs them."""
    dates = health.get("dates") or {}
    return {
        "shares": [
            (title, _shares(health[key]))
            for title, key in (("Formats", "formats"), ("Orientation", "orientations"))
            if health.get(key)
        ],
        "sizes": list((health.get("sizes") or {}).items()),
        "dates": [(key, dates[key]) for key in ("first", "last") if dates.get(key)],
        "dates_from": [
            f"{n:,} from {_DATE_SOURCES.get(key, key)}" for key, n in (dates.get("from") or {}).items() if n
        ],
        "plot": link(outputs, health.get("plot")),
    }


def _shares(counts: Mapping[str, int]) -> list[tuple[str, int, float]]:
    """(name, count, percent of the largest count), largest first."""
    most = max(counts.values(), default=0) or 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(name, count, round(100 * count / most, 1)) for name, count in ordered]


def feature_info(entry: Mapping[str, Any]) -> FeatureInfo:
    """Return the FeatureInfo of an entry of the manifest; every key of it may be missing."""
    name, unit, description = (str(entry.get(key) or "") for key in ("name", "unit", "description"))
    low, high = (number_or_none(entry.get(key)) for key in ("low", "high"))
    return FeatureInfo(name or "value", unit, low, high, bool(entry.get("circular")), description)


def feature_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the feature table.

    `bars` are the heights of its histogram, in percent of the highest; `median_percent` is where the median is in it.
    """
    info = feature_info(entry)
    numbers = {key: number_or_none(entry.get(key)) for key in ("min", "median", "max")}
    counts = [int(count) for count in entry.get("counts") or ()]
    most = max(counts, default=0) or 1
    low, high = (info.low, info.high) if info.circular else (numbers["min"], numbers["max"])
    texts = {key: info.format(math.nan if value is None else value) for key, value in numbers.items()}
    return {
        "info": info,
        "bars": [round(100 * count / most, 1) for count in counts],
        "median_percent": _percent(numbers["median"], low, high),
        "undefined": int(entry.get("undefined") or 0),
        **texts,
    }


def _percent(value: float | None, low: float | None, high: float | None) -> float | None:
    """Return where a value is between two others; None where one of them is missing or there is no width."""
    if value is None or low is None or high is None or high <= low:
        return None
    return round(100 * clamp((value - low) / (high - low)), 1)
