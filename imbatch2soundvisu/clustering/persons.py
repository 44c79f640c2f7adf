"""Clusters by the person that an image shows."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..core import Clusters, FeatureInfo, FeatureTable, Needs, Quality
from ..core.errors import ConfigError
from ..core.text import looked_for, plural
from ..features.faces import Face, Faces, faces_of
from ..features.faces.identity import SAME_PERSON, people
from ..features.faces.passes import check_identity
from ..features.passes import pass_name
from ..measurement.spaces import by_name
from .points import folder_of
from .quality import quality
from .registry import CLUSTERINGS

#: Columns of images and people in a file of names: one written by hand, and `cluster_assignments.csv`.
_COLUMNS = (("image", "person"), ("image_path", "cluster"))
_LISTED = 3
_NO_CLUSTER = "in no cluster"  # in cluster_assignments.csv


@CLUSTERINGS.register("person")
@dataclass(frozen=True)
class ByPerson:
    """Images by the person that their largest face shows.

    The people are found by average linkage of the identities of all faces. Images without a face, and of people with
    fewer images than `min_size`, are in no cluster. Each person gets a sheet of faces besides the outputs of the plan.

    Parameters
    ----------
    names : str or Path, optional
        A CSV file with the columns `image` and `person`, or an edited copy of the `cluster_assignments.csv` of an
        earlier run. Images are of the person that it says; other images of a person get the name that most of them
        have there, and people of one name are joined. Not all images need a name: people without one keep their number.
    min_size : int
        The fewest images of a person, from 1.
    distance : float
        The mean distance of identities from which faces show two people: smaller values split people, larger ones
        join them.
    faces : Faces
        How faces are found.

    Examples
    --------
    >>> ByPerson(min_size=3).min_size
    3
    """

    names: str | Path | None = None
    min_size: int = 2
    distance: float = SAME_PERSON
    faces: Faces = Faces()
    outputs: ClassVar[tuple[str, ...]] = ("face-sheet",)

    def __post_init__(self) -> None:
        if not isinstance(self.min_size, int) or self.min_size < 1:
            raise ConfigError(f"ByPerson needs min_size of at least 1, not {self.min_size!r}")
        check_identity(self.faces, "ByPerson()")
        if not 0 < self.distance < 2:
            raise ConfigError(
                f"ByPerson needs a distance between 0 and 2, such as {SAME_PERSON}, not {self.distance!r}"
            )

    @property
    def needs(self) -> Needs:
        return Needs(passes=(self.faces,))

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise ConfigError when the file of names cannot be read."""
        if self.names is not None:
            read_names(self.names)

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the people, the one with most images first."""
        found = table.regions.get(pass_name(self.faces), ((),) * len(table))
        faces = [faces_of(regions) for regions in found]
        rows = [int(row) for row in by_name(table) for _ in faces[row]]
        who = people(np.array([face.region.vector for row in by_name(table) for face in faces[row]]), self.distance)
        largest = np.full(len(table), -1, np.intp)
        for row, person in zip(reversed(rows), reversed(who), strict=True):
            largest[row] = person  # the first face of a row is its largest
        given = {} if self.names is None else read_names(self.names)
        labels, names = _named(largest, table.names, given, self.min_size)
        shown = tuple(found[0].region if found else None for found in faces)
        points = _points(faces)
        notes = (*_notes(faces, labels), *_unknown_images(given, table, self.names))
        return Clusters(
            labels, names, "person", "identity of faces", points, _quality(points, labels, table),
            notes, ordered=True, regions=shown,
        )  # fmt: skip


def read_names(path: str | Path) -> dict[str, str]:
    """Return the person of each image from a CSV file; images without a name, and in no cluster, are left out.

    The columns are `image` and `person`, or `image_path` and `cluster`, as in `cluster_assignments.csv`.

    Raises
    ------
    ConfigError
        When the file cannot be read or lacks a column.
    """
    try:
        with open(Path(path).expanduser(), newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise ConfigError(f"names={str(path)!r} does not exist{looked_for(Path(path).expanduser())}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"names={str(path)!r} cannot be read as a CSV file: {error}") from error
    if not rows:
        return {}
    image, person = next((pair for pair in _COLUMNS if rows[0].keys() >= set(pair)), ("", ""))
    if not image:
        raise ConfigError(
            f"names={str(path)!r} needs the columns 'image' and 'person', or 'image_path' and 'cluster'; "
            f"it has {', '.join(map(str, rows[0]))}"
        )
    named = {row[image]: (row[person] or "").strip() for row in rows}
    return {name: who for name, who in named.items() if who and who != _NO_CLUSTER}


def _points(faces: Sequence[tuple[Face, ...]]) -> np.ndarray | None:
    """Identities of the largest faces, (n, d) float32, NaN for images without a face; None without any face."""
    vectors = [found[0].descriptor if found else None for found in faces]
    length = max((len(each) for each in vectors if each is not None), default=0)
    empty = np.full(length, np.nan, np.float32)
    return np.stack([empty if each is None else each for each in vectors]) if length else None


def _quality(points: np.ndarray | None, labels: np.ndarray, table: FeatureTable) -> Quality | None:
    if points is None or labels.max(initial=-1) < 1:
        return None
    rows = np.flatnonzero(np.isfinite(points).all(axis=1))
    found = quality(points[rows], labels[rows], [folder_of(table, int(row)) for row in rows])
    if found is None:
        return None
    silhouettes = np.full(len(labels), np.nan)
    silhouettes[rows] = found.silhouettes
    return replace(found, silhouettes=silhouettes)


def _named(
    who: np.ndarray, images: Sequence[str], given: dict[str, str], min_size: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels and names: people of one name are one, those without keep the number that they have without names."""
    titles = {person: _title(who, images, given, person) for person in range(who.max(initial=-1) + 1)}
    of_image: list[Any] = [
        given.get(image) or titles.get(person) or (None if person < 0 else person)
        for image, person in zip(images, who.tolist(), strict=True)
    ]
    keys = [key for key in of_image if key is not None]
    order = sorted(set(keys), key=lambda key: (-keys.count(key), keys.index(key)))
    order = [key for key in order if keys.count(key) >= min_size]
    numbers = _numbers(who)
    unused = iter(name for name in (f"person {len(numbers) + i + 1}" for i in count()) if name not in order)
    own = {key: f"person {numbers[key]}" for key in order if not isinstance(key, str)}
    names = tuple(key if isinstance(key, str) else own[key] if own[key] not in order else next(unused) for key in order)
    place = {key: i for i, key in enumerate(order)}
    return np.array([place.get(key, -1) for key in of_image], np.intp), names


