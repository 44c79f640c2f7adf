"""The cache: one SQLite file, keyed by what images contain, not by what they are called.

Safe when the process is killed at any point and when several runs share it (WAL; every write is one transaction).
A damaged file is put aside under another name and a new one begun: what was in it is measured again.
Nothing in it is executable: numbers, JSON and raw float32.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import ConfigError, MakeError

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
#: The name of the cache, and the beginning of the names of what belongs to it.
FILE = "measurements-1.sqlite"
_PATIENCE = 30.0  # seconds in which to try again to open what other processes are opening
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TROUBLE = (sqlite3.DatabaseError, UnicodeDecodeError)  # the latter for a message that quotes damaged bytes


class Cache:
    """The cache in a folder; `Cache(None)` keeps everything in memory and forgets it.

    Raises ConfigError when the folder cannot be written, MakeError when it is full or can be read or written no more.
    A file that turns out to be damaged is put aside, and the query that met the damage finds nothing. Usable from
    several threads.
    """

    def __init__(self, folder: Path | None) -> None:
        self._lock = threading.RLock()
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._path = folder / FILE if folder is not None else None
            self._db = self._open()
        except (OSError, sqlite3.DatabaseError) as error:
            raise ConfigError(
                f"the cache folder {folder} cannot be used: {error}. Set another one in config.CACHE"
            ) from error

    def _open(self) -> sqlite3.Connection:
        """Connect, waiting for others who do the same; a file that is no database is put aside."""
        before = self._file = _identity(self._path)
        try:
            db = _connect_patiently(self._path)
        except _TROUBLE as error:
            if self._path is None or not _is_damage(error):
                raise
            _put_aside(self._path, before)
            db = _connect_patiently(self._path)
        self._file = _identity(self._path)
        return db

    def _start_anew(self) -> None:
        """Put the damaged file aside and go on with a new one. Raises MakeError when that cannot be done."""
        assert self._path is not None
        try:
            self._db.close()
            _put_aside(self._path, self._file)
            self._db = self._open()
        except (OSError, sqlite3.DatabaseError) as error:
            raise MakeError(f"the cache {self._path} is damaged and cannot be put aside: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def digests(self, paths: Iterable[str]) -> dict[str, tuple[str, str]]:
        """{path: (signature, digest)} of the files seen before."""
        statement = "SELECT path, signature, digest FROM files WHERE path IN ({})"
        return self._by_keys(statement, paths, lambda signature, digest: (str(signature), str(digest)))

    def put_digests(self, entries: Mapping[str, tuple[str, str]]) -> None:
        self._many("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", [(path, *entry) for path, entry in entries.items()])

    def facts(self, name: str, digests: Iterable[str]) -> dict[str, Any]:
        """{digest: JSON value} of one kind of fact."""
        statement = "SELECT digest, value FROM facts WHERE name = ? AND digest IN ({})"
        return self._by_keys(statement, digests, json.loads, name)

    def put_facts(self, name: str, facts: Mapping[str, Any]) -> None:
        rows = [(digest, name, json.dumps(value)) for digest, value in facts.items()]
        self._many("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)

    def scalars(self, name: str, version: str, digests: Iterable[str]) -> dict[str, float]:
        """{digest: value} of one feature at one version; NaN where it was found to be undefined."""
        statement = "SELECT digest, value FROM scalars WHERE name = ? AND version = ? AND digest IN ({})"
        return self._by_keys(statement, digests, lambda x: np.nan if x is None else float(x), name, version)

    def put_scalars(self, rows: Sequence[tuple[str, str, str, float]]) -> None:
        """rows: (digest, name, version, value)."""
        values = [(d, n, v, float(x) if np.isfinite(x) else None) for d, n, v, x in rows]
        self._many("INSERT OR REPLACE INTO scalars VALUES (?, ?, ?, ?)", values)

    def vectors(self, name: str, digests: Iterable[str]) -> dict[str, np.ndarray]:
        """{digest: (d,) float32} of one kind of vector; the name holds its version."""
        statement = "SELECT digest, value FROM vectors WHERE name = ? AND digest IN ({})"
        return self._by_keys(statement, digests, lambda blob: np.frombuffer(blob, dtype="<f4"), name)

    def put_vectors(self, name: str, vectors: Mapping[str, np.ndarray]) -> None:
        rows = [(digest, name, np.ascontiguousarray(v, dtype="<f4").tobytes()) for digest, v in vectors.items()]
        self._many("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def get(self, key: str) -> Any | None:
        """A stored result (JSON value) of a search that need not come out the same twice, or None."""
        return self._by_keys("SELECT key, value FROM results WHERE key IN ({})", [key], json.loads).get(key)

    def put(self, key: str, value: Any) -> None:
        self._many("INSERT OR REPLACE INTO results VALUES (?, ?)", [(key, json.dumps(value))])

    def _by_keys(self, statement: str, keys: Iterable[str], read: Callable[..., Any], *before: str) -> dict[str, Any]:
        """{key: read(*other columns)} of the rows found; nothing when the file is found to be damaged."""
        keys, rows = list(keys), []
        with self._lock:
            try:
                for start in range(0, len(keys), 500):
                    chunk = keys[start : start + 500]
                    query = statement.format(",".join("?" * len(chunk)))
                    rows += self._db.execute(query, (*before, *chunk)).fetchall()
            except _TROUBLE as error:
                if self._path is not None and _is_damage(error):
                    self._start_anew()
                    return {}
                if isinstance(error, sqlite3.OperationalError):
                    raise MakeError(f"the cache cannot be read: {error}") from error
                raise
            try:
                return {key: read(*columns) for key, *columns in rows}
            except (ValueError, TypeError):  # pages that fit together, with what was never put there
                if self._path is None:
                    raise
                self._start_anew()
                return {}

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        with self._lock:
            try:
                try:
                    self._write(statement, rows)
                except _TROUBLE as error:
                    if self._path is None or not _is_damage(error):
                        raise
                    self._start_anew()
                    self._write(statement, rows)
            except sqlite3.OperationalError as error:
                raise MakeError(f"the cache cannot be written: {error}") from error

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(statement, rows)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                with contextlib.suppress(sqlite3.DatabaseError):
                    self._db.execute("ROLLBACK")
            raise


def _connect_patiently(path: Path | None) -> sqlite3.Connection:
    """`_connect`, tried again for a while: changing to WAL and recovering it do not wait for other processes."""
    deadline, pause = time.monotonic() + _PATIENCE, 0.01
    while True:
        try:
            return _connect(path)
        except sqlite3.OperationalError as error:
            if _code(error) not in _BUSY or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def _connect(path: Path | None) -> sqlite3.Connection:
    db = sqlite3.connect(path or ":memory:", timeout=60.0, check_same_thread=False, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
    except BaseException:
        db.close()
        raise
    return db


def _put_aside(path: Path, damaged: tuple[int, int] | None) -> None:
    """Rename the damaged database and what belongs to it, unless another process already has."""
    if _identity(path) != damaged:
        return
    aside = path.with_name(f"{path.name}.unreadable-{time.time_ns()}")
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).replace(aside.with_name(aside.name + ending))


def _identity(path: Path | None) -> tuple[int, int] | None:
    try:
        status = os.stat(path) if path is not None else None
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino) if status is not None else None


def _code(error: BaseException) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_damage(error: Exception) -> bool:
    return isinstance(error, UnicodeDecodeError) or _code(error) in _DAMAGED or "decode to UTF-8" in str(error)
