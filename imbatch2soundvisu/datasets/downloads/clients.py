"""The three sources, by those projects' own clients."""

from __future__ import annotations

import contextlib
import csv
import errno
import hashlib
import importlib
import inspect
import itertools
import operator
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ... import config
from ...core import Progress, silent
from ...core.errors import ConfigError, I2SError, MakeError, MissingExtra, UnwritableError, unknown
from ...runtime import files
from ...runtime.ownership import WrittenFiles
from .gathering import Item, begins_like_image, gather, is_image

_KAGGLE_NAME = re.compile(r"[\w.-]+/[\w.-]+(/versions/[0-9]+)?")
_LABEL_COLUMNS = ("label", "labels", "class", "category", "target", "species", "breed")
_FAR = ("https://", "http://", "hf://")  # the file systems of fsspec through which a set may bring its images
_NO_ROOM = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES)


def kaggle(
    name: str,
    *,
    folder: str | None = None,
    labels: str | None = None,
    limit: int | None = None,
    cache: str | Path | None = None,
    progress: Progress = silent,
) -> Path:
    """The images of the Kaggle data set "owner/name" (or "owner/name/versions/3"), in the folders they have there.

    folder : only those inside it. labels : a CSV file of the set with a column of file names and one of labels; then
    each label is a folder. limit : so many images, evenly taken from all. The package `kagglehub` keeps its own copy;
    on one disk the two share the space.
    Raises ConfigError for what the set has not, MakeError when it cannot be fetched, MissingExtra without the package.
    """
    if not isinstance(name, str) or not _KAGGLE_NAME.fullmatch(name):
        raise ConfigError(f"kaggle() takes 'owner/name', as in the address of the data set, not {name!r}")
    target = _target("kaggle", name, "", limit, (folder, labels), cache)
    if target.is_dir():
        return target
    client = _client("kagglehub", "dataset_download", "kaggle()")
    what = f"the Kaggle data set {name!r}"
    with _told(what):
        root = Path(client.dataset_download(name))
        inside, table = _inside(root, folder or "", what), _inside(root, labels or "", what)
        found = [path for path in _files_in(inside) if is_image(path)]
        label_of = _labels_of(table, found, what) if labels else {}
        items = [
            Item(path, label_of.get(path) or path.relative_to(inside).parts[:-1], path.name)
            for path in _evenly(found, limit)
        ]
        return _gathered(target, what, lambda done: iter(items[done:]), len(items), progress)


