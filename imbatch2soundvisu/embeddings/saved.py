"""Vectors in files: `.npy`, `.npz`, Parquet, CSV. Nothing is unpickled, so no file can run code."""

from __future__ import annotations

import csv
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core import Collection, FeatureTable, ImageRecord
from ..core.errors import ConfigError, I2SError, MissingExtra
from ..runtime.files import atomic

#: Usual names of arrays or columns in such files; case is ignored.
VECTOR_NAMES = ("embeddings", "embedding", "vectors", "vector", "features", "x", "image_embeddings")
PATH_NAMES = (
    "paths", "path", "filenames", "filename", "file_name", "names", "name", "image_paths", "image_path", "files",
    "file", "filepaths", "filepath", "file_path", "images", "image",
)  # fmt: skip
DIGEST_NAMES = ("digests", "digest")
#: Columns of numbers that do not belong to a vector.
_NO_DIMENSIONS = {"", "id", "index", "label", "labels", "cluster", "class", "unnamed: 0", "__index_level_0__"}
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True, eq=False)
class Saved:
    """Vectors as a file holds them.

    vectors : (n, d) numbers. names : n paths, or none. digests : n digests of the images' bytes, or none.
    """

    vectors: np.ndarray
    names: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()


def save_embeddings(
    path: str | Path, images: FeatureTable | Collection | Sequence[ImageRecord | str | Path], vectors: np.ndarray
) -> Path:
    """Write vectors with the paths of their images; the file appears complete or not at all.

    Parameters
    ----------
    path : str or Path
        The ending chooses the format. `.npy`: the paths go to `image_paths.txt` in the same folder for
        `embeddings.npy`, to `<stem>_paths.txt` for any other name. `.npz`: arrays `embeddings`, `paths`, `digests`.
        `.parquet`: columns path, digest, embedding.
    images : FeatureTable, Collection or sequence
        One image for each row.
    vectors : ndarray, shape (n, d)
        Written as float32.

    Returns
    -------
    Path

    Raises
    ------
    ConfigError
        When the numbers of rows and images differ, or for another ending.
    MissingExtra
        For Parquet without pyarrow.
    """
    target = Path(path).expanduser()
    entries: Sequence[Any] = images.records if isinstance(images, FeatureTable | Collection) else list(images)
    names = [str(each.path if isinstance(each, ImageRecord) else each) for each in entries]
    digests = [each.digest if isinstance(each, ImageRecord) else "" for each in entries]
    values = np.asarray(vectors, np.float32)
    if values.ndim != 2 or len(values) != len(names) or not values.size:
        raise ConfigError(f"{target}: one vector an image can be saved, not {values.shape} for {len(names)} images")
    _write(target, values, names, digests)
    return target


def _write(target: Path, values: np.ndarray, names: list[str], digests: list[str]) -> None:
    ending = target.suffix.lower()
    if ending == ".npy":
        if any("\n" in name or "\r" in name for name in names):
            raise ConfigError(f"{target}: a path has a line break in it, which a list cannot hold; save as .npz")
        with atomic(_own_list(target)) as partial:
            partial.write_bytes("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
        with atomic(target) as partial:
            np.save(partial, values, allow_pickle=False)
    elif ending == ".npz":
        with atomic(target) as partial:
            np.savez(partial, embeddings=values, paths=np.array(names, str), digests=np.array(digests, str))
    elif ending in _PARQUET:
        pyarrow, parquet = _pyarrow(f"writing {target.name}")
        rows = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(values.ravel()), values.shape[1])
        columns = {"path": pyarrow.array([plain_text(name) for name in names]), "digest": pyarrow.array(digests)}
        with atomic(target) as partial:
            parquet.write_table(pyarrow.table(columns | {"embedding": rows}), partial)
    else:
        raise ConfigError(f"{target}: vectors are saved as .npy, .npz or .parquet, not {target.suffix!r}")


def load_embeddings(path: str | Path, paths: str | Path | None = None) -> tuple[np.ndarray, list[str]]:
    """Read vectors and the paths of their images.

    Parameters
    ----------
    path : str or Path
        `.npy`, `.npz`, `.parquet` or `.csv`.
    paths : str or Path, optional
        A text file with one path per line, or a CSV with a column of paths. None: those in the file itself, or in
        `<stem>_paths.txt` or `image_paths.txt` in its folder.

    Returns
    -------
    vectors : ndarray, shape (n, d), float32
    paths : list of str
        n paths, or digests where the file has only these.

    Raises
    ------
    ConfigError
        For a file that cannot be used.
    MissingExtra
        For Parquet without pyarrow.
    """
    saved = read(Path(path).expanduser(), Path(paths).expanduser() if paths is not None else None)
    return saved.vectors.astype(np.float32, copy=False), list(saved.names or saved.digests)


