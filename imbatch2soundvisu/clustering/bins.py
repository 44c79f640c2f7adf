"""Parts by what is known of each image: its folder, a value, its date, or a label that somebody gave it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from ..core import Clusters, FeatureInfo, FeatureTable, Needs, moment_of, seconds_of
from ..core.errors import ConfigError, unknown
from ..measurement.spaces import by_name, natural_key, period
from .base import check_count, folder_of

TOP = "(top)"

_UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_WORDS = {"second": "s", "minute": "min", "hour": "h", "day": "d", "week": "w"}


@dataclass(frozen=True)
class ByFolder:
    """One part a folder, in the order of their names; images at the top are in "(top)".

    depth : how many levels count: 1 puts "sea/calm/a.jpg" into "sea", 2 into "sea/calm".
    """

    depth: int = 1

    def __post_init__(self) -> None:
        check_count("ByFolder", "depth", self.depth)

    @property
    def needs(self) -> Needs:
        return Needs()

    def group(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Parts of all rows."""
        folders = [folder_of(table, row, self.depth) or TOP for row in range(len(table))]
        names = sorted(set(folders), key=lambda name: (name != TOP, natural_key(name), name))
        notes = ("all images lie in one folder",) if len(names) == 1 else ()
        return Clusters(_indices(folders, names), tuple(names), "folder", notes=notes)


