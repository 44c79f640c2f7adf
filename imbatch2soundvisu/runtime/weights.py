"""Files of weights: found, fetched, digested, and refused when they hold more than weights."""

from __future__ import annotations

import contextlib
import functools
import hashlib
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
from .extras import import_extra, one_line

#: File name endings of weights.
SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
#: Seconds to wait for the first response of the hub.
PATIENCE_S = 5.0
_PACKAGES = {"open_clip": "open_clip_torch"}


def library(name: str, wanted_by: str, extra: str = "clip") -> Any:
    """Import a module of an extra that works with torch. Raises MissingExtra where it or torch is not installed."""
    require(name, wanted_by, extra)
    return import_extra(name, wanted_by, name, extra)


def require(name: str, wanted_by: str, extra: str = "clip") -> None:
    """Raise MissingExtra where a module of an extra, or torch, is not installed. Nothing is imported."""
    for each in (name, "torch", "torchvision"):
        if importlib.util.find_spec(each) is None:
            raise MissingExtra(_PACKAGES.get(each, each), extra, wanted_by)


def best_device(device: str | None, wanted_by: str) -> str:
    """Return the device, or the fastest available if None. Raises ConfigError for one that is not available."""
    import torch

    there = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    there = (["cuda", *there] if there else []) + (["mps"] if torch.backends.mps.is_available() else []) + ["cpu"]
    if device is None:
        return there[0]
    if device not in there:
        raise ConfigError(f"{wanted_by}: no device {device!r} on this machine; there are: {', '.join(there)}")
    return device


def names_file(given: object) -> bool:
    """Return whether weights are given as a file: it exists, or its name ends like one."""
    return isinstance(given, Path) or Path(str(given)).suffix in SUFFIXES or Path(str(given)).expanduser().is_file()


def local_file(given: str | Path, wanted_by: str) -> Path:
    """Return the path of a file of weights. Raises ConfigError when it does not exist or is of another kind."""
    path = Path(given).expanduser()
    if not path.is_file():
        raise ConfigError(f"{wanted_by} finds no file of weights at {path}")
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{wanted_by} reads weights from {', '.join(SUFFIXES)}, not from {path.name}")
    return path.resolve()


def place_digest(path: str | Path) -> str:
    """Return 6 hex digits of the absolute path, which distinguish files of one name without reading them."""
    whole = os.path.abspath(Path(path).expanduser())
    return hashlib.blake2b(os.fsencode(whole), digest_size=3).hexdigest()


def read(path: Path, wanted_by: str) -> dict[str, Any]:
    """Return the tensors of a file by name, without running any code of the file.

    The wrapping of a trainer ("state_dict", "model") is removed. Raises ConfigError for a file that asks to run code,
    is truncated, or holds no weights.
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
    """Raise ConfigError for a file that `read` would refuse; once per process while size and time are the same."""
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
            pass  # the header holds the length of the file


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
    """Load a file of torch.save: tensors and plain values only; of a newer file, only the parts that are used."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))


def _refusal(error: Exception) -> str:
    wanted = re.search(r"GLOBAL:? ([\w.]+)", str(error))
    if wanted:
        return f"it asks to run {wanted[1]}, and weights need no code; nothing of it was run"
    if isinstance(error, pickle.UnpicklingError):
        return "it holds more than weights, which could be code; nothing of it was run"
    if "TorchScript" in str(error):
        return "it is a TorchScript program, not weights; save its state_dict() and give that"
    return f"it is cut short, or no file of weights ({type(error).__name__})"


def from_hub(repo: str, names: Sequence[str], what: str, instead: str, progress: Progress = silent) -> Path:
    """Return a file of a hub's repository, the first of `names` that it has: from the local cache, or downloaded.

    what : its name in messages. instead : how to do without the hub. Before a download, its size and folder go to
    `progress`, or without one into a warning. Raises ConfigError, within seconds, when it is not on this machine and
    cannot be downloaded.
    """
    return cached(repo, names) or _fetched(repo, names, what, instead, progress)


def cached(repo: str, names: Sequence[str]) -> Path | None:
    """Return the first of these files of a hub's repository that the local cache has; None where it has none."""
    from huggingface_hub import try_to_load_from_cache

    found = (try_to_load_from_cache(repo, name) for name in names)
    return next((Path(each) for each in found if isinstance(each, str)), None)


def _fetched(repo: str, names: Sequence[str], what: str, instead: str, progress: Progress) -> Path:
    import huggingface_hub
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE)
    try:
        # one request without retries; the downloader itself would try for minutes
        listed = huggingface_hub.HfApi().model_info(repo, files_metadata=True, timeout=PATIENCE_S)
    except Exception as error:
        raise ConfigError(_unreachable(what, instead, error)) from error
    sizes = {each.rfilename: int(each.size or 0) for each in listed.siblings or ()}
    name = next((name for name in names if name in sizes), None)
    if name is None:
        raise ConfigError(f"{what}: {repo} has none of {', '.join(names)} on the hub")
    free = shutil.disk_usage(_existing(folder)).free
    if sizes[name] > free:
        raise ConfigError(f"{what} takes {_mega(sizes[name])} MB in {folder}, where {_mega(free)} MB are free")
    line = f"download {what}: about {_mega(sizes[name])} MB{_published(listed, name)} to {folder}"
    if progress is silent:
        warnings.warn(line, stacklevel=2)
    total = max(1, _mega(sizes[name]))
    progress(line, 0, total)
    try:
        path = huggingface_hub.hf_hub_download(repo, name, **_progress_bar(line, total, progress))
    except Exception as error:
        raise ConfigError(f"{what}: the download was interrupted ({one_line(error)}); run again to resume") from error
    progress(line, total, total)
    return Path(path)


def _published(listed: Any, name: str) -> str:
    """The checksum of a file and the licence of its repository, where the hub has them."""
    file = next(each for each in listed.siblings if each.rfilename == name)
    checksum = getattr(getattr(file, "lfs", None), "sha256", None)
    licence = getattr(getattr(listed, "card_data", None), "license", None)
    found = [f"SHA-256 {checksum}" if checksum else "", f"licence {licence}" if licence else ""]
    return f" ({', '.join(filter(None, found))})" if any(found) else ""


def _progress_bar(line: str, total: int, progress: Progress) -> dict[str, Any]:
    """Options that make the downloader report to `progress`, in megabytes, instead of drawing a progress bar."""
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
        reason = f"the hub responds with {status}" if status else f"no network: {one_line(error)}"
    return f"{what} is not on this machine and cannot be downloaded ({reason}). {instead}"


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _mega(size: int) -> int:
    return round(size / 1e6)
