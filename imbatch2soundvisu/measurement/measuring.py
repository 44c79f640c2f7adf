"""The pass over the images: every feature, vector and likeness of an image from one decode, kept in the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from .. import config
from ..core import Collection, Embedder, FeatureTable, ImageRecord, Probe, Progress, Skipped, silent
from ..core.errors import ConfigError, I2SError, ImageError, MakeError
from ..datasets import images
from ..datasets.duplicates import LIKENESS, likeness, near_duplicates
from ..embeddings import Look
from ..features import Feature, Pixels, resolve
from ..runtime.cache import Cache
from ..runtime.executors import in_batches


def measure(
    collection: Collection,
    names: Iterable[str] | None = None,
    *,
    embeddings: Sequence[Embedder] = (Look(),),
    probes: Sequence[Probe] = (),
    store: Cache | None = None,
    progress: Progress = silent,
) -> FeatureTable:
    """Measure features and vectors of every image, each image decoded once, and only when the store lacks some.

    names : features to measure; None for all. probes : phrases and other images to embed as well. Returns a table of
    the images that could be decoded, in the collection's order; the others are in its `skipped`, those read in part
    in `damaged`, those without a vector of some embedding (a row of NaN) in `without_vector`.
    A feature that raises gives NaN and a line in `problems`. An embedding that looks at larger images has a pass of
    its own, and each batch of it is stored as it comes. Raises ConfigError for an unknown feature, two different
    embeddings of one name or an embedding that cannot run, MakeError when one fails.
    """
    if not isinstance(collection, Collection):
        raise ConfigError(f"measure() takes a collection, not {collection!r}: write measure(discover({collection!r}))")
    store = store or Cache(None)
    prepare(embeddings, progress)
    brought = [embedder for embedder in embeddings if not _is_kept(embedder)]
    matched = [(each.name, each.check(collection.records)) for each in brought]  # type: ignore[attr-defined]
    known = _Known.of(collection, resolve(names), embeddings, store)
    todo = known.lacking(collection.records)
    progress("measure", done := 0, len(todo))
    for batch in in_batches(known.work, todo, may_fork=known.may_fork()):
        known.keep(batch)
        progress("measure", done := done + len(batch), len(todo))
    for embedder in embeddings:
        if _has_pass(embedder):
            known.follow(embedder, collection.records, progress)
    notes = tuple(f"{name}: {match}" for name, match in matched)
    return replace(known.table(collection), probes=_probed(probes, store), notes=notes)


def prepare(embeddings: Iterable[Embedder], progress: Progress = silent) -> None:
    """Let embeddings say, before any work, that they cannot run, and fetch what they need.

    Raises what they raise, MissingExtra or ConfigError, and ConfigError for two different ones of one name.
    """
    known: dict[str, Embedder] = {}
    for embedder in embeddings:
        if known.setdefault(embedder.name, embedder) != embedder:
            raise ConfigError(f"two different embeddings are called {embedder.name!r}; give one another name")
        ready = getattr(embedder, "prepare", None)
        if ready is not None:
            ready(progress)


def probe(embedder: Embedder, wish: str | Path) -> np.ndarray:
    """A phrase (str), or an image anywhere (Path), as a point in the space of an embedding, (d,) float32.

    Raises ConfigError when the embedding does not read, or the image cannot be decoded.
    """
    if isinstance(wish, str):
        read = getattr(embedder, "embed_text", None)
        if read is None:
            raise ConfigError(f"the embedding {embedder.name!r} reads no text; Clip() does")
        return np.asarray(read([wish])[0], np.float32)
    record = ImageRecord(wish, f"{wish}", 0, 0, name=wish.name)
    if _has_pass(embedder):
        [(_, vector)] = [pair for batch in embedder.stream([record], silent) for pair in batch]  # type: ignore[attr-defined]
    else:
        try:
            decoded = images.decode(wish, config.MEASURE_SIZE)
            vector = _embedded(embedder, Pixels(decoded.rgb, decoded.width, decoded.height), record)
        except ImageError as error:
            vector = error
    if isinstance(vector, ImageError):
        raise ConfigError(f"{wish} cannot be used as an image: {vector}")
    return np.asarray(vector, np.float32)


def _probed(probes: Sequence[Probe], store: Cache) -> dict[tuple[str, str], np.ndarray]:
    """Each probe as a point, from the store where it is known by what it says or contains."""
    found: dict[tuple[str, str], np.ndarray] = {}
    for each in probes:
        if isinstance(each.wish, Path) and not _is_kept(each.embedder):
            continue  # vectors that a person brings are those of the collection's own images
        key, content = f"{each.embedder.key}@probe", str(each.wish).encode()
        if isinstance(each.wish, Path):
            try:
                content = each.wish.read_bytes()
            except OSError as error:
                raise ConfigError(f"{each.wish} cannot be read: {error.strerror or error}") from error
            key += f"-image@{_settings()}"
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        vector = store.vectors(key, [digest]).get(digest)
        if vector is None:
            vector = probe(each.embedder, each.wish)
            store.put_vectors(key, {digest: vector})
        found[each.key] = vector
    return found


def _has_pass(embedder: Embedder) -> bool:
    return callable(getattr(embedder, "stream", None))


def _is_kept(embedder: Embedder) -> bool:
    """Whether the store keeps its vectors; not those that a person brings, which are matched anew each time."""
    return bool(getattr(embedder, "kept", True))


def _settings() -> str:
    """What every measured value depends on beside the image and the code."""
    return f"{config.MEASURE_SIZE}-{config.BACKGROUND}-{config.INTACT_SHARE}"


def with_measurements(collection: Collection, table: FeatureTable) -> Collection:
    """The collection as it stands after measuring: without what could not be decoded, with near duplicates."""
    return replace(
        collection,
        records=table.records,
        skipped=tuple(sorted({*collection.skipped, *table.skipped}, key=lambda each: each.name)),
        damaged=table.damaged,
        near_duplicates=near_duplicates(table),
    )


def embed(
    collection: Collection, embedder: Embedder, *, store: Cache | None = None, progress: Progress = silent
) -> np.ndarray:
    """The vectors of every image of a collection, (n, d) float32, in its order; NaN rows where undecodable."""
    table = measure(collection, (), embeddings=(embedder,), store=store, progress=progress)
    found = dict(zip((record.digest for record in table.records), table.vectors[embedder.name], strict=True))
    nothing = np.full(table.vectors[embedder.name].shape[1], np.nan, np.float32)
    return np.stack([found.get(record.digest, nothing) for record in collection.records])


@dataclass
class _Measured:
    """What one decode gave. scalars: {feature: value}; vectors: {embedding: (d,)}; failures: {feature: reason}."""

    record: ImageRecord
    scalars: dict[str, float] = field(default_factory=dict)
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    damage: str = ""
    undecodable: str = ""
    lasting: bool = True
    failures: dict[str, str] = field(default_factory=dict)


@dataclass
class _Known:
    """What is known so far, by digest, and where it is kept."""

    features: dict[str, Feature]
    embeddings: Sequence[Embedder]
    store: Cache
    versions: dict[str, str]
    keys: dict[str, str]
    damage_key: str
    undecodable_key: str
    scalars: dict[str, dict[str, float]]
    vectors: dict[str, dict[str, np.ndarray]]
    damage: dict[str, Any]
    undecodable: dict[str, Any]
    failures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, collection: Collection, features: dict[str, Feature], embeddings: Sequence[Embedder], store: Cache
    ) -> _Known:
        """What the store knows of a collection. What a value depends on, settings included, is in its key."""
        settings = _settings()
        digests = list(dict.fromkeys(record.digest for record in collection.records))
        versions = {name: f"{each.version}@{settings}" for name, each in features.items() if each.of == "pixels"}
        keys = {LIKENESS: f"{LIKENESS}@{settings}"}
        for embedder in embeddings:
            key = f"{embedder.key}@{settings}"
            if keys.setdefault(embedder.name, key) != key:
                raise ConfigError(f"two different embeddings are called {embedder.name!r}; give one another name")
        brought = {embedder.name for embedder in embeddings if not _is_kept(embedder)}
        damage_key, undecodable_key = f"damage@{settings}", f"undecodable@{settings}@Pillow {PIL.__version__}"
        return cls(
            features, embeddings, store, versions, keys, damage_key, undecodable_key,
            {name: store.scalars(name, version, digests) for name, version in versions.items()},
            {name: store.vectors(key, digests) if name not in brought else {} for name, key in keys.items()},
            store.facts(damage_key, digests),
            store.facts(undecodable_key, digests),
        )  # fmt: skip

    def lacking(self, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        """One image for each digest of which something is not known yet."""
        passes = {embedder.name for embedder in self.embeddings if _has_pass(embedder)}
        small = [vectors for name, vectors in self.vectors.items() if name not in passes]
        found: list[Mapping[str, Any]] = [*self.scalars.values(), *small]
        first = {record.digest: record for record in reversed(records)}
        return [
            record
            for digest, record in reversed(first.items())
            if digest not in self.undecodable and any(digest not in each for each in found)
        ]

    def may_fork(self) -> bool:
        """Whether only this package's code will run; other code may bring threads that do not survive a fork."""
        modules = [self.features[name].module for name in self.versions]
        modules += [type(embedder).__module__ for embedder in self.embeddings if not _has_pass(embedder)]
        return all(module.partition(".")[0] == __name__.partition(".")[0] for module in modules)

    def work(self, record: ImageRecord) -> _Measured:
        """Decode one image and measure what is not known of it."""
        result = _Measured(record)
        try:
            decoded = images.decode(record.path, config.MEASURE_SIZE)
        except ImageError as error:
            result.undecodable, result.lasting = str(error), error.lasting
            return result
        result.damage = decoded.damage
        pixels = Pixels(decoded.rgb, decoded.width, decoded.height)
        for name in self.versions:
            if record.digest not in self.scalars[name]:
                _apply(self.features[name], pixels, result)
        result.vectors[LIKENESS] = likeness(pixels.small)
        for embedder in self.embeddings:
            if not _has_pass(embedder) and record.digest not in self.vectors[embedder.name]:
                result.vectors[embedder.name] = _embedded(embedder, pixels, record)
        return result

    def follow(self, embedder: Embedder, records: Sequence[ImageRecord], progress: Progress) -> None:
        """Give an embedding that has a pass of its own the images it does not know, and store what it gives."""
        known = self.vectors[embedder.name]
        todo = [record for record in records if record.digest not in self.undecodable]
        if _is_kept(embedder):
            first = {record.digest: record for record in reversed(todo) if record.digest not in known}
            todo = list(reversed(first.values()))
        if not todo:
            return
        without: dict[str, str] = {}
        try:
            for batch in embedder.stream(todo, progress):  # type: ignore[attr-defined]
                found = {record.digest: v for record, v in batch if not isinstance(v, ImageError)}
                if _is_kept(embedder):
                    self.store.put_vectors(self.keys[embedder.name], found)
                known |= found
                without |= {record.digest: str(reason) for record, reason in batch if isinstance(reason, ImageError)}
        except (I2SError, OSError):
            raise
        except Exception as error:
            raise MakeError(f"embedding {embedder.name!r} failed: {type(error).__name__}: {error}") from error
        for digest in without.keys() - known.keys():
            told = [self.without.get(digest, ""), f"{embedder.name}: {without[digest]}"]
            self.without[digest] = "; ".join(filter(None, told))

    def keep(self, batch: Sequence[_Measured]) -> None:
        """Remember and store one batch. Each kind is one transaction, and each value stands for itself."""
        lasting = {one.record.digest: one.undecodable for one in batch if one.undecodable and one.lasting}
        self.store.put_facts(self.undecodable_key, lasting)
        self.store.put_facts(self.damage_key, {one.record.digest: one.damage for one in batch if one.damage})
        for name, key in self.keys.items():
            found = {one.record.digest: one.vectors[name] for one in batch if name in one.vectors}
            self.store.put_vectors(key, found)
            self.vectors[name] |= found
        self.store.put_scalars(
            [(one.record.digest, name, self.versions[name], v) for one in batch for name, v in one.scalars.items()]
        )
        for one in batch:
            for name, value in one.scalars.items():
                self.scalars[name][one.record.digest] = value
            if one.damage:
                self.damage[one.record.digest] = one.damage
            if one.undecodable:
                self.undecodable[one.record.digest] = one.undecodable
            for name, reason in one.failures.items():
                self.failures.setdefault(name, []).append((one.record.name, reason))

    def table(self, collection: Collection) -> FeatureTable:
        """All that is known, for the images that could be decoded."""
        records = tuple(record for record in collection.records if record.digest not in self.undecodable)
        columns = {name: np.array(self._column(name, records), dtype=np.float64) for name in self.features}
        vectors = {name: _stacked(found, records) for name, found in self.vectors.items()}
        failed = [
            f"feature {name!r} failed on {len(images)} of {len(records)} images: {reason} (first on {first})"
            for name, images in self.failures.items()
            for first, reason in [min(images)]
        ]
        lost = [record for record in collection.records if record.digest in self.undecodable]
        return FeatureTable(
            records,
            columns,
            vectors,
            info={name: each.info for name, each in self.features.items()},
            embedders={embedder.name: embedder for embedder in self.embeddings},
            damaged=tuple(Skipped(r.name, self.damage[r.digest]) for r in records if r.digest in self.damage),
            without_vector=tuple(Skipped(r.name, self.without[r.digest]) for r in records if r.digest in self.without),
            skipped=tuple(Skipped(record.name, self.undecodable[record.digest]) for record in lost),
            problems=tuple(failed),
        )

    def _column(self, name: str, records: Sequence[ImageRecord]) -> list[float]:
        if name in self.scalars:
            found = self.scalars[name]
            return [found.get(record.digest, np.nan) for record in records]
        results = [_Measured(record) for record in records]
        for result in results:
            _apply(self.features[name], result.record, result)
        failed = [(result.record.name, result.failures[name]) for result in results if result.failures]
        if failed:
            self.failures[name] = failed
        return [result.scalars.get(name, np.nan) for result in results]


