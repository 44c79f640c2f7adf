"""Features and vectors of images as a table with one row for each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from .embedders import Embedder
from .errors import hint
from .images import ImageRecord, Skipped, format_date, moment_of, seconds_of
from .methods import METHODS
from .notebooks import html_table, import_pandas
from .regions import Region


@dataclass(frozen=True, slots=True)
class FeatureInfo:
    """What the numbers of a column mean.

    Parameters
    ----------
    name : str
        Name of the column.
    unit : str
        Unit of the values: "degrees", "date", "share", "px" ...; "" for none.
    low, high : float, optional
        Range of the values; None for an open end.
    circular : bool
        Whether `low` and `high` are the same value, as 0 and 360 degrees are.
    description : str
        One line for listings.
    source : str
        Paper or standard that the formula comes from.

    Examples
    --------
    >>> FeatureInfo("hue", "degrees", 0, 360, circular=True).format(211.7)
    '212°'
    """

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    circular: bool = False
    description: str = ""
    source: str = ""

    def format(self, value: float) -> str:
        """Return a value with its unit for display; "–" for NaN and infinity."""
        if not np.isfinite(value):
            return "–"
        if self.unit == "date":
            return format_date(moment_of(value))
        if self.unit == "degrees":
            return f"{value:.0f}°"
        digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
        number = f"{value:.{digits}f}"
        return f"{number} {self.unit}" if self.unit and self.unit not in ("share", "ratio", "rank") else number


def dates_of(seconds: np.ndarray) -> np.ndarray:
    """Return seconds since 1970 as datetime64[s], (n,); NaT where they are not finite.

    Examples
    --------
    >>> dates_of(np.array([86400.0, np.nan])).tolist()
    [datetime.datetime(1970, 1, 2, 0, 0), None]
    """
    known = np.isfinite(seconds)
    dates = np.where(known, seconds, 0.0).astype("int64").astype("datetime64[s]")
    dates[~known] = np.datetime64("NaT")
    return dates


def _record_columns(records: Sequence[ImageRecord]) -> dict[str, Any]:
    """What the records say, by the names of the columns."""
    return {
        "path": [str(record.path) for record in records],
        "width": [record.width for record in records],
        "height": [record.height for record in records],
        "format": [record.format for record in records],
        "date": dates_of(np.array([seconds_of(record.taken) for record in records], np.float64)),
        "date_source": [record.taken_from if record.taken else "" for record in records],
    }


@dataclass(frozen=True)
class FeatureTable:
    """What was measured of n images, one row for each.

    Parameters
    ----------
    records : tuple of ImageRecord
        The images.
    columns : mapping of str to ndarray of shape (n,)
        Features, float64, NaN where undefined.
    vectors : mapping of str to ndarray of shape (n, d)
        Embeddings, float32; a row of NaN where an image has no vector.
    labels : mapping of str to ndarray of shape (n,)
        Integer labels.
    info : mapping of str to FeatureInfo
        What each column means.
    embedders : mapping of str to Embedder
        The embeddings that made the vectors; they embed phrases and other images later.
    probes : mapping of (str, str) to ndarray of shape (d,)
        Vectors of phrases and other images, by (space, phrase or path), float32.
    damaged : tuple of Skipped
        Images of which only a part could be decoded.
    skipped : tuple of Skipped
        Files that cannot be used, and images that could not be decoded; they have no row.
    without_vector : tuple of Skipped
        Images without a vector of some embedding, with the reason.
    problems : tuple of str
        Features that failed, one line each.
    notes : tuple of str
        What the user should see about the embeddings, one line each.
    unfiltered : FeatureTable, optional
        The table of the whole collection, where this one is a selection of it.
    regions : mapping of str to tuple
        For each image what a pass found in it, by the name of the pass.
    examples : mapping of str to FeatureTable
        What was measured of other folders, by their paths; see `Examples`.
    """

    records: tuple[ImageRecord, ...]
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    info: Mapping[str, FeatureInfo] = field(default_factory=dict)
    embedders: Mapping[str, Embedder] = field(default_factory=dict)
    probes: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    damaged: tuple[Skipped, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    without_vector: tuple[Skipped, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unfiltered: FeatureTable | None = None
    regions: Mapping[str, tuple[tuple[Region, ...], ...]] = field(default_factory=dict)
    examples: Mapping[str, FeatureTable] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the column `name`, (n,) float64. Raises KeyError, with the columns of the table, if it is unknown."""
        try:
            return self.columns[name]
        except KeyError:
            raise KeyError(
                f"no column {name!r}.{hint(name, self.columns)} There are: {', '.join(self.columns)}"
            ) from None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the images: their paths in the collection."""
        return tuple(record.name for record in self.records)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of the images."""
        return tuple(record.path for record in self.records)

    def select(self, indices: Sequence[int] | np.ndarray) -> FeatureTable:
        """Return the rows at `indices`, in that order."""
        chosen = np.asarray(indices, dtype=np.intp)
        return replace(
            self,
            records=tuple(self.records[i] for i in chosen),
            columns={name: values[chosen] for name, values in self.columns.items()},
            vectors={name: values[chosen] for name, values in self.vectors.items()},
            labels={name: values[chosen] for name, values in self.labels.items()},
            regions={name: tuple(found[i] for i in chosen) for name, found in self.regions.items()},
        )

    def search(self, query: Any, n: int = 12, on: Any = None) -> Any:
        """Return the n images most similar to a phrase, an image or pixels, as a `SearchResult`; see `search`."""
        return METHODS["search"](self, query, n, on)

    def neighbours(self, image: Any, n: int = 12, on: Any = None) -> Any:
        """Return the n images nearest to one of the table, as a `SearchResult`; see `neighbours`."""
        return METHODS["neighbours"](self, image, n, on)

    def plot(self, x: str | None = None, y: str | None = None, ax: Any = None) -> Any:
        """Draw the images into a Matplotlib axis.

        Parameters
        ----------
        x, y : str, optional
            Features. One: its distribution. Two: one against the other. None: a map of the images, the first two
            principal components of their look.
        ax : matplotlib.axes.Axes, optional
            Where to draw. None: in a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        return METHODS["plot table"](self, x, y, ax)

    @property
    def faces(self) -> tuple[tuple[Region, ...], ...] | None:
        """The faces of each image: the regions with the label "face". None where nothing measured any."""
        of_rows = zip(*self.regions.values(), strict=True)
        found = tuple(tuple(each for row in rows for each in row if each.label == "face") for rows in of_rows)
        return found if any(found) else None

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame with one row for each image, indexed by name.

        The first columns are path, width and height in px, format, date (datetime64, local time) and where the date
        comes from (`date_source`: "exif", "name" or "file"); then every feature and label.

        Raises
        ------
        MissingExtra
            If pandas is not installed; it is in the extra `notebook`.
        """
        pandas = import_pandas()
        features = {name: self._for_pandas(name, values) for name, values in self.columns.items() if name != "date"}
        columns = {**_record_columns(self.records), **features, **self.labels}
        return pandas.DataFrame(columns, index=pandas.Index(self.names, name="name"))

    def _for_pandas(self, name: str, values: np.ndarray) -> np.ndarray:
        return dates_of(values) if self.info.get(name, FeatureInfo(name)).unit == "date" else values

    def __repr__(self) -> str:
        return f"<FeatureTable: {len(self)} images × {len(self.columns)} features>"

    def _repr_html_(self) -> str:
        names = list(self.columns)
        rows = [
            (record.name, *(self._format(name, self.columns[name][i]) for name in names))
            for i, record in enumerate(self.records[:20])
        ]
        return html_table(repr(self)[1:-1], ("name", *names), rows, len(self), self.records[:20])

    def _format(self, name: str, value: float) -> str:
        return self.info.get(name, FeatureInfo(name)).format(float(value))
