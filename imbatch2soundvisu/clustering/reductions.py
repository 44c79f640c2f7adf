"""Dimension reduction: PCA, UMAP and t-SNE, for clusterings and plots."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from ..core.errors import ConfigError, MissingExtra
from .arrays import capture_warnings, count_distinct, strips
from .neighbours import nearest_others


@runtime_checkable
class Reduction(Protocol):
    """Reduces the dimensions of points. A frozen dataclass.

    It may also have `check()`, which raises MissingExtra before any work, and `is_map = True`: its clusters need not
    exist in the space before it.
    """

    def reduce(self, points: np.ndarray, seed: int) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the points in fewer dimensions, (n, m) float32, and notes, one sentence each."""
        ...


@dataclass(frozen=True)
class PCA:
    """Principal component analysis: projection on the directions of the largest variance.

    Parameters
    ----------
    dimensions : int
        Components to keep; the notes say how much of the variance that is.
    whiten : bool
        Scale each component to a variance of 1, so that small differences count as much as large ones.

    Examples
    --------
    >>> PCA(1).reduce(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]), seed=0)[1]
    ('PCA: 1 of 2 dimensions keep 100% of the variance',)
    """

    dimensions: int = 64
    whiten: bool = False

    def __post_init__(self) -> None:
        _at_least_one("PCA", self.dimensions)

    def reduce(self, points: np.ndarray, seed: int = 0) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return (n, dimensions) float32; fewer, with a note, for fewer images or numbers. `seed` is unused."""
        n, d = points.shape
        kept = min(self.dimensions, d, max(n - 1, 1))
        values, axes = principal_axes(points)
        kept = min(kept, len(values))
        values, axes = values[:kept], axes[:, :kept]
        middle = points.mean(axis=0, dtype=np.float64) if n else 0.0
        total = sum(float(np.square(points[rows] - middle).sum()) for rows in strips(points)) / max(n, 1)
        reduced = np.concatenate([(points[rows] - middle) @ axes for rows in strips(points)] or [np.zeros((0, kept))])
        if self.whiten:
            reduced = reduced / np.where(values > 1e-12 * max(total, 1e-300), np.sqrt(values), 1.0)
        share = (
            f"{min(values.sum() / total, 1.0):.0%} of the variance" if total > 0 else "nothing: all points are equal"
        )
        notes = [f"PCA: {kept} of {d} dimensions keep {share}"]
        if kept < self.dimensions:
            notes.append(f"PCA: {self.dimensions} dimensions were asked for, {n} images of {d} numbers have {kept}")
        return reduced.astype(np.float32), tuple(notes)


@dataclass(frozen=True)
class UMAP:
    """UMAP: a map that keeps neighbours near each other. Needs the extra `maps`.

    Parameters
    ----------
    dimensions : int
    neighbours : int
        Neighbours of each image that are kept near.
    min_dist : float
        The smallest distance on the map, [0, 1].

    References
    ----------
    McInnes, Healy & Melville 2018, "UMAP: uniform manifold approximation and projection".
    """

    dimensions: int = 2
    neighbours: int = 15
    min_dist: float = 0.1
    is_map: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _at_least_one("UMAP", self.dimensions)
        if self.neighbours < 2:
            raise ConfigError(f"UMAP needs 2 or more neighbours, not {self.neighbours}")
        if not 0 <= self.min_dist <= 1:
            raise ConfigError(f"UMAP takes a min_dist from 0 to 1, not {self.min_dist}")

    def check(self) -> None:
        """Raise MissingExtra without umap-learn."""
        _installed("umap", "umap-learn", "UMAP()")

    def reduce(self, points: np.ndarray, seed: int = 0) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return (n, dimensions) float32, the same for the same seed. Fewer than 5 different images get their PCA."""
        self.check()
        n = len(points)
        if count_distinct(points) < max(5, self.dimensions + 3):
            return _too_few("UMAP", points, self.dimensions)
        notes: list[str] = []
        neighbours = min(self.neighbours, n - 1)
        if neighbours < self.neighbours:
            notes.append(f"UMAP: {neighbours} neighbours instead of {self.neighbours}, there are {n} images")
        with capture_warnings([]):
            import umap

            model = umap.UMAP(
                n_components=self.dimensions,
                n_neighbors=neighbours,
                min_dist=self.min_dist,
                random_state=seed,
                n_jobs=1,
                init="spectral" if n > 4 * self.dimensions + 8 else "random",
            )
            reduced = model.fit_transform(np.asarray(points, np.float32))
        return np.ascontiguousarray(reduced, np.float32), tuple(notes)


