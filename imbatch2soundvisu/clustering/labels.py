"""Clusters by folder, and by labels that the user gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core import Clusters, FeatureTable, Needs
from ..core.errors import ConfigError
from ..core.image_names import same_form
from ..measurement.spaces import natural_key
from .points import check_count, folder_of
from .registry import CLUSTERINGS

TOP = "(top)"


@CLUSTERINGS.register("folder")
@dataclass(frozen=True)
class ByFolder:
    """One cluster for each folder, in the order of their names; images at the top are in "(top)".

    Parameters
    ----------
    depth : int
        How many levels count: 1 puts "sea/calm/a.jpg" into "sea", 2 into "sea/calm".
    """

    depth: int = 1

    def __post_init__(self) -> None:
        check_count("ByFolder", "depth", self.depth)

    @property
    def needs(self) -> Needs:
        return Needs()

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the clusters of the rows."""
        folders = [folder_of(table, row, self.depth) or TOP for row in range(len(table))]
        names = sorted(set(folders), key=lambda name: (name != TOP, natural_key(name), name))
        notes = ("all images lie in one folder",) if len(names) == 1 else ()
        return Clusters(_indices(folders, names), tuple(names), "folder", notes=notes)


@CLUSTERINGS.register("labels")
@dataclass(frozen=True)
class Labelled:
    """Clusters by given labels, numbers or words, in the order of their names.

    Parameters
    ----------
    source : callable or mapping
        A function of the table that gives one label for each row, or a mapping of image names (as in the collection,
        or their last component) to labels. None, NaN, "" and -1 mean: in no cluster.
    """

    source: Callable[[FeatureTable], Any] | Mapping[str, Any] = field(hash=False)

    @property
    def needs(self) -> Needs:
        named = frozenset(getattr(self.source, "needs", ()))
        return Needs(named) if all(isinstance(name, str) for name in named) else Needs()

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the clusters of the rows with a label. Raise ConfigError if there is not one label for each row."""
        values = self._labels_of(table)
        if len(values) != len(table):
            raise ConfigError(
                f"{self._name}(table) must give one label for each of {len(table)} rows, not {len(values)}"
            )
        labels = [_label(value) for value in values]
        names = sorted({label for label in labels if label is not None}, key=lambda name: (natural_key(name), name))
        missing = labels.count(None)
        notes = (f"{missing} of {len(labels)} images have no label and are in no cluster",) if missing else ()
        return Clusters(_indices(labels, names), tuple(names), self._name, notes=notes)

    def _labels_of(self, table: FeatureTable) -> Sequence[Any]:
        if isinstance(self.source, Mapping):
            known = {same_form(str(name)): label for name, label in self.source.items()}
            named = [(same_form(record.name), same_form(record.label)) for record in table.records]
            unknown_names = set(known) - {name for pair in named for name in pair}
            if len(unknown_names) == len(known):
                raise ConfigError(f"none of the {len(known)} names with a label is an image of the collection")
            return [known.get(name, known.get(label)) for name, label in named]
        given = self.source(table)
        if np.ndim(given) != 1:
            raise ConfigError(f"{self._name}(table) must give one label a row, not {type(given).__name__}")
        return list(given)

    @property
    def _name(self) -> str:
        return "labels" if isinstance(self.source, Mapping) else getattr(self.source, "__name__", "labels").strip("<>")


def _label(value: Any) -> str | None:
    if value is None or isinstance(value, float | np.floating) and not math.isfinite(value):
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    name = str(value).strip()
    return None if name in ("", "-1") else name


def _indices(labels: Sequence[str | None], names: Sequence[str]) -> np.ndarray:
    index = {name: i for i, name in enumerate(names)}
    return np.array([-1 if label is None else index[label] for label in labels], np.intp)
