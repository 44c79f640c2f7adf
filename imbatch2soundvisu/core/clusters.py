"""Images in groups, and how good the grouping is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Quality:
    """How good a grouping is.

    silhouette : mean over the images, [-1, 1], higher is better; silhouettes : (n,) of each image, NaN for noise.
    silhouette_random : the same with the labels shuffled among the images. davies_bouldin : from 0, lower is better.
    calinski_harabasz : from 0, higher is better. inertia : sum of squared distances to the centres.
    stability : mean adjusted Rand index of the grouping and those of other seeds, [-1, 1]; None where no seed matters.
    agreement : with the folders as labels: `nmi` and `purity` in [0, 1], `ari` in [-1, 1], each with its value for
    shuffled labels as `nmi_random` ...; empty where folders are no labels. A measure that is not defined is NaN.
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
        """Plain numbers for JSON; None where a measure is not defined."""
        names = (
            "silhouette", "silhouette_random", "davies_bouldin", "calinski_harabasz", "inertia", "stability",
        )  # fmt: skip
        told = {name: _plain(getattr(self, name)) for name in names}
        return told | {"agreement": {name: _plain(value) for name, value in (self.agreement or {}).items()}}


@dataclass(frozen=True)
class Clusters:
    """n images in k parts.

    labels : (n,) intp, 0 to k - 1; -1 for what belongs nowhere (noise). names : of the parts, what their folders and
    titles are called. by : what the grouping is called: "k-means, k = 6, on look". space : what it looked at; points :
    (n, d) float32 as it saw them, after its reduction, NaN for images without a vector; None where no distances were
    looked at (folders, dates).
    notes : what it has to say, one sentence each: why this k, how eps was found, what a reduction kept.
    sweep : one entry for each k that was tried, with its measures. tree : (m - 1, 4) linkage matrix of a hierarchy; its
    m leaves are the images that have a vector, by row.
    ordered : whether the parts stand in an order of their own, as bins and dates do.
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

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, np.ndarray]]:
        """(name, rows) of each part; noise is not among them."""
        return ((name, self.rows(part)) for part, name in enumerate(self.names))

    def rows(self, part: int) -> np.ndarray:
        """The rows of a part, ascending, (m,) intp; of the noise for -1."""
        return np.flatnonzero(self.labels == part)

    @property
    def sizes(self) -> np.ndarray:
        """(k,) images in each part."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.names))

    def __repr__(self) -> str:
        noise = int((self.labels < 0).sum())
        silhouette = f", silhouette {self.quality.silhouette:.3f}" if self.quality else ""
        return f"<Clusters {self.by}: {len(self)} of {len(self.labels)} images, {noise} in none{silhouette}>"


@dataclass(frozen=True)
class Profile:
    """What one part is like.

    rows : of its images in the table, ascending. share : of all images, [0, 1].
    variance : mean over the dimensions of the variance of its unit vectors, from 0. means : of each feature (circular
    ones on the circle), and rest : of the images outside the part, in the features' own units, NaN where undefined.
    traits : in words, against the rest, strongest first ("darker", "warmer", "less detail"); empty where nothing tells
    it apart. effects : {feature: how many pooled standard deviations it lies above the rest}, what the words rest on;
    of a circular feature Cohen's h, how much commoner values near the part's mean are in it. NaN where not defined.
    medoid : the row nearest to all the others. typical, atypical : rows, most (un)typical first.
    phrases : (phrase, similarity in [-1, 1]), nearest first; empty where the embedding does not read.
    """

    name: str
    rows: np.ndarray
    share: float
    variance: float
    means: Mapping[str, float]
    rest: Mapping[str, float]
    traits: tuple[str, ...]
    effects: Mapping[str, float]
    medoid: int
    typical: tuple[int, ...]
    atypical: tuple[int, ...]
    phrases: tuple[tuple[str, float], ...] = ()

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def words(self) -> str:
        """Its traits as a line: "darker, warmer, less detail"; "like the rest" where nothing tells it apart."""
        return ", ".join(self.traits) or "like the rest"

    def as_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """Plain values for JSON. names : of all images of the table, by row."""
        return {
            "part": self.name,
            "size": self.size,
            "share": _plain(self.share),
            "variance": _plain(self.variance),
            "words": self.words,
            "traits": list(self.traits),
            "means": {name: _plain(value) for name, value in self.means.items()},
            "rest": {name: _plain(value) for name, value in self.rest.items()},
            "effects": {name: _plain(value) for name, value in self.effects.items()},
            "medoid": names[self.medoid],
            "typical": [names[row] for row in self.typical],
            "atypical": [names[row] for row in self.atypical],
            "phrases": [[phrase, _plain(value)] for phrase, value in self.phrases],
        }


def _plain(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 6)