@dataclass(frozen=True)
class TSNE:
    """t-SNE: a map of two dimensions that separates clusters, by openTSNE. Needs the extra `maps`.

    Parameters
    ----------
    perplexity : float
        About how many neighbours each image has, from 1.
    jobs : int, optional
        Threads; one for a few images, else one for each processor, when None.

    References
    ----------
    van der Maaten & Hinton 2008, "Visualizing data using t-SNE"; Poličar, Stražar & Zupan 2019, "openTSNE".
    """

    perplexity: float = 30.0
    jobs: int | None = None
    is_map: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 1 <= self.perplexity < float("inf"):
            raise ConfigError(f"TSNE needs a perplexity of 1 or more, not {self.perplexity}")
        if self.jobs is not None and self.jobs < 1:
            raise ConfigError(f"TSNE needs jobs of 1 or more, not {self.jobs}")

    def check(self) -> None:
        """Raise MissingExtra without openTSNE."""
        _installed("openTSNE", "openTSNE", "TSNE()")

    def reduce(self, points: np.ndarray, seed: int = 0) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return (n, 2) float32, the same for the same seed. Fewer than 5 different images get their PCA."""
        self.check()
        n = len(points)
        if count_distinct(points) < 5:
            return _too_few("TSNE", points, 2)
        notes = []
        perplexity = min(self.perplexity, (n - 1) / 3)
        if perplexity < self.perplexity:
            notes.append(f"TSNE: perplexity {perplexity:.3g} instead of {self.perplexity:g}, there are {n} images")
        with capture_warnings([]):
            import openTSNE

            model = openTSNE.TSNE(
                perplexity=perplexity,
                random_state=seed,
                n_jobs=self.jobs or self._usual_jobs(n),
                negative_gradient_method="bh" if n < _MANY else "fft",
            )
            flat = np.asarray(points, np.float64)
            reduced = np.asarray(model.fit(flat, affinities=_affinities(flat, perplexity)))
        return np.ascontiguousarray(reduced, np.float32), tuple(notes)

    @staticmethod
    def _usual_jobs(n: int) -> int:
        """Threads cost more than they save on few points."""
        return 1 if n < _THREADS else os.cpu_count() or 1


_MANY, _THREADS = 3000, 20_000
#: Points whose neighbours openTSNE would only approximate, and slower than all distances can be computed.
_EXACT = range(1001, 40_000)


def _affinities(points: np.ndarray, perplexity: float) -> Any:
    """What t-SNE keeps of the neighbours; None to leave that to openTSNE."""
    if len(points) not in _EXACT:
        return None
    from openTSNE import affinity, nearest_neighbors

    found = nearest_neighbors.PrecomputedNeighbors(*nearest_others(points, int(3 * perplexity)))
    return affinity.PerplexityBasedNN(knn_index=found, perplexity=perplexity)


def principal_axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the variances, descending, (m,), and the unit principal axes, (d, m), of the points; m = min(n, d).

    The largest coordinate of each axis is positive, so that signs do not depend on the solver.
    """
    n, d = np.shape(points)
    if n < 2:
        return np.zeros(min(n, d)), np.eye(d, min(n, d))
    points = np.asarray(points)
    middle = points.mean(axis=0, dtype=np.float64)
    if d <= n:
        covariance = np.zeros((d, d))
        for rows in strips(points):
            moved = points[rows] - middle
            covariance += moved.T @ moved
        found, axes = np.linalg.eigh(covariance / n)
        variances, axes = np.maximum(found[::-1], 0.0), axes[:, ::-1]
    else:
        _, lengths, turned = np.linalg.svd(points - middle, full_matrices=False)
        variances, axes = np.square(lengths) / n, turned.T
    signs = np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    return variances, axes * signs


def check_reduction(reduce: Reduction | None) -> None:
    """Raise ConfigError unless `reduce` is None or has a `reduce` method."""
    if reduce is not None and (isinstance(reduce, type) or not callable(getattr(reduce, "reduce", None))):
        raise ConfigError(f"reduce= takes PCA(...), UMAP(...), TSNE(...) or None, not {reduce!r}")


def _too_few(name: str, points: np.ndarray, dimensions: int) -> tuple[np.ndarray, tuple[str, ...]]:
    reduced, _ = PCA(dimensions).reduce(points)
    padded = np.pad(reduced, ((0, 0), (0, dimensions - reduced.shape[1])))
    return padded, (f"{name}: too few different images ({count_distinct(points)}) for a map, so this is their PCA",)


def _at_least_one(name: str, dimensions: int) -> None:
    if isinstance(dimensions, bool) or not isinstance(dimensions, int | np.integer) or dimensions < 1:
        raise ConfigError(f"{name} needs dimensions of 1 or more, not {dimensions!r}")


def _installed(module: str, package: str, used_by: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise MissingExtra(package, "maps", used_by)
