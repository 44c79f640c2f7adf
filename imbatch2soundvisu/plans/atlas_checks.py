"""What is checked of an `AtlasPlan`: its fields before any work, and its layouts once the images are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import clustering
from ..atlas.data import STEPS, Metadata
from ..atlas.layout_kinds import GridLayout
from ..atlas.metadata import MetadataTable, metadata_of
from ..atlas.metadata.of_measurements import CLASSES
from ..atlas.value_layouts import CategoryByDate, Islands, TimelineLayout
from ..config import Settings
from ..core import Collection, FeatureTable
from ..core.errors import ConfigError, unknown
from ..embeddings import EMBEDDINGS, Vectors
from ..features import COLUMNS
from ..measurement.spaces import check_space, space_needs
from .atlas_fields import AtlasFields
from .checks import UNIQUE, check_output
from .chosen_images import check_choices, chosen

#: Columns that files and measurements may add to the metadata.
_ADDED = ("latitude", "longitude", "faces", CLASSES)


def check_fields(fields: AtlasFields, settings: Settings) -> None:
    """Raise ConfigError when something in the fields of a plan is invalid."""
    fields.check_fields()
    _check_features(fields)
    for kind in fields.kinds:
        getattr(kind, "check", lambda: None)()
    if fields.clusters is not None:
        by = clustering.resolve_clustering(fields.clusters, COLUMNS)
        if isinstance(by, clustering.ByPerson):
            by.check({})
    if fields.unique is not None and fields.unique not in UNIQUE:
        raise unknown("unique", fields.unique, UNIQUE)
    check_choices(fields.include, fields.exclude)
    if fields.metadata is not None:
        _table(fields).check()
    if isinstance(fields.outputs, str) or not isinstance(fields.outputs, list | tuple):
        raise ConfigError(f"outputs= takes a list, such as [AtlasPage()], not {fields.outputs!r}")
    for output in fields.written:
        check_output(output, settings, "atlas")


def _check_features(fields: AtlasFields) -> None:
    """Raise ConfigError for a space or a feature of a layout that does not exist."""
    check_space(fields.on)
    for each in fields.on if isinstance(fields.on, tuple) else (fields.on,):
        if isinstance(each, Vectors):
            each.prepare()
    for name in sorted(space_needs(fields.on).features - set(COLUMNS)):
        raise unknown("space for on=", name, ["auto", "features", *EMBEDDINGS, *COLUMNS])
    for kind in fields.kinds:
        needed = getattr(kind, "needs", None)
        for name in sorted(needed.features - set(COLUMNS)) if needed is not None else ():
            raise unknown(f"feature for {type(kind).__name__}", name, COLUMNS)


def check_images(fields: AtlasFields, collection: Collection) -> None:
    """Raise ConfigError when no image is left, or when metadata or a layout does not fit the images."""
    kept = chosen(collection.records, collection.skipped, fields.include, fields.exclude)
    if not kept.any():
        raise ConfigError(f"include= and exclude= leave none of {len(collection)} images")
    table = FeatureTable(collection.records).select(kept.nonzero()[0])
    metadata = metadata_of(table, fields.metadata)
    for kind in fields.kinds:
        _check_columns(fields, kind, metadata)
        if isinstance(kind, GridLayout):
            kind.check_images([record.name for record in table.records], fields.where is None and fields.unique is None)


def _check_columns(fields: AtlasFields, kind: Any, metadata: Metadata) -> None:
    """Raise ConfigError for a column that the metadata does not have."""
    cluster = [] if fields.clusters is None else ["cluster"]
    columns = [*STEPS, "category", *cluster, *metadata.columns]
    for name in _columns_of(kind):
        if name not in (*columns, *_ADDED):
            if name == "tags" or name == _column_of(fields, "tags"):
                raise ConfigError(
                    f"{type(kind).__name__}({name!r}): an image can have several tags, so that they are no columns; "
                    "filter by them on the page, or give a column with one value for each image, such as a category"
                )
            hint = " (clusters=None)" if name == "cluster" else ""
            raise unknown(f"column for {type(kind).__name__}{hint}", name, columns)


def _column_of(fields: AtlasFields, role: str) -> str:
    """The column of a role in the table of the plan; "" for none."""
    if fields.metadata is None:
        return ""
    return _table(fields).column_of(role)


def _table(fields: AtlasFields) -> MetadataTable:
    return fields.metadata if isinstance(fields.metadata, MetadataTable) else MetadataTable(fields.metadata)


def _columns_of(kind: Any) -> Sequence[str]:
    """The columns of the metadata by which a layout places images."""
    if isinstance(kind, CategoryByDate):
        return (kind.by, kind.category)
    return (kind.by,) if isinstance(kind, TimelineLayout | Islands) else ()
