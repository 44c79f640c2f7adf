"""Orders that embeddings open: along what words say, towards an image, from the ordinary to the odd."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..clustering import medoid, resolve_clustering
from ..core import Clustering, Embedder, FeatureInfo, FeatureTable, Needs, Order, Probe
from ..core.errors import ConfigError, unknown
from ..measurement.search import query_vector
from ..measurement.spaces import (
    Space,
    by_name,
    check_space,
    embedder_of,
    find_image,
    space_needs,
    space_points,
    space_title,
)
from .common import Undriven, sorted_rows
from .registry import ORDERS, resolve_order

#: What ends like this and is no image that there is, is a misspelt one and not a phrase.
IMAGE_ENDINGS = (
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpeg", ".jpg", ".jxl", ".png", ".ppm", ".psd",
    ".tga", ".tif", ".tiff", ".webp",
)  # fmt: skip


class _First:
    """Of an order whose first images are what it is about, a limit takes the first."""

    def limited(self, table: FeatureTable, rng: np.random.Generator, n: int) -> np.ndarray:
        """The first n rows, [shape=(n,), intp]."""
        return self.order(table, rng)[:n]  # type: ignore[attr-defined]


class _Driven:
    """What orders share whose number is where an image lies in a space."""

    drives: ClassVar[bool] = True

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]."""
        values, _ = self.driver(table)  # type: ignore[attr-defined]
        return sorted_rows(table, -values if getattr(self, "descending", False) else values)


@ORDERS.register("text")
@dataclass(frozen=True)
class AlongText(_Driven):
    """From images of one phrase to images of another: AlongText("a calm sea", "a storm").

    begin, end : phrases; without `end`, from the least to the most like `begin`. on : an embedding that reads, such as
    "clip". The value is the projection of the image's unit vector on the difference of the two phrases' unit vectors,
    scaled to unit length, or its cosine similarity to the one phrase: both in [-1, 1].
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
            raise ConfigError(f"AlongText goes from one phrase to another, not from {self.begin!r} to itself")
        _reader(self.on, "AlongText")

    @property
    def needs(self) -> Needs:
        reader = _reader(self.on, "AlongText")
        phrases = (self.begin,) if self.end is None else (self.begin, self.end)
        return Needs(embeddings=(reader,), probes=tuple(Probe(reader, phrase) for phrase in phrases))

    def limited(self, table: FeatureTable, rng: np.random.Generator, n: int) -> np.ndarray | None:
        """With one phrase the n rows most like it; with two any will do."""
        if self.end is not None:
            return None
        rows = self.order(table, rng)
        return rows[:n] if self.descending else rows[-n:]

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """(n,) float64 in [-1, 1]."""
        name = _reader(self.on, "AlongText").name
        points = _unit(space_points(table, name))
        towards = _unit(query_vector(table, name, self.begin))
        if self.end is None:
            return points @ towards, _info(f"like “{self.begin}”", "cosine similarity", -1.0, 1.0)
        axis = _unit(_unit(query_vector(table, name, self.end)) - towards)
        return points @ axis, _info(f"“{self.begin}” to “{self.end}”", "projection on the difference", -1.0, 1.0)


@ORDERS.register("nearest")
@dataclass(frozen=True)
class NearestTo(_First, _Driven):
    """From the images most like one image, or most like a phrase, to those least like it.

    wish : an image of the collection by its name, the path of any other image, or else, where `on` reads, a phrase.
    A Path, and what ends like an image, is never a phrase. on : a space; one embedding for phrases and images from
    elsewhere. The value is the Euclidean distance, from 0.
    """

    wish: str | Path
    on: Space = "look"
    descending: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.wish, str | Path) or not str(self.wish).strip():
            raise ConfigError(f"NearestTo takes an image or a phrase, not {self.wish!r}")
        check_space(self.on)

    @property
    def needs(self) -> Needs:
        needs = space_needs(self.on) | _image_needs(self.on, (self.wish,))
        if (reader := self._reader()) is not None:  # only the table tells whether it is an image
            needs |= Needs(probes=(Probe(reader, self.wish),))
        return needs

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """(n,) float64, from 0. Raises ConfigError when there is no such image, and `on` does not read."""
        sight = _Sight(table, self.on)
        try:
            target, shown = sight.image(self.wish), Path(self.wish).name
        except _NoPicture:
            if (reader := self._reader()) is None:
                raise
            target, shown = query_vector(table, reader.name, self.wish), f"“{self.wish}”"
        distances = np.linalg.norm(sight.points - target, axis=1)
        return np.round(distances, 7), _info(f"distance from {shown}", f"in {space_title(self.on)}", 0.0, None)

    def _reader(self) -> Any | None:
        """What reads the wish where it is a phrase; None where it can only be an image."""
        embedder = embedder_of(self.on)
        if isinstance(self.wish, Path) or self.wish.lower().endswith(IMAGE_ENDINGS) or not _reads(embedder):
            return None
        return None if _is_file(Path(self.wish).expanduser()) else embedder


@ORDERS.register("axis")
@dataclass(frozen=True)
class AlongAxis(_Driven):
    """From images like some to images like others: AlongAxis(["a.jpg", "b.jpg"], ["x.jpg"]).

    begin, end : names of images in the collection, or paths of others. on : a space. The value is the projection on
    the line between the means of the two: 0 at the mean of `begin`, 1 at that of `end`.
    """

    begin: tuple[str | Path, ...]
    end: tuple[str | Path, ...]
    on: Space = "look"
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
        return space_needs(self.on) | _image_needs(self.on, (*self.begin, *self.end))

    def driver(self, table: FeatureTable) -> tuple[np.ndarray, FeatureInfo]:
        """(n,) float64. Raises ConfigError for images that there are not, and when both ends are the same place."""
        sight = _Sight(table, self.on)
        first, last = (np.mean([sight.image(image) for image in images], axis=0) for images in (self.begin, self.end))
        axis = last - first
        if not (length := float(axis @ axis)) > 1e-12:
            raise ConfigError("AlongAxis: the images at both ends look the same, so there is no way between them")
        values = np.round((sight.points - first) @ axis / length, 7)
        return values, _info("place on the axis", f"0 begin, 1 end, in {space_title(self.on)}", None, None)


@ORDERS.register("outliers")
@dataclass(frozen=True)
class Outliers(_First, _Driven):
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
            raise ConfigError(f"Outliers needs neighbours of at least 1, not {self.neighbours!r}")

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


@ORDERS.register("medoid")
@dataclass(frozen=True)
class FromMedoid(_Driven):
    """From the most typical image outwards. The value is the distance from it, from 0.

    on : a space. The medoid is the image with the least sum of distances to all others.
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
        middle = points[rows[medoid(points[rows])]] if len(rows) else np.zeros(points.shape[1])
        distances = np.round(np.linalg.norm(points - middle, axis=1), 7)
        return distances, _info("distance from the typical", f"in {space_title(self.on)}", 0.0, None)


