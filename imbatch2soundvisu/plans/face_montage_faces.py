"""The photos of a montage: those that show the person, with the face that is meant, sharp and not alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core import Collection, FeatureInfo, FeatureTable, Needs
from ..core.errors import ConfigError
from ..core.text import plural
from ..datasets import discover
from ..datasets.duplicates import near_duplicates
from ..faces.matching import matches
from ..features.faces import Face, faces_of
from ..measurement import completed, measure
from ..runtime.cache import Cache
from .protocols import RunContext
from .selecting import rows_kept

#: What is measured of the photos, and the column of the montage that says how certain the person is.
FACE_FEATURES = frozenset({"n_faces", "face_yaw", "face_roll", "face_sharpness", "face_share"})
SIMILARITY = FeatureInfo("face_similarity", description="how similar the face is to the examples, 0 at the limit")


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
    """

    table: FeatureTable
    faces: tuple[Face, ...]
    photos: int
    showing: int
    blurred: int
    alike: int

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
        When no face is found in the examples, or fewer than 2 photos are left.
    """
    table = completed(table, Needs(features=FACE_FEATURES), settings=context.settings)
    kept = rows_kept(replace(plan, unique=None), table)
    faces = [faces_of([each for found in table.regions.values() for each in found[row]]) for row in kept]
    rows, found, scores = _of_person(plan, kept, faces, context)
    sharp = _sharp(found, plan.min_sharpness)
    different = _different(table, rows, found, sharp) if plan.unique is not None else sharp
    places = np.flatnonzero(different).tolist()
    if len(places) < 2:
        raise ConfigError(_too_few(plan, len(kept), len(rows), len(places)))
    chosen = [found[place] for place in places]
    return ChosenPhotos(
        _with_faces(table, rows[places], chosen, scores[places]), tuple(chosen), len(kept), len(rows),
        int(len(rows) - sharp.sum()), int(sharp.sum() - different.sum()),
    )  # fmt: skip


def _of_person(
    plan: Any, rows: np.ndarray, faces: Sequence[tuple[Face, ...]], context: RunContext
) -> tuple[np.ndarray, list[Face], np.ndarray]:
    """The rows that show the person, the face of each, and its score: the largest faces without examples."""
    with_faces = [(row, found) for row, found in zip(rows, faces, strict=True) if found]
    if plan.target_faces is None:
        scores = np.zeros(len(with_faces))
        return np.array([row for row, _ in with_faces], np.intp), [found[0] for _, found in with_faces], scores
    examples = _identities(plan, "target_faces", context, largest=True)
    others = None if plan.other_faces is None else _identities(plan, "other_faces", context, largest=False)
    best: list[tuple[int, Face, float]] = []
    for row, found in with_faces:
        certain = matches(np.stack([face.descriptor for face in found]), examples, others)
        place = int(np.argmax(certain))
        if certain[place] >= 0:
            best.append((int(row), found[place], float(certain[place])))
    rows_found = np.array([row for row, _, _ in best], np.intp)
    return rows_found, [face for _, face, _ in best], np.array([score for _, _, score in best])


def _identities(plan: Any, title: str, context: RunContext, largest: bool) -> np.ndarray:
    """The identities of the faces in a folder of examples: of all, or of the largest of each photo."""
    place = getattr(plan, title)
    settings = context.settings

    def found(store: Cache) -> FeatureTable:
        collection = place if isinstance(place, Collection) else discover(Path(place).expanduser(), cache=store,
                                                                         settings=settings)  # fmt: skip
        return measure(
            collection, sorted(FACE_FEATURES), embeddings=(), cache=store, settings=settings,
            progress=context.progress,
        )  # fmt: skip

    if context.cache is not None:
        table = found(context.cache)
    else:
        with Cache(settings.cache) as store:
            table = found(store)
    faces = [faces_of(each) for each in table.faces or ()]
    chosen = [face for each in faces for face in (each[:1] if largest else each)]
    if not chosen:
        raise ConfigError(
            f"plan {plan.name!r}: no face is found in the {plural(len(table), 'photo')} of {title}={str(place)!r}. "
            "Faces are found from about 80 pixels on, and when they look roughly at the camera"
        )
    return np.stack([face.descriptor for face in chosen])


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