def _stacked(found: Mapping[str, np.ndarray], records: Sequence[ImageRecord]) -> np.ndarray:
    """(n, d) float32; a row of NaN for an image without a vector. Raises MakeError for vectors of several lengths."""
    lengths = {len(vector) for record in records if (vector := found.get(record.digest)) is not None}
    if len(lengths) > 1:
        raise MakeError(f"an embedding gave vectors of {len(lengths)} different lengths: {sorted(lengths)}")
    nothing = np.full(max(lengths, default=1), np.nan, np.float32)
    vectors = [found.get(record.digest, nothing) for record in records]
    return np.stack(vectors) if vectors else np.zeros((0, 1), np.float32)


def _apply(feature: Feature, subject: Pixels | ImageRecord, result: _Measured) -> None:
    """Measure one feature, settled to eight significant digits: the rest depends on how memory was aligned."""
    function: Callable[[Any], float] = feature.function
    try:
        value = function(subject)
        result.scalars[feature.info.name] = float(f"{float(value):.8g}") if feature.of == "pixels" else float(value)
    except Exception as error:
        result.failures[feature.info.name] = f"{type(error).__name__}: {error}"


def _embedded(embedder: Embedder, pixels: Pixels, record: ImageRecord) -> np.ndarray:
    """One vector; an embedding that can use the planes of the features (`of_pixels`) shares them."""
    shared = getattr(embedder, "of_pixels", None)
    try:
        return np.asarray(shared(pixels) if shared else embedder.embed([pixels.rgb])[0], np.float32)
    except Exception as error:
        raise MakeError(
            f"embedding {embedder.name!r} failed on {record.name}: {type(error).__name__}: {error}"
        ) from error