def read(path: Path, paths: Path | None = None, array: str | None = None) -> Saved:
    """Return the vectors of a file, and the names or digests of their images.

    array : the array, column, or prefix of numbered columns, where there are several.
    Raises ConfigError, in one line, for a file that is missing, damaged, of objects, ambiguous, or does not match its
    list; MissingExtra for Parquet without pyarrow.
    """
    reader = {".npy": _read_numpy, ".npz": _read_numpy, ".csv": _read_csv} | dict.fromkeys(_PARQUET, _read_parquet)
    if path.suffix.lower() not in reader:
        raise ConfigError(f"{path}: vectors are read from .npy, .npz, .parquet or .csv, not {path.suffix!r}")
    if not path.is_file():
        raise ConfigError(f"{path}: {'is a folder' if path.is_dir() else 'there is no such file'}")
    try:
        saved = reader[path.suffix.lower()](path, array, paths is None)
    except MemoryError:
        raise ConfigError(f"{path}: its content does not fit into memory") from None
    except I2SError:
        raise
    except Exception as error:  # whatever a parser raises on a damaged file
        raise ConfigError(f"{path} cannot be read: {_one_line(error)}") from error
    _check(path, saved)
    listed = list_of(path, paths)
    if paths is not None or not (saved.names or saved.digests):
        if listed is None:
            expected = " or ".join(each.name for each in _usual_lists(path))
            raise ConfigError(f"{path} does not name its images: give paths=, or put {expected} into its folder")
        saved = Saved(saved.vectors, tuple(_read_list(listed)))
        if len(saved.names) != len(saved.vectors):
            raise ConfigError(f"{path} has {len(saved.vectors)} vectors, but {listed} has {len(saved.names)} paths")
    return saved


def list_of(path: Path, paths: Path | None) -> Path | None:
    """Return the list of images of the vectors: `paths`, or the usual file in the folder of NumPy's files, or None."""
    if paths is not None:
        return paths
    usual = _usual_lists(path) if path.suffix.lower() in (".npy", ".npz") else []
    return next((each for each in usual if each.is_file()), None)


def plain_text(name: str) -> str:
    """Return a path as valid UTF-8; other bytes become escapes, as in `ImageRecord.name`."""
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return name.encode("utf-8", "backslashreplace").decode()


def some(things: Iterable[object], most: int = 3) -> str:
    """Return the first few of several things for a message: "a, b, c and 7 more"."""
    everything = [str(each) for each in things]
    more = f" and {len(everything) - most} more" if len(everything) > most else ""
    return ", ".join(everything[:most]) + more


def _usual_lists(path: Path) -> list[Path]:
    return [path.with_name(f"{path.stem}_paths.txt"), path.with_name("image_paths.txt")]


def _own_list(path: Path) -> Path:
    return _usual_lists(path)[1 if path.stem == "embeddings" else 0]


def _read_list(path: Path) -> list[str]:
    """One path a line as it stands; or the paths of a CSV. Only line feeds part lines: a name may hold the others."""
    if not path.is_file():
        raise ConfigError(f"{path}: {'is a folder' if path.is_dir() else 'there is no such file'}")
    try:
        if path.suffix.lower() == ".csv":
            with open(path, newline="", encoding="utf-8-sig") as file:
                rows = csv.DictReader(file, restval="")
                column = _usual(rows.fieldnames or [], PATH_NAMES)
                if column is None:
                    raise ConfigError(f"{path} has no column of paths; its columns: {some(rows.fieldnames or [], 20)}")
                return [row[column] for row in rows]
        text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    except I2SError:
        raise
    except Exception as error:  # whatever a parser raises on a damaged file
        raise ConfigError(f"{path} cannot be read: {_one_line(error)}") from error
    return [line.rstrip("\r") for line in text.rstrip("\r\n").split("\n")]


def _read_numpy(path: Path, array: str | None, named: bool) -> Saved:
    try:
        loaded = np.load(path, allow_pickle=False)  # the first bytes decide between the two formats
        if isinstance(loaded, np.ndarray):
            return Saved(loaded)
        with loaded as archive:
            return _from_archive(path, archive, array, named)
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        if "pickle" in str(error):
            raise ConfigError(_objects(path)) from None
        raise ConfigError(f"{path} cannot be read as NumPy's format: {_one_line(error)}") from error


