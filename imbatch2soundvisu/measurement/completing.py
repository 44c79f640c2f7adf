"""Measure what a table lacks: in a notebook, a clustering or a search may need more than was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from ..config import Settings
from ..core import Collection, FeatureTable, Needs, Probe, Progress, silent
from ..features import PASSES, Pass
from ..features.passes import pass_columns, pass_name, resolved_passes
from ..runtime.cache import Cache
from .derived import with_derived, with_needs
from .measuring import measured
from .request import is_cached, request


def completed(
    table: FeatureTable,
    needs: Needs,
    *,
    cache: Cache | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> FeatureTable:
    """Return a table with everything that is needed; what it lacks is measured now.

    Parameters
    ----------
    table : FeatureTable
    needs : Needs
        Features, embeddings and probes.
    cache : Cache, optional
        Where values are kept. None: in the folder CACHE of the settings.
    settings, progress
        See `measure`.

    Returns
    -------
    FeatureTable
        The same rows. Images whose file cannot be read any more have NaN; where that is every image, the table is
        returned as it is.

    Raises
    ------
    ConfigError, MakeError
        See `measure`: for an unknown feature, for an embedding that cannot run.
    """
    missing = _lacking(table, with_needs(needs))
    if missing == Needs() or not len(table):
        return table
    settings = settings or config.resolve()
    if cache is None:
        with Cache(settings.cache) as store:
            return completed(table, needs, cache=store, settings=settings, progress=progress)
    if table.unfiltered is not None:  # neighbours in a folder, and features of the table, are of the whole collection
        whole = completed(table.unfiltered, needs, cache=cache, settings=settings, progress=progress)
        return replace(_joined(table, whole), unfiltered=whole)
    wanted = request({}, sorted(missing.features), missing.embeddings, resolved_passes(missing.passes), settings)
    images = Collection(settings.data_root or Path(), table.records)
    found = measured(images, wanted, replace(missing, features=frozenset()), cache, progress)
    if not len(found):
        return table
    return with_derived(_joined(table, found), missing.features)


def _lacking(table: FeatureTable, needs: Needs) -> Needs:
    return Needs(
        frozenset(name for name in needs.features if name not in table.columns),
        tuple(each for each in needs.embeddings if each.name not in table.vectors),
        tuple(each for each in needs.probes if each.key not in table.probes and _is_measured(each)),
        tuple(each for each in needs.passes if _lacks(table, PASSES.resolve(each))),
        tuple(each for each in needs.examples if str(each.folder) not in table.examples),
    )


def _lacks(table: FeatureTable, each: Pass) -> bool:
    """Whether nothing shows that a pass was run for a table."""
    name = pass_name(each)
    columns = pass_columns(each)
    return (
        name not in table.vectors
        and name not in table.regions
        and not (columns and columns.keys() <= table.info.keys())
    )


def _is_measured(probe: Probe) -> bool:
    """Whether a probe has a vector of its own: not an image among vectors that the user brings."""
    return isinstance(probe.query, str) or is_cached(probe.embedder)


def _joined(table: FeatureTable, found: FeatureTable) -> FeatureTable:
    row_of: dict[object, int] = {record.digest: row for row, record in enumerate(found.records)}
    row_of |= {(record.digest, record.name): row for row, record in enumerate(found.records)}
    keys = [((record.digest, record.name), record.digest) for record in table.records]
    rows = np.array([row_of.get(own, row_of.get(digest, -1)) for own, digest in keys], np.intp)

    def aligned(columns: Mapping[str, np.ndarray]) -> dict[str, Any]:
        chosen = {name: values[rows] for name, values in columns.items()}
        for values in chosen.values():
            values[rows < 0] = np.nan
        return chosen

    regions = {name: tuple(each[row] if row >= 0 else () for row in rows) for name, each in found.regions.items()}
    return replace(
        table,
        columns={**aligned(found.columns), **table.columns},
        vectors={**aligned(found.vectors), **table.vectors},
        info={**found.info, **table.info},
        embedders={**found.embedders, **table.embedders},
        probes={**found.probes, **table.probes},
        regions={**regions, **table.regions},
        examples={**found.examples, **table.examples},
        without_vector=tuple(dict.fromkeys((*table.without_vector, *found.without_vector))),
        problems=tuple(dict.fromkeys((*table.problems, *found.problems))),
        notes=tuple(dict.fromkeys((*table.notes, *found.notes))),
    )
