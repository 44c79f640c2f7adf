"""Methods of the data types whose code stands further right: search, plots, thumbnails.

Data types may not import the packages that search or draw them. Those register a function here, and the method of the
data type calls it by name; the modules are imported at the first call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .registry import Registry

#: Functions by name; the first argument of each is the object whose method calls it.
METHODS: Registry[Callable[..., Any]] = Registry(
    "method", modules=("imbatch2soundvisu.measurement.search", "imbatch2soundvisu.visuals.axes")
)
