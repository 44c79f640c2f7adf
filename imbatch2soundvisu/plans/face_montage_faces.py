"""The photos of a montage plan: those that its filters leave, and that show the person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..clustering.persons import ByPerson
from ..core import FeatureTable, Needs
from ..core.errors import ConfigError, unknown
from ..faces.choosing import FACE_FEATURES, ChosenPhotos, Rules, chosen_photos, person_in
from ..features.faces import faces_of
from ..features.faces.judging import Person, person_of, read_decisions
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
        return chosen_photos(table, rows, _rules(plan, table, context))
    except ConfigError as error:
        raise ConfigError(f"plan {plan.name!r}: {error}", plan.declared_at) from error


def _rules(plan: Any, table: FeatureTable, context: RunContext) -> Rules:
    person, decisions = None, {}
    if plan.target_faces is not None:
        person = person_in(
            plan.target_faces, plan.other_faces, context.settings, context.cache, context.progress, plan.face_pass
        )
        decisions = {} if plan.review is None else read_decisions(plan.review)
    elif plan.person is not None:
        person = _person_of_collection(plan, table)
    return Rules(person, decisions, plan.min_sharpness, plan.unique is None)


def _person_of_collection(plan: Any, table: FeatureTable) -> Person:
    """The model of one of the people that are found in the collection; their largest faces are the examples."""
    whole = table.unfiltered or table
    found = ByPerson(names=plan.names, faces=plan.face_pass).cluster(whole, np.random.default_rng(0))
    if plan.person not in found.names:
        raise unknown("person", plan.person, found.names)
    number = found.names.index(plan.person)
    faces = [faces_of(each) for each in whole.faces or ((),) * len(whole)]

    def largest(rows: np.ndarray) -> np.ndarray:
        return np.array([faces[row][0].descriptor for row in rows.tolist() if faces[row]], np.float32)

    rows = found.rows(number)
    others = largest(np.flatnonzero((found.labels >= 0) & (found.labels != number)))
    return person_of(largest(rows), [whole.names[row] for row in rows.tolist()], others if len(others) else None)
