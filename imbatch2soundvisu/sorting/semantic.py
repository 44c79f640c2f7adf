"""Orders that embeddings open: along what words say, towards a picture, from the ordinary to the odd."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .. import clustering
from ..errors import WishError
from ..records import Embedder, FeatureInfo, FeatureTable, Grouping, Needs, Order, Probe
from ..spaces import Space, by_name, check_space, embedder_of, find_picture, space_needs, space_points, space_title
from .common import Undriven, sorted_rows

#: A file with one of these endings is a picture and not a phrase.
_PICTURES = (".avif", ".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".jxl", ".png", ".tif", ".tiff", ".webp")


class _Driven:
    """What orders share whose number is where a picture lies in a space."""

    drives: ClassVar[bool] = True

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]."""
        values, _ = self.driver(table)  # type: ignore[attr-defined]
        return sorted_rows(table, -values if getattr(self, "descending", False) else values)


@dataclass(frozen=True)
class AlongText(_Driven):
    """From pictures of one phrase to pictures of another: AlongText("a calm sea", "a storm").

    begin, end : phrases; without `end`, from the least to the most like `begin`. on : an embedding that reads, such as
    "clip". The value is the projection of the picture's unit vector on the difference of the two phrases' unit vectors,
    scaled to unit length, or its cosine similarity to the one phrase: both in [-1, 1].
    """

    begin: str
    end: str | None = None
    on: str | Embedder = "clip"
    descending: bool = False

    def __post_init__(self) -> None:
        for phrase in (self.begin,) if self.end is None else (self.begin, self.end):
            if not isinstance(phrase, str) or not phrase.strip():
                raise WishError(f"AlongText takes one phrase or two, not {phrase!r}")
        if self.begin == self.end:
            raise WishError(f"AlongText goes from one phrase to another, not from {self.begin!r} to itself")
        _reader(self.on, "AlongText")

    @property
    def needs(self) -> Needs:
        reader = _reader(self.on, "AlongText")
        phrases = (self.begin,) if self.end is None else (self.begin, self.end)
        return Needs(embeddings=(reader,), probes=tuple(Probe(reader, phrase) for phrase in phrases))

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """(n,) float64 in [-1, 1]."""
        name = _reader(self.on, "AlongText").name
        points = _unit(space_points(table, name))
        towards = _unit(table.probe(name, self.begin))
        if self.end is None:
            return points @ towards, _info(f"like “{self.begin}”", "cosine similarity", -1.0, 1.0)
        axis = _unit(_unit(table.probe(name, self.end)) - towards)
        return points @ axis, _info(f"“{self.begin}” to “{self.end}”", "projection on the difference", -1.0, 1.0)


@dataclass(frozen=True)
class NearestTo(_Driven):
    """From the pictures most like one picture, or most like a phrase, to those least like it.

    wish : a picture of the collection by its name, the path of any other picture, or a phrase where `on` reads (text
    that has no ending of a picture and names no file). on : a space; one embedding for phrases and pictures from
    elsewhere. The value is the Euclidean distance, from 0.
    """

    wish: str | Path
    on: Space = "look"
    descending: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.wish, str | Path) or not str(self.wish).strip():
            raise WishError(f"NearestTo takes a picture or a phrase, not {self.wish!r}")
        check_space(self.on)
        if not _is_picture(self.wish):
            _reader(self.on, f"NearestTo({self.wish!r}), which is no picture's file,")

    @property
    def needs(self) -> Needs:
        if not _is_picture(self.wish):
            reader = _reader(self.on, "NearestTo")
            return Needs(embeddings=(reader,), probes=(Probe(reader, str(self.wish)),))
        return space_needs(self.on) | _picture_needs(self.on, (self.wish,))

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """(n,) float64, from 0. Raises WishError when there is no such picture."""
        points = space_points(table, self.on)
        target = _picture(table, points, self.wish, self.on) if _is_picture(self.wish) else None
        if target is None:
            target = table.probe(_reader(self.on, "NearestTo").name, str(self.wish))
        distances = np.linalg.norm(points.astype(np.float64) - target, axis=1)
        shown = Path(self.wish).name if _is_picture(self.wish) else f"“{self.wish}”"
        return np.round(distances, 7), _info(f"distance from {shown}", f"in {space_title(self.on)}", 0.0, None)


@dataclass(frozen=True)
class AlongAxis(_Driven):
    """From pictures like some to pictures like others: AlongAxis(["a.jpg", "b.jpg"], ["x.jpg"]).

    begin, end : names of pictures in the collection, or paths of others. on : a space. The value is the projection on
    the line between the means of the two: 0 at the mean of `begin`, 1 at that of `end`.
    """

    begin: tuple[str | Path, ...]
    end: tuple[str | Path, ...]
    on: Space = "look"
    descending: bool = False

    def __post_init__(self) -> None:
        for role in ("begin", "end"):
            given = getattr(self, role)
            pictures = (given,) if isinstance(given, str | Path) else tuple(given)
            if not pictures or not all(isinstance(picture, str | Path) for picture in pictures):
                raise WishError(f"AlongAxis needs the names of pictures at each end, not {role}={given!r}")
            object.__setattr__(self, role, pictures)
        check_space(self.on)

    @property
    def needs(self) -> Needs:
        return space_needs(self.on) | _picture_needs(self.on, (*self.begin, *self.end))

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """(n,) float64. Raises WishError for pictures that there are not, and when both ends are the same place."""
        points = space_points(table, self.on).astype(np.float64)
        first, last = (
            np.mean([_picture(table, points, picture, self.on) for picture in pictures], axis=0)
            for pictures in (self.begin, self.end)
        )
        axis = last - first
        if not (length := float(axis @ axis)) > 1e-12:
            raise WishError("AlongAxis: the pictures at both ends look the same, so there is no way between them")
        values = np.round((points - first) @ axis / length, 7)
        return values, _info("along the axis", f"0 begin, 1 end, in {space_title(self.on)}", None, None)


