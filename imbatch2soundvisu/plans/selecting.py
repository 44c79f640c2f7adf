"""Which images of a table a plan takes, and in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from .. import clustering, sorting
from ..config import Settings
from ..core import Embedder, FeatureInfo, FeatureTable, ImageSequence, Needs, Order
from ..core.errors import ConfigError, user_error
from ..datasets.duplicates import near_duplicates
from ..features import COLUMNS
from ..measurement.spaces import embedder_of, space_points, space_title
from .chosen_images import chosen
from .sequence_fields import SequenceFields

#: The rows of the parts before and after a part of a split, where there are such.
Neighbours = tuple[np.ndarray | None, np.ndarray | None]
ALONE: Neighbours = (None, None)
#: What the images are that `unique=` leaves out.
_LEFT_OUT_AS = {"burst": "bursts", "near": "near duplicates", "exact": "duplicates"}


class Filters(Protocol):
    """The fields of a plan that say which images it is about."""

    @property
    def name(self) -> str: ...
    @property
    def where(self) -> Any: ...
    @property
    def include(self) -> Any: ...
    @property
    def exclude(self) -> Any: ...
    @property
    def unique(self) -> str | None: ...
    @property
    def needs(self) -> Needs: ...
    @property
    def declared_at(self) -> str: ...


def rows_kept(plan: Filters, table: FeatureTable) -> np.ndarray:
    """Return the rows of a table that the filters of a plan leave, ascending."""
    whole = table.unfiltered or table
    keep = chosen(whole.records, whole.skipped, plan.include, plan.exclude)
    if whole is not table:  # names are those of the whole collection, of which the table may lack some
        left = {(record.name, record.path) for record, kept in zip(whole.records, keep, strict=True) if kept}
        keep = np.array([(record.name, record.path) in left for record in table.records], bool)
    if plan.where is not None:
        keep &= _chosen(plan, table)
    for embedder in plan.needs.embeddings:  # images without a vector were reported when they were measured
        if embedder.name in table.vectors:
            keep &= np.isfinite(table.vectors[embedder.name]).all(axis=1)
    if plan.unique is not None:
        seen: set[str] = set()
        kept = table.select(np.flatnonzero(keep))
        if plan.unique == "burst":
            keep[np.flatnonzero(keep)[clustering.not_sharpest(kept)]] = False
        groups = near_duplicates(kept) if plan.unique == "near" else ()
        group_of = {name: f"group {number}" for number, group in enumerate(groups) for name in group}
        for i, record in enumerate(table.records):
            alike = group_of.get(record.name, record.digest)
            repeated = keep[i] and bool({alike, record.digest} & seen)
            seen |= {alike, record.digest} if keep[i] else set()
            keep[i] &= not repeated
    return np.flatnonzero(keep)


def unique_note(plan: Filters, kept: FeatureTable) -> str:
    """Return how many images `unique=` left out of what a plan keeps: "39 left out as bursts"; "" for none."""
    if plan.unique is None or kept.unfiltered is None:
        return ""
    others = replace(plan, unique=None)  # type: ignore[type-var]
    count = len(rows_kept(others, kept.unfiltered)) - len(kept)
    return f"{count} left out as {_LEFT_OUT_AS.get(plan.unique, plan.unique)}" if count > 0 else ""


def without_vector(embedders: Iterable[Embedder], table: FeatureTable) -> int:
    """Return how many images of a table lack a vector of one of these embeddings."""
    lacking = np.zeros(len(table), bool)
    for embedder in embedders:
        if embedder.name in table.vectors:
            lacking |= ~np.isfinite(table.vectors[embedder.name]).all(axis=1)
    return int(lacking.sum())


def _chosen(plan: Filters, table: FeatureTable) -> np.ndarray:
    assert plan.where is not None
    try:
        chosen = np.asarray(plan.where(table))
    except Exception as error:
        raise user_error(f"plan {plan.name!r}: where= failed", error, plan.declared_at) from error
    if chosen.shape != (len(table),) or chosen.dtype != bool:
        raise ConfigError(f"plan {plan.name!r}: where= must give {len(table)} booleans, one an image")
    return chosen


def ordered_sequence(
    plan: SequenceFields,
    table: FeatureTable,
    rows: np.ndarray,
    settings: Settings,
    cluster: str = "",
    beside: Neighbours = ALONE,
) -> ImageSequence:
    """Return some rows of a table as a sequence: all of them, or one cluster and the rows of those beside it."""
    rng = np.random.default_rng(_seed(f"{plan.seed}\0{plan.name}\0", table.select(rows)))
    selection = order_rows(plan, table, rows, rng, beside, plan.images_limit(settings))
    order, ordered = sorting.resolve_order(plan.order, COLUMNS), table.select(selection.rows)
    driver, drives = selection.driver, selection.drives
    space = measured_in(order, ordered)
    criterion = sorting.criterion(ordered, space, selection.values if drives else None, driver.circular)
    by = driver.name if drives else order_title(order, table)
    note = order.note(ordered) if callable(getattr(order, "note", None)) else ""  # type: ignore[attr-defined]
    found = ImageSequence(plan.name, ordered, selection.values, driver, criterion, cluster, plan.seed, by)
    return replace(found, note=note)


def _seed(text: str, table: FeatureTable) -> int:
    """A seed from the plan and the images: two plans of the same images are not shuffled alike."""
    digest = hashlib.blake2b(text.encode(), digest_size=6)
    for one in sorted(record.digest for record in table.records):
        digest.update(one.encode())
    return int.from_bytes(digest.digest(), "big")


@dataclass(frozen=True)
class Selection:
    """Rows in a plan's order; `values`: the driving value of each; `drives`: whether it drives the order."""

    rows: np.ndarray
    values: np.ndarray
    driver: FeatureInfo
    drives: bool


