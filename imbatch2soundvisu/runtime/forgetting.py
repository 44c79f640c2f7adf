"""Remove what passes found in images, such as faces, from the cache."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from ..core.errors import MakeError
from .cache import FILE

#: Results in the cache whose key begins with this were derived from faces; they are removed with them.
FROM_FACES = "faces "
_PASSES = "pass %"


def forget_regions(folder: Path, label: str) -> int:
    """Remove the results of all passes that found regions with a label, and return of how many images these were.

    What was removed is overwritten, and the file is made smaller. Renamed damaged caches are deleted, since nothing
    says what they hold. Outputs and image files are left.

    Parameters
    ----------
    folder : Path
        Folder of the cache.
    label : str
        Of the regions: "face".

    Raises
    ------
    MakeError
        If the file cannot be read or written, or another process is writing to it.
    """
    for damaged in folder.glob(f"{FILE}.unreadable-*"):
        damaged.unlink()
    path = folder / FILE
    if not path.is_file():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as db:
            return _forget(db, label)
    except sqlite3.DatabaseError as error:
        raise MakeError(
            f"faces cannot be removed from the cache {path}: {error}. End other runs, or delete it"
        ) from error


def _forget(db: sqlite3.Connection, label: str) -> int:
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")
    found = f'%"label": "{label}"%'
    having = "FROM image_values WHERE name LIKE ? AND value LIKE ?"
    (images,) = db.execute(f"SELECT COUNT(DISTINCT digest) {having}", (_PASSES, found)).fetchone()
    names = [name for (name,) in db.execute(f"SELECT DISTINCT name {having}", (_PASSES, found))]
    for name in names:
        db.execute("DELETE FROM image_values WHERE name = ?", (name,))
        db.execute("DELETE FROM vectors WHERE name = ?", (name,))
    db.execute("DELETE FROM results WHERE key LIKE ?", (f"{FROM_FACES}%",))
    db.execute("COMMIT")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return int(images)
