"""The work on images: picklable functions from a batch to its outcomes, without a cache and without globals.

Each runs in this process, in a fork of it, or on another machine.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..config import Settings
from ..core import Embedder, ImageRecord, silent
from ..core.errors import ImageError, MakeError
from ..core.regions import Region
from ..features import Feature, Measurement, Pass
from ..features.passes import pass_columns, pass_name
from .pairs import pair_key

#: Images a worker measures in one batch: each step runs over all of them in turn, which keeps its code in the
#: processor's cache. In batches of one the same steps take a third longer.
BATCH = 16


@dataclass(frozen=True)
class Failure:
    """Why a feature or a pass gave nothing. where : "file:line" in its own file, or ""."""

    where: str
    reason: str


@dataclass
class Outcome:
    """What one batch job found in one image.

    Attributes
    ----------
    scalars, vectors : dict
        {feature: value} and {embedding or pass: (d,) float32}.
    measured : dict
        {pass: its columns and regions, as JSON values}.
    damage, undecodable : str
        What is missing in the file, and why it cannot be used; "" if nothing.
    lasting : bool
        Whether the same bytes will always be undecodable.
    failures : dict
        {feature or pass: Failure}.
    missing : dict
        {embedding: why it has no vector of this image}.
    pair : str
        The key of the pair that was measured, where this is the second image of one.
    """

    record: ImageRecord
    scalars: dict[str, float] = field(default_factory=dict)
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    measured: dict[str, dict[str, Any]] = field(default_factory=dict)
    damage: str = ""
    undecodable: str = ""
    lasting: bool = True
    failures: dict[str, Failure] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    pair: str = ""

    @property
    def subject(self) -> str:
        """What the results of a pass are stored under: the digest of the image, or the key of the pair."""
        return self.pair or self.record.digest


@dataclass(frozen=True)
class Task:
    """One image, and the names of the features and vectors that are not known of it."""

    record: ImageRecord
    names: frozenset[str]


@dataclass(frozen=True)
class ScalarJob:
    """Features and small embeddings of a batch, from one small decode of each image.

    Parameters
    ----------
    features : mapping of str to Feature
    embedders : mapping of str to Embedder
        Those without a `stream`.
    settings : Settings
    """

    features: Mapping[str, Feature]
    embedders: Mapping[str, Embedder]
    settings: Settings

    def __call__(self, tasks: Sequence[Task]) -> list[Outcome]:
        """Return the outcome of each task."""
        from ..features import Pixels

        outcomes, batch = [], []
        for task in tasks:
            outcome, decoded = _decoded(task.record, self.settings.measure_size, self.settings)
            outcomes.append(outcome)
            if decoded is not None:
                batch.append((task.names, Pixels(decoded.rgb, decoded.width, decoded.height), outcome))
        for name, feature in self.features.items():
            for names, pixels, outcome in batch:
                if name in names:
                    apply(feature, pixels, outcome)
        for names, pixels, outcome in batch:
            self._add_vectors(names, pixels, outcome)
        return outcomes

    def _add_vectors(self, names: frozenset[str], pixels: Any, outcome: Outcome) -> None:
        from ..datasets.duplicates import PERCEPTUAL_HASH, perceptual_hash

        if PERCEPTUAL_HASH in names:
            outcome.vectors[PERCEPTUAL_HASH] = perceptual_hash(pixels.small)
        for name, embedder in self.embedders.items():
            if name in names:
                outcome.vectors[name] = vector_of(embedder, pixels, outcome.record)


@dataclass(frozen=True)
class PassJob:
    """A pass over a batch, decoded at the input size of the pass. file : that its class stands in, for messages."""

    each: Pass
    settings: Settings
    file: str = ""

    def __call__(self, records: Sequence[ImageRecord]) -> list[Outcome]:
        """Return the outcome of each image. Where a batch fails, its images are measured one by one."""
        outcomes, images, kept = [], [], []
        for record in records:
            outcome, decoded = _decoded(record, self.each.input_size, self.settings)
            outcomes.append(outcome)
            if decoded is not None:
                images.append(decoded.rgb)
                kept.append(outcome)
        self.add(images, kept)
        return outcomes

    def add(self, inputs: Sequence[Any], outcomes: Sequence[Outcome]) -> None:
        """Measure images, or pairs of images, and add what is found to their outcomes."""
        if inputs:
            safe = getattr(self.each, "thread_safe", False)
            with contextlib.nullcontext() if safe else _one_pass:  # decoding goes on meanwhile
                self._measure(inputs, outcomes)

    def _measure(self, images: Sequence[Any], outcomes: Sequence[Outcome]) -> None:
        try:
            results = list(self.each.measure(images))
            if len(results) != len(images):
                raise ValueError(f"measure() gave {len(results)} results for {len(images)} images")
            found = [_measurement(result) for result in results]
        except Exception as error:
            if len(images) > 1:
                for image, outcome in zip(images, outcomes, strict=True):
                    self._measure([image], [outcome])
            else:
                outcomes[0].failures[pass_name(self.each)] = failure(error, type(self.each).measure, self.file)
            return
        for outcome, one in zip(outcomes, found, strict=True):
            self._add(outcome, one)

    def _add(self, outcome: Outcome, found: Measurement) -> None:
        name = pass_name(self.each)
        values = {column: float(found.columns.get(column, np.nan)) for column in pass_columns(self.each)}
        outcome.measured[name] = {
            "columns": {column: value if np.isfinite(value) else None for column, value in values.items()},
            "regions": [region.as_dict() for region in found.regions],
        }
        if found.vector is not None:
            outcome.vectors[name] = np.asarray(found.vector, np.float32).ravel()


@dataclass(frozen=True)
class PairJob:
    """A pass over pairs of neighbouring images, one after another; see `PassJob`."""

    job: PassJob

    def __call__(self, pairs: Sequence[tuple[ImageRecord, ImageRecord]]) -> list[Outcome]:
        """Return the outcome of the second image of each pair. An image of two successive pairs is decoded once."""
        outcomes, images, measured, known = [], [], [], dict[str, Any]()
        for first, second in pairs:
            outcome, known = Outcome(second, pair=pair_key(first, second)), {first.digest: known.get(first.digest)}
            for record in (first, second):
                if known.get(record.digest) is None:
                    found, decoded = _decoded(record, self.job.each.input_size, self.job.settings)
                    known[record.digest] = decoded and decoded.rgb
                    outcome = outcome if decoded is not None else replace(found, pair=outcome.pair)
            outcomes.append(outcome)
            if not outcome.undecodable:
                images.append((known[first.digest], known[second.digest]))
                measured.append(outcome)
        self.job.add(images, measured)
        return outcomes


_one_pass = threading.Lock()


@dataclass(frozen=True)
class StreamJob:
    """An embedding that decodes images itself, over a batch."""

    embedder: Any

    def __call__(self, records: Sequence[ImageRecord]) -> list[Outcome]:
        """Return the outcome of each image."""
        return [outcome for pairs in self.embedder.stream(records, silent) for outcome in self.outcomes(pairs)]

    def outcomes(self, pairs: Sequence[tuple[ImageRecord, np.ndarray | ImageError]]) -> list[Outcome]:
        """Return what `stream` gave as outcomes."""
        return [self._outcome(record, value) for record, value in pairs]

    def _outcome(self, record: ImageRecord, value: np.ndarray | ImageError) -> Outcome:
        if isinstance(value, ImageError):
            return Outcome(record, missing={self.embedder.name: str(value)})
        return Outcome(record, vectors={self.embedder.name: np.asarray(value, np.float32)})


def apply(feature: Feature, subject: Any, outcome: Outcome) -> None:
    """Measure one feature. Values of pixels keep eight significant digits: the rest depends on memory alignment."""
    try:
        value = float(feature.function(subject))
        outcome.scalars[feature.info.name] = float(f"{value:.8g}") if feature.of == "pixels" else value
    except Exception as error:
        outcome.failures[feature.info.name] = failure(error, feature.function, feature.file)


def vector_of(embedder: Any, pixels: Any, record: ImageRecord) -> np.ndarray:
    """Return the (d,) float32 vector of an image; an embedding with `of_pixels` shares the planes of the features."""
    shared = getattr(embedder, "of_pixels", None)
    try:
        return np.asarray(shared(pixels) if shared else embedder.embed([pixels.rgb])[0], np.float32)
    except Exception as error:
        raise MakeError(
            f"embedding {embedder.name!r} failed on {record.name}: {type(error).__name__}: {error}"
        ) from error


def failure(error: BaseException, function: Callable[..., Any], file: str = "") -> Failure:
    """Return what went wrong, with the last line of the function's own file that the error came through.

    file : the name of that file; code that traveled to a worker does not have it.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    reason = f"{type(error).__name__}: {error}"
    if code is None:
        return Failure("", reason)
    line, trace = code.co_firstlineno, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == code.co_filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return Failure(f"{file or code.co_filename}:{line}", reason)


def regions_of(measured: Mapping[str, Any]) -> tuple[Region, ...]:
    """Return the regions of a pass's cached result."""
    return tuple(Region.from_dict(each) for each in measured["regions"])


def _decoded(record: ImageRecord, long_side: int | None, settings: Settings) -> tuple[Outcome, Any]:
    """An outcome to fill, and the decoded image; None where it cannot be decoded."""
    from ..datasets import images

    outcome = Outcome(record)
    try:
        decoded = images.decode(record.path, long_side, images.Decoding.of(settings))
    except ImageError as error:
        outcome.undecodable, outcome.lasting = str(error), error.lasting
        return outcome, None
    outcome.damage = decoded.damage
    return outcome, decoded


def _measurement(result: Any) -> Measurement:
    if isinstance(result, Measurement):
        return result
    return Measurement(columns=result) if isinstance(result, Mapping) else Measurement(vector=np.asarray(result))
