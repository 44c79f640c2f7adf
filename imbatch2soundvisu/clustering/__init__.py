"""Groupings: from a table to parts, with how good they are and what each is like.

A grouping is a frozen dataclass. It works in the order of names, so that the same images give the same parts whatever
order their rows came in, and numbers clusters by size. What there is to say goes into the notes of its `Clusters`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..core import Clustering, FeatureTable
from ..core.errors import ConfigError, unknown
from .bins import ByFolder, Labelled, by_bins, by_gaps, feature_values, widest_gap
from .density import Density
from .hierarchy import LINKAGES, Hierarchical
from .kmeans import KMeans
from .medoids import medoid, part_order, representatives
from .profiles import profiles
from .quality import adjusted_rand, mutual_information, purity, quality, silhouettes
from .reductions import PCA, TSNE, UMAP, Reduction

__all__ = [
    "CLUSTERINGS", "LINKAGES", "PCA", "TSNE", "UMAP", "ByFolder", "Density", "Hierarchical", "KMeans", "Labelled",
    "Reduction", "adjusted_rand", "by_bins", "by_gaps", "feature_values", "medoid", "mutual_information", "part_order",
    "profiles", "purity", "quality", "representatives", "resolve", "silhouettes", "widest_gap",
]  # fmt: skip

#: Every grouping there is, by the name that `split=` takes.
CLUSTERINGS: dict[str, type] = {
    "kmeans": KMeans,
    "hierarchical": Hierarchical,
    "density": Density,
    "folder": ByFolder,
}


def resolve(wish: str | Clustering | Mapping[str, Any] | Callable[[FeatureTable], Any]) -> Clustering:
    """The grouping that is wished for.

    wish : a name ("kmeans", "folder"), a grouping, its class, a function of the table that gives one label a row
    (numbers or words), or a mapping of image names to labels. Raises ConfigError for anything else, with the choices.

    >>> resolve("folder")
    ByFolder(depth=1)
    """
    if isinstance(wish, str):
        if wish.strip() not in CLUSTERINGS:
            raise unknown("grouping", wish, CLUSTERINGS)
        return CLUSTERINGS[wish.strip()]()
    if isinstance(wish, Mapping):
        return Labelled(wish)
    if isinstance(wish, type):
        if wish in CLUSTERINGS.values():
            return wish()
        raise ConfigError(f"a grouping is wanted, not the class {wish.__name__}: write {wish.__name__}(...)")
    if callable(getattr(wish, "group", None)):
        return wish  # type: ignore[return-value]
    if callable(wish):
        return Labelled(wish)
    raise ConfigError(
        f"a grouping is a name ({', '.join(sorted(CLUSTERINGS))}), an instance such as KMeans(6), a function of the "
        f"table or a mapping of names to labels, not {wish!r}"
    )
