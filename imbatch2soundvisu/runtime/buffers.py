"""Arrays of any length in little memory, in an unnamed temporary file: sound, processed in chunks; tiles of posters."""

from __future__ import annotations

import errno
import math
import mmap
import os
import tempfile
from collections.abc import Iterator
from typing import IO

import numpy as np
from numpy.typing import DTypeLike

#: Samples per chunk: about six seconds.
CHUNK = 1 << 18
#: Samples up to which an array is in memory: four chunks.
_IN_MEMORY = 4 * CHUNK
_BYTES_PER_SAMPLE = 8


def scratch(length: int) -> np.ndarray:
    """Return (length, 2) float32 zeros; long arrays are backed by a temporary file that is deleted with the array.

    Parameters
    ----------
    length : int
        Number of samples.

    Raises
    ------
    OSError
        If the folder of temporary files has no space for it. Raised here and not when the array is written to.

    Examples
    --------
    >>> scratch(100).shape
    (100, 2)
    """
    if length <= _IN_MEMORY:
        return np.zeros((length, 2), np.float32)
    return mapped((length, 2), np.float32, "sound")


def mapped(shape: tuple[int, ...], dtype: DTypeLike, what: str) -> np.ndarray:
    """Return an array in a temporary file that is deleted with the array; the values of a new one are 0.

    Parameters
    ----------
    shape : tuple of int
        At least one element.
    dtype : dtype
        Of the array.
    what : str
        What it holds, for the message of the error.

    Raises
    ------
    OSError
        If the folder of temporary files has no space for it. Raised here and not when the array is written to.
    """
    with tempfile.TemporaryFile(prefix="imbatch2soundvisu-") as file:
        _reserve(file, math.prod(shape) * np.dtype(dtype).itemsize, what)
        return np.memmap(file, dtype, "w+", shape=shape)


def chunks(samples: np.ndarray, size: int = CHUNK) -> Iterator[slice]:
    """Yield consecutive slices of `samples`; processed chunks of a `scratch` array are released from memory.

    Examples
    --------
    >>> list(chunks(np.zeros((5, 2)), 3))
    [slice(0, 3, None), slice(3, 5, None)]
    """
    for start in range(0, samples.shape[0], size):
        yield slice(start, min(start + size, samples.shape[0]))
        release(samples)


def release(samples: np.ndarray) -> None:
    """Release the memory pages of a `scratch` array; they are read from its file when they are needed again."""
    pages = getattr(samples, "_mmap", None)
    if isinstance(pages, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        pages.madvise(mmap.MADV_DONTNEED)


_UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ENODEV)
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def _reserve(file: IO[bytes], size: int, what: str) -> None:
    """Allocate `size` bytes on the disk now: writing to a sparse file on a full disk is SIGBUS, which ends the process.

    Raises OSError, with the folder and what to do, when there is no space.
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
        message = f"the temporary folder has no space for {size / 1e6:.0f} MB of {what}; set TMPDIR to another folder"
        raise OSError(error.errno, message, tempfile.gettempdir()) from error


def _write_zeros(descriptor: int, size: int) -> None:
    zeros = memoryview(bytes(min(size, CHUNK * _BYTES_PER_SAMPLE)))
    while size:
        size -= os.write(descriptor, zeros[:size])
