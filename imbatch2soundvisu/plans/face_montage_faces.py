"""The photos of a montage plan: those that its filters leave, and that show the person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..core import FeatureTable, Needs
from ..core.errors import ConfigError
from ..faces.choosing import FACE_FEATURES, ChosenPhotos, Rules, chosen_photos, person_in
from ..features.faces.judging import read_decisions
from ..measurement import completed
from .protocols import RunContext
from .selecting import rows_kept


def photos_for(plan: Any, table: FeatureTable, context: RunContext) -> ChosenPhotos:
    """Return the photos of a montage.

    Parameters
    ----------
    plan : FaceMontagePlan
        A plan that has been checked.
    table : FeatureTable
        The collection.
    context : RunContext
        Settings and cache; the examples are measured with them.

    Raises
    ------
    ConfigError
        When no face is found in the examples, the review cannot be read, or fewer than 2 photos are left.
    """
    table = completed(table, Needs(features=FACE_FEATURES), settings=context.settings)
    rows = rows_kept(replace(plan, unique=None), table)
    try:
        return chosen_photos(table, rows, _rules(plan, context))
    except ConfigError as error:
        raise ConfigError(f"plan {plan.name!r}: {error}", plan.declared_at) from error


def _rules(plan: Any, context: RunContext) -> Rules:
    if plan.target_faces is None:
        return Rules(min_sharpness=plan.min_sharpness, alike=plan.unique is None)
    person = person_in(plan.target_faces, plan.other_faces, context.settings, context.cache, context.progress)
    decisions = {} if plan.review is None else read_decisions(plan.review)
    return Rules(person, decisions, plan.min_sharpness, plan.unique is None)
