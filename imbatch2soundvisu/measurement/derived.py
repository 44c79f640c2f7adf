"""Features of the table: what they need, and their values, which are computed after everything else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ..core import FeatureTable, Needs
from ..core.errors import ConfigError
from ..features import FEATURES, Feature
from .jobs import failure


def with_needs(needs: Needs) -> Needs:
    """Return needs with all that the features of the table among them need, in turn."""
    done: set[str] = set()
    while names := [each.info.name for each in derived(needs.features) if each.info.name not in done]:
        for name in names:
            needs |= FEATURES[name].needs
            done.add(name)
    return needs


def derived(names: Iterable[str]) -> list[Feature]:
    """Return the features of the table among these names, those that others need first."""
    found: dict[str, Feature] = {}

    def add(name: str, within: tuple[str, ...]) -> None:
        each = FEATURES.get(name)
        if each is None or each.of != "table" or name in found:
            return
        if name in within:
            raise ConfigError(f"the feature {name!r} needs itself: {' -> '.join((*within, name))}")
        for needed in sorted(each.needs.features):
            add(needed, (*within, name))
        found[name] = each

    for name in sorted(names):
        add(name, ())
    return list(found.values())


def with_derived(table: FeatureTable, names: Iterable[str]) -> FeatureTable:
    """Return a table with the columns of the features of the table among these names, and their notes on it.

    One that raises, or does not give a number for each image, is NaN for all images, with a line in `problems`.
    """
    for each in derived(names):
        name = each.info.name
        notes: tuple[str, ...] = ()
        try:
            values = np.asarray(each.function(table), np.float64)
            if values.shape != (len(table),):
                raise ValueError(f"it gave {_shape(values)} for {len(table)} images")
            problems = table.problems
            notes = tuple(getattr(each.function, "notes", lambda table: ())(table))
        except Exception as error:
            values, where = np.full(len(table), np.nan), failure(error, each.function, each.file)
            place = f"{where.where}: " if where.where else ""
            problems = (*table.problems, f"{place}feature {name!r} failed: {where.reason}")
        table = replace(
            table, columns={**table.columns, name: values}, info={**table.info, name: each.info}, problems=problems,
            notes=tuple(dict.fromkeys((*table.notes, *notes))),
        )  # fmt: skip
    return table


def _shape(values: np.ndarray[Any, Any]) -> str:
    return "one number" if values.shape == () else f"{len(values)} values"
