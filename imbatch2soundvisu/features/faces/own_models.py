"""Models that keep buffers while they work: one of each for every thread."""

from __future__ import annotations

import atexit
import contextlib
import threading
import weakref
from collections.abc import Callable
from typing import Any

_LOCAL = threading.local()
_CLOSABLE: weakref.WeakSet[Any] = weakref.WeakSet()


def own(name: str, make: Callable[[], Any]) -> Any:
    """Return this thread's model of a name, which is made when the thread first asks for it."""
    models: dict[str, Any] = _LOCAL.__dict__.setdefault("models", {})
    if name not in models:
        models[name] = make()
        if callable(getattr(models[name], "close", None)):
            _CLOSABLE.add(models[name])
    return models[name]


@atexit.register
def _close_all() -> None:
    """Close MediaPipe's models, which cannot be closed any more when modules are being unloaded."""
    for model in list(_CLOSABLE):
        with contextlib.suppress(Exception):
            model.close()
