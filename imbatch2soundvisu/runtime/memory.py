"""Memory that was freed, and that the C library keeps for later."""

from __future__ import annotations

import contextlib
import ctypes
import sys


def return_freed_memory() -> None:
    """Return freed memory to the system, where the C library is glibc; it keeps that of every thread otherwise.

    Takes some milliseconds: for the ends of stages.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