def _numbers(who: np.ndarray) -> dict[int, int]:
    """The number of each person, from 1 for the one with most images."""
    found = [person for person in who.tolist() if person >= 0]
    ranked = sorted(set(found), key=lambda person: (-found.count(person), found.index(person)))
    return {person: number for number, person in enumerate(ranked, 1)}


def _title(who: np.ndarray, images: Sequence[str], given: dict[str, str], person: int) -> str:
    """The name that most images of a person have; "" without one."""
    found = [given[images[row]] for row in map(int, np.flatnonzero(who == person)) if images[row] in given]
    return max(sorted(set(found)), key=found.count) if found else ""


def _unknown_images(given: Mapping[str, str], table: FeatureTable, file: str | Path | None) -> tuple[str, ...]:
    """A note on the images of a file of names that the collection lacks."""
    known = set((table.unfiltered or table).names)
    unknown = [image for image in given if image not in known]
    if not unknown:
        return ()
    verb = "names" if len(unknown) == 1 else "name"
    shown = ", ".join([*unknown[:_LISTED], *(["..."] if len(unknown) > _LISTED else [])])
    return (f"{plural(len(unknown), 'row')} of {Path(str(file)).name} {verb} no image of the collection: {shown}",)


def _notes(faces: Sequence[tuple[object, ...]], labels: np.ndarray) -> tuple[str, ...]:
    without = sum(not found and label < 0 for found, label in zip(faces, labels.tolist(), strict=True))
    shared = sum(len(found) > 1 for found in faces)
    alone = int((labels < 0).sum()) - without
    notes = []
    if without:
        notes.append(f"{without} of {len(faces)} images show no face and are in no cluster")
    if alone:
        notes.append(f"{plural(alone, 'image')} of people with too few images, in no cluster")
    if shared:
        notes.append(f"{plural(shared, 'image')} with several faces, counted for the largest one")
    return tuple(notes)
