"""Session files: Python that declares PLANS and settings. What is wrong with one is reported with its file and line."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import config
from ..core import registry
from ..core.errors import ConfigError, SessionError, unknown
from ..plans import Plan

_PACKAGE = Path(__file__).parents[1]
_STARTER = Path(__file__).parent / "templates" / "starter_session.py.txt"


@dataclass(frozen=True)
class Session:
    """What a session file declares.

    Parameters
    ----------
    path : Path
        The file.
    plans : sequence of Plan
        PLANS.
    settings : mapping
        Settings by their upper-case names, as far as the file sets them.
    """

    path: Path
    plans: Sequence[Plan]
    settings: Mapping[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def opened(path: Path | None = None) -> Iterator[Session]:
    """Run a session file (the package's own when None) and yield what it declares.

    What it registers (features, orders, styles, outputs, ...) is removed at the end of the block, so that it does not
    reach the next session of the same process.

    Raises
    ------
    SessionError
        With the line, when the file cannot be found or run, has no PLANS, or sets an unknown setting.
    """
    with registry.isolated():
        yield load(path)


def load(path: Path | None = None) -> Session:
    """Run a session file and return what it declares; see `opened`."""
    source = path or _PACKAGE / "session.py"
    if not source.is_file():
        what = "is a folder" if source.is_dir() else "there is no such file"
        raise SessionError(f"{source}: {what}. Name a session file, or write a starter with --new {source.stem}.py")
    module = _executed(source)
    plans = getattr(module, "PLANS", None)
    if not isinstance(plans, list | tuple):
        raise SessionError(f"{source} declares no PLANS; it needs a list: PLANS = [SequencePlan(...), ...]")
    return Session(source, plans, _settings(source, module))


def write_starter(path: Path) -> Path:
    """Write a commented session to start from, and return where: `path`, with ".py" added where that is missing.

    Raises
    ------
    SessionError
        When the file exists already.
    """
    target = path if path.suffix == ".py" else path.with_name(path.name + ".py")
    try:
        with open(target, "x", encoding="utf-8") as file:
            file.write(_STARTER.read_text(encoding="utf-8"))
    except FileExistsError:
        raise SessionError(f"{target} exists already; it is left as it is") from None
    except OSError as error:
        raise SessionError(f"{target} cannot be written: {error.strerror}") from error
    return target


def _settings(source: Path, module: ModuleType) -> dict[str, Any]:
    """The settings that the file assigns at its top level. Raises SessionError for an upper-case name that is none."""
    lines = _assigned(source)
    for name, line in lines.items():
        if name not in config.NAMES:
            error = unknown("setting", name, config.NAMES)
            raise SessionError(f"{error}. Names of your own are lower-case or begin with _", f"{source}:{line}")
    found = {name: getattr(module, name) for name in lines if hasattr(module, name)}
    for name, value in found.items():
        try:
            config.resolve({name: value})
        except ConfigError as error:
            raise SessionError(str(error), f"{source}:{lines[name]}") from error
    return found


def _assigned(source: Path) -> dict[str, int]:
    """Upper-case names that a file assigns at its top level, other than PLANS: {name: line}."""
    found: dict[str, int] = {}
    for node in ast.parse(source.read_bytes()).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            for each in ast.walk(target):
                if isinstance(each, ast.Name) and re.fullmatch(r"[A-Z][A-Z0-9_]*", each.id) and each.id != "PLANS":
                    found.setdefault(each.id, node.lineno)
    return found


def _executed(source: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"session_{source.stem}", source)
    if spec is None or spec.loader is None:
        raise SessionError(f"{source} is not a Python file; a session file ends in .py")
    module = importlib.util.module_from_spec(spec)
    module.__package__ = _PACKAGE.name if source.parent == _PACKAGE else ""
    sys.modules[spec.name] = module
    sys.path.insert(0, str(source.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except ConfigError as error:
        raise SessionError(str(error), None if error.where else _line(source, error)) from error
    except SyntaxError as error:
        file = error.filename or str(source)
        raise SessionError(f"{error.msg}", f"{file}:{error.lineno}" if error.lineno else file) from error
    except (Exception, SystemExit) as error:
        raise SessionError(_described(error, module), _line(source, error)) from error
    finally:
        sys.path.pop(0)
    return module


def _described(error: BaseException, module: ModuleType) -> str:
    """What went wrong; for a parameter that a dataclass does not have, with those it has."""
    wrong = re.match(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", str(error))
    kind = getattr(module, wrong[1], None) if wrong else None
    if wrong and isinstance(kind, type) and is_dataclass(kind):
        return str(unknown(f"parameter of {wrong[1]}:", wrong[2], [each.name for each in fields(kind) if each.init]))
    return f"{type(error).__name__}: {error}"


def _line(source: Path, error: BaseException) -> str:
    """The last line of the session itself that the error came through."""
    through = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in through if Path(frame.filename).resolve() == source.resolve()]
    return f"{source}:{frames[-1].lineno}" if frames else str(source)
