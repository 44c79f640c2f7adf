"""From a table to points in the order of names, and from labels to `Clusters`: the steps all clusterings share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core import Clusters, FeatureInfo, FeatureTable, Needs
from ..core.errors import ConfigError
from ..measurement.spaces import Space, by_name, check_space, space_needs, space_points, space_title
from .arrays import count_distinct, finite_mean, numbered
from .quality import SILHOUETTE_LIMIT, quality, silhouettes
from .reductions import Reduction, check_reduction

#: Before a map, silhouettes are measured on so many images.
_UNMAPPED_LIMIT = 2000
#: Below this stability a note says that other seeds give other parts.
_STABLE = 0.75


@dataclass(frozen=True)
class Seen:
    """What a grouping sees: points of the images in the order of their names, and the rows they have in the table.

    Images without a vector are not among them. distinct : how many different points there are. unmapped : the points
    before a UMAP or TSNE; None where there was none.
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
    """What groupings of points share: their space and reduction, checked; their needs."""

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

    def _see(self, table: FeatureTable, rng: np.random.Generator) -> Seen:
        return see(table, self.on, self.reduce, int(rng.integers(2**31)))

    def _title(self) -> str:
        reduced = f" by {type(self.reduce).__name__}" if self.reduce is not None else ""
        return f"on {space_title(self.on)}{reduced}"


def see(table: FeatureTable, on: Space, reduce: Reduction | None, seed: int) -> Seen:
    """The images as points, reduced. Raises ConfigError for a space that the table does not have."""
    rows = by_name(table)
    ordered = table.select(rows)
    points = space_points(ordered, on) if len(rows) else np.zeros((0, 1))
    defined = _defined(ordered, on)
    notes: tuple[str, ...] = ()
    if not defined.all():
        missing = int((~defined).sum())
        notes = (f"{missing} of {len(rows)} images have no vector and are in no part",)
        rows, points = rows[defined], points[defined]
    unmapped = points if getattr(reduce, "is_map", False) else None
    if reduce is not None and len(rows):
        points, said = reduce.reduce(points, seed)
        notes += said
    points = np.ascontiguousarray(points, np.float32)
    return Seen(table, rows, points, space_title(on), seed, count_distinct(points), notes, unmapped)


def _defined(table: FeatureTable, on: Space) -> np.ndarray:
    """(n,) bool: False where an embedding has no finite vector. Undefined features count as the middle."""
    defined = np.ones(len(table), bool)
    for wish in on if isinstance(on, tuple) else (on,):
        for name in (wish,) if isinstance(wish, str) else (getattr(wish, "name", wish.key), wish.key):
            if name in table.vectors:
                defined &= np.isfinite(table.vectors[name]).all(axis=1)
                break
    return defined


def parts_possible(who: str, k: int, seen: Seen) -> tuple[int, tuple[str, ...]]:
    """k, or fewer with a note where fewer images differ. Raises ConfigError where there are fewer images."""
    if k > len(seen):
        n = len(seen)
        few = f"there are {n}" if n == len(seen.table) else f"only {n} of {len(seen.table)} have a vector"
        raise ConfigError(f"{who} needs at least {k} images; {few}: ask for k={max(n, 1)} or fewer")
    if k <= seen.distinct:
        return k, ()
    return seen.distinct, (f"{seen.distinct} {_parts(seen.distinct)} instead of {k}: {_alike(seen)}",)


def too_few_to_choose(seen: Seen) -> tuple[str, ...]:
    """Why there is nothing to choose a k for, in a note; empty where there are 3 or more different points."""
    if seen.distinct >= 3:
        return ()
    return (f"k = 1: {_alike(seen)}, too few to tell parts apart",)


def _alike(seen: Seen) -> str:
    if seen.distinct <= 1 < len(seen):
        return f"all {len(seen)} images are the same here"
    return f"only {seen.distinct} of {len(seen)} images differ here"


def _parts(count: int) -> str:
    return "part" if count == 1 else "parts"


def grouped(
    seen: Seen,
    labels: np.ndarray,
    by: str,
    notes: Sequence[str] = (),
    others: Sequence[np.ndarray] = (),
    sweep: Sequence[Mapping[str, float]] = (),
    tree: np.ndarray | None = None,
) -> Clusters:
    """`Clusters` of the labels of the images seen: numbered by size, named, measured, in the rows of the table."""
    n = len(seen.table)
    labels = numbered(labels)
    parts = int(labels.max(initial=-1)) + 1
    folders = [folder_of(seen.table, int(row)) for row in seen.rows]
    told = quality(seen.points, labels, folders, others if parts > 1 else (), seen.seed) if len(seen) else None
    every, points = np.full(n, -1, np.intp), np.full((n, seen.points.shape[1]), np.nan, np.float32)
    every[seen.rows], points[seen.rows] = labels, seen.points
    said = [*seen.notes, *notes]
    if told is not None:
        measured = np.full(n, np.nan)
        measured[seen.rows] = told.silhouettes
        told = replace(told, silhouettes=measured)
        if told.stability is not None and told.stability < _STABLE:
            said.append(
                f"the parts depend on chance: runs with other seeds agree with them to {told.stability:.2f} "
                "(adjusted Rand index, 1 for the same parts)"
            )
        said += _map_note(seen, labels, told.silhouette)
        if int((labels >= 0).sum()) > SILHOUETTE_LIMIT:
            said.append(f"silhouettes are those of {SILHOUETTE_LIMIT:,} images, drawn at random")
    return Clusters(
        labels=every,
        names=tuple(f"cluster {part + 1}" for part in range(parts)),
        by=by,
        space=seen.space,
        points=points,
        quality=told,
        notes=tuple(said),
        sweep=tuple(sweep),
        tree=None if tree is None else _with_leaves(tree, seen.rows),
    )


def _map_note(seen: Seen, labels: np.ndarray, silhouette: float) -> list[str]:
    """What silhouettes on a map are worth, beside those of the same parts in what the map was made of."""
    if seen.unmapped is None or not np.isfinite(silhouette):
        return []
    placed = np.flatnonzero(labels >= 0)
    if len(placed) > _UNMAPPED_LIMIT:
        drawn = np.random.default_rng(seen.seed).choice(placed, _UNMAPPED_LIMIT, replace=False)
        placed = np.sort(drawn)
    before = finite_mean(silhouettes(seen.unmapped[placed], [labels[placed]])[0])
    beside = f"; in {seen.space} itself these parts have {before:.2f}" if np.isfinite(before) else ""
    return [f"silhouettes are those on the map, which makes clumps of its own, even out of noise{beside}"]


def _with_leaves(tree: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The tree with its leaves numbered as the rows of the table are, those of images that were not seen left out."""
    m = len(rows)
    leaf = np.argsort(np.argsort(rows))
    tree = tree.copy()
    children = tree[:, :2].astype(np.intp)
    tree[:, :2] = np.where(children < m, leaf[np.minimum(children, m - 1)], children)
    tree[:, :2] = np.sort(tree[:, :2], axis=1)
    return tree


def folder_of(table: FeatureTable, row: int, depth: int | None = None) -> str:
    """The folder an image lies in, at most so many levels deep, with forward slashes; "" at the top."""
    levels = table.records[row].name.replace("\\", "/").split("/")[:-1]
    return "/".join(levels if depth is None else levels[:depth])


def check_count(who: str, name: str, value: object, least: int = 1) -> None:
    """Raise ConfigError for what is no whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ConfigError(f"{who} needs {name} of {least} or more, not {value!r}")