def order_rows(
    plan: SequenceFields,
    table: FeatureTable,
    cluster: np.ndarray,
    rng: np.random.Generator,
    beside: Neighbours = ALONE,
    limit: int | None = None,
) -> Selection:
    """Return the rows of a cluster, or of all, in the plan's order, at most `limit` of them."""
    order, own = sorting.resolve_order(plan.order, COLUMNS), table.select(cluster)
    drives = bool(getattr(order, "drives", hasattr(order, "driver")))
    values, driver = order.driver(own) if hasattr(order, "driver") else sorting.default_driver(own)
    if drives and not np.isfinite(values).any():
        raise ConfigError(f"plan {plan.name!r}: no image has a value for {driver.name!r}", plan.declared_at)
    arrange = _Arrangement(plan, order, table, cluster, rng, beside[::-1] if plan.reverse else beside)
    last = isinstance(order, sorting.ByFeature) and not driver.circular  # where images without a value are
    places = arrange.limited(limit, drives, np.isfinite(values) if last else None)
    if plan.reverse:
        places = places[::-1]
    return Selection(cluster[places], np.asarray(values, np.float64)[places], driver, drives)


@dataclass(frozen=True)
class _Arrangement:
    """Puts the images of one cluster in order; places are positions in `cluster`."""

    plan: SequenceFields
    order: Order
    table: FeatureTable
    cluster: np.ndarray
    rng: np.random.Generator
    beside: Neighbours

    def limited(self, limit: int | None, drives: bool, defined: np.ndarray | None = None) -> np.ndarray:
        """The places in order, at most `limit` of them: of those that are `defined`, and others where these are few."""
        own, count = self.table.select(self.cluster), len(self.cluster)
        everything = np.arange(count)
        if limit is None or count <= limit:
            return self._ordered(everything)
        if self.plan.choose is None and hasattr(self.order, "limited"):
            places = self.order.limited(own, self.rng, limit)
            if places is not None:
                return _checked(places, count)
        if self.plan.chooses == "representative" and not _has_ends(self.order):
            return self._representative(own, limit, drives)
        places = _limited(self._ordered(everything), limit, defined)
        return places[_path_again(self.order, own.select(places))]

    def _representative(self, own: FeatureTable, limit: int, drives: bool) -> np.ndarray:
        chosen = np.sort(clustering.representatives(_points(self.plan, own), limit))
        # a number drives the same order with or without the others; a path is searched through the chosen alone
        found = self._ordered(np.arange(len(own)) if drives else chosen)
        places = found[np.isin(found, chosen)]
        if len(places) < min(limit, len(found)):  # an order may leave images out
            places = sorting.limit_evenly(found, limit)
        return places

    def _ordered(self, places: np.ndarray) -> np.ndarray:
        """Places in order; an order that uses the clusters before and after this one (`between`) gets them."""
        between = getattr(self.order, "between", None)
        rows = self.cluster[places]
        if between is None or all(each is None for each in self.beside):
            found = self.order.order(self.table.select(rows), self.rng)
            return places[_checked(found, len(places))]
        place_of = {int(row): place for place, row in enumerate(self.cluster)}
        return np.array([place_of[int(row)] for row in between(self.table, rows, *self.beside)], np.intp)


