"""dlib's models of faces, one of each for every thread, with the weights of `face_recognition_models`."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from pathlib import Path
from typing import Any

from ...core.errors import MissingExtra
from ...runtime.digests import file_digest
from .own_models import own

LANDMARKS = "shape_predictor_5_face_landmarks.dat"
DENSE = "shape_predictor_68_face_landmarks.dat"
IDENTITY = "dlib_face_recognition_resnet_model_v1.dat"
CNN = "mmod_human_face_detector.dat"


def require(wanted_by: str) -> None:
    """Raise MissingExtra where dlib or its weights are not installed."""
    for module, package in (("dlib", "dlib-bin"), ("face_recognition_models", "face_recognition_models")):
        if importlib.util.find_spec(module) is None:
            raise MissingExtra(package, "faces", wanted_by)


@functools.cache
def weights(name: str) -> Path:
    """Return a file of weights; the package itself is not imported, since it needs pkg_resources."""
    require("Faces()")
    spec = importlib.util.find_spec("face_recognition_models")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "models" / name


def weights_digest(name: str) -> str:
    """Return a digest of a file of weights; "" where it is not installed."""
    try:
        path = weights(name)
    except MissingExtra:
        return ""
    return file_digest(path)


def detector() -> Any:
    """Return this thread's detector of frontal faces (histograms of oriented gradients)."""
    return own("dlib", lambda: _dlib().get_frontal_face_detector())


def cnn() -> Any:
    """Return this thread's convolutional detector."""
    return own("dlib cnn", lambda: _dlib().cnn_face_detection_model_v1(str(weights(CNN))))


def landmarks() -> Any:
    """Return this thread's predictor of 5 landmarks."""
    return own("dlib landmarks", lambda: _dlib().shape_predictor(str(weights(LANDMARKS))))


def dense_landmarks() -> Any:
    """Return this thread's predictor of 68 landmarks, for morphs.

    It was trained with the data set iBUG 300-W, whose licence excludes commercial use.
    """
    return own("dlib dense landmarks", lambda: _dlib().shape_predictor(str(weights(DENSE))))


def identity() -> Any:
    """Return this thread's network for 128-d identity."""
    return own("dlib identity", lambda: _dlib().face_recognition_model_v1(str(weights(IDENTITY))))


def _dlib() -> Any:
    return importlib.import_module("dlib")
