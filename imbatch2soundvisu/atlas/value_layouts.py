"""Layouts that follow from values: planes of two features, timelines, categories, clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..clustering import PCA
from ..core import Needs
from ..core.errors import unknown
from ..core.text import plural
from .data import STEPS, AtlasData
from .kept_places import islands_again, order_again, plane_again
from .layout_kinds import LAYOUTS
from .layouts import ColumnSizes, Layout, PlacesBefore, columns_of, crossed, islands, sorted_keys


@LAYOUTS.register("plane")
@dataclass(frozen=True)
class Plane:
    """One feature from left to right, another from the bottom up.

    Parameters
    ----------
    x, y : str
        Features.
    ranks : bool
        Place images by their rank among the values, so that they fill the plane evenly.
    """

    x: str = "luminance"
    y: str = "saturation"
    ranks: bool = True

    @property
    def needs(self) -> Needs:
        """The two features."""
        return Needs(features=frozenset({self.x, self.y}))

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the values as places; images without one of them have no place."""
        values = self._values(data)
        points = _ranked(values) if self.ranks else values / np.maximum(np.nanstd(values, axis=0), 1e-12)
        return Layout(self._title, points)

    def again(self, data: AtlasData, seed: int, before: PlacesBefore) -> Layout | None:
        """Return the plane, where new images are between those with less and with more; the axes grow where needed."""
        points = plane_again(self._values(data), before.points, self.ranks)
        return None if points is None else Layout(self._title, points)

    @property
    def _title(self) -> str:
        return f"{self.x} and {self.y}"

    def _values(self, data: AtlasData) -> np.ndarray:
        for name in (self.x, self.y):
            if name not in data.table.columns:
                raise unknown("feature", name, data.table.columns)
        return np.stack((data.table[self.x], -data.table[self.y]), axis=1)


def _ranked(values: np.ndarray) -> np.ndarray:
    """The share of values that are less, in each column; NaN stays."""
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=0, nan_policy="omit")
    return np.asarray((ranks - 1) / np.maximum(np.nanmax(ranks, axis=0, initial=1) - 1, 1))


@LAYOUTS.register("timeline")
@dataclass(frozen=True)
class TimelineLayout:
    """One column, or row, for each year, month or day, or for each value of a column of the metadata.

    Parameters
    ----------
    by : str
        "century", "decade", "year", "month", "day", "category", "cluster", or a column of the metadata.
    rows : bool
        Rows in place of columns.
    sort : str, optional
        A feature that sorts the images of a column; the date when None.
    """

    by: str = "year"
    rows: bool = False
    sort: str | None = None

    @property
    def needs(self) -> Needs:
        """The feature that sorts."""
        return Needs(features=frozenset({self.sort} if self.sort else ()))

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the columns; images without the value are in the last ones, and are counted in a note."""
        return self.again(data, seed, PlacesBefore(np.full((len(data), 2), np.nan)))

    def again(self, data: AtlasData, seed: int, before: PlacesBefore) -> Layout:
        """Return the columns, which keep their widths while the images fit; in a column, images stay sorted."""
        keys, rest, notes = _with_rest(data, self.by, "row" if self.rows else "column")
        axis = _axis(data.keys(self.by), self.by, before.frame.get("order", ()))
        order = [*axis, *rest]
        within = order_again(data.table[self.sort] if self.sort else _seconds(data), before.points, self.rows)
        of_key = Counter(keys)
        counts = [of_key[key] for key in order]
        sizes = ColumnSizes(*before.frame["sizes"]) if "sizes" in before.frame else None
        if sizes is None or not sizes.fit(counts):
            sizes = ColumnSizes.of_counts(counts)
        points, labels = columns_of(keys, order, within, sizes, self.rows)
        title, frame = f"{'rows' if self.rows else 'timeline'} by {self.by}", _frame(axis, self.by)
        frame["sizes"] = [sizes.width, sizes.per_band, sizes.apart]
        return Layout(title, points, labels, notes=notes, spaced=True, frame=frame)


def _seconds(data: AtlasData) -> np.ndarray:
    dates = data.metadata.dates
    return np.where(np.isnat(dates), np.nan, dates.astype("int64").astype(np.float64))


def _axis(keys: Sequence[str], by: str, before: Sequence[str]) -> list[str]:
    """The keys in order. An axis of time keeps those that it had between them."""
    present = sorted_keys(keys)
    every = sorted_keys([*present, *(before if by in STEPS else ())])
    return _steps_between(every[every.index(present[0]) : every.index(present[-1]) + 1] if present else [], by)


def _frame(order: list[str], by: str) -> dict[str, Any]:
    return {"order": order} if by in STEPS else {}


def _steps_between(keys: list[str], by: str) -> list[str]:
    """The keys with the empty years or decades between them, where these are not many more than the keys."""
    if by not in ("decade", "year") or not keys:
        return keys
    step, text = (10, "{}s") if by == "decade" else (1, "{:04}")  # as `AtlasData.keys` writes them
    years = [int(key.rstrip("s")) for key in keys]
    every = [text.format(year) for year in range(min(years), max(years) + 1, step)]
    return every if len(every) <= 4 * len(keys) else keys


def _with_rest(data: AtlasData, by: str, where: str) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Keys of all images, the last of them, for images without the value, and what a note says of these.

    Without any image that has the value nothing is placed: all keys are "".
    """
    keys = data.keys(by)
    if not any(keys):
        return keys, [], (f"no image has {_article(by)} {by}",)
    rest = [_rest(by, bool(known)) for known in (~np.isnat(data.metadata.dates)).tolist()] if by in STEPS else []
    named = [key or (rest[row] if rest else _rest(by, False)) for row, key in enumerate(keys)]
    counts = Counter(name for key, name in zip(keys, named, strict=True) if not key)
    names = sorted(counts, key=lambda name: name == _rest(by, False))
    notes = tuple(f"{where} “{name}”: {counts[name]} of {plural(len(keys), 'image')}" for name in names)
    return named, names, notes


