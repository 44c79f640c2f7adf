"""Files of weights: found, fetched, digested, and refused when they hold more than weights."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import importlib.util
import inspect
import io
import os
import pickle
import re
import shutil
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core import Progress, silent
from ..core.errors import ConfigError, MissingExtra

#: What a file of weights may be called.
SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
#: Seconds to wait for the hub's first answer.
PATIENCE_S = 5.0
_PACKAGES = {"open_clip": "open_clip_torch"}


def library(name: str, wanted_by: str) -> Any:
    """A module of the extra `clip`, imported. Raises MissingExtra at once where it or torch is not installed."""
    for each in (name, "torch", "torchvision"):
        if importlib.util.find_spec(each) is None:
            raise MissingExtra(_PACKAGES.get(each, each), "clip", wanted_by)
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ConfigError(
            f"{wanted_by} needs {name}, which is installed but does not start: {one_line(error)}"
        ) from error


def is_file_wish(wish: object) -> bool:
    """Whether a wish for weights means a file: it is there, or its name looks like one."""
    return isinstance(wish, Path) or Path(str(wish)).suffix in SUFFIXES or Path(str(wish)).expanduser().is_file()


def local_file(wish: str | Path, wanted_by: str) -> Path:
    """The file of weights a person named. Raises ConfigError when it is not there or of another kind."""
    path = Path(wish).expanduser()
    if not path.is_file():
        raise ConfigError(f"{wanted_by} finds no file of weights at {path}")
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{wanted_by} reads weights from {', '.join(SUFFIXES)}, not from {path.name}")
    return path.resolve()


def place(wish: str | Path) -> str:
    """6 hex digits of where a file or folder lies, so that two of one name are told apart without being read."""
    whole = os.path.abspath(Path(wish).expanduser())
    return hashlib.blake2b(os.fsencode(whole), digest_size=3).hexdigest()


def digest(path: Path) -> str:
    """32 hex digits of a file's content (BLAKE2b); read once in a process while size and time stay the same."""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def read(path: Path, wanted_by: str) -> dict[str, Any]:
    """The tensors of a file by name, read without running anything that is in it.

    What a trainer wraps around them ("state_dict", "model") is taken off. Raises ConfigError for a file that asks to
    run code, is cut short, or holds no weights.
    """
    with _refusing(path, wanted_by):
        found = _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)
    while isinstance(found, Mapping) and (
        inner := next((found[k] for k in _WRAPPERS if _is_weights(found.get(k))), None)
    ):
        found = inner
    if not _is_weights(found):
        raise ConfigError(f"{wanted_by} refuses {path}: it holds no weights by name (a state_dict)")
    return dict(found)


def check(path: Path, wanted_by: str) -> None:
    """Raise ConfigError for a file that `read` would refuse; once in a process while size and time stay the same."""
    status = path.stat()
    _check(path, wanted_by, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _check(path: Path, wanted_by: str, size: int, mtime_ns: int) -> None:
    if path.suffix != ".safetensors":
        read(path, wanted_by)
        return
    with _refusing(path, wanted_by):
        from safetensors import safe_open

        with safe_open(path, framework="pt"):
            pass  # the header says how long the file must be


@contextlib.contextmanager
def _refusing(path: Path, wanted_by: str) -> Iterator[None]:
    try:
        yield
    except (MemoryError, PermissionError):
        raise
    except Exception as error:
        raise ConfigError(f"{wanted_by} refuses {path}: {_refusal(error)}") from error


_WRAPPERS = ("state_dict_ema", "model_ema", "state_dict", "model")


def _is_weights(found: object) -> bool:
    import torch

    if not isinstance(found, Mapping) or not found or not all(isinstance(name, str) for name in found):
        return False
    wrapped = any(isinstance(found.get(name), Mapping) for name in _WRAPPERS)
    return wrapped or any(isinstance(value, torch.Tensor) for value in found.values())


def _safetensors(path: Path) -> Any:
    from safetensors.torch import load_file

    return load_file(path)


def _pickled(path: Path) -> Any:
    """A file of torch.save. Only tensors and plain values are built; of a newer file, only what is used is read."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


def _refusal(error: Exception) -> str:
    wanted = re.search(r"GLOBAL:? ([\w.]+)", str(error))
    if wanted:
        return f"it asks to run {wanted[1]}, and weights have no need of code; nothing of it was run"
    if isinstance(error, pickle.UnpicklingError):
        return "it holds more than weights, which could be code; nothing of it was run"
    if "TorchScript" in str(error):
        return "it is a TorchScript program, not weights; save its state_dict() and give that"
    return f"it is cut short, or no file of weights ({type(error).__name__})"


def one_line(error: BaseException) -> str:
    """What an exception says, shortened to one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:199] + "…"


