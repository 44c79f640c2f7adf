"""ONNX networks, by onnxruntime where it is installed, else by OpenCV."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import numpy as np

Network = Callable[[np.ndarray], list[np.ndarray]]


def network(path: str) -> Network:
    """Return the network of a file as a function from a blob, (1, 3, h, w) float32, to its outputs, in their order.

    One network serves one thread.
    """
    return _by_onnxruntime(path) if engine() == "onnxruntime" else _by_opencv(path)


def engine() -> str:
    """Return what runs networks; others differ in the last digits of what they give."""
    return "onnxruntime" if importlib.util.find_spec("onnxruntime") else "opencv"


def _by_onnxruntime(path: str) -> Network:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda blob: [np.asarray(each) for each in session.run(None, {name: blob})]


def _by_opencv(path: str) -> Network:
    import cv2

    net = cv2.dnn.readNetFromONNX(path)
    names = net.getUnconnectedOutLayersNames()

    def run(blob: np.ndarray) -> list[np.ndarray]:
        net.setInput(blob)
        return [np.array(each) for each in net.forward(names)]

    return run
