"""Where a plan was declared, for messages that point at its line."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from typing import Any

from ..core.errors import ConfigError, I2SError


def declared_at() -> str:
    """Return "file:line" of the code that makes a dataclass, called from its `__post_init__`."""
    caller = sys._getframe(3)  # past __post_init__ and the generated __init__
    while caller.f_back and caller.f_code.co_filename == dataclasses.__file__:  # dataclasses.replace
        caller = caller.f_back
    return f"{caller.f_code.co_filename}:{caller.f_lineno}"


@contextlib.contextmanager
def errors_at(plan: Any) -> Iterator[None]:
    """Raise what a check raises as ConfigError with the name of the plan and the line of its declaration."""
    try:
        yield
    except I2SError as error:
        if getattr(error, "where", None):
            raise
        raise ConfigError(f"plan {plan.name!r}: {error}", plan.declared_at) from error
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        raise ConfigError(f"plan {plan.name!r}: {type(error).__name__}: {error}", plan.declared_at) from error
