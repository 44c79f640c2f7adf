"""Images from a foreign source into a folder that gets its name when it is whole; no name of theirs leads out."""

from __future__ import annotations

import contextlib
import errno
import importlib
import itertools
import json
import os
import re
import shutil
import time
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from ...core import Progress
from ...core.errors import ConfigError, ImageError, MakeError
from .. import images

_JOURNAL = ".journal"
_LONGEST = 120  # bytes of a name; file systems take 255, and a number may be added
_UNKNOWN = ".img"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)
#: Endings of images, in lower case.
ENDINGS = (
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpeg", ".jpg", ".jxl", ".png", ".ppm", ".psd",
    ".tga", ".tif", ".tiff", ".webp",
)  # fmt: skip
# Where the first bytes of a format stand, what they are, and its ending.
_SIGNATURES = (
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"\x89PNG\r\n", ".png"),
    (0, b"GIF8", ".gif"),
    (8, b"WEBP", ".webp"),
    (0, b"II*\0", ".tif"),
    (0, b"MM\0*", ".tif"),
    (4, b"ftypavif", ".avif"),
    (4, b"ftyphe", ".heic"),
    (4, b"ftypmif1", ".heic"),
    (4, b"jP  ", ".jp2"),
    (0, b"BM", ".bmp"),
    (0, b"8BPS", ".psd"),
    (0, b"\0\0\1\0", ".ico"),
    (4, b"JXL ", ".jxl"),
    *((0, b"P%d\n" % kind, ".ppm") for kind in range(1, 7)),
)


@dataclass(frozen=True)
class Item:
    """An image of a set: a file, bytes, or a decoded image or array; the folders it goes to; its name there."""

    content: Any
    folders: tuple[str, ...] = ()
    name: str = ""


def gather(
    folder: Path, what: str, items: Callable[[int], Iterator[Item | None]], total: int, progress: Progress
) -> Path:
    """Write images into `folder`, which gets that name when it is whole, and return it.

    items : from the number of items that are done already to the rest of them, in the same order every time; None
    where there is nothing. total : how many there will be, 0 where nobody knows.
    Files are linked where they can be, bytes written as they are, decoded images as PNG.
    Raises ConfigError when there are no images at all, OSError for what cannot be written.
    """
    with _alone(folder, progress):
        return folder if folder.is_dir() else _gathered(folder, what, items, total, progress)


def _gathered(
    folder: Path, what: str, items: Callable[[int], Iterator[Item | None]], total: int, progress: Progress
) -> Path:
    """`gather`, while nobody else does."""
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    try:
        with _Journal(partial) as journal:
            for item in items(journal.done):
                place = journal.place(item)
                if item is not None:
                    place = _kept(item.content, partial, place)
                journal.add(item, place)
                progress("download", journal.done, max(total, journal.done + 1))
        if not journal.has_images:
            shutil.rmtree(partial, ignore_errors=True)
            raise ConfigError(f"{what} holds no images")
        (partial / _JOURNAL).unlink()
        os.replace(partial, folder)
    except OSError:
        if not folder.is_dir():  # else another run was faster, on a disk that knows no locks
            raise
        shutil.rmtree(partial, ignore_errors=True)
    progress("download", max(journal.done, 1), max(journal.done, 1))
    return folder


@contextlib.contextmanager
def _alone(folder: Path, progress: Progress) -> Iterator[None]:
    """Wait until no other run, and no other thread, fetches this folder, and keep others from it meanwhile.

    The system takes the lock back from a process that ends, however it ends. On disks without locks there is none.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    path = folder.with_name(f"{folder.name}.lock")
    while True:
        with open(path, "ab") as file:
            if (held := _lock(file)) is None or (held and _is_still(file, path)):
                try:
                    yield
                finally:
                    with contextlib.suppress(OSError):  # Windows lets nobody remove what is open
                        path.unlink()
                return
        progress("wait for another download", 0, 1)
        time.sleep(_PATIENCE_S)


_PATIENCE_S = 0.2


def _lock(file: IO[bytes]) -> bool | None:
    """Whether the lock of a file could be had; None where there are no locks."""
    try:
        if os.name == "nt":
            msvcrt: Any = importlib.import_module("msvcrt")
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl: Any = importlib.import_module("fcntl")
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK) else None
    return True


def _is_still(file: IO[bytes], path: Path) -> bool:
    """Whether a path still means the file that is open, which the run before may have removed."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except OSError:
        return False


