"""The health report: formats, sizes, orientations, dates and feature distributions of a collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import Collection, FeatureTable, ImageRecord

#: Features whose distribution is reported.
DISTRIBUTIONS = ("luminance", "hue", "colourfulness", "saturation")
_BINS = 20
_SQUARE = 1.02  # largest aspect ratio of an image that counts as square


def health(collection: Collection, table: FeatureTable) -> dict[str, Any]:
    """Return the health report of a collection as plain JSON values.

    Parameters
    ----------
    collection : Collection
        The images.
    table : FeatureTable
        Their features.

    Returns
    -------
    dict
        "formats", "sizes", "orientations", "dates" and "distribution". A distribution has "low", "high" and the
        "counts" of images in 20 equal bins between them; undefined values are not counted.
    """
    records = collection.records
    return {
        "formats": dict(Counter(record.format for record in records).most_common()),
        "sizes": _sizes(records),
        "orientations": _orientations(records),
        "dates": _dates(records),
        "distribution": {
            name: _distribution(table[name], info.low, info.high)
            for name, info in table.info.items()
            if name in DISTRIBUTIONS and name in table.columns
        },
    }


def _sizes(records: Sequence[ImageRecord]) -> dict[str, str]:
    if not records:
        return {}
    by_area = sorted(records, key=lambda record: record.width * record.height)
    chosen = {"smallest": by_area[0], "median": by_area[len(by_area) // 2], "largest": by_area[-1]}
    return {name: f"{record.width} × {record.height}" for name, record in chosen.items()}


def _orientations(records: Sequence[ImageRecord]) -> dict[str, int]:
    ratios = [record.width / record.height for record in records]
    square = sum(1 / _SQUARE <= ratio <= _SQUARE for ratio in ratios)
    landscape = sum(ratio > _SQUARE for ratio in ratios)
    return {"landscape": landscape, "portrait": len(ratios) - square - landscape, "square": square}


def _dates(records: Sequence[ImageRecord]) -> dict[str, Any]:
    dates = sorted(record.taken for record in records if record.taken)
    return {
        "first": dates[0].isoformat(sep=" ") if dates else None,
        "last": dates[-1].isoformat(sep=" ") if dates else None,
        "from": dict(Counter(record.taken_from for record in records)),
    }


def _distribution(values: np.ndarray, low: float | None, high: float | None) -> dict[str, Any]:
    defined = values[np.isfinite(values)]
    span = low if low is not None else 0.0, high if high is not None else 1.0
    return {"low": span[0], "high": span[1], "counts": np.histogram(defined.clip(*span), _BINS, span)[0].tolist()}
