"""Modules of extras: imported, or refused with the command that installs them."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from ..core.errors import ConfigError, MissingExtra


def import_extra(name: str, wanted_by: str, package: str, extra: str) -> Any:
    """Return a module of an extra.

    Parameters
    ----------
    name : str
        The module, with dots.
    wanted_by : str
        What needs it, for messages.
    package : str
        The name that it is installed by.
    extra : str
        The extra of this package that has it.

    Raises
    ------
    MissingExtra
        Where it is not installed.
    ConfigError
        Where it is installed but does not start, for want of a system library, for example.
    """
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        raise MissingExtra(package, extra, wanted_by)
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ConfigError(
            f"{wanted_by} needs {package}, which is installed but does not start: {one_line(error)}"
        ) from error


def one_line(error: BaseException) -> str:
    """Return the message of an exception, shortened to one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:199] + "…"
