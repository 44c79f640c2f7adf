"""Orders in the space of an embedding: by text, by similarity to an image, along an axis, by typicality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..clustering import medoid
from ..core import Embedder, FeatureInfo, FeatureTable, Needs, Probe
from ..core.errors import ConfigError
from ..core.image_names import IMAGE_ENDINGS, is_file
from ..measurement.search import query_vector
from ..measurement.spaces import Space, by_name, check_space, embedder_of, space_needs, space_points, space_title
from .common import sorted_rows
from .image_points import ImagePoints, NoImage, has_text_encoder, image_needs, text_embedder
from .registry import ORDERS


class _First:
    """Base of orders of which a limit takes the first images."""

    def limited(self, table: FeatureTable, rng: np.random.Generator, n: int) -> np.ndarray:
        """Return the first n rows, (n,) intp."""
        return self.order(table, rng)[:n]  # type: ignore[attr-defined]


class _Driven:
    """Base of orders by a value that is computed from the position in a space."""

    drives: ClassVar[bool] = True

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        values, _ = self.driver(table)  # type: ignore[attr-defined]
        return sorted_rows(table, -values if getattr(self, "descending", False) else values)


@ORDERS.register("text")
@dataclass(frozen=True)
class AlongText(_Driven):
    """From images similar to one phrase to images similar to another.

    The value is the projection of the image's unit vector on the unit vector of the difference of the two phrases; with
    one phrase, from the least to the most similar image, the cosine similarity. Both are in [-1, 1].

    Parameters
    ----------
    begin, end : str
        Phrases; `end` is optional.
    on : str or embedding
        An embedding with a text encoder.
    descending : bool

    Examples
    --------
    >>> AlongText("a calm sea", "a storm").end
    'a storm'
    """

    begin: str
    end: str | None = None
    on: str | Embedder = "clip"
    descending: bool = False

    def __post_init__(self) -> None:
        for phrase in (self.begin,) if self.end is None else (self.begin, self.end):
            if not isinstance(phrase, str) or not phrase.strip():
                raise ConfigError(f"AlongText takes one phrase or two, not {phrase!r}")
        check_space(self.on)
        if self.begin == self.end:
            raise ConfigError(f"AlongText needs two different phrases, not {self.begin!r} twice")
        text_embedder(self.on, "AlongText")

    @property
    def needs(self) -> Needs:
        reader = text_embedder(self.on, "AlongText")
        phrases = (self.begin,) if self.end is None else (self.begin, self.end)
        return Needs(embeddings=(reader,), probes=tuple(Probe(reader, phrase) for phrase in phrases))

    def limited(self, table: FeatureTable, rng: np.random.Generator, n: int) -> np.ndarray | None:
        """Return the n rows most similar to the one phrase; None for two phrases."""
        if self.end is not None:
            return None
        rows = self.order(table, rng)
        return rows[:n] if self.descending else rows[-n:]

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return the values, (n,) float64 in [-1, 1], and their description."""
        name = text_embedder(self.on, "AlongText").name
        points = _unit(space_points(table, name))
        towards = _unit(query_vector(table, name, self.begin))
        if self.end is None:
            return points @ towards, _info(f"like “{self.begin}”", "cosine similarity", -1.0, 1.0)
        axis = _unit(_unit(query_vector(table, name, self.end)) - towards)
        return points @ axis, _info(f"“{self.begin}” to “{self.end}”", "projection on the difference", -1.0, 1.0)


