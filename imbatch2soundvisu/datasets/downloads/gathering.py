"""Images of a data set in a folder that gets its name when it is complete."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...core import Progress
from ...core.errors import ConfigError, ImageError, MakeError
from .. import decoders
from .journal import JOURNAL, Item, Journal

_POLL_S = 0.2
_CANNOT_WRITE = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.ENOENT)

#: Returns the items from a number on, in the same order every time; None for an entry without an image.
Items = Callable[[int], Iterator[Item | None]]


def gather(folder: Path, what: str, items: Items, total: int, progress: Progress) -> Path:
    """Write images into a folder that gets its name when it is complete.

    Files are linked where possible, bytes are written unchanged, decoded images become PNG. An interrupted download
    continues where it stopped; of several processes, one downloads and the others wait.

    Parameters
    ----------
    folder : Path
        The folder to make.
    what : str
        Name of the data set in messages.
    items : callable
        From the number of items that are done to an iterator of the rest.
    total : int
        Number of items, 0 where it is unknown.
    progress : Progress
        Called as `progress("download", done, total)`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ConfigError
        If there are no images.
    OSError
        If something cannot be written.
    """
    with _exclusive(folder, progress):
        return folder if folder.is_dir() else _gather(folder, what, items, total, progress)


def _gather(folder: Path, what: str, items: Items, total: int, progress: Progress) -> Path:
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    try:
        with Journal(partial) as journal:
            for item in items(journal.done):
                place = journal.place(item)
                if item is not None:
                    place = _write_or_warn(item.content, partial, place)
                journal.add(item, place)
                progress("download", journal.done, max(total, journal.done + 1))
        if not journal.has_images:
            shutil.rmtree(partial, ignore_errors=True)
            raise ConfigError(f"{what} contains no images")
        (partial / JOURNAL).unlink()
        os.replace(partial, folder)
    except OSError:
        if not folder.is_dir():  # else another run was faster, on a disk without locks
            raise
        shutil.rmtree(partial, ignore_errors=True)
    progress("download", max(journal.done, 1), max(journal.done, 1))
    return folder


@contextlib.contextmanager
def _exclusive(folder: Path, progress: Progress) -> Iterator[None]:
    """Wait until no other process or thread downloads to this folder. Without locks on the disk, do not wait.

    The operating system releases the lock of a process that ends, however it ends. The lock file remains: removing it
    would let two processes lock different files of the same name.
    """
    from filelock import FileLock, Timeout

    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(f".{folder.name}.lock"), thread_local=False)
    try:
        while not lock.is_locked:
            try:
                lock.acquire(timeout=_POLL_S)
            except Timeout:
                progress("wait for another download", 0, 1)
    except NotImplementedError:
        pass  # a disk without locks: filelock raises this, and the download goes on without waiting for others
    except OSError as error:
        if error.errno in _CANNOT_WRITE:
            raise
    try:
        yield
    finally:
        lock.release()


def _write_or_warn(content: Any, folder: Path, place: str) -> str:
    """Write one image and return its place; "" with a warning for an image that cannot be decoded."""
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
    target.unlink(missing_ok=True)  # a file of a killed run; it may be a link to a file of the client
    if isinstance(content, Path):
        try:
            os.link(content, target)
        except OSError:  # another disk, or a file system without links
            shutil.copyfile(content, target)
    elif isinstance(content, bytes):
        target.write_bytes(content)
    else:
        image = content if isinstance(content, Image.Image) else _from_array(content)
        with decoders.decoder_errors():  # images of some clients are decoded only now
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
        raise MakeError(f"its entries are not images, but {kind} of shape {values.shape} and type {values.dtype}")
    return Image.fromarray(np.ascontiguousarray(values))
