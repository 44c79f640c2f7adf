"""The cache of measured values: one SQLite file, keyed by the content of images, not by their names.

Killing the process at any point leaves no half-written entry, and several runs may share the file (WAL; every write is
one transaction). A damaged file is renamed and a new one begun; its values are measured again. Nothing in it is
executable: numbers, JSON and raw float32.
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
from .homes import keep_compiled_code_in

_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, signature TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS image_values (
    digest TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (digest, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scalars (
    digest TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, value REAL,
    PRIMARY KEY (name, version, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vectors (
    digest TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name, digest));
CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
#: File name of the cache; files of SQLite that belong to it begin with the same name.
FILE = "measurements-1.sqlite"
_OPEN_TIMEOUT_S = 30.0  # other processes may be opening the same file
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)  # the latter: an error message that quotes damaged bytes


class Cache:
    """The cache in a folder. Usable from several threads.

    A file that turns out to be damaged is renamed, and the query that met the damage returns nothing.

    Parameters
    ----------
    folder : Path, optional
        Folder of the cache, made if it is missing. None keeps everything in memory until `close`.

    Raises
    ------
    ConfigError
        If the folder cannot be written.
    MakeError
        From every method: if the file can no longer be read or written.

    Examples
    --------
    >>> with Cache(None) as cache:
    ...     cache.put_scalars([("digest", "luminance", "version 1", 0.5)])
    ...     cache.scalars("luminance", "version 1", ["digest", "other"])
    {'digest': 0.5}
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                keep_compiled_code_in(folder)
            self._path = folder / FILE if folder is not None else None
            self._db = self._open()
        except (OSError, sqlite3.DatabaseError) as error:
            raise ConfigError(f"the cache folder {folder} cannot be used: {error}. Set CACHE to another one") from error

    def _open(self) -> sqlite3.Connection:
        """Connect, waiting for other processes that are connecting; a file that is not a database is renamed."""
        before = self._file = _identity(self._path)
        try:
            db = _connect_with_retries(self._path)
        except _ERRORS as error:
            if self._path is None or not _is_damage(error):
                raise
            _rename_damaged(self._path, before)
            db = _connect_with_retries(self._path)
        self._file = _identity(self._path)
        return db

    def _start_anew(self) -> None:
        """Rename the damaged file and begin a new one. Raises MakeError when that fails."""
        assert self._path is not None
        try:
            self._db.close()
            _rename_damaged(self._path, self._file)
            self._db = self._open()
        except (OSError, sqlite3.DatabaseError) as error:
            raise MakeError(f"the cache {self._path} is damaged and cannot be renamed: {error}. Delete it") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def digests(self, paths: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return {path: (signature, digest)} of the files whose digests are stored.

        The signature is made of the file's size and times; while it is unchanged, the file need not be read again.
        """
        statement = "SELECT path, signature, digest FROM files WHERE path IN ({})"
        return self._by_keys(statement, paths, lambda signature, digest: (str(signature), str(digest)))

    def put_digests(self, entries: Mapping[str, tuple[str, str]]) -> None:
        """Store {path: (signature, digest)}."""
        self._many("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", [(path, *entry) for path, entry in entries.items()])

    def values(self, name: str, digests: Iterable[str]) -> dict[str, Any]:
        """Return {digest: JSON value} of one kind of value, such as the header of a file."""
        statement = "SELECT digest, value FROM image_values WHERE name = ? AND digest IN ({})"
        return self._by_keys(statement, digests, json.loads, name)

    def put_values(self, name: str, values: Mapping[str, Any]) -> None:
        """Store {digest: JSON value} of one kind of value."""
        rows = [(digest, name, json.dumps(value)) for digest, value in values.items()]
        self._many("INSERT OR REPLACE INTO image_values VALUES (?, ?, ?)", rows)

    def scalars(self, name: str, version: str, digests: Iterable[str]) -> dict[str, float]:
        """Return {digest: value} of one feature at one version; NaN where the feature is undefined."""
        statement = "SELECT digest, value FROM scalars WHERE name = ? AND version = ? AND digest IN ({})"
        return self._by_keys(statement, digests, lambda x: np.nan if x is None else float(x), name, version)

    def put_scalars(self, rows: Sequence[tuple[str, str, str, float]]) -> None:
        """Store rows of (digest, feature, version, value)."""
        values = [(d, n, v, float(x) if np.isfinite(x) else None) for d, n, v, x in rows]
        self._many("INSERT OR REPLACE INTO scalars VALUES (?, ?, ?, ?)", values)

    def vectors(self, name: str, digests: Iterable[str]) -> dict[str, np.ndarray]:
        """Return {digest: (d,) float32} of one kind of vector; `name` includes its version."""
        statement = "SELECT digest, value FROM vectors WHERE name = ? AND digest IN ({})"
        return self._by_keys(statement, digests, lambda blob: np.frombuffer(blob, dtype="<f4"), name)

    def put_vectors(self, name: str, vectors: Mapping[str, np.ndarray]) -> None:
        """Store {digest: (d,) vector} of one kind of vector."""
        rows = [(digest, name, np.ascontiguousarray(v, dtype="<f4").tobytes()) for digest, v in vectors.items()]
        self._many("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def get(self, key: str) -> Any | None:
        """Return the JSON value stored under a key, or None."""
        return self._by_keys("SELECT key, value FROM results WHERE key IN ({})", [key], json.loads).get(key)

    def put(self, key: str, value: Any) -> None:
        """Store a JSON value under a key: the result of a search, for example."""
        self._many("INSERT OR REPLACE INTO results VALUES (?, ?)", [(key, json.dumps(value))])

    def _by_keys(self, statement: str, keys: Iterable[str], read: Callable[..., Any], *before: str) -> dict[str, Any]:
        """Return {key: read(*other columns)} of the rows found; nothing when the file is found to be damaged."""
        with self._lock:
            try:
                rows = self._rows(statement, list(keys), before)
                return {key: read(*columns) for key, *columns in rows}
            except _ERRORS as error:
                if self._path is None or not _is_damage(error):
                    if isinstance(error, sqlite3.OperationalError):
                        raise MakeError(f"the cache cannot be read: {error}") from error
                    raise
            except (ValueError, TypeError):  # intact pages whose content was never stored
                if self._path is None:
                    raise
            self._start_anew()
            return {}

    def _rows(self, statement: str, keys: list[str], before: tuple[str, ...]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), 500):
            chunk = keys[start : start + 500]
            query = statement.format(",".join("?" * len(chunk)))
            rows += self._db.execute(query, (*before, *chunk)).fetchall()
        return rows

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        with self._lock:
            try:
                try:
                    self._write(statement, rows)
                except _ERRORS as error:
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


def _connect_with_retries(path: Path | None) -> sqlite3.Connection:
    """`_connect`, retried: SQLite does not wait for other processes when it changes to WAL or recovers it."""
    deadline, pause = time.monotonic() + _OPEN_TIMEOUT_S, 0.01
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


def _rename_damaged(path: Path, damaged: tuple[int, int] | None) -> None:
    """Rename the damaged database and its WAL files, unless another process already has."""
    if _identity(path) != damaged:
        return
    renamed = path.with_name(f"{path.name}.unreadable-{time.time_ns()}")
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).replace(renamed.with_name(renamed.name + ending))


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
