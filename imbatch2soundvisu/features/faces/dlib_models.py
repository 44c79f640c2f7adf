"""dlib's detector, landmarks and identity of faces, with the weights of `face_recognition_models`."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import threading
from pathlib import Path
from typing import Any

from ...core.errors import MissingExtra

_LANDMARKS = "shape_predictor_5_face_landmarks.dat"
_DENSE = "shape_predictor_68_face_landmarks.dat"
_IDENTITY = "dlib_face_recognition_resnet_model_v1.dat"
_LOCAL = threading.local()


def require(wanted_by: str) -> None:
    """Raise MissingExtra where dlib or its weights are not installed."""
    for module, package in (("dlib", "dlib-bin"), ("face_recognition_models", "face_recognition_models")):
        if importlib.util.find_spec(module) is None:
            raise MissingExtra(package, "faces", wanted_by)


@functools.cache
def weights(name: str) -> Path:
    """Return a file of weights; the package itself is not imported, since it needs pkg_resources."""
    spec = importlib.util.find_spec("face_recognition_models")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "models" / name


def detector() -> Any:
    """Return this thread's detector of frontal faces (histograms of oriented gradients)."""
    return _own("detector", lambda dlib: dlib.get_frontal_face_detector())


def landmarks() -> Any:
    """Return this thread's predictor of 5 landmarks."""
    return _own("landmarks", lambda dlib: dlib.shape_predictor(str(weights(_LANDMARKS))))


def dense_landmarks() -> Any:
    """Return this thread's predictor of 68 landmarks, for morphs.

    It was trained with the data set iBUG 300-W, whose licence excludes commercial use.
    """
    return _own("dense landmarks", lambda dlib: dlib.shape_predictor(str(weights(_DENSE))))


def identity() -> Any:
    """Return this thread's network for 128-d identity."""
    return _own("identity", lambda dlib: dlib.face_recognition_model_v1(str(weights(_IDENTITY))))


def _own(name: str, make: Any) -> Any:
    """A model of this thread: dlib's keep buffers."""
    if not hasattr(_LOCAL, name):
        setattr(_LOCAL, name, make(importlib.import_module("dlib")))
    return getattr(_LOCAL, name)
