"""What all clusterings share: from a table to points in the order of the names, and from labels to `Clusters`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core import Clusters, FeatureInfo, FeatureTable, Needs
from ..core.errors import ConfigError
from ..measurement.spaces import (
    Space,
    by_name,
    check_space,
    space_names,
    space_needs,
    space_points,
    space_title,
)
from .arrays import count_distinct, finite_mean, numbered
from .quality import SILHOUETTE_LIMIT, quality, silhouettes
from .reductions import Reduction, check_reduction

#: Silhouettes before a UMAP or TSNE are measured on so many images.
_UNMAPPED_LIMIT = 2000
#: Below this stability a note says that other seeds give other clusters.
_STABLE = 0.75


@dataclass(frozen=True)
class ClusterInput:
    """The points to cluster, (m, d) float32, in the order of the image names, and their rows in the table, (m,).

    Images without a vector are left out. distinct : number of different points. unmapped : the points before a UMAP or
    TSNE, or None.
    """

    table: FeatureTable
    rows: np.ndarray
    points: np.ndarray
    space: str
    seed: int
    distinct: int
    notes: tuple[str, ...] = ()
    unmapped: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)


class OnSpace:
    """Base of the clusterings of points: checks their space and reduction, and derives their needs."""

    on: Space
    reduce: Reduction | None

    def _check_settings(self) -> None:
        check_space(self.on)
        check_reduction(self.reduce)

    @property
    def needs(self) -> Needs:
        return space_needs(self.on)

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise MissingExtra where the reduction is not installed."""
        check = getattr(self.reduce, "check", None)
        if check is not None:
            check()

    def _input(self, table: FeatureTable, rng: np.random.Generator) -> ClusterInput:
        return cluster_input(table, self.on, self.reduce, int(rng.integers(2**31)))

    def _title(self, data: ClusterInput) -> str:
        reduced = f" by {type(self.reduce).__name__}" if self.reduce is not None else ""
        return f"on {data.space}{reduced}"


def cluster_input(table: FeatureTable, on: Space, reduce: Reduction | None, seed: int) -> ClusterInput:
    """Return the images as points, reduced. Raise ConfigError if the table lacks the space."""
    rows = by_name(table)
    ordered = table.select(rows)
    points = space_points(ordered, on) if len(rows) else np.zeros((0, 1))
    defined = _defined(ordered, on)
    notes: tuple[str, ...] = ()
    if not defined.all():
        missing = int((~defined).sum())
        notes = (f"{missing} of {len(rows)} images have no vector and are in no cluster",)
        rows, points = rows[defined], points[defined]
    unmapped = points if getattr(reduce, "is_map", False) else None
    if reduce is not None and len(rows):
        points, reduction_notes = reduce.reduce(points, seed)
        notes += reduction_notes
    points = np.ascontiguousarray(points, np.float32)
    return ClusterInput(table, rows, points, space_title(on, table), seed, count_distinct(points), notes, unmapped)


def _defined(table: FeatureTable, on: Space) -> np.ndarray:
    """(n,) bool: False where an embedding has no finite vector. Undefined features count as the middle."""
    defined = np.ones(len(table), bool)
    for name in space_names(table, on):
        if name in table.vectors:
            defined &= np.isfinite(table.vectors[name]).all(axis=1)
    return defined


def possible_clusters(who: str, k: int, data: ClusterInput) -> tuple[int, tuple[str, ...]]:
    """Return k; or the number of different images, with a note. Raise ConfigError for fewer images than k."""
    if k > len(data):
        n = len(data)
        few = f"there are {n}" if n == len(data.table) else f"only {n} of {len(data.table)} have a vector"
        raise ConfigError(f"{who} needs at least {k} images; {few}: ask for k={max(n, 1)} or fewer")
    if k <= data.distinct:
        return k, ()
    return data.distinct, (f"{data.distinct} {_clusters(data.distinct)} instead of {k}: {_alike(data)}",)


def too_few_to_choose(data: ClusterInput) -> tuple[str, ...]:
    """Return a note if fewer than 3 points differ, so that no k can be chosen."""
    if data.distinct >= 3:
        return ()
    return (f"k = 1: {_alike(data)}, too few to tell clusters apart",)


