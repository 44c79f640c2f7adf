"""How sure a model of a person is, in words; and what the user decided about faces it was not sure of."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import ConfigError
from ...core.text import plural
from .identity import FEW_EXAMPLES, PersonModel, person_model, unlike_others

#: Scores between which a face is uncertain: it is in the review sheet.
UNCERTAIN = (0.2, 0.8)
#: Columns of a review that are read back.
IMAGE, FACE, DECISION = "image", "face", "is_person"
_YES, _NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
_NAMED = 5  # examples that are named in a line

#: For faces by the name of their image and their number in it, from 1 for the largest: whether they show the person.
Decisions = Mapping[tuple[str, int], bool]


@dataclass(frozen=True)
class Person:
    """A model of a person, and what is known of the examples.

    Parameters
    ----------
    model : PersonModel
    n_others : int
        Faces of other people.
    unlike : tuple of str
        Names of the examples that seem to show another person than most.
    without_face : tuple of str
        Names of the examples in which no face was found.
    shared : tuple of str
        Names of the examples that are among the photos of other people, too.
    """

    model: PersonModel
    n_others: int
    unlike: tuple[str, ...] = ()
    without_face: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What the user should know, one sentence each: how sure the model is, and what is wrong with the examples."""
        notes = [in_words(self.model, self.n_others), *self.model.warnings]
        if self.unlike:
            notes.append(f"another person than in most examples seems to be in {_some(self.unlike)}: check them")
        if self.without_face:
            notes.append(f"no face is found in {plural(len(self.without_face), 'example')}: {_some(self.without_face)}")
        if self.shared:
            notes.append(f"among the photos of other people, too, {_are(self.shared)}: take them out of one folder")
        return tuple(each for each in notes if each)

    def as_dict(self) -> dict[str, Any]:
        """Return what `run.json` says."""
        model = self.model
        return {
            "examples": len(model.examples), "others": self.n_others, "precision": _share(model.precision),
            "recall": _share(model.recall), "unlike": list(self.unlike), "without_face": list(self.without_face),
            "shared": list(self.shared), "warnings": list(model.warnings),
        }  # fmt: skip


def person_of(
    own: np.ndarray,
    names: Sequence[str],
    others: np.ndarray | None,
    without: Sequence[str] = (),
    shared: Sequence[str] = (),
) -> Person:
    """Return a model of a person with what is known of the examples.

    Parameters
    ----------
    own : ndarray, shape (n, d)
        Identities of the person, n from 1.
    names : sequence of str
        The image of each.
    others : ndarray, shape (m, d), optional
        Identities of other people.
    without : sequence of str
        Images of examples without a face.
    shared : sequence of str
        Images of examples that are among those of others.
    """
    unlike = tuple(names[row] for row in unlike_others(own).tolist())
    return Person(
        person_model(own, others), 0 if others is None else len(others), unlike, tuple(without), tuple(shared)
    )


def in_words(model: PersonModel, n_others: int) -> str:
    """Return how sure a model is, as cross-validation says; "" where it is not known.

    Examples
    --------
    >>> in_words(PersonModel(np.zeros((12, 4)), precision=0.987, recall=0.97), 40)
    'of 100 faces that are taken, about 99 are right, and about 97 of 100 are found (tried with 12 examples and 40 \
faces of others)'
    """
    if len(model.examples) < FEW_EXAMPLES:
        return "too few examples to say how sure it is"
    parts = []
    if np.isfinite(model.precision):
        parts.append(f"of 100 faces that are taken, about {_hundredths(model.precision)} are right")
    if np.isfinite(model.recall):
        parts.append(f"about {_hundredths(model.recall)} of 100{'' if parts else ' faces of the person'} are found")
    tried = plural(len(model.examples), "example")
    tried += f" and {plural(n_others, 'face')} of others" if n_others else ""
    return f"{', and '.join(parts)} (tried with {tried})" if parts else ""


def read_decisions(path: str | Path) -> dict[tuple[str, int], bool]:
    """Return what an edited `review.csv` says: for image and number of a face, whether it shows the person.

    Rows whose `is_person` is empty are left out; without a column `face`, the largest face is meant.

    Raises
    ------
    ConfigError
        When the file cannot be read, lacks a column, or says something else than yes or no.
    """
    try:
        with open(Path(path).expanduser(), newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), list(reader.fieldnames or [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"review={str(path)!r} cannot be read as a CSV file: {error}") from error
    if not {IMAGE, DECISION} <= set(columns):
        raise ConfigError(
            f"review={str(path)!r} needs the columns {IMAGE!r} and {DECISION!r}, as in review.csv; "
            f"it has {', '.join(columns) or 'none'}"
        )
    found = {}
    for line, row in enumerate(rows, 2):
        answer, number = (row[DECISION] or "").strip().lower(), (row.get(FACE) or "1").strip()
        if answer and (answer not in (*_YES, *_NO) or not number.isdigit() or int(number) < 1):
            raise ConfigError(
                f"review={str(path)!r}, line {line}: {DECISION} is {row[DECISION]!r} and {FACE} is {number!r}; write "
                "yes, no or nothing, and leave the number of the face as it was"
            )
        if answer:
            found[row[IMAGE], int(number)] = answer in _YES
    return found


def judged(model: PersonModel, image: str, descriptors: np.ndarray, decisions: Decisions) -> np.ndarray:
    """Return the scores of the faces of an image, (m,), the largest face first; decisions are 1 and 0."""
    scores = model.scores(descriptors)
    for number in range(1, len(scores) + 1):
        if (image, number) in decisions:
            scores[number - 1] = float(decisions[image, number])
    return scores


def _hundredths(share: float) -> int:
    """Of 100, rounded; 100 only where nothing was wrong, 0 only where nothing was right."""
    return 0 if share == 0 else 100 if share == 1 else int(np.clip(round(100 * share), 1, 99))


def _share(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def _are(names: Sequence[str]) -> str:
    return f"{'is' if len(names) == 1 else 'are'} {_some(names)}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