def _limited(places: np.ndarray, limit: int, defined: np.ndarray | None) -> np.ndarray:
    """At most `limit` places, evenly; of those without a value, which come last, only as many as are needed."""
    if defined is None:
        return sorting.limit_evenly(places, limit)
    valued, others = places[defined[places]], places[~defined[places]]
    if len(valued) >= limit:
        return sorting.limit_evenly(valued, limit)
    return np.concatenate([valued, sorting.limit_evenly(others, limit - len(valued))])


def _has_ends(order: Order) -> bool:
    """Whether a walk has fixed ends, which must be among the images that are chosen."""
    return isinstance(order, sorting.SmoothPath) and (order.start is not None or order.end is not None)


def _points(plan: SequenceFields, table: FeatureTable) -> np.ndarray:
    """Where images are chosen to represent others: in the space of the split or the order, else by their look."""
    for on in (getattr(plan.clusters, "on", None), getattr(plan.order, "on", None)):
        if on is not None:
            return space_points(table, on)
    return space_points(table, "look" if "look" in table.vectors else "features")


def _path_again(order: Order, chosen: FeatureTable) -> np.ndarray:
    """The order of images picked evenly along a longer one: a smooth path is shorter when it is searched anew."""
    if not isinstance(order, sorting.SmoothPath):
        return np.arange(len(chosen))
    first, last = chosen.records[0].name, chosen.records[-1].name
    start, end = (first if order.start is not None else None), (last if order.end is not None else None)
    return replace(order, start=start, end=end).order(chosen, np.random.default_rng(0))


def _checked(permutation: Any, count: int) -> np.ndarray:
    """Rows in an order, each at most once. Raises ConfigError for anything else."""
    rows = np.asarray(permutation)
    if rows.ndim != 1 or rows.size < 2 or not np.issubdtype(rows.dtype, np.integer):
        raise ConfigError(f"an order must give the numbers of rows, at least 2 of them, not {permutation!r:.60}")
    if rows.min() < 0 or rows.max() >= count or np.unique(rows).size < rows.size:
        raise ConfigError(f"an order must give each row at most once, from 0 to {count - 1}")
    return rows.astype(np.intp)


def order_title(order: Order, table: FeatureTable) -> str:
    """What an order that no number drives is called: "smooth path on look"."""
    name = type(order).__name__
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    words = getattr(order, "title", words)
    space = space_title(order.on, table) if hasattr(order, "on") else ""
    return f"{words} on {space}" if space else words


def measured_in(order: Order, table: FeatureTable) -> str:
    """The space in which the steps of an order are measured: its own vectors where it walks through such, else look."""
    embedder = None if getattr(order, "drives", True) else embedder_of(getattr(order, "on", ()))
    name = getattr(order, "space", getattr(embedder, "name", "look"))
    return name if name in table.vectors else "look"
