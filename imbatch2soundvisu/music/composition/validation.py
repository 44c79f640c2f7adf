"""Checks of what a person wishes for; what is refused is told with what there is."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.errors import ConfigError, unknown


def check_name(kind: str, name: object, choices: Iterable[str]) -> None:
    """Raises ConfigError for what is not one of the names, or no name at all."""
    known = tuple(choices)
    if not isinstance(name, str) or name not in known:
        raise unknown(kind, name, known)


def check_number(name: str, value: object, span: tuple[float, float]) -> None:
    """Raises ConfigError for what is not a number in a span, both ends included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not span[0] <= value <= span[1]:
        raise ConfigError(f"{name} = {value!r} must be a number from {span[0]:g} to {span[1]:g}")


def check_switch(name: str, value: object) -> None:
    """Raises ConfigError for what is neither True nor False."""
    if not isinstance(value, bool):
        raise ConfigError(f"{name} = {value!r} must be True or False")


def is_midi(value: object) -> bool:
    """Whether it is a whole number from 0 to 127."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 127
