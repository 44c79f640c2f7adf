"""Data sets of `torchvision.datasets`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core import Progress, silent
from ...core.errors import ConfigError, unknown
from .common import (
    class_folders,
    class_name,
    client_errors,
    gather_in_cache,
    import_client,
    take_evenly,
    target_folder,
)
from .journal import Item


def torchvision(
    name: str,
    split: str | None = None,
    limit: int | None = None,
    *,
    cache: str | Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Path:
    """Return a folder with the images of a data set of torchvision, one folder for each class.

    Files are kept unchanged where the data set has `loader=`; else images are written as PNG.

    Parameters
    ----------
    name : str
        Name of a class of `torchvision.datasets`: "Flowers102".
    split : str, optional
        A split of that class; "train" and "test" also for classes with `train=`. None for its default.
    limit : int, optional
        Number of images, evenly taken from all.
    cache : str or Path, optional
        Folder of the cache; the setting CACHE when None.
    progress : Progress
        Called as `progress("download", done, total)`.
    **options
        Further options of that class.

    Returns
    -------
    Path
        A folder for `DATA_ROOT`.

    Raises
    ------
    ConfigError
        If the data set, split or option does not exist.
    MakeError
        If it cannot be downloaded.
    MissingExtra
        If torchvision is not installed.

    Examples
    --------
    >>> torchvision("Flowers102", split="test", limit=100)  # doctest: +SKIP
    """
    kept = sorted((key, repr(value)) for key, value in options.items())
    target = target_folder("torchvision", name, split or "", limit, kept, cache)
    if target.is_dir():
        return target
    client = import_client("torchvision.datasets", "VisionDataset", "torchvision()")
    choices = [each for each in getattr(client, "__all__", ()) if inspect.isclass(getattr(client, each, None))]
    if name not in choices:
        raise unknown("torchvision data set", name, choices)
    what = f"the torchvision data set {name!r}"
    with client_errors(what):
        source = _opened(getattr(client, name), what, split, target.parent / "torchvision-files", options)
        classes = getattr(source, "classes", None) or getattr(source, "categories", None)
        rows = take_evenly(range(len(source)), limit)
        return gather_in_cache(
            target, what, lambda done: (_item(source, row, classes) for row in rows[done:]), len(rows), progress
        )


def _opened(kind: Any, what: str, split: str | None, root: Path, options: Mapping[str, Any]) -> Any:
    """The data set, downloaded."""
    parameters = inspect.signature(kind).parameters
    given = {**_split_options(what, parameters, split), **options}
    defaults = {"loader": Path, "download": True, "root": str(root)}  # Path: the file itself, not its decoded image
    return kind(**{name: value for name, value in defaults.items() if name in parameters} | given)


def _item(source: Any, row: int, classes: Sequence[Any] | None) -> Item:
    """An entry of a data set: (image, target), or an image alone."""
    found = source[row]
    content, label = (found[0], found[1]) if isinstance(found, tuple) and len(found) > 1 else (found, None)
    file = content if isinstance(content, Path) else Path(str(getattr(content, "filename", "")))
    is_file = file.name != "" and file.is_file()
    number = label if not isinstance(label, str) else None  # a caption is not a class
    folders = class_folders(class_name(number, classes))
    return Item(file if is_file else content, folders, file.name or f"{row:06}")


def _split_options(what: str, parameters: Mapping[str, Any], split: str | None) -> dict[str, Any]:
    if split is None:
        return {}
    for parameter in ("split", "image_set"):
        if parameter in parameters:
            return {parameter: split}
    if "train" in parameters and split in ("train", "test"):
        return {"train": split == "train"}
    allowed = "split='train' or 'test'" if "train" in parameters else "no split"
    raise ConfigError(f"{what} takes {allowed}, not {split!r}")
