"""MediaPipe Tasks: its modules, its models, each in one thread at a time, and its log, kept off the terminal."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..runtime.extras import import_extra

_REDIRECTED = threading.RLock()
#: Models that no thread uses now, by process and name: a child of a process cannot use those of its parent.
_IDLE: dict[tuple[int, str], list[Any]] = {}
_STARTED: set[int] = set()


def vision(wanted_by: str) -> Any:
    """Return the module `mediapipe.tasks.python.vision`.

    Raises
    ------
    MissingExtra
        Where mediapipe is not installed.
    ConfigError
        Where it does not start, for want of libEGL or libGLESv2.
    """
    with quiet():
        return import_extra("mediapipe.tasks.python.vision", wanted_by, "mediapipe", "pose")


def image(rgb: np.ndarray) -> Any:
    """Return an image, (h, w, 3) uint8, as MediaPipe takes it."""
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def run(name: str, make: Callable[[], Any], work: Callable[[Any], Any]) -> Any:
    """Return `work(model)` with a model of a name that no other thread uses; as many are made as threads need.

    What a model logs when it starts is not shown.
    """
    idle = _IDLE.setdefault((os.getpid(), name), [])
    try:
        model = idle.pop()
    except IndexError:
        with quiet():
            model = make()
    try:
        with contextlib.nullcontext() if id(model) in _STARTED else quiet():
            return work(model)
    finally:
        _STARTED.add(id(model))
        idle.append(model)


@atexit.register
def _close_all() -> None:
    """Close models, which cannot be closed any more when modules are being unloaded."""
    with quiet():
        for (process, _), models in _IDLE.items():
            while models and process == os.getpid():
                with contextlib.suppress(Exception):
                    models.pop().close()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Discard what libraries write to the file descriptor of stderr; its own log cannot be turned off otherwise."""
    with _REDIRECTED:
        try:
            sys.stderr.flush()
            kept = os.dup(2)
        except (OSError, ValueError, AttributeError):  # there is no stderr
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
