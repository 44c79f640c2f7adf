"""Session files: Python that declares PLANS and settings. What is wrong with one is reported with its file and line."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .. import config
from ..core import registry
from ..core.errors import ConfigError, SessionError, unknown
from ..plans import Plan
from .session_errors import explained

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
    modules : tuple of Path
        The files beside it that it imports.
    """

    path: Path
    plans: Sequence[Plan]
    settings: Mapping[str, Any] = field(default_factory=dict)
    modules: tuple[Path, ...] = ()


@contextlib.contextmanager
def opened(path: Path | None = None) -> Iterator[Session]:
    """Run a session file (the package's own when None) and yield what it declares.

    What it registers (features, orders, styles, outputs, ...) and imports from beside it is removed at the end of the
    block, so that it does not reach the next session of the same process.

    Raises
    ------
    SessionError
        With the line, when the file cannot be found or run, has no PLANS, or sets an unknown setting.
    """
    source = path or own_session()
    before = {*sys.modules, _module_name(source)}
    with registry.isolated():
        try:
            yield load(path)
        finally:
            for name in _modules_beside(source, before):
                del sys.modules[name]


def own_session() -> Path:
    """Return the session file of the package."""
    return _PACKAGE / "session.py"


def load(path: Path | None = None) -> Session:
    """Run a session file and return what it declares; see `opened`."""
    source = path or own_session()
    if not source.is_file():
        what = "is a folder" if source.is_dir() else f"there is no such file (looked for {source.absolute()})"
        raise SessionError(f"{source}: {what}. Name a session file, or write a starter with --new {source.stem}.py")
    before = {*sys.modules, _module_name(source)}
    module = _executed(source)
    plans = getattr(module, "PLANS", None)
    if callable(getattr(type(plans), "make", None)) and not isinstance(plans, type):
        plans = [plans]  # one plan is a list of one
    if not isinstance(plans, list | tuple):
        raise SessionError(f"{source} declares no PLANS; it needs a list: PLANS = [SequencePlan(...), ...]")
    beside = tuple(_modules_beside(source, before).values())
    return Session(source, plans, _settings(source, module), beside)


def write_starter(path: Path, images: Path | None = None) -> Path:
    """Write a commented session to start from, and return where: `path`, with ".py" added where that is missing.

    Parameters
    ----------
    path : Path
        The file to write.
    images : Path, optional
        Its DATA_ROOT; None: the built-in sample.

    Raises
    ------
    SessionError
        When the file exists already.
    """
    target = path if path.suffix == ".py" else path.with_name(path.name + ".py")
    text = _STARTER.read_text(encoding="utf-8")
    if images is not None:
        text = text.replace("DATA_ROOT = None", f"DATA_ROOT = {images.expanduser().absolute().as_posix()!a}")
    try:
        with open(target, "x", encoding="utf-8") as file:
            file.write(text)
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
    name = _module_name(source)
    spec = importlib.util.spec_from_loader(name, _Loader(name, source))
    if spec is None or spec.loader is None:
        raise SessionError(f"{source} is not a Python file; a session file ends in .py")
    module = importlib.util.module_from_spec(spec)
    module.__package__ = _PACKAGE.name if source.parent == _PACKAGE else ""
    module.__file__ = str(source.absolute())
    sys.modules[spec.name] = module
    sys.path.insert(0, str(source.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise explained(error, source, module) from error
    finally:
        sys.path.pop(0)
    return module


class _Loader(SourceFileLoader):
    """Compiles a session under the name that the user gave it, so that all messages have that name."""

    def __init__(self, name: str, source: Path) -> None:
        super().__init__(name, str(source.absolute()))
        self._shown = str(source)

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        return compile(data, self._shown, "exec", dont_inherit=True, optimize=_optimize)

    def get_code(self, fullname: str) -> CodeType:
        """Compiled anew: a file of bytecode may have another name in it."""
        return self.source_to_code(self.get_data(self.path), self.path)


def _module_name(source: Path) -> str:
    return f"session_{source.stem}"


def _modules_beside(source: Path, before: set[str]) -> dict[str, Path]:
    """{name: file} of the modules beside a session that were imported since, without packages that are installed."""
    folder, found = source.resolve().parent, {}
    for name, module in list(sys.modules.items()):
        if name in before or name.partition(".")[0] == _PACKAGE.name:
            continue
        file = Path(getattr(module, "__file__", None) or "/").resolve()
        if file.is_relative_to(folder) and "site-packages" not in file.parts:
            found[name] = file
    return found