@dataclass(frozen=True)
class Labelled:
    """Parts by labels of the person's own, numbers or words, in the order of their names.

    source : a function of the table that gives one label a row, or a mapping of image names (as in the collection, or
    their last part) to labels. None, NaN, "" and -1 mean: in no part.
    """

    source: Callable[[FeatureTable], Any] | Mapping[str, Any] = field(hash=False)

    @property
    def needs(self) -> Needs:
        named = frozenset(getattr(self.source, "needs", ()))
        return Needs(named) if all(isinstance(name, str) for name in named) else Needs()

    def group(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Parts of the rows that have a label. Raises ConfigError for another number of labels than of rows."""
        wishes = self._wishes(table)
        if len(wishes) != len(table):
            raise ConfigError(
                f"{self._name}(table) must give one label for each of {len(table)} rows, not {len(wishes)}"
            )
        labels = [_label(wish) for wish in wishes]
        names = sorted({label for label in labels if label is not None}, key=lambda name: (natural_key(name), name))
        missing = labels.count(None)
        notes = (f"{missing} of {len(labels)} images have no label and are in no part",) if missing else ()
        return Clusters(_indices(labels, names), tuple(names), self._name, notes=notes)

    def _wishes(self, table: FeatureTable) -> Sequence[Any]:
        if isinstance(self.source, Mapping):
            known = self.source
            unseen = set(known) - {record.name for record in table.records} - {r.label for r in table.records}
            if len(unseen) == len(known):
                raise ConfigError(f"none of the {len(known)} names with a label is an image of the collection")
            return [known.get(record.name, known.get(record.label)) for record in table.records]
        given = self.source(table)
        if np.ndim(given) != 1:
            raise ConfigError(f"{self._name}(table) must give one label a row, not {type(given).__name__}")
        return list(given)

    @property
    def _name(self) -> str:
        return "labels" if isinstance(self.source, Mapping) else getattr(self.source, "__name__", "labels").strip("<>")


def _label(wish: Any) -> str | None:
    if wish is None or isinstance(wish, float | np.floating) and not math.isfinite(wish):
        return None
    if isinstance(wish, float | np.floating) and float(wish).is_integer():
        wish = int(wish)
    name = str(wish).strip()
    return None if name in ("", "-1") else name


def by_bins(table: FeatureTable, feature: str | Callable[[FeatureTable], Any], bins: int | Sequence[float]) -> Clusters:
    """Parts by the value of a feature, from low to high; -1 where it is undefined.

    feature : a name, or a function of the table, (n,). bins : how many, each with as many images as the others (equal
    values stay together, so there may be fewer); or the values to cut at, ascending: below the first, between each two,
    from the last on; a value that is a cut belongs above it, and parts without images are left out. A circular
    feature is cut at its widest gap, so that no part lies astride it; cuts that are given go round the wheel, the last
    part to the first cut. Raises ConfigError for what is no feature or no bins.
    """
    values, info = feature_values(table, feature)
    cuts = _cuts(bins, info)
    defined = np.isfinite(values)
    missing = int((~defined).sum())
    notes = [f"{missing} of {len(values)} images have no {info.name} and are in no part"] if missing else []
    labels = np.full(len(values), -1, np.intp)
    if not defined.any():
        return Clusters(labels, (), f"{info.name} in bins", notes=tuple(notes), ordered=True)
    kept, origin = _unrolled(values[defined], info, cuts)
    first, last = (float(kept.min()), float(kept.max())) if cuts is None else (None, None)
    edges = _even(kept, int(bins)) if cuts is None else _kept_cuts(cuts, info, origin)  # type: ignore[arg-type]
    found = np.searchsorted(edges, kept, side="right")
    if cuts is None and len(edges) + 1 < bins:  # type: ignore[operator]
        notes.append(f"{len(edges) + 1} bins instead of {bins}: equal values stay together")
    bounds: list[tuple[float | None, float | None]] = list(zip([first, *edges], [*edges, last], strict=True))
    if info.circular and cuts is not None:  # the first cut is the origin, so that nothing lies below it
        bounds = list(zip([None, *edges], [None, *np.roll(edges, -1)], strict=True))
    used, labels[defined] = np.unique(found, return_inverse=True)
    told = _turned_back(info, origin)
    names = [_bin_name(info, *(None if end is None else told(float(end)) for end in bounds[each])) for each in used]
    return Clusters(labels, _distinct(names), f"{info.name} in {len(names)} bins", notes=tuple(notes), ordered=True)


def feature_values(table: FeatureTable, feature: str | Callable[[FeatureTable], Any]) -> tuple[np.ndarray, FeatureInfo]:
    """A feature by its name, or a function of the table, as (n,) float64, and what it means.

    Raises ConfigError for an unknown name, and for a function that does not give one number a row.
    """
    if isinstance(feature, str):
        if feature not in table.columns:
            raise unknown("feature", feature, table.columns)
        return np.asarray(table.columns[feature], np.float64), table.info.get(feature, FeatureInfo(feature))
    values = np.asarray(feature(table), np.float64)
    name = getattr(feature, "__name__", "value").strip("<>")
    if values.shape != (len(table),):
        raise ConfigError(f"{name}(table) must give one number for each of the {len(table)} rows, not {values.shape}")
    told = getattr(feature, "info", None)
    return values, told if isinstance(told, FeatureInfo) else FeatureInfo(name)


def _cuts(bins: int | Sequence[float], info: FeatureInfo) -> np.ndarray | None:
    """The values to cut at; None for a number of bins. Raises ConfigError for neither."""
    if isinstance(bins, bool) or np.ndim(bins) == 0:
        if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
            raise ConfigError(f"bins= takes 1 or more bins, or a tuple of values to cut at, not {bins!r}")
        return None
    cuts = np.asarray(bins, np.float64)
    if cuts.ndim != 1 or not len(cuts) or not np.isfinite(cuts).all() or (np.diff(cuts) <= 0).any():
        raise ConfigError(f"bins= takes values to cut at that rise, such as (0.3, 0.6), not {bins!r}")
    return cuts


def _kept_cuts(cuts: np.ndarray, info: FeatureInfo, origin: float) -> np.ndarray:
    """The cuts as distances from the origin of a wheel; of a line, those within its range: ends cut nothing off."""
    if info.circular:
        return np.unique(np.mod(cuts - origin, period(info)))
    low, high = (-np.inf if info.low is None else info.low), (np.inf if info.high is None else info.high)
    return cuts[(cuts > low) & (cuts < high)]


def _unrolled(values: np.ndarray, info: FeatureInfo, cuts: np.ndarray | None) -> tuple[np.ndarray, float]:
    """Values as they are; of a wheel, how far on from the first cut, or from the end of the widest gap."""
    if not info.circular:
        return values, 0.0
    once = period(info)
    origin = widest_gap(values, once)[1] if cuts is None else float(cuts[0])
    return np.mod(values - origin, once), origin


def widest_gap(values: np.ndarray, once: float) -> tuple[float, float]:
    """The values on a wheel between which its widest gap lies, in [0, once[: the last before it and the first after it.

    Of equally wide ones it is the first from 0 on. values : finite, one or more. once : round the wheel.

    >>> widest_gap(np.array([350.0, 10.0, 40.0]), 360.0)
    (40.0, 350.0)
    """
    wheel = np.unique(np.mod(values, once))
    gaps = np.round(np.diff(wheel, prepend=wheel[-1] - once) / once, 9)
    widest = int(np.argmax(gaps))
    return float(wheel[widest - 1]), float(wheel[widest])


def _turned_back(info: FeatureInfo, origin: float) -> Callable[[float], float]:
    return (lambda value: (value + origin) % period(info)) if info.circular else (lambda value: value)


def _even(values: np.ndarray, bins: int) -> np.ndarray:
    """Cuts that leave about as many values in each bin: values at which one begins, ascending, fewer where many tie."""
    ordered = np.sort(values)
    possible = np.flatnonzero(np.diff(ordered) > 0) + 1  # where a bin may begin: equal values stay together
    if not len(possible):
        return np.empty(0)
    wanted = np.arange(1, bins) * len(ordered) / bins
    nearest = np.abs(possible[:, None] - wanted).argmin(axis=0)
    return ordered[np.unique(possible[nearest])]


def _bin_name(info: FeatureInfo, low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return info.name
    if low is None:
        return f"{info.name} below {info.format(high)}"  # type: ignore[arg-type]
    if high is None:
        return f"{info.name} from {info.format(low)}"
    a, b = info.format(low), info.format(high)
    return f"{info.name} {a}" if a == b else f"{info.name} {a} to {b}"


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, those that came before with a number behind."""
    told: list[str] = []
    for name in names:
        again, number = name, 2
        while again in told:
            again, number = f"{name} ({number})", number + 1
        told.append(again)
    return tuple(told)


def by_gaps(table: FeatureTable, gap: timedelta | float | str | None = None) -> Clusters:
    """Parts by date: a new one begins after a pause longer than `gap`; -1 for images without a date.

    gap : a timedelta, seconds, or text such as "6h", "3d", "90 min"; None to find it: where pauses are of two kinds,
    halfway between the longest of the short and the shortest of the long, on a scale of ratios, with the number in the
    notes. Raises ConfigError for anything else.
    """
    rows = by_name(table)
    moments = np.array([seconds_of(table.records[row].taken) for row in rows], np.float64)
    limit = None if gap is None else seconds_in(gap)
    dated = np.flatnonzero(np.isfinite(moments))
    dated = dated[np.argsort(moments[dated], kind="stable")]
    labels = np.full(len(rows), -1, np.intp)
    missing = len(rows) - len(dated)
    notes = [f"{missing} of {len(rows)} images have no date and are in no part"] if missing else []
    copied = sum(table.records[row].taken_from == "file" for row in rows[dated])
    if copied:
        notes.append(f"{copied} of {len(rows)} images have only the time of their file, perhaps that of a copy")
    if not len(dated):
        return Clusters(labels, (), "date", notes=tuple(notes), ordered=True)
    pauses = np.diff(moments[dated])
    if limit is None:
        limit, note = automatic_gap(pauses)
        notes.append(note)
    found = np.concatenate([[0], np.cumsum(pauses > limit)]).astype(np.intp)
    labels[rows[dated]] = found
    ends = [(moments[dated[found == part][0]], moments[dated[found == part][-1]]) for part in range(found[-1] + 1)]
    by = f"date, parts {_duration(limit)} apart" if math.isfinite(limit) else "date"
    return Clusters(labels, _date_names(ends), by, notes=tuple(notes), ordered=True)


def seconds_in(gap: timedelta | float | str) -> float:
    """Seconds of a pause. Raises ConfigError for what is none.

    >>> seconds_in("6h"), seconds_in("1.5 days")
    (21600.0, 129600.0)
    """
    seconds = math.nan
    if isinstance(gap, timedelta):
        seconds = gap.total_seconds()
    elif isinstance(gap, str):
        found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*", gap.casefold())
        unit = found.group(2) if found else ""
        unit = _WORDS.get(unit.removesuffix("s"), unit)
        seconds = float(found.group(1)) * _UNITS[unit] if found and unit in _UNITS else math.nan
    elif isinstance(gap, int | float | np.number) and not isinstance(gap, bool):
        seconds = float(gap)
    if not 0 < seconds < math.inf:
        raise ConfigError(f'a gap is a pause such as "6h", "3d", "90 min", a timedelta or seconds above 0, not {gap!r}')
    return seconds


def automatic_gap(pauses: np.ndarray) -> tuple[float, str]:
    """Seconds between two kinds of pauses, and a sentence; infinite where there is but one kind.

    Logarithms of the pauses are split so that the variance within both kinds is least (Otsu 1979). They are two kinds
    when the split is clean, Ashman's D above 4, and the long ones are 3 times as long or more.
    """
    one_kind = math.inf, "one part: the pauses between images are all of one kind"
    logs = np.sort(np.log(np.maximum(pauses, 1.0)))
    if len(logs) < 2:
        return math.inf, "one part: there are too few images with a date to tell pauses apart"
    counts = np.arange(1, len(logs))
    sums = np.cumsum(logs)[:-1]
    low, high = sums / counts, (logs.sum() - sums) / (len(logs) - counts)
    between = counts * (len(logs) - counts) * (high - low) ** 2
    split = int(np.argmax(np.round(between, 9))) + 1
    short, long = logs[:split], logs[split:]
    spread = math.sqrt(float(short.var() + long.var()))
    clean = math.sqrt(2) * float(long.mean() - short.mean()) > 4 * spread
    if not clean or long[0] - short[-1] < math.log(3):
        return one_kind
    gap = round(math.exp((short[-1] + long[0]) / 2))
    return float(gap), (
        f"a new part begins after {_duration(gap)}: pauses between images are up to {_duration(math.exp(short[-1]))} "
        f"or from {_duration(math.exp(long[0]))} on"
    )


def _duration(seconds: float) -> str:
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit or (seconds >= unit and unit < 86400):
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.3g} s"


def _date_names(ends: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    """ "2019-05-03", "2019-05-03 to 05-07"; with times where several parts share a day."""
    moments = [(moment_of(first), moment_of(last)) for first, last in ends]
    names = [_date_name(first, last) for first, last in moments]
    return _distinct(
        [
            name if names.count(name) == 1 else _time_name(first, last)
            for name, (first, last) in zip(names, moments, strict=True)
        ]
    )


def _date_name(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return "outside the calendar"
    if first.date() == last.date():
        return f"{first:%Y-%m-%d}"
    return f"{first:%Y-%m-%d} to {last:{'%m-%d' if first.year == last.year else '%Y-%m-%d'}}"


def _time_name(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return "outside the calendar"
    begin, end = f"{first:%Y-%m-%d %H:%M}", f"{last:%H:%M}" if first.date() == last.date() else f"{last:%m-%d %H:%M}"
    return begin if begin.endswith(end) else f"{begin} to {end}"


def _indices(labels: Sequence[str | None], names: Sequence[str]) -> np.ndarray:
    index = {name: i for i, name in enumerate(names)}
    return np.array([-1 if label is None else index[label] for label in labels], np.intp)
