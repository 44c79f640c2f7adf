"""Images that look the same, of a collection or of a table."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import config
from ..config import Settings
from ..core import Collection, FeatureTable, ImageRecord, Progress, silent
from ..core.errors import ConfigError
from ..core.methods import METHODS
from ..core.notebooks import figures, import_pandas, more
from ..core.text import plural
from ..datasets import duplicates
from ..runtime.cache import Cache
from .measuring import measure

_GROUPS_SHOWN = 30


@dataclass(frozen=True)
class NearDuplicates:
    """Groups of images that look the same.

    Parameters
    ----------
    groups : tuple of tuples of ImageRecord
        Each has two images or more, in the order of their names.
    total : int
        Number of images that were compared.
    """

    groups: tuple[tuple[ImageRecord, ...], ...]
    total: int

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The names of the images of each group."""
        return tuple(tuple(record.name for record in group) for group in self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    def __iter__(self) -> Iterator[tuple[ImageRecord, ...]]:
        return iter(self.groups)

    def __getitem__(self, number: int) -> tuple[ImageRecord, ...]:
        return self.groups[number]

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame with the group of each image that has near-duplicates, indexed by name.

        Raises
        ------
        MissingExtra
            If pandas is not installed; it is in the extra `notebook`.
        """
        pandas = import_pandas()
        rows = [(record, number) for number, group in enumerate(self.groups) for record in group]
        index = pandas.Index([record.name for record, _ in rows], name="name")
        columns = {
            "group": [number for _, number in rows],
            "path": [str(record.path) for record, _ in rows],
            "width": [record.width for record, _ in rows],
            "height": [record.height for record, _ in rows],
        }
        return pandas.DataFrame(columns, index=index)

    def plot(self, ax: Any = None) -> Any:
        """Draw a row of thumbnails for each group into a Matplotlib axis, a new one by default, and return it."""
        return METHODS["plot groups"](self, ax)

    def __repr__(self) -> str:
        count = plural(sum(map(len, self.groups)), "image")
        return f"<NearDuplicates: {count} in {plural(len(self), 'group')}, of {self.total}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<div>{figures(group, [r.name for r in group])}</div>" for group in self.groups[:_GROUPS_SHOWN])
        return f"<p>{html.escape(repr(self)[1:-1])}</p>{rows}{more(len(self) - _GROUPS_SHOWN)}"


def near_duplicates(
    images: Collection | FeatureTable,
    *,
    cache: Cache | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> NearDuplicates:
    """Return the groups of images that look the same: resized, recompressed, slightly cropped or brightened copies.

    Parameters
    ----------
    images : Collection or FeatureTable
        What `discover` or `measure` returns.
    cache : Cache, optional
        Where values are kept, when something has to be measured. None: in the folder CACHE of the settings.
    settings, progress
        See `measure`.

    Returns
    -------
    NearDuplicates

    Raises
    ------
    ConfigError
        For anything else.
    """
    if not isinstance(images, Collection | FeatureTable):
        raise ConfigError(f"near_duplicates() takes what discover() or measure() returns, not {images!r:.60}")
    table = images
    if isinstance(images, Collection) or duplicates.PERCEPTUAL_HASH not in images.vectors:
        settings = settings or config.resolve()
        if cache is None:
            with Cache(settings.cache) as store:
                return near_duplicates(images, cache=store, settings=settings, progress=progress)
        collection = Collection(settings.data_root or Path(), images.records)
        table = measure(collection, (), embeddings=(), cache=cache, settings=settings, progress=progress)
    assert isinstance(table, FeatureTable)
    record_of = {record.name: record for record in table.records}
    groups = duplicates.near_duplicates(table)
    return NearDuplicates(tuple(tuple(record_of[name] for name in group) for group in groups), len(table))
