"""MediaPipe Tasks: its modules, its models one for each thread, and its log, which is kept off the terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .faces.own_models import own
from .models import library

_REDIRECTED = threading.RLock()


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
        return library("mediapipe.tasks.python.vision", "pose", "mediapipe", wanted_by)


def image(rgb: np.ndarray) -> Any:
    """Return an image, (h, w, 3) uint8, as MediaPipe takes it."""
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def run(name: str, make: Callable[[], Any], work: Callable[[Any], Any]) -> Any:
    """Return `work(model)` with this thread's model of a name; what it logs when it starts is not shown."""
    started = own(f"mediapipe started {name}", list)
    with contextlib.nullcontext() if started else quiet():
        found = work(own(f"mediapipe {name}", make))
    started.append(True)
    return found


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
