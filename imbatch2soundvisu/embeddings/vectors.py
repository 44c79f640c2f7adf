"""`Vectors`: user-supplied vectors from a file, matched with the images of a collection."""

from __future__ import annotations

import functools
import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..core import ImageRecord, Progress, silent
from ..core.errors import ConfigError, ImageError
from . import saved
from .saved import plain_text, some

_BATCH = 512
_TOLERANCE = 1e-3  # one image embedded twice, in other batches or on another device, differs by less


@dataclass(frozen=True)
class Vectors:
    """User-supplied vectors: `on=Vectors("my.npz")`.

    A vector belongs to an image by its digest; else by the path relative to the collection's root; the whole path;
    the longest end of the path, at least the file name, that only this vector and only this image have. An image
    whose vector is missing, undefined or of length 0 has none, and is reported. Images with the same bytes have the
    vector of the first of them by name; if the file has different ones for them, that is reported, too.

    Parameters
    ----------
    path : str or Path
        `.npy`, `.npz`, `.parquet` or `.csv`: see `save_embeddings`. A CSV has a first line, such as "path,a,b,c", and a
        row for each image: its path, then its numbers.
    paths : str or Path, optional
        The images of the vectors: a text file with one path per line, or a CSV with a column of paths. None: those in
        `path` itself, or in `<stem>_paths.txt` or `image_paths.txt` in its folder.
    name : str
        Name of the vectors in a table.
    normalise : bool
        Whether vectors are scaled to length 1, as the embeddings of models usually are.
    array : str, optional
        The array or column, where the file has several.
    """

    path: str | Path
    paths: str | Path | None = None
    name: str = "vectors"
    normalise: bool = True
    array: str | None = None
    kept: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not isinstance(self.path, str | Path):
            shape = getattr(self.path, "shape", None)
            given = type(self.path).__name__ if shape is None else f"an array of {shape}"
            raise ConfigError(
                f"Vectors takes a file, not {given}: write vectors with the paths of their images, by "
                'save_embeddings("my.npz", paths, array), or as a CSV with a row "path,0.1,0.2,..." for each image'
            )

    @property
    def key(self) -> str:
        """Changes with the content of the files. Raises ConfigError where they cannot be read."""
        path, listed = self._files()
        parts = [_digest(each, _signature(each)) for each in (path, listed) if each is not None]
        return "-".join(["vectors-1", *parts, "unit" if self.normalise else "raw", *filter(None, [self.array])])

    def prepare(self, progress: Progress = silent) -> None:
        """Read the file. Raises ConfigError, in one line, for what is wrong with it; MissingExtra without pyarrow."""
        self._content()

    def stream(
        self, records: Sequence[ImageRecord], progress: Progress = silent
    ) -> Iterator[list[tuple[ImageRecord, np.ndarray | ImageError]]]:
        """Lists of (record, (d,) float32), or with the reason in place of the vector."""
        content, matches = self._content(), self.matches(records)
        for start in range(0, len(records), _BATCH):
            batch = range(start, min(start + _BATCH, len(records)))
            yield [(records[i], _outcome(content, int(matches.rows[i]), matches.reasons[i])) for i in batch]
            progress(self.name, batch.stop, len(records))

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Raises ConfigError: these vectors are those of certain images."""
        raise ConfigError(f"{self.path} has the vectors of its own images only; Look() or Clip() embed any image")

    def matches(self, records: Sequence[ImageRecord]) -> Matches:
        """Which vector belongs to which image. Raises ConfigError like `prepare`."""
        return _match(Path(self.path).name, self._content(), records)

    def mismatches(self, records: Sequence[ImageRecord]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the images without a vector, and those of the vectors without an image."""
        matches = self.matches(records)
        return matches.images_without, matches.vectors_without

    def check(self, records: Sequence[ImageRecord]) -> Matches:
        """The same as `matches`, for all records of a collection. Raises ConfigError when no image has a vector."""
        matches = self.matches(records)
        if len(records) and not (matches.rows >= 0).any():
            content = self._content()
            theirs = some(content.names or content.digests)
            ours = some(record.name or record.path for record in records)
            raise ConfigError(f"{self.path} has no vector for any image. It names: {theirs}. The images are: {ours}")
        return matches

    def _files(self) -> tuple[Path, Path | None]:
        path = Path(self.path).expanduser()
        return path, saved.list_of(path, Path(self.paths).expanduser() if self.paths is not None else None)

    def _content(self) -> _Content:
        path, listed = self._files()
        signatures = tuple(_signature(each) for each in (path, listed) if each is not None)
        return _read(path, listed if self.paths is not None else None, self.array, self.normalise, signatures)


