"""What the steps read and write: images by a pattern, features as `.npz`."""

from __future__ import annotations

import glob
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...config import Settings
from ...core import Collection, Progress, silent
from ...core.errors import ConfigError
from ...core.text import plural
from ...datasets import discover
from ...runtime.files import atomic
from ...runtime.ownership import WrittenFiles

#: Endings of pickles, in whose place features are written as `.npz`.
PICKLES = (".p.bz2", ".pkl.bz2", ".pickle.bz2", ".pickle", ".pkl", ".p", ".bz2")


@dataclass(frozen=True)
class Features:
    """Images as points.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        float32.
    names : tuple of str
        Paths of the images.
    """

    vectors: np.ndarray
    names: tuple[str, ...]


def images_of(
    pattern: str | Path | Sequence[str | Path], settings: Settings, progress: Progress = silent
) -> Collection:
    """Return the images of a folder, or those that match a pattern such as "images/*.jpg", sorted by name; or files.

    Raises
    ------
    ConfigError
        When nothing matches, or none of it can be used.
    """
    several = [] if isinstance(pattern, str | Path) else list(pattern)
    pattern = several[0] if len(several) == 1 else str(pattern) if several else pattern
    path = Path(str(pattern)).expanduser()
    if len(several) > 1:  # the shell has replaced a pattern without quotes
        found = discover(sorted(map(str, several)), settings=settings, progress=progress)
    elif path.is_dir() or path.suffix.lower() == ".txt":
        found = discover(path, settings=settings, progress=progress)
    else:
        names = [each for each in sorted(glob.glob(str(path), recursive=True)) if Path(each).is_file()]
        if not names:
            raise ConfigError(f'no file matches {str(pattern)!r}; write the pattern in quotes, such as "images/*.jpg"')
        found = discover(names, settings=settings, progress=progress)
    if not found.records:
        reasons = "; ".join(f"{each.name}: {each.reason}" for each in found.skipped[:3])
        raise ConfigError(f"none of the files of {str(pattern)!r} is an image that can be used: {reasons}")
    return found


def skipped_lines(collection: Collection) -> list[str]:
    """Return lines about files that are no usable images."""
    count = len(collection.skipped)
    if not count:
        return []
    first = collection.skipped[0]
    return [f"  skipped {plural(count, 'file')}: {first.name}: {first.reason}{' …' if count > 1 else ''}"]


def check_free(path: Path) -> None:
    """Raise NotOursError when there is a file that this program did not write, or that was changed since."""
    WrittenFiles(path.parent).check_free([path])


def features_path(path: str | Path) -> Path:
    """Return where features are written: `.npz` in place of the ending of a pickle.

    Examples
    --------
    >>> features_path("output/features.p.bz2").as_posix()
    'output/features.npz'
    """
    path = Path(path).expanduser()
    for ending in PICKLES:
        if path.name.lower().endswith(ending):
            return path.with_name(path.name[: -len(ending)] + ".npz")
    return path if path.suffix.lower() == ".npz" else path.with_name(path.name + ".npz")


def write_features(path: Path, vectors: np.ndarray, names: Sequence[str]) -> None:
    """Write features with the paths of their images."""
    with atomic(path) as partial, open(partial, "wb") as file:
        np.savez_compressed(file, vectors=np.asarray(vectors, np.float32), names=np.array(names, np.str_))


def read_features(path: str | Path) -> Features:
    """Return features that `write_features` wrote, or any `.npz` with `vectors` or `.npy` with an array (n, d).

    Raises
    ------
    ConfigError
        When there is no such file, or it is a pickle: reading one can run any program that is in it.
    """
    given, path = Path(path).expanduser(), features_path(path)
    path = given if given.suffix.lower() == ".npy" else path
    if not path.is_file():
        if given.is_file():
            raise ConfigError(
                f"{given} is not read: a pickle can run any program when it is opened. If you made it, convert it: "
                f"numpy.savez({path.name!r}, vectors=pickle.load(bz2.open({given.name!r})))"
            )
        raise ConfigError(f"{path}: there is no such file of features; images_to_features writes it")
    try:
        found = np.load(path, allow_pickle=False)
        names: tuple[str, ...] = ()
        if isinstance(found, np.ndarray):
            vectors = found
        else:
            with found:
                vectors = found["vectors"]
                names = tuple(map(str, found["names"])) if "names" in found else ()
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path}: cannot be read as features ({error}); it needs an array named 'vectors'") from error
    if vectors.ndim != 2 or not len(vectors) or vectors.dtype.kind not in "fiu" or not np.isfinite(vectors).all():
        raise ConfigError(f"{path}: vectors must be finite numbers, a row for each image, not {vectors.shape}")
    if names and len(names) != len(vectors):
        raise ConfigError(f"{path}: {len(names)} names for {len(vectors)} rows")
    return Features(np.asarray(vectors, np.float32), names)
