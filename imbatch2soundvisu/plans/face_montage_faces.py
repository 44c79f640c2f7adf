"""The photos of a montage: those that show the person, with the face that is meant, sharp and not alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core import Collection, FeatureInfo, FeatureTable, ImageRecord, Needs
from ..core.errors import ConfigError
from ..core.text import plural
from ..datasets import discover
from ..datasets.duplicates import near_duplicates
from ..features.faces import Face, faces_of
from ..features.faces.judging import UNCERTAIN, Person, judged, person_of, read_decisions
from ..measurement import completed, measure
from ..runtime.cache import Cache
from .protocols import RunContext
from .selecting import rows_kept

#: What is measured of the photos, and the column of the montage that says how certain the person is.
FACE_FEATURES = frozenset({"n_faces", "face_yaw", "face_roll", "face_sharpness", "face_share"})
SIMILARITY = FeatureInfo("face_similarity", low=0.0, high=1.0, description="how likely the face shows the person")


@dataclass(frozen=True)
class JudgedFace:
    """A face of which it is not certain whether it shows the person, or was not, before the user decided.

    Parameters
    ----------
    record : ImageRecord
        Its photo.
    face : Face
    number : int
        In the photo, from 1 for the largest.
    score : float
        How likely it shows the person.
    decision : bool, optional
        What the user said.
    """

    record: ImageRecord
    face: Face
    number: int
    score: float
    decision: bool | None = None


@dataclass(frozen=True)
class ChosenPhotos:
    """The photos of a montage.

    Parameters
    ----------
    table : FeatureTable
        Their rows; what the columns say of faces is about the faces that were chosen.
    faces : tuple of Face
        The face of each.
    photos, showing : int
        How many photos there were, and how many of them show the person.
    blurred, alike : int
        How many of those are left out.
    person : Person, optional
        What is known of the examples.
    uncertain : tuple of JudgedFace
        The faces for the user to review, most likely ones first.
    """

    table: FeatureTable
    faces: tuple[Face, ...]
    photos: int
    showing: int
    blurred: int
    alike: int
    person: Person | None = None
    uncertain: tuple[JudgedFace, ...] = ()

    @property
    def left_out(self) -> str:
        """What is left out, in words; "" for nothing."""
        parts = [plural(self.blurred, "blurred photo")] if self.blurred else []
        parts += [f"{self.alike} of nearly the same photos"] if self.alike else []
        return f"left out: {' and '.join(parts)}" if parts else ""


def chosen_photos(plan: Any, table: FeatureTable, context: RunContext) -> ChosenPhotos:
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
    kept = rows_kept(replace(plan, unique=None), table)
    faces = [faces_of([each for found in table.regions.values() for each in found[row]]) for row in kept]
    person = None if plan.target_faces is None else _person(plan, context)
    rows, found, scores, uncertain = _of_person(plan, table.select(kept), kept, faces, person)
    sharp = _sharp(found, plan.min_sharpness)
    different = _different(table, rows, found, sharp) if plan.unique is not None else sharp
    places = np.flatnonzero(different).tolist()
    if len(places) < 2:
        raise ConfigError(_too_few(plan, len(kept), len(rows), len(places)))
    chosen = [found[place] for place in places]
    return ChosenPhotos(
        _with_faces(table, rows[places], chosen, scores[places]), tuple(chosen), len(kept), len(rows),
        int(len(rows) - sharp.sum()), int(sharp.sum() - different.sum()), person, uncertain,
    )  # fmt: skip


def _of_person(
    plan: Any, photos: FeatureTable, rows: np.ndarray, faces: Sequence[tuple[Face, ...]], person: Person | None
) -> tuple[np.ndarray, list[Face], np.ndarray, tuple[JudgedFace, ...]]:
    """The rows that show the person, the face of each, its score, and what is uncertain; without one the largest."""
    if person is None:
        found = [(row, each[0]) for row, each in zip(rows, faces, strict=True) if each]
        return np.array([row for row, _ in found], np.intp), [face for _, face in found], np.zeros(len(found)), ()
    decisions = {} if plan.review is None else read_decisions(plan.review)
    best: list[tuple[int, Face, float]] = []
    uncertain: list[JudgedFace] = []
    for row, record, each in zip(rows, photos.records, faces, strict=True):
        if not each:
            continue
        descriptors = np.stack([face.descriptor for face in each])
        scores = judged(person.model, record.name, descriptors, decisions)
        place = int(np.argmax(scores))
        if scores[place] >= 0.5:
            best.append((int(row), each[place], float(scores[place])))
        for number, (face, score) in enumerate(zip(each, person.model.scores(descriptors), strict=True), 1):
            decision = decisions.get((record.name, number))
            if decision is not None or UNCERTAIN[0] <= score <= UNCERTAIN[1]:
                uncertain.append(JudgedFace(record, face, number, float(score), decision))
    uncertain.sort(key=lambda each: -each.score)
    found_rows = np.array([row for row, _, _ in best], np.intp)
    return found_rows, [face for _, face, _ in best], np.array([score for *_, score in best]), tuple(uncertain)


def _person(plan: Any, context: RunContext) -> Person:
    """The model of the person: the largest face of each example, and all faces of the photos of others."""
    own = _measured(plan.target_faces, context)
    faces = [faces_of(each) for each in own.faces or ()]
    names = [name for name, each in zip(own.names, faces, strict=True) if each]
    if not names:
        raise ConfigError(_no_face(plan, "target_faces", len(own)))
    without = [name for name, each in zip(own.names, faces, strict=True) if not each]
    largest = np.stack([each[0].descriptor for each in faces if each])
    others = None
    if plan.other_faces is not None:
        table = _measured(plan.other_faces, context)
        all_faces = [face.descriptor for each in table.faces or () for face in faces_of(each)]
        if not all_faces:
            raise ConfigError(_no_face(plan, "other_faces", len(table)))
        others = np.stack(all_faces)
    return person_of(largest, names, others, without)


def _measured(place: Any, context: RunContext) -> FeatureTable:
    """The photos of a folder of examples, with their faces."""
    settings = context.settings

    def found(store: Cache) -> FeatureTable:
        collection = place if isinstance(place, Collection) else discover(Path(place).expanduser(), cache=store,
                                                                         settings=settings)  # fmt: skip
        return measure(
            collection, sorted(FACE_FEATURES), embeddings=(), cache=store, settings=settings,
            progress=context.progress,
        )  # fmt: skip

    if context.cache is not None:
        return found(context.cache)
    with Cache(settings.cache) as store:
        return found(store)


def _no_face(plan: Any, title: str, photos: int) -> str:
    place = getattr(plan, title)
    return (
        f"plan {plan.name!r}: no face is found in the {plural(photos, 'photo')} of {title}={str(place)!r}. "
        "Faces are found from about 80 pixels on, and when they look roughly at the camera"
    )


def _sharp(faces: Sequence[Face], least: float) -> np.ndarray:
    """Which faces are at least so sharp, as a share of the median."""
    values = np.array([face.sharpness for face in faces], np.float64)
    if not len(values) or not np.isfinite(values).any():
        return np.ones(len(values), bool)
    return np.asarray(~(values < least * np.nanmedian(values)))


def _different(table: FeatureTable, rows: np.ndarray, faces: Sequence[Face], keep: np.ndarray) -> np.ndarray:
    """Of those that are kept, the sharpest of each set of photos that are nearly the same."""
    keep = keep.copy()
    places = np.flatnonzero(keep).tolist()
    part = table.select(rows[places])
    groups = [set(names) for names in near_duplicates(part)]
    for digest in {record.digest for record in part.records}:
        groups.append({record.name for record in part.records if record.digest == digest})
    for names in groups:
        same = [place for place in places if table.records[rows[place]].name in names and keep[place]]
        best = max(same, key=lambda place: faces[place].sharpness, default=None)
        for place in same:
            keep[place] = place == best
    return keep


def _with_faces(table: FeatureTable, rows: np.ndarray, faces: Sequence[Face], scores: np.ndarray) -> FeatureTable:
    """The rows with one face each: its region, and columns about it."""
    part = table.select(rows)
    own = {
        "face_yaw": [face.yaw for face in faces], "face_roll": [face.roll for face in faces],
        "face_sharpness": [face.sharpness for face in faces], "face_share": [face.share for face in faces],
        SIMILARITY.name: scores,
    }  # fmt: skip
    columns = {**part.columns, **{name: np.array(values, np.float64) for name, values in own.items()}}
    regions = {"faces": tuple((face.region,) for face in faces)}
    info = {**part.info, SIMILARITY.name: SIMILARITY}
    return replace(part, columns=columns, info=info, regions=regions, unfiltered=table.unfiltered or table)


def _too_few(plan: Any, photos: int, showing: int, left: int) -> str:
    who = "a face" if plan.target_faces is None else "this person"
    shown = f"{showing} of {plural(photos, 'photo')} show {who}"
    rest = f", of which {left} {'is' if left == 1 else 'are'} sharp and not alike" if left < showing else ""
    hint = "" if plan.target_faces is None or showing > 1 else "; add examples of the person to target_faces="
    return f"plan {plan.name!r}: {shown}{rest}; a montage needs 2{hint}"
