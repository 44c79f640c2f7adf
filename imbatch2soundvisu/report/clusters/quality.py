"""How good a clustering is, in numbers with their meaning and in one plain sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core import Clusters
from .content import figure

#: A mean silhouette less than this above the one of shuffled labels is no evidence for the clusters.
LEAST_DIFFERENCE = 0.02


@dataclass(frozen=True)
class Measure:
    """A measure of a clustering as text, with the same for shuffled labels (empty where not computed)."""

    name: str
    value: str
    shuffled: str
    meaning: str


_MEANINGS = {
    "silhouette": (
        "Silhouette",
        "How much nearer images are to their own cluster than to the next: 1 far from all others, 0 between two, "
        "below 0 nearer to another cluster. Even one uniform cloud, cut anywhere, scores higher than shuffled labels",
    ),
    "davies_bouldin": (
        "Davies–Bouldin",
        "The width of the clusters relative to the distances between them: from 0, lower is better",
    ),
    "calinski_harabasz": (
        "Calinski–Harabasz",
        "Variance between the clusters over variance within them: higher is better, for the same images",
    ),
    "inertia": (
        "Inertia",
        "Sum of squared distances to the centres of the clusters: lower with every additional cluster",
    ),
    "stability": (
        "Stability",
        "Agreement with the clusters that other random seeds give (adjusted Rand index): 1 the same, 0 as random",
    ),
    "nmi": (
        "Agreement with folders, NMI",
        "How much the clusters and the folders have in common (normalised mutual information): 0 nothing, 1 all",
    ),
    "ari": (
        "Agreement with folders, ARI",
        "Agreement on pairs of images (adjusted Rand index): 1 the same, 0 as random",
    ),
    "purity": (
        "Agreement with folders, purity",
        "Share of images that are in the most frequent folder of their cluster",
    ),
}


def quality_measures(clusters: Clusters) -> list[Measure]:
    """Return every measure that is defined, in the order of the report."""
    if clusters.quality is None:
        return []
    agreement = clusters.quality.agreement or {}
    values = {name: _value(clusters, name) for name in _MEANINGS}
    shuffled = {name: agreement.get(f"{name}_random") for name in agreement}
    shuffled["silhouette"] = clusters.quality.silhouette_random
    return [
        Measure(_MEANINGS[name][0], figure(value), figure(shuffled.get(name), ""), _MEANINGS[name][1])
        for name, value in values.items()
        if value is not None and np.isfinite(value)
    ]


def _value(clusters: Clusters, name: str) -> float | None:
    agreement = (clusters.quality.agreement if clusters.quality is not None else None) or {}
    return agreement.get(name, getattr(clusters.quality, name, None))


def verdict(clusters: Clusters) -> str:
    """Return one or two plain sentences on how clear the clusters are; empty where no distances were compared."""
    quality = clusters.quality
    if quality is None or not np.isfinite([quality.silhouette, quality.silhouette_random]).all():
        return ""
    if quality.silhouette < quality.silhouette_random + LEAST_DIFFERENCE:
        text = "The clusters are no clearer than a random assignment of the same images."
    else:
        text = (
            "Images are more similar to the others of their cluster than to those of other clusters. "
            "This does not mean that there are gaps between the clusters."
        )
    defined = quality.silhouettes[np.isfinite(quality.silhouettes)]
    if not len(defined):
        return text
    which = "the images in a cluster" if (clusters.labels < 0).any() else "the images"
    return f"{text} {float((defined < 0).mean()):.0%} of {which} are nearer to another cluster."
