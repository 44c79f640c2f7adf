"""Clusters and records for the tests of plots."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.cluster.hierarchy import linkage

from imbatch2soundvisu.core import Clusters, ImageRecord, Quality


def records_of(image: Path, count: int) -> list[ImageRecord]:
    """`count` records of one file."""
    return [ImageRecord(image, str(i), 120, 80, name=f"{i}.png") for i in range(count)]


def clusters_of(labels: list[int] | np.ndarray, silhouettes: np.ndarray | None = None, **changes: object) -> Clusters:
    """Clusters with points, quality, a sweep and a tree, named "cluster 1" and so on."""
    found = np.array(labels, np.intp)
    names = tuple(f"cluster {i + 1}" for i in range(found.max() + 1))
    known = np.where(found < 0, np.nan, 0.3 if silhouettes is None else silhouettes)
    quality = Quality(float(np.nanmean(known)), -0.02, 1.0, 30.0, 5.0, known)
    sweep = tuple(
        {"k": k, "silhouette": 0.5 - abs(k - 3) / 10, "inertia": 9.0 / k, "davies_bouldin": 1.0, "calinski_harabasz": k}
        for k in range(2, 6)
    )
    points = np.random.default_rng(0).normal(size=(len(found), 4)).astype(np.float32) + 3 * found[:, None]
    made = Clusters(found, names, "k-means", "look", points, quality, (), sweep, linkage(points[:400], "ward"))
    return dataclasses.replace(made, **changes)


def pixels(path: Path) -> np.ndarray:
    """(h, w, 3) int: the pixels of a file."""
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def painted(image: np.ndarray, colour: str) -> np.ndarray:
    """(h, w) bool: where an image has nearly that colour."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return np.abs(image - wanted).max(axis=2) <= 12
