"""From a folder, a list of files, a video or the built-in sample to a `Collection`, and what state it is in.

`kaggle`, `huggingface` and `torchvision` fetch public collections: `DATA_ROOT = datasets.torchvision("Flowers102")`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from .. import config
from ..core import Collection, FeatureTable, ImageRecord, Progress, Skipped, silent
from ..core.errors import CollectionError, ImageError
from ..runtime import ownership
from ..runtime.cache import FILE, Cache
from . import images
from .downloads import huggingface as huggingface
from .downloads import kaggle as kaggle
from .downloads import torchvision as torchvision
from .sample import built_in_sample
from .videos import is_video, video_frames

#: Files and folders that systems leave behind; ignored without a word, like names that begin with a dot.
SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx", "@eadir", "$recycle.bin", "icon\r"}

# What a header was found to be depends on who read it, and on which formats were allowed.
_HEADER = f"header-2 Pillow {PIL.__version__} {' '.join(config.FORMATS)}"


def discover(
    root: str | Path | Iterable[str | Path] | None = None,
    *,
    store: Cache | None = None,
    cache: str | Path | None = None,
    per_second: float | None = None,
    every: int | None = None,
    exclude: Iterable[Path] = (),
    progress: Progress = silent,
) -> Collection:
    """Find the images of a folder (recursively), a `.txt` list of files, a video, or an iterable of paths.

    root : None for the built-in sample. per_second, every : which frames of a video are taken: so many a second, or
    every n-th (`config.VIDEO_FRAMES_PER_SECOND`, `config.VIDEO_EVERY_NTH`). cache : where frames and the sample go.
    exclude : folders inside the root that are passed over; files that this program wrote always are (see `ownership`).
    Types are told by content. Files that are no images are in `skipped`, with the reason.
    Raises CollectionError when there is nothing to look at.
    """
    store = store or Cache(None)
    kept = Path(cache) if cache is not None else config.places().cache
    if root is None:
        return replace(_collect(folder := built_in_sample(kept), _walk(folder), store, progress), source="sample")
    if not isinstance(root, str | Path):
        paths = [Path(path) for path in root]
        return _collect(
            Path(os.path.commonpath([str(p.absolute().parent) for p in paths] or ["."])), paths, store, progress
        )
    path = Path(root).expanduser()
    try:
        kind = path.stat().st_mode
    except OSError as error:
        raise CollectionError(f"{path}: {error.strerror or error}. Set DATA_ROOT to a folder of images") from error
    if stat.S_ISDIR(kind):
        return _collect(path, _walk(path, exclude), store, progress)
    if path.suffix.lower() == ".txt":
        return _collect(path.parent, _listed(path), store, progress)
    if is_video(path):
        folder = video_frames(path, kept / "frames", per_second, every, progress)
        return replace(_collect(folder, _walk(folder), store, progress), root=path, source="video")
    raise CollectionError(f"{path} is a file. DATA_ROOT must be a folder of images, a video, or a .txt list of files")


def usable(collection: Collection) -> Collection:
    """The collection itself, when an order can be made of it. Raises CollectionError under 2 usable images."""
    if len(collection) >= 2:
        return collection
    what = "no usable image" if not len(collection) else "only one usable image"
    reasons = "".join(f"\n  {each.name}: {each.reason}" for each in collection.skipped[:5])
    more = f"\n  … and {len(collection.skipped) - 5} more" if len(collection.skipped) > 5 else ""
    raise CollectionError(
        f"{what} among {collection.found} files in {collection.root}; an order needs at least 2{reasons}{more}"
    )


def _walk(root: Path, exclude: Iterable[Path] = ()) -> Iterator[Path]:
    """Files below a folder, sorted; links are followed once; hidden, system and excluded names are passed over.

    So is what this program wrote: results of a run may lie among the images.
    """
    left_out = [path.stat() for path in exclude if path.is_dir() and not path.samefile(root)]
    seen = {(status.st_dev, status.st_ino) for status in left_out}
    found: list[Path] = []
    records: list[Path] = []
    unreadable: list[OSError] = []
    for folder, folders, names in os.walk(root, followlinks=True, onerror=unreadable.append):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        if any(name.startswith(ownership.RECORD) for name in names):
            records.append(Path(folder))
        folders[:] = sorted(name for name in folders if not _ignored(name))
        found += [Path(folder, name) for name in names if not _ignored(name)]
    if unreadable and not found and not seen:
        raise CollectionError(f"{root}: {unreadable[0].strerror}")
    found = _without_own(root, found, records)
    found += [Path(error.filename) for error in unreadable if error.filename]
    return iter(sorted(found, key=str))


def _without_own(root: Path, found: list[Path], records: list[Path]) -> list[Path]:
    """The files that this program did not write; records : folders below the root that have a record."""
    own = ownership.not_of_the_user(root, records)
    if not own:
        return found
    places = {folder: os.path.realpath(folder) for folder in {path.parent for path in found}}
    return [path for path in found if os.path.join(places[path.parent], path.name) not in own]


def _ignored(name: str) -> bool:
    return name.startswith((".", FILE)) or name.casefold() in SYSTEM_NAMES


def _listed(path: Path) -> list[Path]:
    """The files named in a text file, one a line, relative to its folder; '#' begins a comment."""
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise CollectionError(f"{path}: not a list of file names ({error})") from error
    if b"\0" in content:
        raise CollectionError(f"{path}: not a list of file names (it holds zeros)")
    lines = content.decode("utf-8", "surrogateescape").split("\n")  # names may have bytes and breaks of their own
    return [path.parent / line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _collect(root: Path, paths: Iterable[Path], store: Cache, progress: Progress) -> Collection:
    listed = list(paths)
    looked = _look(root, listed, store, progress)
    headers = store.facts(_HEADER, {digest for _, digest, _ in looked if digest})
    records, skipped, fresh, ignored = [], [], {}, 0
    for path, digest, reason in looked:
        name = _name(path, root)
        quiet = path.suffix.lower() in config.QUIET_EXTENSIONS
        if digest and digest not in headers:
            headers[digest], lasting = _header(path)
            if lasting:
                fresh[digest] = headers[digest]
        header = headers.get(digest, {"error": reason})
        if "error" in header:
            ignored += quiet
            if not quiet:
                hint = " (a video: set DATA_ROOT to it to play its frames)" if is_video(path) else ""
                skipped.append(Skipped(name, header["error"] + hint))
        elif header["width"] * header["height"] > config.PIXEL_LIMIT:
            skipped.append(Skipped(name, f"{header['width']} × {header['height']} px is over the pixel limit"))
        else:
            records.append(_record(path, name, digest, header))
    store.put_facts(_HEADER, fresh)
    groups: dict[str, list[str]] = {}
    for record in records:
        groups.setdefault(record.digest, []).append(record.name)
    duplicates = tuple(tuple(names) for names in groups.values() if len(names) > 1)
    return Collection(root, tuple(records), len(listed) - ignored, tuple(skipped), duplicates=duplicates)


def _look(root: Path, paths: Sequence[Path], store: Cache, progress: Progress) -> list[tuple[Path, str, str]]:
    """(path, digest, "") of each file, or (path, "", reason). Files whose status is unchanged are not read again."""
    keys = [
        os.path.abspath(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for path in paths
    ]
    known = store.digests(keys)
    fresh: dict[str, tuple[str, str]] = {}

    def one(key: str, path: Path) -> tuple[str, str]:
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return "", "a folder that cannot be read" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            signature = f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}"
            if known.get(key, ("",))[0] == signature:
                return known[key][1], ""
            digest = digest_of(path)
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            return "", getattr(error, "strerror", None) or str(error)
        fresh[key] = signature, digest
        return digest, ""

    looked = []
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1), thread_name_prefix="discover") as pool:
        for done, (path, (digest, reason)) in enumerate(zip(paths, pool.map(one, keys, paths), strict=True), 1):
            looked.append((path, digest, reason))
            progress("discover", done, len(paths))
    store.put_digests(fresh)
    return looked


def digest_of(path: Path) -> str:
    """32 hex digits: BLAKE2b of a file's bytes. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _header(path: Path) -> tuple[dict[str, Any], bool]:
    """What a file says of itself, or why it cannot be used; and whether that will always be so."""
    try:
        header = images.read_header(path)
    except ImageError as error:
        return {"error": str(error)}, error.lasting
    taken = header.taken.isoformat() if header.taken else None
    return {"format": header.format, "width": header.width, "height": header.height, "taken": taken}, True


