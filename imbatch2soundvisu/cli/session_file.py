"""FeatureLevels a session file: a wish written in Python. Whatever is wrong with it is told with its file and line."""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType

from ..core import Plan
from ..core.errors import ConfigError, SessionError, unknown

_STARTER = Path(__file__).parent / "templates" / "starter_session.py.txt"


@dataclass(frozen=True)
class Session:
    """What a session file wishes. root, outputs, cache are None where it does not say."""

    path: Path
    plans: Sequence[Plan]
    root: str | Path | None = None
    outputs: str | Path | None = None
    cache: str | Path | None = None


def load(path: Path | None = None) -> Session:
    """Run a session file (the package's own when None) and read PLANS, DATA_ROOT, OUTPUTS and CACHE from it.

    Raises SessionError, with the line, when it cannot be found or run, or has no PLANS.
    """
    source = path or Path(__file__).parents[1] / "session.py"
    if not source.is_file():
        what = "is a folder" if source.is_dir() else "there is no such file"
        raise SessionError(f"{source}: {what}. Name a session file, or write a starter with --new {source.stem}.py")
    module = _executed(source)
    plans = getattr(module, "PLANS", None)
    if not isinstance(plans, list | tuple):
        raise SessionError(f"{source} declares no PLANS; it needs a list: PLANS = [SequencePlan(...), ...]")
    return Session(
        source,
        plans,
        getattr(module, "DATA_ROOT", None),
        getattr(module, "OUTPUTS", None),
        getattr(module, "CACHE", None),
    )


def write_starter(path: Path) -> Path:
    """Write a commented session to start from, and return where: `path`, with ".py" after it where that is missing.

    Raises SessionError when the file is there already.
    """
    target = path if path.suffix == ".py" else path.with_name(path.name + ".py")
    try:
        with open(target, "x", encoding="utf-8") as file:
            file.write(_STARTER.read_text(encoding="utf-8"))
    except FileExistsError:
        raise SessionError(f"{target} is there already; it is left as it is") from None
    except OSError as error:
        raise SessionError(f"{target} cannot be written: {error.strerror}") from error
    return target


def _executed(source: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"session_{source.stem}", source)
    if spec is None or spec.loader is None:
        raise SessionError(f"{source} is not a Python file; a session file ends in .py")
    module = importlib.util.module_from_spec(spec)
    module.__package__ = __name__.partition(".")[0] if source.parent == Path(__file__).parents[1] else ""
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
        raise SessionError(_said(error, module), _line(source, error)) from error
    finally:
        sys.path.pop(0)
    return module


def _said(error: BaseException, module: ModuleType) -> str:
    """What went wrong; a setting that a dataclass does not have, with those that it has."""
    wrong = re.match(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", str(error))
    kind = getattr(module, wrong[1], None) if wrong else None
    if wrong and isinstance(kind, type) and is_dataclass(kind):
        return str(unknown(f"setting of {wrong[1]}:", wrong[2], [each.name for each in fields(kind) if each.init]))
    return f"{type(error).__name__}: {error}"


def _line(source: Path, error: BaseException) -> str:
    """The last line of the session itself that the error came through."""
    through = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in through if Path(frame.filename).resolve() == source.resolve()]
    return f"{source}:{frames[-1].lineno}" if frames else str(source)
