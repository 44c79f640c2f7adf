"""From a folder, a list of files, a video or the built-in sample to a `Collection`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import PIL

from .. import config
from ..config import Settings
from ..core import Collection, ImageRecord, Progress, Skipped, silent
from ..core.errors import CollectionError, ImageError
from ..core.text import looked_for
from ..runtime.cache import Cache
from . import images
from .dates import date_taken
from .decoders import Decoding
from .listing import files_below, files_in_list
from .sample import built_in_sample
from .videos import dated, is_video, video_frames

_REASONS = 5  # skipped files that an error message lists


def discover(
    root: str | Path | Iterable[str | Path] | None = None,
    *,
    cache: Cache | None = None,
    settings: Settings | None = None,
    per_second: float | None = None,
    every: int | None = None,
    exclude: Iterable[Path] = (),
    progress: Progress = silent,
) -> Collection:
    """Find images, and identify them by their content.

    Parameters
    ----------
    root : str, Path or iterable of paths, optional
        A folder (read with its subfolders), a `.txt` list of files, a video, or the files themselves. None for the
        built-in sample.
    cache : Cache, optional
        Where headers are kept between calls, and in whose folder frames and the sample are written. None keeps headers
        in memory and writes to the folder `settings.cache`.
    settings : Settings, optional
        Formats, limits and defaults for videos; `config.resolve()` when None.
    per_second : float, optional
        Frames taken from each second of a video; VIDEO_FRAMES_PER_SECOND when None.
    every : int, optional
        Instead, every n-th frame of a video; VIDEO_EVERY_NTH when None.
    exclude : iterable of Path
        Folders inside the root to leave out. Files that this program wrote are left out anyway.
    progress : Progress
        Called as `progress("discover", done, total)`.

    Returns
    -------
    Collection
        The usable images, sorted by name, or in the order of the list. Files that are not usable are in `skipped`, with
        the reason.

    Raises
    ------
    CollectionError
        If the root does not exist or is of another kind.

    Examples
    --------
    >>> discover("photos")  # doctest: +SKIP
    <Collection photos: 48 images of 50 files, 2 skipped>
    """
    settings = config.resolve() if settings is None else settings
    scan = _Scan(Cache(None) if cache is None else cache, settings, progress)
    folder = scan.cache.folder or settings.cache
    if root is None:
        sample = built_in_sample(folder)
        return replace(scan.collect(sample, files_below(sample)), source="sample")
    if not isinstance(root, str | Path):
        paths = [Path(path) for path in root]
        return replace(scan.collect(_common_folder(paths), paths), source="list")
    path = Path(root).expanduser()
    if _is_folder(path):
        return scan.collect(path, files_below(path, exclude))
    if path.suffix.lower() == ".txt":
        return replace(scan.collect(path.parent, files_in_list(path)), source="list")
    if is_video(path, settings):
        frames = video_frames(path, folder / "frames", per_second, every, progress, settings)
        return dated(replace(scan.collect(frames, files_below(frames)), root=path, source="video"), path)
    raise CollectionError(f"{path} is a file. DATA_ROOT must be a folder of images, a video, or a .txt list of files")


def usable(collection: Collection) -> Collection:
    """Return the collection if it has enough images for an order.

    Raises
    ------
    CollectionError
        If it has fewer than 2 images; the message lists skipped files with their reasons.
    """
    if len(collection) >= 2:
        return collection
    what = "no usable image" if not len(collection) else "only one usable image"
    files = "1 file" if collection.found == 1 else f"{collection.found} files"
    reasons = "".join(f"\n  {each.name}: {each.reason}" for each in collection.skipped[:_REASONS])
    rest = len(collection.skipped) - _REASONS
    more = f"\n  … and {rest} more" if rest > 0 else ""
    raise CollectionError(f"{what} among {files} in {collection.root}; a run needs at least 2{reasons}{more}")


def digest_of(path: Path) -> str:
    """Return the BLAKE2b digest of a file's bytes, 32 hex digits. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


@dataclass
class _Found:
    """Files sorted into usable images, skipped files, and files that are not mentioned."""

    records: list[ImageRecord] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    ignored: int = 0

    def duplicates(self) -> tuple[tuple[str, ...], ...]:
        copies: dict[str, list[str]] = {}
        for record in self.records:
            copies.setdefault(record.digest, []).append(record.name)
        return tuple(tuple(names) for names in copies.values() if len(names) > 1)