@dataclass(frozen=True)
class Outliers(_Driven):
    """The odd ones first, the most ordinary last.

    on : a space. neighbours : the value is the mean distance to so many nearest others, from 0.
    Source: Angiulli & Pizzuti 2002, "Fast outlier detection in high dimensional spaces".
    """

    on: Space = "look"
    neighbours: int = 8
    descending: bool = False

    def __post_init__(self) -> None:
        check_space(self.on)
        if not isinstance(self.neighbours, int) or self.neighbours < 1:
            raise WishError(f"Outliers needs neighbours of at least 1, not {self.neighbours!r}")

    @property
    def needs(self) -> Needs:
        return space_needs(self.on)

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """(n,) float64, from 0."""
        info = _info("oddness", f"mean distance to the {self.neighbours} nearest, in {space_title(self.on)}", 0.0, None)
        return _oddness(space_points(table, self.on), self.neighbours), info

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]."""
        values, _ = self.driver(table)
        return sorted_rows(table, values if self.descending else -values)


@dataclass(frozen=True)
class FromMedoid(_Driven):
    """From the most typical picture outwards. The value is the distance from it, from 0.

    on : a space. The medoid is the picture with the least sum of distances to all others.
    """

    on: Space = "look"
    descending: bool = False

    def __post_init__(self) -> None:
        check_space(self.on)

    @property
    def needs(self) -> Needs:
        return space_needs(self.on)

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """(n,) float64, from 0."""
        rows = by_name(table)
        points = space_points(table, self.on).astype(np.float64)
        middle = points[rows[clustering.medoid(points[rows])]] if len(rows) else np.zeros(points.shape[1])
        distances = np.round(np.linalg.norm(points - middle, axis=1), 7)
        return distances, _info("distance from the typical", f"in {space_title(self.on)}", 0.0, None)


@dataclass(frozen=True)
class Interleave(Undriven):
    """The parts of a grouping by turns, each spread evenly over the whole.

    parts : a grouping, such as KMeans(4) or ByFolder(), its name, or a function of the table that gives labels.
    by : the order within each part.
    """

    parts: str | Grouping | Callable[[FeatureTable], Any] = "kmeans"
    by: str | Order | Callable[..., Any] | Mapping[str, float] = field(default="luminance", hash=False)

    @property
    def needs(self) -> Needs:
        own = getattr(self.by, "needs", None)
        return super().needs | clustering.resolve(self.parts).needs | (own if isinstance(own, Needs) else Needs())

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise WishError when the grouping or the order within is none."""
        from .registry import resolve as resolve_order

        assert self.needs
        order = resolve_order(self.by, info)
        if callable(getattr(order, "check", None)):
            order.check(info)  # type: ignore[attr-defined]

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]; what belongs to no part is a part of its own."""
        from .registry import resolve as resolve_order

        groups = clustering.resolve(self.parts).group(table, rng)
        order = resolve_order(self.by, table.columns)
        places, rows = [], []
        for part in np.unique(groups.labels):
            members = groups.rows(int(part))
            members = members[order.order(table.select(members), rng)] if len(members) > 1 else members
            places.append((np.arange(len(members)) + 0.5) / max(len(members), 1))
            rows.append(members)
        return np.concatenate(rows)[np.argsort(np.concatenate(places), kind="stable")]


def _reader(on: Any, wanted_by: str) -> Any:
    """The embedding of a space that reads. Raises WishError for one that does not."""
    embedder = embedder_of(on)
    if not callable(getattr(embedder, "embed_text", None)):
        raise WishError(f"{wanted_by} needs an embedding that reads text, such as on=Clip(), not on={on!r}")
    return embedder


def _picture_needs(on: Space, pictures: tuple[str | Path, ...]) -> Needs:
    """Pictures that may come from elsewhere; those of the collection are not measured twice."""
    embedder = embedder_of(on)
    files = [picture for picture in pictures if Path(picture).expanduser().is_file()]
    return Needs(probes=tuple(Probe(embedder, Path(file).expanduser()) for file in files)) if embedder else Needs()


def _picture(table: FeatureTable, points: np.ndarray, wish: str | Path, on: Space) -> np.ndarray:
    """The point of a picture of the collection, or of a file elsewhere."""
    path = Path(wish).expanduser()
    embedder = embedder_of(on)
    for row, record in enumerate(table.records):
        if path.is_absolute() and record.path == path:
            return points[row]
    rows = by_name(table)
    try:
        return points[rows[find_picture(table.select(rows), str(wish), "wished")]]
    except WishError:
        if embedder is None or not path.is_file():
            raise
    return table.probe(embedder.name, path)


def _is_picture(wish: str | Path) -> bool:
    if isinstance(wish, Path) or wish.lower().endswith(_PICTURES):
        return True
    return len(wish) < 255 and "\0" not in wish and Path(wish).expanduser().is_file()


def _oddness(points: np.ndarray, neighbours: int) -> np.ndarray:
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