def _record(path: Path, name: str, digest: str, header: dict[str, Any]) -> ImageRecord:
    taken, source = datetime.fromisoformat(header["taken"]) if header["taken"] else None, "exif"
    if taken is None:
        taken, source = date_in_name(path.name), "name"
    if taken is None:
        taken, source = _file_time(path), "file"
    return ImageRecord(path, digest, header["width"], header["height"], taken, source, name, header["format"])


def _file_time(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(path.stat().st_mtime))
    except (OSError, OverflowError, ValueError):
        return None


def _name(path: Path, root: Path) -> str:
    """The path relative to the root, with forward slashes, as text that any file can hold."""
    try:
        relative = path.relative_to(root)
    except ValueError:
        relative = path
    return relative.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[ T_.-]{1,3}([01]\d|2[0-3])[-_.h:]?([0-5]\d)(?:[-_.m:]?([0-5]\d))?)?(?!\d)"
)


def date_in_name(name: str) -> datetime | None:
    """The date a camera or a phone wrote into a file name, or None.

    >>> date_in_name("IMG_20240131_235959.jpg")
    datetime.datetime(2024, 1, 31, 23, 59, 59)
    """
    match = _DATE.search(name)
    if not match:
        return None
    year, _, month, day, hour, minute, second = match.groups()
    try:
        return datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None


