"""The photos of a montage: those that show the person, with the face that is meant, sharp and not alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..config import Settings
from ..core import Collection, FeatureInfo, FeatureTable, ImageRecord, Progress, silent
from ..core.errors import ConfigError
from ..core.text import plural
from ..datasets import discover
from ..datasets.duplicates import near_duplicates
from ..features.faces import Face, Faces, faces_of
from ..features.faces.judging import UNCERTAIN, Decisions, Person, judged, person_of
from ..measurement import measure
from ..runtime.cache import Cache

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
class Rules:
    """Which photos a montage is made of.

    Parameters
    ----------
    person : Person, optional
        What is known of the examples; None: the largest face of each photo.
    decisions : mapping
        What the user said of faces.
    min_sharpness : float
        Faces that are less sharp than this share of the median are left out.
    alike : bool
        Use all of nearly the same photos, not the one with the sharpest face alone.
    """

    person: Person | None = None
    decisions: Decisions = field(default_factory=dict)
    min_sharpness: float = 0.0
    alike: bool = False


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


def chosen_photos(table: FeatureTable, rows: Sequence[int] | np.ndarray, rules: Rules) -> ChosenPhotos:
    """Return the photos of a montage: of each the face that most likely shows the person, or the largest.

    Parameters
    ----------
    table : FeatureTable
        Photos whose faces were measured.
    rows : sequence of int
        Those that may be used.
    rules : Rules
        Which of them are used.

    Raises
    ------
    ConfigError
        When fewer than 2 photos are left.
    """
    faces = [faces_of([each for found in table.regions.values() for each in found[row]]) for row in rows]
    showing, found, scores = _showing(table, rows, faces, rules)
    sharp = _sharp(found, rules.min_sharpness)
    different = sharp if rules.alike else _different(table, showing, found, sharp)
    places = np.flatnonzero(different).tolist()
    if len(places) < 2:
        raise ConfigError(_too_few(rules.person, len(rows), len(showing), len(places)))
    chosen = [found[place] for place in places]
    return ChosenPhotos(
        _with_faces(table, showing[places], chosen, scores[places]), tuple(chosen), len(rows), len(showing),
        int(len(showing) - sharp.sum()), int(sharp.sum() - different.sum()), rules.person,
        _uncertain(table, rows, faces, rules),
    )  # fmt: skip


def person_in(
    person: Any,
    others: Any,
    settings: Settings,
    cache: Cache | None = None,
    progress: Progress = silent,
    finder: Faces | None = None,
) -> Person:
    """Return the model of a person: the largest face of each example, and all faces of the photos of others.

    Parameters
    ----------
    person : str, Path or Collection
        Photos of the person.
    others : str, Path or Collection, optional
        Photos of other people.
    settings : Settings
        Of the run.
    cache : Cache, optional
        Where measured values are kept; that of the settings when None.
    progress : callable
        `progress(stage, done, total)`.
    finder : Faces, optional
        How faces are found: as in the photos that are compared with them; `Faces()` when None.

    Raises
    ------
    ConfigError
        When no face is found in one of them.
    """
    if cache is None:
        with Cache(settings.cache) as store:
            return person_in(person, others, settings, store, progress, finder)
    own = measured_faces(person, settings, cache, progress, finder)
    faces = [faces_of(each) for each in own.faces or ()]
    names = [name for name, each in zip(own.names, faces, strict=False) if each]
    if not names:
        raise ConfigError(_no_face("the examples of the person", person, len(own)))
    without = [name for name, each in zip(own.names, faces, strict=True) if not each]
    of_others, shared = None, []
    if others is not None:
        table = measured_faces(others, settings, cache, progress, finder)
        found = [face.descriptor for each in table.faces or () for face in faces_of(each)]
        if not found:
            raise ConfigError(_no_face("the examples of other people", others, len(table)))
        of_others = np.stack(found)
        theirs = {record.digest for record in table.records}
        shared = [record.name for record in own.records if record.digest and record.digest in theirs]
    return person_of(np.stack([each[0].descriptor for each in faces if each]), names, of_others, without, shared)


def measured_faces(
    place: Any, settings: Settings, cache: Cache, progress: Progress = silent, finder: Faces | None = None
) -> FeatureTable:
    """Return the photos of a folder or a collection with their faces."""
    found = place if isinstance(place, Collection) else discover(
        Path(place).expanduser(), cache=cache, settings=settings, progress=progress
    )  # fmt: skip
    return measure(
        found, sorted(FACE_FEATURES), embeddings=(), passes=(finder or Faces(),), cache=cache, settings=settings,
        progress=progress,
    )  # fmt: skip


def _no_face(what: str, place: Any, photos: int) -> str:
    where = "" if isinstance(place, Collection) else f", {str(place)!r},"
    return (
        f"no face is found in {what}{where} {plural(photos, 'photo')}. "
        "Faces are found from about 80 pixels on, and when they look roughly at the camera"
    )


def _showing(
    table: FeatureTable, rows: Sequence[int] | np.ndarray, faces: Sequence[tuple[Face, ...]], rules: Rules
) -> tuple[np.ndarray, list[Face], np.ndarray]:
    """The rows that show the person, the face of each, and its score; without a person the largest faces."""
    best: list[tuple[int, Face, float]] = []
    for row, found in zip(rows, faces, strict=True):
        if found and rules.person is None:
            best.append((int(row), found[0], 0.0))
        elif found and rules.person is not None:
            descriptors = np.stack([face.descriptor for face in found])
            scores = judged(rules.person.model, table.records[row].name, descriptors, rules.decisions)
            place = int(np.argmax(scores))
            if scores[place] >= 0.5:
                best.append((int(row), found[place], float(scores[place])))
    showing = np.array([row for row, _, _ in best], np.intp)
    return showing, [face for _, face, _ in best], np.array([score for _, _, score in best], np.float64)


def _uncertain(
    table: FeatureTable, rows: Sequence[int] | np.ndarray, faces: Sequence[tuple[Face, ...]], rules: Rules
) -> tuple[JudgedFace, ...]:
    """The faces of which the model is not certain, or of which the user said something."""
    if rules.person is None:
        return ()
    uncertain: list[JudgedFace] = []
    for row, found in zip(rows, faces, strict=True):
        record = table.records[row]
        scores = rules.person.model.scores(np.stack([face.descriptor for face in found])) if found else ()
        for number, (face, score) in enumerate(zip(found, scores, strict=True), 1):
            decision = rules.decisions.get((record.name, number))
            if decision is not None or UNCERTAIN[0] <= score <= UNCERTAIN[1]:
                uncertain.append(JudgedFace(record, face, number, float(score), decision))
    return tuple(sorted(uncertain, key=lambda each: -each.score))


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
    for digest in sorted({record.digest for record in part.records}):
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


def _too_few(person: Person | None, photos: int, showing: int, left: int) -> str:
    who = "a face" if person is None else "this person"
    shown = f"{showing} of {plural(photos, 'photo')} {'shows' if showing == 1 else 'show'} {who}"
    rest = f", of which {left} {'is' if left == 1 else 'are'} sharp and not alike" if left < showing else ""
    hint = "" if person is None or showing > 1 else "; add examples of the person"
    return f"{shown}{rest}; a montage needs 2{hint}"
