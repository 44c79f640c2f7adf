"""Fewer dimensions: settings of a grouping or of a plot."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from ..core.errors import ConfigError, MissingExtra
from .arrays import capture_warnings, count_distinct


@runtime_checkable
class Reduction(Protocol):
    """Points in fewer dimensions. A frozen dataclass.

    It may also have `check()`, which raises MissingExtra before any work, and `is_map = True`: it draws neighbours
    together, so that clumps on it need not be there in what it was made of.
    """

    def reduce(self, points: np.ndarray, seed: int) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, d) points to (n, fewer) float32, and what there is to say of it, one sentence each."""
        ...


@dataclass(frozen=True)
class PCA:
    """Principal components: the directions in which the images differ most, and how much of the variance they keep.

    whiten : every direction gets a variance of 1, so that small differences count as much as large ones.
    """

    dimensions: int = 64
    whiten: bool = False

    def __post_init__(self) -> None:
        _at_least_one("PCA", self.dimensions)

    def reduce(self, points: np.ndarray, seed: int = 0) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, dimensions) float32; fewer, with a note, where there are fewer images or numbers. `seed` is unused."""
        n, d = points.shape
        kept = min(self.dimensions, d, max(n - 1, 1))
        values, axes = principal_axes(points)
        kept = min(kept, len(values))
        values, axes = values[:kept], axes[:, :kept]
        flat = np.asarray(points, np.float64)
        total = float(flat.var(axis=0).sum())
        reduced = (flat - flat.mean(axis=0)) @ axes if n else np.zeros((0, kept))
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
    """A map on which neighbours stay neighbours. McInnes, Healy & Melville 2018; needs the extra `maps`.

    neighbours : how many each image is held to. min_dist : how close they may lie, [0, 1].
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
        """(n, dimensions) float32, the same for the same seed. Fewer than 5 different images get their PCA."""
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
    """A map of two dimensions that shows families. van der Maaten & Hinton 2008, by openTSNE (Poličar et al. 2019).

    perplexity : about how many neighbours each image has. Needs the extra `maps`.
    """

    perplexity: float = 30.0
    is_map: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 1 <= self.perplexity < float("inf"):
            raise ConfigError(f"TSNE needs a perplexity of 1 or more, not {self.perplexity}")

    def check(self) -> None:
        """Raise MissingExtra without openTSNE."""
        _installed("openTSNE", "openTSNE", "TSNE()")

    def reduce(self, points: np.ndarray, seed: int = 0) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, 2) float32, the same for the same seed. Fewer than 5 different images get their PCA."""
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
                n_jobs=1 if n < _MANY else os.cpu_count() or 1,  # threads cost more than they save on few points
                negative_gradient_method="bh" if n < _MANY else "fft",
            )
            reduced = np.asarray(model.fit(np.asarray(points, np.float64)))
        return np.ascontiguousarray(reduced, np.float32), tuple(notes)


_MANY = 3000


def principal_axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances, largest first, (m,), and unit axes, (d, m), of the centred points; m = min(n, d).

    The largest coordinate of each axis is positive, so that the same points give the same image.
    """
    flat = np.asarray(points, np.float64)
    flat = flat - flat.mean(axis=0) if len(flat) else flat
    n, d = flat.shape
    if d <= n:
        values, axes = np.linalg.eigh(flat.T @ flat)
        values, axes = values[::-1], axes[:, ::-1]
    else:
        _, singular, rows = np.linalg.svd(flat, full_matrices=False)
        values, axes = singular**2, rows.T
    if axes.size:
        axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    return np.maximum(values, 0.0) / max(n, 1), axes


def check_reduction(reduce: Reduction | None) -> None:
    """Raise ConfigError for what is no reduction."""
    if reduce is not None and (isinstance(reduce, type) or not callable(getattr(reduce, "reduce", None))):
        raise ConfigError(f"reduce= takes PCA(...), UMAP(...), TSNE(...) or None, not {reduce!r}")


def _too_few(name: str, points: np.ndarray, dimensions: int) -> tuple[np.ndarray, tuple[str, ...]]:
    reduced, _ = PCA(dimensions).reduce(points)
    padded = np.pad(reduced, ((0, 0), (0, dimensions - reduced.shape[1])))
    return padded, (f"{name}: too few different images ({count_distinct(points)}) for a map, so this is their PCA",)


def _at_least_one(name: str, dimensions: int) -> None:
    if isinstance(dimensions, bool) or not isinstance(dimensions, int | np.integer) or dimensions < 1:
        raise ConfigError(f"{name} needs dimensions of 1 or more, not {dimensions!r}")


def _installed(module: str, package: str, wanted_by: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise MissingExtra(package, "maps", wanted_by)
