"""New images on a t-SNE map: places at the median of the most alike images, beside the transform of openTSNE.

python -m benchmarks.bench_atlas_placing [folder of images]

1,000 photographs as `bench_atlas_grid` describes them, of which 50 are added to a map of 950, and 200 to one of 800;
the mean of three choices of these. The measure is kNN recall: the share of the ten most alike images of an added one
that are its ten nearest on the map of all.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_atlas_grid import descriptors
from imbatch2soundvisu.atlas.placing import between_alike
from imbatch2soundvisu.clustering import PCA
from imbatch2soundvisu.clustering.neighbours import nearest_others

SEEDS, K = 3, 10
ADDED = (50, 200)


def rows(data: Path | None = None) -> list[dict[str, Any]]:
    """KNN recall of added images: the median against each other way to place them, and a new map of all."""
    vectors, _ = PCA(64).reduce(descriptors(data))
    return [row for count in ADDED for row in _compared(np.asarray(vectors, np.float64), count)]


def _compared(vectors: np.ndarray, count: int) -> list[dict[str, Any]]:
    recalls: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    for seed in range(SEEDS):
        new = np.zeros(len(vectors), bool)
        new[np.random.default_rng(seed).permutation(len(vectors))[:count]] = True
        for name, points, took in _placed(vectors, new, seed):
            recalls.setdefault(name, []).append(_recall(vectors, points, new))
            seconds.setdefault(name, []).append(took)
    ours = float(np.mean(recalls["median"]))
    return [
        {"what": f"kNN recall, {count} images added to {len(vectors) - count}", "ours": round(ours, 3),
         "peer": round(peer := float(np.mean(values)), 3), "ratio": ours / peer,
         "note": f"{name}, {np.mean(seconds[name]):.2f} s; ours {np.mean(seconds['median']):.2f} s"}
        for name, values in recalls.items() if name != "median"
    ]  # fmt: skip


def _placed(vectors: np.ndarray, new: np.ndarray, seed: int) -> list[tuple[str, np.ndarray, float]]:
    """The places of all images by each way, and seconds."""
    import openTSNE

    def fit(some: np.ndarray) -> Any:
        return openTSNE.TSNE(perplexity=30, random_state=seed, n_jobs=2).fit(some)

    old_map = fit(vectors[~new])
    before = np.full((len(vectors), 2), np.nan)
    before[~new] = old_map
    ways: dict[str, Callable[[], np.ndarray]] = {
        "median": lambda: between_alike(vectors, before, ~new),
        "mean by similarity": lambda: _mean(vectors, before, ~new),
        "openTSNE transform": lambda: np.asarray(old_map.transform(vectors[new])),
        "a new map of all": lambda: np.asarray(fit(vectors)),
    }
    found = []
    for name, place in ways.items():
        began = time.perf_counter()
        points = place()
        took = time.perf_counter() - began
        whole = points
        if len(points) < len(vectors):
            whole = before.copy()
            whole[new] = points
        found.append((name, whole, took))
    return found


def _mean(vectors: np.ndarray, before: np.ndarray, known: np.ndarray, k: int = 5) -> np.ndarray:
    """The mean place of the five most alike images, by the inverse of their distance."""
    apart = np.linalg.norm(vectors[~known][:, None] - vectors[known], axis=2)
    nearest = np.argsort(apart, axis=1)[:, :k]
    weights = 1 / np.maximum(np.take_along_axis(apart, nearest, axis=1), 1e-9)
    return np.asarray((before[known][nearest] * weights[..., None]).sum(axis=1) / weights.sum(axis=1, keepdims=True))


def _recall(vectors: np.ndarray, points: np.ndarray, new: np.ndarray) -> float:
    alike = nearest_others(vectors.astype(np.float32), K)[0][new]
    near = nearest_others(points.astype(np.float32), K)[0][new]
    return float(np.mean([len(set(a) & set(b)) / K for a, b in zip(alike.tolist(), near.tolist(), strict=True)]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    for row in rows(parser.parse_args().data):
        print(row)
