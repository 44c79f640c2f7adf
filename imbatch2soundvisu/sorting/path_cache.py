"""Paths that were found before, kept in the cache of a run: a search takes longer than all else of a second run."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol

import numpy as np

#: Shorter paths are found faster than looked up.
_LEAST = 19


class JsonCache(Protocol):
    """Stores JSON values under keys, such as `runtime.cache.Cache`."""

    def get(self, key: str) -> Any | None: ...

    def put(self, key: str, value: Any) -> None: ...


# Orders receive only the table, so the cache of a run reaches them through a context variable.
_cache: ContextVar[JsonCache | None] = ContextVar("paths_cache", default=None)


@contextlib.contextmanager
def path_caching(cache: JsonCache | None) -> Iterator[None]:
    """Within the block, read paths from a cache, and store new ones in it.

    Parameters
    ----------
    cache : Cache or None
        Anything with `get(key)` and `put(key, value)` for JSON values.
    """
    token = _cache.set(cache)
    try:
        yield
    finally:
        _cache.reset(token)


def cached_path(points: np.ndarray, search: Callable[[], np.ndarray], *parameters: Any) -> np.ndarray:
    """Return the path that `search` finds, from the cache where the same points were searched by the same code.

    Parameters
    ----------
    points : (n, d) float64 array
    search : callable
        Returns an (n,) permutation; the same for the same points and parameters.
    parameters
        What else the path depends on; their text is part of the key.
    """
    cache = _cache.get()
    if cache is None or len(points) < _LEAST:
        return search()
    digest = hashlib.blake2b(np.ascontiguousarray(points).tobytes(), digest_size=16)
    digest.update(repr((points.shape, parameters, _version())).encode())
    key = f"path:{digest.hexdigest()}"
    known = cache.get(key)
    if isinstance(known, list) and sorted(known) == list(range(len(points))):
        return np.array(known, np.intp)
    path = search()
    cache.put(key, path.tolist())
    return path


@functools.cache
def _version() -> str:
    """Digest of the source of the search."""
    digest = hashlib.blake2b(digest_size=8)
    for name in ("path_search.py", "path_kernels.py"):
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()
