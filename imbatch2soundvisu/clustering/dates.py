"""Clusters by the pauses between the moments at which images were taken."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from ..core import Clusters, FeatureTable, Needs, moment_of, seconds_of
from ..core.errors import ConfigError
from ..measurement.spaces import by_name
from .points import distinct_names
from .registry import CLUSTERINGS

_UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_WORDS = {"second": "s", "minute": "min", "hour": "h", "day": "d", "week": "w"}


@CLUSTERINGS.register("date")
@dataclass(frozen=True)
class DateGaps:
    """Runs of images taken without a longer pause.

    Parameters
    ----------
    gap : str, timedelta or float, optional
        The pause that begins a new cluster: "6h", "3d", "90 min", a timedelta, or seconds. None finds it from the
        images, see `automatic_gap`. Images without a date are in no cluster.

    Examples
    --------
    >>> DateGaps("6h")
    DateGaps(gap='6h')
    """

    gap: str | float | timedelta | None = None

    def __post_init__(self) -> None:
        if self.gap is not None:
            seconds_in(self.gap)

    @property
    def needs(self) -> Needs:
        return Needs()

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the runs of the rows, from old to new."""
        return by_gaps(table, self.gap)


def by_gaps(table: FeatureTable, gap: timedelta | float | str | None = None) -> Clusters:
    """Return clusters of images without a pause longer than `gap` between them, see `DateGaps`."""
    rows = by_name(table)
    moments = np.array([seconds_of(table.records[row].taken) for row in rows], np.float64)
    limit = None if gap is None else seconds_in(gap)
    dated = np.flatnonzero(np.isfinite(moments))
    dated = dated[np.argsort(moments[dated], kind="stable")]
    labels = np.full(len(rows), -1, np.intp)
    missing = len(rows) - len(dated)
    notes = [f"{missing} of {len(rows)} images have no date and are in no cluster"] if missing else []
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
    runs = [moments[dated[found == cluster]] for cluster in range(found[-1] + 1)]
    by = f"date, clusters {_duration(limit)} apart" if math.isfinite(limit) else "date"
    return Clusters(labels, _date_names([(run[0], run[-1]) for run in runs]), by, notes=tuple(notes), ordered=True)


def seconds_in(gap: timedelta | float | str) -> float:
    """Return the seconds of a pause. Raise ConfigError for anything else.

    Examples
    --------
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
    """Return the seconds that separate short from long pauses, infinite if they are all alike, and a note.

    The threshold minimises the variance of the logarithms on both sides (Otsu 1979), halfway between the longest short
    and the shortest long pause. Pauses are of two kinds if Ashman's D is above 4 and the long
    ones are at least 3 times as long.
    """
    one_kind = math.inf, "one cluster: the pauses between images are all of one kind"
    logs = np.sort(np.log(np.maximum(pauses, 1.0)))
    if len(logs) < 2:
        return math.inf, "one cluster: there are too few images with a date to tell pauses apart"
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
        f"a new cluster begins after {_duration(gap)}: "
        f"pauses between images are up to {_duration(math.exp(short[-1]))} or from {_duration(math.exp(long[0]))} on"
    )


def _duration(seconds: float) -> str:
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit or (seconds >= unit and unit < 86400):
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.3g} s"


def _date_names(ends: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    """ "2019-05-03", "2019-05-03 to 05-07"; with times where several clusters share a day."""
    moments = [(moment_of(first), moment_of(last)) for first, last in ends]
    names = [_date_name(first, last) for first, last in moments]
    return distinct_names(
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
