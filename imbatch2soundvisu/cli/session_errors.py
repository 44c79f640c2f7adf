"""Errors of session files in words that say what to write instead."""

from __future__ import annotations

import re
import traceback
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

import imbatch2soundvisu as package

from ..core.errors import ConfigError, SessionError, unknown


def explained(error: BaseException, source: Path, module: ModuleType) -> SessionError:
    """Return the SessionError for what a session file raised, with the file and line to correct.

    Parameters
    ----------
    error : Exception or SystemExit
        What it raised.
    source : Path
        The file, as the user named it.
    module : ModuleType
        The module as far as it came.
    """
    if isinstance(error, ConfigError):
        return SessionError(str(error), None if error.where else _line(source, error))
    if isinstance(error, SyntaxError):
        file = error.filename or str(source)
        return SessionError(_syntax(error), f"{file}:{error.lineno}" if error.lineno else file)
    return SessionError(_described(error, module), _line(source, error))


def _syntax(error: SyntaxError) -> str:
    """What is wrong; for a path of Windows in an ordinary string, how to write it."""
    if "unicodeescape" not in error.msg:
        return error.msg
    text = (error.text or "").strip()
    path = re.search(r"""["']([A-Za-z]:\\[^"']*)["']""", text)
    shown = f'r"{path[1]}" or "{path[1].replace(chr(92), "/")}"' if path else r'r"C:\Users\me" or "C:/Users/me"'
    return (
        f"in a string, a backslash begins an escape: \\U and \\x need a number after them. "
        f"Write a path as {shown}, with an r before it or with forward slashes ({error.msg})"
    )


def _described(error: BaseException, module: ModuleType) -> str:
    """What went wrong; for a parameter that a dataclass does not have, with those it has."""
    wrong = re.match(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", str(error))
    kind = getattr(module, wrong[1], None) if wrong else None
    if wrong and isinstance(kind, type) and is_dataclass(kind):
        return str(unknown(f"parameter of {wrong[1]}:", wrong[2], [each.name for each in fields(kind) if each.init]))
    if str(error).startswith("feature() takes 0 positional arguments"):
        return "@feature needs brackets: @feature(unit='share', low=0, high=1), or @feature()"
    if lacking := re.match(r"(\w+)\.__init__\(\) missing .* positional arguments?: (.+)", str(error)):
        return _lacking(lacking[1], re.findall(r"'(\w+)'", lacking[2]))
    if imported := re.match(rf"cannot import name '(\w+)' from '{package.__name__}'", str(error)):
        return _unknown_name(imported[1], module)
    if isinstance(error, NameError) and error.name and not isinstance(error, UnboundLocalError):
        return _unknown_name(error.name, module)
    return f"{type(error).__name__}: {error}"


def _lacking(kind: str, names: list[str]) -> str:
    """That a call lacks parameters, with how it is written."""
    if kind.endswith("Plan") and names == ["name"]:
        return f"a plan needs a name, which comes first: {kind}('dark to bright', ...)"
    return f"{kind} needs {', '.join(names)}: write {kind}({', '.join(f'{name}=...' for name in names)})"


def _unknown_name(name: str, module: ModuleType) -> str:
    """That nothing has this name, with the nearest one, or with the import that the session lacks."""
    if name in dir(package) and not hasattr(module, name):
        return f"{name} is not imported. Begin the session with: from imbatch2soundvisu import *"
    known = sorted({*vars(module), *dir(package)})
    near = get_close_matches(name, [each for each in known if not each.startswith("_")], n=1)
    hint = f"Did you mean {near[0]}?" if near else "A text is written in quotes"
    return f"the name {name!r} is not defined. {hint}"


def _line(source: Path, error: BaseException) -> str:
    """The last line of the session itself that the error came through."""
    through = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in through if Path(frame.filename).resolve() == source.resolve()]
    return f"{source}:{frames[-1].lineno}" if frames else str(source)