def _from_archive(path: Path, archive: Any, array: str | None, named: bool) -> Saved:
    wanted = [array] if array in archive.files else _all_usual(archive.files, VECTOR_NAMES)
    texts_wanted = _all_usual(archive.files, (*DIGEST_NAMES, *(PATH_NAMES if named else ())))
    arrays: dict[str, np.ndarray] = {}
    for name in [*wanted, *texts_wanted] if wanted else archive.files:
        try:
            arrays[name] = archive[name]
        except ValueError as error:
            if "pickle" not in str(error):
                raise
            if name in wanted or name in texts_wanted:
                raise ConfigError(_objects(path, name)) from None
    shapes = [f"{name} {each.shape} {each.dtype}" for name, each in arrays.items()]
    tables = {name: each for name, each in arrays.items() if each.ndim == 2 and each.dtype.kind in "fiu"}
    vectors = _choose(path, tables if array is None else arrays, array, VECTOR_NAMES, shapes)
    texts = {name: each for name, each in arrays.items() if each.ndim == 1 and each.dtype.kind in "US"}
    digests = _usual(texts, DIGEST_NAMES)
    others = [name for name in texts if name != digests]
    names = _usual(others, PATH_NAMES) or (others[0] if len(others) == 1 and named else None)
    return Saved(
        arrays[vectors],
        tuple(_texts(arrays[names])) if names is not None else (),
        tuple(_texts(arrays[digests])) if digests is not None else (),
    )


def _texts(values: np.ndarray) -> list[str]:
    return [each.decode("utf-8", "surrogateescape") if isinstance(each, bytes) else each for each in values.tolist()]


def _objects(path: Path, name: str = "") -> str:
    what, how = (f"{name!r} in {path}", f"np.array({name}, dtype=str)") if name else (str(path), "plain numbers")
    return f"{what} holds Python objects (a pickle), which could run code: save it as {how}"


def _read_parquet(path: Path, array: str | None, named: bool) -> Saved:
    pyarrow, parquet = _pyarrow(f"reading {path.name}")
    try:
        file = parquet.ParquetFile(path)
        schema = file.schema_arrow
        kinds = {each.name: getattr(each.type, "storage_type", each.type) for each in schema}
        lists = [name for name, kind in kinds.items() if _is_list_of_numbers(pyarrow, kind)]
        numbers = [name for name, kind in kinds.items() if _is_number(pyarrow, kind)]
        digests = _usual(kinds, DIGEST_NAMES)
        texts = [name for name, kind in kinds.items() if _is_text(pyarrow, kind) and name != digests]
        names = _usual(texts, PATH_NAMES) or (texts[0] if len(texts) == 1 else None)
        if lists and array not in numbers:
            chosen = [_choose(path, lists, array, VECTOR_NAMES, list(map(str, kinds)))]
        else:
            chosen = _dimensions(path, numbers, array, list(kinds))
        table = file.read(columns=[*chosen, *filter(None, (names, digests))])
    except pyarrow.ArrowException as error:
        raise ConfigError(f"{path} cannot be read as Parquet: {_one_line(error)}") from error
    if lists and chosen[0] in lists:
        vectors = _rows_of_lists(path, table.column(chosen[0]))
    else:
        vectors = np.column_stack([table.column(name).to_numpy().astype(np.float64) for name in chosen])
    texts_of = {
        name: tuple(str(each or "") for each in table.column(name).to_pylist()) for name in (names, digests) if name
    }
    return Saved(vectors, texts_of.get(names or "", ()), texts_of.get(digests or "", ()))


def _rows_of_lists(path: Path, column: Any) -> np.ndarray:
    """(n, d): a column of lists of one length; a row of NaN where the list is missing."""
    rows: list[np.ndarray] = []
    length = 0
    for chunk in column.chunks:
        chunk = getattr(chunk, "storage", chunk)
        lengths = np.array([-1 if size is None else size for size in chunk.value_lengths().to_pylist()], np.int64)
        if (lengths >= 0).any():
            length = length or int(lengths.max())
        wrong = np.flatnonzero((lengths >= 0) & (lengths != length))
        if len(wrong):
            at = sum(map(len, rows)) + int(wrong[0])
            raise ConfigError(
                f"{path}: its vectors are of different lengths: {length}, but {lengths[wrong[0]]} in row {at}"
            )
        block = np.full((len(chunk), length), np.nan, np.float64)
        block[lengths >= 0] = chunk.flatten().to_numpy(zero_copy_only=False).reshape(-1, max(length, 1))[:, :length]
        rows.append(block)
    widest = [np.full((len(block), length), np.nan) if block.shape[1] != length else block for block in rows]
    return np.concatenate(widest) if widest else np.zeros((0, 0))


