"""The journal of a download: which items are done and where they are, so that it continues after an interruption."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .names import file_name, first_free, folder_name

#: Name of the journal in the folder of an unfinished download.
JOURNAL = ".journal"


@dataclass(frozen=True)
class Item:
    """An image of a data set.

    Parameters
    ----------
    content : Path, bytes, PIL.Image.Image or ndarray
        A file, its bytes, or a decoded image.
    folders : tuple of str
        Folders it goes to, outermost first: its class, for example.
    name : str
        Its name in the data set.
    """

    content: Any
    folders: tuple[str, ...] = ()
    name: str = ""


class Journal:
    """One JSON line for each item that is done: its number, its place, and the folders it had in the data set."""

    def __init__(self, partial: Path) -> None:
        self._path = partial / JOURNAL
        self.done = 0
        self._files: set[str] = set()
        self._leaves: set[str] = set()
        self._folders: dict[tuple[str, ...], str] = {}
        lines = self._path.read_bytes().splitlines(keepends=True) if self._path.exists() else []
        for line in lines:
            try:
                number, place, folders = json.loads(line)
            except ValueError:  # an incomplete line of a killed run
                break
            if number != self.done or not line.endswith(b"\n"):
                break
            self._count(place, tuple(folders))
        self._path.write_bytes(b"".join(lines[: self.done]))

    def __enter__(self) -> Journal:
        self._file = open(self._path, "a", encoding="utf-8", buffering=1)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def has_images(self) -> bool:
        """Whether any item has been written."""
        return bool(self._files)

    def place(self, item: Item | None) -> str:
        """Return where an item goes, relative to the folder, unlike any other on every file system; "" for None."""
        if item is None:
            return ""
        folder = self._folder(item.folders)
        name = file_name(item.name, item.content, self.done)
        stem, ending = os.path.splitext(name)
        others = (f"{stem}-{number:06}{ending}" for number in itertools.count(self.done))
        places = (f"{folder}/{each}" if folder else each for each in itertools.chain([name], others))
        return first_free(places, self._files)

    def add(self, item: Item | None, place: str) -> None:
        """Record that an item is done; "" for one without a file."""
        folders = item.folders if item is not None else ()
        self._file.write(json.dumps([self.done, place, folders]) + "\n")
        self._count(place, folders)

    def _count(self, place: str, folders: tuple[str, ...]) -> None:
        self.done += 1
        if place:
            self._files.add(place.casefold())
            self._folders[folders] = folder = place.rpartition("/")[0]
            self._leaves.add(folder.casefold())

    def _folder(self, folders: tuple[str, ...]) -> str:
        """One folder for each class: labels whose folder names would be the same are distinguished by a number."""
        if folders in self._folders or not folders:
            return self._folders.get(folders, "")
        plain = "/".join(folder_name(each) for each in folders)
        return first_free(
            itertools.chain([plain], (f"{plain}-{number}" for number in itertools.count(2))), self._leaves
        )
