"""The clusters of a table as one object for notebooks: labels, quality, profiles, thumbnails, plots."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import Clustering, Clusters, Collection, FeatureTable, Needs, Probe, Profile, Quality
from ..core.errors import ConfigError, unknown
from ..core.methods import METHODS
from ..core.notebooks import figures, more
from ..core.text import plural
from ..features import COLUMNS
from ..measurement import measure
from ..measurement.completing import completed
from ..measurement.spaces import embedder_of
from ..runtime.cache import Cache
from .profiles import profiles
from .resolving import resolve_clustering

_SHOWN = 40


@dataclass(frozen=True)
class ClusterResult:
    """Clusters of the images of a table, with their quality and their profiles.

    Parameters
    ----------
    table : FeatureTable
        The images.
    clusters : Clusters
        Labels, names, quality and notes.
    profiles : tuple of Profile
        What each cluster is like, by its number.
    """

    table: FeatureTable
    clusters: Clusters
    profiles: tuple[Profile, ...]

    @property
    def labels(self) -> np.ndarray:
        """The number of the cluster of each image, (n,) int; -1 for images in no cluster."""
        return self.clusters.labels

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the clusters, by their numbers."""
        return self.clusters.names

    @property
    def quality(self) -> Quality | None:
        """Silhouette and other measures; None where the clusters have no points, as those by folder."""
        return self.clusters.quality

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known of the clustering, one sentence each."""
        return self.clusters.notes

    def __len__(self) -> int:
        return len(self.clusters)

    def __iter__(self) -> Iterator[FeatureTable]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, cluster: int | str) -> FeatureTable:
        """Return the images of a cluster, by its number or name; -1 for those in no cluster."""
        if isinstance(cluster, str):
            if cluster not in self.names:
                raise unknown("cluster", cluster, self.names)
            cluster = self.names.index(cluster)
        if not -1 <= cluster < len(self):
            raise IndexError(f"there are clusters 0 to {len(self) - 1}, and -1 for images in none; not {cluster}")
        return self.table.select(self.clusters.rows(cluster))

    def to_pandas(self) -> Any:
        """Return the DataFrame of the table with the columns "cluster", "cluster_name" and "silhouette" first.

        Raises
        ------
        MissingExtra
            If pandas is not installed; it is in the extra `notebook`.
        """
        frame = self.table.to_pandas()
        if self.quality is not None:
            frame.insert(0, "silhouette", self.quality.silhouettes)
        frame.insert(0, "cluster_name", [self.names[label] if label >= 0 else "" for label in self.labels])
        frame.insert(0, "cluster", self.labels)
        return frame

    def plot(self, kind: str = "map", ax: Any = None) -> Any:
        """Draw the clusters into a Matplotlib axis.

        Parameters
        ----------
        kind : {"map", "silhouettes", "sizes"}
            The images in two dimensions in the colours of their clusters; the silhouette of each image; or the number
            of images of each cluster.
        ax : matplotlib.axes.Axes, optional
            Where to draw. None: in a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        return METHODS["plot clusters"](self, kind, ax)

    def __repr__(self) -> str:
        return repr(self.clusters).replace("<Clusters ", "<ClusterResult ", 1)

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        heading = f"{plural(len(self.table), 'image')} in {plural(len(self), 'cluster')} by {self.clusters.by}"
        if self.quality is not None and np.isfinite(self.quality.silhouette):
            heading += f"; silhouette {self.quality.silhouette:.2f} (shuffled {self.quality.silhouette_random:.2f})"
        rows = "".join(self._row(number) for number in range(min(len(self), _SHOWN)))
        left = int((self.labels < 0).sum())
        rest = f"<p>{plural(left, 'image')} in no cluster</p>" if left else ""
        return f"<p>{html.escape(heading)}</p>{notes}{rows}{more(len(self) - _SHOWN)}{rest}"

    def _row(self, number: int) -> str:
        profile = self.profiles[number]
        records = [self.table.records[row] for row in profile.typical or profile.rows[:6]]
        text = f"<b>{html.escape(profile.name)}</b> · {profile.size} · {html.escape(profile.words)}"
        return f'<div style="margin-top:8px">{text}</div><div>{figures(records, [r.label for r in records])}</div>'


def cluster(
    table: FeatureTable | Collection,
    by: str | Clustering | Mapping[str, Any] | Any = "kmeans",
    *,
    seed: int = 0,
    phrases: tuple[str, ...] = (),
    cache: Cache | None = None,
) -> ClusterResult:
    """Return the clusters of the images of a table, the same as a plan with `clusters=` finds.

    Parameters
    ----------
    table : FeatureTable or Collection
        What `measure` returns; a collection is measured first.
    by : str, Clustering, callable or mapping
        `KMeans(6)`, "kmeans", "folder", the name of a feature, a function of the table, labels by name ...
        An embedding or feature it needs is measured where the table lacks it.
    seed : int
        Of everything random.
    phrases : tuple of str
        What clusters may be called, where the embedding of the clustering has a text encoder.
    cache : Cache, optional
        Where values are kept. None: in the folder CACHE of the settings.

    Raises
    ------
    ConfigError
        For an unknown clustering; for an embedding that cannot run, with what to install.

    Examples
    --------
    >>> cluster(table, KMeans(6)).plot()  # doctest: +SKIP
    """
    clustering = resolve_clustering(by, COLUMNS)
    if isinstance(table, Collection):
        table = measure(table, cache=cache)
    if not isinstance(table, FeatureTable):
        raise ConfigError(f"cluster() takes what measure() or discover() returns, not {table!r:.60}")
    reader = embedder_of(getattr(clustering, "on", ()))
    can_read = callable(getattr(reader, "embed_text", None))
    probes = tuple(Probe(reader, each) for each in phrases) if can_read and reader is not None else ()
    table = completed(table, clustering.needs | Needs(probes=probes), cache=cache)
    found = clustering.cluster(table, np.random.default_rng([seed, 2]))  # as plans do
    named = {each: table.probes[probe.key] for each, probe in zip(phrases, probes, strict=False)}
    return ClusterResult(table, found, profiles(table, found, named))
