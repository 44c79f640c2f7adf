"""What a map is made from: images with their features, a space, metadata and clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core import Clusters, FeatureTable, seconds_of
from ..core.errors import unknown
from ..core.images import format_date
from ..core.tables import dates_of

_FILE_TIMES = "no image says when it was taken: dates are the times of the files"


@dataclass(frozen=True)
class Metadata:
    """What is known of n images besides their pixels, one entry for each image.

    Parameters
    ----------
    title : tuple of str
        The name of the file where nothing else is known.
    category, link, text : tuple of str
        One category, the address of a page, a longer text; "" where unknown.
    dates : ndarray of shape (n,)
        datetime64[s], the beginning of the period in which an image was made; NaT where unknown.
    precision : tuple of str
        Of each date: "second", "day", "month", "year", "decade", "century"; "" where unknown.
    shown_dates : tuple of str
        Each date for display, as it was understood: "about 1917", "1907 to 1909"; a date that could not be read as it
        is written; "" where there is none. May be left empty: the dates are shown as exactly as they are known then.
    tags : tuple of tuples of str
        Of each image, without repetition.
    columns : mapping of str to tuple of str
        All further columns of the metadata by name, the original text of the date among them.
    notes : tuple of str
        What did not match, and how dates were read, one sentence each.
    """

    title: tuple[str, ...] = ()
    dates: np.ndarray = field(default_factory=lambda: np.zeros(0, "datetime64[s]"))
    precision: tuple[str, ...] = ()
    shown_dates: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    tags: tuple[tuple[str, ...], ...] = ()
    link: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of_table(cls, table: FeatureTable, file_times: bool = True) -> Metadata:
        """Return what the images themselves say: their names as titles, and when they were taken.

        Parameters
        ----------
        table : FeatureTable
        file_times : bool
            Where no image has a date in its EXIF data or its name, use the times of the files; they may be those of
            copies.
        """
        records, nothing = table.records, ("",) * len(table)
        seconds = np.array([seconds_of(record.taken) for record in records], np.float64)
        own = np.array([record.taken_from != "file" for record in records], bool) & np.isfinite(seconds)
        of_files = file_times and not own.any()
        known = np.isfinite(seconds) if of_files else own
        shown = [format_date(each.taken) if here else "" for each, here in zip(records, known.tolist(), strict=True)]
        return cls(
            title=tuple(record.label for record in records),
            dates=dates_of(np.where(known, seconds, np.nan)),
            precision=tuple("second" if each else "" for each in known.tolist()),
            shown_dates=tuple(f"{each} (time of the file)" if each and of_files else each for each in shown),
            category=nothing, tags=((),) * len(table), link=nothing, text=nothing,
            notes=(_FILE_TIMES,) if of_files and known.any() else (),
        )  # fmt: skip


@dataclass(frozen=True)
class AtlasData:
    """What layouts and tiles are made from.

    Parameters
    ----------
    table : FeatureTable
        The images, with their features.
    vectors : ndarray of shape (n, d)
        float32: the images as points of the space of the map, at most 256 dimensions.
    space : str
        Title of the space.
    metadata : Metadata
        Of the images.
    clusters : Clusters, optional
        Of the images.
    phrases : tuple of str
        The features that are similarities to a phrase.
    projected : dict
        Projections that were computed, by reduction and seed: a grid may begin with the map that is also shown.
    """

    table: FeatureTable
    vectors: np.ndarray
    space: str
    metadata: Metadata
    clusters: Clusters | None = None
    phrases: tuple[str, ...] = ()
    projected: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.table)

    def keys(self, name: str) -> list[str]:
        """Return a value of each image as text, "" where unknown.

        Parameters
        ----------
        name : str
            "century", "decade", "year", "month" or "day" of the date; "category"; "cluster"; a column of the metadata.

        Raises
        ------
        ConfigError
            For an unknown name, with the choices.
        """
        if name in STEPS:
            return [
                _date_key(date, name, said) for date, said in zip(self._dates, self.metadata.precision, strict=True)
            ]
        if name == "category":
            return list(self.metadata.category)
        if name == "cluster" and self.clusters is not None:
            names = (*self.clusters.names, "")
            return [names[label] for label in self.clusters.labels.tolist()]
        if name in self.metadata.columns:
            return list(self.metadata.columns[name])
        cluster = ["cluster"] if self.clusters is not None else []
        raise unknown("column", name, [*STEPS, "category", *cluster, *self.metadata.columns])

    @property
    def _dates(self) -> list[str]:
        return [str(date) for date in self.metadata.dates]


#: Steps of a timeline, from coarse to fine.
STEPS = ("century", "decade", "year", "month", "day")
_FINER = {"century": 0, "decade": 1, "year": 2, "month": 3, "day": 4, "second": 5}


def _date_key(date: str, step: str, precision: str) -> str:
    """A date as the text of a step, "" where it is not known so exactly."""
    if date == "NaT" or _FINER.get(precision, -1) < _FINER[step]:
        return ""
    year = int(date[:4])
    if step == "century":
        return f"{year // 100 * 100}s"
    if step == "decade":
        return f"{year // 10 * 10}s"
    return {"year": date[:4], "month": date[:7], "day": date[:10]}[step]
