"""Images of a collection, images elsewhere and phrases as points of a space."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..core import FeatureTable, Needs, Probe
from ..core.errors import ConfigError, unknown
from ..core.image_names import IMAGE_ENDINGS, ImageNames, is_file
from ..measurement.search import query_vector
from ..measurement.spaces import Space, chosen_members, embedder_of, find_image, space_names, space_points, space_title


def text_embedder(on: Any, used_by: str) -> Any:
    """Return the embedding of a space. Raise ConfigError unless it has a text encoder."""
    embedder = embedder_of(on)
    if not has_text_encoder(embedder):
        raise ConfigError(f"{used_by} needs an embedding with a text encoder, such as on=Clip(), not on={on!r}")
    return embedder


def image_needs(on: Space, images: tuple[str | Path, ...]) -> Needs:
    """Return the needs of images given by path; those of the collection are not measured twice."""
    embedder = embedder_of(on)
    files = [image for image in images if is_file(Path(image).expanduser())]
    return Needs(probes=tuple(Probe(embedder, Path(file).expanduser()) for file in files)) if embedder else Needs()


class NoImage(ConfigError):
    """No image has that name."""


class ImagePoints:
    """The rows of a table as points, (n, d) float64, and any image of the collection or elsewhere as a point.

    The points are those of the whole collection (`table.unfiltered`), so that images of other clusters are found and
    features are scaled alike in all clusters.
    """

    def __init__(self, table: FeatureTable, on: Space) -> None:
        members = chosen_members(table, on)
        self.table, self.on = table, members[0] if len(members) == 1 else members
        self.whole, rows = table, np.arange(len(table))
        if table.unfiltered is not None:
            place = {record: row for row, record in enumerate(table.unfiltered.records)}
            if all(record in place for record in table.records):
                self.whole, rows = table.unfiltered, np.array([place[record] for record in table.records], np.intp)
        self._rows = rows
        self._all = space_points(self.whole, on).astype(np.float64)
        self.points = self._all[rows]

    def point(self, image: str | Path) -> np.ndarray:
        """Return the point of an image of the collection or of a file. Raise ConfigError if there is neither."""
        path, embedder = Path(image).expanduser(), embedder_of(self.on)
        try:
            row = self._row(image, path)
        except ConfigError:
            if embedder is None or not is_file(path):
                raise
            return query_vector(self.table, embedder.name, path)
        for name in space_names(self.whole, self.on):
            if name in self.whole.vectors and not np.isfinite(self.whole.vectors[name][row]).all():
                raise ConfigError(f"the image {str(image)!r} has no vector of {name!r}: choose another one")
        return self._all[row]

    def _row(self, image: str | Path, path: Path) -> int:
        """The row in the whole table: by name in the table, by name in the collection, or by path."""
        for table, rows in ((self.table, self._rows), (self.whole, np.arange(len(self.whole)))):
            if ImageNames(table.records).rows(str(image), loose=is_image_name(image)):
                return int(rows[find_image(table, str(image), "reference")])
        if is_file(path):
            for row, record in enumerate(self.whole.records):
                if record.path == path or (record.path.name == path.name and _same_file(record.path, path)):
                    return row
        names = [record.name or str(record.path) for record in self.whole.records][:100]
        hint = (
            ""
            if has_text_encoder(embedder_of(self.on))
            else f"{space_title(self.on)} has no text encoder, as Clip() has: "
        )
        raise NoImage(f"{hint}{unknown('image', str(image), names)}")


def has_text_encoder(embedder: Any) -> bool:
    return callable(getattr(embedder, "embed_text", None))


def is_image_name(image: str | Path) -> bool:
    """Whether a text can only be the name of an image: it ends like one, or is a path."""
    return isinstance(image, Path) or image.casefold().endswith(IMAGE_ENDINGS)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
