"""Orders: from a table to a permutation of its rows, and the criterion that says how good an order is.

An order is a frozen dataclass. Rows that nothing else tells apart stand in the order of their names, then digests, so
that the same pictures give the same sequence whatever order their rows came in. A NaN never moves a picture anywhere
but to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import pdist
from scipy.stats import rankdata

from . import paths
from .criteria import criterion
from .errors import WishError, unknown
from .records import FeatureInfo, FeatureTable, Needs, Order, seconds_of
from .spaces import (
    Space,
    by_name,
    check_space,
    find_picture,
    natural_key,
    period,
    seen,
    space_needs,
    space_points,
)  # fmt: skip

__all__ = [
    "ORDERS", "PARAMETERS", "ByDate", "ByFeature", "ByName", "LeafOrder", "Shuffled", "SmoothPath", "Weighted",
    "criterion", "limit_evenly", "natural_key", "resolve", "seen", "space_points",
]  # fmt: skip

#: `LeafOrder` takes at most so many different pictures, a second or so of work; points of fewer than 32 numbers give
#: lopsided trees that take some ten times as long, so half as many of them.
LEAF_LIMIT = 2000

LEAF_METHODS = ("average", "centroid", "complete", "median", "single", "ward", "weighted")

#: A feature by its name, or a function of the table that gives one number a row, [shape=(n,)].
Values = str | Callable[[FeatureTable], Any]


@dataclass(frozen=True)
class ByFeature:
    """By the value of one feature, from low to high; round the wheel from its widest gap for a circular one.

    feature : a name, or a function `f(table) -> (n,)`. Undefined values come last, in the order of names; those of a
    circular feature (grey pictures, for hue) from dark to bright. descending : from high to low, or the other way round
    the wheel; undefined values still last.
    """

    feature: Values
    descending: bool = False
    drives: ClassVar[bool] = True

    @property
    def needs(self) -> Needs:
        if isinstance(self.feature, str):
            return Needs(frozenset({self.feature, "luminance"}))
        return Needs(frozenset(getattr(self.feature, "needs", ())))

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise WishError when there is no such feature."""
        if isinstance(self.feature, str) and self.feature not in info:
            raise unknown("feature", self.feature, info)

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """The feature itself, (n,) float64 in its own unit."""
        return _values(table, self.feature), _info(table, self.feature)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]. Raises WishError where the table lacks the feature."""
        values, info = self.driver(table)
        rows = by_name(table)
        values = values[rows]
        defined = np.isfinite(values)
        if info.circular:
            values = _unrolled(values, defined, period(info), self.descending)
        elif self.descending:
            values = -values
        second = np.zeros(len(rows))
        if info.circular:
            second[~defined] = _brightness(table)[rows][~defined]
        return rows[np.lexsort((second, np.where(defined, values, np.inf)))]


@dataclass(frozen=True)
class Weighted:
    """By a weighted mix of features, from low to high: {"luminance": 1, "saturation": -0.5}.

    Each feature counts by its rank among the pictures, from 0 to 1, so that neither units nor outliers matter; a
    negative weight turns it round, and an undefined value counts as the middle. The mix is in [0, 1]; NaN, and last,
    where all of its features are undefined.
    """

    weights: Mapping[str, float] = field(hash=False)
    descending: bool = False
    drives: ClassVar[bool] = True

    def __post_init__(self) -> None:
        weights = {str(name): float(weight) for name, weight in dict(self.weights).items()}
        if not weights or not all(np.isfinite(w) and w for w in weights.values()):
            raise WishError(f"Weighted needs features with finite weights other than 0, not {dict(self.weights)!r}")
        object.__setattr__(self, "weights", weights)

    @property
    def needs(self) -> Needs:
        return Needs(frozenset(self.weights))

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise WishError for a feature that there is not, or that is circular: a wheel has no high and low."""
        for name in self.weights:
            if name not in info:
                raise unknown("feature", name, info)
            if info[name].circular:
                raise WishError(
                    f"Weighted cannot mix {name!r}: it goes round a wheel, so it has no high and low. "
                    f"Order by it alone with ByFeature({name!r}), or walk through several with SmoothPath(on=(...))"
                )

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """The mix, (n,) float64 in [0, 1]: relative to the rows of this table."""
        self.check({name: _info(table, name) for name in table.columns})
        total, seen = np.zeros(len(table)), np.zeros(len(table), bool)
        for name, weight in self.weights.items():
            share = _rank_share(table[name])
            seen |= np.isfinite(share)
            share = np.nan_to_num(share, nan=0.5)
            total += abs(weight) * (share if weight > 0 else 1.0 - share)
        mix = np.round(total / sum(map(abs, self.weights.values())), 12)
        title = " ".join(f"{weight:+g} {name}" for name, weight in self.weights.items()).removeprefix("+")
        return np.where(seen, mix, np.nan), FeatureInfo(title, "share", 0.0, 1.0, description="weighted mix of ranks")

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]. Raises WishError as `check` does."""
        values, _ = self.driver(table)
        return _sorted_rows(table, -values if self.descending else values)


@dataclass(frozen=True)
class ByDate:
    """By the moment a picture was taken, from old to new; pictures without a date last."""

    descending: bool = False
    drives: ClassVar[bool] = True

    @property
    def needs(self) -> Needs:
        return Needs()

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Seconds since 1970 (see `records.moment_of`), (n,) float64; NaN without a date."""
        values = np.array([seconds_of(record.taken) for record in table.records], np.float64)
        return values, FeatureInfo("date", "date", description="when the picture was taken")

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]."""
        values, _ = self.driver(table)
        return _sorted_rows(table, -values if self.descending else values)


class _Undriven:
    """What orders share that no number drives: a person still sees, and hears, luminance rise and fall."""

    drives: ClassVar[bool] = False

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({"luminance"}))

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """What is seen along the way, (n,) float64: luminance (see `seen`)."""
        return seen(table)


@dataclass(frozen=True)
class ByName(_Undriven):
    """By file name; "img2" before "img10" when natural."""

    natural: bool = True
    descending: bool = False

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]."""
        rows = by_name(table)
        if self.natural:
            keys = [natural_key(record.name or str(record.path)) for record in table.records]
            rows = np.array(sorted(rows, key=lambda row: keys[row]), np.intp)
        return rows[::-1].copy() if self.descending else rows


