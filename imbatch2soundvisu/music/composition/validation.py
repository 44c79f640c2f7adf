"""Checks of the parameters of styles. Each error names the parameter and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.errors import ConfigError, unknown


def check_name(kind: str, name: object, choices: Iterable[str]) -> None:
    """Raise ConfigError unless `name` is one of the choices."""
    known = tuple(choices)
    if not isinstance(name, str) or name not in known:
        raise unknown(kind, name, known)


def check_number(name: str, value: object, span: tuple[float, float]) -> None:
    """Raise ConfigError unless `value` is a number in a closed interval."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not span[0] <= value <= span[1]:
        raise ConfigError(f"{name} = {value!r} must be a number from {span[0]:g} to {span[1]:g}")


def check_switch(name: str, value: object) -> None:
    """Raise ConfigError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ConfigError(f"{name} = {value!r} must be True or False")


def is_midi_value(value: object) -> bool:
    """Return whether `value` is a whole number from 0 to 127."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 127