@dataclass(frozen=True)
class _Scan:
    """One call of `discover`."""

    cache: Cache
    settings: Settings
    progress: Progress

    def collect(self, root: Path, paths: Sequence[Path]) -> Collection:
        """Identify files by their content."""
        digested = self._digests(paths)
        headers = self._headers(digested)
        found = _Found()
        for path, digest, reason in digested:
            self._sort(path, _name(path, root), digest, headers.get(digest, {"error": reason}), found)
        return Collection(
            root,
            tuple(found.records),
            len(paths) - found.ignored,
            tuple(found.skipped),
            duplicates=found.duplicates(),
        )

    def _sort(self, path: Path, name: str, digest: str, header: dict[str, Any], found: _Found) -> None:
        if "error" in header:
            if path.suffix.lower() in self.settings.quiet_extensions:
                found.ignored += 1
                return
            hint = " (a video: set DATA_ROOT to it to use its frames)" if is_video(path, self.settings) else ""
            found.skipped.append(Skipped(name, header["error"] + hint))
        elif header["width"] * header["height"] > self.settings.pixel_limit:
            found.skipped.append(Skipped(name, f"{header['width']} × {header['height']} px is over the pixel limit"))
        else:
            taken, source = date_taken(path, header["taken"])
            size = header["width"], header["height"]
            found.records.append(ImageRecord(path, digest, *size, taken, source, name, header["format"]))

    def _headers(self, digested: Sequence[tuple[Path, str, str]]) -> dict[str, dict[str, Any]]:
        """{digest: header, or {"error": reason}}; what is not in the cache is read, and stored if it is lasting."""
        decoding = Decoding.of(self.settings)
        # a header depends on what reads it, and on the formats that are allowed
        key = f"header {images.decoding_code()} Pillow {PIL.__version__} {' '.join(decoding.formats)}"
        headers = self.cache.values(key, {digest for _, digest, _ in digested if digest})
        fresh = {}
        for path, digest, _ in digested:
            if digest and digest not in headers:
                headers[digest], lasting = _read_header(path, decoding)
                if lasting:
                    fresh[digest] = headers[digest]
        self.cache.put_values(key, fresh)
        return headers

    def _digests(self, paths: Sequence[Path]) -> list[tuple[Path, str, str]]:
        """(path, digest, "") of each file, or (path, "", reason). Files with an unchanged status are not read again."""
        keys = [_as_text(os.path.abspath(path)) for path in paths]
        known = self.cache.digests(keys)
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

        found = []
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1), thread_name_prefix="discover") as pool:
            for done, (path, result) in enumerate(zip(paths, pool.map(one, keys, paths), strict=True), 1):
                found.append((path, *result))
                self.progress("discover", done, len(paths))
        self.cache.put_digests(fresh)
        return found


def _read_header(path: Path, decoding: Decoding) -> tuple[dict[str, Any], bool]:
    """The header of a file, or {"error": reason}; and whether the same bytes always give the same."""
    try:
        header = images.read_header(path, decoding)
    except ImageError as error:
        return {"error": str(error)}, error.lasting
    taken = header.taken.isoformat() if header.taken else None
    return {"format": header.format, "width": header.width, "height": header.height, "taken": taken}, True


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        reason = f"{error.strerror or error}{looked_for(path)}"
        raise CollectionError(f"{path}: {reason}.{_beside(path)} Set DATA_ROOT to a folder of images") from error


def _beside(path: Path) -> str:
    """Did you mean 'photos'?", where a folder beside the missing one is called alike."""
    with contextlib.suppress(OSError):
        folders = [each.name for each in path.absolute().parent.iterdir() if each.is_dir() and each.name[:1] != "."]
        if near := get_close_matches(path.name, folders, n=1):
            return f" Did you mean {str(path.with_name(near[0]))!r}?"
    return ""


def _common_folder(paths: Sequence[Path]) -> Path:
    return Path(os.path.commonpath([str(path.absolute().parent) for path in paths] or ["."]))


def _name(path: Path, root: Path) -> str:
    """The path relative to the root, with forward slashes, as text that any file can contain."""
    if path.is_relative_to(root):
        path = path.relative_to(root)
    return _as_text(path.as_posix())


def _as_text(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
