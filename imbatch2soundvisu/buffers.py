"""Sound of any length in little memory: samples lie in an unnamed file, and are worked on piece by piece."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator

import numpy as np

#: Samples worked on at once: about six seconds.
PIECE = 1 << 18


def scratch(length: int) -> np.ndarray:
    """(length, 2) float32 zeros, in a temporary file that goes when the array does. Raises OSError when it is full."""
    if length * 8 <= PIECE * 8 * 4:
        return np.zeros((length, 2), np.float32)
    with tempfile.TemporaryFile(prefix="imbatch2soundvisu-") as file:
        return np.memmap(file, np.float32, "w+", shape=(length, 2))


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
