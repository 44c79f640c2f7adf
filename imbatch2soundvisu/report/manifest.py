"""The manifest of a run: everything that `run.json` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..core import Collection, FeatureTable, Result, Skipped
from ..datasets import health

_PACKAGES = ("imbatch2soundvisu", "numpy", "Pillow", "opencv-python-headless", "av", "scikit-learn", "pyfluidsynth")


def build_manifest(
    outputs: Path,
    collection: Collection,
    table: FeatureTable,
    results: Sequence[Result],
    problems: Sequence[str],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Return a run in plain JSON values; see docs/run-json.md."""
    return {
        "program": "imbatch2soundvisu",
        "made": datetime.now().isoformat(sep=" ", timespec="seconds"),
        "versions": _versions(),
        "exit_code": 1 if problems else 0,
        "collection": {
            "root": str(collection.root),
            "source": collection.source,
            "found": collection.found,
            "usable": len(collection),
            "skipped": _reasons(collection.skipped),
            "damaged": _reasons(collection.damaged),
            "without_vector": _reasons(table.without_vector),
            "duplicates": [list(group) for group in collection.duplicates],
            "near_duplicates": [list(group) for group in collection.near_duplicates],
        },
        "health": health(collection, table),
        "features": overview(table),
        "results": [_entry(result, outputs) for result in results],
        "notes": list(table.notes),
        "problems": list(problems),
        "seconds": dict(seconds),
    }


def overview(table: FeatureTable) -> list[dict[str, Any]]:
    """Return one entry a feature: what it means, and its minimum, median and maximum (None where all undefined)."""
    rows = []
    for name, values in table.columns.items():
        info, defined = table.info[name], values[np.isfinite(values)]
        least, median, most = np.percentile(defined, (0, 50, 100)).tolist() if defined.size else (None,) * 3
        rows.append(
            {
                "name": name, "unit": info.unit, "low": info.low, "high": info.high, "circular": info.circular,
                "description": info.description, "source": info.source, "min": least, "median": median, "max": most,
                "undefined": int(len(values) - defined.size),
            }
        )  # fmt: skip
    return rows


def _reasons(files: Sequence[Skipped]) -> list[dict[str, str]]:
    return [{"path": each.name, "reason": each.reason} for each in files]


def _entry(result: Result, outputs: Path) -> dict[str, Any]:
    folder = result.folder.relative_to(outputs).as_posix()
    named = {kind: f"{folder}/{name}" for kind, name in result.files.items()}
    return {**result.entry, "folder": folder, "files": named, "kept": result.kept}


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
