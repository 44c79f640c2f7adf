"""The manifest of a run: everything that `run.json` says, in plain JSON values.

The format is published as a JSON Schema, `report/run-schema.json`, and described in docs/run-json.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..core import Collection, FeatureInfo, FeatureTable, Skipped
from ..runtime.files import plain
from .file_views import ordered_kinds
from .results import ReportedResult

SCHEMA_PATH = Path(__file__).parent / "run-schema.json"
_BINS = 20
_PACKAGES = ("imbatch2soundvisu", "numpy", "Pillow", "opencv-python-headless", "av", "scikit-learn", "pyfluidsynth")


def build_manifest(
    outputs: Path,
    collection: Collection,
    table: FeatureTable,
    results: Sequence[ReportedResult],
    problems: Sequence[str],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Return the content of `run.json`, valid against `schema`.

    Parameters
    ----------
    outputs : Path
        The folder of all results; paths in the manifest are relative to it.
    collection : Collection
        The images, without those that could not be decoded.
    table : FeatureTable
        Everything that was measured.
    results : sequence of ReportedResult
        What the plans made, in order.
    problems : sequence of str
        What could not be made, one line each.
    seconds : mapping
        Duration of each stage.
    """
    from ..datasets import health

    content = {
        "program": "imbatch2soundvisu",
        "made": datetime.now().isoformat(sep=" ", timespec="seconds"),
        "versions": _versions(),
        "exit_code": 1 if problems else 0,
        "collection": _collection(collection, table),
        "health": health(collection, table),
        "features": overview(table),
        "results": [result_entry(result, outputs) for result in results],
        "notes": list(table.notes),
        "problems": list(problems),
        "seconds": dict(seconds),
    }
    return plain(content)


def overview(table: FeatureTable) -> list[dict[str, Any]]:
    """Return one entry for each feature: what it means, its minimum, median and maximum, and a histogram.

    `min`, `median` and `max` are None where the feature is undefined for all images; `undefined` counts the images
    without a value. `counts` are the images in 20 bins of equal width from `min` to `max`, of circular features from
    `low` to `high`.
    """
    rows = []
    for name, values in table.columns.items():
        info, defined = table.info[name], values[np.isfinite(values)]
        least, median, most = np.percentile(defined, (0, 50, 100)).tolist() if defined.size else (None,) * 3
        rows.append(
            {
                "name": name, "unit": info.unit, "low": info.low, "high": info.high, "circular": info.circular,
                "description": info.description, "source": info.source, "min": least, "median": median, "max": most,
                "undefined": int(len(values) - defined.size), "counts": _counts(defined, info),
            }
        )  # fmt: skip
    return rows


def _counts(values: np.ndarray, info: FeatureInfo) -> list[int]:
    """Return the histogram of the defined values of a feature; empty without values."""
    if not values.size:
        return []
    limits = (info.low, info.high) if info.circular and info.low is not None and info.high is not None else None
    return np.histogram(values, _BINS, limits)[0].tolist()


def result_entry(result: ReportedResult, outputs: Path) -> dict[str, Any]:
    """Return the entry of a result, with its folder and files relative to `outputs`.

    Keys that a plan does not set get their defaults: `title`, `cluster`, `images`, `viewers`, `summary`.
    """
    folder = result.folder.relative_to(outputs).as_posix()
    entry = dict(result.entry)
    title = f"{entry.get('plan', '')} · {entry['cluster']}" if entry.get("cluster") else str(entry.get("plan", ""))
    defaults = {"kind": "", "title": title, "cluster": "", "images": [], "viewers": {}, "summary": ""}
    files = {kind: f"{folder}/{result.files[kind]}" for kind in ordered_kinds(result.files)}
    return {
        **defaults, **entry, "folder": folder, "files": files, "kept": result.kept, "problems": list(result.problems),
    }  # fmt: skip


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of `run.json` (draft 2020-12)."""
    return json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))


def _collection(collection: Collection, table: FeatureTable) -> dict[str, Any]:
    return {
        "root": str(collection.root),
        "source": collection.source,
        "found": collection.found,
        "usable": len(collection),
        "skipped": _reasons(collection.skipped),
        "damaged": _reasons(collection.damaged),
        "without_vector": _reasons(table.without_vector),
        "duplicates": [list(names) for names in collection.duplicates],
        "near_duplicates": [list(names) for names in collection.near_duplicates],
    }


def _reasons(files: Sequence[Skipped]) -> list[dict[str, str]]:
    return [{"path": each.name, "reason": each.reason} for each in files]


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