def _rest(by: str, is_dated: bool) -> str:
    """What the images are named that have no value: those whose date is a longer period, and those without any."""
    if by == "cluster":
        return "in no cluster"
    return f"{by} not known" if is_dated else f"no {'date' if by in STEPS else by}"


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


@LAYOUTS.register("category-by-date")
@dataclass(frozen=True)
class CategoryByDate:
    """A block of images for each pair of a category and a period.

    Parameters
    ----------
    category : str
        "category", "cluster", or a column of the metadata: from top to bottom.
    by : str
        The period, as in `TimelineLayout`: from left to right.
    """

    category: str = "category"
    by: str = "decade"

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the blocks; images without one of the values are in the last columns or rows, counted in notes."""
        return self.again(data, seed, PlacesBefore(np.full((len(data), 2), np.nan)))

    def again(self, data: AtlasData, seed: int, before: PlacesBefore) -> Layout:
        """Return the blocks, which keep their side while the images fit; new images are the last of their block."""
        across, last_columns, notes = _with_rest(data, self.by, "column")
        down, last_rows, more = _with_rest(data, self.category, "row")
        columns = _axis(data.keys(self.by), self.by, before.frame.get("order", ()))
        rows = sorted_keys(data.keys(self.category))
        within = order_again(np.zeros(len(data)), before.points, rows=False, down=True)
        points, labels, side = crossed(
            across, down, [*columns, *last_columns], [*rows, *last_rows], within, int(before.frame.get("side", 0))
        )
        title, frame = f"{self.category} by {self.by}", {**_frame(columns, self.by), "side": side}
        empty = [each for keys, found in ((across, notes), (down, more)) if not any(keys) for each in found]
        return Layout(title, points, labels, notes=tuple(empty or (*notes, *more)), spaced=True, frame=frame)


@LAYOUTS.register("islands")
@dataclass(frozen=True)
class Islands:
    """Each cluster as a round block of images, near the clusters that it resembles."""

    by: str = "cluster"

    def layout(self, data: AtlasData, seed: int) -> Layout:
        """Return the blocks."""
        numbers, names = self._clusters(data)
        points, labels = islands(numbers, names, _flat(data, seed))
        return self._layout(data, points, labels, numbers)

    def again(self, data: AtlasData, seed: int, before: PlacesBefore) -> Layout | None:
        """Return the blocks, where images stay that are still in the cluster they were in.

        A cluster is the one of the run before with which it shares most images. New images get the free places next
        to their cluster, a new cluster a free place near the one that it resembles. None where less than half of
        the images would stay.
        """
        numbers, names = self._clusters(data)
        stored = before.frame.get("blocks", {})
        blocks = np.array([stored.get(record.digest, -2) for record in data.table.records])
        found = islands_again(numbers, names, before.points, blocks, _flat(data, seed))
        return None if found is None else self._layout(data, *found, numbers)

    def _layout(self, data: AtlasData, points: np.ndarray, labels: Any, numbers: np.ndarray) -> Layout:
        blocks = {record.digest: int(number) for record, number in zip(data.table.records, numbers, strict=True)}
        return Layout(f"{self.by} islands", points, labels, spaced=True, frame={"blocks": blocks})

    def _clusters(self, data: AtlasData) -> tuple[np.ndarray, list[str]]:
        """The number of the cluster of each image, -1 for none, and the names of the clusters."""
        keys = data.keys(self.by)
        names = list(data.clusters.names) if self.by == "cluster" and data.clusters else sorted_keys(keys)
        number = {name: i for i, name in reversed(list(enumerate(names)))}
        return np.array([number[key] if key else -1 for key in keys]), names


def _flat(data: AtlasData, seed: int) -> np.ndarray:
    flat, _ = PCA(2).reduce(data.vectors, seed)
    return np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
