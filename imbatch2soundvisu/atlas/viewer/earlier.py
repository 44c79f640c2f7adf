"""What a map takes from an earlier one in the same place: files of images and sheets whose images have not changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: The record of what is in the files.
RECORD = "thumbnails.json"
_VERSION = 1  # of how files and sheets are made


@dataclass(frozen=True)
class Earlier:
    """The files of an earlier map, by what they were made from; none unless it is read.

    Parameters
    ----------
    folder : Path
        With the files.
    long_side : int
        Of the files of images.
    images : mapping of str to int
        Number of an image by the digest of its source.
    sheets : mapping of str to str
        Name of a sheet by its key.
    """

    folder: Path = Path()
    long_side: int = 0
    images: Mapping[str, int] = field(default_factory=dict)
    sheets: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Earlier:
        """Return what a folder has, nothing where it has no record of this version."""
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            if record["version"] != _VERSION:
                return cls()
            return cls(folder, int(record["long_side"]), dict(record["images"]), dict(record["sheets"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def take_image(self, digest: str, long_side: int, path: Path) -> bool:
        """Put the file of an image at a path; False where there is none."""
        number = self.images.get(digest)
        if number is None or long_side != self.long_side:
            return False
        return _taken(self.folder / "images" / str(number // 1000) / f"{number}.jpg", path)

    def take_sheet(self, key: str, path: Path) -> bool:
        """Put a sheet at a path; False where there is none. Its name is in it, so it must have had the same."""
        return self.sheets.get(key) == path.name and _taken(self.folder / path.name, path)

    @staticmethod
    def write_record(
        folder: Path, long_side: int, images: Mapping[str, int], sheets: Iterable[tuple[str, str]], has_problems: bool
    ) -> None:
        """Write the record of a folder; sheets of images that could not be read are made again the next time."""
        kept = {} if has_problems else {key: name for name, key in sheets}
        record = {"version": _VERSION, "long_side": long_side, "images": dict(images), "sheets": kept}
        (folder / RECORD).write_text(json.dumps(record), encoding="utf-8", newline="\n")


def sheet_key(side: int, digests: Sequence[str]) -> str:
    """Return what a sheet depends on."""
    return hashlib.blake2b("\n".join((str(side), *digests)).encode(), digest_size=16).hexdigest()


def _taken(source: Path, path: Path) -> bool:
    """Link a file, or copy it where files cannot be linked."""
    try:
        os.link(source, path)
    except OSError:
        try:
            shutil.copyfile(source, path)
        except OSError:
            return False
    return True