@dataclass(frozen=True, eq=False)
class Matches:
    """Which vectors of a file belong to which images of a collection.

    rows : (n images,) intp, the row of each image's vector, -1 without. reasons : why it has none, or "".
    vectors_without : names of the vectors that belong to no image. loosely : how many were found by the end of their
    path alone, where folders differ. copies : names of the images that have the vector of another image of the
    same bytes, although the file has a different one for them.
    """

    source: str
    length: int
    rows: np.ndarray
    reasons: tuple[str, ...]
    images_without: tuple[str, ...] = ()
    vectors_without: tuple[str, ...] = ()
    loosely: int = 0
    copies: tuple[str, ...] = ()

    def __str__(self) -> str:
        found = int((self.rows >= 0).sum())
        parts = [f"{found} of {len(self.rows)} images have a vector of {self.length} numbers"]
        if self.loosely:
            parts.append(f"{self.loosely} of these by the end of their path alone")
        if self.copies:
            parts.append(
                f"{len(self.copies)} have the vector of another image of the same bytes in place of a different one "
                f"of their own ({some(self.copies)})"
            )
        if self.images_without:
            parts.append(f"{len(self.images_without)} have none ({some(self.images_without)})")
        if self.vectors_without:
            parts.append(f"{len(self.vectors_without)} vectors belong to no image ({some(self.vectors_without)})")
        return f"{self.source}: " + "; ".join(parts)


@dataclass(frozen=True, eq=False)
class _Content:
    """A file of vectors, checked. names, digests : () where there are none; reasons : why a row cannot be used."""

    vectors: np.ndarray
    names: tuple[str, ...]
    digests: tuple[str, ...]
    reasons: dict[int, str]
    repeated: frozenset[int]


def _outcome(content: _Content, row: int, reason: str) -> np.ndarray | ImageError:
    return content.vectors[row] if row >= 0 else ImageError(reason, lasting=False)


@functools.lru_cache(maxsize=2)
def _read(path: Path, paths: Path | None, array: str | None, normalise: bool, signatures: object) -> _Content:
    file = saved.read(path, paths, array)
    with np.errstate(over="ignore"):
        values = file.vectors.astype(np.float32)
    reasons = {int(row): f"its vector in {path.name} has NaN or infinity" for row in _undefined(values)}
    if normalise:
        lengths = np.sqrt(np.einsum("ij,ij->i", values, values, dtype=np.float64))
        reasons |= {int(row): f"its vector in {path.name} is zero" for row in np.flatnonzero(lengths == 0)}
        with np.errstate(invalid="ignore"):
            values = (values / np.where(lengths > 0, lengths, 1.0)[:, None]).astype(np.float32)
    if len(reasons) == len(values):
        raise ConfigError(f"{path}: none of its {len(values)} vectors can be used: row 0: {reasons[0]}")
    repeated = _repeated(path, values, file, reasons)
    values.flags.writeable = False
    return _Content(values, file.names, file.digests, reasons, repeated)


def _undefined(values: np.ndarray) -> np.ndarray:
    return np.flatnonzero(~np.isfinite(values).all(axis=1))


def _repeated(path: Path, values: np.ndarray, file: saved.Saved, reasons: dict[int, str]) -> frozenset[int]:
    """Rows that repeat another row. Raises ConfigError where one image has two different vectors."""
    n = len(values)
    names, digests = file.names or ("",) * n, file.digests or ("",) * n
    first: dict[str, int] = {}
    conflicts: list[str] = []
    for row in (row for row in range(n) if row not in reasons):
        owner = digests[row] or names[row]
        lead = first.setdefault(owner, row)
        if lead != row and not _agree(values[lead], values[row]):
            conflicts.append(f"{names[row] or owner} in rows {lead} and {row}")
    if conflicts:
        raise ConfigError(
            f"{path} gives the same image different vectors {len(conflicts)} times (rows count from 0): "
            f"{some(conflicts)}. Leave one of each"
        )
    best: dict[tuple[str, str], int] = {}
    for row in sorted(range(n), key=lambda row: (row in reasons, row)):  # one that can be used, if there is one
        best.setdefault((names[row], digests[row]), row)
    return frozenset(range(n)) - set(best.values())


def _agree(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.linalg.norm(one - other) <= _TOLERANCE * np.linalg.norm(one))