def _alike(data: ClusterInput) -> str:
    if data.distinct <= 1 < len(data):
        return f"all {len(data)} images are the same here"
    return f"only {data.distinct} of {len(data)} images differ here"


def _clusters(count: int) -> str:
    return "cluster" if count == 1 else "clusters"


def measured_clusters(
    data: ClusterInput,
    labels: np.ndarray,
    by: str,
    notes: Sequence[str] = (),
    others: Sequence[np.ndarray] = (),
    sweep: Sequence[Mapping[str, float]] = (),
    tree: np.ndarray | None = None,
) -> Clusters:
    """Return the `Clusters` of the labels of the points: numbered by size, named, measured, in rows of the table."""
    n = len(data.table)
    labels = numbered(labels)
    k = int(labels.max(initial=-1)) + 1
    folders = [folder_of(data.table, int(row)) for row in data.rows]
    measures = quality(data.points, labels, folders, others if k > 1 else (), data.seed) if len(data) else None
    every, points = np.full(n, -1, np.intp), np.full((n, data.points.shape[1]), np.nan, np.float32)
    every[data.rows], points[data.rows] = labels, data.points
    all_notes = [*data.notes, *notes]
    if measures is not None:
        measured = np.full(n, np.nan)
        measured[data.rows] = measures.silhouettes
        measures = replace(measures, silhouettes=measured)
        if measures.stability is not None and measures.stability < _STABLE:
            all_notes.append(
                "the clusters depend on the random seed: runs with other seeds agree with them to "
                f"{measures.stability:.2f} (adjusted Rand index, 1 for the same clusters)"
            )
        all_notes += _map_note(data, labels, measures.silhouette)
        if int((labels >= 0).sum()) > SILHOUETTE_LIMIT:
            all_notes.append(f"silhouettes are those of {SILHOUETTE_LIMIT:,} images, drawn at random")
    return Clusters(
        labels=every,
        names=tuple(f"cluster {cluster + 1}" for cluster in range(k)),
        by=by,
        space=data.space,
        points=points,
        quality=measures,
        notes=tuple(all_notes),
        sweep=tuple(sweep),
        tree=None if tree is None else _with_leaves(tree, data.rows),
    )


def _map_note(data: ClusterInput, labels: np.ndarray, silhouette: float) -> list[str]:
    """A note on silhouettes of a map, with that of the same clusters in the space before it."""
    if data.unmapped is None or not np.isfinite(silhouette):
        return []
    placed = np.flatnonzero(labels >= 0)
    if len(placed) > _UNMAPPED_LIMIT:
        drawn = np.random.default_rng(data.seed).choice(placed, _UNMAPPED_LIMIT, replace=False)
        placed = np.sort(drawn)
    before = finite_mean(silhouettes(data.unmapped[placed], [labels[placed]])[0])
    beside = f"; in {data.space} these clusters have {before:.2f}" if np.isfinite(before) else ""
    return [f"silhouettes are those on the map, which separates points even where the space does not{beside}"]


def _with_leaves(tree: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The tree with its leaves numbered in the order of the rows of the table."""
    m = len(rows)
    leaf = np.argsort(np.argsort(rows))
    tree = tree.copy()
    children = tree[:, :2].astype(np.intp)
    tree[:, :2] = np.where(children < m, leaf[np.minimum(children, m - 1)], children)
    tree[:, :2] = np.sort(tree[:, :2], axis=1)
    return tree


def folder_of(table: FeatureTable, row: int, depth: int | None = None) -> str:
    """Return the folder of an image, at most so many levels deep, with forward slashes; "" at the top."""
    levels = table.records[row].name.split("/")[:-1]
    return "/".join(levels if depth is None else levels[:depth])


def check_count(who: str, name: str, value: object, least: int = 1) -> None:
    """Raise ConfigError unless the value is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ConfigError(f"{who} needs {name} of {least} or more, not {value!r}")


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names, repeated ones with a number appended."""
    found: list[str] = []
    for name in names:
        again, number = name, 2
        while again in found:
            again, number = f"{name} ({number})", number + 1
        found.append(again)
    return tuple(found)
