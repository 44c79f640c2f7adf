"""The cache side of measuring: what is known of each image, and what is stored as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core import Embedder, ImageRecord
from ..features import Pass
from ..features.passes import pass_name
from ..runtime.cache import Cache
from .jobs import Failure, Outcome, Task
from .pairs import pair_key, previous, runs, subjects
from .request import Request, has_stream, is_cached, settings_key


class NoCache:
    """Stands for a cache where there is none: it has no values, and drops what is stored."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: None if name.startswith("put") else {}


class Known:
    """Values by digest: from the cache at first, and from every outcome that `keep` stores.

    Parameters
    ----------
    request : Request
    records : sequence of ImageRecord
    cache : Cache or NoCache
    """

    def __init__(self, request: Request, records: Sequence[ImageRecord], cache: Cache | NoCache) -> None:
        from PIL import __version__ as pillow

        from ..datasets.duplicates import PERCEPTUAL_HASH

        self.request, self._cache = request, cache
        digests = list(dict.fromkeys(record.digest for record in records))
        settings = settings_key(request.settings)
        self._versions = {name: request.version(each) for name, each in request.pixel_features.items()}
        self._keys = {PERCEPTUAL_HASH: f"{PERCEPTUAL_HASH}@{settings}"}
        self._keys |= {each.name: request.vector_key(each) for each in request.embedders}
        self._pass_keys = {pass_name(each): request.pass_key(each) for each in request.passes}
        self._damage_key, self._undecodable_key = f"damage@{settings}", f"undecodable@{settings}@Pillow {pillow}"
        supplied = {each.name for each in request.embedders if not is_cached(each)}
        self.scalars = {name: cache.scalars(name, version, digests) for name, version in self._versions.items()}
        self.vectors: dict[str, dict[str, np.ndarray]] = {
            name: {} if name in supplied else cache.vectors(key, digests) for name, key in self._keys.items()
        }
        self.damage: dict[str, Any] = cache.values(self._damage_key, digests)
        self.undecodable: dict[str, Any] = cache.values(self._undecodable_key, digests)
        self.measured: dict[str, dict[str, Any]] = {}
        for each in request.passes:
            key, keys = self._pass_keys[pass_name(each)], self._subjects(each, records)
            self.vectors[pass_name(each)] = cache.vectors(key, keys)
            self.measured[pass_name(each)] = cache.values(key, keys)
        self.failures: dict[str, dict[str, Failure]] = {}
        self.missing: dict[str, dict[str, str]] = {}

    def tasks(self, records: Sequence[ImageRecord]) -> list[Task]:
        """Return one task for each image of which a feature or a small vector is not known."""
        streamed = {each.name for each in self.request.embedders if has_stream(each)} | self._pass_keys.keys()
        found: dict[str, Mapping[str, Any]] = dict(self.scalars)
        found |= {name: vectors for name, vectors in self.vectors.items() if name not in streamed}
        tasks = []
        for record in self._distinct(records):
            lacking = frozenset(name for name, values in found.items() if record.digest not in values)
            if lacking:
                tasks.append(Task(record, lacking))
        return tasks

    def unmeasured(self, each: Pass, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        """Return the images that a pass has no result of, one for each digest."""
        return self._distinct(records, self.measured[pass_name(each)])

    def unpaired(self, each: Pass, records: Sequence[ImageRecord]) -> list[tuple[ImageRecord, ImageRecord]]:
        """Return the neighbouring images that a pass of pairs has no result of: in their order, each pair once."""
        kept = [record for record in records if record.digest not in self.undecodable]
        ordered = [kept[row] for rows in runs(kept) for row in rows]
        found: dict[str, tuple[ImageRecord, ImageRecord]] = {}
        for first, second in zip(previous(ordered), ordered, strict=True):
            if first is not None and (key := pair_key(first, second)) not in self.measured[pass_name(each)]:
                found.setdefault(key, (first, second))
        return list(found.values())

    def _subjects(self, each: Pass, records: Sequence[ImageRecord]) -> list[str]:
        """What a pass measures of images: the keys of its results, each once."""
        kept = [record for record in records if record.digest not in self.undecodable]
        return list(dict.fromkeys(key for key in subjects(each, kept) if key is not None))

    def unembedded(self, embedder: Embedder, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        """Return the images that an embedding has no vector of: one for each digest, all for user-supplied vectors."""
        if not is_cached(embedder):
            return [record for record in records if record.digest not in self.undecodable]
        return self._distinct(records, self.vectors[embedder.name])

    def keep(self, outcomes: Sequence[Outcome]) -> None:
        """Store one batch. Each kind is one transaction, and each value stands for itself."""
        self._keep_decoding(outcomes)
        self._keep_scalars(outcomes)
        self._keep_vectors(outcomes)
        for name, key in self._pass_keys.items():  # after the vectors: these say that a pass is done with an image
            found = {one.subject: one.measured[name] for one in outcomes if name in one.measured}
            self._cache.put_values(key, found)
            self.measured[name] |= found
        for one in outcomes:
            for name, failure in one.failures.items():
                self.failures.setdefault(name, {})[one.record.name] = failure
            for name, reason in one.missing.items():
                self.missing.setdefault(one.record.digest, {})[name] = reason

    def _keep_decoding(self, outcomes: Sequence[Outcome]) -> None:
        damage = {one.record.digest: one.damage for one in outcomes if one.damage}
        undecodable = [one for one in outcomes if one.undecodable]
        self._cache.put_values(
            self._undecodable_key, {one.record.digest: one.undecodable for one in undecodable if one.lasting}
        )
        self._cache.put_values(self._damage_key, damage)
        self.damage |= damage
        self.undecodable |= {one.record.digest: one.undecodable for one in undecodable}

    def _keep_scalars(self, outcomes: Sequence[Outcome]) -> None:
        rows = [
            (one.record.digest, name, self._versions[name], value)
            for one in outcomes
            for name, value in one.scalars.items()
        ]
        self._cache.put_scalars(rows)
        for digest, name, _, value in rows:
            self.scalars[name][digest] = value

    def _keep_vectors(self, outcomes: Sequence[Outcome]) -> None:
        supplied = {each.name for each in self.request.embedders if not is_cached(each)}
        for name, key in (self._keys | self._pass_keys).items():
            found = {one.subject: one.vectors[name] for one in outcomes if name in one.vectors}
            if name not in supplied:
                self._cache.put_vectors(key, found)
            self.vectors[name] |= found

    def _distinct(self, records: Sequence[ImageRecord], known: Iterable[str] = ()) -> list[ImageRecord]:
        """The first record of each digest that is decodable and not in `known`."""
        first = {record.digest: record for record in reversed(records)}
        return [
            record
            for digest, record in reversed(first.items())
            if digest not in self.undecodable and digest not in known
        ]
