"""What can be plugged in, and what comes out at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .clusters import Clusters
from .scores import Score, Timeline, Timing
from .tables import FeatureTable, ImageSequence


@dataclass(frozen=True)
class Result:
    """What one plan made of one sequence. `folder` holds `files` {kind: name within the folder}.

    account : the piece as `run.json` tells it. kept : nothing had changed, so it was not made again.
    problems : what could not be made, one line each.
    """

    folder: Path
    account: Mapping[str, Any]
    files: Mapping[str, str]
    sequence: ImageSequence | None = None
    kept: bool = False
    problems: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        part = self.account.get("part")
        return f"{self.account['plan']} · {part}" if part else str(self.account["plan"])

    def path(self, kind: str) -> Path:
        """The file of a kind ("mp4", "gif", "mid", ...). Raises KeyError with the kinds there are."""
        if kind not in self.files:
            raise KeyError(f"no {kind!r} in {self.title!r}; there are: {', '.join(self.files)}")
        return self.folder / self.files[kind]


@dataclass(frozen=True)
class Probe:
    """A phrase, or an image outside the collection, as a point in the space of an embedding."""

    embedder: Embedder
    wish: str | Path

    @property
    def key(self) -> tuple[str, str]:
        """What `FeatureTable.probes` calls it: the name of the space, and the phrase or path."""
        return self.embedder.name, str(self.wish)


@dataclass(frozen=True)
class Needs:
    """What must be measured before a plan can start."""

    features: frozenset[str] = frozenset()
    embeddings: tuple[Embedder, ...] = ()
    probes: tuple[Probe, ...] = ()

    def __or__(self, other: Needs) -> Needs:
        more = tuple(e for e in other.embeddings if e not in self.embeddings)
        probes = tuple(p for p in other.probes if p not in self.probes)
        return Needs(self.features | other.features, self.embeddings + more, self.probes + probes)


#: Reports progress: what is being done, how many are done, of how many.
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """A Progress that says nothing."""


@runtime_checkable
class Embedder(Protocol):
    """Turns images into vectors. A frozen dataclass.

    `name` is what `on=` calls it; `key` is its name and version in the cache, and may need what `prepare` fetches.

    It may also have:
    `of_pixels(pixels) -> (d,)`, to share the planes of the features of one small image;
    `stream(records, progress)`, an iterator of lists of (record, (d,) vector or ImageError), for models that decode
    larger images and take them in batches: then `embed` is only for single images;
    `kept = False` and `check(records)`, for vectors that a person brings: they are matched with the images each time,
    and `check` raises ConfigError when nothing fits;
    `prepare(progress)`, called before any work: raises MissingExtra or ConfigError when it cannot run, fetches weights;
    `embed_text(phrases) -> (n, d)`, in the same space as the images.
    """

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str: ...

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """(h, w, 3) uint8 sRGB images -> (n, d) float32, whose Euclidean distances mean unlikeness."""
        ...


@runtime_checkable
class Order(Protocol):
    """Puts the rows of a table in an order. A frozen dataclass.

    It may also have:
    `driver(table) -> (values, FeatureInfo)`, the number that drives it, shown and played;
    `limited(table, rng, n)`, the n rows it is about, in order, or None where any will do: "the nearest" are the first;
    `between(table, part, before, after)`, to know the rows of the parts beside a part.
    """

    @property
    def needs(self) -> Needs: ...

    def order(self, table: FeatureTable, rng: np.random.Generator) -> np.ndarray:
        """A permutation of range(n), or of a part of it, as (m,) intp."""
        ...


@runtime_checkable
class Clustering(Protocol):
    """Puts the rows of a table in groups. A frozen dataclass.

    It may also have `check(info)`, which raises ConfigError before any work.
    """

    @property
    def needs(self) -> Needs: ...

    def group(self, table: FeatureTable, rng: np.random.Generator) -> Clusters: ...


@runtime_checkable
class Music(Protocol):
    """Writes the music of a sequence, or chooses it. A frozen dataclass.

    It may also have:
    `check(fps, pace)`, which raises ConfigError before any work, when the wish cannot be granted;
    `state(sequence)`, plain JSON values for what else the music depends on: files, numbers of the part. A piece is made
    anew when they change.
    """

    def timeline(self, sequence: ImageSequence, fps: int, pace: Timing) -> Timeline: ...

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score | None:
        """The score, or None for silence."""
        ...


@runtime_checkable
class Plan(Protocol):
    """One wish, from a table to files. A frozen dataclass.

    It may also have `writes(folder)`, the paths that `make` may write: a run is refused before any work when this
    program did not write what is there.
    """

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> Needs: ...

    def check(self) -> None:
        """Raise ConfigError when the wish cannot be granted, before any work."""
        ...

    def make(self, table: FeatureTable, folder: Path, progress: Progress) -> list[Result]: ...