def _read_csv(path: Path, array: str | None, named: bool) -> Saved:
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        head, first = next(lines, []), next(lines, [])
        if len(first) != len(head):
            raise ConfigError(f"{path}: its second line has {len(first)} cells, its first {len(head)}")
        digest, name = _usual(head, DIGEST_NAMES), _usual(head, PATH_NAMES)
        texts = [each for each, cell in zip(head, first, strict=True) if not _is_float(cell) and each != digest]
        name = name or (texts[0] if len(texts) == 1 else None)
        if named and name is None and digest is None:
            raise ConfigError(f"{path} has no column of paths or digests; its columns: {some(head, 20)}")
        owners = (digest, name)
        numbers = [each for each, cell in zip(head, first, strict=True) if each not in owners and _is_float(cell)]
        chosen = [head.index(each) for each in _dimensions(path, numbers, array, head)]
        vectors, found = [], {each: [] for each in owners if each is not None}  # type: ignore[var-annotated]
        for row in itertools.chain([first], lines):
            if len(row) != len(head):
                raise ConfigError(f"{path}: line {lines.line_num} has {len(row)} cells, the first {len(head)}")
            try:
                vectors.append([float(row[at] or "nan") for at in chosen])
            except ValueError as error:
                raise ConfigError(f"{path}: line {lines.line_num}: {_one_line(error)}") from error
            for each, cells in found.items():
                cells.append(row[head.index(each)])
    return Saved(np.array(vectors, np.float64), tuple(found.get(name or "", ())), tuple(found.get(digest or "", ())))


def _dimensions(path: Path, numbers: Sequence[str], array: str | None, there: Sequence[str]) -> list[str]:
    """The columns that make the vector: the numbered ones, in the order of their numbers; else all numbers."""
    numbered: dict[str, list[tuple[int, str]]] = {}
    for name in numbers:
        match = re.fullmatch(r"(.*?)([0-9]+)", name)
        if match:
            numbered.setdefault(match[1], []).append((int(match[2]), name))
    numbered = {prefix: each for prefix, each in numbered.items() if len(each) > 1}
    if array is not None or numbered:
        prefix = _choose(path, numbered, array, (), [f"{each}… ({len(numbered[each])})" for each in numbered] or there)
        return [name for _, name in sorted(numbered[prefix])]
    plain = [name for name in numbers if name.casefold() not in _NO_DIMENSIONS]
    if not plain:
        raise ConfigError(f"{path} has no columns of numbers; its columns: {some(there, 20)}")
    return plain


def _choose(path: Path, found: Iterable[str], wanted: str | None, usual: Sequence[str], there: Sequence[str]) -> str:
    names = list(found)
    if wanted is not None and wanted not in names:
        raise ConfigError(f"{path} has no vectors named {wanted!r}; it has: {some(there, 20) or 'nothing'}")
    known = [wanted] if wanted is not None else _all_usual(names, usual) or names
    if len(known) != 1:
        which = "has no table of numbers (n, d)" if not known else f"could mean {some(known, 8)}: choose with array="
        raise ConfigError(f"{path} {which}; it has: {some(there, 20) or 'nothing'}")
    return known[0]


def _all_usual(names: Iterable[str], usual: Sequence[str]) -> list[str]:
    return [name for name in names if name.casefold() in usual]


def _usual(names: Iterable[str], usual: Sequence[str]) -> str | None:
    """The one whose name stands first among the usual ones."""
    return min(_all_usual(names, usual), key=lambda name: usual.index(name.casefold()), default=None)


def _check(path: Path, saved: Saved) -> None:
    values = saved.vectors
    if values.dtype.kind not in "fiu":
        raise ConfigError(f"{path} holds values of type {values.dtype}; vectors are real numbers: save them as float32")
    if values.ndim != 2 or not values.size:
        raise ConfigError(f"{path} holds an array of shape {values.shape}; vectors are (n images, d numbers)")
    for what, entries in (("paths", saved.names), ("digests", saved.digests)):
        if entries and len(entries) != len(values):
            raise ConfigError(f"{path} has {len(values)} vectors, but {len(entries)} {what}")


def _pyarrow(wanted_by: str) -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("pyarrow", "notebook", wanted_by) from None
    return pyarrow, pyarrow.parquet


def _is_list_of_numbers(pyarrow: Any, kind: Any) -> bool:
    types = pyarrow.types
    lists = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return lists and _is_number(pyarrow, kind.value_type)


def _is_number(pyarrow: Any, kind: Any) -> bool:
    return bool(pyarrow.types.is_floating(kind) or pyarrow.types.is_integer(kind))


def _is_text(pyarrow: Any, kind: Any) -> bool:
    kind = getattr(kind, "value_type", kind) if pyarrow.types.is_dictionary(kind) else kind
    return bool(pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind))


def _is_float(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
