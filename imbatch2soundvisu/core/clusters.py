"""Clusters of images, their quality and their profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .regions import Region


@dataclass(frozen=True)
class Quality:
    """Quality of a clustering. A measure that is not defined is NaN.

    Attributes
    ----------
    silhouette : float
        Mean over the images, [-1, 1], higher is better.
    silhouette_random : float
        The same with the labels shuffled among the images.
    davies_bouldin, calinski_harabasz : float
        From 0; lower is better for the first, higher for the second.
    inertia : float
        Sum of squared distances to the centroids.
    silhouettes : (n,) array
        Of each image; NaN for noise.
    stability : float, optional
        Mean adjusted Rand index with the clusters of other seeds, [-1, 1]. None if no seed matters.
    agreement : mapping of str to float, optional
        With the folders as labels: `nmi` and `purity` in [0, 1], `ari` in [-1, 1], each with its value for shuffled
        labels as `nmi_random` ...; empty if there are fewer than two folders.
    """

    silhouette: float
    silhouette_random: float
    davies_bouldin: float
    calinski_harabasz: float
    inertia: float
    silhouettes: np.ndarray
    stability: float | None = None
    agreement: Mapping[str, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON; None for undefined measures."""
        names = (
            "silhouette", "silhouette_random", "davies_bouldin", "calinski_harabasz", "inertia", "stability",
        )  # fmt: skip
        values = {name: _plain(getattr(self, name)) for name in names}
        return values | {"agreement": {name: _plain(value) for name, value in (self.agreement or {}).items()}}


@dataclass(frozen=True)
class Clusters:
    """n images in k clusters.

    Attributes
    ----------
    labels : (n,) array of int
        0 to k - 1; -1 for noise.
    names : tuple of str
        Of the clusters, for folders and titles.
    by : str
        Title of the clustering: "k-means, k = 6, on look".
    space : str
        The space of the points, "" without one.
    points : (n, d) array, optional
        float32, after the reduction, NaN for images without a vector. None for folders, labels, bins and dates.
    quality : Quality, optional
    notes : tuple of str
        One sentence each: why this k, how eps was found, what a reduction kept.
    sweep : tuple of mappings
        The measures of each k tried.
    tree : (m - 1, 4) array, optional
        Linkage matrix; its m leaves are the images that have a vector, by row.
    ordered : bool
        Whether the clusters have an order, as bins and dates do.
    regions : tuple of Region or None
        The part of each image that its cluster is about, such as a face, which thumbnails then show; () for whole
        images.
    """

    labels: np.ndarray
    names: tuple[str, ...]
    by: str
    space: str = ""
    points: np.ndarray | None = None
    quality: Quality | None = None
    notes: tuple[str, ...] = ()
    sweep: tuple[Mapping[str, float], ...] = ()
    tree: np.ndarray | None = None
    ordered: bool = False
    regions: tuple[Region | None, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, np.ndarray]]:
        """Iterate over (name, rows) of the clusters, without noise."""
        return ((name, self.rows(cluster)) for cluster, name in enumerate(self.names))

    def rows(self, cluster: int) -> np.ndarray:
        """Return the rows of a cluster, ascending, (m,) intp; for -1 those of the noise."""
        return np.flatnonzero(self.labels == cluster)

    @property
    def sizes(self) -> np.ndarray:
        """Number of images in each cluster, (k,)."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.names))

    def __repr__(self) -> str:
        noise = int((self.labels < 0).sum())
        none = f", {noise} in none" if noise else ""
        silhouette = f", silhouette {self.quality.silhouette:.3f}" if self.quality else ""
        return f"<Clusters {self.by}: {len(self)} clusters of {len(self.labels)} images{none}{silhouette}>"


@dataclass(frozen=True)
class Profile:
    """Profile of one cluster. Numbers that are undefined are NaN.

    Attributes
    ----------
    name : str
    rows : (m,) array of int
        Of its images in the table, ascending.
    share : float
        Of all images, [0, 1].
    variance : float
        Mean over the dimensions of the variance of its unit vectors, from 0.
    means, rest : mapping of str to float
        Mean of each feature inside and outside the cluster, in its unit; circular means of circular ones.
    differences : tuple of str
        How it differs from the other images, in words, largest effect first: "darker", "warmer", "less detail".
    effects : mapping of str to float
        Cohen's d of each feature against the other images; of circular features Cohen's h: how much more
        frequent values near the cluster's mean are inside it.
    medoid : int
        The row nearest to all others.
    typical, atypical : tuple of int
        Rows, the most (a)typical first.
    phrases : tuple of (str, float)
        Phrases and their similarity, [-1, 1], nearest first; empty if the embedding has no text encoder.
    classes : tuple of (str, float)
        Classes of ImageNet that set its images apart, and their mean probability in it, [0, 1], the largest first;
        empty if no embedding of the table has a classifier.
    contents : str
        The same in words: "mostly: tabby cat, tiger cat"; "" if unknown.
    """

    name: str
    rows: np.ndarray
    share: float
    variance: float
    means: Mapping[str, float]
    rest: Mapping[str, float]
    differences: tuple[str, ...]
    effects: Mapping[str, float]
    medoid: int
    typical: tuple[int, ...]
    atypical: tuple[int, ...]
    phrases: tuple[tuple[str, float], ...] = ()
    classes: tuple[tuple[str, float], ...] = ()
    contents: str = ""

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def words(self) -> str:
        """Contents and differences as a line: "mostly: tabby cat, tiger cat; darker"; "like the rest" without any."""
        return self.description or "like the rest"

    @property
    def description(self) -> str:
        """The contents, then the differences: "mostly: tabby cat; darker, warmer"; "" without either."""
        return "; ".join(filter(None, [self.contents, ", ".join(self.differences)]))

    def as_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """Return plain values for JSON. names : of all images of the table, by row."""
        return {
            "part": self.name,
            "size": self.size,
            "share": _plain(self.share),
            "variance": _plain(self.variance),
            "words": self.words,
            "differences": list(self.differences),
            "contents": self.contents,
            "means": {name: _plain(value) for name, value in self.means.items()},
            "rest": {name: _plain(value) for name, value in self.rest.items()},
            "effects": {name: _plain(value) for name, value in self.effects.items()},
            "medoid": names[self.medoid],
            "typical": [names[row] for row in self.typical],
            "atypical": [names[row] for row in self.atypical],
            "phrases": [[phrase, _plain(value)] for phrase, value in self.phrases],
            "classes": [[name, _plain(value)] for name, value in self.classes],
        }


def _plain(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 6)
