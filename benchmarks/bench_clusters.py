"""k-means with every measure of its quality, against scikit-learn doing the same.

    python -m benchmarks.bench_clusters

10,000 vectors of 512 numbers, k = 60, ten runs; ours adds the silhouette of every image, the random control and the
stability across seeds, for which scikit-learn's ten runs leave nothing behind. Each is run twice and the faster counts;
a busy machine favours ours, whose threads wait for nobody. The images of a folder are too few for this, so the
vectors are made up: crowds that overlap, and one cloud without crowds, where k-means takes most rounds.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans as Peer
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from imbatch2soundvisu.clustering import KMeans
from imbatch2soundvisu.core import FeatureTable, ImageRecord

COUNT, DIMENSIONS, PARTS, RUNS = 10_000, 512, 60, 10


def rows(data: Path | None = None, count: int = COUNT) -> list[dict[str, Any]]:
    """Seconds and lowest inertia for both kinds of vectors; ratio: how many times faster, or lower, than the peer."""
    found = []
    for what, vectors in (("crowds", _crowds(count)), ("one cloud", _cloud(count))):
        ours, groups = _best(lambda vectors=vectors: _ours(vectors))
        peer, (inertia, silhouette) = _best(lambda vectors=vectors: _theirs(vectors))
        note = f"scikit-learn; {count} × {DIMENSIONS}, k = {PARTS}, {RUNS} runs, {os.cpu_count()} cores; "
        note += f"silhouette {groups.quality.silhouette:.3f}, peer {silhouette:.3f}"
        found.append(
            {"what": f"k-means and its quality, {what}, s", "ours": round(ours, 2), "peer": round(peer, 2),
             "ratio": round(peer / ours, 3), "note": note}
        )  # fmt: skip
        found.append(
            {"what": f"k-means inertia, {what}", "ours": round(groups.quality.inertia, 1), "peer": round(inertia, 1),
             "ratio": round(inertia / groups.quality.inertia, 5), "note": "scikit-learn; lower is better"}
        )  # fmt: skip
    return found


def _best(work: Any) -> tuple[float, Any]:
    best, result = float("inf"), None
    for _ in range(2):
        begun = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - begun)
    return best, result


def _ours(vectors: np.ndarray) -> Any:
    records = tuple(ImageRecord(Path(f"{i:05}"), f"{i:05}", 1, 1, name=f"{i:05}") for i in range(len(vectors)))
    table = FeatureTable(records, vectors={"look": vectors})
    return KMeans(PARTS, n_init=RUNS).cluster(table, np.random.default_rng(0))


def _theirs(vectors: np.ndarray) -> tuple[float, float]:
    model = Peer(PARTS, n_init=RUNS, random_state=0).fit(vectors)
    silhouette = float(silhouette_score(vectors, model.labels_))
    davies_bouldin_score(vectors, model.labels_)
    calinski_harabasz_score(vectors, model.labels_)
    return float(model.inertia_), silhouette


def _crowds(count: int) -> np.ndarray:
    """Sixty overlapping crowds of unit vectors, [shape=(n, 512), float32]."""
    rng = np.random.default_rng(0)
    centres = 0.35 * rng.normal(size=(PARTS, DIMENSIONS))
    spread = np.linspace(1.5, 0.3, DIMENSIONS)
    return _unit(centres[rng.integers(PARTS, size=count)] + spread * rng.normal(size=(count, DIMENSIONS)))


def _cloud(count: int) -> np.ndarray:
    """Unit vectors whose variance falls as 1 / dimension, without crowds, [shape=(n, 512), float32]."""
    rng = np.random.default_rng(0)
    return _unit(rng.normal(size=(count, DIMENSIONS)) * np.arange(1, DIMENSIONS + 1) ** -0.5)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


if __name__ == "__main__":
    for row in rows():
        print(row)