@dataclass(frozen=True)
class Shuffled(_Undriven):
    """In a random order that is the same for the same pictures and seed."""

    seed: int = 0

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]: the seed alone decides, not `rng`, so that all plans shuffle alike."""
        rows = by_name(table)
        return rows[np.random.default_rng(self.seed).permutation(len(rows))]


@dataclass(frozen=True)
class SmoothPath(_Undriven):
    """The smoothest walk: from each picture to one that is like it, over the whole collection.

    on : a space of vectors ("look"), an embedding, "features" (all of them), a feature, or a tuple of features.
    loop : the last picture is near the first again. start, end : a picture's name (the path in the collection, or its
    last part), or its number in the order of names, from 0. seconds : time to search, at most.

    An open walk begins at its darker end (at the one with the lower name where luminance is not known), unless an end
    is given; a loop at `start` or the darkest picture, and on to the darker of its two neighbours.
    """

    on: Space = "look"
    loop: bool = False
    start: str | int | None = None
    end: str | int | None = None
    seconds: float = 2.0

    def __post_init__(self) -> None:
        check_space(self.on)
        if self.loop and self.end is not None:
            raise WishError("SmoothPath(loop=True) ends where it starts: give it a start only")
        if self.start is not None and self.start == self.end:
            raise WishError(f"SmoothPath cannot start and end with the same picture, {self.start!r}")
        if not 0 < self.seconds < float("inf"):
            raise WishError(f"SmoothPath needs seconds above 0, not {self.seconds!r}")

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({"luminance"})) | space_needs(self.on)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]. Raises WishError for a space, a start or an end that the table lacks."""
        rows = by_name(table)
        ordered = table.select(rows)
        start, end = find_picture(ordered, self.start, "start"), find_picture(ordered, self.end, "end")
        if start is not None and start == end:
            raise WishError(f"SmoothPath cannot start and end with the same picture, {ordered.records[start].name}")
        if not len(rows):
            return rows
        points, brightness = space_points(ordered, self.on), _brightness(ordered)
        if self.loop:
            first = int(np.argmin(brightness)) if start is None else start
            walk = paths.shortest_path(points, True, first, None, self.seconds)
            turned = len(walk) > 2 and _before(brightness, walk[-1], walk[1])
            return rows[np.concatenate([walk[:1], walk[:0:-1]]) if turned else walk]
        walk = paths.shortest_path(points, False, start, end, self.seconds)
        return rows[_directed(walk, brightness) if start is None and end is None else walk]


