"""Model files of passes: found in the folder MODELS or the cache, or downloaded from the project that publishes them.

Before a download, its size, checksum, licence and address are reported. Without a network the error has the command
that downloads the file on another computer.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import http.client
import os
import shlex
import urllib.request
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from ..config import Settings
from ..core import Progress, silent
from ..core.errors import ConfigError
from ..runtime.digests import file_digest

#: Seconds to wait for the first response of a server.
PATIENCE_S = 10.0
_CHUNK = 1 << 18
#: Marks a field of a pass that says where a file is, and not what is in it: values do not depend on it.
PLACE = {"place": True}

T = TypeVar("T", bound="UsesModel")


@dataclass(frozen=True)
class ModelFile:
    """A model file that can be downloaded.

    Parameters
    ----------
    name : str
        Name of the file.
    url : str
        Where the project that publishes it has it.
    licence : str
    published_by : str
    what : str
        What it does: "finds the pose of a person".
    """

    name: str
    url: str
    licence: str
    published_by: str
    what: str

    def command(self, folder: Path) -> str:
        """Return the shell command that downloads it into a folder."""
        return f"curl -L --create-dirs -o {shlex.quote(str(folder / self.name))} {shlex.quote(self.url)}"


class UsesModel:
    """Base of passes with a model file; a frozen dataclass with the field `model: str | Path | None`.

    `model_file` says which file it is where the user gives none. The pass is `located` before it runs: then `model` is
    the path of a file, which `prepare` downloads when it is not there.
    """

    model_file: ClassVar[ModelFile]
    model: str | Path | None

    def located(self: T, settings: Settings) -> T:
        """Return the pass with the path of its file.

        Raises
        ------
        ConfigError
            When `model` is given and no such file exists.
        """
        wanted_by = f"{type(self).__name__}(model={str(self.model)!r})"
        if self.model is None:
            path = found(self.model_file.name, settings) or settings.cache / "models" / self.model_file.name
        else:
            path = given(self.model, settings, wanted_by)
        return dataclasses.replace(self, model=path)  # type: ignore[type-var]

    def prepare(self, progress: Progress = silent) -> None:
        """Download the file if it is not there.

        Raises
        ------
        ConfigError
            When it cannot be downloaded.
        """
        path = self._path
        if not path.is_file():
            download(self.model_file, path, f"{type(self).__name__}()", progress)

    @property
    def key(self) -> str:
        """A digest of the file; "" where it is not there."""
        return file_digest(self._path) if self._path.is_file() else ""

    @property
    def _path(self) -> Path:
        """The path of a located pass."""
        from .. import config

        return Path(self.model if self.model is not None else self.located(config.resolve()).model or "")


def found(name: str, settings: Settings) -> Path | None:
    """Return the file of this name in MODELS or in the cache; None where neither has it."""
    folders = (settings.models, settings.cache / "models")
    return next((path.resolve() for folder in folders if (path := folder / name).is_file()), None)


def given(model: str | Path, settings: Settings, wanted_by: str) -> Path:
    """Return the file that the user gave: a path, or the name of a file in MODELS. Raises ConfigError without it."""
    path = Path(model).expanduser()
    if path.is_file():
        return path.resolve()
    in_folder = None if path.is_absolute() else found(str(path), settings)
    if in_folder is None:
        raise ConfigError(f"{wanted_by}: there is no file {path}, and none of this name in MODELS ({settings.models})")
    return in_folder


def download(model: ModelFile, path: Path, wanted_by: str, progress: Progress = silent) -> None:
    """Download a model file to `path`; what is half downloaded never has this name.

    Parameters
    ----------
    model : ModelFile
    path : Path
        Where it is to be.
    wanted_by : str
        What needs it, for messages.
    progress : callable
        Gets the size, checksum, licence and address first; without one they are in a warning.

    Raises
    ------
    ConfigError
        Without a network, for an incomplete or wrong file, or a folder that cannot be written.
    """
    try:
        with urllib.request.urlopen(model.url, timeout=PATIENCE_S) as response:
            size, checksum = int(response.headers.get("Content-Length") or 0), _checksum(response.headers)
            line = _announcement(model, size, checksum, path)
            if progress is silent:
                warnings.warn(line, stacklevel=2)
            _save(response, path, size, checksum, lambda done: progress(line, _mega(done), max(1, _mega(size))))
    except ValueError as error:
        raise ConfigError(f"{wanted_by}: {model.url}: {error}; nothing was kept. Run again") from error
    except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
        reason = getattr(error, "reason", None) or error
        raise ConfigError(
            f"{wanted_by} needs the model {model.name} ({model.what}; {model.licence}, published by "
            f"{model.published_by}), which is neither in MODELS nor in the cache and cannot be downloaded ({reason}). "
            f"Download it with: {model.command(path.parent)}"
        ) from error


def _announcement(model: ModelFile, size: int, checksum: str, path: Path) -> str:
    amount = f"{size / 1e6:.1f} MB" if size else "size unknown"
    return (
        f"download {model.name} ({amount}, MD5 {checksum or 'not published'}, {model.licence}, published by "
        f"{model.published_by}) from {model.url} to {path}"
    )


def _checksum(headers: Any) -> str:
    """The MD5 that the server publishes with the file, as hex digits; "" where it does not."""
    for value in headers.get_all("x-goog-hash") or ():
        for each in value.split(","):
            if each.strip().startswith("md5="):
                return base64.b64decode(each.strip()[4:]).hex()
    return ""


def _save(response: Any, path: Path, size: int, checksum: str, report: Any) -> None:
    """Write a response beside `path`, compare it with size and checksum, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial, digest, done = path.with_name(f".{path.name}.{os.getpid()}.partial"), hashlib.md5(), 0
    try:
        with open(partial, "wb") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                report(done := done + len(chunk))
        if size and done != size:
            raise ValueError(f"only {done} of {size} bytes arrived")
        if checksum and digest.hexdigest() != checksum:
            raise ValueError(f"the MD5 of what arrived is {digest.hexdigest()}, not {checksum}")
        os.replace(partial, path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _mega(size: int) -> int:
    return round(size / 1e6)
