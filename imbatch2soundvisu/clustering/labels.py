"""Clusters by folder, and by labels that the user gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core import Clusters, FeatureTable, Needs
from ..core.errors import ConfigError
from ..measurement.spaces import natural_key
from .points import check_count, folder_of
from .registry import CLUSTERINGS

TOP = "(top)"


@CLUSTERINGS.register("folder")
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

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Parts of all rows."""
        folders = [folder_of(table, row, self.depth) or TOP for row in range(len(table))]
        names = sorted(set(folders), key=lambda name: (name != TOP, natural_key(name), name))
        notes = ("all images lie in one folder",) if len(names) == 1 else ()
        return Clusters(_indices(folders, names), tuple(names), "folder", notes=notes)


@CLUSTERINGS.register("labels")
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

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
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


def _indices(labels: Sequence[str | None], names: Sequence[str]) -> np.ndarray:
    index = {name: i for i, name in enumerate(names)}
    return np.array([-1 if label is None else index[label] for label in labels], np.intp)
