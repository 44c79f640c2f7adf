"""Data sets of the Hugging Face hub, streamed by the package `datasets`."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...core import Progress, silent
from ...core.errors import ConfigError, MakeError, unknown
from .common import class_folders, class_name, client_errors, gather_in_cache, import_client, target_folder
from .journal import Item
from .names import has_image_signature

_REMOTE = ("https://", "http://", "hf://")  # file systems of fsspec that may be opened


def huggingface(
    name: str,
    split: str = "train",
    image: str | None = None,
    label: str | None = None,
    limit: int | None = None,
    *,
    cache: str | Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Path:
    """Return a folder with the images of one split of a data set of the Hugging Face hub.

    The set is streamed, so that memory and disk stay small. Files are kept unchanged.

    Parameters
    ----------
    name : str
        Name on the hub: "beans", "owner/name".
    split : str
        Name of the split.
    image : str, optional
        Column of images; the first one when None.
    label : str, optional
        Column of labels, each of which becomes a folder; the first column of classes when None, "" for no folders.
    limit : int, optional
        Number of images, from the beginning: in a set that is sorted by class they may be of one class.
    cache : str or Path, optional
        Folder of the cache; the setting CACHE when None.
    progress : Progress
        Called as `progress("download", done, total)`.
    **options
        `subset`, the name of a configuration of the data set, and further options of `datasets.load_dataset`:
        revision, token, data_dir ...

    Returns
    -------
    Path
        A folder for `DATA_ROOT`.

    Raises
    ------
    ConfigError
        If the data set, split or column does not exist.
    MakeError
        If it cannot be downloaded.
    MissingExtra
        If `datasets` is not installed.

    Examples
    --------
    >>> huggingface("beans", limit=100)  # doctest: +SKIP
    """
    kept = sorted((key, repr(value)) for key, value in options.items() if key != "token")
    subset = options.pop("subset", None)
    target = target_folder("huggingface", name, split, limit, (image, label, kept), cache)
    if target.is_dir():
        return target
    client = import_client("datasets", "load_dataset", "huggingface()")
    what = f"the Hugging Face data set {name!r}"
    with client_errors(what):
        stream = client.load_dataset(name, subset, split=split, streaming=True, **options)
        images, labels, classes = _columns(client, stream, what, image, label)
        stream = _undecoded(client, stream, images, labels)

        def items(done: int) -> Iterator[Item | None]:
            rows = itertools.islice(stream.skip(done) if done else stream, None if limit is None else limit - done)
            return (_item(row[images], class_name(row[labels], classes) if labels else "") for row in rows)

        return gather_in_cache(target, what, items, limit or _examples(stream, split), progress)


def _columns(
    client: Any, stream: Any, what: str, image: str | None, label: str | None
) -> tuple[str, str, Sequence[str] | None]:
    """The column of images, that of labels or "", and the names of the classes where the client has them."""
    features = stream.features
    if features is None:  # a stream without types: the types are those of its first row
        features = next(iter(stream), {})
        images = [name for name, value in features.items() if not isinstance(value, str) and _item(value, "")]
        classes: list[str] = []
    else:
        images = [name for name, kind in features.items() if isinstance(kind, client.Image)]
        classes = [name for name, kind in features.items() if isinstance(kind, client.ClassLabel)]
    for column in (image, label):
        if column and column not in features:
            raise unknown(f"column of {what}:", column, features)
    chosen = image or next(iter(images), None)
    if chosen is None:
        raise ConfigError(f"{what} has no column of images; give image=, one of: {', '.join(features)}")
    labels = next(iter(classes), "") if label is None else label
    return chosen, labels, getattr(features.get(labels), "names", None)


def _undecoded(client: Any, stream: Any, images: str, labels: str) -> Any:
    """The stream without other columns, which may be images and take time to decode, and with undecoded images."""
    if stream.features is None:
        return stream
    stream = stream.select_columns([images, *([labels] if labels else [])])
    if isinstance(stream.features[images], client.Image):
        stream = stream.cast_column(images, client.Image(decode=False))
    return stream


def _item(value: Any, label: str) -> Item | None:
    """An image as the client returns it: bytes and path, or one of them; None for a row without one."""
    path, content = "", value
    if isinstance(value, Mapping):
        path, content = str(value.get("path") or ""), value.get("bytes")
    elif isinstance(value, str):
        path, content = value, None
    if content is None and path:
        content = _fetched(path)
    if not isinstance(content, bytes | Path | np.ndarray | Image.Image):
        return None
    return Item(content, class_folders(label), re.split(r"[/\\]", path.split("::")[0])[-1])


def _fetched(path: str) -> Path | bytes:
    """The image at a path without bytes: a local file, or a remote one, also inside a ZIP archive.

    A data set may contain any path, and the file systems of the client reach everything, this computer included: only
    remote ones are opened, and only files with the signature of an image are used. Raises MakeError for the others.
    """
    path = path.removeprefix("file://")
    if "://" not in path and "::" not in path:
        content: Path | bytes = Path(path)
        found = Path(path).is_file() and has_image_signature(Path(path))
    else:
        *archives, place = path.split("::")
        if not place.startswith(_REMOTE) or not all(each.startswith("zip://") for each in archives):
            raise MakeError(f"{path[:100]!r} stands for an image, but is not a web address")
        with importlib.import_module("fsspec").open(path, "rb") as file:
            content = bytes(file.read())
        found = has_image_signature(content)
    if not found:
        raise MakeError(f"{path[:100]!r} stands for an image, but is not one")
    return content


def _examples(stream: Any, split: str) -> int:
    with contextlib.suppress(Exception):  # few data sets contain this number
        return int(stream.info.splits[split].num_examples)
    return 0
