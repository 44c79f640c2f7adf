"""Images by what a person writes of their names: in any Unicode form, with or without folder and extension."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from .errors import ConfigError
from .images import ImageRecord, Skipped

#: Endings of image files, in lower case. A text with one is the name of an image, perhaps misspelt, and not a phrase.
IMAGE_ENDINGS = (
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpeg", ".jpg", ".jxl", ".png", ".ppm", ".psd",
    ".tga", ".tif", ".tiff", ".webp",
)  # fmt: skip
_SHOWN = 5
Keys = Callable[[str], Iterable[str]]


def same_form(name: str) -> str:
    """Return a name in one Unicode form (NFC), in which names that look alike are equal.

    Examples
    --------
    >>> same_form("cafe\\u0301.jpg") == "caf\\u00e9.jpg"
    True
    """
    return unicodedata.normalize("NFC", name)


def is_file(path: Path) -> bool:
    """Whether a file exists; False also for what is no valid path, such as a long text."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class ImageNames:
    """Finds images by name.

    A name may be the path in the collection, the end of it ("a.jpg" for "sea/a.jpg") or a path of the disk. What is
    not found as written is searched without extension, then without regard to upper and lower case; the first of
    these searches that finds something counts.

    Parameters
    ----------
    records : sequence of ImageRecord
        The images; what is found are their rows.
    skipped : sequence of Skipped
        Files that are no usable images, for the messages.

    Examples
    --------
    >>> names = ImageNames([ImageRecord(Path("p/sea/a.jpg"), "1", 4, 3, name="sea/a.jpg")])
    >>> names.rows("a.jpg"), names.rows("A"), names.rows("b")
    ([0], [0], [])
    """

    def __init__(self, records: Sequence[ImageRecord], skipped: Sequence[Skipped] = ()) -> None:
        self.records, self.skipped = records, skipped
        self.names = [same_form(record.name or record.path.as_posix()) for record in records]
        self._indexes: dict[tuple[Keys, bool], dict[str, list[int]]] = {}

    def rows(self, name: str | Path, loose: bool = True) -> list[int]:
        """Return the rows of the images that a name means, ascending.

        Parameters
        ----------
        name : str or Path
        loose : bool
            Whether to search without extension, and without regard to case, where nothing has the name as written.
        """
        text = same_form(str(name))
        text = text[2:] if text.startswith("./") else text
        found = self._index(_whole, False).get(text) or self._on_disk.get(_absolute(text))
        if found:
            return found
        for keys, folded in (*_AS_WRITTEN, *(_LOOSE if loose else ())):
            if found := self._index(keys, folded).get(text.casefold() if folded else text):
                return found
        return []

    def row(self, name: str | Path, who: str) -> int:
        """Return the row of the image that a name means.

        Parameters
        ----------
        name : str or Path
        who : str
            What the message begins with: "exclude=".

        Raises
        ------
        ConfigError
            If no image or more than one has the name.
        """
        found = self.rows(name)
        if len(found) == 1:
            return found[0]
        raise ConfigError(f"{who}{self.problem(name)}")

    def problem(self, name: str | Path) -> str:
        """Return why a name means no single image, and what to write instead."""
        found = self.rows(name)
        if len(found) > 1:
            return f"{str(name)!r} names {len(found)} images: {_listed(self._shown(found))}. Write the folder as well"
        if reason := self.why_skipped(name):
            return f"{str(name)!r} cannot be used: {reason}"
        near = self.near(name)
        some = f" There are {_listed(self.names[:_SHOWN])} …" if self.names else ""
        hint = f" Did you mean {_listed(near)}?" if near else some
        return f"{str(name)!r} is not among the {len(self.records)} images.{hint}"

    def near(self, name: str | Path) -> list[str]:
        """Return up to three names that are spelt like a name."""
        ends = {same.rsplit("/", 1)[-1].casefold(): same for same in reversed(self.names)}
        text = same_form(str(name)).rstrip("/").casefold()
        whole = {same.casefold(): same for same in reversed(self.names)} if "/" in text else {}
        found = [whole[each] for each in get_close_matches(text, whole, 3, 0.6)]
        found += [ends[each] for each in get_close_matches(text.rsplit("/", 1)[-1], ends, 3, 0.6)]
        return list(dict.fromkeys(found))[:3]

    def why_skipped(self, name: str | Path) -> str:
        """Return why a file of that name is not used; "" where there is no such file."""
        text = same_form(str(name)).casefold()
        for each in self.skipped:
            if text in {key.casefold() for keys in (_ends, _ends_without_extension) for key in keys(each.name)}:
                return each.reason
        return ""

    def _shown(self, rows: Sequence[int]) -> list[str]:
        return [self.names[row] for row in rows[:_SHOWN]] + (["…"] if len(rows) > _SHOWN else [])

    def _index(self, keys: Keys, folded: bool) -> dict[str, list[int]]:
        if (keys, folded) not in self._indexes:
            index: dict[str, list[int]] = {}
            for row, name in enumerate(self.names):
                for key in keys(name.casefold() if folded else name):
                    index.setdefault(key, []).append(row)
            self._indexes[keys, folded] = index
        return self._indexes[keys, folded]

    @cached_property
    def _on_disk(self) -> dict[str, list[int]]:
        index: dict[str, list[int]] = {}
        for row, record in enumerate(self.records):
            index.setdefault(_absolute(same_form(str(record.path))), []).append(row)
        return index


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def _whole(name: str) -> list[str]:
    return [name]


def _ends(name: str) -> list[str]:
    """Every end of a path that begins with a folder or with the file: "a/b.jpg" and "b.jpg"."""
    parts = name.split("/")
    return ["/".join(parts[i:]) for i in range(len(parts))]


def _ends_without_extension(name: str) -> list[str]:
    folder, _, label = name.rpartition("/")
    stem = os.path.splitext(label)[0]
    return _ends(f"{folder}/{stem}" if folder else stem)


_AS_WRITTEN: tuple[tuple[Keys, bool], ...] = ((_ends, False),)
_LOOSE: tuple[tuple[Keys, bool], ...] = (
    (_ends_without_extension, False), (_ends, True), (_ends_without_extension, True),
)  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name if name == "…" else repr(name) for name in names)
