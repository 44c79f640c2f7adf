"""`Cnn()` against `Look()`: agreement with labels, and time.

    python -m benchmarks.bench_cnn [folder of class folders]

Leave-one-out 1-NN, and the adjusted Rand index of `KMeans` with as many clusters as there are classes, mean of
four seeds.
Images a second are from files to vectors, the import of torch and the loading of the network included.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

import imbatch2soundvisu as i2s
from imbatch2soundvisu.clustering import adjusted_rand

from .bench_look import SETS, SHARED, nearest_label_accuracy

SEEDS = (0, 1, 2, 3)


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """Accuracy and agreement of both, and images a second; no rows without the extra `clip` or class folders."""
    if not i2s.Cnn.is_installed():
        return []
    folders = [data] if data is not None else [SHARED / name for name in SETS]
    return [row for folder in folders if folder.is_dir() for row in _of_folder(folder)]


def _of_folder(folder: Path) -> list[dict[str, Any]]:
    collection = i2s.discover(folder)
    labels = np.array([record.name.partition("/")[0] for record in collection.records])
    if len(set(labels)) < 2:
        return []
    marks: dict[str, dict[str, float]] = {}
    for embedder in (i2s.Cnn(), i2s.Look()):
        begun = time.perf_counter()
        table = i2s.measure(collection, (), embeddings=[embedder])
        seconds = time.perf_counter() - begun
        truth = np.unique([record.name.partition("/")[0] for record in table.records], return_inverse=True)[1]
        kmeans = i2s.KMeans(len(set(labels)), on=embedder)
        agreements = [adjusted_rand(truth, kmeans.cluster(table, np.random.default_rng(s)).labels) for s in SEEDS]
        marks[embedder.name] = {
            "1-NN": float(nearest_label_accuracy(table.vectors[embedder.name], truth, 1)),
            "adjusted Rand index": float(np.mean(agreements)),
            "images a second": len(table) / seconds,
        }
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return [
        {
            "what": f"cnn, {what}, {folder.name}",
            "ours": round(ours, 3),
            "peer": round(marks["look"][what], 3),
            "ratio": round(ours / max(marks["look"][what], 1e-9), 3),
            "note": f"Look(); {load}",
        }
        for what, ours in marks["cnn"].items()
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)
