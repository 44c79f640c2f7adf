"""The cache: one SQLite file, keyed by what pictures contain, not by what they are called.

Safe when the process is killed at any point and when two runs share it (WAL; every write is one transaction).
Nothing in it is executable: numbers, JSON and raw float32.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .errors import MakeError, WishError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, signature TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (
    digest TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (digest, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scalars (
    digest TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, value REAL,
    PRIMARY KEY (name, version, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vectors (
    digest TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name, digest));
CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_FILE = "measurements-1.sqlite"


class Store:
    """The cache in a folder; `Store(None)` keeps everything in memory and forgets it.

    Raises WishError when the folder cannot be written, MakeError when it is full. Usable from several threads.
    """

    def __init__(self, folder: Path | None) -> None:
        self._lock = threading.RLock()
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._db = self._open(folder / _FILE if folder is not None else None)
        except (OSError, sqlite3.OperationalError) as error:
            raise WishError(
                f"the cache folder {folder} cannot be used: {error}. Set another one in config.CACHE"
            ) from error

    @staticmethod
    def _open(path: Path | None) -> sqlite3.Connection:
        def connect() -> sqlite3.Connection:
            db = sqlite3.connect(path or ":memory:", timeout=60.0, check_same_thread=False, isolation_level=None)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            return db

        try:
            return connect()
        except sqlite3.DatabaseError as error:
            if path is None or isinstance(error, sqlite3.OperationalError):
                raise
            path.replace(path.with_name(f"{path.name}.unreadable-{int(time.time())}"))
            return connect()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def digests(self, paths: Iterable[str]) -> dict[str, tuple[str, str]]:
        """{path: (signature, digest)} of the files seen before."""
        rows = self._by_keys("SELECT path, signature, digest FROM files WHERE path IN ({})", list(paths))
        return {path: (signature, digest) for path, signature, digest in rows}

    def put_digests(self, entries: Mapping[str, tuple[str, str]]) -> None:
        self._many("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", [(path, *entry) for path, entry in entries.items()])

    def facts(self, name: str, digests: Iterable[str]) -> dict[str, Any]:
        """{digest: JSON value} of one kind of fact."""
        rows = self._by_keys("SELECT digest, value FROM facts WHERE name = ? AND digest IN ({})", list(digests), name)
        return {digest: json.loads(value) for digest, value in rows}

    def put_facts(self, name: str, facts: Mapping[str, Any]) -> None:
        rows = [(digest, name, json.dumps(value)) for digest, value in facts.items()]
        self._many("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)

    def scalars(self, name: str, version: str, digests: Iterable[str]) -> dict[str, float]:
        """{digest: value} of one feature at one version; NaN where it was found to be undefined."""
        rows = self._by_keys(
            "SELECT digest, value FROM scalars WHERE name = ? AND version = ? AND digest IN ({})",
            list(digests), name, version,
        )  # fmt: skip
        return {digest: np.nan if value is None else value for digest, value in rows}

    def put_scalars(self, rows: Sequence[tuple[str, str, str, float]]) -> None:
        """rows: (digest, name, version, value)."""
        values = [(d, n, v, float(x) if np.isfinite(x) else None) for d, n, v, x in rows]
        self._many("INSERT OR REPLACE INTO scalars VALUES (?, ?, ?, ?)", values)

    def vectors(self, name: str, digests: Iterable[str]) -> dict[str, np.ndarray]:
        """{digest: (d,) float32} of one kind of vector; the name holds its version."""
        rows = self._by_keys("SELECT digest, value FROM vectors WHERE name = ? AND digest IN ({})", list(digests), name)
        return {digest: np.frombuffer(blob, dtype="<f4") for digest, blob in rows}

    def put_vectors(self, name: str, vectors: Mapping[str, np.ndarray]) -> None:
        rows = [(digest, name, np.ascontiguousarray(v, dtype="<f4").tobytes()) for digest, v in vectors.items()]
        self._many("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def get(self, key: str) -> Any | None:
        """A stored result (JSON value) of a search that need not come out the same twice, or None."""
        with self._lock:
            row = self._db.execute("SELECT value FROM results WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, key: str, value: Any) -> None:
        self._many("INSERT OR REPLACE INTO results VALUES (?, ?)", [(key, json.dumps(value))])

    def _by_keys(self, statement: str, keys: list[str], *before: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        with self._lock:
            for start in range(0, len(keys), 500):
                chunk = keys[start : start + 500]
                rows += self._db.execute(statement.format(",".join("?" * len(chunk))), (*before, *chunk)).fetchall()
        return rows

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany(statement, rows)
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise MakeError(f"the cache cannot be written: {error}") from error
                raise
