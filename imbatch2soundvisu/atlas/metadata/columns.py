"""A column of a table of metadata as a feature: numbers and dates by which images are ordered, filtered and played."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from ...core import FeatureInfo, FeatureTable, seconds_of
from ...core.errors import ConfigError
from .archive_dates import archive_date
from .joining import MetadataTable

_SHOWN = 3  # values that a message lists


@dataclass(frozen=True)
class MetadataColumn:
    """The numbers or dates in a column of a table, as a feature of the images that its rows are about.

    `add_feature` gives it a name, with which it orders, filters and sounds like any other. The file is read when the
    column is declared, so that what is wrong with it is said before any work.

    Parameters
    ----------
    table : str, Path or MetadataTable
        CSV, TSV, JSON, JSON lines or Parquet, as `metadata=` of an `AtlasPlan` takes it.
    column : str
        A column of the file. Where its values are numbers, the feature has these; where they are dates as archives
        write them ("[1917, approximate]"), the first moment of each, in seconds since 1970, with the unit "date".

    Raises
    ------
    ConfigError
        When the file cannot be read, has no such column, or the column has neither numbers nor dates.

    Examples
    --------
    >>> add_feature("year", MetadataColumn("archive.csv", "date"))  # doctest: +SKIP
    """

    table: str | Path | MetadataTable
    column: str

    def __post_init__(self) -> None:
        if not isinstance(self.table, str | Path | MetadataTable) or not isinstance(self.column, str):
            raise ConfigError(
                f"MetadataColumn({self.table!r}, {self.column!r}) takes a file and the name of one of its columns"
            )
        _ = self._is_date

    @property
    def info(self) -> FeatureInfo:
        """What the values mean."""
        unit, what = ("date", "date") if self._is_date else ("", "number")
        return FeatureInfo(self.column, unit, description=f"{what} in the column {self.column} of {self._file}")

    def __call__(self, table: FeatureTable) -> np.ndarray:
        """Return the value of each image, (n,) float64; NaN without a row, or where it is no number or date."""
        texts = self._joined.texts_of(table, self.column)[0]
        value = _seconds if self._is_date else _number
        return np.array([value(text) for text in texts], np.float64)

    def notes(self, table: FeatureTable) -> tuple[str, ...]:
        """Return which images have no value and why, one line each."""
        texts, notes = self._joined.texts_of(table, self.column)
        undefined = [text for text, value in zip(texts, self(table), strict=True) if text and not np.isfinite(value)]
        if undefined:
            what = "date" if self._is_date else "number"
            shown = ", ".join(list(dict.fromkeys(undefined))[:_SHOWN])
            notes = (*notes, f"{len(undefined)} of {len(texts)} values of {self.column} are no {what}: {shown}")
        return notes

    @property
    def _joined(self) -> MetadataTable:
        return self.table if isinstance(self.table, MetadataTable) else MetadataTable(self.table)

    @property
    def _file(self) -> str:
        return Path(self._joined.path).name

    @cached_property
    def _is_date(self) -> bool:
        """Whether the values are dates; numbers where both are possible, such as years."""
        texts = [text for text in self._joined.values(self.column) if text]
        numbers = sum(math.isfinite(_number(text)) for text in texts)
        dates = sum(math.isfinite(_seconds(text)) for text in texts)
        if not max(numbers, dates):
            shown = ", ".join(texts[:_SHOWN])
            raise ConfigError(
                f"the column {self.column!r} of {self._file} has neither numbers nor dates"
                f"{f' ({shown} …)' if shown else ''}: a feature is one or the other"
            )
        return dates > numbers


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _seconds(text: str) -> float:
    date = archive_date(text) if text else None
    return math.nan if date is None else seconds_of(datetime.fromisoformat(date.start))
