"""Density-based clustering: DBSCAN and HDBSCAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import Clusters, FeatureTable
from ..core.errors import ConfigError, unknown
from ..measurement.spaces import Space
from .arrays import capture_warnings, centred, parallel_map
from .points import ClusterInput, OnSpace, check_count, measured_clusters
from .reductions import Reduction
from .registry import CLUSTERINGS
from .sweeps import bend

METHODS = ("dbscan", "hdbscan")


@CLUSTERINGS.register("density")
@dataclass(frozen=True)
class Density(OnSpace):
    """Density-based clusters; images in sparse regions are noise, in no cluster (label -1).

    Parameters
    ----------
    on : str, embedding or tuple
        The space: "auto" (`Cnn()` where it is installed, else `Look()`), an embedding, "features", a feature, or a
        tuple of them.
    method : {"hdbscan", "dbscan"}
        HDBSCAN finds clusters of different densities; DBSCAN those with `min_samples` images within `eps`.
    min_size : int, optional
        The smallest cluster. None: 2 % of the images, at least 5.
    min_samples : int, optional
        Neighbours of a core image. None: `min_size` for HDBSCAN, 5 for DBSCAN.
    eps : float, optional
        Distance in the space, for DBSCAN. None: the knee of the sorted neighbour distances; the notes say which.
    reduce : Reduction, optional
        Reduces the dimensions first. In many dimensions densities differ little: PCA(10) or UMAP(5) help.

    References
    ----------
    Ester et al. 1996, "A density-based algorithm for discovering clusters"; Campello, Moulavi & Sander 2013,
    "Density-based clustering based on hierarchical density estimates".
    """

    on: Space = "auto"
    method: str = "hdbscan"
    min_size: int | None = None
    min_samples: int | None = None
    eps: float | None = None
    reduce: Reduction | None = None

    def __post_init__(self) -> None:
        self._check_settings()
        if self.method not in METHODS:
            raise unknown("density method", self.method, METHODS)
        if self.min_size is not None:
            check_count("Density", "min_size", self.min_size, least=2)
        if self.min_samples is not None:
            check_count("Density", "min_samples", self.min_samples)
        if self.eps is not None and self.method != "dbscan":
            raise ConfigError('Density(eps=) is for method="dbscan"; "hdbscan" looks at all distances')
        if self.eps is not None and not 0 < self.eps < float("inf"):
            raise ConfigError(f"Density needs eps above 0, not {self.eps!r}")

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the clusters of the rows, noise as -1. Raise ConfigError if the table lacks the space."""
        data = self._input(table, rng)
        size = self.min_size or max(5, round(0.02 * len(data)))
        warnings: list[str] = []
        with capture_warnings(warnings):
            labels, notes = self._labels(data, size)
        by = f"{self.method.upper()}, {self._title(data)}"
        return measured_clusters(data, labels, by, (*notes, *_noise_note(labels, size, self.method), *warnings))

    def _labels(self, data: ClusterInput, size: int) -> tuple[np.ndarray, tuple[str, ...]]:
        n = len(data)
        if n < size:
            return np.full(n, -1, np.intp), (f"{n} images are fewer than the {size} that make a cluster",)
        if data.distinct == 1:
            return np.zeros(n, np.intp), (f"all {n} images are the same here",)
        from sklearn.cluster import DBSCAN, HDBSCAN

        points = centred(data.points)
        if self.method == "hdbscan":
            samples = min(self.min_samples or size, n)
            model = HDBSCAN(min_cluster_size=size, min_samples=samples, copy=True)
            return _fitted(model, points), ()
        samples = min(self.min_samples or 5, n)
        eps, notes = (self.eps, ()) if self.eps else _automatic_eps(points, samples)
        labels = _fitted(DBSCAN(eps=eps, min_samples=samples), points)
        sizes = np.bincount(labels[labels >= 0], minlength=1)
        small = (labels >= 0) & (sizes[np.maximum(labels, 0)] < size)
        return np.where(small, -1, labels), notes


def _fitted(model: Any, points: np.ndarray) -> np.ndarray:
    (labels,) = parallel_map(lambda each: each.fit_predict(points), [model])
    return np.asarray(labels, np.intp)


def _automatic_eps(points: np.ndarray, samples: int) -> tuple[float, tuple[str, ...]]:
    """The knee of the sorted distances to the `samples`-th image nearby, itself among them. Ester et al. 1996."""
    from sklearn.neighbors import NearestNeighbors

    neighbours = NearestNeighbors(n_neighbors=samples).fit(points)
    apart = np.sort(neighbours.kneighbors(points)[0][:, -1])
    knee = bend(np.arange(len(apart)), apart)
    eps = float(apart[-1] if knee is None else apart[knee])
    eps = float(f"{eps:.4g}") or float(f"{apart[apart > 0].min():.4g}") if apart[-1] > 0 else 1e-6
    where = "the largest" if knee is None else f"the knee, after {knee / len(apart):.0%} of the images,"
    return eps, (f"eps = {eps:.4g}: {where} of the distances to the {_ordinal(samples - 1)} nearest image",)


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _noise_note(labels: np.ndarray, size: int, method: str) -> tuple[str, ...]:
    n, noise = len(labels), int((labels < 0).sum())
    if not n or not noise:
        return ()
    if noise < n:
        return (f"{noise} of {n} images are noise: in no cluster",)
    wider = ", a larger eps" if method == "dbscan" else ""
    return (
        f"everything is noise: try a min_size below {size}{wider}, fewer dimensions with reduce=PCA(10) or "
        "UMAP(5), or KMeans, which leaves nothing out",
    )