def huggingface(
    name: str,
    split: str = "train",
    image: str | None = None,
    label: str | None = None,
    limit: int | None = None,
    *,
    subset: str | None = None,
    cache: str | Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Path:
    """The images of one split of a data set of the Hugging Face hub, streamed, so that memory and disk stay small.

    image, label : the columns; None for the first of images and the first of classes, "" for no label.
    limit : the first so many; of a set that stands in the order of its classes they may be of one class.
    subset : a configuration of the set. options : further ones of `datasets.load_dataset`: revision, token, data_dir.
    Bytes are kept as they are. Raises ConfigError for what the set has not, MakeError when it cannot be fetched,
    MissingExtra without the package `datasets`.
    """
    kept = sorted((key, repr(value)) for key, value in options.items() if key != "token")
    target = _target("huggingface", name, split, limit, (image, label, subset, kept), cache)
    if target.is_dir():
        return target
    client = _client("datasets", "load_dataset", "huggingface()")
    what = f"the Hugging Face data set {name!r}"
    with _told(what):
        stream = client.load_dataset(name, subset, split=split, streaming=True, **options)
        images, labels, classes = _columns(client, stream, what, image, label)
        if stream.features is not None:  # other columns may be images too, and cost their decoding
            stream = stream.select_columns([images, *([labels] if labels else [])])
            if isinstance(stream.features[images], client.Image):
                stream = stream.cast_column(images, client.Image(decode=False))

        def items(done: int) -> Iterator[Item | None]:
            rows = itertools.islice(stream.skip(done) if done else stream, None if limit is None else limit - done)
            return (_item(row[images], _class_name(row[labels], classes) if labels else "") for row in rows)

        return _gathered(target, what, items, limit or _examples(stream, split), progress)


def torchvision(
    name: str,
    split: str | None = None,
    limit: int | None = None,
    *,
    cache: str | Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Path:
    """The images of a class of `torchvision.datasets`, such as "Flowers102", one folder a class.

    split : as that class has it; "train" and "test" also where it has `train=`; None for its own default.
    limit : so many, evenly taken from all. options : further ones of that class.
    Files are kept as they are where the class lets them through (`loader=`), else images become PNG.
    Raises ConfigError for what there is not, MakeError when it cannot be fetched, MissingExtra without the package.
    """
    kept = sorted((key, repr(value)) for key, value in options.items())
    target = _target("torchvision", name, split or "", limit, kept, cache)
    if target.is_dir():
        return target
    client = _client("torchvision.datasets", "VisionDataset", "torchvision()")
    there = [each for each in getattr(client, "__all__", ()) if inspect.isclass(getattr(client, each, None))]
    if name not in there:
        raise unknown("torchvision data set", name, there)
    what = f"the torchvision data set {name!r}"
    with _told(what):
        kind = getattr(client, name)
        takes = inspect.signature(kind).parameters
        wished = _split_options(what, takes, split) | options
        if "loader" in takes:
            wished.setdefault("loader", Path)  # the path itself in place of the decoded image
        if "download" in takes:
            wished.setdefault("download", True)
        if "root" in takes:
            wished.setdefault("root", str(target.parent / "torchvision-files"))
        source = kind(**wished)
        classes = getattr(source, "classes", None) or getattr(source, "categories", None)
        rows = _evenly(range(len(source)), limit)
        return _gathered(
            target, what, lambda done: (_entry(source, row, classes) for row in rows[done:]), len(rows), progress
        )


def _entry(source: Any, row: int, classes: Sequence[Any] | None) -> Item:
    """An entry of a torchvision data set: (image, target), or an image alone."""
    found = source[row]
    content, label = (found[0], found[1]) if isinstance(found, tuple) and len(found) > 1 else (found, None)
    file = content if isinstance(content, Path) else Path(str(getattr(content, "filename", "")))
    known = file.name != "" and file.is_file()
    number = label if not isinstance(label, str) else None  # a caption is no class
    return Item(file if known else content, _folders(_class_name(number, classes)), file.name or f"{row:06}")


def _split_options(what: str, takes: Mapping[str, Any], split: str | None) -> dict[str, Any]:
    if split is None:
        return {}
    for parameter in ("split", "image_set"):
        if parameter in takes:
            return {parameter: split}
    if "train" in takes and split in ("train", "test"):
        return {"train": split == "train"}
    allowed = "split='train' or 'test'" if "train" in takes else "no split"
    raise ConfigError(f"{what} takes {allowed}, not {split!r}")


def _columns(
    client: Any, stream: Any, what: str, image: str | None, label: str | None
) -> tuple[str, str, Sequence[str] | None]:
    """The column of images, that of labels or "", and the names of the classes where the client knows them."""
    features = stream.features
    if features is None:  # a stream without types: its first row tells
        features = next(iter(stream), {})
        images = [name for name, value in features.items() if not isinstance(value, str) and _item(value, "")]
        classes: list[str] = []
    else:
        images = [name for name, kind in features.items() if isinstance(kind, client.Image)]
        classes = [name for name, kind in features.items() if isinstance(kind, client.ClassLabel)]
    for wish in (image, label):
        if wish and wish not in features:
            raise unknown(f"column of {what}:", wish, features)
    chosen = image or next(iter(images), None)
    if chosen is None:
        raise ConfigError(f"{what} has no column of images; say image=, one of: {', '.join(features)}")
    labelled = next(iter(classes), "") if label is None else label
    return chosen, labelled, getattr(features.get(labelled), "names", None)


def _item(value: Any, label: str) -> Item | None:
    """An image as the client of Hugging Face gives it: bytes and path, or one of them; None where a row has none."""
    path = str(value.get("path") or "") if isinstance(value, dict) else value if isinstance(value, str) else ""
    content = value.get("bytes") if isinstance(value, dict) else None if isinstance(value, str) else value
    if content is None and path:
        content = _fetched(path)
    if not isinstance(content, bytes | Path | np.ndarray | Image.Image):
        return None
    return Item(content, _folders(label), re.split(r"[/\\]", path.split("::")[0])[-1])


def _fetched(path: str) -> Path | bytes:
    """What a path means that comes without its bytes: an image here, or far away, as it is or in a ZIP archive.

    A set may name whatever it likes, and the client's file systems reach everything, this machine included: so only
    what is far away is opened by them, and only what begins like an image is kept. Raises MakeError for the rest.
    """
    path = path.removeprefix("file://")
    if "://" not in path and "::" not in path:
        content: Path | bytes = Path(path)
        found = Path(path).is_file() and begins_like_image(Path(path))
    else:
        *archives, place = path.split("::")
        if not place.startswith(_FAR) or not all(each.startswith("zip://") for each in archives):
            raise MakeError(f"{path[:100]!r} stands for an image, but leads to neither the net nor a ZIP archive there")
        with importlib.import_module("fsspec").open(path, "rb") as file:
            content = bytes(file.read())
        found = begins_like_image(content)
    if not found:
        raise MakeError(f"{path[:100]!r} stands for an image, but is none")
    return content


def _examples(stream: Any, split: str) -> int:
    with contextlib.suppress(Exception):  # few sets say how many there are
        return int(stream.info.splits[split].num_examples)
    return 0


def _class_name(label: Any, classes: Sequence[Any] | None) -> str:
    """What a label is called; "" for what is no label (boxes, a list) and for -1, which stands for a hidden one."""
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


def _folders(label: str) -> tuple[str, ...]:
    return (label,) if label else ()


def _inside(root: Path, name: str, what: str) -> Path:
    path = root / name
    if not path.exists() or not path.resolve().is_relative_to(root.resolve()):
        there = ", ".join(sorted(each.name for each in root.iterdir())[:20])
        raise ConfigError(f"{what} has no {name!r}; it has: {there}")
    return path


def _labels_of(table: Path, images: Iterable[Path], what: str) -> dict[Path, tuple[str, ...]]:
    """{image: (label,)} from a CSV file with a column of file names, with or without endings, and one of labels."""
    by_name: dict[str, set[Path]] = {}
    for image in images:
        for name in (image.name, image.stem):
            by_name.setdefault(name, set()).add(image)
    with open(table, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, restval=""))
    columns = [column for column in rows[0] if column] if rows else []
    name_of = next((each for each in columns if any(Path(row[each]).name in by_name for row in rows)), None)
    others = [column for column in columns if column != name_of]
    likely = [column for column in others if column.casefold() in _LABEL_COLUMNS] or others
    if name_of is None or (len(likely) != 1 and likely == others):
        lacking = "file names of its images" if name_of is None else "labels"
        raise ConfigError(
            f"{what}: {table.name} has no column of {lacking}; its columns: {', '.join(columns) or 'none'}"
        )
    found: dict[Path, tuple[str, ...]] = {}
    for row in rows:
        meant = by_name.get(Path(row[name_of]).name, set())
        if len(meant) > 1:
            raise ConfigError(f"{what}: {row[name_of]} in {table.name} names {len(meant)} images; say folder= as well")
        if meant and row[likely[0]]:
            found[next(iter(meant))] = (row[likely[0]],)
    return found


def _gathered(
    target: Path, what: str, items: Callable[[int], Iterator[Item | None]], total: int, progress: Progress
) -> Path:
    """`gather`, with what it wrote on record in the cache."""
    folder = gather(target, what, items, total, progress)
    WrittenFiles(target.parents[1]).claim_images(folder, folder)
    return folder


def _target(client: str, name: str, split: str, limit: int | None, settings: object, cache: str | Path | None) -> Path:
    """Where a wish is kept: a folder of the cache that no other wish has."""
    if not isinstance(name, str) or not name.strip() or not isinstance(split, str):
        raise ConfigError(f"{client}() takes the names of a data set and of a split, not {name!r} and {split!r}")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ConfigError(f"limit={limit!r} must be a whole number of at least 1, or None for all")
    wish = hashlib.blake2b(repr((name, split, limit, settings)).encode(), digest_size=4).hexdigest()
    home = config.places(cache=cache).cache if cache is None else Path(cache).expanduser()
    return home / "downloads" / f"{files.slug(f'{client} {name} {split}')}-{wish}"


def _client(module: str, needed: str, wanted_by: str) -> Any:
    try:
        client = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtra((error.name or module).split(".")[0], "datasets", wanted_by) from None
    if not hasattr(client, needed):  # a folder of this name where Python looks first is enough for that
        place = getattr(client, "__file__", None) or next(iter(getattr(client, "__path__", [])), "something else")
        raise ConfigError(f"{wanted_by} found {place} in place of the package {module!r}; give that another name")
    return client


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Whatever a client raises, in one line with its own words: ConfigError when it does not know what is wished."""
    try:
        yield
    except MakeError as error:
        raise type(error)(f"{what}: {error}") from error
    except I2SError:
        raise
    except Exception as error:
        words = " ".join(str(error).split())[:400] or type(error).__name__
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise UnwritableError(f"{what} cannot be kept: {words}") from error
        status = getattr(getattr(error, "response", None), "status_code", None)
        wrong = isinstance(error, ValueError | TypeError | FileNotFoundError) or status == 404
        if wrong or "NotFound" in type(error).__name__:
            raise ConfigError(f"{what} cannot be had: {words}") from error
        raise MakeError(
            f"{what} cannot be fetched now: {words}; the next try goes on where this one stopped"
        ) from error


def _evenly(everything: Sequence[Any], limit: int | None) -> list[Any]:
    n = len(everything)
    return list(everything) if limit is None or limit >= n else [everything[i * n // limit] for i in range(limit)]


def _files_in(folder: Path) -> list[Path]:
    """Regular files below a folder, sorted; nothing hidden, and no links, which may lead anywhere."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__MACOSX"]
        paths = [Path(place, name) for name in names if not name.startswith(".")]
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
    return sorted(found)
