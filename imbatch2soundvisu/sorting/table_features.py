"""Features that follow from what was measured: similarity to a phrase, and to a person.

Each is a function of the table: it can stand where a plan takes a feature, and `add_feature` gives it a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core import Embedder, Examples, FeatureInfo, FeatureTable, Needs, Probe
from ..core.errors import ConfigError
from ..features.faces import Face, Faces, faces_of
from ..features.faces.identity import PersonModel
from ..features.faces.judging import Person, judged, person_of, read_decisions
from ..features.faces.passes import check_identity
from ..features.passes import pass_name
from ..measurement.search import query_vector
from ..measurement.spaces import check_space
from .image_points import text_embedder


@dataclass(frozen=True)
class Phrase:
    """Similarity of images to a phrase: the cosine of their vectors, in [-1, 1].

    Parameters
    ----------
    text : str
    on : str or embedding
        An embedding with a text encoder.

    Examples
    --------
    >>> Phrase("a street at night").info.name
    'like “a street at night”'
    """

    text: str
    on: str | Embedder = "clip"

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip():
            raise ConfigError(f"Phrase takes a phrase, not {self.text!r}")
        check_space(self.on)
        text_embedder(self.on, "Phrase")

    @property
    def needs(self) -> Needs:
        reader = text_embedder(self.on, "Phrase")
        return Needs(embeddings=(reader,), probes=(Probe(reader, self.text),))

    @property
    def info(self) -> FeatureInfo:
        """What the values mean."""
        return FeatureInfo(f"like “{self.text}”", "", -1.0, 1.0, description="cosine similarity to a phrase")

    def __call__(self, table: FeatureTable) -> np.ndarray:
        """Return the similarity of each image, (n,) float64; NaN without a vector."""
        name = text_embedder(self.on, "Phrase").name
        points, phrase = np.asarray(table.vectors[name], np.float64), query_vector(table, name, self.text)
        lengths = np.linalg.norm(points, axis=1) * np.linalg.norm(phrase)
        return np.asarray(points @ phrase / np.maximum(lengths, 1e-12), np.float64)


@dataclass(frozen=True)
class PersonSimilarity:
    """How likely each image shows one person, in [0, 1]; from 0.5 it is more likely than not.

    It tells one person from others, and is near 0 or 1 for most images: no gradation of resemblance. Of several faces
    the most similar counts. Images without a face have no value.

    Parameters
    ----------
    examples : str or Path
        A folder of photographs of the person alone: of each, the largest face is an example.
    others : str or Path, optional
        A folder of photographs of other people: every face is an example. It makes mistakes rarer.
    faces : Faces
        How faces are found.
    review : str or Path, optional
        An edited copy of the `review.csv` of a `FaceMontagePlan`: where its column `is_person` says "yes" or "no", that
        counts.

    Examples
    --------
    >>> PersonSimilarity("me", others="others").info.name
    'similarity to me'
    """

    examples: str | Path
    others: str | Path | None = None
    faces: Faces = Faces()
    review: str | Path | None = None

    def __post_init__(self) -> None:
        check_identity(self.faces, "PersonSimilarity()")
        if self.review is not None:
            read_decisions(self.review)
        for name in ("examples", "others"):
            given = getattr(self, name)
            if given is not None and not (isinstance(given, str | Path) and str(given).strip()):
                raise ConfigError(f"PersonSimilarity({name}={given!r}) must be a folder of photographs")

    @property
    def needs(self) -> Needs:
        folders = [Path(each).expanduser() for each in (self.examples, self.others) if each is not None]
        return Needs(passes=(self.faces,), examples=tuple(Examples(folder, (self.faces,)) for folder in folders))

    @property
    def info(self) -> FeatureInfo:
        """What the values mean."""
        return FeatureInfo(
            f"similarity to {Path(self.examples).name}", "", 0.0, 1.0, description="how likely it shows the person"
        )

    def __call__(self, table: FeatureTable) -> np.ndarray:
        """Return the similarity of each image, (n,) float64; NaN without a face. Raise ConfigError without examples."""
        model = self.model(table)
        decisions = {} if self.review is None else read_decisions(self.review)
        found = [
            judged(model, name, descriptors_of(faces), decisions)
            for name, faces in zip(table.names, self.faces_in(table), strict=True)
        ]
        return np.array([scores.max() if len(scores) else np.nan for scores in found], np.float64)

    def notes(self, table: FeatureTable) -> tuple[str, ...]:
        """Return how sure it is, and what is wrong with the examples, one sentence each."""
        return tuple(f"{self.info.name}: {line}" for line in self.person(table).lines)

    def model(self, table: FeatureTable) -> PersonModel:
        """Return the model of the person, from the examples of a table; see `person`."""
        return self.person(table).model

    def person(self, table: FeatureTable) -> Person:
        """Return the model of the person with what is known of the examples.

        Raises
        ------
        ConfigError
            When no example has a face.
        """
        examples = self._examples(table, self.examples)
        shown = [(name, faces[0]) for name, faces in zip(examples.names, self.faces_in(examples), strict=True) if faces]
        if not shown:
            raise ConfigError(f"no face is found in the photographs of {self.examples}; use other examples")
        names = [name for name, _ in shown]
        without = [name for name in examples.names if name not in set(names)]
        others = None
        if self.others is not None:
            found = self.faces_in(self._examples(table, self.others))
            others = descriptors_of([face for faces in found for face in faces])
        return person_of(descriptors_of([face for _, face in shown]), names, others, without)

    def unlike(self, table: FeatureTable) -> tuple[str, ...]:
        """Return the names of examples that seem to show another person than most."""
        return self.person(table).unlike

    def faces_in(self, table: FeatureTable) -> list[tuple[Face, ...]]:
        """Return the faces of each image of a table, the largest first."""
        found = table.regions.get(pass_name(self.faces))
        return [()] * len(table) if found is None else [faces_of(regions) for regions in found]

    def _examples(self, table: FeatureTable, folder: str | Path) -> FeatureTable:
        return table.examples[str(Path(folder).expanduser())]


def descriptors_of(faces: tuple[Face, ...] | list[Face]) -> np.ndarray:
    """Return the identities of faces, (m, d) float32; (0, 128) for none."""
    return np.stack([face.descriptor for face in faces]) if faces else np.zeros((0, 128), np.float32)