def health(collection: Collection, table: FeatureTable) -> dict[str, Any]:
    """The dataset report, in plain JSON values: formats, sizes, orientations, dates, and the distribution of features.

    A distribution counts the images in 20 equal bins from low to high; undefined ones are in none.
    """
    records = collection.records
    by_area = sorted(records, key=lambda record: record.width * record.height)
    ratios = [record.width / record.height for record in records]
    shapes = Counter("square" if 1 / 1.02 <= r <= 1.02 else "landscape" if r > 1 else "portrait" for r in ratios)
    dates = sorted(record.taken for record in records if record.taken)
    return {
        "formats": dict(Counter(record.format for record in records).most_common()),
        "sizes": {
            name: f"{record.width} × {record.height}"
            for name, record in zip(
                ("smallest", "median", "largest"), (by_area[0], by_area[len(by_area) // 2], by_area[-1]), strict=True
            )
        }
        if by_area
        else {},
        "orientations": {name: shapes.get(name, 0) for name in ("landscape", "portrait", "square")},
        "dates": {
            "first": dates[0].isoformat(sep=" ") if dates else None,
            "last": dates[-1].isoformat(sep=" ") if dates else None,
            "from": dict(Counter(record.taken_from for record in records)),
        },
        "distribution": {
            name: _distribution(table[name], info.low, info.high)
            for name, info in table.info.items()
            if name in ("luminance", "hue", "colourfulness", "saturation") and name in table.columns
        },
    }


def _distribution(values: np.ndarray, low: float | None, high: float | None) -> dict[str, Any]:
    defined = values[np.isfinite(values)]
    span = low if low is not None else 0.0, high if high is not None else 1.0
    return {"low": span[0], "high": span[1], "counts": np.histogram(defined.clip(*span), 20, span)[0].tolist()}
