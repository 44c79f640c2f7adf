"""Remove all that is known of faces from the cache."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

from ..core.errors import MakeError
from .cache import FILE

#: What else is derived from faces: kinds of values and vectors, results by their key, and folders of the cache.
OF_FACES = ("dense-landmarks%", "small-aligned-faces%", "faces %")
FOLDERS_OF_FACES = ("aligned-faces",)
_FOUND = ("pass %", '%"label": "face"%')


def forget_faces(folder: Path) -> int:
    """Remove the results of all passes that found faces, and what was made of them, from a cache.

    What was removed is overwritten, and the file is made smaller. Renamed damaged caches are deleted, since nothing
    says what they hold. Outputs and image files are left.

    Parameters
    ----------
    folder : Path
        Folder of the cache.

    Returns
    -------
    int
        The number of images whose faces were removed.

    Raises
    ------
    MakeError
        If the file cannot be read or written, or another process is writing to it.
    """
    for name in FOLDERS_OF_FACES:
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            shutil.rmtree(folder / name)
    for damaged in folder.glob(f"{FILE}.unreadable-*"):
        damaged.unlink()
    path = folder / FILE
    if not path.is_file():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as db:
            return _forget(db)
    except sqlite3.DatabaseError as error:
        raise MakeError(
            f"faces cannot be removed from the cache {path}: {error}. End other runs, or delete it"
        ) from error


def _forget(db: sqlite3.Connection) -> int:
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")
    having = "FROM image_values WHERE name LIKE ? AND value LIKE ?"
    (images,) = db.execute(f"SELECT COUNT(DISTINCT digest) {having}", _FOUND).fetchone()
    for (name,) in db.execute(f"SELECT DISTINCT name {having}", _FOUND).fetchall():
        db.execute("DELETE FROM image_values WHERE name = ?", (name,))
        db.execute("DELETE FROM vectors WHERE name = ?", (name,))
    for kind in OF_FACES:
        db.execute("DELETE FROM image_values WHERE name LIKE ?", (kind,))
        db.execute("DELETE FROM vectors WHERE name LIKE ?", (kind,))
        db.execute("DELETE FROM results WHERE key LIKE ?", (kind,))
    db.execute("COMMIT")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return int(images)
