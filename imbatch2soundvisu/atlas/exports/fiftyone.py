"""A dataset of FiftyOne on disk: `metadata.json` and `samples.json`, which refer to the images where they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...runtime import files
from ..data import AtlasData
from ..layouts import Layout
from .values import features_of, place, plain_number, texts_of, unused

#: Names that FiftyOne uses itself.
RESERVED = ("id", "filepath", "tags", "metadata", "media_type", "location", "created_at", "last_modified_at", "dataset")
_LABELS = ("cluster", "category")  # columns that are labels, by which the app filters


def write_fiftyone(folder: Path, data: AtlasData, layouts: Sequence[Layout], *, title: str) -> None:
    """Write a dataset that `fiftyone.types.FiftyOneDataset` imports.

    Parameters
    ----------
    folder : Path
        An empty folder.
    data : AtlasData
        The images: their metadata and features are fields, clusters and categories labels, tags tags, places GeoJSON.
    layouts : sequence of Layout
        Their places are the fields "<name>_x" and "<name>_y", upward.
    title : str
        Name of the dataset.
    """
    texts, features = texts_of(data), features_of(data)
    names = _field_names([*texts, *features, *(f"{each.name} {axis}" for each in layouts for axis in "xy")])
    samples = [_sample(data, layouts, row, names, texts) for row in range(len(data))]
    info = {"title": title, "space": data.space, "layouts": [each.name for each in layouts]}
    files.write_json(folder / "metadata.json", {"name": title, "media_type": "image", "info": info})
    files.write_json(folder / "samples.json", {"samples": samples})


def _sample(
    data: AtlasData, layouts: Sequence[Layout], row: int, names: dict[str, str], texts: dict[str, list[str]]
) -> dict[str, Any]:
    record = data.table.records[row]
    sample: dict[str, Any] = {
        "filepath": str(record.path.absolute()),
        "tags": [str(tag) for tag in data.metadata.tags[row]] if data.metadata.tags else [],
        "metadata": {"_cls": "ImageMetadata", "width": record.width, "height": record.height},
    }
    for name, values in texts.items():
        if values[row]:
            sample[names[name]] = _label(values[row]) if name in _LABELS else values[row]
    for name, numbers in features_of(data).items():
        sample[names[name]] = plain_number(numbers[row])
    for layout in layouts:
        x, y = place(layout, row) or (None, None)
        sample |= {names[f"{layout.name} x"]: x, names[f"{layout.name} y"]: y}
    if (point := _point(texts, row)) is not None:
        sample["location"] = {"_cls": "GeoLocation", "point": point}
    return {name: value for name, value in sample.items() if value is not None}


def _label(text: str) -> dict[str, Any]:
    return {"_cls": "Classification", "label": text}


def _point(texts: dict[str, list[str]], row: int) -> list[float] | None:
    """[longitude, latitude], where the metadata has them."""
    try:
        return [float(texts["longitude"][row]), float(texts["latitude"][row])]
    except (KeyError, ValueError):
        return None


def _field_names(titles: Sequence[str]) -> dict[str, str]:
    """Names of fields: letters, digits and underscores, not those of FiftyOne itself."""
    found: dict[str, str] = {}
    for title in titles:
        plain = re.sub(r"\W+", "_", title.casefold(), flags=re.ASCII).strip("_") or "field"
        plain = f"f_{plain}" if plain[0].isdigit() else plain
        found.setdefault(title, unused(plain, (*found.values(), *RESERVED)).replace(" ", "_"))
    return found
