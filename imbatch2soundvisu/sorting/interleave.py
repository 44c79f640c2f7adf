"""An order that alternates between clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from ..clustering import resolve_clustering
from ..core import Clustering, FeatureInfo, FeatureTable, Needs, Order
from .common import Undriven
from .registry import ORDERS
from .resolving import resolve_order


@ORDERS.register("interleave")
@dataclass(frozen=True)
class Interleave(Undriven):
    """Clusters in alternation, each spread evenly over the whole sequence.

    Parameters
    ----------
    clusters : str, clustering, callable or mapping
        What `resolve_clustering` accepts: KMeans(4), "folder", "date", the name of a feature, a function of the table.
    by : str, order, callable or mapping
        The order within each cluster.

    Examples
    --------
    >>> Interleave("folder", by="-luminance")
    Interleave(clusters='folder', by='-luminance')
    """

    clusters: str | Clustering | Callable[[FeatureTable], Any] = "kmeans"
    by: str | Order | Callable[..., Any] | Mapping[str, float] = field(default="luminance", hash=False)
    title: ClassVar[str] = "alternation"

    @property
    def needs(self) -> Needs:
        # which features exist is not known here; `check` gets them
        clustering = resolve_clustering(self.clusters, [self.clusters] if isinstance(self.clusters, str) else ())
        own, names = getattr(self.by, "needs", None), self.by if isinstance(self.by, Mapping) else ()
        if not isinstance(own, Needs):
            own = resolve_order(self.by, [self.by.strip("- ")] if isinstance(self.by, str) else names).needs
        return super().needs | clustering.needs | own

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise ConfigError if the clustering or the order is unknown."""
        for value in (resolve_clustering(self.clusters, info), resolve_order(self.by, info)):
            if callable(check := getattr(value, "check", None)):
                check(info)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp; noise counts as one more cluster."""
        return _alternate(self._rows_of_clusters(table, rng))

    def limited(self, table: FeatureTable, rng: np.random.Generator, n: int) -> np.ndarray:
        """Return n rows, (n,) intp: of each cluster its share, evenly spaced along it."""
        clusters = self._rows_of_clusters(table, rng)
        shares = np.array([len(rows) for rows in clusters]) * n / max(len(table), 1)
        counts = np.floor(shares).astype(np.intp)
        counts[np.argsort(counts - shares, kind="stable")[: n - counts.sum()]] += 1  # largest remainders
        chosen = [
            rows[np.arange(c) * (len(rows) - 1) // max(c - 1, 1)] for rows, c in zip(clusters, counts, strict=True)
        ]
        return _alternate(chosen)

    def _rows_of_clusters(self, table: FeatureTable, rng: np.random.Generator) -> list[np.ndarray]:
        chosen = resolve_clustering(self.clusters, table.columns)
        if isinstance(k := getattr(chosen, "k", None), int) and k > len(table):
            chosen = replace(chosen, k=len(table))  # type: ignore[type-var]
        found = chosen.cluster(table, rng)
        order, clusters = resolve_order(self.by, table.columns), []
        for label in np.unique(found.labels):
            rows = found.rows(int(label))
            clusters.append(rows[order.order(table.select(rows), rng)] if len(rows) > 1 else rows)
        return clusters


def _alternate(clusters: list[np.ndarray]) -> np.ndarray:
    """All rows, each cluster spread evenly over the whole."""
    places = [(np.arange(len(rows)) + 0.5) / max(len(rows), 1) for rows in clusters]
    return np.concatenate(clusters)[np.argsort(np.concatenate(places), kind="stable")]