class _Journal:
    """Which items are done and where they stand, one line each, so that a download can go on where it stopped."""

    def __init__(self, partial: Path) -> None:
        self._path = partial / _JOURNAL
        self.done = 0
        self._files: set[str] = set()
        self._leaves: set[str] = set()
        self._folders: dict[tuple[str, ...], str] = {}
        lines = self._path.read_bytes().splitlines(keepends=True) if self._path.exists() else []
        for line in lines:
            try:
                number, place, folders = json.loads(line)
            except ValueError:  # cut off when the run was killed
                break
            if number != self.done or not line.endswith(b"\n"):
                break
            self._remember(place, tuple(folders))
        whole = b"".join(lines[: self.done])
        self._path.write_bytes(whole)

    def __enter__(self) -> _Journal:
        self._file = open(self._path, "a", encoding="utf-8", buffering=1)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def has_images(self) -> bool:
        return bool(self._files)

    def place(self, item: Item | None) -> str:
        """Where an item goes, relative to the folder, as no other does on any file system; "" for no item."""
        if item is None:
            return ""
        folder = self._folder(item.folders)
        name = _file_name(item, self.done)
        stem, ending = os.path.splitext(name)
        others = (f"{stem}-{number:06}{ending}" for number in itertools.count(self.done))
        places = (f"{folder}/{each}" if folder else each for each in itertools.chain([name], others))
        return _free(places, self._files)

    def add(self, item: Item | None, place: str) -> None:
        folders = item.folders if item is not None else ()
        self._file.write(json.dumps([self.done, place, folders]) + "\n")
        self._remember(place, folders)

    def _remember(self, place: str, folders: tuple[str, ...]) -> None:
        self.done += 1
        if place:
            self._files.add(place.casefold())
            self._folders[folders] = folder = place.rpartition("/")[0]
            self._leaves.add(folder.casefold())

    def _folder(self, folders: tuple[str, ...]) -> str:
        """One folder for one class: labels that would fall together on a disk are kept apart by a number."""
        if folders in self._folders or not folders:
            return self._folders.get(folders, "")
        plain = "/".join(_folder_name(each) for each in folders)
        return _free(itertools.chain([plain], (f"{plain}-{number}" for number in itertools.count(2))), self._leaves)


def safe_name(name: str) -> str:
    """One part of a path that every file system takes and that stays where it is put.

    Separators, controls and turns of direction become "_", leading and trailing dots go, names of devices get a "_",
    and what is too long is cut before its ending.

    >>> safe_name("../../etc/passwd")
    '_.._etc_passwd'
    """
    text = unicodedata.normalize("NFC", name.encode("utf-8", "backslashreplace").decode())
    text = "".join("_" if unicodedata.category(each) in ("Cc", "Cf", "Cs") else each for each in text)
    text = _FORBIDDEN.sub("_", text).strip(". ") or "untitled"
    text = f"_{text}" if _DEVICE.fullmatch(text) else text
    stem, ending = os.path.splitext(text)
    if len(ending.encode()) > 10:
        stem, ending = text, ""
    while len((stem + ending).encode()) > _LONGEST:
        stem = stem[:-1]
    return (stem + ending).rstrip(". ")


def is_image(path: Path) -> bool:
    """Whether a file is called like an image, or begins like one."""
    return path.suffix.lower() in ENDINGS or begins_like_image(path)


def begins_like_image(content: bytes | Path) -> bool:
    """Whether a file, or bytes, begin as those of a known format do; TGA has no such beginning."""
    return bool(_ending(content))


def _free(tries: Iterable[str], taken: set[str]) -> str:
    """The first that is not taken, on a disk that knows no upper case either."""
    return next(each for each in tries if each.casefold() not in taken)


def _folder_name(label: str) -> str:
    """A folder never ends like an image, so that no file has its name."""
    name = safe_name(label)
    return f"{name}_" if os.path.splitext(name)[1].lower() in (*ENDINGS, _UNKNOWN) else name


def _file_name(item: Item, number: int) -> str:
    name = safe_name(item.name or f"{number:06}")
    if not isinstance(item.content, bytes | Path):
        stem, ending = os.path.splitext(name)
        return f"{stem if ending.lower() in ENDINGS else name}.png"
    return name if os.path.splitext(name)[1].lower() in ENDINGS else name + (_ending(item.content) or _UNKNOWN)


def _ending(content: bytes | Path) -> str:
    if isinstance(content, Path):
        with open(content, "rb") as file:
            content = file.read(16)
    return next((ending for at, magic, ending in _SIGNATURES if content[at : at + len(magic)] == magic), "")


def _kept(content: Any, folder: Path, place: str) -> str:
    """Write one image; its place, or "" for one whose decoder fails, which is left out with a warning."""
    try:
        _write(content, folder / place)
    except ImageError as error:
        if not error.lasting:
            raise
        warnings.warn(f"{place} is left out: it {error}", stacklevel=2)
        return ""
    return place


def _write(content: Any, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # left by a run that was killed; it may be a link to a file of the client
    if isinstance(content, Path):
        try:
            os.link(content, target)
        except OSError:  # another disk, or a file system without links
            shutil.copyfile(content, target)
    elif isinstance(content, bytes):
        target.write_bytes(content)
    else:
        image = content if isinstance(content, Image.Image) else _from_array(content)
        with images.decoding():  # some clients hand out images that are decoded when they are used
            image.load()
        image = image if image.mode in ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA") else image.convert("RGB")
        image.save(target, "PNG")


def _from_array(content: Any) -> Image.Image:
    """An array or tensor, (h, w), (h, w, c) or (c, h, w), of uint8, bool, or floats in [0, 1], as an image."""
    values = np.asarray(content)
    if values.ndim == 3 and values.shape[0] in (1, 3, 4) and values.shape[2] not in (1, 3, 4):
        values = np.moveaxis(values, 0, 2)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.dtype.kind == "f" or values.dtype == bool:
        values = (values.astype(np.float64).clip(0, 1) * 255).round().astype(np.uint8)
    if values.dtype != np.uint8 or not (values.ndim == 2 or (values.ndim == 3 and values.shape[2] in (3, 4))):
        kind = type(content).__name__
        raise MakeError(f"its entries are no images, but {kind} of shape {values.shape} and type {values.dtype}")
    return Image.fromarray(np.ascontiguousarray(values))