@ORDERS.register("nearest")
@dataclass(frozen=True)
class NearestTo(_First, _Driven):
    """From the images most similar to an image or a phrase to the least similar ones.

    The value is the Euclidean distance, from 0.

    Parameters
    ----------
    target : str or Path
        The name of an image of the collection, the path of any other image, or else, if `on` has a text encoder, a
        phrase. A Path, and a text that ends like an image file, is never a phrase.
    on : str, embedding or tuple
        A space; for phrases and other images an embedding.
    descending : bool
    """

    target: str | Path
    on: Space = "auto"
    descending: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.target, str | Path) or not str(self.target).strip():
            raise ConfigError(f"NearestTo takes an image or a phrase, not {self.target!r}")
        check_space(self.on)

    @property
    def needs(self) -> Needs:
        needs = space_needs(self.on) | image_needs(self.on, (self.target,))
        if (reader := self._reader()) is not None:  # an image or a phrase: only the table shows which
            needs |= Needs(probes=(Probe(reader, self.target),))
        return needs

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return the distances, (n,) float64, and their description. Raise ConfigError if the target is unknown."""
        located = ImagePoints(table, self.on)
        try:
            point, shown = located.point(self.target), Path(self.target).name
        except NoImage:
            if (reader := self._reader()) is None:
                raise
            point, shown = query_vector(table, reader.name, self.target), f"“{self.target}”"
        distances = np.linalg.norm(located.points - point, axis=1)
        return np.round(distances, 7), _info(f"distance from {shown}", f"in {space_title(self.on, table)}", 0.0, None)

    def _reader(self) -> Any | None:
        """The embedding with the text encoder if the target may be a phrase; else None."""
        embedder = embedder_of(self.on)
        if (
            isinstance(self.target, Path)
            or self.target.lower().endswith(IMAGE_ENDINGS)
            or not has_text_encoder(embedder)
        ):
            return None
        return None if is_file(Path(self.target).expanduser()) else embedder


@ORDERS.register("axis")
@dataclass(frozen=True)
class AlongAxis(_Driven):
    """From images similar to some images to images similar to others.

    The value is the projection on the line between the means of the two: 0 at the mean of `begin`, 1 at that of `end`.

    Parameters
    ----------
    begin, end : str, Path or sequence of these
        Names of images in the collection, or paths of others.
    on : str, embedding or tuple
        A space.
    descending : bool

    Examples
    --------
    >>> AlongAxis(["a.jpg", "b.jpg"], "x.jpg").end
    ('x.jpg',)
    """

    begin: tuple[str | Path, ...]
    end: tuple[str | Path, ...]
    on: Space = "auto"
    descending: bool = False

    def __post_init__(self) -> None:
        for role in ("begin", "end"):
            given = getattr(self, role)
            images = (given,) if isinstance(given, str | Path) else tuple(given)
            if not images or not all(isinstance(image, str | Path) for image in images):
                raise ConfigError(f"AlongAxis needs the names of images at each end, not {role}={given!r}")
            object.__setattr__(self, role, images)
        check_space(self.on)

    @property
    def needs(self) -> Needs:
        return space_needs(self.on) | image_needs(self.on, (*self.begin, *self.end))

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return the values, (n,) float64, and their description. Raise ConfigError for unknown or equal ends."""
        located = ImagePoints(table, self.on)
        first, last = (np.mean([located.point(image) for image in images], axis=0) for images in (self.begin, self.end))
        axis = last - first
        if not (length := float(axis @ axis)) > 1e-12:
            raise ConfigError("AlongAxis: the images at both ends have the same vectors, so they define no axis")
        values = np.round((located.points - first) @ axis / length, 7)
        return values, _info("position on the axis", f"0 begin, 1 end, in {space_title(self.on, table)}", None, None)


@ORDERS.register("outliers")
@dataclass(frozen=True)
class Outliers(_First, _Driven):
    """Outliers first, the most ordinary images last.

    The value is the mean distance to the nearest other images, from 0.

    Parameters
    ----------
    on : str, embedding or tuple
        A space.
    neighbours : int
        How many nearest images count.
    descending : bool

    References
    ----------
    Angiulli & Pizzuti 2002, "Fast outlier detection in high dimensional spaces".
    """

    on: Space = "auto"
    neighbours: int = 8
    descending: bool = False

    def __post_init__(self) -> None:
        check_space(self.on)
        if not isinstance(self.neighbours, int) or self.neighbours < 1:
            raise ConfigError(f"Outliers needs neighbours of at least 1, not {self.neighbours!r}")

    @property
    def needs(self) -> Needs:
        return space_needs(self.on)

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return the values, (n,) float64, from 0, and their description."""
        info = _info(
            "outlier score",
            f"mean distance to the {self.neighbours} nearest, in {space_title(self.on, table)}",
            0.0,
            None,
        )
        return _neighbour_distance(space_points(table, self.on), self.neighbours), info

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """Return all rows, (n,) intp."""
        values, _ = self.driver(table)
        return sorted_rows(table, values if self.descending else -values)


@ORDERS.register("medoid")
@dataclass(frozen=True)
class FromMedoid(_Driven):
    """From the most typical image outwards.

    The value is the distance from the medoid, the image with the least sum of distances to all others.

    Parameters
    ----------
    on : str, embedding or tuple
        A space.
    descending : bool
    """

    on: Space = "auto"
    descending: bool = False

    def __post_init__(self) -> None:
        check_space(self.on)

    @property
    def needs(self) -> Needs:
        return space_needs(self.on)

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """Return the values, (n,) float64, from 0, and their description."""
        rows = by_name(table)
        points = space_points(table, self.on).astype(np.float64)
        middle = points[rows[medoid(points[rows])]] if len(rows) else np.zeros(points.shape[1])
        distances = np.round(np.linalg.norm(points - middle, axis=1), 7)
        return distances, _info("distance from the medoid", f"in {space_title(self.on, table)}", 0.0, None)


def _neighbour_distance(points: np.ndarray, neighbours: int) -> np.ndarray:
    """(n,) mean distance to the nearest others."""
    from sklearn.neighbors import NearestNeighbors

    count = min(neighbours, len(points) - 1)
    if count < 1:
        return np.zeros(len(points))
    distances, _ = NearestNeighbors(n_neighbors=count + 1).fit(points).kneighbors(points)
    return np.round(distances[:, 1:].mean(axis=1).astype(np.float64), 7)


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, np.float64)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def _info(name: str, description: str, low: float | None, high: float | None) -> FeatureInfo:
    return FeatureInfo(name, "", low, high, description=description)
