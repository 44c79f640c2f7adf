"""Points with and without clusters, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.clustering import (
    ByFolder,
    Density,
    Hierarchical,
    KMeans,
)
from imbatch2soundvisu.core import FeatureInfo, FeatureTable, ImageRecord

HUE = FeatureInfo("hue", "degrees", 0.0, 360.0, circular=True)


def table_of(points, names=None, columns=None):
    n = len(points)
    names = names or [f"{i:04}.jpg" for i in range(n)]
    records = tuple(ImageRecord(Path(name), f"{name}-digest", 4, 3, name=name) for name in names)
    return FeatureTable(
        records,
        columns={name: np.asarray(values, float) for name, values in (columns or {}).items()},
        vectors={"look": np.asarray(points, np.float32)},
        info={"hue": HUE},
    )


def rng():
    return np.random.default_rng(7)


def blobs(seed=0, k=5, each=40, d=6):
    """Well separated: centres about 8 standard deviations apart."""
    source = np.random.default_rng(seed)
    centres = source.normal(size=(k, d))
    centres *= 8 / min(np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i])
    truth = np.repeat(np.arange(k), each)
    return centres[truth] + source.normal(size=(k * each, d)), truth


def unequal(seed=0):
    """Four clusters of 200, 80, 40 and 20 images, with spreads from 2 to 0.4."""
    source = np.random.default_rng(seed)
    sizes, spreads = (200, 80, 40, 20), (2.0, 1.0, 0.7, 0.4)
    centres = np.array([[0, 0, 0], [12, 0, 0], [0, 12, 0], [0, 0, 12]], float)
    truth = np.repeat(np.arange(4), sizes)
    return centres[truth] + np.array(spreads)[truth][:, None] * source.normal(size=(len(truth), 3)), truth


def noisy(seed=0):
    """Seven clusters measures apart by 8 of 128 dimensions; the other 120 are noise."""
    source = np.random.default_rng(seed)
    truth = np.repeat(np.arange(7), 50)
    points = source.normal(size=(350, 128))
    points[:, :8] += (12 * np.eye(8)[:7])[truth]
    return points, truth


MIXTURES = [
    pytest.param(blobs, 5, id="blobs"),
    pytest.param(unequal, 4, id="unequal"),
    pytest.param(noisy, 7, id="noisy"),
]


EVERY = [
    KMeans(3, n_init=3),
    KMeans("auto", n_init=2),
    Hierarchical(3),
    Hierarchical("auto"),
    Hierarchical(3, method="centroid"),
    Density(min_size=5),
    Density(method="dbscan", min_size=5),
    ByFolder(),
]
