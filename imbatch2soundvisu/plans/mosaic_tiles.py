"""The tiles of a mosaic plan: images of the run or of another place, filtered, and in clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .. import clustering
from ..core import Clusters, FeatureTable
from ..core.errors import ConfigError, unknown
from ..features import COLUMNS
from ..measurement import completed, measure_for
from ..mosaic.sources import records_of
from ..runtime.cache import Cache
from .mosaic_fields import MosaicFields
from .protocols import RunContext
from .selecting import rows_kept


def tiles_for(plan: MosaicFields, table: FeatureTable, context: RunContext) -> FeatureTable:
    """Return the images that a plan may use as tiles.

    Parameters
    ----------
    plan : MosaicPlan
        A plan that has been checked.
    table : FeatureTable
        The collection of the run.
    context : RunContext
        Of the run.

    Raises
    ------
    ConfigError
        When the filters of the plan leave no image.
    """
    found = _all_tiles(plan, table, context)
    kept = found.select(rows_kept(plan, found))
    if not len(kept):
        raise ConfigError(f"plan {plan.name!r}: its filters leave none of {len(found)} images; a mosaic needs tiles")
    if plan.limit is not None and plan.limit < len(kept):
        kept = kept.select(np.unique(np.linspace(0, len(kept) - 1, plan.limit).round().astype(int)))
    return replace(kept, unfiltered=found)


def _all_tiles(plan: MosaicFields, table: FeatureTable, context: RunContext) -> FeatureTable:
    settings, needs = context.settings, plan.tile_needs
    if plan.tiles is None or isinstance(plan.tiles, FeatureTable):
        return completed(table if plan.tiles is None else plan.tiles, needs, settings=settings)
    with Cache(settings.cache) as store:
        collection = records_of(plan.tiles, settings, store, context.progress)
        if plan.where is None and plan.clusters is None and plan.unique not in ("near", "burst"):
            return FeatureTable(collection.records, skipped=collection.skipped)
        return measure_for(collection, needs, cache=store, settings=settings, progress=context.progress)


def tile_clusters(plan: MosaicFields, tiles: FeatureTable) -> Iterator[tuple[str, FeatureTable]]:
    """Yield the name and the images of each cluster that is to be made a mosaic of; one without name, for none.

    Raises
    ------
    ConfigError
        When the cluster of the plan is not there.
    """
    if plan.clusters is None:
        yield "", tiles
        return
    by = clustering.resolve_clustering(plan.clusters, COLUMNS)
    found = by.cluster(tiles, np.random.default_rng([plan.seed, 2]))
    numbers = range(len(found.names)) if plan.cluster is None else [_number(plan, found)]
    for number in numbers:
        yield found.names[number], replace(tiles.select(found.rows(number)), unfiltered=tiles.unfiltered)


def _number(plan: MosaicFields, found: Clusters) -> int:
    if isinstance(plan.cluster, str):
        if plan.cluster not in found.names:
            raise unknown("cluster", plan.cluster, found.names)
        return found.names.index(plan.cluster)
    assert plan.cluster is not None
    if plan.cluster >= len(found.names):
        names = ", ".join(f"{number}: {name}" for number, name in enumerate(found.names))
        raise ConfigError(f"plan {plan.name!r}: there is no cluster {plan.cluster}. There are {names}")
    return plan.cluster
