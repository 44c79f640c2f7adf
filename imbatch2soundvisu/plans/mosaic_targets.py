"""The target of a mosaic plan: a file, an image of the collection, or one that is chosen by what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..core import Collection, FeatureTable, ImageRecord
from ..core.errors import ConfigError, ImageError, user_error
from ..core.image_names import ImageNames
from ..datasets.discovery import digest_of
from ..mosaic.sources import target_of
from ..runtime.fingerprints import fingerprint
from .mosaic_fields import REPRESENTATIVE, MosaicFields


@dataclass(frozen=True)
class Target:
    """The image that a mosaic shows.

    Parameters
    ----------
    name : str
        For the user.
    digest : str
        Of its file, or of its pixels.
    source : Path, ImageRecord or ndarray
        Where its pixels are.
    """

    name: str
    digest: str
    source: Any

    @cached_property
    def pixels(self) -> np.ndarray:
        """The pixels, (h, w, 3) uint8, sRGB."""
        return target_of(self.source)


def target_for(plan: MosaicFields, table: FeatureTable) -> Target:
    """Return the target of a plan.

    Parameters
    ----------
    plan : MosaicPlan
        A plan that has been checked.
    table : FeatureTable
        The collection of the run.

    Raises
    ------
    ConfigError
        When a function of the plan returns no image.
    """
    target = plan.target
    if isinstance(target, np.ndarray):
        return Target("an array", fingerprint(target), target)
    if (path := plan.target_path) is not None:
        return Target(path.name, digest_of(path), path)
    record = target if isinstance(target, ImageRecord) else table.records[_row(plan, table)]
    return Target(record.label, record.digest, record)


def check_target(plan: MosaicFields, collection: Collection) -> None:
    """Raise ConfigError for a target that is no image."""
    target = plan.target
    if (path := plan.target_path) is not None or isinstance(target, ImageRecord):
        try:
            target_of(path or target)
        except ImageError as error:
            raise ConfigError(str(error)) from error
    elif isinstance(target, str | Path) and target != REPRESENTATIVE:
        try:
            ImageNames(collection.records, collection.skipped).row(target, "")
        except ConfigError as error:
            raise ConfigError(f"target= is no file of this computer, and {error}") from error


def _row(plan: MosaicFields, table: FeatureTable) -> int:
    whole = table.unfiltered or table
    if plan.target == REPRESENTATIVE:
        return _medoid(whole.vectors["look"])
    if not callable(plan.target):
        return ImageNames(whole.records, whole.skipped).row(plan.target, "target=")
    try:
        found = plan.target(whole)
    except Exception as error:
        raise user_error(f"plan {plan.name!r}: target= failed", error, plan.declared_at) from error
    if isinstance(found, ImageRecord):
        return whole.records.index(found)
    if isinstance(found, str):
        return ImageNames(whole.records, whole.skipped).row(found, "target=")
    if isinstance(found, int | np.integer) and -len(whole) <= found < len(whole):
        return int(found)
    raise ConfigError(f"plan {plan.name!r}: target= must give a row of the table, from 0 to {len(whole) - 1}")


def _medoid(vectors: np.ndarray) -> int:
    """The row with the least sum of distances to the others."""
    known = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    points = vectors[known].astype(np.float64)
    norms = (points**2).sum(axis=1)
    sums = [
        np.sqrt(np.maximum(0, norms + norm - 2 * points @ each)).sum() for each, norm in zip(points, norms, strict=True)
    ]
    return int(known[int(np.argmin(sums))])