@dataclass(frozen=True)
class LeafOrder(_Undriven):
    """A family tree of the pictures, its branches turned so that neighbours are alike (optimal leaf ordering).

    on : as for SmoothPath. method : how the tree is grown, one of scipy's linkage methods. The darker end comes first.
    Source: Bar-Joseph, Gifford & Jaakkola 2001.
    """

    on: Space = "look"
    method: str = "average"

    def __post_init__(self) -> None:
        check_space(self.on)
        if self.method not in LEAF_METHODS:
            raise unknown("linkage method", self.method, LEAF_METHODS)

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({"luminance"})) | space_needs(self.on)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]. Raises WishError above 2,000 different pictures (1,000 on features)."""
        rows = by_name(table)
        ordered = table.select(rows)
        if not len(rows):
            return rows
        points = space_points(ordered, self.on)
        return rows[_directed(_leaves(points, self.method), _brightness(ordered))]


#: Every order there is, by name; those of `PARAMETERS` need to be told more than their name.
ORDERS: dict[str, type] = {
    "feature": ByFeature,
    "weighted": Weighted,
    "date": ByDate,
    "name": ByName,
    "shuffled": Shuffled,
    "smooth": SmoothPath,
    "leaves": LeafOrder,
}
PARAMETERS = ("feature", "weighted")


def resolve(wish: str | Callable[..., Any] | Mapping[str, float] | Order, features: Iterable[str]) -> Order:
    """The order that is wished for.

    wish : the name of a feature or an order ("luminance", "date", "smooth"), with "-" before it for descending; a
    function `f(table) -> (n,)`; a registered feature itself; a mapping of weights; an order. features : the names of
    the features there are. Raises WishError for anything else, with the choices.

    >>> resolve("-luminance", ["luminance", "hue"])
    ByFeature(feature='luminance', descending=True)
    """
    names = list(features)
    if isinstance(wish, str):
        return _named(wish.strip(), names)
    if isinstance(wish, Mapping):
        wish = Weighted(wish)
    if isinstance(wish, type):
        wanted = [name for name, known in ORDERS.items() if known is wish]
        if wanted and wanted[0] not in PARAMETERS:
            return wish()
        raise WishError(f"an order is wanted, not the class {wish.__name__}: write {wish.__name__}(...)")
    if isinstance(wish, ByFeature | Weighted):
        asked = wish.weights if isinstance(wish, Weighted) else [wish.feature]
        for feature in asked:
            if isinstance(feature, str) and feature not in names:
                raise unknown("feature", feature, names)
        return wish
    if callable(getattr(wish, "order", None)):
        return wish  # type: ignore[return-value]
    if callable(wish):
        name = getattr(getattr(wish, "info", None), "name", None) or getattr(wish, "__name__", None)
        return ByFeature(name if name in names else wish)
    raise WishError(f"an order is a name, a function of the table or an order such as SmoothPath(), not {wish!r}")


def limit_evenly(order: np.ndarray, n: int) -> np.ndarray:
    """`n` entries of an order, evenly spaced along it, both ends among them; all of it when it has no more.

    Raises WishError for n below 1.

    >>> limit_evenly(np.arange(10), 4).tolist()
    [0, 3, 6, 9]
    """
    if n < 1:
        raise WishError(f"a sequence needs a limit of at least 1 picture, not {n}")
    order = np.asarray(order, np.intp)
    if n >= len(order):
        return order
    return order[np.arange(n) * (len(order) - 1) // max(n - 1, 1)]


def _values(table: FeatureTable, feature: Values) -> np.ndarray:
    if isinstance(feature, str):
        if feature not in table.columns:
            raise unknown("feature", feature, table.columns)
        return np.asarray(table.columns[feature], np.float64)
    values = np.asarray(feature(table), np.float64)
    if values.shape != (len(table),):
        name = getattr(feature, "__name__", repr(feature))
        raise WishError(f"{name}(table) must give one number for each of the {len(table)} rows, not {values.shape}")
    return values


def _info(table: FeatureTable, feature: Values) -> FeatureInfo:
    if isinstance(feature, str):
        return table.info.get(feature, FeatureInfo(feature))
    told = getattr(feature, "info", None)
    return told if isinstance(told, FeatureInfo) else FeatureInfo(getattr(feature, "__name__", "value").strip("<>"))


def _sorted_rows(table: FeatureTable, values: np.ndarray) -> np.ndarray:
    """Rows by value, NaN last, equal ones by name."""
    rows = by_name(table)
    return rows[np.argsort(np.where(np.isfinite(values), values, np.inf)[rows], kind="stable")]


def _unrolled(values: np.ndarray, defined: np.ndarray, period: float, backwards: bool) -> np.ndarray:
    """How far round the wheel each value is from the end of the widest gap (of equal ones, the first from 0 on)."""
    angles = np.mod(np.where(defined, values, 0.0), period)
    if not defined.any():
        return angles
    wheel = np.unique(angles[defined])
    gaps = np.round(np.diff(wheel, prepend=wheel[-1] - period) / period, 9)
    widest = int(np.argmax(gaps))
    if backwards:
        return np.mod(wheel[widest - 1] - angles, period)
    return np.mod(angles - wheel[widest], period)


def _rank_share(values: np.ndarray) -> np.ndarray:
    """Ranks from 0 to 1, ties sharing theirs; NaN stays."""
    share = np.full(len(values), np.nan)
    defined = np.isfinite(values)
    count = int(defined.sum())
    if count:
        share[defined] = (rankdata(values[defined]) - 1) / (count - 1) if count > 1 else 0.5
    return share


def _brightness(table: FeatureTable) -> np.ndarray:
    """(n,) luminance, +inf where it is not known."""
    values = table.columns.get("luminance")
    return np.full(len(table), np.inf) if values is None else np.nan_to_num(values, nan=np.inf)


def _before(brightness: np.ndarray, a: int, b: int) -> bool:
    return (brightness[a], a) < (brightness[b], b)


def _directed(walk: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    return walk[::-1] if _before(brightness, walk[-1], walk[0]) else walk


def _leaves(points: np.ndarray, method: str) -> np.ndarray:
    """Rows in the order of the leaves; equal points stay together, in row order."""
    different, group = np.unique(points, axis=0, return_inverse=True)
    limit = LEAF_LIMIT if points.shape[1] >= 32 else LEAF_LIMIT // 2
    if len(different) > limit:
        raise WishError(
            f"LeafOrder takes at most {limit:,} different pictures, not {len(different):,}: "
            f"use SmoothPath, which has no limit, or filter with where="
        )
    leaves = np.arange(len(different))
    if len(different) > 2:
        distances = pdist(different.astype(np.float64))
        leaves = leaves_list(optimal_leaf_ordering(linkage(distances, method), distances))
    position = np.empty(len(leaves), np.intp)
    position[leaves] = np.arange(len(leaves))
    return np.argsort(position[group.reshape(-1)], kind="stable")


def _named(wish: str, names: list[str]) -> Order:
    descending = wish.startswith("-")
    name = wish[1:].strip() if descending else wish
    known = [order for order in ORDERS if order not in PARAMETERS]
    if name in ("date", "name"):
        return ORDERS[name](descending=descending)
    if name in known:
        if descending:
            raise WishError(f"the order {name!r} has no descending: let the plan reverse it")
        return ORDERS[name]()
    if name not in names:
        raise unknown("order", wish, {*known, *names})
    return ByFeature(name, descending)
