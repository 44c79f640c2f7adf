"""What the three clients share: where a data set is kept, and how errors of a client are reported."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib
import operator
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ... import config
from ...core import Progress
from ...core.errors import ConfigError, I2SError, MakeError, MissingExtra, UnwritableError
from ...runtime import files
from ...runtime.ownership import WrittenFiles
from .gathering import Items, gather

_CANNOT_WRITE = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES)
_LONGEST_MESSAGE = 400


def gather_in_cache(target: Path, what: str, items: Items, total: int, progress: Progress) -> Path:
    """Write images to `target` as `gather` does, and record in the cache that this program wrote them."""
    folder = gather(target, what, items, total, progress)
    WrittenFiles(target.parents[1]).claim_images(folder, folder)
    return folder


def target_folder(
    client: str, name: str, split: str, limit: int | None, options: object, cache: str | Path | None
) -> Path:
    """Return the folder of the cache for a data set with these options; other options have another folder.

    Raises
    ------
    ConfigError
        If the name, the split or the limit is invalid.
    """
    if not isinstance(name, str) or not name.strip() or not isinstance(split, str):
        raise ConfigError(f"{client}() takes the names of a data set and of a split, not {name!r} and {split!r}")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ConfigError(f"limit={limit!r} must be a whole number of at least 1, or None for all")
    digest = hashlib.blake2b(repr((name, split, limit, options)).encode(), digest_size=4).hexdigest()
    home = config.resolve().cache if cache is None else Path(cache).expanduser()
    return home / "downloads" / f"{files.slug(f'{client} {name} {split}')}-{digest}"


def import_client(module: str, needed: str, wanted_by: str) -> Any:
    """Return the module of a client.

    Raises
    ------
    MissingExtra
        If it is not installed.
    ConfigError
        If another module or folder of the same name was found, which lacks `needed`.
    """
    try:
        client = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtra((error.name or module).split(".")[0], "datasets", wanted_by) from None
    if not hasattr(client, needed):
        place = getattr(client, "__file__", None) or next(iter(getattr(client, "__path__", [])), "something else")
        raise ConfigError(f"{wanted_by} found {place} in place of the package {module!r}; rename it")
    return client


@contextlib.contextmanager
def client_errors(what: str) -> Iterator[None]:
    """Turn whatever a client raises into one line: ConfigError if the request is invalid, else MakeError."""
    try:
        yield
    except MakeError as error:
        raise type(error)(f"{what}: {error}") from error
    except I2SError:
        raise
    except Exception as error:
        message = " ".join(str(error).split())[:_LONGEST_MESSAGE] or type(error).__name__
        if isinstance(error, OSError) and error.errno in _CANNOT_WRITE:
            raise UnwritableError(f"{what} cannot be written: {message}") from error
        if _is_invalid_request(error):
            raise ConfigError(f"{what} is not available: {message}") from error
        raise MakeError(
            f"{what} cannot be downloaded now: {message}. Run it again: it continues where it stopped"
        ) from error


def _is_invalid_request(error: Exception) -> bool:
    status = getattr(getattr(error, "response", None), "status_code", None)
    invalid = isinstance(error, ValueError | TypeError | FileNotFoundError) or status == 404
    return invalid or "NotFound" in type(error).__name__


def take_evenly(everything: Sequence[Any], limit: int | None) -> list[Any]:
    """Return at most `limit` entries, evenly spaced."""
    n = len(everything)
    return list(everything) if limit is None or limit >= n else [everything[i * n // limit] for i in range(limit)]


def class_name(label: Any, classes: Sequence[Any] | None) -> str:
    """Return the name of a class label.

    "" for what is not a label (boxes, a list), and for -1, which stands for a hidden label.

    Examples
    --------
    >>> class_name(1, ["cat", "dog"]), class_name(7, None), class_name(-1, ["cat"]), class_name([1, 2], None)
    ('dog', '007', '', '')
    """
    if isinstance(label, str):
        return label
    try:
        number = operator.index(label)
    except TypeError:
        return ""
    if number < 0:
        return ""
    if classes is None or number >= len(classes):
        return f"{number:03}"
    name = classes[number]
    return str(name[0] if isinstance(name, tuple | list) and name else name)


def class_folders(label: str) -> tuple[str, ...]:
    """Return the folders of an item with a label; none for ""."""
    return (label,) if label else ()
