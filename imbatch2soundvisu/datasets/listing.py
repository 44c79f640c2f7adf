"""Which files belong to a collection: those below a folder, or those named in a list."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..core.errors import CollectionError
from ..core.image_names import same_form
from ..runtime import ownership
from ..runtime.cache import FILE

#: Files and folders that operating systems create; ignored like names that begin with a dot.
SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx", "@eadir", "$recycle.bin", "icon\r"}


def files_below(root: Path, exclude: Iterable[Path] = ()) -> list[Path]:
    """Return the files below a folder, sorted by path.

    Links are followed once. Hidden, system and excluded names are left out, and so is what this program wrote: results
    of a run may be among the images.

    Parameters
    ----------
    root : Path
        The folder.
    exclude : iterable of Path
        Folders to leave out; the root itself is not excluded.

    Raises
    ------
    CollectionError
        If the folder cannot be read.
    """
    excluded = [path.stat() for path in exclude if path.is_dir() and not path.samefile(root)]
    visited = {(status.st_dev, status.st_ino) for status in excluded}
    found: list[Path] = []
    records: list[Path] = []
    unreadable: list[OSError] = []
    for folder, folders, names in os.walk(root, followlinks=True, onerror=unreadable.append):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in visited:
            folders.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        if any(name.startswith(ownership.RECORD) for name in names):
            records.append(Path(folder))
        folders[:] = sorted(name for name in folders if not _is_ignored(name))
        found += [Path(folder, name) for name in names if not _is_ignored(name)]
    if unreadable and not found and not visited:
        raise CollectionError(f"{root}: {unreadable[0].strerror}")
    found = _without_own(root, found, records)
    found += [Path(error.filename) for error in unreadable if error.filename]
    return sorted(found, key=str)


def lacks_images(folder: Path, quiet_extensions: Iterable[str]) -> bool:
    """Return whether a folder has no file that can be an image, by the endings of the names."""
    quiet = set(quiet_extensions)
    return all(path.suffix.lower() in quiet for path in files_below(folder))


def files_in_list(path: Path) -> list[Path]:
    """Return the files named in a text file, one a line, relative to its folder; "#" begins a comment.

    A name may have another Unicode form than on the disk, as names typed on one system and copied to another have.

    Raises
    ------
    CollectionError
        If the list cannot be read, or is not text.
    """
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise CollectionError(f"{path}: not a list of file names ({error})") from error
    if b"\0" in content:
        raise CollectionError(f"{path}: not a list of file names (it contains zero bytes)")
    lines = content.decode("utf-8", "surrogateescape").split("\n")  # names may contain other bytes and line breaks
    named = [path.parent / line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    folders: dict[Path, dict[str, Path]] = {}
    return [each if os.path.lexists(each) else _in_another_form(each, folders) for each in named]


def _in_another_form(path: Path, folders: dict[Path, dict[str, Path]]) -> Path:
    """The file whose name is another Unicode form of this one; the path itself where there is none."""
    if not os.path.lexists(path.parent) and path.parent != path.parent.parent:
        path = _in_another_form(path.parent, folders) / path.name
    if path.parent not in folders:
        try:
            names = os.listdir(path.parent)
        except (OSError, ValueError):
            names = []
        folders[path.parent] = {same_form(name): path.parent / name for name in sorted(names)}
    return folders[path.parent].get(same_form(path.name), path)


def _without_own(root: Path, found: list[Path], records: list[Path]) -> list[Path]:
    """The files that this program did not write; records : folders below the root that have a record of ours."""
    own = ownership.written_paths(root, records)
    if not own:
        return found
    places = {folder: os.path.realpath(folder) for folder in {path.parent for path in found}}
    return [path for path in found if os.path.join(places[path.parent], path.name) not in own]


def _is_ignored(name: str) -> bool:
    return name.startswith((".", FILE)) or name.casefold() in SYSTEM_NAMES