@ORDERS.register("interleave")
@dataclass(frozen=True)
class Interleave(Undriven):
    """The parts of a grouping by turns, each spread evenly over the whole.

    parts : what `split=` takes: a grouping, such as KMeans(4) or ByFolder(), its name, "date", the name of a
    feature, or a function of the table that gives labels.
    by : the order within each part.
    """

    parts: str | Clustering | Callable[[FeatureTable], Any] = "kmeans"
    by: str | Order | Callable[..., Any] | Mapping[str, float] = field(default="luminance", hash=False)
    title: ClassVar[str] = "turns"

    @property
    def needs(self) -> Needs:
        # which features there are is not known here; `check` is told
        parts = resolve_clustering(self.parts, [self.parts] if isinstance(self.parts, str) else ())
        own, names = getattr(self.by, "needs", None), self.by if isinstance(self.by, Mapping) else ()
        if not isinstance(own, Needs):
            own = resolve_order(self.by, [self.by.strip("- ")] if isinstance(self.by, str) else names).needs
        return super().needs | parts.needs | own

    def check(self, info: Mapping[str, FeatureInfo]) -> None:
        """Raise ConfigError when the grouping or the order within is none."""
        for wish in (resolve_clustering(self.parts, info), resolve_order(self.by, info)):
            if callable(check := getattr(wish, "check", None)):
                check(info)

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """All rows, [shape=(n,), intp]; what belongs to no part is a part of its own."""
        return _by_turns(self._parts(table, rng))

    def limited(self, table: FeatureTable, rng: np.random.Generator, n: int) -> np.ndarray:
        """n rows, [shape=(n,), intp]: of each part its share, evenly along it, so that they still take turns."""
        parts = self._parts(table, rng)
        shares = np.array([len(rows) for rows in parts]) * n / max(len(table), 1)
        counts = np.floor(shares).astype(np.intp)
        counts[np.argsort(counts - shares, kind="stable")[: n - counts.sum()]] += 1  # largest remainders
        chosen = [rows[np.arange(c) * (len(rows) - 1) // max(c - 1, 1)] for rows, c in zip(parts, counts, strict=True)]
        return _by_turns(chosen)

    def _parts(self, table: FeatureTable, rng: np.random.Generator) -> list[np.ndarray]:
        chosen = resolve_clustering(self.parts, table.columns)
        if isinstance(k := getattr(chosen, "k", None), int) and k > len(table):
            chosen = replace(chosen, k=len(table))  # type: ignore[type-var]
        groups = chosen.cluster(table, rng)
        order, parts = resolve_order(self.by, table.columns), []
        for part in np.unique(groups.labels):
            rows = groups.rows(int(part))
            parts.append(rows[order.order(table.select(rows), rng)] if len(rows) > 1 else rows)
        return parts


def _by_turns(parts: list[np.ndarray]) -> np.ndarray:
    """All rows, each part spread evenly over the whole."""
    places = [(np.arange(len(rows)) + 0.5) / max(len(rows), 1) for rows in parts]
    return np.concatenate(parts)[np.argsort(np.concatenate(places), kind="stable")]


def _reader(on: Any, wanted_by: str) -> Any:
    """The embedding of a space that reads. Raises ConfigError for one that does not."""
    embedder = embedder_of(on)
    if not _reads(embedder):
        raise ConfigError(f"{wanted_by} needs an embedding that reads text, such as on=Clip(), not on={on!r}")
    return embedder


def _image_needs(on: Space, images: tuple[str | Path, ...]) -> Needs:
    """Images that may come from elsewhere; those of the collection are not measured twice."""
    embedder = embedder_of(on)
    files = [image for image in images if _is_file(Path(image).expanduser())]
    return Needs(probes=tuple(Probe(embedder, Path(file).expanduser()) for file in files)) if embedder else Needs()


class _NoPicture(ConfigError):
    """No image is called so."""


class _Sight:
    """The rows of a table as points, (n, d) float64, and any image that there is as a point among them.

    Where the table is a part of what was measured, all of it is looked at: so images of other parts are found, and
    features are scaled alike in every part.
    """

    def __init__(self, table: FeatureTable, on: Space) -> None:
        self.table, self.on = table, on
        self.whole, rows = table, np.arange(len(table))
        if table.unfiltered is not None:
            place = {record: row for row, record in enumerate(table.unfiltered.records)}
            if all(record in place for record in table.records):
                self.whole, rows = table.unfiltered, np.array([place[record] for record in table.records], np.intp)
        self._rows = rows
        self._all = space_points(self.whole, on).astype(np.float64)
        self.points = self._all[rows]

    def image(self, wish: str | Path) -> np.ndarray:
        """The point of an image of the collection, or of a file elsewhere. Raises ConfigError when there is neither."""
        path, embedder = Path(wish).expanduser(), embedder_of(self.on)
        try:
            row = self._row(wish, path)
        except ConfigError:
            if embedder is None or not _is_file(path):
                raise
            return query_vector(self.table, embedder.name, path)
        for each in self.on if isinstance(self.on, tuple) else (self.on,):
            name = each if isinstance(each, str) else each.name
            if name in self.whole.vectors and not np.isfinite(self.whole.vectors[name][row]).all():
                raise ConfigError(f"the image {str(wish)!r} has no vector of {name!r}: take another one")
        return self._all[row]

    def _row(self, wish: str | Path, path: Path) -> int:
        """Its row in the whole table: by its name in the part, by its name in the whole, or by where it lies."""
        for table, rows in ((self.table, self._rows), (self.whole, np.arange(len(self.whole)))):
            if any(str(wish) in (record.name or str(record.path), record.label) for record in table.records):
                return int(rows[find_image(table, str(wish), "wished")])
        if _is_file(path):
            for row, record in enumerate(self.whole.records):
                if record.path == path or (record.path.name == path.name and _same_file(record.path, path)):
                    return row
        names = [record.name or str(record.path) for record in self.whole.records][:100]
        mute = "" if _reads(embedder_of(self.on)) else f"{space_title(self.on)} reads no text, as Clip() does: "
        raise _NoPicture(f"{mute}{unknown('wished image', str(wish), names)}")


def _reads(embedder: Any) -> bool:
    return callable(getattr(embedder, "embed_text", None))


def _is_file(path: Path) -> bool:
    """Also of what no file can be called: a long text, or one with zeros in it."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


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
