"""Sound of any length in little memory: samples lie in an unnamed file, and are worked on piece by piece."""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from collections.abc import Iterator
from typing import IO

import numpy as np

#: Samples worked on at once: about six seconds.
PIECE = 1 << 18


def scratch(length: int) -> np.ndarray:
    """(length, 2) float32 zeros, in a temporary file that goes when the array does.

    Raises OSError, here and not when it is written to, when the folder of temporary files has no room for it.
    """
    if length * 8 <= PIECE * 8 * 4:
        return np.zeros((length, 2), np.float32)
    with tempfile.TemporaryFile(prefix="imbatch2soundvisu-") as file:
        _reserve(file, length * 8)
        return np.memmap(file, np.float32, "w+", shape=(length, 2))


def _reserve(file: IO[bytes], size: int) -> None:
    """Take `size` bytes of the disk now: a sparse file that runs out of room later is SIGBUS, which ends the process.

    Raises OSError, with the folder and the way out, when there is no room.
    """
    try:
        try:
            if not hasattr(os, "posix_fallocate"):
                raise OSError(errno.EOPNOTSUPP, "no posix_fallocate")
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            _write_zeros(file.fileno(), size)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        message = f"this temporary folder has no room for {size / 1e6:.0f} MB of sound; TMPDIR sets another one"
        raise OSError(error.errno, message, tempfile.gettempdir()) from error


_UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ENODEV)
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def _write_zeros(descriptor: int, size: int) -> None:
    zeros = memoryview(bytes(min(size, PIECE * 8)))
    while size:
        size -= os.write(descriptor, zeros[:size])


def pieces(samples: np.ndarray, size: int = PIECE) -> Iterator[slice]:
    """Slices of `samples`, one after the other; what has been worked on leaves memory for its file."""
    for start in range(0, samples.shape[0], size):
        yield slice(start, min(start + size, samples.shape[0]))
        release(samples)


def release(samples: np.ndarray) -> None:
    """Let the pages of a scratch array go from memory; they come back from the file when they are wanted."""
    pages = getattr(samples, "_mmap", None)
    if isinstance(pages, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        pages.madvise(mmap.MADV_DONTNEED)
