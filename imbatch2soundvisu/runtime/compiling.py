"""Loops that Numba compiles. Only modules that are imported when their loops are needed import this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function without the GIL; keep the machine code where a folder for it is writable."""
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package nor the user's cache folder is writable
        return njit(nogil=True)(function)
