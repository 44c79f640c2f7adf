"""A Parquet file that Apple's Embedding Atlas opens: places, metadata, features, neighbours and thumbnails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...core import Progress, silent
from ...core.errors import MissingExtra
from ..data import AtlasData
from ..layouts import Layout
from .values import features_of, jpeg_of, texts_of, unused

_ROWS = 256  # images in one row group: so many thumbnails are in memory


def require_pyarrow() -> Any:
    """Return pyarrow. Raises MissingExtra without it."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", "notebook", "EmbeddingAtlas()") from error
    return pyarrow


def write_parquet(
    path: Path,
    data: AtlasData,
    layouts: Sequence[Layout],
    neighbours: np.ndarray,
    *,
    side: int = 256,
    progress: Progress = silent,
) -> None:
    """Write a table with one row for each image.

    Parameters
    ----------
    path : Path
        The file.
    data : AtlasData
        The images.
    layouts : sequence of Layout
        The first has the columns `x` and `y`, the others "<name> x" and "<name> y"; y grows upward; null without a
        place.
    neighbours : ndarray of shape (n, k)
        The most alike images of each, as rows, -1 where there are fewer: the column `neighbors`.
    side : int
        The long side of the thumbnails in pixels, the column `image`; 0 for none.
    progress : callable
        `progress("parquet", done, total)`.

    Raises
    ------
    MissingExtra
        Without pyarrow.
    """
    pyarrow = require_pyarrow()
    columns = _columns(data, layouts, neighbours)
    with_images = side > 0
    table = pyarrow.table(columns)
    schema = table.schema
    if with_images:
        image = unused("image", columns)
        schema = schema.append(
            pyarrow.field(image, pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()}))
        )
        info = {"info": {"features": {image: {"_type": "Image"}}}}
        schema = schema.with_metadata({"huggingface": json.dumps(info)})
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, max(1, len(data)), _ROWS):
            progress("parquet", start, len(data))
            part = table.slice(start, _ROWS)
            if with_images:
                records = data.table.records[start : start + _ROWS]
                cells = [{"bytes": jpeg_of(record, side), "path": record.name} for record in records]
                part = part.append_column(schema.field(image), pyarrow.array(cells, schema.field(image).type))
            writer.write_table(part.cast(schema))


def _columns(data: AtlasData, layouts: Sequence[Layout], neighbours: np.ndarray) -> dict[str, Any]:
    columns: dict[str, Any] = {"id": list(data.table.names)}
    for number, layout in enumerate(layouts):
        placed = np.isfinite(layout.points).all(axis=1)
        for axis, values in zip("xy", (layout.points[:, 0], -layout.points[:, 1]), strict=True):
            name = axis if number == 0 else unused(f"{layout.name} {axis}", columns)
            columns[name] = [float(value) if here else None for value, here in zip(values, placed, strict=True)]
    found = texts_of(data)
    for name, texts in found.items():
        columns[unused(name, columns)] = [text or None for text in texts]
    dates = data.metadata.dates
    if len(dates) and not np.isnat(dates).all():
        columns[unused("date from", columns)] = dates
    if any(data.metadata.tags):
        columns[unused("tags", columns)] = [list(each) for each in data.metadata.tags]
    for name, values in features_of(data).items():
        columns[unused(name, columns)] = [float(value) if np.isfinite(value) else None for value in values]
    columns[unused("neighbors", columns)] = _neighbours(data, neighbours)
    return columns


def _neighbours(data: AtlasData, neighbours: np.ndarray) -> list[dict[str, list[Any]]]:
    """{"ids": rows, "distances": in the space of the map} of each image, the image itself first."""
    found = []
    for row, others in enumerate(neighbours.tolist()):
        ids = [row, *(other for other in others if other >= 0)]
        distances = np.linalg.norm(data.vectors[ids] - data.vectors[row], axis=1)
        found.append({"ids": ids, "distances": [float(each) if np.isfinite(each) else 0.0 for each in distances]})
    return found
