"""What can be plugged in, and what comes out at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .clusters import Clusters
from .embedders import Embedder
from .rates import FrameRate
from .scores import Score, Timeline, Timing
from .sequences import ImageSequence
from .tables import FeatureTable


@dataclass(frozen=True)
class Result:
    """What a plan made: files in one folder, and their entry in `run.json`.

    Parameters
    ----------
    folder : Path
        Where the files are.
    entry : mapping
        The result in `run.json`.
    files : mapping
        {kind: file name within the folder}.
    sequence : ImageSequence, optional
        The images it is about, where they are in an order.
    kept : bool
        Nothing had changed since an earlier run, so it was not made again.
    problems : tuple of str
        What could not be made, one line each.
    """

    folder: Path
    entry: Mapping[str, Any]
    files: Mapping[str, str]
    sequence: ImageSequence | None = None
    kept: bool = False
    problems: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The plan's name, and the cluster's where it is one of a plan with clusters."""
        cluster = self.entry.get("cluster")
        return f"{self.entry['plan']} · {cluster}" if cluster else str(self.entry["plan"])

    def path(self, kind: str) -> Path:
        """The file of a kind ("mp4", "gif", "mid", ...). Raises KeyError with the kinds there are."""
        if kind not in self.files:
            raise KeyError(f"no {kind!r} in {self.title!r}; there are: {', '.join(self.files)}")
        return self.folder / self.files[kind]


@dataclass(frozen=True)
class Probe:
    """A phrase, or an image outside the collection, as a point in the space of an embedding."""

    embedder: Embedder
    query: str | Path

    @property
    def key(self) -> tuple[str, str]:
        """What `FeatureTable.probes` calls it: the name of the space, and the phrase or path."""
        return self.embedder.name, str(self.query)


@dataclass(frozen=True)
class Examples:
    """A folder of other images that passes measure, such as photographs of one person.

    Parameters
    ----------
    folder : Path
    passes : tuple of Pass or str
        What is measured of its images.
    """

    folder: Path
    passes: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What must be measured before a plan can start."""

    features: frozenset[str] = frozenset()
    embeddings: tuple[Embedder, ...] = ()
    probes: tuple[Probe, ...] = ()
    passes: tuple[Any, ...] = ()
    examples: tuple[Examples, ...] = ()

    def __or__(self, other: Needs) -> Needs:
        more = tuple(e for e in other.embeddings if e not in self.embeddings)
        probes = tuple(p for p in other.probes if p not in self.probes)
        passes = tuple(p for p in other.passes if p not in self.passes)
        examples = tuple(e for e in other.examples if e not in self.examples)
        return Needs(
            self.features | other.features, self.embeddings + more, self.probes + probes, self.passes + passes,
            self.examples + examples,
        )  # fmt: skip


#: Reports progress: what is being done, how many are done, of how many.
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """A Progress that says nothing."""


@runtime_checkable
class Order(Protocol):
    """Puts the rows of a table in an order. A frozen dataclass.

    It may also have:
    `driver(table) -> (values, FeatureInfo)`, the number that drives it, shown and played;
    `limited(table, rng, n)`, the n rows it is about, in order, or None where any will do: "the nearest" are the first;
    `between(table, part, before, after)`, to know the rows of the parts beside a part;
    `note(table) -> str`, what the user should see about the order of these images;
    `check_images(collection)`, which raises ConfigError before the images are measured.
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

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters: ...


@runtime_checkable
class Music(Protocol):
    """Writes the music of a sequence, or chooses it. A frozen dataclass.

    It may also have:
    `check(fps, timing)`, which raises ConfigError before any work, when the timing is not possible;
    `state(sequence)`, plain JSON values for what else the music depends on: files, numbers of the part. A piece is made
    anew when they change.
    """

    def timeline(self, sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline: ...

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score | None:
        """The score, or None for silence."""
        ...