def from_hub(repo: str, names: Sequence[str], what: str, instead: str, progress: Progress = silent) -> Path:
    """A file of a hub's repository, the first of `names` that it has: from the local cache, or else downloaded.

    what : what a person calls it. instead : how to do without the hub. Before a download, its size and folder are told
    to `progress`, or as a warning where nobody listens. Raises ConfigError, within seconds, when it is not on this
    machine and cannot be fetched.
    """
    from huggingface_hub import try_to_load_from_cache

    for name in names:
        cached = try_to_load_from_cache(repo, name)
        if isinstance(cached, str):
            return Path(cached)
    return _fetched(repo, names, what, instead, progress)


def _fetched(repo: str, names: Sequence[str], what: str, instead: str, progress: Progress) -> Path:
    import huggingface_hub
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE)
    try:
        # one question without retries; the downloader itself would try for minutes
        told = huggingface_hub.HfApi().model_info(repo, files_metadata=True, timeout=PATIENCE_S)
    except Exception as error:
        raise ConfigError(_unreachable(what, instead, error)) from error
    sizes = {each.rfilename: int(each.size or 0) for each in told.siblings or ()}
    name = next((name for name in names if name in sizes), None)
    if name is None:
        raise ConfigError(f"{what}: {repo} has none of {', '.join(names)} on the hub")
    free = shutil.disk_usage(_existing(folder)).free
    if sizes[name] > free:
        raise ConfigError(f"{what} takes {_mega(sizes[name])} MB in {folder}, where {_mega(free)} MB are free")
    line = f"download {what}: about {_mega(sizes[name])} MB to {folder}"
    if progress is silent:
        warnings.warn(line, stacklevel=2)
    total = max(1, _mega(sizes[name]))
    progress(line, 0, total)
    try:
        path = huggingface_hub.hf_hub_download(repo, name, **_listening(line, total, progress))
    except Exception as error:
        raise ConfigError(f"{what}: the download broke off ({one_line(error)}); run again to go on") from error
    progress(line, total, total)
    return Path(path)


def _listening(line: str, total: int, progress: Progress) -> dict[str, Any]:
    """How the downloader is asked to report to `progress`, in megabytes, instead of drawing a bar of its own."""
    from huggingface_hub import hf_hub_download
    from tqdm import tqdm

    class Reported(tqdm):
        def __init__(self, *args: Any, **settings: Any) -> None:
            for name in ("name", "disable", "file"):
                settings.pop(name, None)
            super().__init__(*args, file=io.StringIO(), **settings)

        def update(self, n: float | None = 1) -> bool | None:
            drawn = super().update(n)
            progress(line, min(total - 1, _mega(int(self.n))), total)
            return drawn

    return {"tqdm_class": Reported} if "tqdm_class" in inspect.signature(hf_hub_download).parameters else {}


def _unreachable(what: str, instead: str, error: Exception) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if "OfflineMode" in type(error).__name__:
        reason = "HF_HUB_OFFLINE is set"
    else:
        reason = f"the hub answers {status}" if status else f"no network: {one_line(error)}"
    return f"{what} is not on this machine and cannot be fetched ({reason}). {instead}; or use Look(), which needs none"


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _mega(size: int) -> int:
    return round(size / 1e6)
