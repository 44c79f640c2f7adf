"""What can be checked of a mosaic plan before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .. import clustering
from ..config import Settings
from ..core import Collection, FeatureTable, ImageRecord, ImageSequence
from ..core.errors import ConfigError, unknown
from ..core.text import looked_for
from ..features import COLUMNS
from ..mosaic.sources import target_of
from .checks import UNIQUE, check_output
from .chosen_images import check_choices, chosen
from .mosaic_fields import MosaicFields
from .mosaic_targets import check_target
from .output_checks import check_whole


def check(plan: MosaicFields, settings: Settings) -> None:
    """Raise ConfigError when something in the plan is invalid."""
    if not plan.name or not isinstance(plan.name, str):
        raise ConfigError("a plan needs a name")
    plan.options(1000, 1000).check_options()
    _check_target(plan, settings)
    check_tiles(plan.tiles)
    check_selection(plan)
    check_outputs(plan, settings)


def check_images(plan: MosaicFields, collection: Collection) -> None:
    """Raise ConfigError when the target is no image, or images that the plan names are not in the collection."""
    check_target(plan, collection)
    for output in plan.written:
        if callable(getattr(output, "check_images", None)):
            output.check_images(plan, collection)  # type: ignore[attr-defined]
    if plan.tiles is None and not chosen(collection.records, collection.skipped, plan.include, plan.exclude).any():
        raise ConfigError(f"include= and exclude= leave none of {len(collection)} images; a mosaic needs tiles")


def check_tiles(tiles: Any) -> None:
    """Raise ConfigError for tiles that are not there."""
    if tiles is None or isinstance(tiles, Collection | FeatureTable | ImageSequence):
        return
    if isinstance(tiles, str | Path):
        if not Path(tiles).expanduser().exists():
            raise ConfigError(f"tiles={str(tiles)!r} does not exist{looked_for(Path(tiles).expanduser())}")
    elif not isinstance(tiles, list | tuple) or not tiles:
        raise ConfigError(f"tiles={tiles!r} must be a folder, a video, a list of files, a Collection or a FeatureTable")


def _check_target(plan: MosaicFields, settings: Settings) -> None:
    target = plan.target
    if isinstance(target, np.ndarray):
        target_of(target)
        return
    if not isinstance(target, str | Path | ImageRecord) and not callable(target) or not str(target).strip():
        raise ConfigError(
            f'target={target!r} must be a file, the name of an image, "representative", or a function of the table'
        )
    if (path := plan.target_path) is not None and path.suffix.lower() in settings.video_extensions:
        raise ConfigError(f"target={str(path)!r} is a video: use VideoMosaicPlan")


def check_selection(plan: MosaicFields) -> None:
    """Raise ConfigError when the fields that choose the tiles are invalid."""
    if plan.limit is not None:
        check_whole("limit", plan.limit, 1)
    if plan.unique is not None and plan.unique not in UNIQUE:
        raise unknown("unique", plan.unique, UNIQUE)
    if plan.where is not None and not callable(plan.where):
        raise ConfigError("where= must be a function of the table, such as lambda table: table['luminance'] > 0.5")
    check_choices(plan.include, plan.exclude)
    _check_clusters(plan)


def _check_clusters(plan: MosaicFields) -> None:
    if plan.clusters is None:
        if plan.cluster is not None:
            raise ConfigError(f"cluster={plan.cluster!r} is one of the clusters: set clusters= as well")
        return
    by = clustering.resolve_clustering(plan.clusters, COLUMNS)
    if callable(getattr(by, "check", None)):
        by.check({name: each.info for name, each in COLUMNS.items()})  # type: ignore[attr-defined]
    if plan.cluster is not None and not isinstance(plan.cluster, str):
        check_whole("cluster", plan.cluster, 0)


def check_outputs(plan: MosaicFields, settings: Settings, plan_kind: str = "mosaic") -> None:
    """Raise ConfigError for outputs that are none, stand twice, or have invalid fields."""
    if isinstance(plan.outputs, str) or not isinstance(plan.outputs, list | tuple):
        shown = plan.outputs if isinstance(plan.outputs, str) else type(plan.outputs).__name__
        raise ConfigError(f"outputs= takes a list, such as [MosaicImage(), Placements()], not {shown!r}")
    kinds = [type(each) for each in plan.written]
    for output in plan.written:
        check_output(output, settings, plan_kind)
        if callable(getattr(output, "check_music", None)):
            output.check_music(plan, settings)  # type: ignore[attr-defined]
        if kinds.count(type(output)) > 1:
            raise ConfigError(
                f"{type(output).__name__} stands twice in outputs=; write another plan for the second one"
            )
