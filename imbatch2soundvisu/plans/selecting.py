"""Which images of a table a plan takes, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import clustering, sorting
from ..core import FeatureInfo, FeatureTable, Order
from ..core.errors import ConfigError
from ..datasets.duplicates import near_duplicates
from ..features import FEATURES
from ..measurement.spaces import embedder_of, space_points, space_title

if TYPE_CHECKING:
    from .sequence import SequencePlan

#: The rows of the parts before and after a part of a split, where there are such.
Neighbours = tuple[np.ndarray | None, np.ndarray | None]
ALONE: Neighbours = (None, None)


def rows_kept(plan: SequencePlan, table: FeatureTable) -> np.ndarray:
    keep = np.ones(len(table), dtype=bool)
    if plan.where is not None:
        keep &= _chosen(plan, table)
    for embedder in plan.needs.embeddings:  # images without a vector were told of when they were measured
        if embedder.name in table.vectors:
            keep &= np.isfinite(table.vectors[embedder.name]).all(axis=1)
    if plan.unique is not None:
        seen: set[str] = set()
        groups = near_duplicates(table.select(np.flatnonzero(keep))) if plan.unique == "near" else ()
        group_of = {name: f"group {number}" for number, group in enumerate(groups) for name in group}
        for i, record in enumerate(table.records):
            alike = group_of.get(record.name, record.digest)
            repeated = keep[i] and bool({alike, record.digest} & seen)
            seen |= {alike, record.digest} if keep[i] else set()
            keep[i] &= not repeated
    return np.flatnonzero(keep)


def _chosen(plan: SequencePlan, table: FeatureTable) -> np.ndarray:
    assert plan.where is not None
    try:
        chosen = np.asarray(plan.where(table))
    except Exception as error:
        raise ConfigError(f"plan {plan.name!r}: where= failed: {type(error).__name__}: {error}") from error
    if chosen.shape != (len(table),) or chosen.dtype != bool:
        raise ConfigError(f"plan {plan.name!r}: where= must give {len(table)} booleans, one an image")
    return chosen


def order_rows(
    plan: SequencePlan, table: FeatureTable, part: np.ndarray, rng: np.random.Generator, beside: Neighbours = ALONE
) -> tuple[np.ndarray, np.ndarray, FeatureInfo, bool]:
    """The rows of a part in the plan's order, at most `plan.limit` of them.

    Returns the rows, the driving value of each, what it means, and whether it drives the order.
    """
    order, own = sorting.resolve(plan.order, FEATURES), table.select(part)
    drives = bool(getattr(order, "drives", hasattr(order, "driver")))
    values, driver = order.driver(own) if hasattr(order, "driver") else sorting.seen(own)
    if drives and not np.isfinite(values).any():
        raise ConfigError(f"plan {plan.name!r}: no image has a value for {driver.name!r}", plan.declared_at)
    everything = np.arange(len(part))
    beside = beside[::-1] if plan.reverse else beside
    places = None
    if plan.choose is None and plan.limit is not None and len(part) > plan.limit and hasattr(order, "limited"):
        places = order.limited(own, rng, plan.limit)
    if places is not None:
        places = _checked(places, len(part))
    elif plan.limit is None or len(part) <= plan.limit:
        places = _ordered(order, table, part, everything, rng, beside)
    elif plan.chooses == "representative" and not _has_ends(order):
        chosen = np.sort(clustering.representatives(_points(plan, own), plan.limit))
        # a number drives the same order with or without the others; a walk is searched through the chosen alone
        found = _ordered(order, table, part, everything if drives else chosen, rng, beside)
        places = found[np.isin(found, chosen)]
        if len(places) < min(plan.limit, len(found)):  # an order may leave images out
            places = sorting.limit_evenly(found, plan.limit)
    else:
        places = sorting.limit_evenly(_ordered(order, table, part, everything, rng, beside), plan.limit)
        places = places[_walked_again(order, own.select(places))]
    if plan.reverse:
        places = places[::-1]
    return part[places], np.asarray(values, np.float64)[places], driver, drives


def _has_ends(order: Order) -> bool:
    """Whether a walk has fixed ends, which must be among the images that are chosen."""
    return isinstance(order, sorting.SmoothPath) and (order.start is not None or order.end is not None)


def _points(plan: SequencePlan, table: FeatureTable) -> np.ndarray:
    """Where images are chosen to represent others: in the space of the split or the order, else by their look."""
    for on in (getattr(plan.split, "on", None), getattr(plan.order, "on", None)):
        if on is not None:
            return space_points(table, on)
    return space_points(table, "look" if "look" in table.vectors else "features")


def _ordered(
    order: Order,
    table: FeatureTable,
    part: np.ndarray,
    places: np.ndarray,
    rng: np.random.Generator,
    beside: Neighbours,
) -> np.ndarray:
    """Places in a part, in an order; one that knows what lies before and after a part (`between`) is told so."""
    between = getattr(order, "between", None)
    if between is None or all(rows is None for rows in beside):
        found = order.order(table.select(part[places]), rng)
        return places[_checked(found, len(places))]
    place_of = {int(row): place for place, row in enumerate(part)}
    return np.array([place_of[int(row)] for row in between(table, part[places], *beside)], np.intp)


def _walked_again(order: Order, chosen: FeatureTable) -> np.ndarray:
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


def called(order: Order) -> str:
    """What an order that no number drives is called: "smooth path on look"."""
    name = type(order).__name__
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    words = getattr(order, "title", words)
    space = space_title(order.on) if hasattr(order, "on") else ""
    return f"{words} on {space}" if space else words


def measured_in(order: Order, table: FeatureTable) -> str:
    """The space in which the steps of an order are measured: its own vectors where it walks through such, else look."""
    embedder = None if getattr(order, "drives", True) else embedder_of(getattr(order, "on", ()))
    name = getattr(embedder, "name", "look")
    return name if name in table.vectors else "look"