def _match(source: str, content: _Content, records: Sequence[ImageRecord]) -> Matches:
    rows = np.full(len(records), -1, np.intp)
    candidates = [row for row in range(len(content.vectors)) if row not in content.repeated]
    by_digest = {content.digests[row]: row for row in reversed(candidates)} if content.digests else {}
    for i, record in enumerate(records):
        rows[i] = by_digest.get(record.digest, -1)
    loosely, ambiguous = _match_names(content, candidates, records, rows) if content.names else (0, set())
    reasons = [""] * len(records)
    taken = {int(row) for row in rows if row >= 0}
    shown = {content.digests[row] for row in taken} if content.digests else set()
    for i, row in enumerate(rows):
        if row < 0:
            several = f"its name could mean several of the paths in {source}, or another image"
            reasons[i] = several if i in ambiguous else f"no vector in {source}"
        elif int(row) in content.reasons:
            reasons[i], rows[i] = content.reasons[int(row)], -1
    copies = _share_among_copies(content, records, rows, reasons)
    owners = content.names or content.digests
    return Matches(
        source,
        content.vectors.shape[1],
        rows,
        tuple(reasons),
        tuple(records[i].name or str(records[i].path) for i in map(int, np.flatnonzero(rows < 0))),
        tuple(
            owners[row] for row in candidates if row not in taken and (not shown or content.digests[row] not in shown)
        ),
        loosely,
        copies,
    )


def _share_among_copies(
    content: _Content, records: Sequence[ImageRecord], rows: np.ndarray, reasons: list[str]
) -> tuple[str, ...]:
    """Give images of the same bytes the row of the first of them by name; the names of those that had a different."""
    names = [record.name or str(record.path) for record in records]
    by_digest: dict[str, list[int]] = {}
    for i in sorted(range(len(records)), key=names.__getitem__):
        by_digest.setdefault(records[i].digest or f"no digest: {i}", []).append(i)
    differing = []
    for copies in (each for each in by_digest.values() if len(each) > 1):
        lead = next((int(rows[i]) for i in copies if rows[i] >= 0), -1)
        for i in copies if lead >= 0 else ():
            if rows[i] >= 0 and not _agree(content.vectors[lead], content.vectors[rows[i]]):
                differing.append(names[i])
            rows[i], reasons[i] = lead, ""
    return tuple(differing)


def _match_names(
    content: _Content, candidates: Sequence[int], records: Sequence[ImageRecord], rows: np.ndarray
) -> tuple[int, set[int]]:
    """Fill in the rows found by path; how many by its end alone, and the images whose names are ambiguous."""
    theirs = {row: _parts(content.names[row]) for row in candidates}
    whole = {row: _parts(_absolute(content.names[row])) for row in candidates}
    inside = [_parts(record.name or str(record.path)) for record in records]
    ours = [_parts(_absolute(str(record.path))) for record in records]
    free_rows = set(candidates) - {int(row) for row in rows}
    free = {i for i in range(len(records)) if rows[i] < 0}

    def settle(key_of_row: dict[int, str], key_of_record: dict[int, str]) -> int:
        """Pair those whose key no other row and no other record has, taken ones included."""
        row_of, record_of = _only(key_of_row), _only(key_of_record)
        pairs = [(i, row_of[key]) for key, i in record_of.items() if key in row_of]
        pairs = [(i, row) for i, row in pairs if i in free and row in free_rows]
        for i, row in pairs:
            rows[i] = row
            free.discard(i)
            free_rows.discard(row)
        return len(pairs)

    settle({row: "/".join(each) for row, each in theirs.items()}, {i: "/".join(each) for i, each in enumerate(inside)})
    settle({row: "/".join(each) for row, each in whole.items()}, {i: "/".join(each) for i, each in enumerate(ours)})
    loosely = 0
    deepest = min(max(map(len, theirs.values()), default=0), max(map(len, ours), default=0))
    for depth in range(deepest, 0, -1):
        if not free or not free_rows:
            break
        before = set(free)
        settle(_ends(theirs.items(), depth), _ends(enumerate(ours), depth))
        loosely += sum(depth < min(len(inside[i]), len(theirs[int(rows[i])])) for i in before - free)
    spare = {theirs[row][-1] for row in theirs if theirs[row]}
    return loosely, {i for i in free if ours[i][-1] in spare}


def _ends(paths: Iterable[tuple[int, tuple[str, ...]]], depth: int) -> dict[int, str]:
    return {at: "/".join(parts[-depth:]) for at, parts in paths if len(parts) >= depth}


def _only(keys: dict[int, str]) -> dict[str, int]:
    counts = Counter(keys.values())
    return {key: at for at, key in keys.items() if counts[key] == 1}


def _absolute(name: str) -> str:
    """A whole path as it is, of whatever system; else from the folder the program runs in."""
    foreign = len(name) > 2 and name[1] == ":" and name[0].isalpha()
    return name if foreign else os.path.abspath(name)


def _parts(name: str) -> tuple[str, ...]:
    """The parts of a path of any system, so that names from other disks compare: NFC, and "\\" as "/"."""
    text = unicodedata.normalize("NFC", plain_text(name)).replace("\\", "/")
    return tuple(part for part in text.split("/") if part not in ("", "."))


def _signature(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    return status.st_size, status.st_mtime_ns, status.st_ino


@functools.lru_cache(maxsize=16)
def _digest(path: Path, signature: object) -> str:
    """16 hex digits of a file's bytes."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
